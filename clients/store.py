"""Files between steps and for the platform to fetch: any S3, through aioboto3."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from clients.errors import ClientError, Refused, Retryable
from clients.part_file import PartFile, disk_errors
from schemas.failures import FailureKind

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

SERVICE = "store"

CONNECT_SECONDS = 5.0

SLOWEST_UPLOAD = 100_000
"""Bytes a second below which an upload counts as stuck."""

CHUNK = 256 * 1024

ADDRESS_SECONDS = 3600
"""How long a platform may fetch a video that it was named."""


class ObjectStore:
    """One bucket; open it with `async with`.

    `endpoint_url` None means Amazon's own for the region; any other server is spoken to with
    the bucket in the path. Raises Retryable or Refused, NOT_FOUND for a key that is not there.
    """

    silence_seconds = 30.0
    """Longest silence on a connection; a large file may take longer as a whole."""

    def __init__(
        self,
        *,
        endpoint_url: str | None,
        bucket: str,
        region: str,
        access_key_id: str,
        secret_access_key: str,
    ) -> None:
        self._endpoint_url = endpoint_url
        self._bucket = bucket
        self._region = region
        self._access_key_id = access_key_id
        self._secret_access_key = secret_access_key
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the client; the first call connects."""
        # Costs a second of CPU, which a command line that stores nothing need not pay.
        import aioboto3  # noqa: PLC0415
        from aiobotocore.config import AioConfig  # noqa: PLC0415

        session = aioboto3.Session(
            self._access_key_id,
            self._secret_access_key,
            region_name=self._region,
            botocore_session=_plain_session(),
        )
        config = AioConfig(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=self.silence_seconds,
            # "max_attempts" would count the tries after the first.
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path" if self._endpoint_url else "auto"},
            proxies={},
        )
        self._s3: S3Client = await self._open.enter_async_context(
            session.client("s3", endpoint_url=self._endpoint_url, config=config)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._open.aclose()

    async def ensure_bucket(self) -> None:
        """Make the bucket unless it is there."""
        with _errors():
            try:
                await self._s3.head_bucket(Bucket=self._bucket)
            except self._s3.exceptions.ClientError as error:
                if _status(error) != HTTPStatus.NOT_FOUND:
                    raise
                await self._s3.create_bucket(Bucket=self._bucket)

    async def put(self, path: Path, key: str, content_type: str) -> None:
        """Upload a file, as it is read. Again: the same key holds the newer file."""
        # The read timeout does not cover what is sent, nor the wait for "100 Continue".
        seconds = self.silence_seconds + path.stat().st_size / SLOWEST_UPLOAD
        with _errors():
            file = await asyncio.to_thread(path.open, "rb")
            try:
                async with asyncio.timeout(seconds):
                    await self._s3.put_object(
                        Bucket=self._bucket, Key=key, Body=file, ContentType=content_type
                    )
            finally:
                file.close()

    async def get(self, key: str, into: Path) -> str:
        """Download a whole object into a file and return its hex sha256."""
        with _errors(), disk_errors(SERVICE):
            answer = await self._s3.get_object(Bucket=self._bucket, Key=key)
            part = await asyncio.to_thread(PartFile, into)
            try:
                part.restart()
                async with answer["Body"] as body:
                    async for chunk in body.content.iter_chunked(CHUNK):
                        part.write(chunk)
                if part.size != answer["ContentLength"]:
                    raise _cut()
                await asyncio.to_thread(part.finish)
            finally:
                part.close()
        return part.sha256

    async def presign(self, key: str, seconds: int) -> str:
        """An address from which anyone can fetch the object for so long. A secret: never logged."""
        return await self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=seconds
        )

    async def size(self, key: str) -> int | None:
        """Bytes of an object, None when it is not there."""
        with _errors():
            try:
                answer = await self._s3.head_object(Bucket=self._bucket, Key=key)
            except self._s3.exceptions.ClientError as error:
                if _status(error) != HTTPStatus.NOT_FOUND:
                    raise
                return None
        return answer["ContentLength"]

    async def open_range(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` to `end`, both included as in HTTP, in chunks.

        Looks at Content-Range and not at the status: rclone sends the right bytes with 200.
        A server that ignores ranges sends all, of which the rest is left out here.
        """
        with _errors():
            answer = await self._s3.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end}"
            )
            skip = 0 if answer.get("ContentRange") else start
            left = end - start + 1
            async with answer["Body"] as body:
                async for chunk in body.content.iter_chunked(CHUNK):
                    wanted = chunk[skip : skip + left]
                    skip = max(0, skip - len(chunk))
                    left -= len(wanted)
                    if wanted:
                        yield wanted
                    if not left:
                        break

    async def delete_prefix(self, prefix: str) -> int:
        """Delete everything in a folder and return how many objects there were.

        `days/a` means `days/a/` and never `days/ab`. Refused with BAD_REQUEST when empty.
        """
        folder = prefix.strip("/")
        if not folder:
            raise Refused(SERVICE, FailureKind.BAD_REQUEST, "a folder to delete has to be named")
        deleted = 0
        with _errors():
            pages = self._s3.get_paginator("list_objects_v2")
            async for page in pages.paginate(Bucket=self._bucket, Prefix=f"{folder}/"):
                for item in page.get("Contents", []):
                    await self._s3.delete_object(Bucket=self._bucket, Key=item["Key"])
                    deleted += 1
        return deleted


@dataclass(frozen=True)
class StoredVideo:
    """An object as a publisher takes it: fetched from an address, or read from an offset on."""

    store: ObjectStore
    key: str
    size: int
    """Bytes."""

    async def address(self) -> str:
        """Where anyone can fetch it for an hour. A secret."""
        return await self.store.presign(self.key, ADDRESS_SECONDS)

    async def read(self, offset: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset` to the end, in chunks."""
        if offset < self.size:
            async with aclosing(self.store.open_range(self.key, offset, self.size - 1)) as chunks:
                async for chunk in chunks:
                    yield chunk


def _plain_session() -> Any:  # noqa: ANN401 - the package's session has no types
    """A session that looks at no AWS_PROFILE and at no file in the home folder."""
    from aiobotocore.session import AioSession  # noqa: PLC0415

    return AioSession(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )


_CODES: Mapping[str, tuple[FailureKind, str]] = {
    "NoSuchKey": (FailureKind.NOT_FOUND, "there is no such object"),
    "NoSuchBucket": (FailureKind.CONFIGURATION, "there is no such bucket"),
    "InvalidBucketName": (FailureKind.CONFIGURATION, "the bucket's name is not valid"),
    "InvalidAccessKeyId": (FailureKind.AUTHENTICATION, "the access key is not known"),
    "SignatureDoesNotMatch": (FailureKind.AUTHENTICATION, "the secret key is not right"),
    "RequestTimeTooSkewed": (FailureKind.CONFIGURATION, "this machine's clock is wrong"),
    "AccessDenied": (FailureKind.PERMISSION, "the access key may not do this"),
    "SlowDown": (FailureKind.RATE_LIMITED, "too many requests; wait before the next"),
    "RequestTimeout": (FailureKind.UNAVAILABLE, "the upload was too slow"),
}
_STATUSES: Mapping[int, tuple[FailureKind, str]] = {
    401: (FailureKind.AUTHENTICATION, "the access key was not accepted"),
    403: (FailureKind.AUTHENTICATION, "the access key was not accepted"),
    404: (FailureKind.NOT_FOUND, "there is no such object"),
    429: (FailureKind.RATE_LIMITED, "too many requests; wait before the next"),
}
_WAITS = frozenset({FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED})


@contextmanager
def _errors() -> Iterator[None]:
    """Sort what the packages raise; all calls here can be made again."""
    import aiohttp  # noqa: PLC0415
    from botocore import exceptions as boto  # noqa: PLC0415

    try:
        yield
    except boto.ClientError as error:
        raise _refusal(error) from None
    except boto.EndpointConnectionError:
        raise _trouble("could not be reached") from None
    except (boto.ReadTimeoutError, boto.ConnectTimeoutError, TimeoutError):
        raise _trouble("did not answer in time") from None
    except (boto.HTTPClientError, boto.IncompleteReadError, aiohttp.ClientError):
        raise _cut() from None
    except boto.BotoCoreError as error:
        raise Refused(
            SERVICE,
            FailureKind.CONFIGURATION,
            f"a setting of the store is not valid ({type(error).__name__})",
        ) from None


def _refusal(error: Any) -> ClientError:  # noqa: ANN401 - botocore's error has no types
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = _status(error)
    known = _CODES.get(code) or _STATUSES.get(status)
    if known is None:
        known = (
            (FailureKind.UNAVAILABLE, "the service is in trouble")
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR
            else (FailureKind.BAD_REQUEST, "the request was refused")
        )
    kind, sentence = known
    return (Retryable if kind in _WAITS else Refused)(
        SERVICE, kind, f"answered {status}: {sentence}"
    )


def _status(error: Any) -> int:  # noqa: ANN401 - botocore's error has no types
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _cut() -> Retryable:
    return _trouble("broke off before all bytes were there")


def _trouble(sentence: str) -> Retryable:
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, sentence)
