"""The local stack as its user sees it: commands, addresses, and the outside's own ledger."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests import commands
from tests.commands import ROOT, Ended

TOKEN = "IGAA-canary-4711"


HTTP = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""One for all calls: to make one loads the system's certificates, which costs more than a call."""


@dataclass(frozen=True)
class Stack:
    """One running stack."""

    home: Path
    environ: Mapping[str, str]

    def local(self, word: str) -> None:
        """Run `make up` or `make down`, without make."""
        ended = subprocess.run(
            (sys.executable, "-m", "runtime.stack", word),
            cwd=ROOT,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert ended.returncode == 0, f"{word}: {ended.stdout}{ended.stderr}"

    def run(self, program: str, *words: str) -> Ended:
        """Run one of the project's commands to its end."""
        return self.begin(program, *words).ended()

    def ok(self, program: str, *words: str) -> str:
        """Run a command that has to succeed; its output."""
        ended = self.run(program, *words)
        assert ended.code == 0, f"{program} {words}: {ended.out}{ended.err}"
        return ended.out

    def begin(self, program: str, *words: str) -> commands.Running:
        """Start a command beside others."""
        return commands.begin(program, *words, environ=self.environ)

    @property
    def settings(self) -> dict[str, str]:
        """What the stack tells its doors."""
        lines = (self.home / "stack.env").read_text().splitlines()
        pairs = (line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
        return {name: value.strip("'\"") for name, value in pairs}

    @property
    def outside(self) -> str:
        """The simulators' address."""
        return self.settings["ANTHROPIC_BASE_URL"].removesuffix("/anthropic")

    def outside_answers(self) -> bool:
        """Whether the simulators listen: tests ask them, too."""
        try:
            return HTTP.get(f"{self.outside}/_health").is_success
        except httpx.TransportError:
            return False

    def web_answers(self) -> bool:
        """Whether the web process listens."""
        try:
            return HTTP.get(f"{self.settings['PUBLIC_BASE_URL']}/healthz").is_success
        except httpx.TransportError:
            return False

    def ledger(self, **only: str) -> list[dict[str, Any]]:
        """Every call that reached the outside, or those of an effect or a service, in order."""
        answer = HTTP.get(f"{self.outside}/_ledger", params=only)
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    def bill(self) -> dict[str, int]:
        """Micro-dollars by service, as the outside counts them."""
        services = HTTP.get(f"{self.outside}/_bill").json()["services"]
        return {name: line["micros"] for name, line in services.items()}

    def arm(self, service: str, op: str, kind: str, **options: object) -> None:
        """Make the next call of an operation go wrong."""
        wish = {"service": service, "op": op, "kind": kind, **options}
        answer = HTTP.post(f"{self.outside}/_faults", json=wish)
        assert answer.is_success, answer.text

    def kill(self, part: str) -> None:
        """Kill a part with -9 and wait until the supervisor has started another."""
        before = self.pid(part)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pid(part) != before, f"{part} was not started again")

    def pid(self, part: str) -> int:
        """The process of a part."""
        number: int = json.loads((self.home / "parts.json").read_text())[part][0]
        return number


def purchases(stack: Stack) -> list[object]:
    """The jobs that the video provider accepted."""
    orders = stack.ledger(service="luma", op="create_generation")
    return [entry for entry in orders if entry["ids"].get("job")]


def wait_until(true: Any, otherwise: str, seconds: float = 90) -> None:  # noqa: ANN401
    """Look again and again until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.5)
