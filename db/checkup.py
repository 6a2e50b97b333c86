"""Looks at the database's part of an installation, for `admin.py doctor`."""

from db.cipher import TokenCipher, TokenUnreadable
from db.database import Database
from db.dsn import place_of
from db.failures import DatabaseDown
from db.migrate import current, head
from schemas.account import Account, AccountStatus
from schemas.checkup import Finding
from schemas.supply import short_of


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


async def check_tokens(db: Database, cipher: TokenCipher) -> tuple[Finding, ...]:
    """Whether each account has a token that opens, and one that there is an account at all."""
    accounts = await db.accounts.all()
    if not accounts:
        none = Finding(part="accounts", said="there are none", mend="run: admin.py account add")
        return (none,)
    return tuple([await _check_token(db, cipher, account) for account in accounts])


async def _check_token(db: Database, cipher: TokenCipher, account: Account) -> Finding:
    part = f"account {account.id}"
    mend = f"run: admin.py account token {account.id} --token-file FILE"
    sealed = await db.accounts.sealed_token(account.id)
    if sealed is None:
        return Finding(part=part, said="has no token", mend=mend)
    try:
        cipher.open(account.id, sealed)
    except TokenUnreadable as error:
        return Finding(part=part, said=str(error), mend=mend)
    return Finding(part=part, said=f"{account.status.value}, its token opens")
