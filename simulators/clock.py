"""The simulators' own time: real time plus an offset that a test moves."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Seconds since the epoch, movable, and the same again after a restart."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.offset = 0.0
        self.born = time.time()
        """When this world began: what is older than it, is invented."""
        if file.exists():
            kept = json.loads(file.read_text())
            self.offset, self.born = kept["offset"], kept["born"]
        else:
            self._keep()

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move time on (or back, when negative)."""
        self.offset += seconds
        self._keep()

    def set(self, moment: float) -> None:
        """Make it `moment` now; time goes on from there."""
        self.offset = moment - time.time()
        self._keep()

    def _keep(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"offset": self.offset, "born": self.born}))
        fresh.replace(self._file)


def iso(moment: float, timespec: str = "microseconds") -> str:
    """`2026-11-20T09:00:00.123456Z`: the form of Luma's and Anthropic's times."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec=timespec)
    return text.replace("+00:00", "Z")
