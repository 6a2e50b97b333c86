import json

import pytest
from temporalio.exceptions import ApplicationError

from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import AnswerLost, Claude, Query, Reply
from clients.errors import ClientError, Refused, Retryable
from db.database import Database
from schemas.failures import FailureKind
from schemas.reel import CaptionRequest
from schemas.story import StoryRequest
from tests.factories import a_decision, a_story, two_captions
from tests.fakes import FakeClaude, a_reply
from tests.integration.activities.days import Day, a_day, a_revision, row_of, run

STORY = a_story().model_dump_json()
CAPTIONS = json.dumps(two_captions())


def a_writer(
    db: Database, claude: Claude, critic: Claude | None = None, limit: int = 6000
) -> WritingActivities:
    return WritingActivities(claude, db, Spending(db), critic or FakeClaude(), {"luma": limit})


def a_request(day: Day) -> StoryRequest:
    return StoryRequest(key=day.key, reel=day.reel, account=day.account)


async def spent(db: Database, day: Day) -> int:
    return (await db.usage.by_service(day.reel)).get("claude", 0)


async def ledger(db: Database, day: Day) -> list[tuple[str, str, str | None]]:
    rows = await db.pool.rows(
        "SELECT step, state, outcome FROM api_usage_logs WHERE reel_id = $1 ORDER BY step", day.reel
    )
    return [(row["step"], row["state"], row["outcome"]) for row in rows]


async def test_a_story_is_saved_with_what_it_cost(db: Database, day: Day) -> None:
    writing = a_writer(db, FakeClaude(STORY))

    assert await run(writing.write_story, a_request(day)) == a_story()

    assert (await row_of(db, day.reel)).story == a_story()
    row = (await db.pool.rows("SELECT * FROM api_usage_logs WHERE reel_id = $1", day.reel))[0]
    assert (row["state"], row["cost_micros"], row["request_id"]) == ("settled", 1_000, "req_1")
    assert row["units"] == {"input_tokens": 500, "output_tokens": 300}
    assert (row["service"], row["model"], row["outcome"]) == ("claude", "claude-fake", "end_turn")


async def test_a_second_run_returns_the_story_without_asking(db: Database, day: Day) -> None:
    claude = FakeClaude(STORY)
    writing = a_writer(db, claude)

    first = await run(writing.write_story, a_request(day))
    assert await run(writing.write_story, a_request(day)) == first

    assert len(claude.prompts) == 1
    assert await spent(db, day) == 1_000


async def test_claude_is_told_what_the_story_is_for(db: Database) -> None:
    day = await a_day(db, theme="deep sea", reel_seconds=25, banned_topics=("sharks",))
    claude = FakeClaude(STORY)

    await run(a_writer(db, claude).write_story, a_request(day))

    data = json.loads(claude.prompts[0].split("<data>")[1].split("</data>")[0])
    assert (data["theme"], data["banned_topics"]) == ("deep sea", ["sharks"])
    assert (data["seconds"], data["shots"]) == (25, 3)


async def test_earlier_stories_and_rejections_reach_the_next_prompt(db: Database) -> None:
    earlier = await a_day(db)
    await db.reels.save_story(earlier.reel, a_story(prompt="the robot in the rain"))
    revision = await a_revision(db, earlier)
    rejection = a_decision(earlier.key, revision, verdict="reject", note="too dark")
    await db.approvals.decide(earlier.reel, revision, rejection)
    claude = FakeClaude(STORY)
    tomorrow = earlier.key.model_copy(update={"day": earlier.key.day.replace(day=24)})
    claimed = await db.reels.claim(tomorrow, "run-2", "test")
    assert claimed is not None

    request = StoryRequest(key=tomorrow, reel=claimed.id, account=earlier.account)
    await run(a_writer(db, claude).write_story, request)

    assert "the robot in the rain" in claude.prompts[0]
    assert "too dark" in claude.prompts[0]


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (a_reply("I can't", "refusal"), "refused", "declined"),
        (a_reply(STORY[:40], "max_tokens"), "truncated", "cut short"),
        (a_reply(STORY[:40], "pause_turn"), "invalid_output", "not whole"),
        (a_reply(STORY[:40]), "invalid_output", "not valid JSON"),
        (a_reply("[]"), "invalid_output", "not a JSON object"),
        (a_reply("{}"), "invalid_output", "prompt"),
    ],
)
async def test_an_answer_that_can_t_be_used_is_paid_for_all_the_same(
    db: Database, day: Day, reply: Reply, kind: str, says: str
) -> None:
    writing = a_writer(db, FakeClaude(reply))

    with pytest.raises(ApplicationError, match=says) as refusal:
        await run(writing.write_story, a_request(day))

    assert (refusal.value.type, refusal.value.non_retryable) == (kind, kind == "refused")
    assert await ledger(db, day) == [("story/1", "settled", reply.stop_reason)]
    assert await spent(db, day) == 1_000
    assert (await row_of(db, day.reel)).story is None


@pytest.mark.parametrize(
    "refusal",
    [
        Retryable("claude", FailureKind.RATE_LIMITED, "too many", retry_after=3),
        Refused("claude", FailureKind.AUTHENTICATION, "the key was not accepted"),
    ],
)
async def test_a_call_that_was_not_accepted_costs_nothing(
    db: Database, day: Day, refusal: ClientError
) -> None:
    writing = a_writer(db, FakeClaude(refusal, STORY))

    with pytest.raises(type(refusal)):
        await run(writing.write_story, a_request(day))
    assert await spent(db, day) == 0

    await run(writing.write_story, a_request(day))
    assert await ledger(db, day) == [("story/1", "settled", "end_turn")]


async def test_a_lost_answer_stays_counted_and_another_is_asked_for(db: Database, day: Day) -> None:
    lost = AnswerLost("claude", FailureKind.UNAVAILABLE, "no answer")
    writing = a_writer(db, FakeClaude(lost, STORY))

    with pytest.raises(AnswerLost):
        await run(writing.write_story, a_request(day))
    await run(writing.write_story, a_request(day))

    assert await ledger(db, day) == [
        ("story/1", "unknown", None),
        ("story/2", "settled", "end_turn"),
    ]
    assert await spent(db, day) > 1_000


async def test_a_call_that_a_dead_worker_left_stays_counted(db: Database, day: Day) -> None:
    class Killed(BaseException):
        pass

    class Dying(FakeClaude):
        async def ask(self, query: Query) -> Reply:
            raise Killed(query)

    with pytest.raises(Killed):
        await run(
            a_writer(db, Dying()).write_story,
            a_request(day),
        )
    await run(
        a_writer(db, FakeClaude(STORY)).write_story,
        a_request(day),
    )

    assert await ledger(db, day) == [
        ("story/1", "unknown", None),
        ("story/2", "settled", "end_turn"),
    ]


async def test_two_captions_are_about_the_story_and_are_paid_for_once(
    db: Database, day: Day
) -> None:
    claude = FakeClaude(CAPTIONS)
    request = CaptionRequest(
        key=day.key, reel=day.reel, account=day.account, story=a_story(), trending=("#botlife",)
    )

    captions = await run(a_writer(db, claude).write_caption, request)
    again = await run(a_writer(db, FakeClaude()).write_caption, request)

    assert again == captions
    assert [caption.hook_type for caption in captions.variants] == ["pov", "question"]
    assert a_story().prompt in claude.prompts[0]
    assert "#botlife" in claude.prompts[0]
    assert await ledger(db, day) == [("caption/1", "settled", "end_turn")]


async def test_captions_of_another_version_of_the_story_are_written_anew(
    db: Database, day: Day
) -> None:
    claude = FakeClaude(CAPTIONS, CAPTIONS)
    for version in (1, 2):
        story = a_story(version=version)
        request = CaptionRequest(key=day.key, reel=day.reel, account=day.account, story=story)
        await run(a_writer(db, claude).write_caption, request)
    assert len(claude.prompts) == 2
