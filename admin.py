"""The operator's door to the database: accounts, gameplay, music, migrations, a check-up.

What a command needs is imported in it, so that `--help` answers at once.
"""

import argparse
import asyncio
from collections.abc import Callable, Coroutine

import parts
from parts import SEE_ACCOUNTS
from runtime.admin_arguments import read_arguments
from runtime.exits import InputError, main


async def account_add(arguments: argparse.Namespace) -> None:
    """Add an account and its token."""
    from datetime import UTC, datetime

    import accounts
    import tokens
    from runtime.account_form import read_account
    from runtime.settings import environment

    account = read_account(arguments, _providers())
    settings = parts.settings()
    async with parts.database(settings) as db:
        if await db.accounts.get(account.id) is not None:
            raise InputError(f"ID: there is an account {account.id!r} already; {SEE_ACCOUNTS}")
        access = await tokens.read_access(settings, account, arguments)
        new = tokens.sealed(parts.cipher(settings), account, access)
        now = datetime.now(UTC)
        # A token comes with all that is known of it, or not at all: one alone would have no end.
        await db.accounts.add(account, None)
        await db.tokens.set(account.id, new, now)
    print(f"added {account.id}: every day at {account.start_time}, {account.zone}")
    print(f"its token: {tokens.said(access, now)}")
    accounts.print_unreached(account, environment(local_stack=True))
    print("next: starter.py schedule apply")


async def account_set(arguments: argparse.Namespace) -> None:
    """Change settings of an account; days that are open go on with the ones they began with."""
    import accounts
    from runtime.account_form import read_account
    from runtime.settings import environment

    async with parts.database() as db:
        before = await db.accounts.get(arguments.id)
        if before is None:
            raise InputError(f"ID: there is no account {arguments.id!r}; {SEE_ACCOUNTS}")
        account = read_account(arguments, _providers(), before)
        if account == before:
            print(f"{account.id} is as it was; what can be changed: admin.py account set --help")
            return
        await db.accounts.change(account)
        allowed = None
        if account.review.auto_approval and not before.review.auto_approval:
            await db.trust.allow(account.id)
            allowed = await db.trust.standing(account.id)
    print(f"changed {account.id}")
    if allowed is not None:
        print(f"automatic approval: {allowed.words}")
    accounts.print_unreached(account, environment(local_stack=True))
    if (account.start_time, account.zone) != (before.start_time, before.zone):
        print("next: starter.py schedule apply")


def _providers() -> list[str]:
    """The video providers that there are."""
    from providers import PROVIDERS

    return list(PROVIDERS)


async def account_list(_arguments: argparse.Namespace) -> None:
    """Show every account."""
    from datetime import UTC, datetime

    from runtime.tables import print_table

    now = datetime.now(UTC)
    async with parts.database() as db:
        access = {one.account: one for one in await db.renewals.all()}
        rows = [
            (
                account.id,
                account.handle,
                account.status.value,
                access[account.id].left(now) if account.id in access else "none",
                f"{account.start_time} {account.zone}",
                ", ".join(account.posting.times) or "once approved",
                ", ".join(account.video_providers),
                ", ".join(account.review.reviewers) or "anyone at a door",
                account.paused_reason or "",
            )
            for account in await db.accounts.all()
        ]
    headings = (
        "id",
        "handle",
        "status",
        "access",
        "starts",
        "posts",
        "providers",
        "reviewers",
        "paused because",
    )
    print_table(headings, rows, empty="no accounts yet; add one: admin.py account add --help")


async def account_show(arguments: argparse.Namespace) -> None:
    """Show one account."""
    import accounts

    await accounts.show(arguments.account)


async def account_pause(arguments: argparse.Namespace) -> None:
    """Stop an account's days from the next one on."""
    async with parts.database() as db:
        await db.accounts.pause(arguments.account, arguments.reason)
    print(f"paused {arguments.account}: {arguments.reason}")


async def account_resume(arguments: argparse.Namespace) -> None:
    """Let an account's days run again; its Reels that wait for that go on by themselves."""
    from schemas.day import Stage

    async with parts.database() as db:
        await db.accounts.resume(arguments.account)
        waiting = [
            row.day
            for row in await db.reels.open_days()
            if row.account_id == arguments.account and row.stage is Stage.NEEDS_ATTENTION
        ]
    print(f"resumed {arguments.account}")
    for day in waiting:
        print(
            "goes on within an hour, or at once: "
            f"starter.py resolve {arguments.account} {day} retry"
        )


async def account_connect(arguments: argparse.Namespace) -> None:
    """Print a link at which the account's owner grants access."""
    import tokens

    await tokens.print_link(arguments)


async def token_command(arguments: argparse.Namespace) -> None:
    """Carry out a command about access tokens."""
    import tokens

    await tokens.COMMANDS[arguments.action](arguments)


async def keys_command(arguments: argparse.Namespace) -> int:
    """Carry out a command about the keys that seal tokens."""
    import keys

    return await keys.COMMANDS[arguments.action](arguments)


async def gameplay_command(arguments: argparse.Namespace) -> None:
    """Carry out a command about the gameplay pool."""
    import gameplay

    await gameplay.COMMANDS[arguments.action](arguments)


async def music_command(arguments: argparse.Namespace) -> None:
    """Carry out a command about the music beds."""
    import music

    await music.COMMANDS[arguments.action](arguments)


async def person_command(arguments: argparse.Namespace) -> None:
    """Carry out a command about the people of the workspace."""
    import people

    await people.COMMANDS[arguments.action](arguments)


async def invitation_command(arguments: argparse.Namespace) -> None:
    """Let a person in without mail, or a script."""
    import invitations

    await invitations.COMMANDS[arguments.action](arguments)


async def day(arguments: argparse.Namespace) -> None:
    """Print one day as JSON: its row, its captions under review, its cost in micro-dollars."""
    import json

    from schemas.account import AccountDay

    async with parts.database() as db:
        row = await db.reels.by_day(AccountDay(account=arguments.account, day=arguments.date))
        if row is None:
            raise InputError(f"DATE: {arguments.account} has no day {arguments.date}")
        costs = await db.usage.by_service(row.id)
        review = [laid.model_dump(mode="json") for laid in await db.approvals.newest(row.id)]
        window, track = await db.windows.of_reel(row.id), await db.music.of_reel(row.id)
    facts = {
        "review": review,
        "gameplay": window and window.model_dump(mode="json"),
        "music": track and track.model_dump(mode="json", include={"title", "licence", "credit"}),
        "cost_micros": costs,
    }
    print(json.dumps(row.model_dump(mode="json") | facts, indent=2))


async def print_costs(arguments: argparse.Namespace) -> None:
    """Print what was spent, and the month's forecast."""
    from datetime import UTC, datetime

    import costs

    async with parts.database() as db:
        await costs.show(db, arguments, datetime.now(UTC).date())


async def migrate(_arguments: argparse.Namespace) -> None:
    """Bring the database up to this code; again: changes nothing."""
    from db import migrate as migrations

    dsn = parts.database_settings().database_url.get_secret_value()
    with parts.database_errors():
        before = await migrations.current(dsn)
        await migrations.migrate(dsn)
        after = await migrations.current(dsn)
    moved = f"migrated from {before or 'nothing'} to {after}"
    print(f"already at {after}" if before == after else moved)


async def check_up(_arguments: argparse.Namespace) -> int:
    """Check every part, and say how to mend each."""
    import doctor
    from runtime.settings import environment

    return await doctor.examine(environment(local_stack=True))


Command = Callable[[argparse.Namespace], Coroutine[None, None, int | None]]

COMMANDS: dict[tuple[str, str | None], Command] = {
    ("account", "add"): account_add,
    ("account", "set"): account_set,
    ("account", "list"): account_list,
    ("account", "show"): account_show,
    ("account", "pause"): account_pause,
    ("account", "resume"): account_resume,
    ("account", "connect"): account_connect,
    ("token", "set"): token_command,
    ("keys", "rotate"): keys_command,
    ("gameplay", "import"): gameplay_command,
    ("gameplay", "normalise"): gameplay_command,
    ("gameplay", "list"): gameplay_command,
    ("gameplay", "stats"): gameplay_command,
    ("gameplay", "retire"): gameplay_command,
    ("music", "import"): music_command,
    ("music", "list"): music_command,
    ("music", "retire"): music_command,
    ("person", "add"): person_command,
    ("person", "list"): person_command,
    ("person", "disable"): person_command,
    ("person", "link"): invitation_command,
    ("person", "digest"): invitation_command,
    ("person", "token"): invitation_command,
    ("day", None): day,
    ("costs", None): print_costs,
    ("migrate", None): migrate,
    ("doctor", None): check_up,
}


def run() -> int | None:
    """Carry out what was typed."""
    arguments = read_arguments()
    return asyncio.run(COMMANDS[arguments.command, arguments.action](arguments))


if __name__ == "__main__":
    main(run)
