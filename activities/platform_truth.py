"""What can be read of the platform, and what each reading proves."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from activities.failures import failed
from clients.errors import ClientError, Refused, Retryable
from clients.publishing import ContainerState, ContainerStatus, PublishedMedia, Publisher
from clients.publishing.instagram_errors import ACTIONS, Action
from db.cipher import TokenCipher
from db.database import Database
from db.failures import DatabaseDown, TokenUnreadable
from schemas.account import Account
from schemas.failures import RETRYABLE, FailureKind
from schemas.post import Container

STOPS_ACCOUNT = frozenset(kind for kind, action in ACTIONS.items() if action is Action.STOP_ACCOUNT)
"""What no other day of the account gets past without a person."""

CLOCK_SKEW = timedelta(seconds=60)
"""How far our clock may be ahead of the platform's, whose times are whole seconds."""

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class Platform:
    """The publisher, read with the account's own token."""

    publisher: Publisher
    db: Database
    cipher: TokenCipher

    @asynccontextmanager
    async def may_stop(self, account: Account) -> AsyncIterator[None]:
        """Pause the account when the platform refuses it as such; the refusal goes on."""
        try:
            yield
        except ClientError as error:
            if error.kind in STOPS_ACCOUNT:
                await self._pause(account, str(error))
            raise

    async def token(self, account: Account) -> str:
        """The account's token, in the clear: for a header, and for nothing else."""
        sealed = await self.db.accounts.sealed_token(account.id)
        if sealed is None:
            raise failed(
                FailureKind.AUTHENTICATION, f"{account.id} has no Instagram token: connect it first"
            )
        try:
            return self.cipher.open(account.id, sealed)
        except TokenUnreadable as error:
            raise failed(error.kind, str(error)) from None

    async def status(self, container: Container, token: str) -> ContainerStatus:
        """Where a container stands.

        Raises Retryable for every answer that leaves it open: objects that were there have
        been reported as missing for weeks (reference: publishing 1.5).
        """
        try:
            return await self.publisher.container_status(
                container_id=container.container_id, token=token
            )
        except Refused as error:
            if error.kind in STOPS_ACCOUNT:
                raise
            raise Retryable(
                error.service,
                FailureKind.UNAVAILABLE,
                f"the container can't be read, which proves nothing: {error.message}",
            ) from None

    async def post(
        self, account: Account, token: str, *, caption: str, since: datetime
    ) -> PublishedMedia | None:
        """The post with exactly this caption; None when there is no single one.

        None, too, when the list can't be read: that a post is out is known without it.
        """
        try:
            media = await self.publisher.recent_media(user_id=account.platform_user_id, token=token)
        except ClientError as error:
            log.warning("post.not_matched", reason=str(error))
            return None
        return the_post(media, caption=caption, since=since)

    async def _pause(self, account: Account, reason: str) -> None:
        try:
            await self.db.accounts.pause(account.id, reason)
        except DatabaseDown as error:
            log.error("account.not_paused", reason=str(error))  # noqa: TRY400 - no bug of ours
        else:
            log.warning("account.paused", reason=reason)


def the_post(
    media: Iterable[PublishedMedia], *, caption: str, since: datetime
) -> PublishedMedia | None:
    """The one post with exactly this caption since then; None for none, and for two."""
    matches = [
        post
        for post in media
        if post.caption.strip() == caption.strip() and post.published_at >= since - CLOCK_SKEW
    ]
    return matches[0] if len(matches) == 1 else None


def is_ready(status: ContainerStatus) -> bool:
    """Whether the container can be published, or is. Raises for one that never will be."""
    if status.state is ContainerState.ERROR:
        kind = status.failure or FailureKind.VIDEO_REFUSED
        raise failed(kind, f"instagram: {status.detail or 'the video was refused'}")
    if status.state is ContainerState.EXPIRED:
        raise failed(FailureKind.CONTAINER_GONE, "instagram: the container has expired")
    return status.state is not ContainerState.IN_PROGRESS


def refuse_in_flight(attempted_at: datetime | None, seconds: float, kind: FailureKind) -> None:
    """Raise `kind` while a commit that was written down so long ago may still take effect."""
    if attempted_at is None:
        return
    age = (datetime.now(UTC) - attempted_at).total_seconds()
    if age < seconds:
        raise failed(
            kind,
            f"instagram: a publish was sent {age:.0f} s ago and may still take effect",
            retry_after=seconds - age if kind in RETRYABLE else None,
        )
