"""What follows a post that is out: its address, and the first comment. Neither can undo it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from temporalio.exceptions import ApplicationError

from activities.failures import failed, is_last_attempt
from activities.platform_truth import Platform, refuse_in_flight
from activities.posting_job import question_of
from clients.errors import ClientError, OutcomeUnknown, Retryable
from clients.publishing import Credentials
from db.reel_row import ReelRow
from schemas.account import Account
from schemas.failures import FailureKind
from schemas.post import Container

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class AfterPost:
    """Finishes one account's posts as far as the platform lets it."""

    platform: Platform
    account: Account
    in_flight_seconds: float
    now: Callable[[], datetime]

    async def finish(self, container: Container, row: ReelRow) -> ReelRow:
        """Find the address, then write the first comment; the row as it is known by then."""
        with _logged("permalink.unknown"):
            who = await self.platform.who(self.account)
            row = await self._linked(container, row, who)
        with _logged("comment.unknown"):
            who = await self.platform.who(self.account)
            await self._comment(row, who)
        return row

    async def _linked(self, container: Container, row: ReelRow, who: Credentials) -> ReelRow:
        """Read the post's address, and its id where that is missing."""
        if row.permalink is not None or row.published_at is None:
            return row
        if row.media_id is None:
            question = await question_of(self.platform.db, container, row)
            truth = await self.platform.truth(self.account, who, question)
            post = truth.post
            if post is None and not is_last_attempt():
                raise failed(FailureKind.NOT_READY, "which post it is can't be told yet")
            media_id, permalink = (post.media_id, post.permalink) if post else (None, None)
        else:
            media_id = row.media_id
            permalink = await self.platform.of(self.account).permalink(who, media_id)
        await self.platform.db.reels.save_post(row.id, media_id, permalink, row.published_at)
        return row.model_copy(update={"media_id": media_id, "permalink": permalink})

    async def _comment(self, row: ReelRow, who: Credentials) -> None:
        """Write it under the post, unless it stands there or may still come to.

        The attempt is written down before it is sent.
        """
        text, reels = self.account.posting.first_comment, self.platform.db.reels
        if not text or row.media_id is None or row.comment_id is not None:
            return
        last = row.comment_attempted_at
        if last is not None:
            if await self._find(row, who):
                return
            seconds, kind = self.in_flight_seconds, FailureKind.NOT_READY
            refuse_in_flight(last, seconds, kind, now=self.now())
        if not await reels.mark_comment_attempt(row.id, self.now(), after=last):
            raise failed(FailureKind.NOT_READY, "another execution writes the first comment")
        try:
            comment_id = await self.platform.of(self.account).comment(who, row.media_id, text)
        except OutcomeUnknown:
            if await self._find(row, who):
                return
            raise
        await reels.save_comment(row.id, comment_id)

    async def _find(self, row: ReelRow, who: Credentials) -> bool:
        """Whether the comment stands under the post already; it is written down then."""
        wanted = self.account.posting.first_comment.strip()
        for comment in await self.platform.of(self.account).comments(who, row.media_id or ""):
            if comment.text.strip() == wanted:
                await self.platform.db.reels.save_comment(row.id, comment.id)
                return True
        return False


@contextmanager
def _logged(event: str) -> Iterator[None]:
    """Go on without what the platform didn't give; the log says why.

    Raises it where another attempt may get it, and there will be one.
    """
    try:
        yield
    except (ClientError, ApplicationError) as error:
        if _may_pass(error) and not is_last_attempt():
            raise
        log.warning(event, reason=str(error))


def _may_pass(error: ClientError | ApplicationError) -> bool:
    if isinstance(error, ApplicationError):
        return not error.non_retryable
    return isinstance(error, Retryable)
