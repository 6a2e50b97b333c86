"""Parts are kept, ended and swept up, whatever becomes of who keeps them."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.settings import ROOT
from runtime.stack.home import Home, Registry, began
from runtime.stack.parts import Part
from runtime.stack.supervisor import PartFailed, Supervisor
from tests.waiting import SECONDS

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
WITH_CHILD = "import subprocess, sys, time; subprocess.Popen(['sleep', '61']); time.sleep(60)"


def python(name: str, code: str, home: Home, stop_seconds: float = 5) -> Part:
    return Part(
        name=name,
        argv=(sys.executable, "-c", code),
        log=home.logs / f"{name}.log",
        stop_seconds=stop_seconds,
    )


def group(pid: int) -> list[str]:
    """The processes of a group that still run."""
    shown = subprocess.run(
        ("ps", "-eo", "pgid=,stat=,pid="), capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in shown.splitlines())
    return [row[2] for row in rows if row[0] == str(pid) and not row[1].startswith("Z")]


async def test_a_part_that_fails_is_named_with_the_end_of_its_log(own_home: Home) -> None:
    supervisor = Supervisor(own_home.registry)

    async def never() -> bool:
        return False

    part = Part(
        name="broken",
        argv=(sys.executable, "-c", "raise SystemExit('no such thing')"),
        log=own_home.logs / "broken.log",
        ready=never,
    )
    with pytest.raises(PartFailed, match=r"broken ended with code 1.*\n.*no such thing"):
        await supervisor.start(part)
    await supervisor.stop()


async def test_a_part_that_ignores_its_signal_is_killed(own_home: Home) -> None:
    supervisor = Supervisor(own_home.registry)
    await supervisor.start(python("stubborn", STUBBORN, own_home, stop_seconds=0.5))
    pid = supervisor.pid("stubborn")

    await supervisor.stop()

    assert not group(pid)


async def test_what_a_part_started_ends_with_it(own_home: Home) -> None:
    supervisor = Supervisor(own_home.registry)
    await supervisor.start(python("parent", WITH_CHILD, own_home))
    pid = supervisor.pid("parent")
    while len(group(pid)) < 2:
        await asyncio.sleep(0.05)

    await supervisor.stop()

    assert not group(pid)


async def test_parts_die_with_a_killed_supervisor(own_home: Home) -> None:
    keeper = keeping(own_home)

    keeper.kill()
    keeper.wait()

    pid, _ = own_home.registry.known()["sleeper"]
    deadline = time.monotonic() + SECONDS
    while began(pid) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert not began(pid)


async def test_a_sweep_ends_what_was_left_and_nothing_else(own_home: Home) -> None:
    registry = own_home.registry
    left = subprocess.Popen(("sleep", "62"), start_new_session=True)
    namesake = subprocess.Popen(("sleep", "63"), start_new_session=True)
    registry.remember("left", left.pid)
    own_home.registry._write(registry.known() | {"namesake": (namesake.pid, "another time")})

    swept = Registry(own_home.path / "parts.json").sweep()

    assert swept == ["left"]
    assert left.wait(SECONDS) in {-signal.SIGINT, -signal.SIGKILL}
    assert namesake.poll() is None
    assert registry.known() == {}
    namesake.kill()
    namesake.wait()


async def test_a_home_has_one_keeper_at_a_time(own_home: Home) -> None:
    keeper = keeping(own_home)

    assert own_home.supervisor_pid == keeper.pid
    assert own_home.hold() is None
    keeper.terminate()
    assert keeper.wait(SECONDS) == 128 + signal.SIGTERM
    lock = own_home.hold()
    assert lock is not None
    lock.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_the_keeper_after_its_parts(
    own_home: Home, number: signal.Signals
) -> None:
    keeper = keeping(own_home)
    pid, _ = own_home.registry.known()["sleeper"]

    keeper.send_signal(number)
    keeper.send_signal(number)

    assert keeper.wait(SECONDS) == 128 + number
    assert not group(pid)
    assert own_home.registry.known() == {}


KEEPER = """
import asyncio, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, though the tests run under nohup
from pathlib import Path
from runtime.exits import main
from runtime.stack.foreground import run_until_signal
from runtime.stack.home import Home
from runtime.stack.parts import Part
from runtime.stack.supervisor import Supervisor
home = Home(Path(sys.argv[1]))
async def keep():
    with home.hold():
        supervisor = Supervisor(home.registry)
        try:
            await supervisor.start(Part("sleeper", ("sleep", "64"), home.logs / "s.log"))
            print("kept", flush=True)
            await asyncio.Event().wait()
        finally:
            await supervisor.stop()
main(lambda: run_until_signal(keep()))
"""


def keeping(home: Home) -> "subprocess.Popen[str]":
    """A process that keeps one part."""
    keeper = subprocess.Popen(
        (sys.executable, "-c", KEEPER, str(home.path)), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout
    assert keeper.stdout.readline() == "kept\n"
    keeper.stdout.close()
    return keeper


def test_only_the_home_itself_is_wiped(own_home: Home, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (own_home.path / "link").symlink_to(tmp_path)
    (own_home.path / "folder").mkdir()

    own_home.wipe()

    assert [path.name for path in own_home.path.iterdir()] == ["logs"]
    assert (tmp_path / "precious").read_text() == "kept"
