import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.cipher import Purpose, TokenCipher
from db.database import Database
from db.failures import UnknownAccount
from db.rotation import OLD_LAYOUT, Rotation
from db.tokens import NewTokens, SealedToken, Tokens
from schemas.account import Account, Login
from schemas.token import TokenFacts
from tests.factories import NOW, an_account

OLD, NEW = os.urandom(32), os.urandom(32)
BEFORE = TokenCipher({"2025": OLD}, "2025")
RING = TokenCipher({"2025": OLD, "2026": NEW}, "2026")
AFTER = TokenCipher({"2026": NEW}, "2026")


@pytest.fixture(autouse=True)
async def no_accounts(db: Database) -> AsyncIterator[None]:
    yield
    await db.pool.write("TRUNCATE instagram_accounts CASCADE")


async def connected(db: Database, cipher: TokenCipher, **changes: object) -> Account:
    """An account with its tokens, each named after it."""
    account = an_account(**changes)
    await db.accounts.add(account, None)
    await db.tokens.set(account.id, sealed_for(account, cipher), NOW)
    return account


def sealed_for(account: Account, cipher: TokenCipher) -> NewTokens:
    reading = cipher.seal(account.id, f"reads-{account.id}", Purpose.READING)
    facts = TokenFacts(
        issued_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=59),
        scopes=("instagram_basic", "instagram_content_publish"),
        checked_at=NOW,
    )
    return NewTokens(
        publishing=cipher.seal(account.id, f"publishes-{account.id}"),
        reading=reading if account.login is Login.FACEBOOK else None,
        facts=facts,
    )


def said(*done: int) -> None:
    """Somebody has to be told; most tests don't look."""
    assert done


async def opened(db: Database, account: Account, cipher: TokenCipher) -> dict[Purpose, str]:
    return {
        one.purpose: cipher.open(one.account, one.sealed, one.purpose)
        for one in await db.tokens.all()
        if one.account == account.id
    }


async def test_tokens_and_what_is_known_of_them_are_kept_together(db: Database) -> None:
    account = await connected(db, RING, login=Login.FACEBOOK)
    assert await opened(db, account, RING) == {
        Purpose.PUBLISHING: f"publishes-{account.id}",
        Purpose.READING: f"reads-{account.id}",
    }
    row = await db.pool.row("SELECT * FROM instagram_accounts WHERE id = $1", account.id)
    assert row is not None
    assert (row["token_set_at"], row["token_checked_at"]) == (NOW, NOW)
    assert row["token_expires_at"] - row["token_issued_at"] == timedelta(days=60)
    assert row["token_scopes"] == ["instagram_basic", "instagram_content_publish"]


async def test_new_tokens_leave_nothing_of_the_old_ones(db: Database) -> None:
    account = await connected(db, RING, login=Login.FACEBOOK)
    later = NOW + timedelta(days=3)
    await db.tokens.set(account.id, NewTokens(RING.seal(account.id, "other")), later)

    assert await opened(db, account, RING) == {Purpose.PUBLISHING: "other"}
    row = await db.pool.row("SELECT * FROM instagram_accounts WHERE id = $1", account.id)
    assert row is not None
    assert (row["token_set_at"], row["token_issued_at"]) == (later, None)
    assert (row["token_expires_at"], row["token_scopes"]) == (None, [])


async def test_an_unknown_account_gets_no_token(db: Database) -> None:
    with pytest.raises(UnknownAccount, match="nobody"):
        await db.tokens.set("nobody", NewTokens(b"sealed"), NOW)


async def test_a_token_in_another_accounts_row_or_column_is_found_out(db: Database) -> None:
    first = await connected(db, RING, login=Login.FACEBOOK)
    second = await connected(db, RING, login=Login.FACEBOOK)
    third = await connected(db, RING, login=Login.FACEBOOK)
    await db.pool.write(
        """
        UPDATE instagram_accounts mine SET token_sealed = theirs.token_sealed
        FROM instagram_accounts theirs
        WHERE (mine.id, theirs.id) IN (($1, $2), ($2, $1))
        """,
        first.id,
        second.id,
    )
    await db.pool.write(
        "UPDATE instagram_accounts SET token_sealed = reading_token_sealed WHERE id = $1", third.id
    )

    troubles = await Rotation(db.tokens, RING).check()

    assert {trouble.token.account for trouble in troubles} == {first.id, second.id, third.id}
    assert {trouble.token.purpose for trouble in troubles} == {Purpose.PUBLISHING}
    assert all("does not open" in str(trouble) for trouble in troubles)


@pytest.mark.parametrize("batch", [1, 3, 100])
async def test_every_token_moves_to_the_newest_key(db: Database, batch: int) -> None:
    accounts = [await connected(db, BEFORE, login=Login.FACEBOOK) for _ in range(4)]
    untouched = await connected(db, RING)
    before = await opened(db, untouched, RING)
    told: list[int] = []

    assert await Rotation(db.tokens, RING).run(batch, told.append) == ()

    assert sum(told) == 8
    assert max(told) == min(batch, 8)
    for account in accounts:
        assert set((await opened(db, account, AFTER)).values()) == {
            f"publishes-{account.id}",
            f"reads-{account.id}",
        }
    assert await opened(db, untouched, AFTER) == before
    assert await Rotation(db.tokens, AFTER).check() == ()


async def test_the_source_documents_layout_moves_too_and_is_bound_from_then_on(
    db: Database,
) -> None:
    account = an_account()
    iv = os.urandom(16)
    text = AESGCM(OLD).encrypt(iv, b"IGAA-source", None)
    parts = {"encrypted": text[:-16], "iv": iv, "authTag": text[-16:]}
    sealed = json.dumps({name: part.hex() for name, part in parts.items()}).encode()
    await db.accounts.add(account, sealed)
    (trouble,) = await Rotation(db.tokens, RING).check()
    assert OLD_LAYOUT in str(trouble)

    assert await Rotation(db.tokens, RING).run(10, said) == ()

    assert await opened(db, account, AFTER) == {Purpose.PUBLISHING: "IGAA-source"}


async def test_a_token_that_does_not_open_is_named_and_holds_up_no_other(db: Database) -> None:
    whole, lost = await connected(db, BEFORE), await connected(db, BEFORE)
    stranger = TokenCipher({"2019": os.urandom(32)}, "2019")
    await db.tokens.set(lost.id, NewTokens(stranger.seal(lost.id, "gone")), NOW)

    (trouble,) = await Rotation(db.tokens, RING).run(1, said)

    assert trouble.token.account == lost.id
    assert "'2019'" in str(trouble)
    assert "gone" not in str(trouble)
    assert await opened(db, whole, AFTER)


async def test_an_interrupted_run_is_gone_on_with(db: Database) -> None:
    for _ in range(5):
        await connected(db, BEFORE)

    class Interrupted(Exception):
        """Whatever ends the process between two batches."""

    told: list[int] = []

    def tell(done: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        await Rotation(db.tokens, RING).run(2, tell)
    assert len(await Rotation(db.tokens, RING).check()) == 1

    told.append(0)
    await Rotation(db.tokens, RING).run(2, tell)
    assert told == [2, 2, 0, 1]
    assert await Rotation(db.tokens, AFTER).check() == ()


async def test_a_token_that_is_renewed_during_a_rotation_is_not_lost(db: Database) -> None:
    first, renewed = await connected(db, BEFORE), await connected(db, BEFORE)

    class Renewing(Tokens):
        """Renews a token, as a worker with the old ring does, after its batch was read."""

        async def not_sealed_as(
            self, mark: bytes, after: SealedToken | None, limit: int | None
        ) -> tuple[SealedToken, ...]:
            found = await super().not_sealed_as(mark, after, limit)
            if renewals:
                await self.set(renewed.id, renewals.pop(), NOW)
            return found

    renewals = [NewTokens(BEFORE.seal(renewed.id, "renewed"))]

    assert await Rotation(Renewing(db.pool), RING).run(10, said) == ()

    assert await opened(db, renewed, AFTER) == {Purpose.PUBLISHING: "renewed"}
    assert await opened(db, first, AFTER) == {Purpose.PUBLISHING: f"publishes-{first.id}"}
