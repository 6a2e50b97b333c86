"""Each account's token is renewed in time, and a trouble with one stays with that one."""

import dataclasses
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.tokens import TokenActivities
from clients.errors import Refused, Retryable
from clients.publishing.access import Access
from db.cipher import Purpose, TokenCipher
from db.database import Database
from db.tokens import NewTokens
from schemas.account import Account, AccountStatus, Login
from schemas.failures import FailureKind
from schemas.housekeeping import (
    HousekeepingInput,
    Renewal,
    RenewalOutcome,
    RenewalRequest,
    Renewals,
)
from schemas.token import TokenFacts
from tests.factories import NOW, an_account
from tests.fakes import FakeAccess, FakeChannel
from tests.integration.activities.days import run

CIPHER = TokenCipher({"k1": bytes(32)}, "k1")
START = HousekeepingInput()
WITHDRAWN = Refused("instagram", FailureKind.AUTHENTICATION, "the access token was withdrawn")
DOWN = Retryable("instagram", FailureKind.UNAVAILABLE, "is down")
MISLED = Refused("instagram", FailureKind.CONFIGURATION, "the base URL leads nowhere")


@dataclasses.dataclass
class House:
    """What a day's housekeeping works with; `days` have passed since the tokens were set."""

    db: Database
    days: float = 31
    source: FakeAccess = dataclasses.field(default_factory=FakeAccess)
    channel: FakeChannel = dataclasses.field(default_factory=FakeChannel)

    @property
    def tokens(self) -> TokenActivities:
        sources = dict.fromkeys(Login, self.source)
        return TokenActivities(self.db, CIPHER, sources, (self.channel,), lambda: self.now)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(days=self.days)

    async def account(self, **changes: object) -> Account:
        """An account whose token was issued NOW, for sixty days."""
        account = an_account(**changes)
        await self.db.accounts.add(account, None)
        reading = CIPHER.seal(account.id, f"reads-{account.id}", Purpose.READING)
        facts = TokenFacts(issued_at=NOW, expires_at=NOW + timedelta(days=60))
        new = NewTokens(
            publishing=CIPHER.seal(account.id, f"token-{account.id}"),
            reading=reading if account.login is Login.FACEBOOK else None,
            facts=facts,
        )
        await self.db.tokens.set(account.id, new, NOW)
        return account

    async def renew(self, account: Account) -> Renewal:
        return await run(self.tokens.renew_token, RenewalRequest(account=account.id))

    async def due(self) -> tuple[str, ...]:
        return (await run(self.tokens.plan_renewals, START)).accounts

    async def token(self, account: Account) -> str:
        sealed = await self.db.accounts.sealed_token(account.id)
        assert sealed is not None
        return CIPHER.open(account.id, sealed)

    async def stands(self, account: Account) -> Account:
        found = await self.db.accounts.get(account.id)
        assert found is not None
        return found

    def answers(self, account: Account, *failures: Exception) -> None:
        self.source.answers[f"token-{account.id}"] = deque(failures)


@pytest.fixture
async def house(db: Database) -> AsyncIterator[House]:
    yield House(db)
    await db.pool.write("TRUNCATE instagram_accounts CASCADE")


async def test_a_token_is_renewed_at_half_of_its_life_and_the_new_string_is_kept(
    house: House,
) -> None:
    account = await house.account()
    house.days = 29
    assert await house.due() == ()
    house.days = 30
    assert await house.due() == (account.id,)

    assert (await house.renew(account)).outcome is RenewalOutcome.RENEWED

    assert await house.token(account) == f"token-{account.id}+"
    standing = await house.db.renewals.get(account.id)
    assert standing is not None
    assert standing.facts.expires_at == NOW + timedelta(days=90)
    assert await house.due() == ()


async def test_a_second_run_renews_nothing_twice(house: House) -> None:
    account = await house.account()
    await house.renew(account)
    assert (await house.renew(account)).outcome is RenewalOutcome.UNCHANGED
    assert house.source.traded == [f"token-{account.id}"]


async def test_a_paused_account_is_kept_alive_too(house: House) -> None:
    account = await house.account()
    await house.db.accounts.pause(account.id, "holidays")
    assert await house.due() == (account.id,)


async def test_with_facebook_login_the_user_token_is_traded(house: House) -> None:
    class Facebook(FakeAccess):
        async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
            access = await super().renew(token, user_id=user_id, now=now)
            return dataclasses.replace(access, publishing="page", reading=access.publishing)

    house.source = Facebook()
    account = await house.account(login=Login.FACEBOOK)

    await house.renew(account)

    assert house.source.traded == [f"reads-{account.id}"]
    assert await house.token(account) == "page"
    standing = await house.db.renewals.get(account.id)
    assert standing is not None
    assert standing.reading is not None
    assert CIPHER.open(account.id, standing.reading, Purpose.READING) == f"reads-{account.id}+"


async def test_a_token_that_was_withdrawn_pauses_its_account_alone(house: House) -> None:
    refused, other = await house.account(), await house.account()
    house.answers(refused, WITHDRAWN)

    outcomes = [(await house.renew(one)).outcome for one in (refused, other)]

    assert outcomes == [RenewalOutcome.PAUSED, RenewalOutcome.RENEWED]
    paused, active = await house.stands(refused), await house.stands(other)
    assert (paused.status, paused.paused_kind) == (AccountStatus.PAUSED, "authentication")
    assert paused.paused_reason is not None
    assert f"`admin.py token set {refused.id}`" in paused.paused_reason
    assert active.status is AccountStatus.ACTIVE
    assert refused.id not in await house.due()


async def test_after_the_cure_the_account_is_renewed_again(house: House) -> None:
    account = await house.account()
    house.answers(account, Refused("instagram", FailureKind.ACCOUNT_BLOCKED, "a checkpoint"))
    await house.renew(account)
    await house.db.accounts.resume(account.id)
    assert await house.due() == (account.id,)
    assert (await house.renew(account)).outcome is RenewalOutcome.RENEWED


@pytest.mark.parametrize("trouble", [DOWN, MISLED])
async def test_a_trouble_that_is_not_the_tokens_leaves_the_account_as_it_is(
    house: House, trouble: Exception
) -> None:
    account = await house.account()
    house.answers(account, trouble)
    with pytest.raises(type(trouble)):
        await house.renew(account)
    assert (await house.stands(account)).status is AccountStatus.ACTIVE
    assert await house.token(account) == f"token-{account.id}"
    assert await house.due() == (account.id,)


async def test_a_token_that_has_ended_pauses_its_account_without_a_call(house: House) -> None:
    account = await house.account()
    house.days = 61
    assert await house.due() == (account.id,)
    renewal = await house.renew(account)
    assert (renewal.outcome, house.source.traded) == (RenewalOutcome.PAUSED, [])
    assert renewal.detail.startswith("its access has ended; connect it again")


async def test_a_token_that_a_person_sets_meanwhile_stays(house: House) -> None:
    account = await house.account()
    db = house.db

    class Slow(FakeAccess):
        async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
            brought = NewTokens(CIPHER.seal(account.id, "brought"))
            await db.tokens.set(account.id, brought, NOW + timedelta(days=31))
            return await super().renew(token, user_id=user_id, now=now)

    house.source = Slow()

    assert (await house.renew(account)).outcome is RenewalOutcome.UNCHANGED
    assert await house.token(account) == "brought"


async def test_a_renewed_token_that_may_not_publish_is_kept_and_pauses(house: House) -> None:
    account = await house.account()
    house.source.missing = ("instagram_content_publish",)
    renewal = await house.renew(account)
    assert renewal.outcome is RenewalOutcome.PAUSED
    assert "lacks instagram_content_publish" in renewal.detail
    assert await house.token(account) == f"token-{account.id}+"


async def test_a_token_that_does_not_open_is_named(house: House) -> None:
    account = await house.account()
    sealed = CIPHER.seal("another", "canary")
    await house.db.pool.write(
        "UPDATE instagram_accounts SET token_sealed = $2 WHERE id = $1", account.id, sealed
    )
    with pytest.raises(ApplicationError, match=account.id) as raised:
        await house.renew(account)
    assert raised.value.type == "configuration"


async def test_the_end_is_told_of_at_14_7_and_2_days_and_once_each(house: House) -> None:
    account = await house.account()
    told: dict[int, str] = {}
    for day in range(40, 60):
        house.days = day
        before = len(house.channel.told)
        await run(house.tokens.warn_of_ends, START)
        for _, text in house.channel.told[before:]:
            told[60 - day] = text
    assert set(told) == {14, 7, 2}
    assert f"{account.id}: 7 days left, until {NOW + timedelta(days=60):%Y-%m-%d}" in told[7]
    assert f"`admin.py token set {account.id}`" in told[7]


async def test_a_new_token_is_warned_of_anew(house: House) -> None:
    account = await house.account()
    house.days = 59
    assert (await run(house.tokens.warn_of_ends, START)).names == (account.id,)
    ends = TokenFacts(expires_at=house.now + timedelta(days=1))
    brought = NewTokens(CIPHER.seal(account.id, "brought"), facts=ends)
    await house.db.tokens.set(account.id, brought, house.now)
    assert (await run(house.tokens.warn_of_ends, START)).names == (account.id,)
    assert (await run(house.tokens.warn_of_ends, START)).names == ()


async def test_a_warning_that_reached_nobody_is_given_again(house: House) -> None:
    account = await house.account()
    house.days = 59
    house.channel.failures.append(Retryable("slack", FailureKind.UNAVAILABLE, "down"))
    with pytest.raises(Retryable):
        await run(house.tokens.warn_of_ends, START)
    assert (await run(house.tokens.warn_of_ends, START)).names == (account.id,)


async def test_a_worker_that_dies_after_the_pause_tells_of_it_all_the_same(house: House) -> None:
    account = await house.account()
    house.answers(account, WITHDRAWN)
    first = await house.renew(account)
    assert await house.renew(account) == first
    assert first.outcome is RenewalOutcome.PAUSED


async def test_a_pause_that_reached_nobody_is_told_of_the_next_day_and_once(house: House) -> None:
    account = await house.account()
    house.answers(account, WITHDRAWN)
    renewals = Renewals(accounts=(await house.renew(account),))
    house.channel.failures.append(Retryable("slack", FailureKind.UNAVAILABLE, "down"))
    with pytest.raises(Retryable):
        await run(house.tokens.tell_of_renewals, renewals)

    assert (await run(house.tokens.warn_of_ends, START)).names == (account.id,)
    assert (await run(house.tokens.warn_of_ends, START)).names == ()
    ((title, text),) = house.channel.told
    assert title == "Accounts that lost their access, or soon will"
    assert text.startswith(f"{account.id}: instagram: the access token was withdrawn; connect")


async def test_whoever_is_paused_is_told_of_in_plain_words(house: House) -> None:
    account = await house.account()
    house.answers(account, WITHDRAWN)
    renewals = Renewals(accounts=(await house.renew(account),))
    assert (await run(house.tokens.tell_of_renewals, renewals)).names == (account.id,)
    assert (await run(house.tokens.warn_of_ends, START)).names == ()
    ((title, text),) = house.channel.told
    assert title == "Accounts that lost their access"
    assert text.startswith(f"{account.id}: instagram: the access token was withdrawn; connect")
