import os
import stat
import subprocess
import sysconfig
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from runtime.groups import DatabaseSettings, DecisionSettings, TokenSettings
from runtime.settings import SettingsError, load
from tests.integration.deploy.scripts import DEPLOY, Ended, run_script

SCRIPTS = sorted(path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_plain_shell_that_stops_at_the_first_fault(script: str) -> None:
    text = (DEPLOY / script).read_text()
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -eu\n" in text
    subprocess.run(["sh", "-n", DEPLOY / script], check=True)


async def test_the_namespace_is_made_once_and_kept(temporal_address: str) -> None:
    namespace = f"deploy-{token_hex(4)}"
    environ = {
        "PATH": f"{sysconfig.get_path('scripts')}:{os.defpath}",
        "HOME": "/nonexistent",
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": namespace,
        "RETENTION": "720h",
    }
    for _ in range(2):
        ended = await run_script("temporal/namespace.sh", environ=environ)
        assert ended.code == 0, ended.said

    client = await Client.connect(temporal_address, namespace=namespace)
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=namespace)
    )
    retention = described.config.workflow_execution_retention_ttl.ToTimedelta()
    assert retention == timedelta(days=30)
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace)
    )
    assert set(listed.custom_attributes) >= {"AccountId", "ReelStage", "WaitingSince"}


async def test_the_namespace_script_names_what_it_lacks() -> None:
    ended = await run_script("temporal/namespace.sh", environ={"PATH": os.defpath})
    assert ended.code
    assert "TEMPORAL_ADDRESS" in ended.said


def a_program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


async def test_both_schemas_are_brought_up_without_showing_the_password(tmp_path: Path) -> None:
    log = tmp_path / "log"
    a_program(tmp_path / "temporal-sql-tool", f'echo "$SQL_PASSWORD: $*" >> {log}')
    (tmp_path / "password").write_text("canary")
    environ = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "SQL_PASSWORD_FILE": str(tmp_path / "password"),
    }
    ended = await run_script("temporal/schema.sh", environ=environ)
    assert ended.code == 0, ended.said
    versioned = "/etc/temporal/schema/postgresql/v12"
    assert log.read_text().splitlines() == [
        "canary: --db temporal setup-schema -v 0.0",
        f"canary: --db temporal update-schema -d {versioned}/temporal/versioned",
        "canary: --db temporal_visibility setup-schema -v 0.0",
        f"canary: --db temporal_visibility update-schema -d {versioned}/visibility/versioned",
    ]


async def test_a_schema_that_fails_stops_the_script(tmp_path: Path) -> None:
    log = tmp_path / "log"
    a_program(tmp_path / "temporal-sql-tool", f'echo "$*" >> {log}; exit 1')
    (tmp_path / "password").write_text("canary")
    environ = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "SQL_PASSWORD_FILE": str(tmp_path / "password"),
    }
    ended = await run_script("temporal/schema.sh", environ=environ)
    assert ended.code == 1
    assert len(log.read_text().splitlines()) == 1


async def test_without_its_password_no_temporal_script_goes_on(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    environ = {"PATH": os.defpath, "SQL_PASSWORD_FILE": gone, "POSTGRES_PWD_FILE": gone}
    for script in ("temporal/schema.sh", "temporal/server.sh"):
        assert (await run_script(script, environ=environ)).code


async def make_secrets(folder: Path) -> Ended:
    return await run_script("make-secrets.sh", str(folder), environ={"PATH": os.defpath})


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def test_the_secrets_that_are_made_are_ones_that_the_processes_take(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    ended = await make_secrets(folder)
    # Only root can give files to the containers' users, and the script says so.
    assert ended.code == (0 if os.geteuid() == 0 else 1), ended.said

    reels = folder / "reels"
    dsn = load(DatabaseSettings, {"DATABASE_URL_FILE": str(reels / "database_url")}).database_url
    password = (folder / "postgres" / "reels").read_text()
    assert dsn.get_secret_value() == f"postgresql://reels:{password}@postgresql:5432/reels"
    assert (folder / "temporal/postgres").read_text() == (folder / "postgres/temporal").read_text()
    load(DecisionSettings, {"DECISION_KEY_FILE": str(reels / "decision_key")})
    load(TokenSettings, {"TOKEN_KEYS_DIR": str(reels / "token_keys")})
    assert len({text for text in contents(folder).values() if len(text) == 64}) == 5


async def test_the_secrets_are_closed_to_everybody_else(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    await make_secrets(folder)
    for path in folder.rglob("*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    if os.geteuid() == 0:
        owners = {"postgres": 999, "temporal": 1000, "reels": 10001}
        for name, owner in owners.items():
            assert {path.stat().st_uid for path in (folder / name).rglob("*")} == {owner}


async def test_a_secret_that_is_there_is_never_changed(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    await make_secrets(folder)
    (folder / "reels" / "anthropic_api_key").write_text("pasted")
    before = contents(folder)
    again = await make_secrets(folder)
    assert contents(folder) == before
    assert "made" not in again.said
    assert "anthropic_api_key" not in again.said


async def test_the_secrets_to_paste_are_named_and_until_then_refused(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    ended = await make_secrets(folder)
    empty = {name for name, text in contents(folder).items() if not text}
    assert empty == {
        f"reels/{name}"
        for name in (
            "anthropic_api_key",
            "discord_bot_token",
            "facebook_app_secret",
            "fal_key",
            "instagram_app_secret",
            "luma_agents_api_key",
            "lumaai_api_key",
            "runwayml_api_secret",
            "s3_access_key_id",
            "s3_secret_access_key",
            "slack_bot_token",
            "slack_signing_secret",
            "slack_webhook_url",
            "smtp_url",
        )
    }
    assert all(name in ended.said for name in empty)
    with pytest.raises(SettingsError, match="empty"):
        load(DecisionSettings, {"DECISION_KEY_FILE": str(folder / "reels" / "slack_webhook_url")})
