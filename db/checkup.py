"""Looks at the database's part of an installation, for `admin.py doctor`."""

from db.cipher import TokenCipher, TokenUnreadable
from db.database import Database
from db.dsn import place_of
from db.failures import DatabaseDown
from db.migrate import current, head
from schemas.account import Account
from schemas.checkup import Finding


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
    """Whether there is a clip to be picked."""
    clips = [clip for clip in await db.gameplay.all() if clip.retired_at is None]
    seconds = sum(clip.seconds for clip in clips)
    said = f"{len(clips)} clips in the pool, {seconds:.0f} s"
    mend = "" if clips else "run: admin.py gameplay import FOLDER"
    return Finding(part="gameplay", said=said, mend=mend)


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
