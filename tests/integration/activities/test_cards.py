from dataclasses import replace

import pytest

from activities.cards import CardActivities
from activities.channels import Board
from clients.errors import Refused, Retryable
from clients.review import Final, ReviewCard
from db.cards import CardRow
from db.database import Database
from schemas.day import Outcome
from schemas.decision import Verdict
from schemas.failures import FailureKind
from schemas.notice import CardsClosing, CardState
from tests.factories import a_card, a_choice, a_decision
from tests.fakes import FakeChannel
from tests.integration.activities.days import Day, a_revision, run

DOWN = Retryable("slack", FailureKind.UNAVAILABLE, "is down")
GONE = Refused("slack", FailureKind.CONFIGURATION, "the channel is gone")


def card_of(day: Day, **changes: object) -> ReviewCard:
    return replace(a_card(), account_day=day.key.workflow_id, **changes)  # type: ignore[arg-type]


async def asked(db: Database, day: Day, *channels: FakeChannel, **changes: object) -> None:
    await run(Board(db.cards, channels).ask, card_of(day, **changes))


async def closed(db: Database, channel: FakeChannel, request: CardsClosing) -> None:
    closing = CardActivities(db, (channel,), "https://reels.test")
    await run(closing.close_cards, request)


async def kept(db: Database, day: Day, channel: str = "slack") -> CardRow:
    row = await db.cards.get(day.key, channel)
    assert row
    return row


async def test_every_channel_is_shown_a_card_before_a_failure_is_raised(
    db: Database, day: Day
) -> None:
    broken, whole = FakeChannel("slack", GONE), FakeChannel("discord")
    with pytest.raises(Refused):
        await asked(db, day, broken, whole)
    assert len(whole.cards) == 1


async def test_a_day_has_one_card_in_each_channel_whatever_is_asked_anew(
    db: Database, day: Day
) -> None:
    channel = FakeChannel()
    await asked(db, day, channel)
    await asked(db, day, channel, choices=(a_choice(revision="ef" * 32),), changed="shorter")
    assert list(channel.messages) == ["message-1"]
    row = await kept(db, day)
    assert (row.reference, row.revision, row.state) == ("message-1", "ef" * 32, CardState.ASKED)
    assert [one.revision for one in row.history] == ["ab" * 32, "ef" * 32]


async def test_a_card_whose_answer_was_lost_is_said_to_be_one_that_may_be_there(
    db: Database, day: Day
) -> None:
    with pytest.raises(Retryable):
        await asked(db, day, FakeChannel("slack", DOWN))
    row = await kept(db, day)
    assert (row.reference, row.state, row.history) == ("", None, ())


async def test_a_reminder_leads_to_the_card_and_shows_one_where_none_is_known(
    db: Database, day: Day
) -> None:
    channel = FakeChannel()
    board = Board(db.cards, (channel,))
    for _ in range(3):
        await run(board.remind, card_of(day, reminder=True))
    assert (len(channel.messages), len(channel.cards)) == (1, 3)


@pytest.mark.parametrize(
    ("facts", "state", "said"),
    [
        ({"decision": {}}, CardState.APPROVED, "Approved by alice"),
        (
            {"decision": {"verdict": Verdict.REJECT, "note": "too dark"}},
            CardState.REJECTED,
            "Rejected by alice: too dark",
        ),
        (
            {"decision": {"verdict": Verdict.EDIT, "edits": {"caption": "better"}}},
            CardState.EDITED,
            "Edited by alice: a new revision takes this one's place",
        ),
        (
            {"decision": {"verdict": "changes", "change": "top_video", "note": "no cats"}},
            CardState.CHANGES,
            "Changes asked by alice: top video, no cats",
        ),
        ({}, CardState.EXPIRED, "Expired: nobody answered in time, and nothing is published"),
        (
            {"outcome": Outcome.PUBLISHED, "permalink": "https://instagram.example/p/1"},
            CardState.PUBLISHED,
            "Published https://instagram.example/p/1",
        ),
        (
            {"outcome": Outcome.ABANDONED, "reason": "bob said so"},
            CardState.CLOSED,
            "Abandoned: nothing was published (bob said so)",
        ),
    ],
)
async def test_a_card_ends_in_the_state_of_its_day(
    db: Database, day: Day, facts: dict[str, object], state: CardState, said: str
) -> None:
    channel, revision = FakeChannel(), await a_revision(db, day)
    await asked(db, day, channel)
    said_so = facts.get("decision")
    if isinstance(said_so, dict):
        facts = {"decision": a_decision(day.key, revision, **said_so)}
    request = CardsClosing.model_validate({"key": day.key, "reel": day.reel, **facts})
    for _ in range(2):
        await closed(db, channel, request)
    row = await kept(db, day)
    assert (row.state, row.words, row.revision) == (state, said, revision)
    assert [one.state for one in row.history] == [CardState.ASKED, state]
    assert isinstance(channel.messages["message-1"], Final)


async def test_the_approved_one_of_two_captions_stays_on_the_card(db: Database, day: Day) -> None:
    channel, revision = FakeChannel(), await a_revision(db, day)
    await asked(db, day, channel)
    await db.approvals.decide(day.reel, revision, a_decision(day.key, revision))
    request = CardsClosing(key=day.key, reel=day.reel, outcome=Outcome.PUBLISHED, permalink="x")
    await closed(db, channel, request)
    assert (await kept(db, day)).words == "Published: approved by alice x"


async def test_a_channel_that_is_down_leaves_the_card_as_it_was(db: Database, day: Day) -> None:
    channel = FakeChannel()
    await a_revision(db, day)
    await asked(db, day, channel)
    channel.failures.append(DOWN)
    request = CardsClosing(key=day.key, reel=day.reel)
    with pytest.raises(Retryable):
        await closed(db, channel, request)
    assert (await kept(db, day)).state is CardState.ASKED
    await closed(db, channel, request)
    assert (await kept(db, day)).state is CardState.EXPIRED


async def test_a_day_that_was_never_laid_before_people_has_no_card(db: Database, day: Day) -> None:
    channel = FakeChannel()
    await closed(db, channel, CardsClosing(key=day.key, reel=day.reel))
    assert channel.messages == {}
    assert await db.cards.of_day(day.key) == {}
