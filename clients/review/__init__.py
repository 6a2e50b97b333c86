"""Where reviewers are reached. A channel is one module here and one door in `web/`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Choice:
    """One caption that a reviewer may approve."""

    letter: str
    """What people call it: A, which leads, or B."""
    revision: str
    caption: str
    """The exact text to be published, hashtags included."""
    hook_type: str


@dataclass(frozen=True)
class ReviewCard:
    """What a reviewer sees before deciding."""

    account_day: str
    """Workflow id of the day."""
    account: str
    choices: tuple[Choice, ...]
    """One or two captions under the same video, the leading one first."""
    poster_url: str
    video_url: str
    seconds: float
    reminder: bool = False
    changed: str = ""
    """What is other than in the file that was approved before; empty when none was."""
    page_url: str = ""
    """Where the day's Reel stands on the web; empty shows no link."""
    cost_micros: int | None = None
    """What the Reel has cost so far, in micro-dollars; None shows nothing."""


@dataclass(frozen=True)
class Posted:
    """Where a channel's card of a day stands."""

    reference: str
    """What the channel calls the message; empty when the answer to its posting was lost."""
    since: datetime
    """From when on it may have been posted."""
    revision: str = ""
    """The leading one that it asks about; empty when it asks about none."""

    def has(self, card: ReviewCard) -> bool:
        """Whether it asks about this revision already, so that only what was said of it is new."""
        return bool(card.changed) and self.revision == card.choices[0].revision


@dataclass(frozen=True)
class Final:
    """How a card ends, in words for people."""

    title: str
    """In a few words: `Approved by alice`."""
    words: str = ""
    """The rest of it in a sentence; may be empty."""
    permalink: str = ""
    """The post, once there is one."""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        said = f"{self.title}: {self.words}" if self.words else self.title
        return f"{said} {self.permalink}".rstrip()


class ReviewChannel(Protocol):
    """One way to reach reviewers. Every method raises Retryable or Refused."""

    @property
    def name(self) -> str:
        """The word that decisions carry as their channel."""
        ...

    @property
    def keeps_cards(self) -> bool:
        """Whether its messages can be edited, so that a day has one card that is kept true."""
        ...

    async def ask(self, card: ReviewCard, posted: Posted | None) -> str:
        """Show a revision with its buttons, on the day's card where one is posted.

        Returns the message's reference, empty where no card is kept. Again: the same card.
        """
        ...

    async def remind(self, card: ReviewCard, posted: Posted | None) -> str:
        """Say that a revision still waits, and lead to its card, whose reference it returns.

        A card that is gone is shown anew. Again: says it again.
        """
        ...

    async def close(self, card: ReviewCard, final: Final, posted: Posted) -> str:
        """Take the buttons off the day's card and say how it ended; returns its reference.

        Empty where there is no such card any more. Again: the same card.
        """
        ...

    async def tell(self, *, title: str, text: str) -> None:
        """Send a plain message: a day that needs attention, the day's summary."""
        ...

    async def aclose(self) -> None:
        """Close what is still open."""
        ...
