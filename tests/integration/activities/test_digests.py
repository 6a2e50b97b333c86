"""One letter a person and day: whatever dies, is lost or comes twice."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import asyncpg
import pytest

import letters
from activities.digest_letter import MOST_REELS
from activities.digests import DigestActivities
from clients.errors import ClientError, Retryable
from clients.mail import Mail
from db.database import Database
from db.digests import DigestState
from schemas.account import ReviewPolicy, Role, Silence
from schemas.decision import Verdict
from schemas.digest import Digest, DigestOutcome, DigestRun
from schemas.failures import FailureKind
from tests.factories import DECISION_KEY, a_composed_reel, a_decision, two_variants
from tests.fakes import FakeStore
from tests.integration.activities.days import Day, a_day, a_revision, run
from tests.integration.web.letterbox import KEPT, LOST, Letterbox, a_letterbox
from tests.pictures import a_png

NUMBERS = count(1)
RUN = DigestRun()


@pytest.fixture
async def box() -> AsyncIterator[Letterbox]:
    async with a_letterbox() as box:
        yield box


class Post:
    """A worker's digests, a person of their own, and that person's clock."""

    def __init__(self, db: Database, box: Letterbox) -> None:
        self.db, self.box, self.store = db, box, FakeStore()
        self.mail: Mail | None = Mail(f"smtp://127.0.0.1:{box.port}", "reels@example.com")
        self.time = datetime.now(UTC)
        self.person = f"ann-{next(NUMBERS)}"

    @property
    def activities(self) -> DigestActivities:
        writer = letters.writer(DECISION_KEY, "https://reels.example")
        return DigestActivities(self.db, self.store, self.mail, writer, lambda: self.time)

    @property
    def digest(self) -> Digest:
        return Digest(person=self.person, day=self.time.date())

    async def put(self, role: Role = Role.REVIEWER, **when: str) -> None:
        email = f"{self.person}@example.com"
        await self.db.people.put(self.person, email=email, slack=None, discord=None, role=role)
        at = {"zone": "UTC", "at": "00:00"} | when
        await self.db.people.set_digest(self.person, zone=at["zone"], at=at["at"])

    async def reel(self, content: str = "take one", **changes: object) -> tuple[Day, str]:
        """A Reel that waits for this person alone."""
        review = ReviewPolicy(reviewers=(self.person,)).model_copy(
            update=changes.pop("review", {})  # type: ignore[arg-type]
        )
        day = await a_day(self.db, **{"review": review, **changes})
        revision = await a_revision(self.db, day, content)
        return day, revision

    async def send(self) -> DigestOutcome:
        return (await run(self.activities.send_digest, self.digest)).outcome

    async def state(self) -> DigestState:
        row = await self.db.digests.get(self.digest)
        assert row is not None
        return row.state

    async def due(self) -> bool:
        return self.digest in (await run(self.activities.plan_digests, RUN)).digests

    async def waiting(self) -> list[str]:
        return [one.account_id for one in await self.db.digests.waiting(self.person, self.time, 50)]


@pytest.fixture
async def post(db: Database, box: Letterbox) -> Post:
    await db.pool.write("TRUNCATE instagram_accounts CASCADE")
    post = Post(db, box)
    await post.put()
    return post


async def test_one_letter_says_all_that_waits_and_the_day_is_done(post: Post) -> None:
    first, revision = await post.reel()
    await post.reel("take two")
    row = await post.db.approvals.get(first.reel, revision)
    assert row is not None
    post.store.objects[row.poster_key] = a_png(540, 960)
    assert await post.due()
    assert await post.send() is DigestOutcome.SENT
    assert await post.send() is DigestOutcome.SENT
    assert not await post.due()

    (letter,) = post.box.letters
    assert letter["subject"] == "2 Reels wait for you"
    html = letter.get_body(("html",))
    assert html is not None
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    pictures = [part for part in letter.walk() if part.get_content_type() == "image/jpeg"]
    assert [part["content-id"] for part in pictures] == [f"<{name}>" for name in shown]
    assert len(pictures) == 1
    row_of_day = await post.db.digests.get(post.digest)
    assert row_of_day is not None
    assert (row_of_day.state, row_of_day.reels) == (DigestState.SENT, 2)


async def test_no_letter_comes_when_nothing_waits_not_even_later_that_day(post: Post) -> None:
    assert await post.send() is DigestOutcome.EMPTY
    await post.reel()
    assert not await post.due()
    assert await post.send() is DigestOutcome.EMPTY
    post.time += timedelta(days=1)
    assert await post.due()
    assert await post.send() is DigestOutcome.SENT
    assert len(post.box.letters) == 1


async def test_a_morning_that_was_missed_comes_late_the_same_day_and_once(post: Post) -> None:
    await post.put(zone="Asia/Tokyo", at="08:00")
    await post.reel()
    morning = post.time.replace(hour=23, minute=0, second=0, microsecond=0)  # 08:00 in Tokyo
    post.time = morning - timedelta(minutes=1)
    assert not any(one.person == post.person for one in await plan(post))
    post.time = morning + timedelta(hours=9)
    (late,) = [one for one in await plan(post) if one.person == post.person]
    assert late.day == (morning + timedelta(hours=9)).date()
    assert (await run(post.activities.send_digest, late)).outcome is DigestOutcome.SENT
    assert not any(one.person == post.person for one in await plan(post))
    post.time = morning + timedelta(hours=16)  # the next day in Tokyo, before its hour
    assert not any(one.person == post.person for one in await plan(post))
    assert len(post.box.letters) == 1


async def plan(post: Post) -> tuple[Digest, ...]:
    return (await run(post.activities.plan_digests, RUN)).digests


async def test_a_day_that_is_over_or_a_person_who_left_gets_nothing(post: Post) -> None:
    await post.reel()
    yesterday = Digest(person=post.person, day=post.time.date() - timedelta(days=1))
    result = await run(post.activities.send_digest, yesterday)
    assert result.outcome is DigestOutcome.LEFT_OUT
    await post.db.people.disable(post.person, post.time)
    assert not await post.due()
    assert await post.send() is DigestOutcome.LEFT_OUT
    await post.put(Role.VIEWER)
    assert await post.send() is DigestOutcome.LEFT_OUT
    assert post.box.letters == []


async def test_without_a_mail_server_nothing_is_due(post: Post) -> None:
    await post.reel()
    post.mail = None
    assert not await post.due()
    assert await post.db.digests.get(post.digest) is None


async def test_an_attempt_that_died_before_the_letter_is_made_good(post: Post) -> None:
    await post.reel()
    await post.db.digests.begin(post.digest, post.time)
    assert await post.due()
    assert await post.send() is DigestOutcome.SENT
    assert len(post.box.letters) == 1


async def test_an_attempt_that_died_with_the_letter_in_hand_is_never_repeated(
    post: Post,
) -> None:
    await post.reel()
    await post.db.digests.begin(post.digest, post.time)
    assert await post.db.digests.take(post.digest, 1, post.time)
    assert await post.due()
    assert await post.send() is DigestOutcome.UNKNOWN
    assert await post.send() is DigestOutcome.UNKNOWN
    assert not await post.due()
    assert post.box.letters == []
    troubled = await post.db.digests.troubled(post.digest.day)
    (row,) = [one for one in troubled if one.person_id == post.person]
    assert "ended before" in row.reason


async def test_one_that_is_killed_while_it_waits_for_the_answer_is_never_repeated(
    post: Post,
) -> None:
    await post.reel()
    post.box.silent = asyncio.Event()
    attempt = asyncio.create_task(run(post.activities.send_digest, post.digest))
    await asyncio.wait_for(post.box.arrived.wait(), 30)
    attempt.cancel()
    with suppress(asyncio.CancelledError):
        await attempt
    post.box.silent.set()
    assert await post.state() is DigestState.SENDING
    assert await post.send() is DigestOutcome.UNKNOWN
    assert len(post.box.letters) == 1


async def test_an_answer_that_was_lost_is_not_known_and_nothing_is_sent_again(post: Post) -> None:
    await post.reel()
    post.box.end = LOST
    assert await post.send() is DigestOutcome.UNKNOWN
    post.box.end = "250 kept"
    assert await post.send() is DigestOutcome.UNKNOWN
    assert not await post.due()
    assert len(post.box.letters) == 1


async def test_two_at_once_send_one_letter(post: Post) -> None:
    await post.reel()
    post.box.silent = asyncio.Event()
    both = [asyncio.create_task(run(post.activities.send_digest, post.digest)) for _ in range(2)]
    await asyncio.wait_for(post.box.arrived.wait(), 30)
    done, _ = await asyncio.wait(both, timeout=30, return_when=asyncio.FIRST_COMPLETED)
    assert {task.result().outcome for task in done} == {DigestOutcome.UNKNOWN}
    post.box.silent.set()
    assert DigestOutcome.SENT in {(await task).outcome for task in both}
    assert await post.state() is DigestState.SENT
    assert len(post.box.letters) == 1


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ({b"EHLO": "421 not now", b"HELO": "421 not now"}, "250 kept"),
        ({b"RCPT": "450 later"}, "250 kept"),
        ({b"DATA": "451 later"}, "250 kept"),
        ({}, "451 later"),
        ({b"MAIL": "550 not you"}, "250 kept"),
    ],
)
async def test_what_was_certainly_not_sent_is_sent_later(
    post: Post, said: dict[bytes, str], end: str
) -> None:
    await post.reel()
    post.box.answers, post.box.end = said, end
    with pytest.raises(ClientError, match="mail: "):
        await post.send()
    row = await post.db.digests.get(post.digest)
    assert row is not None
    assert row.state is DigestState.BEGUN
    assert row.reason
    assert await post.due()
    post.box.answers, post.box.end = {}, "250 kept"
    assert await post.send() is DigestOutcome.SENT
    assert len(post.box.letters) == 1


@pytest.mark.parametrize(
    ("said", "end"),
    [({b"RCPT": "550 nobody"}, "250 kept"), ({b"DATA": "554 no"}, "250 kept"), ({}, "554 no")],
)
async def test_what_the_server_will_never_take_is_given_up_for_the_day(
    post: Post, said: dict[bytes, str], end: str
) -> None:
    await post.reel()
    post.box.answers, post.box.end = said, end
    assert await post.send() is DigestOutcome.REFUSED
    post.box.answers, post.box.end = {}, "250 kept"
    assert await post.send() is DigestOutcome.REFUSED
    assert not await post.due()
    assert post.box.letters == []
    post.time += timedelta(days=1)
    assert await post.send() is DigestOutcome.SENT


async def test_a_store_that_is_down_sends_nothing_yet(post: Post) -> None:
    class Down(FakeStore):
        async def size(self, key: str) -> int | None:
            raise Retryable("store", FailureKind.UNAVAILABLE, f"{key} is not reached")

    await post.reel()
    post.store = Down()
    with pytest.raises(Retryable):
        await post.send()
    assert post.box.letters == []
    post.store = FakeStore()
    assert await post.send() is DigestOutcome.SENT


async def test_only_what_waits_for_this_person_is_named(post: Post) -> None:
    mine, _ = await post.reel()
    anyones, _ = await post.reel("anyone's", review={"reviewers": ()})
    await post.reel("another's", review={"reviewers": ("somebody-else",)})
    late, _ = await post.reel("late", review={"expiry_hours": 1})
    await post.db.pool.write(
        "UPDATE generated_reels SET stage_at = $2 WHERE id = $1",
        late.reel,
        post.time - timedelta(hours=2),
    )
    decided, revision = await post.reel("decided")
    assert await post.db.approvals.decide(decided.reel, revision, a_decision(decided.key, revision))
    held, revision = await post.reel("held")
    await post.db.approvals.hold(
        held.reel,
        a_decision(
            held.key,
            revision,
            verdict=Verdict.HOLD,
            decided_at=post.time,
            hold_until=post.time + timedelta(days=1),
        ),
    )
    waiting = await post.waiting()
    accounts = {mine.account.id, anyones.account.id}
    others = {late.account.id, decided.account.id, held.account.id}
    assert accounts <= set(waiting)
    assert not others & set(waiting)
    post.time += timedelta(days=1, hours=1)
    assert held.account.id in await post.waiting()


async def test_what_a_person_has_approved_of_two_is_left_out(post: Post) -> None:
    day = await a_day(post.db, review={"reviewers": (post.person, "bob"), "approvals_needed": 2})
    composed = a_composed_reel(day.reel)
    rows = await post.db.approvals.lay(
        day.reel, composed, two_variants(composed), approvals_needed=2
    )
    assert await post.waiting() == [day.account.id]
    decision = a_decision(day.key, rows[1].revision, reviewer=post.person)
    assert await post.db.given.give(day.reel, decision) == (post.person,)
    assert await post.waiting() == []
    assert [one.account_id for one in await post.db.digests.waiting("bob", post.time, 9)] == [
        day.account.id
    ]


async def test_an_account_with_other_channels_is_left_out(post: Post) -> None:
    await post.db.pool.write(
        "ALTER TABLE instagram_accounts ADD COLUMN IF NOT EXISTS channels text[]"
    )
    named: Iterable[tuple[list[str], bool]] = (
        ([], True),
        (["email", "slack"], True),
        (["slack"], False),
    )
    for channels, there in named:
        day, _ = await post.reel(str(channels))
        await post.db.pool.write(
            "UPDATE instagram_accounts SET channels = $2 WHERE id = $1", day.account.id, channels
        )
        assert (day.account.id in await post.waiting()) is there, channels


async def test_a_long_queue_is_cut_and_the_first_to_expire_come_first(post: Post) -> None:
    for number in range(MOST_REELS + 3):
        hours = 100 - number
        await post.reel(f"take {number}", review={"expiry_hours": hours})
    forever, _ = await post.reel("forever", review={"silence": Silence.HOLD})
    read = await post.db.digests.waiting(post.person, post.time, MOST_REELS)
    ends = [one.expires_at for one in read]
    assert ends == sorted(end for end in ends if end)
    assert {one.total for one in read} == {MOST_REELS + 4}
    assert forever.account.id not in {one.account_id for one in read}
    assert await post.send() is DigestOutcome.SENT
    (letter,) = post.box.letters
    text = letter.get_body(("plain",))
    assert text is not None
    assert text.get_content().count("/mail/") == MOST_REELS
    assert "4 more wait in the queue" in text.get_content()


async def test_an_attempt_that_fails_takes_nothing_from_one_that_is_further(post: Post) -> None:
    await post.reel()
    post.box.silent = asyncio.Event()
    first = asyncio.create_task(run(post.activities.send_digest, post.digest))
    await asyncio.wait_for(post.box.arrived.wait(), 30)
    for since in (DigestState.BEGUN, DigestState.EMPTY):
        await post.db.digests.put_off(post.digest, "busy", since=since)
        await post.db.digests.end(post.digest, DigestState.REFUSED, post.time, since=since)
    assert await post.state() is DigestState.SENDING
    post.box.silent.set()
    assert (await first).outcome is DigestOutcome.SENT
    assert await post.state() is DigestState.SENT


@pytest.mark.parametrize("end", [KEPT, LOST, "554 no"])
async def test_the_database_begins_no_digest_again_whoever_asks(post: Post, end: str) -> None:
    await post.reel()
    post.box.end = end
    await post.send()
    for state in ("begun", "sending", "empty"):
        with pytest.raises(asyncpg.CheckViolationError):
            await post.db.pool.write(
                "UPDATE digests SET state = $2, sending_at = now(), ended_at = CASE "
                "WHEN $2 = 'empty' THEN now() END WHERE person_id = $1",
                post.person,
                state,
            )
