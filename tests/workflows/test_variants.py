"""Two captions of one video: the one that is approved is the one that is published."""

from schemas.day import Outcome, Stage
from schemas.decision import Refusal, Verdict
from schemas.reel import Caption, Letter
from tests.factories import two_captions
from tests.workflows.test_reset import reset_to_the_beginning
from tests.workflows.world import LiveDay, World

LETTERS = {"first": Letter.A, "second": Letter.B}
TEXTS = {
    LETTERS[name]: Caption.model_validate(words).text for name, words in two_captions().items()
}


async def revisions(day: LiveDay) -> dict[Letter, str]:
    row = await day.row()
    laid = await day.world.db.approvals.newest(row.id)
    return {one.variant: one.revision for one in laid}


async def published(day: LiveDay) -> tuple[list[str], Letter, str | None]:
    """The captions that went out, and what is kept of what ran."""
    row = await day.row()
    media = day.world.publisher.media
    return [one.caption for one in media], row.variant, row.hook_type


async def test_the_approved_caption_is_published_and_what_ran_is_kept(world: World) -> None:
    day = await world.in_review()
    chosen = (await revisions(day))[Letter.B]
    assert (await day.decide(revision=chosen)).accepted
    result = await day.result()

    assert (result.outcome, result.revision) == (Outcome.PUBLISHED, chosen)
    assert (await day.progress()).revision == chosen
    assert await published(day) == ([TEXTS[Letter.B]], Letter.B, "question")


async def test_a_plain_approval_publishes_the_leading_caption(world: World) -> None:
    day = await world.in_review()
    assert (await day.decide()).accepted

    assert (await day.result()).outcome is Outcome.PUBLISHED
    assert await published(day) == ([TEXTS[Letter.A]], Letter.A, "pov")


async def test_to_reject_either_caption_is_to_reject_the_day(world: World) -> None:
    day = await world.in_review()
    other = (await revisions(day))[Letter.B]
    answer = await day.decide(revision=other, verdict=Verdict.REJECT, note="too dark")

    assert answer.accepted
    result = await day.result()
    assert (result.outcome, result.reason) == (Outcome.REJECTED, "too dark")
    assert world.publisher.prepared == []


async def test_of_twenty_approvals_over_both_captions_one_is_published(world: World) -> None:
    day = await world.in_review()
    both = await revisions(day)
    said = [
        await day.decision(revision=both[letter], reviewer=f"{letter}-{number}")
        for number in range(10)
        for letter in Letter
    ]
    world.publisher.commit_gate = world.gate()
    answers = await day.answers(*said)
    world.publisher.commit_gate.open()
    await day.result()

    (won,) = [answer.decision for answer in answers if answer.accepted]
    assert won is not None
    assert [answer.refusal for answer in answers if not answer.accepted] == (
        [Refusal.ALREADY_DECIDED] * 19
    )
    letter = next(letter for letter in Letter if both[letter] == won.revision)
    captions, ran, _ = await published(day)
    assert (captions, ran) == ([TEXTS[letter]], letter)


async def test_a_reset_asks_anew_about_both(world: World) -> None:
    gate = world.gate()
    world.publisher.prepare_gate = gate
    day = await world.in_review()
    both = await revisions(day)
    await day.decide(revision=both[Letter.B])
    await gate.until_reached()
    await reset_to_the_beginning(day)
    gate.open()
    await day.until(Stage.REVIEW)

    assert await revisions(day) == both
    assert (await day.decide(revision=both[Letter.A], reviewer="carol")).accepted
    await day.result()
    assert await published(day) == ([TEXTS[Letter.A]], Letter.A, "pov")
