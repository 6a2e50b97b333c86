"""The Reel: composed video, caption, and the digest that an approval is bound to."""

import hashlib
import json
import re
from enum import StrEnum
from typing import Any

from pydantic import Field, field_validator, model_validator

from schemas.account import Account, AccountDay
from schemas.anew import Anew
from schemas.base import Frozen
from schemas.composition import GAMEPLAY_ONLY, Anchor, Layout, SoundMix
from schemas.gameplay import GameplayWindow
from schemas.story import Story
from schemas.video import TopVideo

CAPTION_LIMIT = 2200
"""Characters, hashtags included. Instagram: error 36004/2207010 above it."""


HASHTAG = re.compile(r"#\w{1,50}")


class CaptionRequest(Frozen):
    """Asks for the words below the Reel."""

    key: AccountDay
    reel: str
    account: Account
    story: Story
    trending: tuple[str, ...] = ()
    """Hashtags that a web search found; data, never instruction."""
    anew: Anew | None = None
    """Why other captions are wanted than `before`."""
    before: tuple["Caption", ...] = ()


class Caption(Frozen):
    """The source document's object (2.6)."""

    caption: str = Field(min_length=1, max_length=CAPTION_LIMIT)
    hashtags: tuple[str, ...] = Field(min_length=10, max_length=15)
    hook_type: str = Field(max_length=40)
    emoji: str = Field("", max_length=40)
    cta: str | None = Field(None, max_length=200)

    @field_validator("hashtags")
    @classmethod
    def hashtags_are_distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse repeats, whatever their case, and anything that is not `#word`."""
        for tag in value:
            if not HASHTAG.fullmatch(tag) or tag[1:].isdigit():
                message = f"{tag!r} is not a hashtag: write # and up to 50 letters or digits"
                raise ValueError(message)
        if len({tag.casefold() for tag in value}) != len(value):
            message = "a hashtag stands twice"
            raise ValueError(message)
        return value

    @property
    def text(self) -> str:
        """The caption exactly as it is published."""
        return published_text(self.caption, self.hashtags)


class Captions(Frozen):
    """The variants that were written for one Reel; the first one leads.

    A history from before there were variants holds one bare caption, which is read as the
    only variant.
    """

    variants: tuple[Caption, ...] = Field(min_length=1, max_length=2)

    @model_validator(mode="before")
    @classmethod
    def bare_caption(cls, value: Any) -> Any:  # noqa: ANN401 - whatever a history holds
        """Read one caption as the only variant."""
        if isinstance(value, dict) and "variants" not in value:
            return {"variants": (value,)}
        return value


def published_text(caption: str, hashtags: tuple[str, ...]) -> str:
    """The one text that goes to the platform: the caption, a blank line, the hashtags."""
    return f"{caption}\n\n{' '.join(hashtags)}" if hashtags else caption


class CompositionRequest(Frozen):
    """Asks for the split screen of one top video and one gameplay window."""

    key: AccountDay
    reel: str
    top: TopVideo
    gameplay: GameplayWindow
    seconds: float
    """The most that the Reel may last; it is as long as the joined top when that is shorter."""
    layout: Layout = Layout.SPLIT_60_40
    top_anchor: Anchor = Anchor.CENTER
    sound: SoundMix = GAMEPLAY_ONLY
    hook_text: str = ""
    """Burned into the first seconds; empty for none."""


class ComposedReel(Frozen):
    """The finished file and its poster in the object store."""

    video_key: str
    poster_key: str
    video_sha256: str
    bytes: int
    seconds: float
    cover_seconds: float | None = None
    """Where the poster's picture lies; None in histories from before it was chosen."""
    cover_picked: bool = False
    """Whether a person picked it: then it is part of what is approved."""

    @property
    def picked_cover(self) -> float | None:
        """Where the cover lies that a person picked; None while nobody has."""
        return self.cover_seconds if self.cover_picked else None


class CoverRequest(Frozen):
    """Asks for a poster of another picture of a finished Reel."""

    key: AccountDay
    composed: ComposedReel
    seconds: float


class DraftRequest(Frozen):
    """Saves what a person will see as a revision."""

    key: AccountDay
    reel: str
    composed: ComposedReel
    caption: Caption
    """The leading variant."""
    others: tuple[Caption, ...] = Field((), max_length=1)
    approvals_needed: int = 1
    people_only: bool = False
    """Whether an automatic approval of it counts no more."""

    @property
    def variants(self) -> tuple["Variant", ...]:
        """Each caption under its digest, the leading one first; the same text stands once."""
        found: dict[str, Variant] = {}
        for caption in (self.caption, *self.others):
            revision = revision_digest(
                self.composed.video_sha256,
                caption.caption,
                caption.hashtags,
                self.composed.picked_cover,
            )
            found.setdefault(revision, Variant(revision=revision, caption=caption))
        return tuple(found.values())


class Letter(StrEnum):
    """What people call a variant. A leads: it is what a plain `approve` means."""

    A = "A"
    B = "B"


class Variant(Frozen):
    """One caption under the same video, as a revision of its own."""

    revision: str
    caption: Caption


class Draft(Frozen):
    """A revision: exactly these bytes with exactly this caption."""

    reel: str
    revision: str
    video_key: str
    poster_key: str
    seconds: float
    caption: Caption
    others: tuple[Variant, ...] = ()
    """The other captions that a reviewer may choose, each by its own revision."""
    changed: str = ""
    """Why people see the Reel again, and what is other than before; empty the first time."""

    @property
    def revisions(self) -> tuple[str, ...]:
        """What a decision may be on, the leading variant first."""
        return tuple(one.revision for one in self.variants)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Every caption that a reviewer may choose, the leading one first."""
        return (Variant(revision=self.revision, caption=self.caption), *self.others)


class DraftRef(Frozen):
    """Names one revision of one Reel."""

    key: AccountDay
    reel: str
    revision: str


def revision_digest(
    video_sha256: str, caption: str, hashtags: tuple[str, ...], picked_cover: float | None = None
) -> str:
    """The content digest that names a revision: hex sha256 over video, caption and hashtags.

    A cover that a person picked counts, too; the one that was chosen for them follows from
    the video.
    """
    parts: list[object] = [video_sha256, caption, list(hashtags)]
    if picked_cover is not None:
        parts.append(picked_cover)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
