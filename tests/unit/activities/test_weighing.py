from datetime import date, timedelta

import pytest

from activities.weighing import Objection, objection, open_decision
from schemas.account import AccountDay
from schemas.decision import Refusal, SealedDecision, Verdict, seal
from tests.factories import DECISION_KEY, NOW, a_decision, a_key, a_weighing


def refusal_of(found: object) -> Refusal | None:
    return found.refusal if isinstance(found, Objection) else None


def test_a_door_s_decision_opens_and_counts() -> None:
    decision = a_decision(a_key())
    request = a_weighing(decision)

    assert open_decision(request, DECISION_KEY) == decision
    assert objection(request, decision) is None


def test_what_is_no_decision_is_malformed() -> None:
    assert refusal_of(open_decision(a_weighing(None), DECISION_KEY)) is Refusal.MALFORMED


@pytest.mark.parametrize("mac", ["", "00" * 32, "é", "not hex"])
def test_without_a_door_s_seal_nothing_counts(mac: str) -> None:
    body = a_decision(a_key()).model_dump_json()
    request = a_weighing(None, sealed=SealedDecision(body=body, seal=mac))

    assert refusal_of(open_decision(request, DECISION_KEY)) is Refusal.BAD_SEAL


def test_a_body_that_was_changed_after_the_seal_does_not_count() -> None:
    sealed = seal(a_decision(a_key(), verdict=Verdict.REJECT), DECISION_KEY)
    forged = SealedDecision(body=sealed.body.replace("reject", "approve"), seal=sealed.seal)

    found = open_decision(a_weighing(None, sealed=forged), DECISION_KEY)
    assert refusal_of(found) is Refusal.BAD_SEAL


def test_a_sealed_body_of_another_shape_is_malformed() -> None:
    strange = a_decision(a_key()).model_copy(update={"reviewer": ""})
    request = a_weighing(None, sealed=seal(strange, DECISION_KEY))

    assert refusal_of(open_decision(request, DECISION_KEY)) is Refusal.MALFORMED


def test_another_day_s_decision_is_refused() -> None:
    key = a_key()
    decision = a_decision(AccountDay(account=key.account, day=date(2026, 11, 22)))

    found = objection(a_weighing(decision, key=key), decision)
    assert refusal_of(found) is Refusal.WRONG_DAY


def test_a_stale_revision_is_refused_and_the_current_one_is_named_shortly() -> None:
    decision = a_decision(a_key(), revision="a" * 64)

    found = objection(a_weighing(decision, revision="b" * 64), decision)
    assert refusal_of(found) is Refusal.STALE_REVISION
    assert isinstance(found, Objection)
    assert "b" * 12 in found.message
    assert "b" * 13 not in found.message


@pytest.mark.parametrize("revision", ["a" * 64, "b" * 64])
def test_a_decision_may_be_on_any_variant(revision: str) -> None:
    decision = a_decision(a_key(), revision=revision)
    both = ("a" * 64, "b" * 64)

    assert objection(a_weighing(decision, revision="a" * 64, revisions=both), decision) is None


def test_no_other_revision_counts_beside_the_variants() -> None:
    decision = a_decision(a_key(), revision="c" * 64)
    both = ("a" * 64, "b" * 64)

    found = objection(a_weighing(decision, revision="a" * 64, revisions=both), decision)
    assert refusal_of(found) is Refusal.STALE_REVISION


def test_who_decides_on_the_other_variant_is_told_who_was_first() -> None:
    key = a_key()
    first, second = a_decision(key, "b" * 64, reviewer="bob"), a_decision(key, "a" * 64)
    request = a_weighing(second, revisions=("a" * 64, "b" * 64), already=first, closed=True)

    found = objection(request, second)
    assert found == Objection(
        Refusal.ALREADY_DECIDED, "already decided by bob: approved at 2026-11-23 09:00 UTC"
    )


def test_a_stale_decision_is_stale_also_when_another_has_counted() -> None:
    key = a_key()
    first, second = a_decision(key, "b" * 64, reviewer="bob"), a_decision(key, "c" * 64)
    request = a_weighing(
        second, revision="a" * 64, revisions=("a" * 64, "b" * 64), already=first, closed=True
    )

    assert refusal_of(objection(request, second)) is Refusal.STALE_REVISION


def test_nothing_counts_before_there_is_a_draft() -> None:
    decision = a_decision(a_key())

    found = objection(a_weighing(decision, revision=None), decision)
    assert refusal_of(found) is Refusal.NOT_IN_REVIEW


def test_only_the_account_s_reviewers_count_when_it_names_any() -> None:
    decision = a_decision(a_key(), reviewer="mallory")

    named = objection(a_weighing(decision, reviewers=("alice", "bob")), decision)
    assert refusal_of(named) is Refusal.UNKNOWN_REVIEWER
    assert objection(a_weighing(decision, reviewers=()), decision) is None


@pytest.mark.parametrize(
    ("late", "refusal"),
    [
        (timedelta(seconds=-1), None),
        (timedelta(0), Refusal.EXPIRED),
        (timedelta(1), Refusal.EXPIRED),
    ],
)
def test_the_clock_says_whether_a_decision_is_late(
    late: timedelta, refusal: Refusal | None
) -> None:
    decision = a_decision(a_key())

    found = objection(a_weighing(decision, deadline=NOW, now=NOW + late), decision)
    assert refusal_of(found) is refusal


def test_after_the_review_has_ended_nothing_counts() -> None:
    decision = a_decision(a_key())

    found = objection(a_weighing(decision, closed=True), decision)
    assert refusal_of(found) is Refusal.EXPIRED


def test_the_second_is_told_who_was_first() -> None:
    key = a_key()
    first = a_decision(key, reviewer="bob", verdict=Verdict.REJECT)
    second = a_decision(key)

    found = objection(a_weighing(second, already=first, closed=True), second)
    assert found == Objection(
        Refusal.ALREADY_DECIDED, "already decided by bob: rejected at 2026-11-23 09:00 UTC"
    )
