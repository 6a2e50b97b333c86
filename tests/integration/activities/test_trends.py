"""What is talked about: searched once a theme and day, and never in a day's way."""

import json

import pytest

from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import Reply
from clients.claude_prices import Tokens
from db.database import Database
from schemas.story import TrendsRequest
from tests.fakes import FakeClaude, a_reply
from tests.integration.activities.days import Day, a_day, run

FOUND = json.dumps({"topics": ["slow trains", "x" * 121], "hashtags": ["#rail", "no tag", "#12"]})


def a_request(day: Day) -> TrendsRequest:
    return TrendsRequest(key=day.key, reel=day.reel, account=day.account)


def a_writer(db: Database, claude: FakeClaude) -> WritingActivities:
    return WritingActivities(claude, db, Spending(db), FakeClaude(), {})


async def test_a_search_is_made_once_for_a_theme_a_language_and_a_day(db: Database) -> None:
    first, same = await a_day(db, theme="Night  Trains"), await a_day(db, theme="night trains")
    other = await a_day(db, theme="night trains", language="de")
    claude = FakeClaude(f"I searched.\n{FOUND}", FOUND)
    writing = a_writer(db, claude)

    found = await run(writing.find_trends, a_request(first))
    assert await run(writing.find_trends, a_request(same)) == found
    assert len(claude.queries) == 1
    await run(writing.find_trends, a_request(other))

    assert (found.topics, found.hashtags) == (("slow trains",), ("#rail",))
    assert [(query.searches, query.schema) for query in claude.queries] == [(2, None)] * 2


async def test_a_paused_answer_is_sent_back_and_each_call_is_paid(db: Database, day: Day) -> None:
    block = {"type": "server_tool_use", "id": "1"}
    paused = Reply("", "pause_turn", Tokens(9, 9, searches=1), "r", "claude-fake", (block,))
    claude = FakeClaude(paused, paused, FOUND)

    found = await run(a_writer(db, claude).find_trends, a_request(day))

    assert found.topics == ("slow trains",)
    assert [query.so_far for query in claude.queries] == [(), (block,), (block, block)]
    assert (await db.usage.by_service(day.reel))["claude"] == 3_000


@pytest.mark.parametrize(
    "reply",
    [
        a_reply("", "refusal"),
        a_reply(FOUND, "max_tokens"),
        a_reply("I could not search."),
        a_reply('{"topics": "many"}'),
        a_reply('{"topics": [1, null], "hashtags": [{}]}'),
        a_reply("{" * 5000),
    ],
    ids=lambda reply: reply.text[:12],
)
async def test_a_search_that_brings_nothing_is_no_trouble_and_is_made_again(
    db: Database, reply: Reply
) -> None:
    day = await a_day(db, theme=f"{reply.stop_reason} {reply.text[:30]}")
    claude = FakeClaude(reply, FOUND)
    writing = a_writer(db, claude)

    nothing = await run(writing.find_trends, a_request(day))

    assert (nothing.topics, nothing.hashtags) == ((), ())
    assert (await run(writing.find_trends, a_request(day))).topics == ("slow trains",)


async def test_an_answer_that_never_ends_its_pauses_is_given_up(db: Database) -> None:
    day = await a_day(db, theme="endless")
    block = {"type": "server_tool_use", "id": "1"}
    paused = Reply("", "pause_turn", Tokens(9, 9), "r", "claude-fake", (block,))
    claude = FakeClaude(*[paused] * 9)
    assert (await run(a_writer(db, claude).find_trends, a_request(day))).topics == ()
    assert len(claude.queries) == 3
