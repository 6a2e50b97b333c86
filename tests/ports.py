"""Ports for servers that a test starts: no two of a run get the same, though many run at once."""

import os
from itertools import count
from secrets import randbelow

from runtime.local_input import LocalPorts
from runtime.stack.ports import QUIET, is_free

_SHARE = len(QUIET) // 16
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # noqa: TID251 - which of the runners this is
_FIRST = QUIET.start + int(_WORKER.removeprefix("gw")) % 16 * _SHARE
_numbers = count(randbelow(_SHARE))


def free_port() -> int:
    """A port that is nobody's, from this runner's own share of them."""
    return next(port for number in _numbers if is_free(port := _FIRST + number % _SHARE))


def local_ports() -> dict[str, int]:
    """One for each part of a stack, by the setting's name."""
    return {name: free_port() for name in LocalPorts.model_fields}
