"""Forty-five days of housekeeping against the simulated Instagram: ten accounts, one in trouble."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.tokens import TokenActivities
from clients.publishing.instagram_tokens import InstagramTokens
from db.cipher import TokenCipher
from db.database import Database
from db.tokens import NewTokens
from schemas.account import Account, AccountStatus, Login
from schemas.housekeeping import HousekeepingInput, Renewal, RenewalOutcome, RenewalRequest
from tests.factories import an_account
from tests.fakes import FakeChannel
from tests.integration.activities.days import run

CIPHER = TokenCipher({"k1": bytes(32)}, "k1")
START = HousekeepingInput()
DAYS, ACCOUNTS, TROUBLED, TROUBLE_FROM = 45, 10, 3, 20


@dataclass
class Season:
    """The platform and our housekeeping, on one clock that a test moves."""

    db: Database
    http: httpx.AsyncClient
    tokens: TokenActivities
    channel: FakeChannel
    accounts: tuple[Account, ...]

    async def night(self, *, troubled: bool) -> list[Renewal]:
        """A day goes by; what is due is renewed."""
        await self.http.post("/_clock", json={"advance": 86_400})
        now = datetime.fromisoformat((await self.http.get("/_clock")).json()["now"])
        tokens = self.at(now)
        plan = await run(tokens.plan_renewals, START)
        done = []
        for account in plan.accounts:
            if troubled and account == self.accounts[TROUBLED].id:
                await self.withdraw()
            done.append(await run(tokens.renew_token, RenewalRequest(account=account)))
        await run(tokens.warn_of_ends, START)
        return done

    def at(self, now: datetime) -> TokenActivities:
        tokens = self.tokens
        return TokenActivities(
            tokens.db, tokens.cipher, tokens.sources, tokens.channels, lambda: now
        )

    async def withdraw(self) -> None:
        """The next renewal meets a token that its owner has withdrawn."""
        fault = {
            "service": "instagram",
            "op": "refresh_access_token",
            "kind": "graph-error",
            "times": 1,
            "code": 190,
            "subcode": 460,
        }
        armed = await self.http.post("/_faults", json=fault)
        assert armed.status_code == 200, armed.text

    async def renewals(self) -> list[dict[str, Any]]:
        answer = await self.http.get("/_ledger", params={"effect": "token.refreshed"})
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries


@pytest.fixture
async def season(db: Database, simulators_url: str) -> AsyncIterator[Season]:
    await db.pool.write("TRUNCATE instagram_accounts CASCADE")
    async with httpx.AsyncClient(base_url=simulators_url, trust_env=False) as http:
        before = (await http.get("/_clock")).json()["offset"]
        now = datetime.fromisoformat((await http.get("/_clock")).json()["now"])
        source = InstagramTokens(
            None,
            base_url=f"{simulators_url}/instagram",
            oauth_url=f"{simulators_url}/instagram-api",
            www_url=f"{simulators_url}/instagram-www",
            version="v25.0",
        )
        channel = FakeChannel()
        accounts = tuple([await connected(db, source, now) for _ in range(ACCOUNTS)])
        yield Season(
            db,
            http,
            TokenActivities(db, CIPHER, {Login.INSTAGRAM: source}, (channel,), lambda: now),
            channel,
            accounts,
        )
        await source.aclose()
        await http.post("/_clock", json={"advance": -86_400 * DAYS})
        assert abs((await http.get("/_clock")).json()["offset"] - before) < 1


async def connected(db: Database, source: InstagramTokens, now: datetime) -> Account:
    """An account with a token that a person brought, checked as admin.py does it."""
    account = an_account()
    account = account.model_copy(update={"platform_user_id": f"1784140{account.id[8:]:0>10}"})
    token = f"IGAAcanary-{account.platform_user_id}"
    access = await source.examine(token, user_id=account.platform_user_id, now=now)
    await db.accounts.add(account, None)
    new = NewTokens(CIPHER.seal(account.id, access.publishing), facts=access.facts)
    await db.tokens.set(account.id, new, now)
    return account


async def test_every_account_is_kept_alive_but_the_one_whose_access_was_withdrawn(
    season: Season,
) -> None:
    healthy = [one for number, one in enumerate(season.accounts) if number != TROUBLED]
    lost = season.accounts[TROUBLED]
    nights: dict[int, list[Renewal]] = {}
    before = len(await season.renewals())
    for day in range(1, DAYS + 1):
        if done := await season.night(troubled=day >= TROUBLE_FROM):
            nights[day] = done

    # Nobody knows how old a token is that a person brings: it is renewed when it is a day old
    # for certain, and from then on at half of its life.
    renewed = {
        day: {one.account for one in done if one.outcome is RenewalOutcome.RENEWED}
        for day, done in nights.items()
    }
    assert renewed == {
        1: {account.id for account in season.accounts},
        31: {account.id for account in healthy},
    }
    assert len(await season.renewals()) - before == len(healthy) * 2 + 1
    for account in healthy:
        standing = await season.db.renewals.get(account.id)
        found = await season.db.accounts.get(account.id)
        assert standing is not None
        assert found is not None
        assert found.status is AccountStatus.ACTIVE
        assert standing.trouble is None
        token = CIPHER.open(account.id, standing.publishing)
        assert "canary" not in token
        assert standing.facts.expires_at is not None
        assert standing.facts.expires_at > datetime.now(UTC) + timedelta(days=DAYS + 30)

    paused = await season.db.accounts.get(lost.id)
    assert paused is not None
    assert (paused.status, paused.paused_kind) == (AccountStatus.PAUSED, "authentication")
    # Its access has not ended yet, and who it is was told when it was paused.
    assert season.channel.told == []
