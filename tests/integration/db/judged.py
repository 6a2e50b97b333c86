"""Days of an account in every way in which people may judge a Reel."""

from datetime import timedelta

from db.database import Database
from schemas.account import Account, AccountDay
from schemas.day import Outcome
from schemas.decision import Decision, Verdict
from schemas.trust import TrustStanding
from tests.earned import posts
from tests.factories import DAY, ENDING, NOW, a_decision, an_account
from tests.integration.db.rows import a_revision, two_revisions
from tests.integration.db.test_recuts import a_recut

Counts = tuple[int, int, int]


async def an_account_with(db: Database, number: int, **review: object) -> Account:
    account = an_account(review=review)
    await db.accounts.add(account, None)
    await posts(db, account, number)
    return account


async def standing_of(db: Database, account: Account) -> TrustStanding:
    found = await db.trust.standing(account.id)
    assert found is not None
    return found


async def counts(db: Database, account: Account) -> Counts:
    record = (await standing_of(db, account)).record
    return record.posts, record.reviewed, record.unchanged


async def a_day(db: Database, account: Account, later: int = 0) -> tuple[AccountDay, str]:
    key = AccountDay(account=account.id, day=DAY + timedelta(days=later))
    claimed = await db.reels.claim(key, "run-1", "test")
    assert claimed is not None
    return key, claimed.id


async def said(db: Database, reel: str, decision: Decision) -> None:
    """Let a decision count, and log it as the desk does."""
    assert await db.approvals.decide(reel, decision.revision, decision)
    await db.approvals.record_attempt(
        decision.key,
        decision.revision,
        decision,
        channel=decision.channel,
        accepted=True,
        refusal=None,
        at=NOW,
        event_key=f"decision/{decision.id}/accepted",
    )


async def out(db: Database, reel: str, revision: str) -> None:
    """Publish what was approved."""
    container = f"container-of-{reel}"
    await db.reels.save_container(reel, revision, container, NOW)
    await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
    await db.reels.save_post(reel, f"media-of-{reel}", None, NOW)
    await db.reels.close(reel, Outcome.PUBLISHED, None)


async def unchanged(db: Database, key: AccountDay, reel: str) -> None:
    first, _ = await two_revisions(db, reel)
    await said(db, reel, a_decision(key, first))
    await out(db, reel, first)


async def the_other_caption(db: Database, key: AccountDay, reel: str) -> None:
    _, second = await two_revisions(db, reel)
    await said(db, reel, a_decision(key, second))
    await out(db, reel, second)


async def edited(db: Database, key: AccountDay, reel: str) -> None:
    await sent_back(db, key, reel)
    newer = await a_revision(db, reel, "take two")
    await said(db, reel, a_decision(key, newer))
    await out(db, reel, newer)


async def sent_back(db: Database, key: AccountDay, reel: str) -> None:
    facts = ENDING[Verdict.EDIT]
    revision = await a_revision(db, reel)
    await said(db, reel, a_decision(key, revision, verdict=Verdict.EDIT, **facts))


async def changes_that_changed_nothing(db: Database, key: AccountDay, reel: str) -> None:
    revision = await a_revision(db, reel)
    facts = ENDING[Verdict.CHANGES]
    await said(db, reel, a_decision(key, revision, verdict=Verdict.CHANGES, **facts))
    assert await a_revision(db, reel) == revision
    await said(db, reel, a_decision(key, revision))
    await out(db, reel, revision)


async def rejected(db: Database, key: AccountDay, reel: str) -> None:
    revision = await a_revision(db, reel)
    await said(db, reel, a_decision(key, revision, verdict=Verdict.REJECT))
    await db.reels.close(reel, Outcome.REJECTED, "too blue")


async def expired(db: Database, key: AccountDay, reel: str) -> None:
    assert await db.approvals.expire(reel, await a_revision(db, reel))
    await db.reels.close(reel, Outcome.EXPIRED, f"nobody answered for {key.account}")


async def laid_again_after_a_reset(db: Database, key: AccountDay, reel: str) -> None:
    await a_revision(db, reel)
    revision = await a_revision(db, reel, review_round="run-2")
    await said(db, reel, a_decision(key, revision))
    await out(db, reel, revision)


async def recut_so_that_nobody_would_notice(db: Database, key: AccountDay, reel: str) -> None:
    revision = await a_revision(db, reel)
    await said(db, reel, a_decision(key, revision))
    await out(db, reel, await db.recuts.keep(reel, revision, a_recut(), at=NOW))


async def recut_and_seen_again(db: Database, key: AccountDay, reel: str) -> None:
    await said(db, reel, a_decision(key, await a_revision(db, reel)))
    newer = await a_revision(db, reel, "cut")
    await said(db, reel, a_decision(key, newer))
    await out(db, reel, newer)


async def approved_and_given_up(db: Database, key: AccountDay, reel: str) -> None:
    await said(db, reel, a_decision(key, await a_revision(db, reel)))
    await db.reels.close(reel, Outcome.ABANDONED, "bob said so")


async def held(db: Database, key: AccountDay, reel: str) -> None:
    revision = await a_revision(db, reel)
    until = NOW + timedelta(days=1)
    wait = a_decision(key, revision, verdict=Verdict.HOLD, hold_until=until)
    assert await db.approvals.hold(reel, wait)
    await said(db, reel, a_decision(key, revision))
    await out(db, reel, revision)
