"""People are told of each pause once, whoever tells them."""

from datetime import timedelta

import pytest

from activities.pauses import PauseActivities
from activities.tokens import TokenActivities
from clients.errors import Retryable
from db.database import Database
from schemas.clearance import PausedAccount
from schemas.failures import FailureKind
from schemas.housekeeping import Renewal, RenewalOutcome, Renewals, Told
from tests.factories import NOW
from tests.fakes import FakeChannel
from tests.integration.activities.days import Attempt, Day
from tests.integration.activities.desks import CIPHER, kind_of

DOWN = Retryable("slack", FailureKind.UNAVAILABLE, "down")
WHY = "a person has to confirm; then `admin.py account resume`"


class Crier:
    """Tells of one account, as one of several days that wait for it."""

    def __init__(self, db: Database, day: Day) -> None:
        self.db = db
        self.account = day.account.id
        self.channel = FakeChannel()
        self.pauses = PauseActivities(db, (self.channel,))
        self.tokens = TokenActivities(db, CIPHER, {}, (self.channel,))

    async def tell(self, scheduled: int) -> Told:
        """Tell, as the step that was scheduled so many seconds after noon."""
        at = NOW + timedelta(seconds=scheduled)
        told = PausedAccount(account=self.account)
        return await Attempt(scheduled_time=at).run(self.pauses.tell_of_pause, told)

    async def tell_of_renewals(self, scheduled: int) -> Told:
        paused = Renewal(account=self.account, outcome=RenewalOutcome.PAUSED, detail=WHY)
        at = NOW + timedelta(seconds=scheduled)
        renewals = Renewals(accounts=(paused,))
        return await Attempt(scheduled_time=at).run(self.tokens.tell_of_renewals, renewals)

    async def refused(self) -> None:
        await self.db.accounts.pause(self.account, WHY, FailureKind.ACCOUNT_BLOCKED)


@pytest.fixture
async def crier(db: Database, day: Day) -> Crier:
    return Crier(db, day)


async def test_one_alert_says_what_happened_and_what_to_do(crier: Crier) -> None:
    await crier.refused()
    assert (await crier.tell(0)).names == (crier.account,)
    assert (await crier.tell(1)).names == ()
    assert (await crier.tell_of_renewals(2)).names == ()
    ((title, text),) = crier.channel.told
    assert title == "An account is paused"
    assert text.startswith(f"{crier.account}: {WHY}")


async def test_what_housekeeping_has_told_no_day_tells_again(crier: Crier) -> None:
    await crier.refused()
    assert (await crier.tell_of_renewals(0)).names == (crier.account,)
    assert (await crier.tell(1)).names == ()
    assert len(crier.channel.told) == 1


async def test_a_channel_that_was_down_is_told_by_the_same_step_and_no_other(
    crier: Crier,
) -> None:
    await crier.refused()
    crier.channel.failures.append(DOWN)
    with pytest.raises(Retryable):
        await crier.tell(0)
    assert (await crier.tell(1)).names == ()
    assert (await crier.tell(0)).names == (crier.account,)
    assert len(crier.channel.told) == 1


async def test_each_pause_has_an_alert_of_its_own(crier: Crier) -> None:
    for seconds in range(2):
        await crier.refused()
        await crier.tell(seconds)
        await crier.db.accounts.resume(crier.account)
    assert len(crier.channel.told) == 2


async def test_nobody_is_told_of_what_a_person_has_paused_or_resumed(crier: Crier) -> None:
    await crier.db.accounts.pause(crier.account, "holidays")
    assert (await crier.tell(0)).names == ()
    await crier.db.accounts.resume(crier.account)
    assert (await crier.tell(1)).names == ()


async def test_a_refusal_while_the_account_is_paused_changes_no_reason(crier: Crier) -> None:
    await crier.db.accounts.pause(crier.account, "holidays")
    await crier.refused()
    account = await crier.db.accounts.get(crier.account)
    assert account is not None
    assert (account.paused_reason, account.paused_kind) == ("holidays", None)


async def test_waiting_for_a_resume_ends_when_the_account_is_active(crier: Crier) -> None:
    who = PausedAccount(account=crier.account)
    await crier.refused()
    assert await kind_of(Attempt().run(crier.pauses.await_resume, who)) == ("not_ready", False)
    await crier.db.accounts.resume(crier.account)
    await Attempt().run(crier.pauses.await_resume, who)
    gone = PausedAccount(account="nobody")
    assert await kind_of(Attempt().run(crier.pauses.await_resume, gone)) == ("bad_request", True)
