"""Every setting of one local stack: its own addresses and keys, and what its user brings.

Keys are made at the first start and kept in the home, in files that only their owner reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime.groups import ListenSettings, RunSettings
from runtime.local_input import LocalPorts
from runtime.review import DiscordDoorSettings, SlackDoorSettings
from runtime.settings import SettingsError, WorkerSettings, load
from runtime.stack.home import Home, write_private
from runtime.stack.postgres import Cluster, place_for
from runtime.stack.processes import Simulators
from runtime.stack.servers import NAMESPACE, ObjectStore, TemporalServer

BUCKET = "reels"

BROUGHT = {
    "TEMPORAL_ADDRESS": ("TEMPORAL_NAMESPACE", "TEMPORAL_UI_URL"),
    "DATABASE_URL": (),
    "S3_ENDPOINT_URL": ("S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"),
    "ANTHROPIC_BASE_URL": ("ANTHROPIC_API_KEY",),
    "LUMA_BASE_URL": ("LUMA_AGENTS_API_KEY",),
    "LUMA_LEGACY_BASE_URL": ("LUMAAI_API_KEY",),
    "RUNWAY_BASE_URL": ("RUNWAYML_API_SECRET",),
    "FAL_BASE_URL": ("FAL_KEY", "FAL_API_BASE_URL"),
    "INSTAGRAM_BASE_URL": (
        *("INSTAGRAM_OAUTH_BASE_URL", "INSTAGRAM_WWW_BASE_URL"),
        *("INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET"),
    ),
    "FACEBOOK_BASE_URL": (
        *("FACEBOOK_WWW_BASE_URL", "INSTAGRAM_UPLOAD_BASE_URL"),
        *("FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET"),
    ),
    "DISCORD_BASE_URL": ("DISCORD_BOT_TOKEN", "DISCORD_CHANNEL_ID", "DISCORD_PUBLIC_KEY"),
    "SLACK_BASE_URL": (
        *("SLACK_BOT_TOKEN", "SLACK_CHANNEL", "SLACK_TEAM_ID", "SLACK_WEBHOOK_URL"),
        *("SLACK_SIGNING_SECRET", "SLACK_REVIEWERS"),
    ),
    "SLACK_WEBHOOK_URL": ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_REVIEWERS"),
}
"""A variable that brings a service of one's own, and those that are then needed with it.

A key alone brings nothing: whoever has ANTHROPIC_API_KEY in the shell pays only when
ANTHROPIC_BASE_URL says so too.
"""

PORTS = {
    "TEMPORAL_ADDRESS": ("reels_temporal_port", "reels_temporal_ui_port"),
    "DATABASE_URL": ("reels_postgres_port",),
    "S3_ENDPOINT_URL": ("reels_s3_port",),
}
"""The ports that stay unused when a service is brought."""

KEPT = (
    *(
        "CLAUDE_MODEL",
        "CRITIC_MODEL",
        "CLAUDE_PRICES_FILE",
        "LUMA_API",
        "LUMA_MODEL",
        "LUMA_LEGACY_MODEL",
    ),
    *("LUMA_RESOLUTION", "RUNWAY_MODEL", "PIKA_RESOLUTION"),
    *("VIDEO_TERMS_FILE", "VIDEO_POLL_SECONDS"),
    *("INSTAGRAM_GRAPH_VERSION", "CONTAINER_POLL_SECONDS", "INSTAGRAM_TRANSPORT"),
    *("INSTAGRAM_LARGEST_MB", "INSTAGRAM_LONGEST_SECONDS", "INSTAGRAM_POSTS_PER_DAY"),
    *("INSTAGRAM_CONTAINERS_PER_DAY", "PUBLIC_BASE_URL"),
    *("FFMPEG_PATH", "WORK_DIR", "MEDIA_SLOTS", "MAX_CONCURRENT_ACCOUNTS"),
    *("DAILY_BUDGET_USD", "MONTHLY_BUDGET_USD", "ACCOUNT_DAY_BUDGET_USD", "LOG_LEVEL"),
)
"""Settings that the user's environment may turn."""


_VIDEO_KEYS = {"LUMA_AGENTS_API_KEY", "LUMAAI_API_KEY", "RUNWAYML_API_SECRET", "FAL_KEY"}


@dataclass(frozen=True)
class Wiring:
    """The parts of one stack and the settings that lead to them."""

    home: Home
    postgres: Cluster
    temporal: TemporalServer
    store: ObjectStore
    simulators: Simulators
    settings: dict[str, str]
    brought: frozenset[str] = frozenset()
    """Which variables of BROUGHT the user set; those parts are not started."""


def wire(
    home: Home,
    ports: Mapping[str, int],
    environ: Mapping[str, str],
    *,
    top_clip: Path | None = None,
) -> Wiring:
    """Make the keys that are missing, and put one stack's settings together.

    Raises SettingsError when what the user brings is incomplete or malformed.
    """
    keys = _Keys(home.path / "keys")
    keys.make()
    web_url = f"http://127.0.0.1:{ports['reels_web_port']}"
    simulators = Simulators(
        home.path / "simulators",
        ports["reels_simulators_port"],
        top_clip=top_clip,
        slack_interactions_url=f"{web_url}/slack/interactions",
        slack_signing_secret_file=keys.file("slack-signing-secret"),
        discord_interactions_url=f"{web_url}/discord/interactions",
        discord_key_file=keys.file("discord-key"),
    )
    temporal = TemporalServer(
        home.path / "temporal", ports["reels_temporal_port"], ports["reels_temporal_ui_port"]
    )
    postgres = Cluster(
        place_for(home.path), ports["reels_postgres_port"], keys.file("postgres-password")
    )
    store = ObjectStore(
        home.path / "store",
        ports["reels_s3_port"],
        BUCKET,
        key_id="reels-local",
        key_file=keys.file("s3-secret-access-key"),
    )
    settings = {
        **_of_servers(temporal, postgres, store),
        "WORK_DIR": str(_work_dir(home)),
        "PUBLIC_BASE_URL": web_url,
        "WEB_PORT": str(ports["reels_web_port"]),
        **_made(keys),
        **_simulated(simulators.url, keys),
    }
    brought = _brought(environ)
    _refuse_keyless(brought, environ)
    settings = _with_theirs(settings, brought, environ)
    load(_Everything, settings)
    return Wiring(home, postgres, temporal, store, simulators, settings, brought)


def wanted_ports(environ: Mapping[str, str]) -> LocalPorts:
    """The ports as the user set them; any free one for a part that is not started.

    Raises SettingsError.
    """
    unused = {name: 0 for base in _brought(environ) for name in PORTS.get(base, ())}
    return load(LocalPorts, environ).model_copy(update=unused)


class _Everything(
    WorkerSettings, SlackDoorSettings, DiscordDoorSettings, ListenSettings, RunSettings
):
    """What all processes need, so that every problem is told in one message."""


class _Keys:
    """The keys of one stack, a private file each."""

    _MADE = (
        *("postgres-password", "s3-secret-access-key", "decision-key"),
        *("slack-signing-secret", "discord-key"),
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self) -> None:
        """Make what is missing; what is there seals data and must stay."""
        token_keys = self._folder / "token-keys"
        token_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (*map(self.file, self._MADE), token_keys / "1"):
            if not path.exists():
                write_private(path, token_hex(32) + "\n")

    def file(self, name: str) -> Path:
        return self._folder / name

    def read(self, name: str) -> str:
        return self.file(name).read_text().strip()

    def discord_public_key(self) -> str:
        """What the door believes presses by that the simulated Discord signs; hex."""
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.read("discord-key")))
        return private.public_key().public_bytes_raw().hex()


def _of_servers(temporal: TemporalServer, postgres: Cluster, store: ObjectStore) -> dict[str, str]:
    """The settings that lead to this stack's servers."""
    return {
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_UI_URL": f"http://127.0.0.1:{temporal.ui_port}",
        "DATABASE_URL": postgres.dsn,
        "S3_ENDPOINT_URL": store.endpoint,
        "S3_BUCKET": store.bucket,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY_ID": store.key_id,
    }


def _work_dir(home: Home) -> Path:
    """Its own: in the system's folder for temporary files, another user's would be in the way."""
    folder = home.path / "work"
    folder.mkdir(exist_ok=True)
    return folder


def _made(keys: _Keys) -> dict[str, str]:
    """The settings that are keys of this stack alone."""
    return {
        "S3_SECRET_ACCESS_KEY": keys.read("s3-secret-access-key"),
        "DECISION_KEY": keys.read("decision-key"),
        "TOKEN_KEYS_DIR": str(keys.file("token-keys")),
    }


def _with_theirs(
    settings: Mapping[str, str], brought: frozenset[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Put what the user set in the place of what the stack would."""
    theirs = {name for base in brought for name in (base, *BROUGHT[base])}
    own = {name: value for name, value in settings.items() if name not in theirs}
    return own | {
        spelling: environ[spelling] for name in (*KEPT, *theirs) for spelling in _set(name, environ)
    }


def _refuse_keyless(brought: frozenset[str], environ: Mapping[str, str]) -> None:
    """A video provider without a key is one that is not set up: here that is a mistake."""
    lacking = [
        f"\n  {name} is missing: {base} is set, and leads to nobody without it"
        for base in sorted(brought)
        for name in BROUGHT[base]
        if name in _VIDEO_KEYS and not _set(name, environ)
    ]
    if lacking:
        raise SettingsError("".join(["settings are missing:", *lacking]))


def _simulated(url: str, keys: _Keys) -> dict[str, str]:
    """The settings that lead to the simulators, which take any key."""
    return {
        "ANTHROPIC_BASE_URL": f"{url}/anthropic",
        "ANTHROPIC_API_KEY": "sk-ant-simulated",
        "LUMA_BASE_URL": f"{url}/luma/v1",
        "LUMA_AGENTS_API_KEY": "luma-simulated",
        "LUMA_LEGACY_BASE_URL": f"{url}/luma/dream-machine/v1",
        "LUMAAI_API_KEY": "luma-simulated",
        "RUNWAY_BASE_URL": f"{url}/runway",
        "RUNWAYML_API_SECRET": "key_simulated",
        "FAL_BASE_URL": f"{url}/fal",
        "FAL_API_BASE_URL": f"{url}/fal/v1",
        "FAL_KEY": "fal:simulated",
        "VIDEO_POLL_SECONDS": "1",
        "INSTAGRAM_BASE_URL": f"{url}/instagram",
        "INSTAGRAM_OAUTH_BASE_URL": f"{url}/instagram-api",
        "INSTAGRAM_WWW_BASE_URL": f"{url}/instagram-www",
        "INSTAGRAM_APP_ID": "1000000000000001",
        "INSTAGRAM_APP_SECRET": "instagram-app-simulated",
        "FACEBOOK_BASE_URL": f"{url}/facebook",
        "FACEBOOK_WWW_BASE_URL": f"{url}/facebook-www",
        "INSTAGRAM_UPLOAD_BASE_URL": f"{url}/rupload",
        "FACEBOOK_APP_ID": "1000000000000002",
        "FACEBOOK_APP_SECRET": "facebook-app-simulated",
        "CONTAINER_POLL_SECONDS": "1",
        "SLACK_WEBHOOK_URL": f"{url}/slack/services/T000/B000/simulated",
        "SLACK_BASE_URL": f"{url}/slack/api",
        "SLACK_BOT_TOKEN": "xoxb-simulated",
        "SLACK_CHANNEL": "C0REVIEW",
        "SLACK_SIGNING_SECRET": keys.read("slack-signing-secret"),
        "SLACK_REVIEWERS": "U0REVIEWER=reviewer",
        "DISCORD_BASE_URL": f"{url}/discord/api/v10",
        "DISCORD_BOT_TOKEN": "discord-simulated",
        "DISCORD_CHANNEL_ID": "1000000000000000003",
        "DISCORD_PUBLIC_KEY": keys.discord_public_key(),
    }


def _brought(environ: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name in BROUGHT if _set(name, environ))


def _set(name: str, environ: Mapping[str, str]) -> list[str]:
    """How a variable is set, if it is: by itself, or by a file."""
    return [spelling for spelling in (name, f"{name}_FILE") if environ.get(spelling)]
