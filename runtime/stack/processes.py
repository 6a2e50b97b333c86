"""Our own processes as parts: each gets the settings of its own group and nothing else."""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from runtime.groups import Group
from runtime.settings import (
    ROOT,
    AdminSettings,
    MediaWorkerSettings,
    StarterSettings,
    WebSettings,
    WorkerSettings,
    names,
)
from runtime.stack.parts import Part
from runtime.stack.ports import LOOPBACK
from runtime.stack.servers import answers

WORKER_STOP_SECONDS = 35
"""A worker lets its activities end for 30 seconds first; what it can't, another try repeats."""


@dataclass(frozen=True)
class Processes:
    """Makes the parts of one stack out of its settings."""

    home: Path
    settings: Mapping[str, str]
    worker_stop_seconds: float = WORKER_STOP_SECONDS

    def worker(self, kind: Literal["reels", "media"], log: Path) -> Part:
        """The worker of one task queue."""
        return Part(
            name=f"worker-{kind}",
            argv=(sys.executable, "worker.py", kind),
            log=log,
            environ=self._environ(WorkerSettings if kind == "reels" else MediaWorkerSettings),
            cwd=ROOT,
            stop_seconds=self.worker_stop_seconds,
        )

    def web(self, log: Path) -> Part:
        """The web process; ready when it answers, whatever the parts behind it do."""
        port = self.settings["WEB_PORT"]
        return Part(
            name="web",
            argv=(sys.executable, "-m", "web"),
            log=log,
            environ=self._environ(WebSettings),
            cwd=ROOT,
            ready=lambda: answers(f"http://{LOOPBACK}:{port}/healthz"),
        )

    def admin(self, log: Path, *words: str) -> Part:
        """One command of the operator's door to the database."""
        return self._command(log, AdminSettings, "admin.py", *words)

    def starter(self, log: Path, *words: str) -> Part:
        """One command of the operator's door to Temporal."""
        return self._command(log, StarterSettings, "starter.py", *words)

    def _command(self, log: Path, model: type[Group], *words: str) -> Part:
        return Part(
            name=" ".join(words[:3]),
            argv=(sys.executable, *words),
            log=log,
            environ=self._environ(model),
            cwd=ROOT,
        )

    def _environ(self, model: type[Group]) -> dict[str, str]:
        wanted = {spelling for name in names(model) for spelling in (name, f"{name}_FILE")}
        given = {name: value for name, value in self.settings.items() if name in wanted}
        return base_environ(self.home) | given


@dataclass(frozen=True)
class Simulators:
    """The outside world on one port."""

    place: Path
    port: int
    top_clip: Path | None = None
    slack_interactions_url: str | None = None
    slack_signing_secret_file: Path | None = None
    discord_interactions_url: str | None = None
    discord_key_file: Path | None = None
    pace: float | None = None
    """Seconds that a video job takes; None leaves it to the simulator."""

    @property
    def url(self) -> str:
        """Where they answer."""
        return f"http://{LOOPBACK}:{self.port}"

    def part(self, log: Path) -> Part:
        """Their process."""
        self.place.mkdir(parents=True, exist_ok=True)
        given = {
            "--top-clip": self.top_clip,
            "--slack-interactions-url": self.slack_interactions_url,
            "--slack-signing-secret-file": self.slack_signing_secret_file,
            "--discord-interactions-url": self.discord_interactions_url,
            "--discord-key-file": self.discord_key_file,
            "--pace": self.pace,
        }
        options = [
            word
            for name, value in given.items()
            if value is not None
            for word in (name, str(value))
        ]
        return Part(
            name="simulators",
            argv=(
                *(sys.executable, "-m", "simulators", "--port", str(self.port)),
                *("--state", str(self.place), *options),
            ),
            log=log,
            environ=base_environ(self.place),
            cwd=ROOT,
            ready=lambda: answers(f"{self.url}/_ledger"),
        )


def base_environ(home: Path) -> dict[str, str]:
    """What every process of ours needs from the system."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": tempfile.gettempdir(),
    }
