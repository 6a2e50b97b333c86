"""Housekeeping: one account's trouble is not another's, and nobody's token is seen anywhere."""

import json
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import generate_latest
from temporalio.client import WorkflowHandle

from clients.errors import Refused, Retryable
from db.tokens import NewTokens
from runtime.metrics import REGISTRY
from schemas.account import Account, AccountStatus
from schemas.failures import FailureKind
from schemas.housekeeping import HousekeepingInput, HousekeepingResult, RenewalOutcome
from schemas.names import TASK_QUEUE
from schemas.token import TokenFacts
from tests.workflows.world import CIPHER, TOKEN, World

WITHDRAWN = Refused("instagram", FailureKind.AUTHENTICATION, "the access token was withdrawn")
MISLED = Refused("instagram", FailureKind.CONFIGURATION, "the base URL leads nowhere")


@pytest.fixture(autouse=True)
async def no_accounts(world: World) -> None:
    await world.db.pool.write("TRUNCATE instagram_accounts CASCADE")


async def connected(world: World) -> Account:
    """An account whose token is due in thirty days, and ends in sixty."""
    account = await world.account()
    now = datetime.now(UTC)
    facts = TokenFacts(issued_at=now, expires_at=now + timedelta(days=60))
    sealed = CIPHER.seal(account.id, token_of(account))
    await world.db.tokens.set(account.id, NewTokens(sealed, facts=facts), now)
    return account


def token_of(account: Account) -> str:
    return f"{TOKEN}-{account.id}"


async def kept(world: World) -> "WorkflowHandle[object, HousekeepingResult]":
    """A day's housekeeping, done."""
    handle = await world.client.start_workflow(
        "Housekeeping",
        HousekeepingInput(),
        id=f"housekeeping-{datetime.now(UTC):%H%M%S%f}",
        task_queue=TASK_QUEUE,
        result_type=HousekeepingResult,
    )
    await handle.result()
    return handle


async def test_of_ten_accounts_one_fails_and_nine_go_on(world: World) -> None:
    accounts = [await connected(world) for _ in range(10)]
    world.later = timedelta(days=31)
    lost, late = accounts[3], accounts[5]
    world.access.answers = {
        token_of(lost): deque([WITHDRAWN]),
        token_of(late): deque([MISLED]),
    }

    result = await (await kept(world)).result()

    outcomes = {one.account: one.outcome for one in result.renewals.accounts}
    assert outcomes.pop(lost.id) is RenewalOutcome.PAUSED
    assert outcomes.pop(late.id) is RenewalOutcome.FAILED
    assert set(outcomes.values()) == {RenewalOutcome.RENEWED}
    assert len(outcomes) == 8
    found = {one.id: one.status for one in await world.db.accounts.all()}
    assert [name for name, status in found.items() if status is AccountStatus.PAUSED] == [lost.id]
    ((_, text),) = world.channel.told
    assert text.startswith(f"{lost.id}: instagram: the access token was withdrawn")

    again = await (await kept(world)).result()
    assert [(one.account, one.outcome) for one in again.renewals.accounts] == [
        (late.id, RenewalOutcome.RENEWED)
    ]


async def test_a_platform_that_is_down_is_asked_again(world: World) -> None:
    account = await connected(world)
    world.later = timedelta(days=31)
    down = Retryable("instagram", FailureKind.UNAVAILABLE, "is down", retry_after=0.01)
    world.access.answers = {token_of(account): deque([down, down])}
    result = await (await kept(world)).result()
    assert result.renewals.accounts[0].outcome is RenewalOutcome.RENEWED


async def test_what_can_not_be_told_fails_no_renewal(world: World) -> None:
    account = await connected(world)
    world.later = timedelta(days=50)
    world.access.answers = {token_of(account): deque([MISLED])}
    world.channel.failures.append(Refused("slack", FailureKind.AUTHENTICATION, "no"))
    handle = await kept(world)
    result = await handle.result()
    assert (result.warned, result.reminded is None) == (None, False)


async def test_it_shows_what_it_did_in_the_web_ui(world: World) -> None:
    account = await connected(world)
    world.later = timedelta(days=31)
    handle = await kept(world)
    history = await handle.fetch_history()
    summaries = [
        event.user_metadata.summary.data.decode()
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert summaries == [
        '"plan the renewals"',
        f'"renew the token of {account.id}"',
        '"warn of ends"',
        '"remind of secrets"',
    ]


async def test_no_token_is_seen_in_histories_metrics_logs_or_the_database(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    accounts = [await connected(world) for _ in range(2)]
    world.later = timedelta(days=31)
    world.access.answers = {token_of(accounts[0]): deque([WITHDRAWN])}
    handle = await kept(world)

    history = json.dumps((await handle.fetch_history()).to_json_dict())
    tables = await world.db.pool.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    dump = ""
    for table in tables:
        rows = await world.db.pool.rows(
            f"SELECT t::text AS row FROM {table['table_name']} t"  # noqa: S608 - its own name
        )
        dump += "\n".join(row["row"] for row in rows)
    assert accounts[0].id in dump
    printed = "".join(capfd.readouterr())
    for place in (history, dump, caplog.text, printed, generate_latest(REGISTRY).decode()):
        assert TOKEN not in place
        assert TOKEN.encode().hex() not in place
