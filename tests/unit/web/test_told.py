"""What a person is told claims no more than is known."""

import pytest

from schemas.account import AccountDay
from schemas.decision import Answer, Decision, Refusal, Verdict
from schemas.reel import Letter
from tests.factories import DAY, a_decision
from web.taking import Taken
from web.told import ended, told

KEY = AccountDay(account="demo", day=DAY)
WHAT = "demo of 2026-11-23 (revision aaaaaaaa)"
REFUSED = Answer(accepted=False, refusal=Refusal.ALREADY_DECIDED, message="already decided by bob.")
FIRST = Answer(accepted=True, final=False, message="approved by alice; another person has to, too")


def said(**changes: object) -> Decision:
    return a_decision(KEY, "a" * 64, **changes)


@pytest.mark.parametrize(
    ("taken", "words", "over"),
    [
        (Taken(answer=Answer(accepted=True)), f"alice approved {WHAT}.", True),
        (Taken(answer=FIRST), f"{WHAT}: approved by alice; another person has to, too.", False),
        (Taken(answer=REFUSED), f"{WHAT}: already decided by bob. Nothing was decided.", False),
        (
            Taken(),
            f"alice's approval of {WHAT} is on its way: the card shows what became of it.",
            False,
        ),
        (
            Taken(before=True),
            "That was sent before, and counts once: the card shows what became of it.",
            False,
        ),
    ],
)
def test_an_outcome_is_a_sentence(taken: Taken, words: str, *, over: bool) -> None:
    assert told(said(), taken) == words
    assert ended(taken) == over


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_words(verdict: Verdict) -> None:
    more: dict[Verdict, dict[str, object]] = {
        Verdict.EDIT: {"edits": {"cover_seconds": 1}},
        Verdict.CHANGES: {"change": "caption", "note": "dull"},
        Verdict.HOLD: {"hold_until": "2026-11-24T09:00:00Z"},
    }
    decision = said(verdict=verdict, **more.get(verdict, {}))
    assert told(decision, Taken(answer=Answer(accepted=True))).endswith(f" {WHAT}.")
    assert f" of {WHAT} is on its way" in told(decision, Taken())


def test_the_approved_one_of_two_captions_is_named_and_a_rejection_is_of_the_reel() -> None:
    counts = Taken(answer=Answer(accepted=True))
    assert told(said(), counts, Letter.B) == f"alice approved caption B of {WHAT}."
    rejected = said(verdict=Verdict.REJECT, note="dull")
    assert told(rejected, counts, Letter.A) == f"alice rejected {WHAT}."
