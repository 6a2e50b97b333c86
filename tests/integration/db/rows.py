"""Rows that tests begin with."""

from hashlib import sha256

from db.database import Database
from db.usage import UsageRow
from schemas.account import Account, AccountDay
from schemas.gameplay import GameplayFacts
from tests.factories import DAY, NOW, a_composed_reel, a_decision, an_account, two_variants


async def a_day(db: Database, account: Account | None = None) -> AccountDay:
    account = account or an_account()
    await db.accounts.add(account, b"sealed")
    return AccountDay(account=account.id, day=DAY)


async def a_reel(db: Database) -> tuple[AccountDay, str]:
    key = await a_day(db)
    claimed = await db.reels.claim(key, "run-1", "test")
    assert claimed is not None
    return key, claimed.id


async def a_revision(
    db: Database, reel: str, content: str = "take one", *, review_round: str = ""
) -> str:
    """One caption, laid before the reviewers."""
    composed = a_composed_reel(content)
    leading = two_variants(composed)[:1]
    laid = await db.approvals.lay(reel, composed, leading, review_round=review_round)
    return laid[0].revision


async def two_revisions(
    db: Database, reel: str, content: str = "take one", *, review_round: str = ""
) -> tuple[str, str]:
    """Captions A and B, laid before the reviewers."""
    composed = a_composed_reel(content)
    variants = two_variants(composed)
    first, second = await db.approvals.lay(reel, composed, variants, review_round=review_round)
    return first.revision, second.revision


async def a_review(db: Database) -> tuple[AccountDay, str, str]:
    key, reel = await a_reel(db)
    return key, reel, await a_revision(db, reel)


async def an_approved_reel(db: Database) -> tuple[AccountDay, str, str]:
    key, reel, revision = await a_review(db)
    assert await db.approvals.decide(reel, revision, a_decision(key, revision))
    return key, reel, revision


async def a_ready_container(db: Database) -> tuple[str, str, str]:
    _, reel, revision = await an_approved_reel(db)
    container = f"container-of-{reel}"
    await db.reels.save_container(reel, revision, container, NOW)
    return reel, revision, container


async def a_published_reel(db: Database) -> tuple[AccountDay, str, str]:
    reel, revision, container = await a_ready_container(db)
    await db.reels.mark_commit_attempt(reel, NOW, revision=revision, container_id=container)
    await db.reels.save_post(reel, f"media-of-{reel}", None, NOW)
    row = await db.reels.get(reel)
    assert row is not None
    return row.key, reel, revision


async def a_reservation(
    db: Database, key: AccountDay, reel: str | None, step: str = "clip/luma/0/take-1"
) -> UsageRow:
    return await db.usage.reserve(
        reel,
        account=key.account,
        day=key.day,
        service="luma",
        operation="clip",
        model="ray-3.2 720p",
        step=step,
        estimated_micros=900_000,
    )


def some_gameplay(name: str, seconds: float = 120.0) -> GameplayFacts:
    return GameplayFacts(
        seconds=seconds,
        width=1920,
        height=1080,
        fps=60,
        has_audio=True,
        codec="h264",
        bytes=5_000_000,
        sha256=sha256(name.encode()).hexdigest(),
    )
