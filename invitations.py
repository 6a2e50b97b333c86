"""Links, letters and tokens for people, for admin.py: ways in without mail, and for scripts."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import letters
import parts
from activities.digest_letter import MOST_REELS, LetterWriter
from activities.digest_pictures import pictures_of
from db.database import Database
from db.digests import WaitingReel
from db.people import Person
from runtime.exits import InputError
from runtime.groups import DecisionSettings
from runtime.review import ReviewSettings
from runtime.settings import environment, load
from schemas.digest import Digest


async def link(arguments: argparse.Namespace) -> None:
    """Print a link that signs a person in, once, within a quarter of an hour."""
    base_url = load(ReviewSettings, environment(local_stack=True)).public_base_url
    async with parts.database() as db:
        person = await _known(db, arguments.name)
        key = await db.sign_ins.make_link(person.id, datetime.now(UTC))
    print(f"{base_url}/sign-in/link?key={key}")
    print(f"It signs {person.id} in, once, within 15 minutes: hand it to nobody else.")


async def digest(arguments: argparse.Namespace) -> None:
    """Print the letter that a person would get now. Nothing is sent, and nothing written down."""
    environ, now = environment(local_stack=True), datetime.now(UTC)
    key = load(DecisionSettings, environ).decision_key.get_secret_value()
    writer = letters.writer(key, load(ReviewSettings, environ).public_base_url)
    async with parts.database() as db:
        person = await _known(db, arguments.name)
        reels = await db.digests.waiting(person.id, now, MOST_REELS) if person.decides else ()
    if not reels:
        print(f"nothing waits for {person.id}, so no letter would come")
        return
    today = Digest(person=person.id, day=now.date())
    print(writer.write(person, today, reels, {}, now).text)
    if arguments.html is not None:
        await _write_page(arguments.html, writer, person, reels)


async def _write_page(
    path: Path, writer: LetterWriter, person: Person, reels: Sequence[WaitingReel]
) -> None:
    async with parts.object_store(parts.settings()) as store:
        pictures = await pictures_of(store, reels)
    try:
        path.touch(mode=0o600)
        path.write_text(writer.page(person, reels, pictures, datetime.now(UTC)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--html: {path} can't be written: {error.strerror}") from None
    print(f"wrote {path}: whoever has it can decide as {person.id}")


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


COMMANDS = {"link": link, "digest": digest, "token": token}
