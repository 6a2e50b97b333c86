"""Whether an approved Reel may go out: the pause, the quotas, the posting time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.clearance import LEEWAY, LOOK_AGAIN, READS, ClearanceActivities
from activities.cures import CURES
from activities.platform_truth import STOPS_ACCOUNT
from activities.posting_times import spread_of
from clients.errors import ClientError, Refused, Retryable
from clients.publishing import Quota
from db.database import Database
from db.tokens import NewTokens
from schemas.account import Login
from schemas.clearance import Clearance, ClearanceRequest, Hold, HoldReason
from schemas.failures import STOPS_PUBLISHING, FailureKind
from schemas.post import PostRequest
from tests.factories import DAY, NOW
from tests.fakes import FakePublisher
from tests.integration.activities.days import Attempt, a_day, a_post, an_approved_post, run
from tests.integration.activities.desks import CIPHER, DOWN, EXPIRED_TOKEN, TOKEN

AT = datetime(2026, 11, 23, 17, 22, 30, tzinfo=UTC)
"""18:22:30 in Berlin."""

HOUR = timedelta(hours=1)
THROTTLED = Retryable("instagram", FailureKind.RATE_LIMITED, "too many calls")


@dataclass
class Tower:
    """One approved Reel, the platform, and the moment of the question."""

    db: Database
    post: PostRequest
    publisher: FakePublisher = field(default_factory=FakePublisher)

    def __post_init__(self) -> None:
        publishers = {Login.INSTAGRAM: self.publisher}
        self.clearance = ClearanceActivities(publishers, self.db, CIPHER, lambda: AT)

    async def ask(self, attempt: Attempt | None = None, **changes: object) -> Hold | None:
        asked = ClearanceRequest.model_validate({"post": self.post} | changes)
        return (await (attempt or Attempt()).run(self.clearance.clear_post, asked)).hold

    def platform_says(self, *answers: Quota | Exception) -> None:
        self.publisher.quota_answers.extend(answers)

    async def posted(self, *ages: timedelta) -> None:
        for number, age in enumerate(ages):
            day = DAY - timedelta(days=1 + number)
            await a_post(self.db, self.post.account, day, AT - age)


@pytest.fixture
async def tower(db: Database) -> Tower:
    day = await a_day(db, zone="Europe/Berlin", posting={"times": ("08:00", "18:30")})
    await db.tokens.set(day.account.id, NewTokens(CIPHER.seal(day.account.id, TOKEN)), NOW)
    return Tower(db, await an_approved_post(db, day))


def a_quota(used: int, total: int = 3) -> Quota:
    return Quota(used=used, total=total, seconds=86_400)


async def test_with_room_nothing_is_held_and_the_quota_is_read_once(tower: Tower) -> None:
    tower.platform_says(a_quota(2), DOWN)
    assert await tower.ask() is None
    assert len(tower.publisher.quota_answers) == 1


async def test_the_posting_time_is_the_account_s_next_by_its_own_clock(tower: Tower) -> None:
    hold = (await run(tower.clearance.choose_time, tower.post)).hold
    assert hold is not None
    at = datetime(2026, 11, 23, 17, 30, tzinfo=UTC) + spread_of(tower.post.account.id)
    local = f"{at + HOUR:%H:%M} Europe/Berlin"
    assert (hold.reason, hold.until) == (HoldReason.POSTING_TIME, at)
    assert hold.words.startswith(f"waits until {local}: posting time 18:30")


async def test_without_posting_times_a_reel_goes_out_at_once(db: Database) -> None:
    post = await an_approved_post(db, await a_day(db))
    assert await run(Tower(db, post).clearance.choose_time, post) == Clearance()


async def test_at_the_quota_the_slot_is_when_enough_of_our_posts_have_left(tower: Tower) -> None:
    await tower.posted(HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)
    tower.platform_says(a_quota(4))
    hold = await tower.ask()
    assert hold is not None
    assert (hold.reason, hold.until) == (HoldReason.QUOTA, AT + 21 * HOUR + LEEWAY)
    assert hold.words == "waits until 2026-11-24 15:23 Europe/Berlin: 4 of 3 posts in 24 hours"


async def test_our_own_posts_count_though_the_platform_counts_fewer(tower: Tower) -> None:
    await tower.posted(HOUR, 2 * HOUR, 23 * HOUR)
    tower.platform_says(a_quota(0))
    hold = await tower.ask()
    assert hold is not None
    assert hold.until == AT + HOUR + LEEWAY


@pytest.mark.parametrize(
    ("ages", "until"),
    [((), LOOK_AGAIN), ((HOUR,), LOOK_AGAIN), ((23.5 * HOUR,), 0.5 * HOUR + LEEWAY)],
)
async def test_where_others_have_posted_it_is_looked_at_again_within_an_hour(
    tower: Tower, ages: tuple[timedelta, ...], until: timedelta
) -> None:
    await tower.posted(*ages)
    tower.platform_says(a_quota(3))
    hold = await tower.ask()
    assert hold is not None
    assert hold.until == AT + until


async def test_four_hundred_containers_in_a_day_are_the_end(tower: Tower) -> None:
    await tower.db.pool.write(
        """
        INSERT INTO containers (id, reel_id, account_id, revision, made_at)
        SELECT $1 || n, $1, $2, repeat('0', 64), $3::timestamptz - n * interval '2 minutes'
        FROM generate_series(1, 401) AS n
        """,
        *(tower.post.reel, tower.post.account.id, AT),
    )
    hold = await tower.ask()
    assert hold is not None
    assert hold.until == AT + timedelta(hours=24, minutes=-800) + LEEWAY
    assert "400 of 400 containers" in hold.words


async def test_a_throttle_of_ninety_minutes_is_taken_at_its_word_without_a_call(
    tower: Tower,
) -> None:
    tower.platform_says(DOWN)
    hold = await tower.ask(refused=True, retry_after=5400.0)
    assert hold is not None
    assert (hold.reason, hold.until) == (HoldReason.THROTTLE, AT + timedelta(minutes=90))
    assert "waits until 19:52 Europe/Berlin" in hold.words
    assert len(tower.publisher.quota_answers) == 1


@pytest.mark.parametrize("unread", [0, 1])
async def test_a_throttle_of_no_stated_length_is_waited_out_for_an_hour(
    tower: Tower, unread: int
) -> None:
    tower.platform_says(*[DOWN] * unread)
    hold = await tower.ask(refused=True, unread=bool(unread))
    assert hold is not None
    assert (hold.reason, hold.until) == (HoldReason.THROTTLE, AT + LOOK_AGAIN)
    assert len(tower.publisher.quota_answers) == unread


async def test_a_quota_that_may_not_be_read_for_now_is_said_so(tower: Tower) -> None:
    tower.platform_says(THROTTLED)
    with pytest.raises(ClientError) as raised:
        await tower.ask()
    assert raised.value.kind is FailureKind.RATE_LIMITED


async def test_a_quota_that_can_not_be_read_holds_nothing_back_in_the_end(tower: Tower) -> None:
    tower.platform_says(DOWN, DOWN)
    with pytest.raises(Retryable):
        await tower.ask()
    assert await tower.ask(Attempt(attempt=READS)) is None
    tower.platform_says(Refused("instagram", FailureKind.BAD_REQUEST, "no such field"))
    assert await tower.ask() is None


async def test_an_account_that_is_refused_at_the_quota_is_paused(tower: Tower) -> None:
    tower.platform_says(EXPIRED_TOKEN)
    with pytest.raises(Refused):
        await tower.ask()
    hold = await tower.ask()
    assert hold is not None
    assert (hold.reason, hold.until) == (HoldReason.PAUSED, None)
    assert hold.words.startswith("account paused: instagram: the token has expired; connect it")


@pytest.mark.parametrize("asks", ["clear_post", "clear_account"])
async def test_whoever_paused_the_account_its_reel_is_held_before_any_call(
    tower: Tower, asks: str
) -> None:
    await tower.db.accounts.pause(tower.post.account.id, "holidays")
    tower.platform_says(DOWN)
    if asks == "clear_post":
        hold = await tower.ask()
    else:
        hold = (await run(tower.clearance.clear_account, tower.post)).hold
    resume = f"`admin.py account resume {tower.post.account.id}`"
    words = f"account paused: holidays; it goes on after {resume}"
    assert hold == Hold(reason=HoldReason.PAUSED, words=words)
    assert len(tower.publisher.quota_answers) == 1


async def test_a_reel_of_an_account_that_is_gone_is_refused(tower: Tower) -> None:
    stranger = tower.post.account.model_copy(update={"id": "nobody"})
    post = tower.post.model_copy(update={"account": stranger})
    with pytest.raises(ApplicationError, match="there is no account 'nobody'"):
        await run(tower.clearance.clear_account, post)


def test_every_refusal_that_pauses_an_account_has_a_cure_and_holds_its_reels() -> None:
    assert CURES.keys() == STOPS_ACCOUNT
    assert STOPS_ACCOUNT | {FailureKind.ACCOUNT_PAUSED} == STOPS_PUBLISHING
