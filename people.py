"""The people of the workspace, for admin.py: who signs in, and with which role."""

import argparse
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import parts
from db.failures import PersonExists
from db.people import NEVER, Person
from runtime.exits import InputError
from runtime.tables import print_table
from schemas.account import Role
from schemas.trust import AUTOMATIC

_NAME = re.compile(r"[^\W_][\w .'@-]{0,99}")
_LOOKS_RIGHT = {
    "email": (re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}"), "an e-mail address, like ann@example.com"),
    "slack": (re.compile(r"[UW][A-Z0-9]{2,30}"), "a member id of Slack, like U0123ABCD"),
    "discord": (re.compile(r"\d{5,20}", re.ASCII), "a user id of Discord: it has digits only"),
    "digest_at": (
        # The last look of a day is at a quarter to midnight.
        re.compile(r"([01]\d|2[0-2]):[0-5]\d|23:([0-3]\d|4[0-5])|never"),
        "a time of day up to 23:45, like 08:00, or never",
    ),
}


async def add(arguments: argparse.Namespace) -> None:
    """Add a person, or change one."""
    name = arguments.name.strip()
    wrong = [] if _NAME.fullmatch(name) else [f"NAME: {name!r} is not a name, like ann"]
    if name.lower() == AUTOMATIC:
        wrong.append(f"NAME: {name!r} is whose name automatic approvals carry; take another")
    for option, (shape, right) in _LOOKS_RIGHT.items():
        value = getattr(arguments, option)
        if value is not None and not shape.fullmatch(value):
            wrong.append(f"--{option.replace('_', '-')}: {value!r} is not {right}")
    if arguments.zone is not None and not _is_zone(arguments.zone):
        wrong.append(f"--zone: {arguments.zone!r} is not an IANA time zone, like Europe/Berlin")
    if wrong:
        raise InputError("\n  ".join(wrong))
    async with parts.database() as db:
        known = await db.people.get(name)
        try:
            person = await db.people.put(
                name,
                email=arguments.email,
                slack=arguments.slack,
                discord=arguments.discord,
                role=Role(arguments.role),
            )
        except PersonExists as error:
            raise InputError(f"{error}; see: admin.py person list") from None
        await db.people.set_digest(person.id, zone=arguments.zone, at=arguments.digest_at)
    print(f"{'changed' if known else 'added'} {person.id}, {person.role}")


async def show(_arguments: argparse.Namespace) -> None:
    """Show everybody."""
    async with parts.database() as db:
        rows = [
            (
                person.id,
                person.name,
                person.role.value,
                person.email or "",
                _digest(person),
                person.slack_user_id or "",
                person.discord_user_id or "",
                f"since {person.disabled_at:%Y-%m-%d}" if person.disabled_at else "",
            )
            for person in await db.people.all()
        ]
    headings = ("id", "name", "role", "email", "digest", "slack", "discord", "disabled")
    print_table(headings, rows, empty="nobody yet; add somebody: admin.py person add --help")


async def disable(arguments: argparse.Namespace) -> None:
    """Let a person in at no door any more."""
    async with parts.database() as db:
        if not await db.people.disable(arguments.name.strip(), datetime.now(UTC)):
            raise InputError(f"NAME: there is nobody {arguments.name!r}; see: admin.py person list")
    print(f"disabled {arguments.name.strip().lower()}")


def _digest(person: Person) -> str:
    """When the digest comes to a person; empty for those who get none whatever they want."""
    if person.email is None or not person.decides:
        return ""
    return f"{person.digest_at} {person.zone}" if person.digest_at else NEVER


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


COMMANDS = {"add": add, "list": show, "disable": disable}
