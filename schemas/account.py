"""An Instagram account and how its days go."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from schemas.base import Frozen
from schemas.composition import GAMEPLAY_ONLY, Anchor, Layout, SoundMix

AccountId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""Lower-case letters, digits and hyphens: it stands in workflow ids and object keys."""

StartTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A local wall-clock time, HH:MM."""


QuietHours = Annotated[
    str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")
]
"""Two local wall-clock times, HH:MM-HH:MM; over midnight where the second is the lower one."""


class AccountStatus(StrEnum):
    """Whether the account's days run."""

    ACTIVE = "active"
    PAUSED = "paused"


class Silence(StrEnum):
    """What it means when no reviewer answers in time. It never means publish."""

    EXPIRE = "expire"
    HOLD = "hold"


class Role(StrEnum):
    """What a person of the workspace may do."""

    ADMIN = "admin"
    """Decides, and looks after accounts and people."""
    REVIEWER = "reviewer"
    """Decides, on accounts whose reviewers are open or name the person."""
    VIEWER = "viewer"
    """Sees everything and decides nothing."""


class ChannelName(StrEnum):
    """A way to reach the people who review: the one list of their names."""

    SLACK = "slack"
    DISCORD = "discord"
    EMAIL = "email"
    """Digests; no card of a day."""


class ReviewPolicy(Frozen):
    """How one account's Reels are reviewed."""

    reviewers: tuple[str, ...] = ()
    """Names that may decide; empty means whoever a door has authenticated."""
    reminder_hours: int = Field(24, ge=1, le=24 * 14)
    expiry_hours: int = Field(72, ge=1, le=24 * 60)
    silence: Silence = Silence.EXPIRE
    approvals_needed: int = Field(1, ge=1, le=2)
    """How many different people have to approve the same revision."""
    quiet_hours: QuietHours | None = None
    """When nobody is reminded, by the account's own clock; None is never."""
    channels: tuple[ChannelName, ...] = ()
    """Through which channels its people are reached; empty: through all that are set up."""
    auto_approval: bool = False
    """Whether its Reels may go out unseen once it has earned that: see schemas/trust.py."""
    auto_after_posts: int = Field(50, ge=50, le=1000)
    """How many posts people have to have approved before."""
    auto_unchanged_share: float = Field(0.95, ge=0.95, le=1, allow_inf_nan=False)
    """How much of what people reviewed they have to have approved unchanged, 0 to 1."""
    auto_sampled_share: float = Field(0.1, ge=0.05, le=1, allow_inf_nan=False)
    """How many of its days people see all the same, 0 to 1."""

    @field_validator("quiet_hours")
    @classmethod
    def quiet_hours_end(cls, value: str | None) -> str | None:
        """Refuse a time from one moment to the same: nobody can tell what it means."""
        if value is not None and value[:5] == value[6:]:
            message = f"{value} begins and ends at once; write two times, like 22:00-08:00"
            raise ValueError(message)
        return value

    @field_validator("auto_approval")
    @classmethod
    def nobody_is_passed_over(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's
        """Refuse automatic approval where two people have to approve."""
        if value and info.data.get("approvals_needed", 1) > 1:
            raise ValueError("does not go with two approvals: leave it off, or let one do")
        return value


class PostingPolicy(Frozen):
    """How one account's Reels go out once they are approved."""

    times: tuple[StartTime, ...] = ()
    """Local times at which a Reel may go out; empty: as soon as it is approved."""
    collaborators: tuple[str, ...] = Field((), max_length=3)
    """Handles that are invited as co-authors; Facebook Login only (IG User media reference)."""
    location_id: str | None = Field(None, pattern=r"^\d{1,32}$")
    """The id of a Facebook Page that has a place; Facebook Login only."""
    first_comment: str = Field("", max_length=300)
    """Written under the post once it is out; empty: none. Instagram takes 300 characters."""
    ai_label: bool = True
    """Whether the post says that it was made with AI."""


class CaptionLead(StrEnum):
    """Which of the two captions leads: the one that is published when nobody picks."""

    FIRST = "first"
    ALTERNATE = "alternate"
    """The two hook types take turns, day by day."""


class Login(StrEnum):
    """Through which of Meta's two doors an account is connected."""

    INSTAGRAM = "instagram"
    """Instagram Login: a token of the Instagram user."""
    FACEBOOK = "facebook"
    """Facebook Login for Business: a token of the Page that the account is linked to."""


class Account(Frozen):
    """One Instagram account; never its token, which stays in the database."""

    id: AccountId
    handle: str
    platform_user_id: str
    login: Login = Login.INSTAGRAM
    theme: str
    voice: str = "warm and witty"
    audience: str = "everyone"
    language: str = "en"
    banned_topics: tuple[str, ...] = ()
    zone: str = "UTC"
    start_time: StartTime = "09:00"
    reel_seconds: int = Field(20, ge=3, le=90)
    video_providers: tuple[str, ...] = ("luma",)
    daily_budget_micros: int | None = Field(None, ge=0)
    """Micro-dollars that one day may cost; None leaves only the limits for all accounts."""
    monthly_budget_micros: int | None = Field(None, ge=0)
    trends: bool = False
    """Whether a web search may inspire its stories; it costs about a cent a theme and day."""
    allowed_mentions: tuple[str, ...] = ()
    """Handles, without `@`, that captions may name."""
    allowed_links: tuple[str, ...] = ()
    """Host names that captions may link to."""
    caption_lead: CaptionLead = CaptionLead.FIRST
    share_to_feed: bool = True
    layout: Layout = Layout.SPLIT_60_40
    top_anchor: Anchor = Anchor.CENTER
    """Which part of the filmed story stays when its pane crops it."""
    sound: SoundMix = GAMEPLAY_ONLY
    hook_text: bool = True
    """Whether the story's hook stands on the picture in the first seconds."""
    review: ReviewPolicy = ReviewPolicy()
    posting: PostingPolicy = PostingPolicy()
    status: AccountStatus = AccountStatus.ACTIVE
    paused_reason: str | None = None
    paused_kind: str | None = None
    """The `FailureKind` that paused it; None when a person did."""

    @field_validator("zone")
    @classmethod
    def zone_is_known(cls, value: str) -> str:
        """Refuse what is not an IANA zone, naming one that is."""
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"{value!r} is not an IANA time zone; write one like Europe/Berlin"
            raise ValueError(message) from None
        return value


class AccountDay(Frozen):
    """One account on one date of its own calendar: what all else hangs on."""

    account: AccountId
    day: date

    @property
    def workflow_id(self) -> str:
        """The id that makes a second start of the same day impossible."""
        return f"account-day/{self.account}/{self.day.isoformat()}"

    @property
    def prefix(self) -> str:
        """Where the day's files lie in the object store."""
        return f"days/{self.account}/{self.day.isoformat()}"

    @classmethod
    def from_workflow_id(cls, workflow_id: str) -> Self:
        """Read the id back. Raises ValueError for any other id."""
        kind, account, day = workflow_id.split("/")
        if kind != "account-day":
            message = f"{workflow_id!r} is not the id of an account-day"
            raise ValueError(message)
        return cls(account=account, day=date.fromisoformat(day))
