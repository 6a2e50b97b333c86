"""What must hold, and whether it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.comparing import OURS, Comparison
from bench.designs import Design
from bench.queue_load import A_SECOND, Load

POOL, RAW, SOURCE = Design.POOL, Design.RAW, Design.SOURCE
PEAK = "peak memory in MB"
PEAK_MB = 450.0
PAGE_MS = 300.0
MOST_LATE = 1.0
"""Decisions a second by which a run may be below its rate and still be the one that was meant."""


@dataclass(frozen=True)
class Target:
    """One promise about each kind of footage."""

    name: str
    most: float
    """What the number may be at the most."""
    measured: Callable[[Comparison], float]


TARGETS = (
    Target("pool / source command", 0.30, lambda c: c.ratio(POOL, SOURCE)),
    Target("pool / encoder alone", 1.45, lambda c: c.ratio(POOL, Design.FLOOR)),
    Target("raw / source command", 0.43, lambda c: c.ratio(RAW, SOURCE)),
    Target("raw / encoder alone", 2.2, lambda c: c.ratio(RAW, Design.FLOOR)),
    Target("pool / MoviePy", 0.12, lambda c: c.ratio(POOL, Design.MOVIEPY)),
    Target("poster / source command", 0.02, lambda c: c.poster_ratio),
    Target("SSIM lost to source command", 0.0, lambda c: _lost(c, "ssim")),
    Target("VMAF lost to source command", 0.3, lambda c: _lost(c, "vmaf")),
    Target("bytes / source command", 1.6, lambda c: max(c.bytes_ratio(one) for one in OURS)),
    Target("Mbit/s", 20.0, lambda c: max(c.megabits(one) for one in OURS)),
    Target(PEAK, PEAK_MB, lambda c: max(c.cost(one).peak_mb for one in OURS)),
)

HDR = "4K HDR10"
LONGEST = "60 s"
EXCEPTIONS: dict[tuple[str, str], float] = {
    ("pool / source command", "flat"): 0.35,
    ("pool / encoder alone", "flat"): 1.7,
    ("pool / encoder alone", "textured"): 1.8,
    ("pool / encoder alone", "noisy-fast"): 1.95,
    ("raw / encoder alone", "textured"): 2.55,
    ("raw / encoder alone", "noisy-fast"): 3.15,
    ("raw / source command", "noisy-fast"): 0.48,
    ("pool / MoviePy", "textured"): 0.135,
    ("pool / MoviePy", "noisy-fast"): 0.16,
    (PEAK, HDR): 600.0,
}
"""Where a target is proven out of reach, by its name and what it is about, and what is held
instead. Each needs its numbers in docs/performance.md."""


@dataclass(frozen=True)
class Verdict:
    """A promise about one thing, and what was measured."""

    name: str
    about: str
    measured: float
    most: float
    target: float
    """Other than `most` where an exception is documented."""

    @property
    def word(self) -> str:
        """Whether it holds, or at least what is held instead."""
        if self.measured <= self.target:
            return "met"
        return "excepted" if self.measured <= self.most else "MISSED"

    def __str__(self) -> str:
        """One line for a person."""
        line = f"{self.word:<8} {self.about:<10} {self.name:<27} {self.measured:9.4g}"
        line += f"  at most {self.target:g}"
        if self.word == "excepted":
            line += f", here {self.most:g}"
        return line


def judge(comparison: Comparison) -> list[Verdict]:
    """Hold one kind of footage against every target."""
    kind = comparison.kind
    return [
        Verdict(
            target.name,
            kind,
            target.measured(comparison),
            EXCEPTIONS.get((target.name, kind), target.most),
            target.most,
        )
        for target in TARGETS
    ]


def judge_memory(peaks: dict[str, float]) -> list[Verdict]:
    """Hold the peaks of harder inputs, by their names, against the target."""
    return [
        Verdict(PEAK, name, peak, EXCEPTIONS.get((PEAK, name), PEAK_MB), PEAK_MB)
        for name, peak in peaks.items()
    ]


def judge_queue(load: Load) -> list[Verdict]:
    """Hold the queue's page against its target, and the run against what it was to be."""
    late = A_SECOND - load.decisions_a_second
    return [
        Verdict("page at p95 in ms", "queue", load.at(95), PAGE_MS, PAGE_MS),
        Verdict("decisions a second too few", "queue", late, MOST_LATE, MOST_LATE),
    ]


def sentence(verdicts: Sequence[Verdict]) -> tuple[str, int]:
    """The last line of a run, and its exit code."""
    words = [verdict.word for verdict in verdicts]
    told = ", ".join(
        f"{words.count(word)} {word}" for word in ("met", "excepted", "MISSED") if word in words
    )
    return f"{len(words)} targets: {told}", int("MISSED" in words)


def _lost(comparison: Comparison, measure: str) -> float:
    """How much lower the worse of ours is; less than nothing where both are better."""
    quality = comparison.quality
    theirs = getattr(quality[SOURCE], measure)
    return max(float(theirs - getattr(quality[one], measure)) for one in OURS)
