"""`make up` and `make down`, as a person in a shell meets them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from runtime.settings import ROOT, read_stack_file
from runtime.stack.home import Home, began
from tests import waiting
from tests.integration.stack.conftest import fresh_home
from tests.ports import local_ports

SECONDS = 120


@dataclass(frozen=True)
class Shell:
    """A shell whose stack is in a home of its own."""

    home: Home
    ports: dict[str, str]

    def stack(self, command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            (sys.executable, "-m", "runtime.stack", command),
            cwd=ROOT,
            env={
                "PATH": os.defpath,
                "REELS_HOME": str(self.home.path),
                **self.ports,
                **environ,
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    @property
    def pids(self) -> dict[str, int]:
        return {name: pid for name, (pid, _) in self.home.registry.known().items()}

    @property
    def settings(self) -> dict[str, str]:
        return read_stack_file(self.home.settings_file)


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    home = fresh_home()
    shell = Shell(home, {name.upper(): str(port) for name, port in local_ports().items()})
    yield shell
    shell.stack("down")
    subprocess.run(("rm", "-rf", str(home.path)), check=True)


@pytest.fixture(scope="module")
def up(shell: Shell) -> Shell:
    started = shell.stack("up")
    assert started.returncode == 0, started.stderr
    return shell


def gone(pid: int) -> bool:
    """Whether a process ends, in whatever time a busy machine needs."""
    deadline = time.monotonic() + waiting.SECONDS
    while began(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not began(pid)


def test_a_taken_port_starts_nothing(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        refused = shell.stack("up", REELS_S3_PORT=port)

    assert refused.returncode == 2
    assert f"port {port} (REELS_S3_PORT) is in use" in refused.stderr
    assert shell.pids == {}
    assert shell.home.supervisor_pid is None


def test_wrong_settings_are_all_told_and_start_nothing(shell: Shell) -> None:
    refused = shell.stack("up", MEDIA_SLOTS="many", DAILY_BUDGET_USD="-1", DATABASE_URL="x")

    assert refused.returncode == 2
    assert "3 settings are missing or wrong" in refused.stderr
    assert shell.pids == {}


def test_a_clip_that_is_not_there_starts_nothing(shell: Shell) -> None:
    refused = shell.stack("up", TOP="/nowhere/top.mp4")

    assert refused.returncode == 2
    assert "TOP: there is no file /nowhere/top.mp4" in refused.stderr
    assert shell.pids == {}


def test_the_stack_stays_up_and_a_second_start_leaves_it(up: Shell) -> None:
    before = up.pids

    again = up.stack("up")

    assert again.returncode == 0
    assert "running already" in again.stdout
    assert up.settings["TEMPORAL_UI_URL"] in again.stdout
    assert up.pids == before
    assert up.stack("status").returncode == 0
    assert httpx.get(up.settings["PUBLIC_BASE_URL"] + "/readyz").is_success


def test_a_part_is_given_only_the_settings_that_it_needs(up: Shell) -> None:
    media = read_environ(up.pids["worker-media"])
    temporal = read_environ(up.pids["temporal"])

    assert "S3_SECRET_ACCESS_KEY" in media
    assert not {"DECISION_KEY", "DATABASE_URL", "ANTHROPIC_API_KEY", "TOKEN_KEYS_DIR"} & media
    assert not {name for name in temporal if "KEY" in name or "URL" in name}


def test_no_secret_stands_on_a_command_line(up: Shell) -> None:
    secrets = [up.settings[name] for name in ("DECISION_KEY", "S3_SECRET_ACCESS_KEY")]
    secrets += [up.settings["SLACK_SIGNING_SECRET"], up.settings["DATABASE_URL"]]

    for pid in up.pids.values():
        typed = Path(f"/proc/{pid}/cmdline").read_text()
        assert not [secret for secret in secrets if secret in typed]


def test_what_holds_secrets_is_private(up: Shell) -> None:
    keys = [path for path in (up.home.path / "keys").rglob("*") if path.is_file()]

    assert keys
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*keys, up.home.settings_file))


async def test_data_and_keys_outlive_a_killed_supervisor(up: Shell) -> None:
    before, pids, supervisor = up.settings, up.pids, up.home.supervisor_pid
    connection = await asyncpg.connect(before["DATABASE_URL"])
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.close()
    assert supervisor

    os.kill(supervisor, signal.SIGKILL)

    assert all(map(gone, pids.values()))
    assert up.stack("status").returncode == 1
    assert up.stack("up").returncode == 0
    assert up.settings == before
    connection = await asyncpg.connect(before["DATABASE_URL"])
    assert await connection.fetch("SELECT * FROM kept") == []
    await connection.close()


def test_down_leaves_nothing_running(up: Shell) -> None:
    pids, supervisor = up.pids, up.home.supervisor_pid
    assert supervisor

    stopped = up.stack("down")

    assert stopped.returncode == 0
    assert "its data stays" in stopped.stdout
    assert not any(map(began, (*pids.values(), supervisor)))
    assert up.stack("down").stdout == "no local stack was running\n"
    assert up.home.settings_file.exists()


def read_environ(pid: int) -> set[str]:
    """The names of a process's variables."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return {pair.partition("=")[0] for pair in pairs if pair}
