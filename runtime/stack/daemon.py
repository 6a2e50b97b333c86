"""`up`, `down`, `status`: the stack in the background, and the process that keeps it there."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from runtime import logs
from runtime.exits import InputError, Refusal
from runtime.local_input import SimulatedInput
from runtime.settings import LOCAL_HOME, ROOT, environment, load, read_stack_file
from runtime.stack.foreground import run_until_signal
from runtime.stack.home import Home, began
from runtime.stack.local import addresses, bring_up, shown
from runtime.stack.ports import settle
from runtime.stack.supervisor import Supervisor
from runtime.stack.wiring import Wiring, wanted_ports, wire

STOP_SECONDS = 60
"""How long the supervisor may take to stop its parts before it is killed."""


class NotStarted(Refusal):
    """The background process did not bring the stack up; its own words and code."""

    def __init__(self, message: str, code: int) -> None:
        """As the process told them."""
        super().__init__(message)
        self.code = code


def chosen_home(environ: Mapping[str, str]) -> Home:
    """REELS_HOME, or the folder of `make up` in the checkout."""
    named = environ.get("REELS_HOME")
    return Home(Path(named).expanduser().resolve() if named else LOCAL_HOME)


def up() -> int:
    """Start the stack in the background and return when it is ready; leave a running one."""
    home = chosen_home(environment(local_stack=False))
    home.make()
    if home.supervisor_pid is not None:
        print("the local stack is running already:")
    else:
        print(f"starting the local stack in {shown(home.path)} ...", flush=True)
        _start_in_background(home)
        print("the local stack runs, and goes on after this command:")
    print(addresses(read_stack_file(home.settings_file), home.path))
    print("next:  .venv/bin/python admin.py account add --help")
    print("       .venv/bin/python admin.py gameplay import FOLDER")
    print("       .venv/bin/python starter.py start ACCOUNT")
    print("       make down")
    return 0


def down() -> int:
    """Stop the stack and what a killed one left; its data stays."""
    home = chosen_home(environment(local_stack=False))
    pid = home.supervisor_pid
    if pid:
        _end(pid)
    left = home.registry.sweep()
    if left:
        print(f"stopped what was left over: {', '.join(left)}")
    kept = f"its data stays in {shown(home.path)}"
    print(f"stopped; {kept}" if pid or left else "no local stack was running")
    return 0


def _end(supervisor: int) -> None:
    """Have the supervisor stop its parts, and return when its own process is gone, too.

    It lets go of the home a moment before it is.
    """
    at = began(supervisor)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not at or began(supervisor) != at:
            return
        with suppress(ProcessLookupError):
            os.kill(supervisor, number)
        deadline = time.monotonic() + STOP_SECONDS
        while began(supervisor) == at and time.monotonic() < deadline:
            time.sleep(0.1)


def status() -> int:
    """Show which parts run and where to look. Returns 1 when the stack is down."""
    home = chosen_home(environment(local_stack=False))
    if home.supervisor_pid is None:
        print(f"no local stack is running in {shown(home.path)}; start it: make up")
        return 1
    for name, (pid, at) in home.registry.known().items():
        print(f"  {name:<17} {'runs' if began(pid) == at else 'is being started'} ({pid})")
    print(addresses(read_stack_file(home.settings_file), home.path))
    return 0


def run(report: int | None) -> int:
    """Keep the stack running until a signal ends it.

    `report` is a file descriptor that is told once how the start went, as JSON.
    """
    logs.configure("json")
    try:
        return run_until_signal(_keep(report))
    except Refusal as refusal:
        _tell(report, {"error": str(refusal), "code": refusal.code})
        raise


async def _keep(report: int | None) -> int:
    environ = environment(local_stack=False)
    home = chosen_home(environ)
    home.make()
    lock = home.hold()
    if lock is None:
        raise Refusal(f"another process keeps the stack in {home.path}")
    with lock:
        home.registry.sweep()
        wiring = _wiring(home, environ)
        supervisor = Supervisor(home.registry)
        try:
            await bring_up(wiring, supervisor)
            _tell(report, {})
            await asyncio.Event().wait()
        finally:
            await supervisor.stop()
    return 0


def _wiring(home: Home, environ: Mapping[str, str]) -> Wiring:
    asked = load(SimulatedInput, environ)
    if asked.top_problem:
        raise InputError(asked.top_problem)
    top = asked.top and asked.top.resolve()
    wiring = wire(home, settle(wanted_ports(environ)), environ, top_clip=top)
    home.write_settings(wiring.settings)
    return wiring


def _start_in_background(home: Home) -> None:
    """Start `run` and wait for its word. Raises NotStarted."""
    listening, telling = os.pipe()
    with (home.logs / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - this program, no shell
            (sys.executable, "-m", "runtime.stack", "run", "--report", str(telling)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(telling,),
            start_new_session=True,
        )
    os.close(telling)
    try:
        with os.fdopen(listening) as told:
            word = json.loads(told.readline() or '{"error": "", "code": 1}')
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    if "error" in word:
        process.wait()
        message = word["error"] or f"the stack did not start; see {home.logs / 'supervisor.log'}"
        raise NotStarted(message, word["code"])


def _tell(report: int | None, word: Mapping[str, object]) -> None:
    if report is not None:
        with os.fdopen(report, "w") as telling:
            telling.write(json.dumps(word) + "\n")
