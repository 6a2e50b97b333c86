"""Versions of a story, what is said of them, and that each is paid for once."""

import json
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.novelty import TOO_CLOSE
from activities.spending import Spending
from activities.story import WritingActivities
from clients.claude import Claude, Reply
from clients.claude_prices import Tokens
from db.database import Database
from schemas.day import Outcome
from schemas.failures import FailureKind
from schemas.rewrites import given_up, objection
from schemas.story import (
    Critic,
    CritiqueRequest,
    KeepStory,
    RewordRequest,
    SentBack,
    StoryRequest,
    Trends,
)
from tests.factories import PASSED, a_story
from tests.fakes import FakeClaude, a_reply
from tests.integration.activities.days import Day, a_day, row_of, run

ROBOT = a_story()
WHALE = a_story(
    prompt="A whale made of clouds gets lost above snow peaks and follows a lighthouse home",
    shots=("The cloud whale drifts over dusk peaks", "A lighthouse beam lights its belly"),
)
SNAIL = a_story(
    prompt="Garden snails hold a midnight opera under a mushroom chandelier",
    shots=("Snails in tiny capes take the stage", "The chandelier sheds glowing spores"),
)


def a_writer(
    db: Database, claude: Claude, critic: Claude | None = None, **limits: int
) -> WritingActivities:
    return WritingActivities(
        claude, db, Spending(db), critic or FakeClaude(), limits or {"luma": 6000}
    )


def a_request(day: Day, **changes: object) -> StoryRequest:
    request = StoryRequest(key=day.key, reel=day.reel, account=day.account)
    return request.model_copy(update=changes)


async def calls(db: Database, day: Day, operation: str) -> list[dict[str, object]]:
    sql = """
        SELECT * FROM api_usage_logs WHERE reel_id = $1 AND operation = $2 ORDER BY step
    """
    return [dict(row) for row in await db.pool.rows(sql, day.reel, operation)]


async def tomorrow(db: Database, day: Day, days: int = 1) -> Day:
    key = day.key.model_copy(update={"day": day.key.day + timedelta(days=days)})
    claimed = await db.reels.claim(key, f"run-{days}", "test")
    assert claimed is not None
    return Day(day.account, key, claimed.id)


async def test_each_version_is_written_and_paid_for_once(db: Database, day: Day) -> None:
    claude = FakeClaude(ROBOT.model_dump_json(), WHALE.model_dump_json())
    writing = a_writer(db, claude)
    back = (SentBack(by=Critic.CRITIC, prompt=ROBOT.prompt, reason="too slow"),)

    first = await run(writing.write_story, a_request(day))
    second = await run(writing.write_story, a_request(day, version=2, sent_back=back))
    assert await run(writing.write_story, a_request(day)) == first
    assert await run(writing.write_story, a_request(day, version=2, sent_back=back)) == second

    assert (first.version, second.version) == (1, 2)
    assert second.prompt == WHALE.prompt
    assert len(claude.prompts) == len(await calls(db, day, "story")) == 2
    assert claude.queries[0].rest == ""
    told = json.loads(claude.queries[1].rest.split("<data>")[1].split("</data>")[0])
    assert told["sent_back"] == [{"by": "critic", "story": ROBOT.prompt, "reason": "too slow"}]


async def test_the_version_that_is_kept_is_the_one_of_the_reel(db: Database, day: Day) -> None:
    writing = a_writer(db, FakeClaude(ROBOT.model_dump_json(), WHALE.model_dump_json()))
    await run(writing.write_story, a_request(day))
    second = await run(writing.write_story, a_request(day, version=2))
    assert (await row_of(db, day.reel)).story == ROBOT

    kept = KeepStory(key=day.key, reel=day.reel, story=second)
    await run(writing.keep_story, kept)
    await run(writing.keep_story, kept)

    assert (await row_of(db, day.reel)).story == second


async def test_a_story_from_before_there_were_versions_is_not_paid_for_again(
    db: Database, day: Day
) -> None:
    await db.reels.save_story(day.reel, ROBOT)
    claude = FakeClaude(WHALE.model_dump_json())

    assert await run(a_writer(db, claude).write_story, a_request(day)) == ROBOT
    assert claude.prompts == []
    assert (await run(a_writer(db, claude).write_story, a_request(day, version=2))).version == 2


async def test_a_story_that_repeats_an_earlier_one_names_it(db: Database, day: Day) -> None:
    await run(a_writer(db, FakeClaude(ROBOT.model_dump_json())).write_story, a_request(day))
    retold = ROBOT.model_copy(update={"prompt": "A small robot LEARNS: how to make a coffee!"})
    next_day = await tomorrow(db, day)

    claude = FakeClaude(retold.model_dump_json(), WHALE.model_dump_json())
    story = await run(a_writer(db, claude).write_story, a_request(next_day))
    other = await run(a_writer(db, claude).write_story, a_request(next_day, version=2))

    assert story.similarity >= TOO_CLOSE
    assert story.too_close_to == ROBOT.prompt
    assert (other.too_close_to, other.similarity < TOO_CLOSE) == (None, True)
    said = objection(story)
    assert said is not None
    assert ROBOT.prompt in said.reason
    assert objection(other) is None


async def test_other_accounts_may_have_the_same_story(db: Database, day: Day) -> None:
    await run(a_writer(db, FakeClaude(ROBOT.model_dump_json())).write_story, a_request(day))
    other = await a_day(db)
    writing = a_writer(db, FakeClaude(ROBOT.model_dump_json()))
    assert (await run(writing.write_story, a_request(other))).too_close_to is None


async def test_claude_is_told_how_earlier_stories_did_and_what_is_talked_about(
    db: Database, day: Day
) -> None:
    await db.reels.save_story(day.reel, ROBOT)
    await db.reels.close(day.reel, Outcome.REJECTED, None)
    for hours, value in ((24, 100.0), (48, 250.0)):
        await db.pool.write(
            "INSERT INTO performance_metrics (reel_id, media_id, metric, value, hours_after) "
            "VALUES ($1, 'm', 'views', $2, $3)",
            day.reel,
            value,
            hours,
        )
    next_day = await tomorrow(db, day)
    claude = FakeClaude(WHALE.model_dump_json())
    trends = Trends(as_of=next_day.key.day, topics=("robot baristas",))

    await run(a_writer(db, claude).write_story, a_request(next_day, trends=trends))

    data = json.loads(claude.prompts[0].split("<data>")[1].split("</data>")[0])
    assert data["earlier_stories"] == [
        {"story": ROBOT.prompt, "outcome": "rejected", "figures": {"views": 250.0}}
    ]
    assert data["trends"] == ["robot baristas"]


async def test_a_shot_must_fit_the_strictest_provider_with_its_style(db: Database) -> None:
    day = await a_day(db, video_providers=("luma", "runway"))
    style = "x" * 100
    room = 1000 - 100 - len(" Style: ")
    fitting = "y" * (room - 2) + "😀"  # two units in UTF-16, as Runway counts
    for shot, fits in ((f"y{fitting}", False), (fitting, True)):
        story = a_story(visual_style=style, shots=("one", shot))
        writing = a_writer(db, FakeClaude(story.model_dump_json()), luma=6000, runway=1000)
        if fits:
            assert (await run(writing.write_story, a_request(day))).shots[1] == shot
            continue
        with pytest.raises(ApplicationError, match="shot 2") as refused:
            await run(writing.write_story, a_request(day))
        assert refused.value.type == "invalid_output"


async def test_claude_is_told_the_limit_of_a_shot(db: Database) -> None:
    day = await a_day(db, video_providers=("runway",))
    claude = FakeClaude(ROBOT.model_dump_json())
    await run(a_writer(db, claude, luma=6000, runway=1000).write_story, a_request(day))
    assert "at most 692 characters each" in claude.prompts[0]


async def test_the_critic_is_a_cheaper_model_and_is_asked_once(db: Database, day: Day) -> None:
    verdict = PASSED | {"hooks": False, "reason": "starts slowly"}
    claude, critic = FakeClaude(), FakeClaude(json.dumps(verdict))
    request = CritiqueRequest(key=day.key, reel=day.reel, account=day.account, story=ROBOT)

    first = await run(a_writer(db, claude, critic).judge_story, request)
    assert await run(a_writer(db, claude, critic).judge_story, request) == first

    assert (first.passed, first.reason) == (False, "starts slowly")
    assert ROBOT.shots[0] in critic.prompts[0]
    said = objection(ROBOT, first)
    assert said is not None
    assert said.reason == "its first second does not hold the viewer: starts slowly"
    (paid,) = await calls(db, day, "critique")
    assert (paid["state"], paid["cost_micros"]) == ("settled", 1000)


@pytest.mark.parametrize("field", ["hooks", "filmable", "on_theme", "safe"])
async def test_a_critic_must_say_yes_or_no(db: Database, day: Day, field: str) -> None:
    critic = FakeClaude(json.dumps(PASSED | {field: "yes"}))
    request = CritiqueRequest(key=day.key, reel=day.reel, account=day.account, story=ROBOT)
    with pytest.raises(ApplicationError, match=field) as refused:
        await run(a_writer(db, FakeClaude(), critic).judge_story, request)
    assert refused.value.type == "invalid_output"


def test_novelty_may_send_a_story_back_once_and_the_critic_twice() -> None:
    novelty = SentBack(by=Critic.NOVELTY, prompt="p", reason="r")
    critic = SentBack(by=Critic.CRITIC, prompt="p", reason="r")
    assert given_up([]) is None
    assert given_up([novelty]) is None
    assert given_up([novelty, critic, critic]) is None
    assert given_up([novelty, novelty]) is FailureKind.TOO_SIMILAR
    assert given_up([critic, novelty, critic, critic]) is FailureKind.CRITIC_REFUSED


def a_refusal(day: Day, **changes: object) -> RewordRequest:
    facts: dict[str, object] = {
        "key": day.key,
        "reel": day.reel,
        "account": day.account,
        "segment": 1,
        "prompt": "The robot shoots a basket",
        "limit": 60,
        "reason": "violence",
    }
    return RewordRequest.model_validate(facts | changes)


async def test_a_refused_shot_is_reworded_once(db: Database, day: Day) -> None:
    claude = FakeClaude('{"prompt": "The robot throws a ball"}', '{"prompt": "It waves"}')
    writing = a_writer(db, claude)

    words = await run(writing.reword_shot, a_refusal(day))
    assert await run(writing.reword_shot, a_refusal(day)) == words
    other = await run(writing.reword_shot, a_refusal(day, prompt=words.prompt))

    assert (words.prompt, other.prompt) == ("The robot throws a ball", "It waves")
    assert "The robot shoots a basket" in claude.prompts[0]
    assert "violence" in claude.prompts[0]
    assert len(await calls(db, day, "reword")) == 2


@pytest.mark.parametrize("answer", ["x" * 61, " ", "The robot  shoots a basket", "a\u202eb", 3])
async def test_words_that_can_t_be_filmed_are_refused(
    db: Database, day: Day, answer: object
) -> None:
    writing = a_writer(db, FakeClaude(json.dumps({"prompt": answer})))
    with pytest.raises(ApplicationError, match="prompt") as refused:
        await run(writing.reword_shot, a_refusal(day))
    assert refused.value.type == "invalid_output"


async def test_a_prompt_is_marked_for_the_cache_only_where_rewrites_pay_for_it(
    db: Database,
) -> None:
    day = await a_day(db)
    claude = FakeClaude(*[story.model_dump_json() for story in (ROBOT, WHALE, SNAIL)])
    claude.enough = 0.28
    writing = a_writer(db, claude)

    await run(writing.write_story, a_request(day))
    await run(writing.write_story, a_request(day, version=2))
    await run(writing.write_story, a_request(await tomorrow(db, day)))

    assert [query.cached for query in claude.queries] == [False, False, True]


async def test_a_rewrite_reads_the_prompt_that_was_just_put_into_the_cache(
    db: Database, day: Day
) -> None:
    reply = a_reply(ROBOT.model_dump_json())
    written = Reply(reply.text, "end_turn", Tokens(10, 300, cache_written=4000), "r", "claude-fake")
    claude = FakeClaude(written, WHALE.model_dump_json())
    claude.enough = 0.28
    writing = a_writer(db, claude)

    await run(writing.write_story, a_request(day))
    await run(writing.write_story, a_request(day, version=2))

    assert [query.cached for query in claude.queries] == [False, True]
    assert claude.queries[0].prompt == claude.queries[1].prompt
    (first, _) = await calls(db, day, "story")
    assert first["units"] == {
        "input_tokens": 10,
        "output_tokens": 300,
        "cache_written_tokens": 4000,
    }
