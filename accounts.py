"""What admin.py says of an account beyond what was typed."""

from collections.abc import Iterator, Mapping

import channels
import parts
from parts import SEE_ACCOUNTS
from runtime.exits import InputError
from runtime.mail import MailSettings
from runtime.review import ReviewSettings
from runtime.settings import SettingsError, load
from schemas.account import Account, ChannelName
from schemas.trust import TrustStanding, how_to_stop, percent


def set_up(environ: Mapping[str, str]) -> tuple[ChannelName, ...] | None:
    """The review channels that there are; None where the settings that say so can't be read."""
    try:
        mails = load(MailSettings, environ).smtp_url is not None
        return channels.set_up(load(ReviewSettings, environ), mails=mails)
    except SettingsError:
        return None


def print_unreached(account: Account, environ: Mapping[str, str]) -> None:
    """Say which of the review channels that an account names are not set up here."""
    there = set_up(environ)
    for name in account.review.channels:
        if there is not None and name not in there:
            print(
                f"{name} is not set up here: it reaches nobody until it is; see docs/operating.md"
            )


async def show(name: str) -> None:
    """Print one account: how its days go, how they are reviewed, and what it has earned."""
    async with parts.database() as db:
        account, standing = await db.accounts.get(name), await db.trust.standing(name)
    if account is None or standing is None:
        raise InputError(f"ID: there is no account {name!r}; {SEE_ACCOUNTS}")
    for heading, text in _lines(account, standing):
        print(f"{heading}: {text}")


def _lines(account: Account, standing: TrustStanding) -> Iterator[tuple[str, str]]:
    review, posting = account.review, account.posting
    yield "account", f"{account.id}, {account.handle}, {account.platform_user_id}"
    paused = f": {account.paused_reason}" if account.paused_reason else ""
    yield "status", f"{account.status}{paused}"
    yield "days", f"{account.start_time} {account.zone}; {', '.join(account.video_providers)}"
    yield "theme", account.theme
    yield "goes out", ", ".join(posting.times) or "once approved"
    yield "reviewers", ", ".join(review.reviewers) or "anyone at a door"
    yield "approvals", f"{review.approvals_needed}; without an answer: {review.silence}"
    yield "reached through", ", ".join(review.channels) or "all that are set up"
    yield "automatic approval", _trust(standing)


def _trust(standing: TrustStanding) -> str:
    if not standing.policy.auto_approval:
        by = f", stopped by {standing.stopped_by}" if standing.stopped_by else ""
        return f"off{by}; earned: {standing.words}"
    seen = percent(standing.policy.auto_sampled_share)
    stop = how_to_stop(standing.account_id)
    return f"{standing.words}; people see {seen} all the same; to stop: {stop}"
