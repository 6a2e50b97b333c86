"""How a process of ours ends: with the right exit code, every time."""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130
"""128 + SIGINT, as shells count it."""


class Refusal(Exception):
    """A command was not carried out; its text is a sentence for the person who typed it."""

    code = 1


class InputError(Refusal):
    """What was asked for is wrong. Names the field, what is wrong, and how to mend it."""

    code = 2


class Unreachable(Refusal):
    """A part that the command needs does not answer. Names the address."""

    code = 3


def exit_now(rc: int) -> NoReturn:
    """Flush what was said and leave at once, without the interpreter's own end.

    A process that used a Temporal client may crash while the interpreter shuts down, after
    its work is done, and its exit code would lie: temporalio/sdk-python issue 300.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    logging.shutdown()
    os._exit(rc)


def main(run: Callable[[], int | None]) -> NoReturn:
    """Run a command to its end and leave with the code that tells what happened.

    None and 0 are success, 2 is refused input, 3 an unreachable part, 130 a Ctrl-C, and 1,
    with a traceback, a fault of ours.
    """
    exit_now(_outcome(run))


def _outcome(run: Callable[[], int | None]) -> int:
    try:
        return run() or 0
    except Refusal as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        return refusal.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as end:
        return _code_of(end)
    except BaseException:  # noqa: BLE001 - the last frame there is: shown, and told by the code
        traceback.print_exc()
        return 1


def _code_of(end: SystemExit) -> int:
    if isinstance(end.code, str):
        sys.stderr.write(f"{end.code}\n")
        return 1
    return end.code or 0
