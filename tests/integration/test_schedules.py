"""The Schedules of the daily runs: as the accounts ask, whatever stood there before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError

from runtime import schedules
from runtime.schedules import Change, schedule_id
from runtime.temporal import connect
from schemas.daily_run import DailyRunInput
from tests.waiting import until

BERLIN = DailyRunInput(start_time="09:00", zone="Europe/Berlin")
NEW_YORK = DailyRunInput(start_time="09:00", zone="America/New_York")
AUCKLAND = DailyRunInput(start_time="09:00", zone="Pacific/Auckland")
ALL = (BERLIN, NEW_YORK, AUCKLAND)


@pytest.fixture(scope="module")
async def server(temporal_address: str) -> Client:
    return await connect(temporal_address, "default", "test")


@pytest.fixture
async def client(server: Client) -> AsyncIterator[Client]:
    yield server
    for run in ALL:
        with suppress(RPCError):
            await server.get_schedule_handle(schedule_id(run)).delete()
    await listed(server)


async def listed(client: Client, *runs: DailyRunInput) -> None:
    """Wait until the server lists what it has: it may lag behind by a second."""
    wanted = {schedule_id(run) for run in runs}

    async def there() -> bool:
        return {one.id for one in await schedules.planned(client)} == wanted

    await until(there, f"not listed: {wanted}")


async def test_schedules_are_created_and_a_second_time_nothing_changes(client: Client) -> None:
    first = await schedules.apply(client, ALL)
    at_once = await schedules.apply(client, ALL)
    await listed(client, *ALL)
    second = await schedules.apply(client, ALL)

    assert first == {schedule_id(run): Change.CREATED for run in ALL}
    assert at_once == second == {schedule_id(run): Change.UNCHANGED for run in ALL}


async def test_a_schedule_that_no_account_asks_for_is_deleted(client: Client) -> None:
    await schedules.apply(client, [BERLIN, NEW_YORK])
    await listed(client, BERLIN, NEW_YORK)
    changes = await schedules.apply(client, [BERLIN])

    assert changes == {
        schedule_id(BERLIN): Change.UNCHANGED,
        schedule_id(NEW_YORK): Change.DELETED,
    }
    assert await schedules.apply(client, [BERLIN]) == {schedule_id(BERLIN): Change.UNCHANGED}


async def test_a_schedule_with_another_limit_is_updated(client: Client) -> None:
    await schedules.apply(client, [BERLIN])
    wider = BERLIN.model_copy(update={"max_concurrent_accounts": 7})

    assert await schedules.apply(client, [wider]) == {schedule_id(BERLIN): Change.UPDATED}
    assert await schedules.apply(client, [wider]) == {schedule_id(BERLIN): Change.UNCHANGED}
    await listed(client, BERLIN)
    assert [one.run for one in await schedules.planned(client)] == [wider]


async def test_what_a_person_changed_in_the_web_ui_is_put_right(client: Client) -> None:
    await schedules.apply(client, [BERLIN])

    def spoil(standing: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = standing.description.schedule
        schedule.spec.time_zone_name = "Asia/Tokyo"
        schedule.policy.catchup_window = timedelta(days=365)
        return ScheduleUpdate(schedule)

    await client.get_schedule_handle(schedule_id(BERLIN)).update(spoil)

    assert await schedules.apply(client, [BERLIN]) == {schedule_id(BERLIN): Change.UPDATED}
    assert await schedules.apply(client, [BERLIN]) == {schedule_id(BERLIN): Change.UNCHANGED}


async def test_a_pause_and_its_note_outlast_an_update(client: Client) -> None:
    await schedules.apply(client, [BERLIN])
    await schedules.set_paused(client, [schedule_id(BERLIN)], paused=True, note="holidays")
    await schedules.apply(client, [BERLIN.model_copy(update={"max_concurrent_accounts": 5})])
    await listed(client, BERLIN)
    (standing,) = await schedules.planned(client)

    assert (standing.paused, standing.note) == (True, "holidays")
    await schedules.set_paused(client, [schedule_id(BERLIN)], paused=False, note="back")
    (standing,) = await schedules.planned(client)
    assert standing.paused is False


async def test_housekeeping_and_digests_have_schedules_that_no_account_takes_away(
    client: Client,
) -> None:
    alone = (schedules.DIGESTS, schedules.HOUSEKEEPING)
    try:
        assert await schedules.apply_alone(client) == dict.fromkeys(alone, Change.CREATED)
        assert await schedules.apply_alone(client) == dict.fromkeys(alone, Change.UNCHANGED)
        await schedules.set_paused(client, [schedules.HOUSEKEEPING], paused=True, note="restore")
        assert await schedules.apply(client, []) == {}
        assert await schedules.apply_alone(client) == dict.fromkeys(alone, Change.UNCHANGED)

        digests, house = await schedules.planned(client)
        found = {one: await client.get_schedule_handle(one).describe() for one in alone}
    finally:
        for name in alone:
            await client.get_schedule_handle(name).delete()

    assert (house.id, house.run, house.paused) == ("housekeeping", None, True)
    assert {f"{at:%H:%M}" for at in house.next_times} == {schedules.HOUSEKEEPING_TIME}
    assert (digests.id, digests.run, digests.paused) == ("digests", None, False)
    assert {at.minute for at in digests.next_times} == {0, 15, 30, 45}
    for name, workflow in zip(alone, ("Digests", "Housekeeping"), strict=True):
        schedule = found[name].schedule
        assert isinstance(schedule.action, ScheduleActionStartWorkflow)
        assert schedule.action.workflow == workflow
        assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP


async def test_a_zone_that_the_server_does_not_know_is_named(client: Client) -> None:
    nowhere = DailyRunInput(start_time="09:00", zone="Europe/Atlantis")
    with pytest.raises(ValueError, match="Europe/Atlantis"):
        await schedules.apply(client, [nowhere])

    with pytest.raises(RPCError):
        await client.get_schedule_handle(schedule_id(nowhere)).describe()


async def test_a_missed_run_is_caught_up_with_for_six_hours(client: Client) -> None:
    await schedules.apply(client, [BERLIN])
    found = await client.get_schedule_handle(schedule_id(BERLIN)).describe()

    assert found.schedule.policy.catchup_window == timedelta(hours=6)


@pytest.mark.parametrize(
    ("run", "change"),
    [
        (NEW_YORK, datetime(2026, 11, 1, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 3, 14, tzinfo=UTC)),
        (BERLIN, datetime(2026, 10, 25, tzinfo=UTC)),
        (BERLIN, datetime(2027, 3, 28, tzinfo=UTC)),
        (AUCKLAND, datetime(2027, 4, 3, tzinfo=UTC)),
        (AUCKLAND, datetime(2027, 9, 25, tzinfo=UTC)),
    ],
    ids=lambda value: value.zone if isinstance(value, DailyRunInput) else f"{value:%Y-%m-%d}",
)
async def test_runs_begin_at_nine_local_over_a_change_of_the_clocks(
    client: Client, run: DailyRunInput, change: datetime
) -> None:
    await schedules.apply(client, [run])
    zone = ZoneInfo(run.zone)
    found = await schedules.times(
        client, schedule_id(run), change - timedelta(days=4), change + timedelta(days=4)
    )
    local = [moment.astimezone(zone) for moment in found]

    assert len(found) == 8
    assert {f"{moment:%H:%M}" for moment in local} == {"09:00"}
    assert len({moment.date() for moment in local}) == 8
    assert len({moment.utcoffset() for moment in local}) == 2


async def test_the_next_times_of_all_zones_are_nine_local(client: Client) -> None:
    await schedules.apply(client, ALL)
    await listed(client, *ALL)
    for standing in await schedules.planned(client):
        assert standing.run is not None
        zone = ZoneInfo(standing.run.zone)
        assert {f"{at.astimezone(zone):%H:%M}" for at in standing.next_times} == {"09:00"}


async def test_two_people_may_apply_at_once(client: Client) -> None:
    made = await asyncio.gather(*(schedules.apply(client, ALL) for _ in range(4)))
    await listed(client, *ALL)
    assert await schedules.apply(client, ALL) == dict.fromkeys(made[0], Change.UNCHANGED)
    gone = await asyncio.gather(*(schedules.apply(client, []) for _ in range(4)))

    assert {change for changes in made for change in changes.values()} <= {
        Change.CREATED,
        Change.UNCHANGED,
    }
    assert {change for changes in gone for change in changes.values()} == {Change.DELETED}
    await listed(client)
