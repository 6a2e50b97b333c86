"""A row of `generated_reels` as the rest of the program reads it."""

from datetime import date, datetime

from schemas.account import AccountDay, AccountId
from schemas.base import Frozen
from schemas.day import Outcome, Stage
from schemas.reel import Letter
from schemas.story import Story


class ReelRow(Frozen):
    """A row of `generated_reels`."""

    id: str
    account_id: AccountId
    day: date
    claim: str
    requested_by: str
    stage: Stage
    stage_at: datetime
    waiting_for: str | None = None
    story: Story | None = None
    music_id: str | None = None
    revision: str | None = None
    video_key: str | None = None
    poster_key: str | None = None
    video_sha256: str | None = None
    video_bytes: int | None = None
    seconds: float | None = None
    cover_seconds: float | None = None
    """Where in the video its poster's picture lies."""
    caption: str | None = None
    hashtags: tuple[str, ...] | None = None
    hook_type: str | None = None
    cta: str | None = None
    variant: Letter = Letter.A
    """Which of the captions these words are: the leading one, or the one that was approved."""
    container_id: str | None = None
    container_revision: str | None = None
    container_at: datetime | None = None
    upload_uri: str | None = None
    """Where the bytes of the container are brought; None for one that fetches them itself."""
    commit_attempts: int = 0
    commit_attempted_at: datetime | None = None
    media_id: str | None = None
    """None although published: the post is out, but which one it is could not be told."""
    permalink: str | None = None
    published_at: datetime | None = None
    comment_id: str | None = None
    comment_attempted_at: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    created_at: datetime
    closed_at: datetime | None = None

    @property
    def key(self) -> AccountDay:
        """The account and date."""
        return AccountDay(account=self.account_id, day=self.day)
