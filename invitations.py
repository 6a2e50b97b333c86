"""Links and tokens for people, for admin.py: a way in without mail, and one for scripts."""

import argparse
from datetime import UTC, datetime

import parts
from db.database import Database
from db.people import Person
from runtime.exits import InputError
from runtime.groups import ReviewSettings
from runtime.settings import environment, load


async def link(arguments: argparse.Namespace) -> None:
    """Print a link that signs a person in, once, within a quarter of an hour."""
    base_url = load(ReviewSettings, environment(local_stack=True)).public_base_url
    async with parts.database() as db:
        person = await _known(db, arguments.name)
        key = await db.sign_ins.make_link(person.id, datetime.now(UTC))
    print(f"{base_url}/sign-in/link?key={key}")
    print(f"It signs {person.id} in, once, within 15 minutes: hand it to nobody else.")


async def token(arguments: argparse.Namespace) -> None:
    """Print a token with which a script acts as the person; with --revoke, end all of them."""
    async with parts.database() as db:
        person = await _known(db, arguments.name)
        now = datetime.now(UTC)
        if arguments.revoke:
            print(f"revoked {await db.sign_ins.revoke_tokens(person.id, now)} of {person.id}")
            return
        made = await db.sign_ins.make_token(person.id, arguments.label, now)
    print(made)


async def _known(db: Database, name: str) -> Person:
    person = await db.people.get(name.strip())
    if person is None or person.disabled_at is not None:
        raise InputError(f"NAME: there is nobody {name!r}; see: admin.py person list")
    return person


COMMANDS = {"link": link, "token": token}
