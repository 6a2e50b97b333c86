"""What truly happened, in order: one JSON line for each call that was served.

The ledger is also where the state comes from: a line is written, then applied, and after a
restart the same lines are applied again. So what the ledger says and what the simulators answer
can't differ, whenever the process is killed.

Credentials never get here: a call's headers and query aren't recorded, and an address is
recorded without its query.
"""

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    seq: int
    """1, 2, 3 ... without gaps."""
    time: str
    """By the simulators' clock, ISO 8601 in UTC."""
    service: str
    op: str
    ids: dict[str, str] = field(default_factory=dict)
    """Key ids: `job`, `user`, `container`, `media`, `message`, `request`."""
    effect: str = "none"
    """What changed in the world, as `thing.happened`; `none` for reads and refusals."""
    status: int | None = None
    """The answer's HTTP status, whether or not it arrived; None for the platform's own doings."""
    fault: str | None = None
    """The kind of the armed fault that met this call."""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> float:
        """The time in seconds since the epoch."""
        return datetime.fromisoformat(self.time).timestamp()


class LedgerTaken(Exception):
    """Another process keeps its ledger in this folder."""


class Ledger:
    """An append-only JSONL file. One process at a time; `kill -9` loses no written line."""

    def __init__(self, file: Path) -> None:
        self._stream = file.open("a+b")
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._stream.close()
            raise LedgerTaken(f"{file.parent} is in use by other simulators") from None
        self.entries = self._read()
        self._listeners: list[Callable[[Entry], None]] = []

    def on_entry(self, listener: Callable[[Entry], None]) -> None:
        """Have each entry applied: the kept ones now, in order, and each new one when written."""
        self._listeners.append(listener)
        for entry in self.entries:
            listener(entry)

    def append(self, entry: Entry) -> None:
        """Write an entry, then apply it. The line is with the kernel when this returns."""
        line = json.dumps(asdict(entry), separators=(",", ":")).encode() + b"\n"
        self._stream.write(line)
        self._stream.flush()
        self.entries.append(entry)
        for listener in self._listeners:
            listener(entry)

    @property
    def next_seq(self) -> int:
        """The number that the next entry gets."""
        return len(self.entries) + 1

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def _read(self) -> list[Entry]:
        self._stream.seek(0)
        entries, good = [], 0
        for line in self._stream:
            if not line.endswith(b"\n"):
                # Killed in the middle of a write: that call was never answered, so it goes.
                break
            entries.append(Entry(**json.loads(line)))
            good += len(line)
        os.truncate(self._stream.fileno(), good)
        return entries
