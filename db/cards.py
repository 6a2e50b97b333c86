"""The cards of review channels: one for each day and channel, and what each has shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db.pool import Pool
from db.text import storable
from schemas.account import AccountDay, AccountId
from schemas.base import Frozen
from schemas.notice import CardState


class Shown(Frozen):
    """What a card says."""

    state: CardState
    words: str = ""
    """Beyond its state: who decided, where the post is."""
    revision: str | None = None


class CardMoment(Shown):
    """One state that a card had."""

    reference: str
    at: datetime


class CardRow(Frozen):
    """A row of `review_cards`."""

    account_id: AccountId
    day: date
    channel: str
    reference: str
    """What the channel calls the message; empty when the answer to its posting was lost."""
    revision: str | None = None
    state: CardState | None = None
    """None until the message is known to be there."""
    words: str = ""
    history: tuple[CardMoment, ...] = ()
    begun_at: datetime
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Cards:
    """The table `review_cards`."""

    pool: Pool

    async def get(self, key: AccountDay, channel: str) -> CardRow | None:
        """The card of a day in a channel; None when none was ever sent."""
        sql = "SELECT * FROM review_cards WHERE account_id = $1 AND day = $2 AND channel = $3"
        row = await self.pool.row(sql, key.account, key.day, channel)
        return CardRow.model_validate(dict(row)) if row else None

    async def of_day(self, key: AccountDay) -> Mapping[str, CardRow]:
        """Every card of a day, by channel."""
        sql = "SELECT * FROM review_cards WHERE account_id = $1 AND day = $2 ORDER BY channel"
        rows = await self.pool.rows(sql, key.account, key.day)
        return {row["channel"]: CardRow.model_validate(dict(row)) for row in rows}

    async def begin(self, key: AccountDay, channel: str) -> None:
        """Note that a card is about to be sent. Again: the first time stays."""
        sql = """
            INSERT INTO review_cards (account_id, day, channel) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
        """
        await self.pool.write(sql, key.account, key.day, channel)

    async def note(self, key: AccountDay, channel: str, reference: str, shown: Shown) -> None:
        """Note what the message of this reference shows now.

        Again with the same: changes nothing, and the history has it once.
        """
        sql = """
            UPDATE review_cards SET reference = $4, state = $5, words = $6,
                revision = $7, changed_at = now(),
                history = history || jsonb_build_object('reference', $4::text,
                    'state', $5::text, 'words', $6::text, 'revision', $7::text, 'at', now())
            WHERE account_id = $1 AND day = $2 AND channel = $3
                AND (reference, state, words, revision) IS DISTINCT FROM ($4, $5, $6, $7)
        """
        words = storable(shown.words)
        facts = (shown.state, words, shown.revision)
        await self.pool.write(sql, key.account, key.day, channel, reference, *facts)
