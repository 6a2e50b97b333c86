"""The operator's door to Temporal: start days, decide on them, answer parked steps, look."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from temporalio.service import RPCError, RPCStatusCode

import reviewing
from db.database import open_database
from db.failures import DatabaseDown, DatabaseError
from db.reel_row import ReelRow
from reviewing import Door
from runtime import doors, listing, schedules
from runtime.exits import InputError, Unreachable, main
from runtime.settings import StarterSettings, environment, load
from runtime.starter_arguments import read_arguments
from runtime.temporal import connect
from schemas.account import AccountDay, AccountStatus
from schemas.daily_run import DailyRunInput
from schemas.day import DayLine, PublishNow, Resolution, ResolveAction

OLDEST = timedelta(days=7)
NEWEST = timedelta(days=1)
"""How far from the account's today a day may be started by hand."""


async def start(door: Door, arguments: argparse.Namespace) -> int:
    """Run an account's day now."""
    account = await door.account(arguments.account)
    if account.status is AccountStatus.PAUSED:
        raise InputError(
            f"ACCOUNT: {account.id} is paused ({account.paused_reason}); "
            f"first: admin.py account resume {account.id}"
        )
    today = datetime.now(ZoneInfo(account.zone)).date()
    day = arguments.date or today
    if not today - OLDEST <= day <= today + NEWEST:
        raise InputError(
            f"--date: {day} is not near {account.id}'s today, {today}: "
            f"from {today - OLDEST} to {today + NEWEST} can be started"
        )
    key = AccountDay(account=account.id, day=day)
    if await door.db.reels.by_day(key) is not None:
        raise doors.AlreadyStarted(
            f"{key.account} {key.day} was started before, and a day runs once; see: starter.py show"
        )
    await doors.start_day(door.client, key, f"starter:{arguments.reviewer}")
    print(f"started {key.workflow_id}")
    print(f"watch it: starter.py watch {key.account} {key.day}")
    return 0


async def resolve(door: Door, arguments: argparse.Namespace) -> int:
    """Answer a parked step."""
    key = await door.key(arguments)
    resolution = Resolution(
        action=ResolveAction(arguments.action), by=arguments.reviewer, note=arguments.note
    )
    print(await doors.send_resolution(door.client, key, resolution))
    return 0


async def publish(door: Door, arguments: argparse.Namespace) -> int:
    """Let an approved Reel go out without waiting for its posting time."""
    account = await door.account(arguments.account)
    day = arguments.date or datetime.now(ZoneInfo(account.zone)).date()
    key = AccountDay(account=account.id, day=day)
    word = PublishNow(by=arguments.reviewer)
    print(f"{key.account} {key.day}: {await doors.send_publish_now(door.client, key, word)}")
    return 0


async def show(door: Door, arguments: argparse.Namespace) -> int:
    """List the days and what to do next."""
    waiting = [(row.key, row.variant) for row in await door.db.approvals.pending()]
    lines = [
        line_of(row, tuple(letter for key, letter in waiting if key == row.key))
        for row in await door.db.reels.recent(arguments.limit)
    ]
    running = await doors.running_days(door.client)
    listing.print_days(lines, running)
    return 0


async def watch(door: Door, arguments: argparse.Namespace) -> int:
    """Follow one day's steps until it waits for a person or is over."""
    from runtime.watch import watch_day  # noqa: PLC0415 - rich is slow to import

    return await watch_day(door.client, await door.key(arguments))


async def schedule_apply(door: Door, arguments: argparse.Namespace) -> int:
    """Make the Schedules equal to the accounts."""
    del arguments
    wanted = [
        DailyRunInput(
            start_time=one.start_time,
            zone=one.zone,
            max_concurrent_accounts=door.settings.max_concurrent_accounts,
        )
        for one in await door.db.accounts.schedules()
    ]
    try:
        changes = await schedules.apply(door.client, wanted)
        changes |= await schedules.apply_alone(door.client)
    except ValueError as error:
        raise InputError(str(error)) from None
    for name, change in changes.items():
        print(f"{change.value:>9}  {name}")
    changed = sum(change is not schedules.Change.UNCHANGED for change in changes.values())
    print(f"{len(changes)} schedules, {changed} changed")
    return 0


async def schedule_show(door: Door, arguments: argparse.Namespace) -> int:
    """Print each Schedule's next times in its own zone."""
    start = datetime.combine(arguments.start or datetime.now(UTC).date(), time(), UTC)
    end = start + timedelta(days=arguments.days)
    for one in await schedules.planned(door.client):
        found = await schedules.times(door.client, one.id, start, end)
        listing.print_schedule(one, found)
    return 0


async def schedule_pause(door: Door, arguments: argparse.Namespace) -> int:
    """Pause or resume one Schedule, or all of them."""
    standing = [one.id for one in await schedules.planned(door.client)]
    if arguments.schedule and arguments.schedule not in standing:
        raise InputError(
            f"SCHEDULE: {arguments.schedule!r} is unknown; there are: {', '.join(standing) or '-'}"
        )
    names = [arguments.schedule] if arguments.schedule else standing
    paused = arguments.action == "pause"
    note = arguments.note or f"{arguments.action}d by {arguments.reviewer}"
    await schedules.set_paused(door.client, names, paused=paused, note=note)
    for name in names:
        print(f"{arguments.action}d {name}")
    return 0


def line_of(row: ReelRow, variants: tuple[str, ...]) -> DayLine:
    """Put a row of the database into a list, with the captions of it that wait for a person."""
    return DayLine(
        key=row.key,
        stage=row.stage,
        since=row.stage_at,
        waiting_for=row.waiting_for,
        revision=row.revision,
        variants=variants,
        outcome=row.outcome,
        reason=row.reason,
        permalink=row.permalink,
    )


Command = Callable[[Door, argparse.Namespace], Awaitable[int]]


COMMANDS: Mapping[str, Command] = {
    "start": start,
    **reviewing.COMMANDS,
    "resolve": resolve,
    "publish": publish,
    "show": show,
    "watch": watch,
    "schedule apply": schedule_apply,
    "schedule show": schedule_show,
    "schedule pause": schedule_pause,
    "schedule resume": schedule_pause,
}


async def run(arguments: argparse.Namespace) -> int:
    """Open what the command needs, and run it."""
    settings = load(StarterSettings, environment(local_stack=True))
    command = COMMANDS[arguments.name]
    async with AsyncExitStack() as stack:
        try:
            dsn = settings.database_url.get_secret_value()
            db = await stack.enter_async_context(open_database(dsn))
            client = await connect(
                settings.temporal_address,
                settings.temporal_namespace,
                identity=f"starter:{arguments.reviewer}",
            )
            return await command(Door(settings, client, db), arguments)
        except DatabaseDown as error:
            raise Unreachable(str(error)) from None
        except DatabaseError as error:
            raise InputError(str(error)) from None
        except RPCError as error:
            if error.status is not RPCStatusCode.UNAVAILABLE:
                raise
            raise Unreachable(
                f"Temporal at {settings.temporal_address} went away: {error.message}"
            ) from None


if __name__ == "__main__":
    main(lambda: asyncio.run(run(read_arguments(__doc__))))
