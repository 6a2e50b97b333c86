"""The whole database as one value: a query class for each concern."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from db.accounts import Accounts
from db.approvals import Approvals
from db.cards import Cards
from db.costs import Costs
from db.digests import Digests
from db.door_counts import DoorCounts
from db.errors import ErrorLog
from db.gameplay import GameplayVideos
from db.given import GivenApprovals
from db.ledger import Ledger
from db.music import MusicTracks
from db.normalising import Normalising
from db.people import People
from db.pool import Pool, open_pool
from db.recuts import Recuts
from db.reels import Reels
from db.renewals import Renewals
from db.review_pages import ReviewPages
from db.review_queue import ReviewQueue
from db.runs import Runs
from db.secrets_seen import SecretsSeen
from db.sign_ins import SignIns
from db.stories import Stories
from db.supply import PoolSupply
from db.tokens import Tokens
from db.trust import Trust
from db.usage import Usage
from db.windows import Windows


@dataclass(frozen=True)
class Database:
    """Every query there is."""

    pool: Pool
    accounts: Accounts
    tokens: Tokens
    renewals: Renewals
    secrets_seen: SecretsSeen
    reels: Reels
    ledger: Ledger
    gameplay: GameplayVideos
    normalising: Normalising
    windows: Windows
    supply: PoolSupply
    music: MusicTracks
    people: People
    sign_ins: SignIns
    door_counts: DoorCounts
    digests: Digests
    approvals: Approvals
    given: GivenApprovals
    trust: Trust
    cards: Cards
    review_queue: ReviewQueue
    review_pages: ReviewPages
    recuts: Recuts
    usage: Usage
    costs: Costs
    errors: ErrorLog
    runs: Runs
    stories: Stories

    @classmethod
    def over(cls, pool: Pool) -> "Database":
        """The queries over one pool of connections."""
        return cls(
            pool=pool,
            accounts=Accounts(pool),
            tokens=Tokens(pool),
            renewals=Renewals(pool),
            secrets_seen=SecretsSeen(pool),
            reels=Reels(pool),
            ledger=Ledger(pool),
            gameplay=GameplayVideos(pool),
            normalising=Normalising(pool),
            windows=Windows(pool),
            supply=PoolSupply(pool),
            music=MusicTracks(pool),
            people=People(pool),
            sign_ins=SignIns(pool),
            door_counts=DoorCounts(pool),
            digests=Digests(pool),
            approvals=Approvals(pool),
            given=GivenApprovals(pool),
            trust=Trust(pool),
            cards=Cards(pool),
            review_queue=ReviewQueue(pool),
            review_pages=ReviewPages(pool),
            recuts=Recuts(pool),
            usage=Usage(pool),
            costs=Costs(pool),
            errors=ErrorLog(pool),
            runs=Runs(pool),
            stories=Stories(pool),
        )

    async def ping(self) -> None:
        """Read what the newest migration made. Raises DatabaseDown or NotMigrated."""
        await self.pool.rows("SELECT round FROM trust_weighings LIMIT 1")


@asynccontextmanager
async def open_database(dsn: str) -> AsyncIterator[Database]:
    """Connect, and close at the end. Raises DatabaseDown, naming host and port."""
    pool = await open_pool(dsn)
    try:
        yield Database.over(pool)
    finally:
        await pool.close()
