from pathlib import Path

import httpx
import pytest

from clients.store import ObjectStore
from db.database import Database
from tests.factories import a_decision
from tests.integration.web.drafts import CAPTION, a_draft, a_stored_draft, put_files

VIDEO = bytes(range(256)) * 4096
POSTER = b"\x89PNG\r\n\x1a\n" + bytes(1000)


@pytest.fixture(scope="module")
async def revision(
    database: Database, store: ObjectStore, tmp_path_factory: pytest.TempPathFactory
) -> str:
    folder = tmp_path_factory.mktemp("draft")
    return await a_stored_draft(database, store, folder, video=VIDEO, poster=POSTER)


async def test_the_poster_is_served_whole(web: httpx.AsyncClient, revision: str) -> None:
    answer = await web.get(f"/reels/{revision}/poster.png")
    assert (answer.status_code, answer.content) == (200, POSTER)
    assert answer.headers["content-type"] == "image/png"


async def test_both_captions_lead_to_the_video_also_when_one_was_chosen(
    web: httpx.AsyncClient, database: Database, store: ObjectStore, tmp_path: Path
) -> None:
    other = CAPTION.model_copy(update={"caption": "Look at that"})
    revisions, composed = await a_draft(database, b"two captions", other)
    await put_files(store, tmp_path, composed, video=b"two captions", poster=POSTER)
    row = await database.reels.by_revision(revisions[0])
    assert row is not None
    for chosen in (None, a_decision(row.key, revisions[1])):
        if chosen is not None:
            assert await database.approvals.decide(row.id, chosen.revision, chosen)
        for revision in revisions:
            video = await web.get(f"/reels/{revision}/video.mp4")
            poster = await web.get(f"/reels/{revision}/poster.png")
            assert (video.content, poster.content) == (b"two captions", POSTER)


async def test_a_draft_is_kept_by_the_browser_alone_and_for_good(
    web: httpx.AsyncClient, revision: str
) -> None:
    headers = (await web.get(f"/reels/{revision}/video.mp4")).headers
    assert headers["content-type"] == "video/mp4"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["etag"] == f'"{revision}"'
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, len(VIDEO) - 1),  # a player's first request
        ("bytes=983040-", 983040, len(VIDEO) - 1),  # a seek
        ("bytes=0-1", 0, 1),
        ("bytes=1000-300000", 1000, 300000),
        ("bytes=-500", len(VIDEO) - 500, len(VIDEO) - 1),
        ("bytes=5-99999999999", 5, len(VIDEO) - 1),
    ],
)
async def test_a_player_gets_the_range_that_it_seeks(
    web: httpx.AsyncClient, revision: str, asked: str, first: int, last: int
) -> None:
    answer = await web.get(f"/reels/{revision}/video.mp4", headers={"range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(VIDEO)}"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.content == VIDEO[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-1", "seconds=1-2", "nonsense"])
async def test_a_range_that_is_none_is_ignored(
    web: httpx.AsyncClient, revision: str, asked: str
) -> None:
    answer = await web.get(f"/reels/{revision}/video.mp4", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, VIDEO)


async def test_a_range_behind_the_end_is_refused_with_the_size(
    web: httpx.AsyncClient, revision: str
) -> None:
    headers = {"range": f"bytes={len(VIDEO)}-"}
    answer = await web.get(f"/reels/{revision}/video.mp4", headers=headers)
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(VIDEO)}"


async def test_head_tells_the_size_and_sends_nothing(web: httpx.AsyncClient, revision: str) -> None:
    answer = await web.head(f"/reels/{revision}/video.mp4", headers={"range": "bytes=0-1"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(VIDEO))
    assert answer.headers["content-type"] == "video/mp4"


async def test_what_the_browser_has_is_not_sent_again(
    web: httpx.AsyncClient, revision: str
) -> None:
    path = f"/reels/{revision}/video.mp4"
    for has in (f'"{revision}"', f'"other", W/"{revision}"'):
        answer = await web.get(path, headers={"if-none-match": has})
        assert (answer.status_code, answer.content) == (304, b"")
    assert (await web.get(path, headers={"if-none-match": '"other"'})).status_code == 200


async def test_a_range_of_another_version_is_answered_with_the_whole(
    web: httpx.AsyncClient, revision: str
) -> None:
    path, headers = f"/reels/{revision}/video.mp4", {"range": "bytes=0-9"}
    same = await web.get(path, headers=headers | {"if-range": f'"{revision}"'})
    other = await web.get(path, headers=headers | {"if-range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


async def test_nothing_else_is_served(web: httpx.AsyncClient, revision: str) -> None:
    for path in (
        f"/reels/{'0' * 64}/video.mp4",
        f"/reels/{revision.upper()}/video.mp4",
        f"/reels/{revision[:63]}/video.mp4",
        f"/reels/{revision}%0a/video.mp4",
        f"/reels/{revision}/",
        f"/reels/{revision}",
        f"/reels/{revision}/video.mp4/",
        f"/reels/{revision}/other.mp4",
        f"/reels/{revision}/..%2f..%2fvideo.mp4",
        "/reels/",
        "/reels",
        "/reels/%2e%2e/video.mp4",
        "/reels/%00/video.mp4",
        "/",
        "/healthz/",
        "/docs",
        "/openapi.json",
    ):
        answer = await web.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_nothing_can_be_changed(web: httpx.AsyncClient, revision: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await web.request(method, f"/reels/{revision}/video.mp4")
        assert answer.status_code == 405


async def test_a_file_that_is_gone_is_not_found(
    web: httpx.AsyncClient, database: Database, store: ObjectStore, tmp_path: Path
) -> None:
    revision = await a_stored_draft(database, store, tmp_path, video=b"gone", poster=POSTER)
    row = await database.reels.by_revision(revision)
    assert row
    await store.delete_prefix(row.key.prefix)
    assert (await web.get(f"/reels/{revision}/video.mp4")).status_code == 404


async def test_a_player_that_leaves_frees_its_connection_to_the_store(
    web: httpx.AsyncClient, database: Database, store: ObjectStore, tmp_path: Path
) -> None:
    large = bytes(24 * 1024 * 1024)  # more than the sockets hold by themselves
    revision = await a_stored_draft(database, store, tmp_path, video=large, poster=POSTER)
    path = f"/reels/{revision}/video.mp4"
    for _ in range(15):  # the store's client has ten connections
        async with web.stream("GET", path) as answer:
            assert answer.status_code == 200
            await anext(answer.aiter_raw())
    answer = await web.get(path, headers={"range": "bytes=0-9"}, timeout=5)
    assert answer.status_code == 206
