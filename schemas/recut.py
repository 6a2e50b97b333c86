"""Making an approved Reel's file anew, and the rule by which people see it again.

A file is made anew when the platform would not take it, or did not: one that is too long is
trimmed, one that is too large, or that was refused, is shrunk. The rule: what a person approved
has changed *materially* when content is missing (more than MOST_CUT_SECONDS were cut off) or
when the picture is visibly worse (its similarity is below LEAST_SIMILARITY). Then the new file
is laid before the reviewers, and nothing goes out without their word. Otherwise it goes out
under the approval of the file that was seen. It is always compared with that one, so that
several small changes never add up to a large one that nobody saw.
"""

from enum import StrEnum
from typing import TypeVar

from pydantic import Field

from schemas.account import AccountDay
from schemas.base import Frozen
from schemas.composition import Layout
from schemas.failures import FailureKind
from schemas.post import PostRequest
from schemas.reel import ComposedReel

MIN_SECONDS = 3
MAX_SECONDS = 900
MAX_BYTES = 300_000_000
MAX_BITS_PER_SECOND = 25_000_000
"""What Instagram takes: the IG User /media reference, as read in October 2026."""

MOST_CUT_SECONDS = 0.25
"""About a syllable, and within the half second that a Reel's sound fades out in."""
LEAST_SIMILARITY = 0.98
"""SSIM, all planes, of the second that suffered most. Measured: at about SHRUNK_PART of its bytes
a Reel without film grain has 0.988 or more; at a third of them 0.978 to 0.982, where grass and
foliage begin to look soft; grain that is lost makes it 0.8. See docs/decisions/0014."""

TRIMMED_SECONDS = 90.0
"""How long a Reel is after a platform called it too long that is within its published limit:
the least that any of Meta's pages has named as the most."""
SHRUNK_BITS_PER_SECOND = 5_000_000
"""And at most SHRUNK_PART of its bytes: what a Reel has that was refused for no reason we know."""
SHRUNK_PART = 0.6

MENDABLE = frozenset({"too-long", "bytes", "bit-rate"})
"""The rules of a finished Reel that a new file can keep where the old one breaks them."""
RECUT_HELPS = frozenset({FailureKind.VIDEO_REFUSED, FailureKind.VIDEO_TOO_LONG})
"""What a platform says of a video that another file of the same Reel may pass."""


class StoredVideo(Frozen):
    """A finished Reel in the object store."""

    key: str
    sha256: str


class ApprovedFile(Frozen):
    """The revision that is to go out, and the one that a person saw."""

    day: AccountDay
    reel: str
    revision: str
    video: StoredVideo
    seen_revision: str
    seen: StoredVideo
    """The same as `video`, unless that was made anew and goes out under this one's approval."""
    poster_key: str
    cover_seconds: float | None = None
    cover_picked: bool = False
    """Whether a person picked it."""


class BrokenRule(Frozen):
    """A rule that a file breaks, by its name, and what is wrong, for a person."""

    name: str
    words: str


class Preflight(Frozen):
    """What a look at a file found, before any call to the platform."""

    broken: tuple[BrokenRule, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it, for a person."""
        said = "; ".join(f"{rule.name}: {rule.words}" for rule in self.broken)
        return f"the file breaks {len(self.broken)} of the file rules - {said}"

    @property
    def remedy(self) -> "Remedy | None":
        """What would mend the file; None when a person has to look, or when nothing is broken."""
        names = {rule.name for rule in self.broken}
        if not names or names - MENDABLE:
            return None
        large = bool(names & {"bytes", "bit-rate"})
        return Remedy(
            why=self.sentence,
            seconds=MAX_SECONDS if "too-long" in names else None,
            bytes=MAX_BYTES if large else None,
            bits_per_second=MAX_BITS_PER_SECOND if large else None,
        )


class Remedy(Frozen):
    """How a file is to be made anew; None where it may stay as it is."""

    why: str
    """What the file is made anew for, for a person."""
    seconds: float | None = None
    """The most that it may last."""
    bytes: int | None = None
    """The most that it may have."""
    part: float | None = None
    """The same, as a part of what it has."""
    bits_per_second: int | None = None
    """The same, by its length."""

    def beside(self, other: "Remedy") -> "Remedy":
        """What keeps to the limits of both, for this one's reason."""
        return self.model_copy(
            update={
                name: _lower(getattr(self, name), getattr(other, name))
                for name in ("seconds", "bytes", "part", "bits_per_second")
            }
        )

    def most_bytes(self, has: int, seconds: float) -> int | None:
        """The smallest of the limits for a file of so many bytes that lasts so long."""
        part = None if self.part is None else int(self.part * has)
        bits = self.bits_per_second
        by_length = None if bits is None else int(bits * seconds / 8)
        return _lower(_lower(self.bytes, part), by_length)


N = TypeVar("N", int, float)


def _lower(one: N | None, other: N | None) -> N | None:
    """The lower of two limits, where None is none."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def remedy_for(kind: FailureKind, words: str) -> Remedy | None:
    """What may help when a platform says so of a video that keeps its published rules."""
    if kind is FailureKind.VIDEO_TOO_LONG:
        return Remedy(why=words, seconds=TRIMMED_SECONDS)
    if kind is FailureKind.VIDEO_REFUSED:
        return Remedy(why=words, part=SHRUNK_PART, bits_per_second=SHRUNK_BITS_PER_SECOND)
    return None


class Repair(StrEnum):
    """What was done to a file."""

    TRIM = "trim"
    SHRINK = "shrink"
    BOTH = "trim and shrink"


class RecutRequest(Frozen):
    """Asks for a new file of a Reel, made from the one that a person saw."""

    file: ApprovedFile
    remedy: Remedy
    layout: Layout


class Recut(Frozen):
    """A new file, held against the one that a person saw."""

    composed: ComposedReel
    repair: Repair
    seconds_before: float = Field(gt=0)
    bytes_before: int = Field(gt=0)
    similarity: float = Field(ge=0, le=1)
    """Of the pictures that both have: 1 where they are the same."""
    why: str
    """What it was made anew for, and what became of it, for a person."""
    material: bool
    """Whether people see it again. Written down, so that a day keeps to the rule of its time."""


def material_change(cut_seconds: float, similarity: float) -> str:
    """What a person would notice, in words; empty for nothing."""
    if cut_seconds > MOST_CUT_SECONDS:
        return f"{cut_seconds:.2f} s were cut off its end"
    if similarity < LEAST_SIMILARITY:
        return f"its picture is visibly worse (similarity {similarity:.3f})"
    return ""


class KeepRecut(Frozen):
    """Writes a new file down; one that nobody would notice takes over the approval."""

    request: PostRequest
    file: ApprovedFile
    recut: Recut


class KeptRecut(Frozen):
    """What is to go out after a file was made anew."""

    revision: str
    """The new file's, with the same caption and hashtags."""
