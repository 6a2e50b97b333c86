"""What Instagram answers, read: containers, posts, comments, the quota, and every refusal."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Comment, Look, PublishedMedia, Quota, State
from clients.publishing.instagram_errors import TRANSIENT, Row, row_for, row_of_status
from clients.transport import LONGEST_WAIT, Answered
from schemas.failures import RETRYABLE, FailureKind

SERVICE = "instagram"

DAY_SECONDS = 86_400

FULL = 100
"""Per cent of a limit at which calls are throttled ("Rate limits")."""

HOUR_SECONDS = 3600.0
"""Over which X-App-Usage rolls; that header doesn't say when calls are let in again."""

UNREADABLE = (100, 33)
"""Seen for weeks on objects that were there, for Page tokens alone."""

_STATES = {
    "IN_PROGRESS": State.PENDING,
    "FINISHED": State.READY,
    "ERROR": State.FAILED,
    "EXPIRED": State.EXPIRED,
    "PUBLISHED": State.LIVE,
}
"""Instagram's `status_code`."""

_LOST = "FILE_NOT_FOUND"
_SUBCODE = re.compile(r"error code (\d{4,10})|\b(22\d{5}|1363\d{3})\b", re.IGNORECASE)
_URL = re.compile(r"\w+://\S+")
_DETAIL_LIMIT = 200


def read_status(document: Mapping[str, object]) -> Look:
    """Read a container's `status_code`, and the subcode out of its `status` text.

    An empty `status_code` beside a text that begins with "Error:" has been seen for
    containers that failed. Raises Retryable for words that we don't know.
    """
    word = document.get("status_code")
    text = document.get("status")
    detail = _URL.sub("(address)", text)[:_DETAIL_LIMIT] if isinstance(text, str) else ""
    if not word and detail.startswith("Error:"):
        word = "ERROR"
    state = _STATES.get(str(word))
    if state is None:
        raise unreadable("answered with a container state that is not known")
    taken = _bytes_taken(document.get("video_status"))
    if state is not State.FAILED:
        return Look(state, detail, bytes_taken=taken)
    kind = row_of_status(_subcode(detail)).kind
    if kind is FailureKind.VIDEO_REFUSED and (taken == 0 or _LOST in detail):
        # Nobody refused a file of which no byte arrived.
        kind = FailureKind.CONTAINER_GONE
    return Look(state, detail, kind, taken)


def _bytes_taken(status: object) -> int | None:
    """`bytes_transferred` of an upload; None for a container that fetches its video."""
    phase = status.get("uploading_phase") if isinstance(status, dict) else None
    if not isinstance(phase, dict):
        return None
    taken = phase.get("bytes_transferred", 0)
    return int(taken) if isinstance(taken, int) or str(taken).isdecimal() else None


def read_quota(document: Mapping[str, object], default: int) -> Quota:
    """Read content_publishing_limit; `default` where it names no total."""
    data = document.get("data")
    row = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    used, config = row.get("quota_usage"), row.get("config")
    said = config if isinstance(config, dict) else {}
    total, seconds = said.get("quota_total", default), said.get("quota_duration", DAY_SECONDS)
    if not all(isinstance(number, int) for number in (used, total, seconds)):
        raise unreadable("answered with a quota that cannot be read")
    return Quota(used=used or 0, total=total, seconds=float(seconds))


def read_media(document: Mapping[str, object]) -> tuple[PublishedMedia, ...]:
    """Read one page of posts, in its order."""
    return tuple(_media(item) for item in _items(document, "posts"))


def read_comments(document: Mapping[str, object]) -> tuple[Comment, ...]:
    """Read one page of what stands under a post."""
    found = []
    for item in _items(document, "comments"):
        fields = item if isinstance(item, dict) else {}
        if not fields.get("id") or not isinstance(fields.get("text"), str):
            raise unreadable("answered with a comment that cannot be read")
        found.append(Comment(str(fields["id"]), fields["text"]))
    return tuple(found)


def next_page(document: Mapping[str, object]) -> str | None:
    """The cursor of the next page, None on the last one."""
    paging = document.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not after:
        raise unreadable("answered with a page that has no cursor to the next")
    return str(after)


def _items(document: Mapping[str, object], what: str) -> list[object]:
    items = document.get("data")
    if not isinstance(items, list):
        raise unreadable(f"answered with something that is not a list of {what}")
    return items


def _media(item: object) -> PublishedMedia:
    fields = item if isinstance(item, dict) else {}
    media_id, when, link = fields.get("id"), fields.get("timestamp"), fields.get("permalink")
    try:
        published_at = datetime.fromisoformat(str(when))
    except ValueError:
        published_at = None
    if not media_id or published_at is None or published_at.tzinfo is None:
        # Leaving it out could leave out the very post that is looked for.
        raise unreadable("answered with a post that cannot be read")
    return PublishedMedia(
        media_id=str(media_id),
        caption=str(fields.get("caption") or ""),
        permalink=str(link) if link else None,
        published_at=published_at,
    )


def text_of(document: Mapping[str, object], name: str) -> str | None:
    """A text of an answer; None when it is missing or empty."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def good(answer: Answered) -> dict[str, object]:
    """The document of an answer. Raises Refused or Retryable for every other than a good one."""
    if answer.status != HTTPStatus.OK or not answer.document or "error" in answer.document:
        raise refusal(answer)
    return answer.document


@dataclass(frozen=True)
class _Code:
    """The error object of an answer, None where it has none."""

    code: int | None
    subcode: int | None
    is_transient: bool
    trace: str | None

    @property
    def row(self) -> Row | None:
        if self.code is None:
            return None
        return row_for(self.code, self.subcode, is_transient=self.is_transient)

    def __str__(self) -> str:
        if self.code is None:
            return ""
        return f" with {self.code}/{self.subcode}" if self.subcode else f" with {self.code}"


def _code(answer: Answered) -> _Code:
    found = answer.document.get("error")
    error = found if isinstance(found, dict) else {}
    code, subcode = error.get("code"), error.get("error_subcode")
    trace = error.get("fbtrace_id")
    return _Code(
        code=code if isinstance(code, int) else None,
        subcode=subcode if isinstance(subcode, int) else None,
        is_transient=error.get("is_transient") is True,
        trace=trace if isinstance(trace, str) else None,
    )


def is_outage(answer: Answered) -> bool:
    """Whether a read was answered as those of objects that were there have been."""
    code = _code(answer)
    return (code.code, code.subcode) == UNREADABLE


def not_written(answer: Answered, what: str) -> ClientError:
    """The error for a call that can't be repeated, `what` being "the post" or "the comment"."""
    code = _code(answer)
    clear = code.row is not None and code.row.proves_unpublished
    if clear and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return refusal(answer)
    why = f": {code.row.sentence}" if code.row else ""
    return OutcomeUnknown(
        SERVICE,
        f"answered {answer.status}{code}{why}; whether {what} is out has to be read",
        request_id=code.trace,
        hint=code.row.kind if code.row else None,
    )


def refusal(answer: Answered) -> ClientError:
    """The error for an answer that is none, by the table in instagram_errors.py."""
    code = _code(answer)
    row = code.row or _row_of_http(answer.status)
    waits = row.kind is FailureKind.RATE_LIMITED
    return (Retryable if row.kind in RETRYABLE else Refused)(
        SERVICE,
        row.kind,
        f"answered {answer.status}{code}: {row.sentence}",
        retry_after=answer.retry_after or (_regain_seconds(answer) if waits else None),
        request_id=code.trace,
    )


def _row_of_http(status: int) -> Row:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Row(FailureKind.RATE_LIMITED, "too many calls; wait before the next")
    if status == HTTPStatus.OK or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TRANSIENT
    return Row(FailureKind.CONFIGURATION, "the base URL does not lead to the Instagram API")


def _regain_seconds(answer: Answered) -> float | None:
    """Seconds until calls are let in again, as the two usage headers say it.

    Where both are there, that of the business use case counts ("Rate limits"): it names
    minutes. The app's names per cent only: at 100 its hour has to roll on.
    """
    business = list(_rows(_usage(answer, "x-business-use-case-usage")))
    minutes = [number for row in business if (number := row.get("regain", 0)) > 0]
    if minutes:
        return min(max(minutes) * 60, LONGEST_WAIT)
    app = list(_rows({"app": [_usage(answer, "x-app-usage")]}))
    full = any(number >= FULL for row in (business or app) for number in row.values())
    return HOUR_SECONDS if full else None


def _usage(answer: Answered, header: str) -> object:
    try:
        return json.loads(answer.headers.get(header, ""))
    except (ValueError, RecursionError):
        return None


def _rows(usage: object) -> Iterator[dict[str, float]]:
    """The numbers of each row of X-Business-Use-Case-Usage, the time to regain as `regain`."""
    groups = usage.values() if isinstance(usage, dict) else ()
    for row in (row for group in groups if isinstance(group, list) for row in group):
        if isinstance(row, dict):
            numbers = {n: float(v) for n, v in row.items() if isinstance(v, int | float)}
            regain = numbers.pop("estimated_time_to_regain_access", 0.0)
            yield numbers | ({"regain": regain} if regain > 0 else {})


def _subcode(text: str) -> int | None:
    match = _SUBCODE.search(text)
    return int(match.group(1) or match.group(2)) if match else None


def unreadable(sentence: str) -> Retryable:
    """The error for an answer that says nothing."""
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence)
