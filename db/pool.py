"""Connections to Postgres, and the ways to use them: read, write, transaction.

A pool may hand out a connection that died while it lay idle. A read is then sent once more,
here; a write is not, since it may have taken effect: it raises DatabaseDown, and whoever
repeats the step repeats a write that is safe to repeat.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from db.dsn import place_of
from db.failures import (
    AlreadyPublished,
    DatabaseDown,
    NotApproved,
    NotMigrated,
    NotPublished,
    NotTrusted,
    Refused,
)

if TYPE_CHECKING:
    Connection = PoolConnectionProxy[asyncpg.Record]
else:
    Connection = PoolConnectionProxy

__all__ = ["Connection", "DatabaseDown", "Pool", "open_pool", "translated"]

# The source document (2.9): 20 connections, closed after 30 s idle, 2 s to connect.
MAX_CONNECTIONS = 20
IDLE_SECONDS = 30.0
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""The longest wait for a free connection, and for an answer: above the server's own limit."""

SESSION = {
    "application_name": "reels",
    "statement_timeout": "5s",
    # A process that hangs within a transaction must not keep the others from the row.
    "idle_in_transaction_session_timeout": "15s",
}

_DIED = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # asyncpg 0.32, when the server's last word came while idle
    ConnectionError,
)
_DOWN = (
    *_DIED,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    OSError,
)
_GONE = ("connection is closed", "released back to the pool", "pool is closing")
"""How asyncpg says that the connection broke under a transaction; its class says misuse."""

_NOT_LET_IN = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)
_NOT_MIGRATED = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
_REFUSALS: Mapping[str, tuple[type[Refused], str]] = {
    "post_needs_approval": (
        NotApproved,
        "no approval of exactly this revision is recorded, so it is not published",
    ),
    "approval_needs_a_person": (
        NotApproved,
        "no person approved this revision, nor one that it could be taken for",
    ),
    "approval_needs_its_people": (
        NotApproved,
        "more people have to approve this revision",
    ),
    "automatic_approval_is_earned": (
        NotTrusted,
        "automatic approval is not earned, or was stopped",
    ),
    "post_keeps_its_trust": (NotTrusted, "automatic approval was stopped: people decide"),
    "automatic_approval_passes_nobody_over": (
        Refused,
        "automatic approval does not go with two approvals: leave it off, or let one do",
    ),
    "published_reel_is_fixed": (AlreadyPublished, "the Reel is published already"),
    "published_means_posted": (NotPublished, "no post is recorded for the day"),
}


@dataclass(frozen=True)
class Pool:
    """Up to 20 connections to one database."""

    inner: "asyncpg.Pool[asyncpg.Record]"
    place: str
    """Host and port, for messages."""

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """Read. Raises DatabaseDown after one more try, or NotMigrated."""
        with translated(self.place):
            try:
                return await self._fetch(sql, args)
            except _DIED:
                return await self._fetch(sql, args)

    async def row(self, sql: str, *args: object) -> asyncpg.Record | None:
        """Read the first row, None when there is none."""
        rows = await self.rows(sql, *args)
        return rows[0] if rows else None

    async def write(self, sql: str, *args: object) -> asyncpg.Record | None:
        """Send one statement that changes something, and return the row it returns.

        Raises DatabaseDown when it may or may not have taken effect, Refused when an
        invariant of the schema said no.
        """
        with translated(self.place):
            rows = await self._fetch(sql, args)
        return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Several statements that take effect together. Raises as `write` does."""
        with translated(self.place):
            async with (
                self.inner.acquire(timeout=ANSWER_SECONDS) as connection,
                connection.transaction(),
            ):
                yield connection

    async def close(self) -> None:
        """Wait for what is under way, then close every connection."""
        await self.inner.close()

    async def _fetch(self, sql: str, args: tuple[object, ...]) -> list[asyncpg.Record]:
        async with self.inner.acquire(timeout=ANSWER_SECONDS) as connection:
            return await connection.fetch(sql, *args)


async def open_pool(dsn: str) -> Pool:
    """Connect. Raises DatabaseDown, which names host and port and never the password."""
    place = place_of(dsn)
    with translated(place):
        inner = await asyncpg.create_pool(
            dsn,
            min_size=0,  # a floor would be restored in the background, loudly, while all is down
            max_size=MAX_CONNECTIONS,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings=SESSION,
            init=_speak_json,
        )
        pool = Pool(inner, place)
        try:
            await pool.rows("SELECT 1")
        except BaseException:
            await inner.close()
            raise
    return pool


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise what the driver raises as a DatabaseError that tells the caller what to do."""
    try:
        yield
    except asyncpg.CheckViolationError as error:
        refusal = _REFUSALS.get(error.constraint_name or "")
        if refusal is None:
            raise
        kind, message = refusal
        raise kind(message) from error
    except asyncpg.InterfaceError as error:
        if not any(words in str(error) for words in _GONE):
            raise
        raise DatabaseDown(place, "broke the connection") from error
    except _NOT_LET_IN as error:
        raise DatabaseDown(place, f"does not let us in: {error.args[0]}") from error
    except _NOT_MIGRATED as error:
        raise NotMigrated(place) from error
    except _DOWN as error:
        raise DatabaseDown(place, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections: nothing listens there"
    if isinstance(error, asyncpg.PostgresError) and not isinstance(
        error, asyncpg.PostgresConnectionError
    ):
        return f"said: {error.args[0]}"
    return f"is not reached ({type(error).__name__})"


async def _speak_json(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads
    )
