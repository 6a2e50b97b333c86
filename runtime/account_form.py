"""What an operator typed, as an account, or everything that is wrong with it at once."""

import argparse
import getpass
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runtime.account_options import CLEARED
from runtime.exits import InputError
from runtime.values import micros, read_private_file
from schemas.account import Account, ChannelName, Login
from schemas.trust import AUTOMATIC

_FIELDS = {
    "id": "ID",
    "handle": "--handle",
    "platform_user_id": "--platform-user-id",
    "login": "--login",
    "theme": "--theme",
    "voice": "--voice",
    "audience": "--audience",
    "language": "--language",
    "banned_topics": "--banned-topic",
    "zone": "--zone",
    "start_time": "--start-time",
    "reel_seconds": "--reel-seconds",
    "video_providers": "--provider",
    "daily_budget_micros": "--daily-budget-usd",
    "monthly_budget_micros": "--monthly-budget-usd",
    "trends": "--trends",
    "allowed_mentions": "--allow-mention",
    "allowed_links": "--allow-link",
    "caption_lead": "--caption-lead",
    "share_to_feed": "--share-to-feed",
    "layout": "--layout",
    "top_anchor": "--top-anchor",
    "sound": "--sound",
    "hook_text": "--hook-text",
}
_POLICIES: Mapping[str, Mapping[str, str]] = {
    "review": {
        "reviewers": "--reviewer",
        "reminder_hours": "--reminder-hours",
        "expiry_hours": "--expiry-hours",
        "silence": "--silence",
        "approvals_needed": "--approvals-needed",
        "quiet_hours": "--quiet-hours",
        "channels": "--review-channel",
        "auto_approval": "--auto-approval",
        "auto_after_posts": "--auto-after-posts",
        "auto_unchanged_share": "--auto-unchanged-share",
        "auto_sampled_share": "--auto-sampled-share",
    },
    "posting": {
        "times": "--posting-time",
        "collaborators": "--collaborator",
        "location_id": "--location-id",
        "first_comment": "--first-comment",
        "ai_label": "--ai-label",
    },
}
"""The fields of the models within an account."""

_OPTIONS = _FIELDS | {
    field: text for fields in _POLICIES.values() for field, text in fields.items()
}

_FACEBOOK_ONLY = ("collaborators", "location_id")
"""What Instagram Login has no parameter for (Meta, IG User media)."""

_WRITE = {
    "id": "lower-case letters, digits and hyphens, at most 63 of them, like my-account",
    "platform_user_id": "an Instagram user id: it has digits only",
    "login": "instagram or facebook",
    "start_time": "a local time from 00:00 to 23:59, like 09:00",
    "reel_seconds": "whole seconds from 3 to 90",
    "reminder_hours": "whole hours from 1 to 336",
    "expiry_hours": "whole hours from 1 to 1440",
    "silence": "expire or hold",
    "approvals_needed": "1 or 2",
    "quiet_hours": "two local times that differ, like 22:00-08:00",
    "channels": f"a review channel; there are: {', '.join(ChannelName)}",
    "auto_after_posts": "a number of posts from 50 to 1000",
    "auto_unchanged_share": "a share from 0.95 to 1, like 0.97",
    "auto_sampled_share": "a share from 0.05 to 1, like 0.1",
    "times": "a local time from 00:00 to 23:59, like 18:30",
    "collaborators": "an Instagram handle, like some.friend",
    "location_id": "the id of a Facebook Page that has a place: it has digits only",
    "daily_budget_micros": "dollars, like 12.50",
    "monthly_budget_micros": "dollars, like 300",
    "allowed_mentions": "an Instagram handle, like some.friend",
    "allowed_links": "a host name, like shop.example",
    "caption_lead": "first or alternate",
    "layout": "split-60-40, split-50-50 or top-blurred",
    "top_anchor": "center, left, right, top or bottom",
    "sound": "gameplay, music or top, each once, with decibels from -40 to 12 like music=-12",
}
"""What is right, for the fields whose own message does not say so."""

_HANDLE = re.compile(r"@?[A-Za-z0-9._]{1,30}", re.ASCII)
_LOOKS_RIGHT = {
    "platform_user_id": re.compile(r"\d{1,32}", re.ASCII),
    "sound": re.compile(r"(gameplay|music|top)(=[+-]?\d{1,2}(\.\d)?)?", re.ASCII),
    "allowed_mentions": _HANDLE,
    "collaborators": _HANDLE,
    "allowed_links": re.compile(
        r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE
    ),
}
_BUDGETS = ("daily_budget_micros", "monthly_budget_micros")
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


def read_account(
    arguments: argparse.Namespace, providers: Collection[str], before: Account | None = None
) -> Account:
    """The account that a command line describes; what it leaves open is as `before`.

    `providers` are the video providers that there are. Raises InputError with every field
    that is wrong, what is wrong with it, and what to write.
    """
    given = vars(arguments)
    typed = {field: given[field] for field in _OPTIONS if given[field] is not None}
    problems = dict(_by_hand(typed, providers))
    account = _validated(_rest_of(before, arguments) if before else {}, typed, problems)
    if account is None:
        lines = [
            f"{option}: {problems[field]}"
            for field, option in _OPTIONS.items()
            if field in problems
        ]
        raise InputError("\n  ".join(lines))
    return account


def read_token(file: Path | None, option: str) -> str:
    """An access token, out of a private file or typed unseen. Raises InputError.

    `option` is what names the file on the command line.
    """
    if file is not None:
        try:
            token = read_private_file(file)
        except ValueError as error:
            raise InputError(f"{option} {error}") from None
    elif sys.stdin.isatty():
        try:
            token = getpass.getpass("access token (not shown): ").strip()
        except EOFError:
            raise InputError("the access token: none was typed; nothing was changed") from None
    else:
        raise InputError(
            f"{option}: is missing: name a file (chmod 600) that holds the access token, "
            "or run this in a terminal to be asked for it"
        )
    if not _TOKEN.fullmatch(token):
        raise InputError(
            f"{option}: holds no access token: one line of up to 4096 letters, digits and signs"
        )
    return token


def _rest_of(before: Account, arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings of an account but those that are to be empty."""
    rest = before.model_dump()
    for name in arguments.clear or ():
        field = CLEARED[name]
        if getattr(arguments, field) is not None:
            raise InputError(f"--clear {name}: --{name} is given a value too; keep one")
        policy = next((name for name, fields in _POLICIES.items() if field in fields), None)
        (rest[policy] if policy else rest).pop(field)
    return rest


def _validated(
    rest: dict[str, Any], typed: Mapping[str, object], problems: dict[str, str]
) -> Account | None:
    """The account, or None with `problems` filled."""
    right = {field: _read(field, typed[field]) for field in typed if field not in problems}
    asked = rest | {field: value for field, value in right.items() if field in _FIELDS}
    for policy, fields in _POLICIES.items():
        given = {field: value for field, value in right.items() if field in fields}
        asked[policy] = rest.get(policy, {}) | given
    try:
        account = Account.model_validate(asked)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            field = next(str(part) for part in detail["loc"] if part not in _POLICIES)
            problems.setdefault(field, _problem(field, detail))
        return None
    problems |= _not_with_this_login(account)
    return None if problems else account


def _read(field: str, value: Any) -> Any:  # noqa: ANN401 - what the model is to weigh
    """What was typed for a field, as the model takes it."""
    if field in _BUDGETS:
        return micros(Decimal(value))
    if field in ("allowed_mentions", "collaborators"):
        return [handle.removeprefix("@") for handle in value]
    if field == "times":
        return sorted(set(value))
    if field == "channels":
        return list(dict.fromkeys(value))
    return _mix(value) if field == "sound" else value


def _not_with_this_login(account: Account) -> dict[str, str]:
    """What is asked for and can't be done through the account's login."""
    if account.login is Login.FACEBOOK:
        return {}
    return {
        field: "needs --login facebook: Instagram Login has no such parameter; to do without: "
        f"--clear {_OPTIONS[field].removeprefix('--')}"
        for field in _FACEBOOK_ONLY
        if getattr(account.posting, field)
    }


def _mix(sources: list[str]) -> dict[str, float] | list[str]:
    """Decibels by source; the words as they are when one stands twice, for the model to refuse."""
    named = [source.partition("=") for source in sources]
    mix = {name: float(decibels or 0) for name, _, decibels in named}
    return mix if len(mix) == len(sources) else sources


def _problem(field: str, detail: ErrorDetails) -> str:
    if detail["type"] == "too_long":
        return f"is given too often: {detail['ctx']['max_length']} times at most"
    if field in _WRITE:
        return f"{detail['input']!r} is not {_WRITE[field]}"
    return str(detail.get("ctx", {}).get("error") or detail["msg"])


def _by_hand(typed: Mapping[str, object], providers: Collection[str]) -> Iterator[tuple[str, str]]:
    """What the model lets pass and a door must not: a field and what is wrong with it."""
    for field, value in typed.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (wrong := _wrong(field, text, providers)):
                yield field, wrong


def _wrong(field: str, text: str, providers: Collection[str]) -> str | None:
    if not _is_text(text):
        return "is not text"
    if not text.strip():
        return "is empty: write something"
    if field == "video_providers" and text not in providers:
        there_are = ", ".join(sorted(providers))
        return f"{text!r} is not a video provider; there are: {there_are}"
    if field == "reviewers" and text.lower() == AUTOMATIC:
        return f"{text!r} is whose name automatic approvals carry; name a person"
    right = _LOOKS_RIGHT.get(field)
    if (right and not right.fullmatch(text)) or (field in _BUDGETS and not _is_amount(text)):
        return f"{text!r} is not {_WRITE[field]}"
    return None


def _is_amount(text: str) -> bool:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return False
    return amount.is_finite() and 0 <= amount <= 1_000_000  # noqa: PLR2004 - a slip of the hand


def _is_text(text: str) -> bool:
    """Whether UTF-8 can hold it: bytes of another encoding arrive as half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
