import asyncio
import errno
import hashlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.download import CONTINUATIONS, Downloaded, Downloader
from clients.errors import ClientError, Refused, Retryable
from clients.part_file import disk_errors
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, Hang, Move, Raw, Remote, Reset

MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(range(256)) * 40
LIMIT = 1_000_000
WHOLE = Downloaded(len(MP4), hashlib.sha256(MP4).hexdigest())


class Told:
    """Remembers the progress it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int | None]] = []

    def __call__(self, received: int, total: int | None) -> None:
        self.steps.append((received, total))


class Names:
    """A resolver that gives every name the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def __call__(self, host: str) -> Sequence[str]:
        assert host
        return self.addresses


class Internet(httpx.AsyncBaseTransport):
    """The open internet, as far as requests to it can be looked at."""

    def __init__(self, dead: Sequence[str] = ()) -> None:
        self.dead = dead
        self.asked: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.host in self.dead:
            raise httpx.ConnectError("no route", request=request)
        return httpx.Response(200, content=_stream())


async def _stream() -> AsyncIterator[bytes]:
    yield MP4


def video(body: bytes = MP4, status: int = 200, cut_at: int | None = None, **rest: str) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in rest.items()}
    return Answer(status, body, {"content-type": "video/mp4", **headers}, cut_at)


def rest_from(start: int, etag: str = '"v1"', status: int = 206) -> Answer:
    span = f"bytes {start}-{len(MP4) - 1}/{len(MP4)}"
    return video(MP4[start:], status, content_range=span, etag=etag)


async def fetch(remote: Remote, into: Path, path: str = "/clip.mp4?sig=CANARY") -> Downloaded:
    downloader = Downloader(f"{remote.url}/v1", timeout_seconds=5)
    try:
        return await downloader.fetch(remote.url + path, into, limit_bytes=LIMIT, progress=Told())
    finally:
        await downloader.aclose()


async def failure_of(remote: Remote, into: Path) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await fetch(remote, into)
    assert "CANARY" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)
    assert not into.exists()
    return raised.value


def part_of(into: Path) -> Path:
    return into.with_name(into.name + ".part")


async def test_a_file_arrives_whole_with_its_digest(remote: Remote, tmp_path: Path) -> None:
    into, told = tmp_path / "clip.mp4", Told()
    remote.will(video())
    done = await Downloader(remote.url).fetch(
        f"{remote.url}/clip.mp4", into, limit_bytes=LIMIT, progress=told
    )
    assert done == WHOLE
    assert into.read_bytes() == MP4
    assert not part_of(into).exists()
    assert told.steps[0] == (0, len(MP4))
    assert told.steps[-1] == (len(MP4), len(MP4))
    assert stat.S_IMODE(into.stat().st_mode) == 0o600


async def test_no_credentials_go_with_it(remote: Remote, tmp_path: Path) -> None:
    remote.will(
        Answer(302, headers={"location": "/b.mp4", "set-cookie": "session=1; Path=/"}), video()
    )
    await fetch(remote, tmp_path / "clip.mp4")
    for seen in remote.seen:
        assert not {"authorization", "cookie", "referer"} & set(seen.headers)
    assert [seen.target for seen in remote.seen] == ["/clip.mp4?sig=CANARY", "/b.mp4"]


@pytest.mark.parametrize("cut_at", [1, 7, 100, len(MP4) - 1])
async def test_a_cut_transfer_goes_on_where_it_stopped(
    remote: Remote, tmp_path: Path, cut_at: int
) -> None:
    remote.will(video(cut_at=cut_at, etag='"v1"'), rest_from(cut_at))
    assert await fetch(remote, tmp_path / "clip.mp4") == WHOLE
    assert remote.seen[1].headers["range"] == f"bytes={cut_at}-"
    assert remote.seen[1].headers["if-range"] == '"v1"'


async def test_a_later_try_goes_on_in_the_same_part(remote: Remote, tmp_path: Path) -> None:
    into = tmp_path / "clip.mp4"
    remote.will(video(cut_at=500), Reset())
    assert isinstance(await failure_of(remote, into), Retryable)
    assert part_of(into).read_bytes() == MP4[:500]
    remote.will(rest_from(500))
    assert await fetch(remote, into) == WHOLE
    assert remote.seen[-1].headers["range"] == "bytes=500-"


async def test_the_right_range_with_status_200_is_taken_too(remote: Remote, tmp_path: Path) -> None:
    remote.will(video(cut_at=500), rest_from(500, status=200))
    assert await fetch(remote, tmp_path / "clip.mp4") == WHOLE


async def test_a_server_without_ranges_begins_again(remote: Remote, tmp_path: Path) -> None:
    remote.will(video(cut_at=500), video())
    assert await fetch(remote, tmp_path / "clip.mp4") == WHOLE


async def test_a_part_that_was_whole_already_is_finished(remote: Remote, tmp_path: Path) -> None:
    into = tmp_path / "clip.mp4"
    part_of(into).write_bytes(MP4)
    remote.will(Answer(416, headers={"content-range": f"bytes */{len(MP4)}"}))
    assert await fetch(remote, into) == WHOLE


@pytest.mark.parametrize(
    "answer", [rest_from(7), Answer(416, headers={"content-range": "bytes */3"}), Answer(416)]
)
async def test_a_part_that_does_not_fit_is_thrown_away(
    remote: Remote, tmp_path: Path, answer: Answer
) -> None:
    into = tmp_path / "clip.mp4"
    part_of(into).write_bytes(MP4[:500])
    assert isinstance(await failure_of(remote.will(answer), into), Retryable)
    remote.will(video())
    assert await fetch(remote, into) == WHOLE
    assert "range" not in remote.seen[-1].headers


async def test_a_transfer_that_is_always_cut_ends(remote: Remote, tmp_path: Path) -> None:
    remote.will(*(video(cut_at=at) for at in range(20, 300, 10)))
    failure = await failure_of(remote, tmp_path / "clip.mp4")
    assert isinstance(failure, Retryable)
    assert len(remote.seen) <= CONTINUATIONS + 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(MP4) - 1), min_size=1, max_size=CONTINUATIONS, unique=True))
async def test_cuts_anywhere_end_in_the_same_file(
    remote: Remote, tmp_path: Path, cuts: list[int]
) -> None:
    cuts.sort()
    starts = [0, *cuts]
    pieces = [rest_from(at, status=206 if at else 200) for at in starts]
    remote.will(
        *(
            Answer(p.status, p.body, p.headers, cut_at=cut - at)
            for p, at, cut in zip(pieces[:-1], starts[:-1], cuts, strict=True)
        ),
        pieces[-1],
    )
    assert await fetch(remote, tmp_path / f"clip-{os.urandom(4).hex()}.mp4") == WHOLE


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 502, 503])
async def test_an_expired_address_is_asked_for_again(
    remote: Remote, tmp_path: Path, status: int
) -> None:
    remote.will(Answer(status, b"<Error>Request has expired</Error>", {"retry-after": "70"}))
    failure = await failure_of(remote, tmp_path / "clip.mp4")
    assert isinstance(failure, Retryable)
    assert failure.retry_after == 70


@pytest.mark.parametrize("move", [Reset(), Raw(b"garbage"), Raw(b"")], ids=str)
async def test_a_broken_answer_is_asked_for_again(
    remote: Remote, tmp_path: Path, move: Move
) -> None:
    assert isinstance(await failure_of(remote.will(move), tmp_path / "clip.mp4"), Retryable)


@pytest.mark.parametrize("move", [Hang(), Answer(200, MP4, drip_seconds=0.02)], ids=str)
async def test_a_transfer_has_a_deadline_as_a_whole(
    remote: Remote, tmp_path: Path, move: Move
) -> None:
    downloader = Downloader(remote.will(move).url, timeout_seconds=0.5)
    with pytest.raises(Retryable, match="did not finish in time"):
        await downloader.fetch(
            f"{remote.url}/a", tmp_path / "a.mp4", limit_bytes=LIMIT, progress=Told()
        )


BAD = [
    Answer(200, b"<html>Please log in</html>", {"content-type": "text/html; charset=utf-8"}),
    Answer(200, b"{}", {"content-type": "application/json"}),
    Answer(200, b"#EXTM3U\nfile:///etc/passwd", {"content-type": "application/vnd.apple.mpegurl"}),
    video(b"<html>Please log in</html>"),
    video(b"ffconcat version 1.0\nfile 'x'"),
    video(b"ftypisom" * 10),
    video(b""),
    video(MP4[:7]),
    Answer(200, b"", {}),
    video(content_encoding="gzip"),
]


@pytest.mark.parametrize("answer", BAD)
async def test_what_is_no_mp4_is_refused_and_not_kept(
    remote: Remote, tmp_path: Path, answer: Answer
) -> None:
    into = tmp_path / "clip.mp4"
    failure = await failure_of(remote.will(answer), into)
    assert isinstance(failure, Refused)
    assert failure.kind is FailureKind.BAD_MEDIA
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["video/quicktime", "application/octet-stream", ""])
async def test_file_stores_may_not_know_that_it_is_a_video(
    remote: Remote, tmp_path: Path, kind: str
) -> None:
    remote.will(Answer(200, MP4, {"content-type": kind}))
    assert await fetch(remote, tmp_path / "clip.mp4") == WHOLE


@pytest.mark.parametrize("announced", [True, False])
async def test_the_size_is_capped_by_what_arrives(
    remote: Remote, tmp_path: Path, *, announced: bool
) -> None:
    into = tmp_path / "clip.mp4"
    remote.will(Answer(200, MP4 + bytes(LIMIT), {}, announce_length=announced))
    failure = await failure_of(remote, into)
    assert (failure.kind, failure.message.startswith("the file is larger")) == (
        FailureKind.BAD_MEDIA,
        True,
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "{elsewhere}/clip.mp4",
        "http://localhost:{port}/clip.mp4",
        "https://127.0.0.1/clip.mp4",
        "https://[::1]/clip.mp4",
        "https://localhost/clip.mp4",
        "https://user:pass@cdn.example/clip.mp4",
        "https://cdn.example:8443/clip.mp4",
        "ftp://cdn.example/clip.mp4",
        "file:///etc/passwd",
        "",
        "http://[",
        "https://cdn.example:port/clip.mp4",
    ],
)
async def test_only_the_internet_and_the_trusted_origin_are_fetched(
    remote: Remote, elsewhere: Remote, tmp_path: Path, url: str
) -> None:
    into = tmp_path / "clip.mp4"
    with pytest.raises(Refused) as raised:
        await Downloader(remote.url).fetch(
            url.format(elsewhere=elsewhere.url, port=remote.port),
            into,
            limit_bytes=LIMIT,
            progress=Told(),
        )
    assert raised.value.kind is FailureKind.BAD_MEDIA
    assert remote.seen == elsewhere.seen == []
    assert list(tmp_path.iterdir()) == []


async def test_nothing_local_is_fetched_without_a_trusted_origin(
    remote: Remote, tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        await Downloader().fetch(
            f"{remote.url}/a", tmp_path / "a.mp4", limit_bytes=LIMIT, progress=Told()
        )
    assert remote.seen == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1", "::ffff:10.0.0.1"]
)
async def test_a_public_name_of_a_private_address_is_refused(tmp_path: Path, address: str) -> None:
    internet = Internet()
    downloader = Downloader(
        resolve=Names("8.8.8.8", address), client=httpx.AsyncClient(transport=internet)
    )
    with pytest.raises(Refused, match="private or reserved network"):
        await downloader.fetch(
            "https://cdn.example/a.mp4",
            tmp_path / "a.mp4",
            limit_bytes=LIMIT,
            progress=Told(),
        )
    assert internet.asked == []


async def test_every_hop_of_a_redirect_is_judged(
    remote: Remote, elsewhere: Remote, tmp_path: Path
) -> None:
    remote.will(Answer(302, headers={"location": f"{elsewhere.url}/internal"}))
    failure = await failure_of(remote, tmp_path / "clip.mp4")
    assert isinstance(failure, Refused)
    assert elsewhere.seen == []


@pytest.mark.parametrize("location", ["https://cdn.example:port/", "http://["])
async def test_a_redirect_to_no_address_leads_nowhere(
    remote: Remote, tmp_path: Path, location: str
) -> None:
    remote.will(Answer(302, headers={"location": location}))
    await failure_of(remote, tmp_path / "clip.mp4")
    assert len(remote.seen) == 1


async def test_a_name_that_cannot_be_resolved_is_asked_for_again(tmp_path: Path) -> None:
    async def unknown(host: str) -> Sequence[str]:
        raise socket.gaierror(-2, f"{host} is not known")

    with pytest.raises(Retryable, match="its name could not be resolved"):
        await Downloader(resolve=unknown).fetch(
            "https://cdn.example/a.mp4", tmp_path / "a.mp4", limit_bytes=LIMIT, progress=Told()
        )


async def test_a_rest_that_is_too_short_is_not_the_end(remote: Remote, tmp_path: Path) -> None:
    short = video(MP4[500:600], 206, content_range=f"bytes 500-599/{len(MP4)}")
    remote.will(video(cut_at=500), short, rest_from(600))
    assert await fetch(remote, tmp_path / "clip.mp4") == WHOLE


async def test_redirects_come_to_an_end(remote: Remote, tmp_path: Path) -> None:
    remote.will(Answer(302, headers={"location": "/again"}))
    failure = await failure_of(remote, tmp_path / "clip.mp4")
    assert isinstance(failure, Refused)
    assert len(remote.seen) == 4


async def test_the_internet_is_asked_by_vetted_address_under_the_right_name(
    tmp_path: Path,
) -> None:
    internet = Internet(dead=["2606:4700::1111"])
    downloader = Downloader(
        resolve=Names("2606:4700::1111", "8.8.8.8"), client=httpx.AsyncClient(transport=internet)
    )
    into = tmp_path / "clip.mp4"
    done = await downloader.fetch(
        "https://cdn.example/a.mp4?sig=1", into, limit_bytes=LIMIT, progress=Told()
    )
    assert done == WHOLE
    first, second = internet.asked
    assert first.url.host == "2606:4700::1111"
    assert str(second.url) == "https://8.8.8.8/a.mp4?sig=1"
    assert second.headers["host"] == "cdn.example"
    assert second.extensions["sni_hostname"] == "cdn.example"


async def test_a_dead_origin_was_certainly_not_reached(dead_url: str, tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="nothing listens"):
        await Downloader(dead_url).fetch(
            f"{dead_url}/a", tmp_path / "a.mp4", limit_bytes=LIMIT, progress=Told()
        )


async def test_a_link_in_the_place_of_the_part_is_not_followed(
    remote: Remote, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    part_of(tmp_path / "clip.mp4").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic"):
        await fetch(remote.will(video()), tmp_path / "clip.mp4")
    assert not victim.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_reason_to_wait(number: int) -> None:
    with pytest.raises(Retryable) as raised, disk_errors("download"):
        raise OSError(number, "full")
    assert raised.value.kind is FailureKind.DISK_LOW


async def test_a_cancelled_fetch_leaves_its_part_for_the_next(
    remote: Remote, tmp_path: Path
) -> None:
    into = tmp_path / "clip.mp4"
    remote.will(Answer(200, MP4[:40] + bytes(60), drip_seconds=0.02))
    task = asyncio.create_task(fetch(remote, into))
    while not remote.seen:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < part_of(into).stat().st_size < 100
