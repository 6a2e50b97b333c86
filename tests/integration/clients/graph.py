"""Instagram over a remote that does what a test says, and what is asked of it."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest

from clients.errors import ClientError
from clients.publishing import Credentials, Handle, Job, Publisher
from clients.publishing.instagram import Instagram
from tests.factories import NOW
from tests.integration.clients.remotes import Answer, Remote, json_answer

TOKEN = "IGAACANARY"
VIDEO = "https://store.example/reel.mp4?X-Amz-Signature=CANARY"

WHO = Credentials("178", TOKEN)
JOB = Job(caption="Hi\n\n#boat", bytes=1000, seconds=20, share_to_feed=False)

Ask = Callable[[Publisher], Awaitable[object]]


class Film:
    """A thousand bytes, and an address to fetch them from."""

    size = 1000

    async def address(self) -> str:
        return VIDEO

    async def read(self, offset: int) -> AsyncGenerator[bytes, None]:
        for at in range(offset, self.size, 100):
            yield bytes([at % 251]) * 100


def instagram(url: str) -> Publisher:
    return Instagram(url, "v25.0")


def error(code: int, subcode: int | None = None, status: int = 400, **rest: object) -> Answer:
    body = {
        "message": f"text with {TOKEN}",
        "type": "OAuthException",
        "code": code,
        "error_subcode": subcode,
        "fbtrace_id": "trace-1",
        **rest,
    }
    return json_answer(status, {"error": body})


async def prepare(publisher: Publisher) -> str:
    return (await publisher.prepare(WHO, JOB, Film())).id


async def commit(publisher: Publisher) -> str:
    return await publisher.commit(WHO, Handle("900"))


async def look(publisher: Publisher) -> object:
    return await publisher.poll(WHO, Handle("900"))


async def quota(publisher: Publisher) -> object:
    return await publisher.quota(WHO)


async def recent(publisher: Publisher) -> object:
    assert isinstance(publisher, Instagram)
    return await publisher.posts(WHO, NOW)


async def link(publisher: Publisher) -> object:
    return await publisher.permalink(WHO, "500")


async def failure_of(remote: Remote, ask: Ask) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await ask(instagram(remote.url))
    text = str(raised.value)
    assert not any(secret in text for secret in (TOKEN, remote.url, "CANARY"))
    return raised.value
