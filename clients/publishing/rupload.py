"""rupload.facebook.com: where the bytes of a container are brought, for Facebook Login alone.

Source: Meta's "Resumable Uploads" guide for Instagram, and the failures that its page on video
publishing lists. A refusal there says little: files have gone on after a ProcessingFailedError,
and others were lost, so that only the container's own status tells.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from urllib.parse import urlsplit

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Progress, Video
from clients.publishing.instagram_answers import SERVICE, refusal
from clients.transport import Answered, Call, Door, authorization
from schemas.failures import FailureKind

UPLOAD_SECONDS = 270.0
"""Below the 300 seconds that the SLA table gives the step: the next try goes on from there."""

SILENCE_SECONDS = 60.0
"""The longest that the host may take no byte, or say nothing after the last one."""


class UploadHost:
    """The one host that a token is sent to with a file, whatever an answer names."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._door = Door(SERVICE, "")

    async def send(
        self, token: str, uri: str, video: Video, offset: int, progress: Progress
    ) -> int:
        """Send the bytes from `offset` on, and return how many the host has then.

        Raises Retryable when the connection broke, OutcomeUnknown for an answer that doesn't
        say what became of the bytes, and Refused for an address that isn't this host's.
        """
        self._require_own(uri)
        headers = {
            **authorization(SERVICE, "OAuth", token),
            "offset": str(offset),
            "file_size": str(video.size),
            "content-type": "application/octet-stream",
            "content-length": str(video.size - offset),
        }
        # Closed here also when the host hangs up half-way: the store's connection goes with it.
        async with aclosing(_counted(video, offset, progress)) as content:
            answer = await self._door.send(
                Call(
                    "POST",
                    uri,
                    UPLOAD_SECONDS,
                    headers=headers,
                    content=content,
                    silence=SILENCE_SECONDS,
                )
            )
        if answer.status == HTTPStatus.OK and answer.document.get("success") is True:
            return video.size
        raise _failure(answer)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    def _require_own(self, uri: str) -> None:
        if not _is_below(self._base_url, uri):
            raise Refused(
                SERVICE,
                FailureKind.CONFIGURATION,
                "named an address for the video that is not of INSTAGRAM_UPLOAD_BASE_URL: "
                "no token is sent there",
            )


def _is_below(base_url: str, uri: str) -> bool:
    own = urlsplit(base_url)
    try:
        named = urlsplit(uri)
    except ValueError:
        return False
    same = (own.scheme, own.netloc) == (named.scheme, named.netloc)
    return same and named.path.startswith(f"{own.path}/") and ".." not in named.path


async def _counted(video: Video, offset: int, progress: Progress) -> AsyncGenerator[bytes, None]:
    sent = offset
    async with aclosing(video.read(offset)) as chunks:
        async for chunk in chunks:
            yield chunk
            sent += len(chunk)
            progress(sent)


def _failure(answer: Answered) -> ClientError:
    """The error for an answer that is not "success", in this host's form or the Graph API's."""
    info = answer.document.get("debug_info")
    if not isinstance(info, dict):
        return refusal(answer)
    kind = str(info.get("type"))[:40]
    said = f"the upload host answered {answer.status} with {kind}"
    if info.get("retriable") is True:
        return Retryable(SERVICE, FailureKind.UNAVAILABLE, f"{said}: it goes on from what arrived")
    return OutcomeUnknown(SERVICE, f"{said}: the container tells what became of the video")
