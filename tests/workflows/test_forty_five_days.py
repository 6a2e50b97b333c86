"""Forty-five days of housekeeping against the simulated Instagram: ten accounts, one in trouble."""

import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from activities.interceptor import ActivityInterceptor
from activities.secret_ages import SecretActivities
from activities.tokens import TokenActivities
from clients.publishing.access import AccessSource, App
from clients.publishing.facebook_tokens import FacebookTokens
from clients.publishing.instagram_tokens import InstagramTokens
from db.cipher import Purpose, TokenCipher
from db.database import Database
from db.tokens import NewTokens
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor
from schemas.account import Account, AccountStatus, Login
from schemas.housekeeping import HousekeepingInput, HousekeepingResult, RenewalOutcome
from tests.conftest import quick
from tests.factories import an_account
from tests.fakes import FakeChannel
from worker import methods
from workflows.housekeeping import Housekeeping

CIPHER = TokenCipher({"k1": bytes(32)}, "k1")
APP = App("1000000000000002", "simulated")
QUEUE = "forty-five-days"
DAYS = 45
DOWN_ON, REFUSED_ON = 12, 13


@dataclass(frozen=True)
class Plan:
    """A token as a person brings it, and the days on which it is due."""

    login: Login
    age: float
    """Days since it was issued; with Instagram Login nobody tells us."""
    left: float
    """Days until its end."""
    due: tuple[int, ...]


# Instagram's age is not known to us: due when it is a day old for certain, then at half of its
# sixty days. Facebook's is: due at half of its life, then at half of sixty days. Every first
# token is dead before the second renewal, so that only the string that came back makes it.
BROUGHT = Plan(Login.INSTAGRAM, 40, 20, (1, 31))
USERS = {
    **{f"178414000450000{number}": BROUGHT for number in range(5)},
    "1784140004500010": Plan(Login.FACEBOOK, 10, 30, (10, 40)),
    "1784140004500011": Plan(Login.FACEBOOK, 20, 30, (5, 35)),
    "1784140004500012": Plan(Login.FACEBOOK, 30, 30, (1, 31)),
    "1784140004500013": Plan(Login.FACEBOOK, 2, 58, (28,)),
}
FAILING = "1784140004500014"
ALL = {**USERS, FAILING: Plan(Login.FACEBOOK, 18, 42, (DOWN_ON,))}


@dataclass
class Season:
    """The platform, our housekeeping, and the clock that both go by."""

    db: Database
    client: Client
    http: httpx.AsyncClient
    sources: dict[Login, AccessSource]
    channel: FakeChannel = field(default_factory=FakeChannel)
    later: timedelta = timedelta(0)
    accounts: dict[str, Account] = field(default_factory=dict)
    began: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    async def connect(self, user: str, plan: Plan) -> None:
        """A token that a person brought, checked as admin.py does it."""
        wish = {
            "user": user,
            "flavour": plan.login.value,
            "age_seconds": plan.age * 86_400,
            "expires_in": plan.left * 86_400,
            "app": APP.id if plan.login is Login.FACEBOOK else "",
        }
        token = (await self.http.post("/_tokens", json=wish)).json()["access_token"]
        account = an_account(login=plan.login, platform_user_id=user)
        access = await self.sources[plan.login].examine(token, user_id=user, now=self.now())
        assert not access.missing
        await self.db.accounts.add(account, None)
        new = NewTokens.sealed(
            CIPHER,
            account.id,
            publishing=access.publishing,
            reading=access.reading,
            facts=access.facts,
        )
        await self.db.tokens.set(account.id, new, self.now())
        self.accounts[user] = account

    async def night(self) -> HousekeepingResult:
        """A day goes by for everybody, and housekeeping comes."""
        self.later += timedelta(days=1)
        (await self.http.post("/_clock", json={"advance": 86_400})).raise_for_status()
        return await self.client.execute_workflow(
            Housekeeping.run,
            HousekeepingInput(),
            id=f"{QUEUE}-{self.later.days}",
            task_queue=QUEUE,
        )

    async def arm(self, op: str, **fault: object) -> None:
        wish = {"service": "instagram", "op": op, **fault}
        (await self.http.post("/_faults", json=wish)).raise_for_status()

    async def entries(self, **only: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/_ledger", params=only)
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    async def trades(self, user: str) -> list[dict[str, Any]]:
        """Tokens that the platform handed out for another, in order."""
        both = (("refresh_access_token", "token.refreshed"), ("oauth_token", "token.issued"))
        found = [await self.entries(op=op, effect=effect) for op, effect in both]
        return [one for entries in found for one in entries if one["ids"]["user"] == user]

    def day_of(self, entry: dict[str, Any]) -> int:
        moment = datetime.fromisoformat(entry["time"]).timestamp()
        return math.floor((moment - self.began) / 86_400)

    async def renewed(self, user: str) -> str:
        """The token that is renewed, as it is stored."""
        standing = await self.db.renewals.get(self.accounts[user].id)
        assert standing is not None
        if standing.reading is None:
            return CIPHER.open(standing.account, standing.publishing)
        return CIPHER.open(standing.account, standing.reading, Purpose.READING)


@pytest.fixture
async def season(
    db: Database, temporal_client: Client, home: Home, supervisor: Supervisor, top_clip: Path
) -> AsyncIterator[Season]:
    """A world of its own: its clock is moved."""
    await db.pool.write("TRUNCATE instagram_accounts CASCADE")
    url = await quick("season-simulators", home, supervisor, top_clip)
    sources: dict[Login, AccessSource] = {
        Login.INSTAGRAM: InstagramTokens(
            None,
            base_url=f"{url}/instagram",
            oauth_url=f"{url}/instagram-api",
            www_url=f"{url}/instagram-www",
            version="v25.0",
        ),
        Login.FACEBOOK: FacebookTokens(
            APP, base_url=f"{url}/facebook", www_url=f"{url}/facebook-www", version="v25.0"
        ),
    }
    async with AsyncExitStack() as stack:
        for source in sources.values():
            stack.push_async_callback(source.aclose)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        season = Season(db, temporal_client, http, sources)
        season.began = (await http.get("/_clock")).json()["seconds"]
        for user, plan in ALL.items():
            await season.connect(user, plan)
        channels = (season.channel,)
        tokens = TokenActivities(db, CIPHER, sources, channels, season.now)
        secrets = SecretActivities(db, channels, {}, season.now)
        await stack.enter_async_context(
            Worker(
                temporal_client,
                task_queue=QUEUE,
                workflows=[Housekeeping],
                activities=[*methods(tokens), *methods(secrets)],
                interceptors=[ActivityInterceptor()],
            )
        )
        yield season


async def test_each_is_renewed_when_due_and_the_failing_one_troubles_no_other(
    season: Season,
) -> None:
    outcomes: dict[tuple[str, RenewalOutcome], list[int]] = {}
    for day in range(1, DAYS + 1):
        if day == DOWN_ON:
            # As long as a step tries, and one account is due.
            down = {"status": 503, "headers": {"retry-after": "1"}}
            await season.arm("oauth_token", kind="status", times=5, options=down)
        if day == REFUSED_ON:
            revoked = {"user": FAILING, "do": "revoke", "subcode": 460}
            (await season.http.post("/_tokens", json=revoked)).raise_for_status()
        result = await season.night()
        for one in result.renewals.accounts:
            outcomes.setdefault((one.account, one.outcome), []).append(day)

    lost = season.accounts[FAILING]
    assert outcomes == {
        **{
            (season.accounts[user].id, RenewalOutcome.RENEWED): list(plan.due)
            for user, plan in USERS.items()
        },
        (lost.id, RenewalOutcome.FAILED): [DOWN_ON],
        (lost.id, RenewalOutcome.PAUSED): [REFUSED_ON],
    }
    await _the_platform_agrees(season)
    paused = {
        one.id for one in await season.db.accounts.all() if one.status is AccountStatus.PAUSED
    }
    assert paused == {lost.id}
    ((title, text),) = season.channel.told
    assert title == "Accounts that lost their access"
    assert text.startswith(f"{lost.id}: facebook: answered 400 with 190/460")


async def _the_platform_agrees(season: Season) -> None:
    """Its ledger has the same trades, and what it handed out last is what is stored and works."""
    for user, plan in USERS.items():
        trades = await season.trades(user)
        assert tuple(map(season.day_of, trades)) == plan.due
        token = await season.renewed(user)
        assert sha256(token.encode()).hexdigest() == trades[-1]["facts"]["digest"]
        access = await season.sources[plan.login].examine(token, user_id=user, now=season.now())
        assert access.missing == ()
    assert await season.trades(FAILING) == []
    asked = await season.entries(op="oauth_token")
    troubles = [season.day_of(entry) for entry in asked if entry["status"] != 200]
    assert troubles == [DOWN_ON] * 5 + [REFUSED_ON]
