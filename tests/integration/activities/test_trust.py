"""Weighing what an account has earned, and the policy's word that comes of it."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.trust import TrustActivities
from db.database import Database
from schemas.account import AccountDay
from schemas.decision import Verdict, unseal
from schemas.failures import FailureKind
from schemas.post import PostRequest
from schemas.trust import AUTOMATIC, POLICY, TrustAnswer, TrustRequest
from tests.earned import a_name, posts
from tests.factories import DAY, DECISION_KEY
from tests.integration.activities.days import Attempt, Day, a_day, a_revision, run
from tests.integration.db.judged import a_day as another_day
from tests.integration.db.judged import rejected

EARNED = "50 of the last 50 approved unchanged"


async def an_earned_day(db: Database, *, sampled: bool = False) -> Day:
    day = await a_day(db, id=a_name(sampled=sampled), review={"auto_approval": True})
    await posts(db, day.account)
    return day


async def a_request(db: Database, day: Day) -> TrustRequest:
    revision = await a_revision(db, day)
    return TrustRequest(key=day.key, reel=day.reel, account=day.account, revision=revision)


async def weighed(db: Database, request: TrustRequest) -> TrustAnswer:
    return await run(TrustActivities(db, DECISION_KEY).weigh_trust, request)


async def test_the_policy_s_word_is_sealed_and_the_same_for_every_attempt(db: Database) -> None:
    request = await a_request(db, await an_earned_day(db))
    first = await weighed(db, request)
    for later in (1, 2, 3):
        day = await another_day(db, request.account, later)
        await rejected(db, *day)
    again = await weighed(db, request)
    assert first.sealed is not None
    decision = unseal(first.sealed, DECISION_KEY)

    assert again == first
    assert (decision.reviewer, decision.channel) == (AUTOMATIC, POLICY)
    assert (decision.verdict, decision.revision) == (Verdict.APPROVE, request.revision)
    assert (decision.note, first.words) == (EARNED, EARNED)


async def test_another_run_of_the_day_says_another_word(db: Database) -> None:
    request = await a_request(db, await an_earned_day(db))
    words = [
        await Attempt(workflow_run_id=run_id).run(
            TrustActivities(db, DECISION_KEY).weigh_trust, request
        )
        for run_id in ("run-1", "run-2")
    ]
    ids = {unseal(one.sealed, DECISION_KEY).id for one in words if one.sealed}
    assert len(ids) == 2


async def test_a_sample_is_one_each_time_and_written_down(db: Database) -> None:
    request = await a_request(db, await an_earned_day(db, sampled=True))
    answers = [await weighed(db, request) for _ in range(2)]
    (row,) = await db.pool.rows("SELECT * FROM trust_weighings WHERE reel_id = $1", request.reel)

    assert {one.sealed for one in answers} == {None}
    assert answers[0].words == "one of the 10 % that people see all the same"
    assert (row["earned"], row["sampled"], row["unchanged"]) == (True, True, 50)


async def test_what_was_stopped_is_not_weighed(db: Database) -> None:
    request = await a_request(db, await an_earned_day(db))
    await db.trust.stop(request.account.id, "ann")
    assert await weighed(db, request) == TrustAnswer(words="automatic approval was stopped")
    assert not await db.pool.rows("SELECT FROM trust_weighings WHERE reel_id = $1", request.reel)


async def test_the_end_is_said_of_the_first_reel_after_it_and_of_no_other(db: Database) -> None:
    day = await an_earned_day(db)
    await weighed(db, await a_request(db, day))
    for later in (-51, 1, 2, 3):
        await rejected(db, *await another_day(db, day.account, later))
    ended = []
    for later in (4, 5):
        key = AccountDay(account=day.account.id, day=DAY + timedelta(days=later))
        claimed = await db.reels.claim(key, f"run-{later}", "test")
        assert claimed is not None
        next_day = Day(day.account, key, claimed.id)
        ended.append(await weighed(db, await a_request(db, next_day)))

    assert [one.ended for one in ended] == [True, False]
    assert "94.3 % unchanged: not yet" in ended[0].words


async def test_a_look_for_the_way_back_is_tried_again_until_it_was_taken(db: Database) -> None:
    request = await a_request(db, await an_earned_day(db))
    activities = TrustActivities(db, DECISION_KEY)
    answer = await weighed(db, request)
    assert answer.sealed is not None
    decision = unseal(answer.sealed, DECISION_KEY)
    assert await db.approvals.decide(request.reel, request.revision, decision)
    facts = {"key": request.key, "reel": request.reel, "account": request.account}
    post = PostRequest.model_validate({**facts, "revision": request.revision, "automatic": EARNED})
    with pytest.raises(ApplicationError) as raised:
        await run(activities.await_withdrawal, post)
    assert (raised.value.type, raised.value.non_retryable) == (FailureKind.NOT_READY, False)

    await db.trust.stop(request.account.id, "ann")
    await run(activities.await_withdrawal, post)
