"""A sealed token that was put where it does not belong is never sent to the platform."""

import pytest

from db.cipher import Purpose
from db.database import Database
from db.tokens import NewTokens
from tests.factories import NOW
from tests.integration.activities.days import run
from tests.integration.activities.desks import CIPHER, TOKEN, a_desk, kind_of

SWAPS = {
    "rows": """UPDATE instagram_accounts AS one SET token_sealed = other.token_sealed
        FROM instagram_accounts AS other
        WHERE (one.id, other.id) IN (($1, $2), ($2, $1))""",
    "columns": """UPDATE instagram_accounts
        SET token_sealed = reading_token_sealed, reading_token_sealed = token_sealed
        WHERE id IN ($1, $2)""",
}


@pytest.mark.parametrize("swap", SWAPS.values(), ids=list(SWAPS))
async def test_swapped_tokens_publish_for_nobody(db: Database, swap: str) -> None:
    desks = [await a_desk(db) for _ in range(2)]
    accounts = [desk.request.account.id for desk in desks]
    for account in accounts:
        reading = CIPHER.seal(account, f"{TOKEN}-reads", Purpose.READING)
        await db.tokens.set(account, NewTokens(CIPHER.seal(account, TOKEN), reading), NOW)
    await db.pool.write(swap, *accounts)

    for desk in desks:
        step = run(desk.posting.prepare_post, desk.request)
        assert await kind_of(step) == ("configuration", True)
        assert desk.publisher.tokens == set()
