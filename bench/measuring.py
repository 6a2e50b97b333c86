"""What a program costs: CPU seconds of its whole tree of processes, and its peak of memory."""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from imageio_ffmpeg import get_ffmpeg_exe

FFMPEG = get_ffmpeg_exe()
"""The product's own, for every design: another build would be another race."""
QUIET = (FFMPEG, "-nostdin", "-hide_banner", "-loglevel", "error", "-y")

_LAUNCH = Path(__file__).with_name("launching.py")
_LAST_WORDS = 2000


class MeasuringFailed(Exception):
    """A program that was to be measured failed: its last words."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    cpu_seconds: float
    """User and system, of the program and of all the children that it waited for."""
    peak_mb: float
    """Most memory that the largest of its processes held at once."""


def measure(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """Run a program to its end; by wait4(2), so that it takes no part in measuring.

    Raises MeasuringFailed when it ends otherwise than well.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        ended = subprocess.run(  # noqa: S603 - argv lists of our own making
            (sys.executable, "-I", "-S", str(_LAUNCH), str(report), *argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environ,
            check=False,
        )
        if ended.returncode:
            words = ended.stderr[-_LAST_WORDS:].decode(errors="replace")
            raise MeasuringFailed(f"{argv[0]} ended with {ended.returncode}: {words}")
        return Cost(**json.loads(report.read_text()))


def told_by(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """What a Python program tells that its work took, with `Meter`; its start is not counted.

    A worker starts once for many Reels. Raises MeasuringFailed.
    """
    ended = subprocess.run(  # noqa: S603 - argv lists of our own making
        argv, capture_output=True, text=True, check=False, env=environ
    )
    if ended.returncode:
        raise MeasuringFailed(f"{argv[0]}: {ended.stderr[-_LAST_WORDS:]}")
    return Cost(**json.loads(ended.stdout.splitlines()[-1]))


class Meter:
    """Measures what this process and its children take from now on."""

    def __init__(self) -> None:
        self._start = cpu_seconds_so_far()

    def tell(self) -> str:
        """The cost so far, as `told_by` reads it."""
        peak = max(used.ru_maxrss for used in _usages()) / 1024
        return json.dumps(asdict(Cost(cpu_seconds_so_far() - self._start, peak)))


def paired(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """Median of the ratios of CPU seconds, each of two runs of one round.

    A busy machine makes the runs of a round slow together. Where one side was measured in fewer
    rounds, only those count.
    """
    return median(a.cpu_seconds / b.cpu_seconds for a, b in zip(ours, theirs, strict=False))


def typical(costs: Sequence[Cost]) -> Cost:
    """The median of the seconds, and the highest of the peaks."""
    return Cost(median(cost.cpu_seconds for cost in costs), max(cost.peak_mb for cost in costs))


def size_mb(path: Path) -> float:
    """Of a file."""
    return path.stat().st_size / 1e6


def cpu_seconds_so_far() -> float:
    """Of this process and of the children that it waited for."""
    return sum(used.ru_utime + used.ru_stime for used in _usages())


def _usages() -> list[resource.struct_rusage]:
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
