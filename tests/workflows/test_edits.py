"""Edits: what a person writes is a new revision, which people decide on anew."""

import pytest

from schemas.account import Role
from schemas.day import Outcome, Stage
from schemas.decision import Refusal, Verdict, seal
from schemas.reel import Letter
from tests import waiting
from tests.factories import DECISION_KEY, NOW, two_captions
from tests.workflows.world import LiveDay, World

WORDS = "My barista never sleeps ☕"
TAGS = tuple(f"#mine{number}" for number in range(11))


async def laid_anew(day: LiveDay, cards: int = 2) -> None:
    """Wait until people were asked so often."""

    async def asked() -> bool:
        return len(day.world.channel.cards) == cards

    await waiting.until(asked, f"people were not asked {cards} times")
    await day.until(Stage.REVIEW)


async def captions(day: LiveDay) -> dict[Letter, tuple[str, str]]:
    laid = await day.world.db.approvals.newest((await day.row()).id)
    return {one.variant: (one.revision, one.caption) for one in laid}


async def test_an_edited_caption_is_a_new_revision_and_is_what_goes_out(world: World) -> None:
    day = await world.in_review()
    first = await captions(day)
    old, other = first[Letter.A][0], first[Letter.B]
    answer = await day.decide(
        verdict=Verdict.EDIT, edits={"caption": f"{WORDS}\n", "hashtags": TAGS}, reviewer="ann"
    )
    assert answer.accepted
    await laid_anew(day)
    now = await captions(day)
    stale = await day.decide(revision=old)
    before = await world.db.approvals.get((await day.row()).id, old)

    assert now[Letter.A] == ((await day.progress()).revision, WORDS)
    assert now[Letter.B] == other
    assert world.channel.cards[-1].changed == "caption and hashtags edited by ann"
    assert before is not None
    assert (before.status, before.ended_by, before.reviewed_by) == ("superseded", "edit", "ann")
    assert stale.refusal is Refusal.STALE_REVISION
    assert (await day.decide(reviewer="bob")).accepted
    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert world.publisher.media[0].caption == f"{WORDS}\n\n{' '.join(TAGS)}"
    assert (world.claude.captions, len(world.provider.orders)) == (1, 1)


async def test_a_picked_cover_is_what_people_see_and_what_is_sent(world: World) -> None:
    day = await world.in_review()
    before = await day.row()
    await day.decide(verdict=Verdict.EDIT, edits={"cover_seconds": 7.25})
    await laid_anew(day)
    row = await day.row()

    assert row.revision != before.revision
    assert row.cover_seconds == 7.25
    assert world.store.objects[row.poster_key or ""].startswith(b"still at 7.25")
    assert (row.video_sha256, row.caption) == (before.video_sha256, before.caption)
    await day.decide()
    await day.result()
    assert world.publisher.jobs[0].cover_seconds == 7.25


async def test_the_other_caption_may_be_edited_and_keeps_its_letter(world: World) -> None:
    day = await world.in_review()
    second = (await captions(day))[Letter.B][0]
    await day.decide(verdict=Verdict.EDIT, revision=second, edits={"caption": WORDS})
    await laid_anew(day)
    now = await captions(day)

    assert now[Letter.B][1] == WORDS
    assert now[Letter.A][1] == two_captions()["first"]["caption"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"hashtags": ["#one", "#two"]}, "hashtags: there are 2; write 10 to 15"),
        ({"hashtags": ["#same"] * 10}, "a hashtag stands twice"),
        ({"caption": "Look: https://evil.test"}, "a link that the account does not allow"),
        ({"caption": "Ask @somebody"}, "an @mention that the account does not allow"),
        ({"caption": "x" * 2190}, "longer than 2200 characters"),
        ({"caption": "half\u202e word"}, "turns the direction of text"),
        ({"cover_seconds": 20.0}, "the video has 20.0 s; name one from 0 to 19.9"),
        ({"caption": two_captions()["first"]["caption"]}, "it changes nothing"),  # type: ignore[index]
    ],
)
async def test_a_bad_edit_is_refused_with_what_to_mend_and_the_review_goes_on(
    world: World, edits: dict[str, object], said: str
) -> None:
    day = await world.in_review()
    revision = (await day.progress()).revision
    answer = await day.decide(verdict=Verdict.EDIT, edits=edits)

    assert (answer.accepted, answer.refusal) == (False, Refusal.NOT_TAKEN)
    assert said in answer.message
    assert (await day.progress()).revision == revision
    assert (await day.decide()).accepted


async def test_of_an_edit_and_an_approval_at_once_one_wins(world: World) -> None:
    day = await world.in_review()
    said = [
        await day.decision(reviewer="ann"),
        await day.decision(reviewer="bob", verdict=Verdict.EDIT, edits={"caption": WORDS}),
    ]
    world.publisher.commit_gate = world.gate()
    answers = await day.answers(*said)
    world.publisher.commit_gate.open()

    assert sum(answer.accepted for answer in answers) == 1
    (lost,) = [answer for answer in answers if not answer.accepted]
    assert lost.refusal in {Refusal.ALREADY_DECIDED, Refusal.STALE_REVISION}


async def test_every_try_is_on_record_with_what_it_asked_for(world: World) -> None:
    day = await world.in_review()
    await day.decide(verdict=Verdict.EDIT, edits={"hashtags": ["#one"]}, reviewer="eve")
    await day.decide(verdict=Verdict.EDIT, edits={"caption": WORDS}, reviewer="ann")
    await laid_anew(day)
    refused, taken = await world.db.approvals.attempts(day.key)

    assert (refused.reviewer, refused.accepted, refused.refusal) == (
        *("eve", False),
        Refusal.NOT_TAKEN,
    )
    assert (taken.reviewer, taken.accepted, taken.verdict) == ("ann", True, Verdict.EDIT)
    assert taken.edits == {"caption": WORDS}


async def test_an_edit_back_to_what_was_there_is_decided_on_once_more(world: World) -> None:
    day = await world.in_review()
    first = await day.decision(verdict=Verdict.EDIT, edits={"caption": WORDS})
    await day.answers(first)
    await laid_anew(day)
    back = two_captions()["first"]["caption"]  # type: ignore[index]
    await day.decide(verdict=Verdict.EDIT, edits={"caption": back}, reviewer="bob")
    await laid_anew(day, 3)
    assert (await day.progress()).revision == first.revision
    await day.handle.signal("approval", seal(first, DECISION_KEY))

    assert (await day.decide()).accepted
    assert await day.refusals() == [None, None, Refusal.ALREADY_DECIDED, None]
    assert (await day.result()).outcome is Outcome.PUBLISHED


async def test_a_viewer_and_who_is_disabled_decide_nothing(world: World) -> None:
    day = await world.in_review()
    viewer, gone = f"viewer-{day.key.account}", f"gone-{day.key.account}"
    await world.db.people.put(viewer, email=None, slack=None, discord=None, role=Role.VIEWER)
    await world.db.people.put(gone, email=None, slack=None, discord=None, role=Role.ADMIN)
    await world.db.people.disable(gone, NOW)

    for who, why in ((viewer.upper(), "is a viewer"), (gone, "is disabled")):
        answer = await day.decide(reviewer=who)
        assert answer.refusal is Refusal.UNKNOWN_REVIEWER
        assert why in answer.message
    assert (await day.decide()).accepted
