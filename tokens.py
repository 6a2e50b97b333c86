"""The commands of `admin.py token`, and the check that a token passes before it is stored."""

import argparse
from datetime import UTC, datetime

import logins
import parts
from clients.errors import ClientError, Retryable
from clients.publishing.access import LONGEST_LIFE, Access
from db.cipher import TokenCipher
from db.links import Links
from db.tokens import NewTokens
from parts import SEE_ACCOUNTS
from runtime.account_form import read_token
from runtime.exits import InputError, Unreachable
from runtime.review import ReviewSettings
from runtime.settings import AdminSettings, environment, load
from schemas.account import Account, AccountStatus, Login
from schemas.token import TokenFacts


async def set_token(arguments: argparse.Namespace) -> None:
    """Put a checked token in the place of an account's old one."""
    settings = parts.settings()
    async with parts.database(settings) as db:
        account = await db.accounts.get(arguments.account)
        if account is None:
            raise InputError(f"ID: there is no account {arguments.account!r}; {SEE_ACCOUNTS}")
        access = await read_access(settings, account, arguments)
        now = datetime.now(UTC)
        await db.tokens.set(account.id, sealed(parts.cipher(settings), account, access), now)
    print(f"{account.id} has a new token: {said(access, now)}")
    if account.status is AccountStatus.PAUSED:
        print(f"next: admin.py account resume {account.id}")


async def print_link(arguments: argparse.Namespace) -> None:
    """Print where an account's owner grants access, if there is an app that may ask."""
    settings = parts.settings()
    base_url = load(ReviewSettings, environment(local_stack=True)).public_base_url
    async with parts.database(settings) as db:
        account = await db.accounts.get(arguments.account)
        if account is None:
            raise InputError(f"ID: there is no account {arguments.account!r}; {SEE_ACCOUNTS}")
        key = Links(parts.cipher(settings), db.pool).link(account.id, datetime.now(UTC))
    source = logins.build(settings)[account.login]
    try:
        source.consent_url(redirect_uri=base_url, state="", challenge="")
    except ClientError as error:
        raise InputError(str(error)) from None
    finally:
        await source.aclose()
    print(f"{base_url}/connect/{account.id}?key={key}")
    print(f"Open it within the hour, logged in as {account.handle}. It is good once.")


async def read_access(
    settings: AdminSettings, account: Account, arguments: argparse.Namespace
) -> Access:
    """Read a token as the command line says, and check it with the platform.

    Raises InputError for one that does not work, is another account's or may not publish, and
    Unreachable when the platform can't say.
    """
    token = read_token(arguments.file, arguments.option)
    if arguments.unchecked:
        return _unchecked(account, token)
    sources = logins.build(settings)
    try:
        access = await sources[account.login].examine(
            token, user_id=account.platform_user_id, now=datetime.now(UTC)
        )
    except Retryable as error:
        outage = "try again, or store it as it is with --unchecked"
        raise Unreachable(f"the token could not be checked: {error}; {outage}") from None
    except ClientError as error:
        raise InputError(f"{arguments.option}: {error}") from None
    finally:
        for source in sources.values():
            await source.aclose()
    if access.missing:
        lack = ", ".join(access.missing)
        raise InputError(f"{arguments.option}: the token may not publish, it lacks {lack}")
    return access


def sealed(cipher: TokenCipher, account: Account, access: Access) -> NewTokens:
    """An access as it is stored."""
    return NewTokens.sealed(
        cipher,
        account.id,
        publishing=access.publishing,
        reading=access.reading,
        facts=access.facts,
    )


def said(access: Access, now: datetime) -> str:
    """What is known of an access, for a person."""
    checked = "checked" if access.facts.checked_at else "NOT CHECKED"
    return f"{checked}, {access.facts.left(now)}"


def _unchecked(account: Account, token: str) -> Access:
    """What is assumed of a token while the platform can't be asked."""
    if account.login is Login.FACEBOOK:
        raise InputError("--unchecked: with Facebook Login the Page's token has to be read there")
    return Access(token, None, TokenFacts(expires_at=datetime.now(UTC) + LONGEST_LIFE))


COMMANDS = {"set": set_token}
