"""What starter.py says about a Reel under review: approve, reject, edit, hold, changes."""

import argparse
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from temporalio.client import Client

from db.database import Database
from runtime import doors
from runtime.choosing import chosen
from runtime.exits import InputError
from runtime.settings import StarterSettings
from schemas.account import Account, AccountDay
from schemas.decision import Decision, Verdict, sentences
from schemas.reel import Letter

_DONE = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.EDIT: "edited",
    Verdict.HOLD: "held",
    Verdict.CHANGES: "asked for changes of",
}


@dataclass(frozen=True)
class Door:
    """What every command of starter.py has at hand."""

    settings: StarterSettings
    client: Client
    db: Database

    async def account(self, name: str) -> Account:
        """Read an account. Raises InputError when there is none of that name."""
        account = await self.db.accounts.get(name)
        if account is None:
            raise InputError(f"ACCOUNT: {name!r} is unknown; see: admin.py account list")
        return account

    async def key(self, arguments: argparse.Namespace) -> AccountDay:
        """Read the account and date of a command."""
        account = await self.account(arguments.account)
        return AccountDay(account=account.id, day=arguments.date)


async def judge(door: Door, arguments: argparse.Namespace) -> int:
    """Approve one of the captions that wait, or reject the Reel."""
    return await _decide(door, arguments, {})


async def edit(door: Door, arguments: argparse.Namespace) -> int:
    """Put other words, or another cover, in the place of those that wait."""
    edits = {
        "caption": _read(arguments.caption_file),
        "hashtags": arguments.hashtags and arguments.hashtags.split(),
        "cover_seconds": arguments.cover,
    }
    return await _decide(door, arguments, {"edits": edits})


async def change(door: Door, arguments: argparse.Namespace) -> int:
    """Have one part of the Reel made anew."""
    return await _decide(door, arguments, {"change": arguments.what})


async def hold(door: Door, arguments: argparse.Namespace) -> int:
    """Let the review wait until a day of the account's own calendar, or an hour of it."""
    account = await door.account(arguments.account)
    until = arguments.until
    if not isinstance(until, datetime):
        until = datetime.combine(until, time.fromisoformat(account.start_time))
    until = until if until.tzinfo else until.replace(tzinfo=ZoneInfo(account.zone))
    return await _decide(door, arguments, {"hold_until": until})


async def recall(door: Door, arguments: argparse.Namespace) -> int:
    """Have people decide on a Reel that was approved automatically and is not out."""
    key = await door.key(arguments)
    reel = await door.db.reels.by_day(key)
    if reel is None or not await door.db.trust.recall(reel.id, arguments.reviewer, "starter"):
        raise InputError(
            f"{key.account} {key.day} is out, or waits for no automatic approval; "
            "see: starter.py show"
        )
    print(f"called back {key.account} {key.day} as {arguments.reviewer}: people decide on it")
    return 0


def _read(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--caption-file: {path} can't be read: {error}") from None


async def _decide(door: Door, arguments: argparse.Namespace, asked: dict[str, Any]) -> int:
    """Send one decision on what is under review, and print its answer."""
    key = await door.key(arguments)
    laid = await _laid(door, key)
    letter = chosen(laid, variant=arguments.variant, prefix=arguments.revision)
    facts = {
        "key": key,
        "revision": laid[letter],
        "verdict": arguments.command,
        "reviewer": arguments.reviewer,
        "channel": "starter",
        "note": arguments.note,
        "decided_at": datetime.now(UTC),
    }
    try:
        decision = Decision.model_validate(facts | asked)
    except ValidationError as error:
        raise InputError(sentences(error)) from None
    decision_key = door.settings.decision_key.get_secret_value()
    try:
        sent = await doors.send_decision(door.client, decision, decision_key)
    except doors.NoSuchDay:
        raise InputError(await how_it_ended(door, key)) from None
    if sent.answer is None:
        print("sent, and not yet answered: no worker is running; it counts when one is")
        return 0
    if not sent.answer.accepted:
        raise InputError(sent.answer.message)
    what = f", caption {letter}" if len(laid) > 1 and _is_of_one(decision) else ""
    done = f"{_DONE[decision.verdict]} {key.account} {key.day} as {decision.reviewer}{what}"
    print(f"{done}: {sent.answer.message}" if sent.answer.message else done)
    return 0


async def _laid(door: Door, key: AccountDay) -> dict[Letter, str]:
    reel = await door.db.reels.by_day(key)
    if reel is None:
        raise doors.NoSuchDay(f"{key.account} {key.day} was never started; see: starter.py show")
    if reel.revision is None:
        raise InputError(f"{key.account} {key.day} is {reel.stage}: there is nothing to decide yet")
    return {row.variant: row.revision for row in await door.db.approvals.newest(reel.id)}


def _is_of_one(decision: Decision) -> bool:
    """Whether a decision is on one of the captions and not on the Reel as a whole."""
    edits = decision.edits
    return decision.verdict is Verdict.APPROVE or (edits.caption or edits.hashtags) is not None


async def how_it_ended(door: Door, key: AccountDay) -> str:
    """Say why a day takes no decision any more."""
    reel = await door.db.reels.by_day(key)
    if reel is None:
        return f"{key.account} {key.day} is closed"
    for review in await door.db.approvals.newest(reel.id):
        if review.decided:
            return f"already decided by {review.reviewed_by}: {review.status.value}"
    return f"{key.account} {key.day} is closed: {reel.outcome or reel.stage}"


COMMANDS = {
    "approve": judge,
    "reject": judge,
    "edit": edit,
    "changes": change,
    "hold": hold,
    "recall": recall,
}
