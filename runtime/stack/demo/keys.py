"""Single keys from a terminal."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pressed_keys() -> Iterator[asyncio.Queue[str] | None]:
    """A queue of the keys that a person presses; None when nobody sits at a terminal.

    Ctrl-C stays what it is. The terminal is put back as it was.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield None
        return
    terminal, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    keys: asyncio.Queue[str] = asyncio.Queue()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    loop.add_reader(
        terminal, lambda: keys.put_nowait(os.read(terminal, 1).decode(errors="replace"))
    )
    try:
        yield keys
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
