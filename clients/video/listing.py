"""Looking for an order with an unknown outcome in its provider's list of jobs."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clients.errors import Refused
from clients.video.api import job_id_of, unreadable
from schemas.failures import FailureKind

SKEW = timedelta(minutes=2)
"""What the provider's clock may be behind ours. A job found too much is known from the
ledger; one found too little is bought twice."""

MOST_PAGES = 200

Words = tuple[str, int]
"""The prompt and the seconds of an order."""


@dataclass(frozen=True)
class Listed:
    """One entry of a list, as it stands there."""

    job_id: object
    sent_at: object
    words: tuple[object, object] | None
    """None when the list doesn't show them."""


Page = Callable[[str], Awaitable[tuple[Iterable[Listed], str | None]]]
"""Reads a page: its entries, and what leads to the next one, None after the last."""


async def read_list(service: str, page: Page, first: str) -> list[Listed]:
    """Every entry of a list.

    Raises Retryable for a list that leads in a circle, Refused with CONFIGURATION for one that
    is too long to be read.
    """
    found: list[Listed] = []
    cursor: str | None = first
    seen: set[str] = set()
    while cursor is not None:
        if cursor in seen:
            raise unreadable(service, "its list of jobs leads in a circle")
        if len(seen) == MOST_PAGES:
            raise Refused(
                service, FailureKind.CONFIGURATION, "its list of jobs is too long to be read"
            )
        seen.add(cursor)
        entries, cursor = await page(cursor)
        found.extend(entries)
    return found


def matching(
    service: str, entries: Iterable[Listed], words: Words, since: datetime
) -> Sequence[str]:
    """Ids of the jobs with these very words, sent since then or a little before.

    Raises Retryable when an entry might be one and the list doesn't say.
    """
    ids: dict[str, None] = {}
    for entry in entries:
        sent_at = _moment(entry.sent_at)
        if sent_at is not None and sent_at < since - SKEW:
            continue
        if entry.words is None:
            raise unreadable(service, "its list has a job without its words")
        if entry.words != words:
            continue
        job_id = job_id_of(entry.job_id)
        if job_id is None or sent_at is None:
            raise unreadable(service, "its list has a job without its id or its time")
        ids[job_id] = None
    return tuple(ids)


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
