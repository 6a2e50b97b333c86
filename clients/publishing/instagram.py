"""Instagram with Instagram Login (graph.instagram.com), Content Publishing.

Sources: Meta's "Content Publishing" guide and the reference pages of IG User media,
media_publish and IG Container, read in v25.0 and v26.0. The token travels in the
Authorization header only, and the video's address in the body: URLs end up in logs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import ContainerState, ContainerStatus, PublishedMedia, Quota
from clients.publishing.instagram_errors import (
    ACTIONS,
    TRANSIENT,
    Action,
    Row,
    row_for,
    row_of_status,
)
from clients.transport import LONGEST_WAIT, Answered, Call, Door, bearer
from schemas.failures import RETRYABLE, FailureKind

SERVICE = "instagram"

CALL_SECONDS = 50.0
"""Below the sixty seconds that the SLA table gives a publish, so that we say what happened."""

READ_SECONDS = 20.0

RECENT = 50
"""Posts looked through for one whose id was lost; a day's quota at most."""

QUOTA, DAY_SECONDS = 50, 86_400
"""Posts in 24 rolling hours, where the platform names no other number."""

_SUBCODE = re.compile(r"error code (\d{4,10})|\b(22\d{5}|1363\d{3})\b", re.IGNORECASE)
_URL = re.compile(r"\w+://\S+")
_DETAIL_LIMIT = 200


class Instagram:
    """A Publisher for accounts that are connected through Instagram Login."""

    def __init__(self, base_url: str, version: str) -> None:
        self._door = Door(SERVICE, f"{base_url.rstrip('/')}/{version}")

    async def quota(self, *, user_id: str, token: str) -> Quota:
        """Read how many posts the account may still have. Raises Retryable or Refused.

        Source: content_publishing_limit. Where it names no total, 50 is what its page says.
        """
        query = {"fields": "config,quota_usage"}
        document = _good(await self._read(user_id, token, query, edge="/content_publishing_limit"))
        return _quota(document)

    async def prepare(
        self, *, user_id: str, token: str, video_url: str, caption: str, share_to_feed: bool
    ) -> str:
        """Create a container that fetches `video_url`, and return its id.

        Repeatable: a container that is never committed expires after 24 hours.
        Raises Retryable or Refused.
        """
        answer = await self._door.send(
            Call(
                "POST",
                f"/{quote(user_id, safe='')}/media",
                CALL_SECONDS,
                headers=bearer(SERVICE, token),
                form={
                    "media_type": "REELS",
                    "video_url": video_url,
                    "caption": caption,
                    # The default is not documented.
                    "share_to_feed": "true" if share_to_feed else "false",
                },
            )
        )
        try:
            container_id = _id(_good(answer))
        except Refused as refused:
            if ACTIONS[refused.kind] is Action.NEW_CONTAINER:
                # There is none yet: another one is the same call again.
                raise _unreadable(refused.message) from None
            raise
        if container_id is None:
            raise _unreadable("answered without naming a container")
        return container_id

    async def container_status(self, *, container_id: str, token: str) -> ContainerStatus:
        """Read where a container stands. Raises Retryable or Refused; reads prove nothing then."""
        answer = await self._read(container_id, token, {"fields": "status_code,status"})
        return read_status(_good(answer))

    async def commit(self, *, user_id: str, container_id: str, token: str) -> str:
        """Publish, and return the media id. Never sent twice without a reading in between.

        Raises Refused or Retryable only for answers that prove that nothing was published
        (and Retryable when Instagram was not reached); OutcomeUnknown for all others.
        """
        answer = await self._door.send(
            Call(
                "POST",
                f"/{quote(user_id, safe='')}/media_publish",
                CALL_SECONDS,
                headers=bearer(SERVICE, token),
                form={"creation_id": container_id},
                unrepeatable=True,
            )
        )
        media_id = _id(answer.document) if answer.status == HTTPStatus.OK else None
        if media_id is None:
            raise _not_committed(answer)
        return media_id

    async def recent_media(self, *, user_id: str, token: str) -> tuple[PublishedMedia, ...]:
        """The newest posts, newest first; for matching a post whose id was lost."""
        fields = "id,caption,permalink,timestamp,media_product_type"
        query = {"fields": fields, "limit": str(RECENT)}
        document = _good(await self._read(user_id, token, query, edge="/media"))
        items = document.get("data")
        if not isinstance(items, list):
            raise _unreadable("answered with something that is not a list of posts")
        media = [_media(item) for item in items]
        return tuple(sorted(media, key=lambda post: post.published_at, reverse=True))

    async def permalink(self, *, media_id: str, token: str) -> str | None:
        """The public address of a post, None when Instagram gives none."""
        document = _good(await self._read(media_id, token, {"fields": "permalink"}))
        link = document.get("permalink")
        return link if isinstance(link, str) and link else None

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _read(
        self, node: str, token: str, query: Mapping[str, str], *, edge: str = ""
    ) -> Answered:
        return await self._door.send(
            Call(
                "GET",
                f"/{quote(node, safe='')}{edge}",
                READ_SECONDS,
                headers=bearer(SERVICE, token),
                query=query,
            )
        )


def read_status(document: Mapping[str, object]) -> ContainerStatus:
    """Read a container's `status_code`, and the subcode out of its `status` text.

    An empty `status_code` beside a text that begins with "Error:" has been seen for
    containers that failed. Raises Retryable for words that we don't know.
    """
    word = document.get("status_code")
    text = document.get("status")
    detail = _URL.sub("(address)", text)[:_DETAIL_LIMIT] if isinstance(text, str) else ""
    if not word and detail.startswith("Error:"):
        word = ContainerState.ERROR
    try:
        state = ContainerState(str(word))
    except ValueError:
        raise _unreadable("answered with a container state that is not known") from None
    failed = state is ContainerState.ERROR
    return ContainerStatus(state, detail, row_of_status(_subcode(detail)).kind if failed else None)


def _quota(document: Mapping[str, object]) -> Quota:
    data = document.get("data")
    row = data[0] if isinstance(data, list) and data and isinstance(data[0], dict) else {}
    used, config = row.get("quota_usage"), row.get("config")
    said = config if isinstance(config, dict) else {}
    total, seconds = said.get("quota_total", QUOTA), said.get("quota_duration", DAY_SECONDS)
    if not all(isinstance(number, int) for number in (used, total, seconds)):
        raise _unreadable("answered with a quota that cannot be read")
    return Quota(used=used or 0, total=total, seconds=float(seconds))


def _subcode(text: str) -> int | None:
    match = _SUBCODE.search(text)
    return int(match.group(1) or match.group(2)) if match else None


def _media(item: object) -> PublishedMedia:
    fields = item if isinstance(item, dict) else {}
    media_id, when, link = fields.get("id"), fields.get("timestamp"), fields.get("permalink")
    try:
        published_at = datetime.fromisoformat(str(when))
    except ValueError:
        published_at = None
    if not media_id or published_at is None or published_at.tzinfo is None:
        # Leaving it out could leave out the very post that is looked for.
        raise _unreadable("answered with a post that cannot be read")
    return PublishedMedia(
        media_id=str(media_id),
        caption=str(fields.get("caption") or ""),
        permalink=str(link) if link else None,
        published_at=published_at,
    )


def _id(document: Mapping[str, object]) -> str | None:
    value = document.get("id")
    return value if isinstance(value, str) and value else None


def _good(answer: Answered) -> dict[str, object]:
    if answer.status != HTTPStatus.OK or not answer.document or "error" in answer.document:
        raise _refusal(answer)
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


def _not_committed(answer: Answered) -> ClientError:
    code = _code(answer)
    clear = code.row is not None and code.row.proves_unpublished
    if clear and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _refusal(answer)
    why = f": {code.row.sentence}" if code.row else ""
    return OutcomeUnknown(
        SERVICE,
        f"answered {answer.status}{code} to a publish{why}; whether the post is out has to be read",
        request_id=code.trace,
    )


def _refusal(answer: Answered) -> ClientError:
    code = _code(answer)
    row = code.row or _row_of_status(answer.status)
    waits = row.kind is FailureKind.RATE_LIMITED
    return (Retryable if row.kind in RETRYABLE else Refused)(
        SERVICE,
        row.kind,
        f"answered {answer.status}{code}: {row.sentence}",
        retry_after=answer.retry_after or (_regain_seconds(answer) if waits else None),
        request_id=code.trace,
    )


def _row_of_status(status: int) -> Row:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Row(FailureKind.RATE_LIMITED, "too many calls; wait before the next")
    if status == HTTPStatus.OK or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TRANSIENT
    return Row(FailureKind.CONFIGURATION, "the base URL does not lead to the Instagram API")


def _regain_seconds(answer: Answered) -> float | None:
    """Seconds until calls are let in again, from X-Business-Use-Case-Usage (in minutes there)."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", ""))
        minutes = [
            float(entry["estimated_time_to_regain_access"])
            for entries in usage.values()
            for entry in entries
        ]
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return min(max(minutes) * 60, LONGEST_WAIT) if minutes and max(minutes) > 0 else None


def _unreadable(sentence: str) -> Retryable:
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence)
