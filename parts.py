"""The parts that an operator's command opens, each refused in words that say how to mend it.

What a part needs is imported where it is opened, so that `--help` answers at once.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from runtime.exits import InputError, Unreachable

if TYPE_CHECKING:
    from clients.store import ObjectStore
    from db.cipher import TokenCipher
    from db.database import Database
    from runtime.groups import DatabaseSettings
    from runtime.settings import AdminSettings

SEE_ACCOUNTS = "see: admin.py account list"


def settings() -> "AdminSettings":
    """The settings of the process, the local stack's below them. Raises InputError."""
    from runtime.settings import AdminSettings, environment, load

    return load(AdminSettings, environment(local_stack=True))


def database_settings() -> "DatabaseSettings":
    """Only where the database is, for what needs nothing else. Raises InputError."""
    from runtime.groups import DatabaseSettings
    from runtime.settings import environment, load

    return load(DatabaseSettings, environment(local_stack=True))


@asynccontextmanager
async def database(known: "DatabaseSettings | None" = None) -> "AsyncIterator[Database]":
    """The database, closed at the end. Raises Unreachable, and InputError for what it refuses."""
    from db.database import open_database

    dsn = (known or database_settings()).database_url.get_secret_value()
    with database_errors():
        async with open_database(dsn) as db:
            yield db


@contextmanager
def database_errors() -> Iterator[None]:
    """Say what the database refuses in the words of the command line."""
    from db.failures import AccountExists, DatabaseDown, DatabaseError, UnknownAccount

    try:
        yield
    except DatabaseDown as error:
        raise Unreachable(f"{error}; start it (make up), or set DATABASE_URL") from None
    except UnknownAccount as error:
        raise InputError(f"ID: {error}; {SEE_ACCOUNTS}") from None
    except AccountExists as error:
        raise InputError(f"--platform-user-id: {error}; {SEE_ACCOUNTS}") from None
    except DatabaseError as error:
        raise InputError(str(error)) from None


@asynccontextmanager
async def object_store(known: "AdminSettings") -> "AsyncIterator[ObjectStore]":
    """The object store, closed at the end. Raises Unreachable or InputError."""
    from clients.errors import ClientError, Retryable
    from clients.store import ObjectStore

    where = f"{known.s3_endpoint_url or 'AWS'}, bucket {known.s3_bucket}"
    try:
        async with ObjectStore(
            endpoint_url=known.s3_endpoint_url,
            bucket=known.s3_bucket,
            region=known.s3_region,
            access_key_id=known.s3_access_key_id.get_secret_value(),
            secret_access_key=known.s3_secret_access_key.get_secret_value(),
        ) as store:
            yield store
    except Retryable as error:
        raise Unreachable(
            f"{error} ({where}); start it (make up), or set S3_ENDPOINT_URL"
        ) from None
    except ClientError as error:
        raise InputError(f"{error} ({where})") from None


def cipher(known: "AdminSettings") -> "TokenCipher":
    """What seals and opens access tokens."""
    from db.cipher import TokenCipher

    return TokenCipher(known.token_keys_dir.by_id, known.token_keys_dir.primary)
