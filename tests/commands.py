"""Our commands as processes of their own, forked from one that has their modules loaded.

A command's start costs a CPU second, nearly all of it for reading modules, and the tests give
hundreds. What runs is the program itself, from its first line to its own way out.
"""

import asyncio
import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 90
"""How long a command may take."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.preloaded"])


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Running:
    """A command under way."""

    process: ForkServerProcess
    folder: "tempfile.TemporaryDirectory[str]"

    def ended(self) -> Ended:
        """Wait for its end."""
        over = bool(wait([self.process.sentinel], SECONDS))
        if not over:
            self.process.kill()
        self.process.join()
        out, err = (Path(self.folder.name, name).read_text() for name in ("out", "err"))
        self.folder.cleanup()
        assert over, f"it did not end in {SECONDS} seconds: {out}{err}"
        assert self.process.exitcode is not None
        return Ended(self.process.exitcode, out, err)


def begin(program: str, *words: str | Path, environ: Mapping[str, str]) -> Running:
    """Start `program WORD ...` in the checkout, with this environment and nothing to read."""
    folder = tempfile.TemporaryDirectory(prefix="reels-command-")
    argv = (program, *map(str, words))
    process = FORKS.Process(target=_become, args=(argv, dict(environ), folder.name))
    process.start()
    return Running(process, folder)


def run(program: str, *words: str | Path, environ: Mapping[str, str]) -> Ended:
    """The same, to its end."""
    return begin(program, *words, environ=environ).ended()


async def run_beside(program: str, *words: str | Path, environ: Mapping[str, str]) -> Ended:
    """The same, while other things of the test go on."""
    return await asyncio.to_thread(run, program, *words, environ=environ)


def _become(argv: tuple[str, ...], environ: dict[str, str], folder: str) -> None:
    os.chdir(ROOT)
    os.environ.clear()  # noqa: TID251 - a process that is started has none but what it is given
    os.environ.update(environ)  # noqa: TID251
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(folder, name), os.O_WRONLY | os.O_CREAT, 0o600), number)
    sys.stdin = os.fdopen(0)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1) for number in (1, 2))
    sys.argv = list(argv)
    runpy.run_path(argv[0], run_name="__main__")
