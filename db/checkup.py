"""Looks at the database's part of an installation, for `admin.py doctor`."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from db.cipher import TokenCipher
from db.database import Database
from db.digests import DigestRow, DigestState
from db.dsn import place_of
from db.failures import DatabaseDown
from db.migrate import current, head
from db.renewals import Standing
from db.rotation import OLD_LAYOUT, Rotation, Trouble
from schemas.account import Account, AccountStatus, ChannelName
from schemas.checkup import Finding
from schemas.supply import short_of

WEEK = timedelta(days=7)
FEW = 5
"""Digests that are named one by one."""


async def check_database(dsn: str) -> Finding:
    """Whether the database is reached and stands at this code's newest migration."""
    newest = head()
    try:
        version = await current(dsn)
    except DatabaseDown as error:
        return Finding(
            part="database", said=str(error), mend="start PostgreSQL, or set DATABASE_URL right"
        )
    said = f"{place_of(dsn)}, migration {version or 'none'}"
    if version == newest:
        return Finding(part="database", said=said)
    if version is not None and version > newest:
        return Finding(
            part="database", said=f"{said}; this code knows {newest}", mend="update this code"
        )
    return Finding(
        part="database", said=f"{said}; the newest is {newest}", mend="run: admin.py migrate"
    )


async def check_gameplay(db: Database) -> Finding:
    """Whether there is a clip to be picked, and for how long every account finds one."""
    stats = await db.supply.stats()
    clips = stats.raw_clips + stats.normalised_clips
    hours = (stats.raw_seconds + stats.normalised_seconds) / 3600
    said = f"{clips} clips in the pool, {hours:.1f} h"
    mend = "run: admin.py gameplay import FOLDER"
    if not clips:
        return Finding(part="gameplay", said=said, mend=mend)
    short = [one for one in await db.supply.left() if one.nearly_dry]
    if not short:
        return Finding(part="gameplay", said=said)
    return Finding(part="gameplay", said=f"{said}; {short_of(short)}", mend=mend, works=True)


async def check_music(db: Database) -> Finding | None:
    """Whether there is a bed for the accounts that want one; None when no account does."""
    wanting = [
        account.id
        for account in await db.accounts.all()
        if account.status is AccountStatus.ACTIVE and account.sound.music is not None
    ]
    if not wanting:
        return None
    tracks = [track for track in await db.music.all() if track.retired_at is None]
    said = f"{len(tracks)} tracks for {', '.join(wanting)}"
    mend = "" if tracks else "run: admin.py music import FOLDER --licence WORDS"
    return Finding(part="music", said=said, mend=mend)


async def check_channels(db: Database, set_up: Collection[ChannelName]) -> Finding | None:
    """Whether the review channels that accounts name are set up; None when no account names one."""
    named = {account.id: account.review.channels for account in await db.accounts.all()}
    named = {account: names for account, names in named.items() if names}
    if not named:
        return None
    lacking = {
        account: [name for name in names if name not in set_up] for account, names in named.items()
    }
    said = "; ".join(
        f"{account} lacks {', '.join(names)}" for account, names in lacking.items() if names
    )
    if not said:
        return Finding(part="review channels", said=f"set up for {', '.join(named)}")
    silent = [account for account, names in lacking.items() if len(names) == len(named[account])]
    mend = "set it up, or run: admin.py account set ID --review-channel NAME"
    if silent:
        said = f"{said}; nobody is shown the Reels of {', '.join(silent)}, but on the pages"
    return Finding(part="review channels", said=said, mend=mend, works=not silent)


async def check_digests(db: Database) -> Finding | None:
    """The week's digests that were not sent, or may not have been; None when there are none."""
    troubled = await db.digests.troubled((datetime.now(UTC) - WEEK).date())
    if not troubled:
        return None
    named = [f"{one.person_id} on {one.day}: {_word(one)}, {one.reason}" for one in troubled[:FEW]]
    more = f" and {len(troubled) - FEW} more" if len(troubled) > FEW else ""
    return Finding(
        part="digests",
        said="; ".join(named) + more,
        mend="set the mail server right; what is unknown is not sent again: ask whether it came",
        works=True,
    )


async def check_tokens(db: Database, cipher: TokenCipher) -> tuple[Finding, ...]:
    """Whether each account's tokens open, by which key, and whether there is an account at all."""
    accounts = await db.accounts.all()
    if not accounts:
        none = Finding(part="accounts", said="there are none", mend="run: admin.py account add")
        return (none,)
    troubles = await Rotation(db.tokens, cipher).check()
    access = {one.account: one for one in await db.renewals.all()}
    now = datetime.now(UTC)
    return (
        *(_check_token(one, access.get(one.id), troubles, now) for one in accounts),
        _check_keys(cipher, troubles),
    )


def _check_token(
    account: Account, access: Standing | None, troubles: Iterable[Trouble], now: datetime
) -> Finding:
    part = f"account {account.id}"
    mend = f"run: admin.py account connect {account.id}, or admin.py token set {account.id}"
    if access is None:
        return Finding(part=part, said="has no token", mend=mend)
    for trouble in troubles:
        if trouble.problem and trouble.token.account == account.id:
            return Finding(part=part, said=trouble.problem, mend=mend)
    if access.trouble or access.left(now) == "ended":
        return Finding(part=part, said=access.trouble or "its access has ended", mend=mend)
    said = f"{account.status.value}, its token opens; access: {access.left(now)}"
    ends_soon = access.facts.warning(now) is not None
    return Finding(part=part, said=said, mend=mend if ends_soon else "", works=ends_soon)


def _word(row: DigestRow) -> str:
    if row.state is not DigestState.BEGUN:
        return row.state.value
    today = datetime.now(UTC).date()
    return "not sent" if row.day < today - timedelta(days=1) else "not sent yet"


def _check_keys(cipher: TokenCipher, troubles: Iterable[Trouble]) -> Finding:
    """Which keys are still needed: one that is taken away too soon takes its tokens with it."""
    used = Counter(trouble.key or OLD_LAYOUT for trouble in troubles if not trouble.problem)
    if not used:
        return Finding(part="token keys", said=f"every token that opens is under {cipher.primary}")
    hang = ", ".join(f"{count} under {key}" for key, count in sorted(used.items()))
    return Finding(
        part="token keys",
        said=f"{hang}: take no key away yet",
        mend="run: admin.py keys rotate",
        works=True,
    )
