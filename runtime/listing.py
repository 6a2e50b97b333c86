"""Tables for the command line."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from runtime.schedules import DIGESTS, Planned
from schemas.day import DayLine, Stage

JUST_BEGUN = timedelta(minutes=1)
"""How far Temporal's list of open days may lag behind the database."""


def print_days(lines: Iterable[DayLine], running: Collection[str]) -> None:
    """Print where each day stands, since when, and what to do next."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only needed here
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for heading in ("account", "day", "stage", "waiting since (UTC)", "revision"):
        table.add_column(heading, no_wrap=True)
    table.add_column("next", overflow="fold")
    for line in lines:
        waiting = f"{line.since:%Y-%m-%d %H:%M}" if line.waiting_for else ""
        table.add_row(
            line.key.account,
            line.key.day.isoformat(),
            line.outcome.value if line.outcome else line.stage.value,
            waiting,
            (line.revision or "")[:12],
            what_next(line, running),
        )
    if table.row_count:
        console = Console()
        if not console.is_terminal:
            console.width = 240  # a pipe has no width: nothing is cut there
        console.print(table)
    else:
        print("no days yet; run one: starter.py start ACCOUNT")


def what_next(line: DayLine, running: Collection[str]) -> str:
    """Say what a person can do about a day."""
    day = f"{line.key.account} {line.key.day}"
    if line.outcome is not None:
        return line.permalink or line.reason or ""
    fresh = datetime.now(UTC) - line.since < JUST_BEGUN
    if line.key.workflow_id not in running and not fresh:
        return "its workflow has stopped without closing the day: look in the Web UI"
    if line.stage is Stage.REVIEW:
        if len(line.variants) > 1:
            pick = "|".join(line.variants)
            return f"starter.py approve {day} --variant {pick}, or reject; read: admin.py day {day}"
        return f"starter.py approve {day}, or reject"
    if line.stage is Stage.NEEDS_ATTENTION:
        return f"{line.waiting_for}: starter.py resolve {day}"
    return line.waiting_for or f"starter.py watch {day}"


def print_schedule(planned: Planned, found: Iterable[datetime]) -> None:
    """Print one Schedule and its times in its own zone."""
    state = f" (paused: {planned.note})" if planned.paused else ""
    print(f"{planned.id}{state}")
    if planned.id == DIGESTS:
        print("  every quarter of an hour")
        return
    zone = ZoneInfo(planned.run.zone) if planned.run else UTC
    for at in found:
        print(f"  {at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}  {at:%Y-%m-%dT%H:%MZ}")
