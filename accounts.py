"""What admin.py says of an account beyond what was typed."""

from collections.abc import Mapping

import channels
from runtime.groups import ReviewSettings
from runtime.settings import SettingsError, load
from runtime.sign_in import SignInSettings
from schemas.account import Account, ChannelName


def set_up(environ: Mapping[str, str]) -> tuple[ChannelName, ...] | None:
    """The review channels that there are; None where the settings that say so can't be read."""
    try:
        mails = load(SignInSettings, environ).smtp_url is not None
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
