"""The file before it goes out: what the platform would not take is made anew, and shown again
only where people would notice."""

import asyncpg
import pytest

from clients.errors import Retryable
from clients.ffmpeg import BadMedia
from clients.publishing import State
from db.failures import DatabaseDown
from db.recuts import Recuts
from schemas.day import Outcome, ResolveAction, Stage
from schemas.decision import Refusal, Verdict
from schemas.failures import FailureKind
from schemas.recut import Recut
from tests import waiting
from tests.workflows.cutting import SHRUNK, TRIMMED
from tests.workflows.world import LiveDay, World

TOO_LONG = {"too-long": "it lasts more than 15 minutes"}
TOO_LARGE = {"bytes": "it has more than 300 MB"}
REFUSED = State.FAILED


async def approved(world: World) -> LiveDay:
    day = await world.in_review()
    await day.decide()
    return day


async def in_review_again(day: LiveDay) -> None:
    """Wait until people were asked once more."""

    async def asked() -> bool:
        return len(day.world.channel.cards) > 1

    await waiting.until(asked, "nobody was asked again")
    await day.until(Stage.REVIEW)


async def recuts_of(day: LiveDay) -> list[asyncpg.Record]:
    row = await day.row()
    sql = "SELECT * FROM recuts WHERE reel_id = $1 ORDER BY made_at"
    return await day.world.db.pool.rows(sql, row.id)


async def sent(day: LiveDay) -> bytes:
    """The file that the newest container fetches."""
    row = await day.row()
    (address,) = {str(one["video_url"]) for one in day.world.publisher.prepared[-1:]}
    assert row.video_key
    assert row.video_key in address
    return day.world.store.objects[row.video_key]


async def test_a_file_that_breaks_a_rule_waits_for_a_person_and_nothing_was_sent(
    world: World,
) -> None:
    world.ffmpeg.pretend("broken", {"edit-list": "it has an edit list", **TOO_LONG})
    day = await approved(world)
    now = await day.until_parked("preflight")
    assert now.skippable
    assert "edit-list: it has an edit list" in (now.waiting_for or "")
    assert (world.publisher.tokens, world.publisher.prepared) == (set(), [])
    world.ffmpeg.pretend("broken", {})
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.ffmpeg.recuts == []


async def test_a_reel_that_is_a_moment_too_long_is_trimmed_and_goes_out(world: World) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG)
    world.ffmpeg.pretend("seconds", 900.1)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await approved(world)
    result = await day.result()
    (cut,) = await recuts_of(day)

    assert result.outcome is Outcome.PUBLISHED
    assert (await sent(day)).startswith(TRIMMED)
    assert len(world.channel.cards) == 1
    assert (cut["repair"], cut["material"], cut["similarity"]) == ("trim", False, 1.0)
    assert (cut["seconds_before"], cut["seconds_after"]) == (900.1, 900.0)
    assert "too-long" in cut["why"]
    assert cut["revision"] == result.revision == (await day.row()).revision


async def test_a_reel_of_which_something_is_missing_is_seen_before_it_goes_out(
    world: World,
) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG)
    world.ffmpeg.pretend("seconds", 910.0)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await world.in_review()
    first = (await day.progress()).revision
    await day.decide()
    await in_review_again(day)
    card = world.channel.cards[-1]
    assert "10.00 s were cut off its end" in card.changed
    assert world.publisher.prepared == []
    late = await day.decide(revision=first)
    assert late.refusal is Refusal.STALE_REVISION
    await day.decide(reviewer="bob")
    result = await day.result()
    row = await day.world.db.approvals.get((await day.row()).id, result.revision or "")

    assert result.outcome is Outcome.PUBLISHED
    assert (await sent(day)).startswith(TRIMMED)
    assert row is not None
    assert (row.reviewed_by, row.carried_from) == ("bob", None)


async def test_a_reel_that_people_see_again_may_be_rejected(world: World) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG)
    world.ffmpeg.pretend("seconds", 910.0)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await approved(world)
    await in_review_again(day)
    await day.decide(verdict=Verdict.REJECT, note="the joke is gone")

    assert (await day.result()).outcome is Outcome.REJECTED
    assert world.publisher.tokens == set()


async def test_a_reel_that_is_too_large_is_shrunk_below_the_limit(world: World) -> None:
    world.ffmpeg.pretend("broken", TOO_LARGE)
    world.ffmpeg.pretend("large", 400_000_000)
    world.ffmpeg.pretend("seconds", 120.0)
    day = await approved(world)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.ffmpeg.recuts == [300_000_000]
    assert (await sent(day)).startswith(SHRUNK)


async def test_a_reel_that_is_both_is_trimmed_before_it_is_shrunk(world: World) -> None:
    world.ffmpeg.pretend("broken", TOO_LONG | TOO_LARGE)
    world.ffmpeg.pretend("large", 4_000_000_000)
    world.ffmpeg.pretend("seconds", 900.2)
    world.ffmpeg.pretend("cut_to", 900.0)
    day = await approved(world)
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.ffmpeg.recuts == [900, 300_000_000]
    assert (await sent(day)).startswith(SHRUNK + TRIMMED)


async def test_a_refused_video_is_compressed_once_and_goes_out(world: World) -> None:
    world.publisher.first_states.append(REFUSED)
    day = await approved(world)
    result = await day.result()
    (cut,) = await recuts_of(day)

    assert result.outcome is Outcome.PUBLISHED
    assert (len(world.publisher.prepared), len(world.publisher.media)) == (2, 1)
    assert (await sent(day)).startswith(SHRUNK)
    assert "as the platform says" in cut["why"]
    assert len(world.channel.cards) == 1


async def test_a_second_refusal_goes_to_a_person_with_the_platforms_words(world: World) -> None:
    world.publisher.first_states.extend([REFUSED] * 2)
    day = await approved(world)
    now = await day.until_parked("upload: processing")
    assert now.skippable
    assert "as the platform says" in (now.waiting_for or "")
    assert len(world.ffmpeg.recuts) == 1
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (len(world.publisher.prepared), len(world.ffmpeg.recuts)) == (3, 1)


async def test_a_visibly_worse_picture_is_seen_and_a_second_refusal_waits_all_the_same(
    world: World,
) -> None:
    world.publisher.first_states.extend([REFUSED] * 2)
    world.ffmpeg.pretend("similarity", 0.9)
    day = await approved(world)
    await in_review_again(day)
    assert "visibly worse" in world.channel.cards[-1].changed
    assert len(world.publisher.prepared) == 1
    await day.decide()
    await day.until_parked("upload: processing")
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert len(world.ffmpeg.recuts) == 1


async def test_a_video_that_the_platform_calls_too_long_is_trimmed(world: World) -> None:
    world.publisher.first_states.extend([REFUSED] * 2)
    world.publisher.failure = FailureKind.VIDEO_TOO_LONG
    world.ffmpeg.pretend("seconds", 90.2)
    world.ffmpeg.pretend("cut_to", 90.0)
    day = await approved(world)
    await day.until_parked("upload: processing")

    assert world.ffmpeg.recuts == [90]
    assert (await sent(day)).startswith(TRIMMED)


async def test_what_no_other_file_would_help_waits_for_a_person(world: World) -> None:
    world.publisher.first_states.append(REFUSED)
    world.publisher.failure = FailureKind.VIDEO_TOO_LONG
    day = await approved(world)
    now = await day.until_parked("recut")
    assert "no-remedy" in (now.waiting_for or "")
    await day.resolve(ResolveAction.SKIP)

    assert (await day.result()).outcome is Outcome.SKIPPED
    assert world.publisher.media == []


async def test_a_repair_that_fails_waits_with_the_name_of_its_rule(world: World) -> None:
    world.publisher.first_states.append(REFUSED)
    world.ffmpeg.recut_troubles.append(BadMedia("too-small-a-target", "600 kbit/s are left"))
    day = await approved(world)
    now = await day.until_parked("recut")
    assert now.skippable
    assert "too-small-a-target: 600 kbit/s" in (now.waiting_for or "")
    await day.resolve(ResolveAction.RETRY)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert (await sent(day)).startswith(SHRUNK)


class Forgetful(Recuts):
    """Writes down what it is told; the first answer gets lost."""

    lost = False

    async def keep(self, *args: object, **rest: object) -> str:
        revision: str = await super().keep(*args, **rest)  # type: ignore[arg-type]
        if not Forgetful.lost:
            Forgetful.lost = True
            raise DatabaseDown("127.0.0.1:5432", "broke the connection")
        return revision


async def test_a_recut_that_is_made_twice_is_one_recut(world: World) -> None:
    await world.rest()
    object.__setattr__(world.db, "recuts", Forgetful(world.db.pool))
    await world.work()
    world.publisher.first_states.append(REFUSED)
    world.ffmpeg.recut_troubles.append(Retryable("ffmpeg", FailureKind.UNAVAILABLE, "killed"))
    day = await approved(world)
    result = await day.result()
    held = [content for content in world.store.objects.values() if content.startswith(SHRUNK)]

    assert Forgetful.lost
    assert result.outcome is Outcome.PUBLISHED
    assert (len(world.ffmpeg.recuts), len(held), len(await recuts_of(day))) == (2, 1, 1)


@pytest.mark.parametrize("letter", ["A", "B"])
async def test_the_caption_that_was_chosen_goes_out_with_the_new_file(
    world: World, letter: str
) -> None:
    world.publisher.first_states.append(REFUSED)
    day = await world.in_review()
    await day.quiet()
    choice = next(one for one in world.channel.cards[-1].choices if one.letter == letter)
    await day.decide(revision=choice.revision)

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.publisher.media[0].caption == choice.caption
    assert (await day.row()).variant == letter


def test_what_was_made_anew_keeps_to_the_rule_of_its_time() -> None:
    assert Recut.model_fields["material"].is_required()
