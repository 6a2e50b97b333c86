"""Where reviewers are told. A channel is one module here and one door in `web/`."""

from dataclasses import dataclass
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


class ReviewChannel(Protocol):
    """One way to reach reviewers."""

    @property
    def name(self) -> str:
        """The word that decisions carry as their channel."""
        ...

    async def ask(self, card: ReviewCard) -> None:
        """Show a revision with its buttons. Raises Retryable or Refused."""
        ...

    async def tell(self, *, title: str, text: str) -> None:
        """Send a plain message: a day that needs attention, the day's summary."""
        ...
