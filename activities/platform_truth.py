"""What can be read of the platform, and what each reading proves."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from activities.cures import paused_because
from activities.failures import failed
from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Credentials, Handle, Job, Look, Publisher, State, Truth
from clients.publishing.instagram_errors import ACTIONS, Action
from db.cipher import Purpose, TokenCipher
from db.database import Database
from db.failures import DatabaseDown, TokenUnreadable
from schemas.account import Account, Login
from schemas.failures import RETRYABLE, FailureKind

STOPS_ACCOUNT = frozenset(kind for kind, action in ACTIONS.items() if action is Action.STOP_ACCOUNT)
"""What no other day of the account gets past without a person."""

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class Platform:
    """The publishers, each called with the account's own tokens."""

    publishers: Mapping[Login, Publisher]
    db: Database
    cipher: TokenCipher

    def of(self, account: Account) -> Publisher:
        """The publisher of the account's login."""
        return self.publishers[account.login]

    @asynccontextmanager
    async def may_stop(self, account: Account) -> AsyncIterator[None]:
        """Pause the account when the platform refuses it as such; the refusal goes on.

        So it is when a post may be out all the same, as with a suspicion of spam.
        """
        try:
            yield
        except ClientError as error:
            kind = error.hint if isinstance(error, OutcomeUnknown) else error.kind
            if kind in STOPS_ACCOUNT:
                await self._pause(account, kind, str(error))
            raise

    async def who(self, account: Account) -> Credentials:
        """The account's tokens, in the clear: for a header, and for nothing else."""
        standing = await self.db.renewals.get(account.id)
        if standing is None:
            raise failed(
                FailureKind.AUTHENTICATION, f"{account.id} has no Instagram token: connect it first"
            )
        try:
            token = self.cipher.open(account.id, standing.publishing)
            reading = standing.reading and self.cipher.open(
                account.id, standing.reading, Purpose.READING
            )
        except TokenUnreadable as error:
            raise failed(error.kind, str(error)) from None
        return Credentials(account.platform_user_id, token, reading or None)

    async def look(self, account: Account, who: Credentials, handle: Handle) -> Look:
        """Where a handle stands. Raises Retryable for every answer that leaves it open."""
        with _proves_nothing():
            return await self.of(account).poll(who, handle)

    async def truth(self, account: Account, who: Credentials, question: "Question") -> Truth:
        """Whether a handle is out. Raises Retryable for every answer that leaves it open."""
        with _proves_nothing():
            return await self.of(account).reconcile(
                who, question.handle, question.job, question.since
            )

    async def _pause(self, account: Account, kind: FailureKind, said: str) -> None:
        reason = paused_because(account.id, kind, said)
        try:
            await self.db.accounts.pause(account.id, reason, kind)
        except DatabaseDown as down:
            log.error("account.not_paused", reason=str(down))  # noqa: TRY400 - no bug of ours
        else:
            log.warning("account.paused", reason=reason)


@dataclass(frozen=True)
class Question:
    """What is asked when it has to be known whether a Reel is out."""

    handle: Handle
    job: Job
    since: datetime
    """When it can have been published first."""


@contextmanager
def _proves_nothing() -> Iterator[None]:
    """Let a read that was refused be repeated, unless it is the account that was refused.

    Objects that were there have been reported as missing for weeks (reference: publishing 1.5).
    """
    try:
        yield
    except Refused as error:
        if error.kind in STOPS_ACCOUNT:
            raise
        raise Retryable(
            error.service,
            FailureKind.UNAVAILABLE,
            f"the container can't be read, which proves nothing: {error.message}",
        ) from None


def is_ready(look: Look) -> bool:
    """Whether the container can be published, or is. Raises for one that never will be."""
    if look.state is State.FAILED:
        kind = look.failure or FailureKind.VIDEO_REFUSED
        if kind in STOPS_ACCOUNT:
            raise Refused("instagram", kind, look.detail)
        raise failed(kind, f"instagram: {look.detail or 'the video was refused'}")
    if look.state is State.EXPIRED:
        raise failed(FailureKind.CONTAINER_GONE, "instagram: the container has expired")
    return look.state is not State.PENDING


def refuse_in_flight(
    attempted_at: datetime | None, seconds: float, kind: FailureKind, *, now: datetime
) -> None:
    """Raise `kind` while a commit that was written down so long ago may still take effect."""
    if attempted_at is None:
        return
    age = (now - attempted_at).total_seconds()
    if age < seconds:
        raise failed(
            kind,
            f"instagram: a publish was sent {age:.0f} s ago and may still take effect",
            retry_after=seconds - age if kind in RETRYABLE else None,
        )
