import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.errors import ClientError, Refused, Retryable
from clients.store import ObjectStore
from schemas.failures import FailureKind
from tests.conftest import StoreAccess
from tests.integration.clients.remotes import Answer, Hang, Move, Raw, Remote, Reset

CONTENT = bytes(range(256)) * 4096
LENGTH = len(CONTENT)


def opened(access: StoreAccess) -> ObjectStore:
    return ObjectStore(
        endpoint_url=access.endpoint,
        bucket=access.bucket,
        region="us-east-1",
        access_key_id=access.key_id,
        secret_access_key=access.secret,
    )


@pytest.fixture(scope="module")
async def store(object_store: StoreAccess) -> AsyncIterator[ObjectStore]:
    async with opened(object_store) as store:
        await store.ensure_bucket()
        yield store


@pytest.fixture(scope="module")
async def stored(store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The key of an object that holds CONTENT."""
    path = tmp_path_factory.mktemp("sent") / "a.bin"
    path.write_bytes(CONTENT)
    await store.put(path, "tests/ranges/a.bin", "application/octet-stream")
    return "tests/ranges/a.bin"


@pytest.fixture
async def scripted(remote: Remote) -> AsyncIterator[ObjectStore]:
    """A store whose server does what the test says."""
    access = StoreAccess(remote.url, "reels", "key-CANARY", "secret-CANARY", Path())
    async with opened(access) as store:
        yield store


async def test_a_file_comes_back_as_it_was(store: ObjectStore, tmp_path: Path) -> None:
    sent, got = tmp_path / "sent.mp4", tmp_path / "got.mp4"
    sent.write_bytes(CONTENT)
    await store.put(sent, "tests/days/a/clip one.mp4", "video/mp4")
    assert await store.size("tests/days/a/clip one.mp4") == LENGTH
    digest = await store.get("tests/days/a/clip one.mp4", got)
    assert got.read_bytes() == CONTENT
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["got.mp4", "sent.mp4"]


async def test_the_same_key_holds_the_newer_file(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for text in ("first", "second one"):
        path.write_text(text)
        await store.put(path, "tests/again.txt", "text/plain")
    assert await store.size("tests/again.txt") == len("second one")


async def test_an_empty_file_can_be_kept(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    await store.put(tmp_path / "empty", "tests/empty.bin", "application/octet-stream")
    await store.get("tests/empty.bin", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b""


async def test_an_object_that_is_not_there_has_no_size_and_is_not_found(
    store: ObjectStore, tmp_path: Path
) -> None:
    assert await store.size("tests/nothing.bin") is None
    with pytest.raises(Refused) as raised:
        await store.get("tests/nothing.bin", tmp_path / "got")
    assert raised.value.kind is FailureKind.NOT_FOUND
    with pytest.raises(Refused) as raised:
        [_ async for _ in store.open_range("tests/nothing.bin", 0, 5)]
    assert raised.value.kind is FailureKind.NOT_FOUND
    assert list(tmp_path.iterdir()) == []


async def test_making_the_bucket_twice_changes_nothing(store: ObjectStore, stored: str) -> None:
    await store.ensure_bucket()
    assert await store.size(stored) == LENGTH


async def test_a_bucket_that_is_not_there_is_made(object_store: StoreAccess) -> None:
    async with opened(replace(object_store, bucket="another")) as store:
        await store.ensure_bucket()
        assert await store.size("nothing") is None


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1)).map(sorted))
async def test_a_range_is_exactly_its_bytes(
    store: ObjectStore, stored: str, ends: list[int]
) -> None:
    first, last = ends
    chunks = [chunk async for chunk in store.open_range(stored, first, last)]
    assert b"".join(chunks) == CONTENT[first : last + 1]


async def test_a_range_may_be_left_early(store: ObjectStore, stored: str) -> None:
    for _ in range(15):
        chunks = store.open_range(stored, 0, LENGTH - 1)
        assert await anext(chunks)
        await chunks.aclose()
    assert await store.size(stored) == LENGTH


async def test_an_address_lets_anyone_fetch_it_and_only_as_signed(
    store: ObjectStore, stored: str
) -> None:
    url = await store.presign(stored, 60)
    async with httpx.AsyncClient(trust_env=False) as anyone:
        whole = await anyone.get(url)
        part = await anyone.get(url, headers={"range": "bytes=10-19"})
        assert whole.content == CONTENT
        assert part.content == CONTENT[10:20]
        assert (await anyone.get(url.replace("X-Amz-Signature=", "X-Amz-Signature=0"))).is_error
        assert (await anyone.get(url.partition("?")[0])).is_error


async def test_an_address_runs_out(store: ObjectStore, stored: str) -> None:
    url = httpx.URL(await store.presign(stored, 120))
    assert url.params["X-Amz-Expires"] == "120"
    assert "secret" not in str(url)


async def test_a_folder_is_deleted_and_nothing_beside_it(
    store: ObjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    doomed = ["days/demo/2026-01-01/a.mp4", "days/demo/2026-01-01/clips/b.mp4"]
    kept = ["days/demo/2026-01-010/a.mp4", "days/demo/2026-01-02/a.mp4", "days/demo2/a.mp4"]
    for key in doomed + kept:
        await store.put(path, f"tests/{key}", "video/mp4")
    assert await store.delete_prefix("tests/days/demo/2026-01-01") == 2
    assert await store.delete_prefix("tests/days/demo/2026-01-01/") == 0
    for key in doomed:
        assert await store.size(f"tests/{key}") is None
    for key in kept:
        assert await store.size(f"tests/{key}") == 1


def page(key: str, more: str = "") -> Answer:
    contents = f"<Contents><Key>{key}</Key><Size>1</Size></Contents>"
    truncated = f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}"
    return Answer(200, f"<ListBucketResult>{truncated}{contents}</ListBucketResult>".encode())


async def test_a_folder_is_deleted_over_all_its_pages(
    scripted: ObjectStore, remote: Remote
) -> None:
    more = "<NextContinuationToken>after-a</NextContinuationToken>"
    remote.will(page("f/a", more), Answer(204), page("f/b"), Answer(204))
    assert await scripted.delete_prefix("f") == 2
    first, gone, second, gone_too = remote.seen
    assert "prefix=f%2F" in first.target
    assert "continuation-token=after-a" in second.target
    assert [seen.target for seen in (gone, gone_too)] == ["/reels/f/a", "/reels/f/b"]
    assert gone.method == "DELETE"


@pytest.mark.parametrize("prefix", ["", "/", "//"])
async def test_the_whole_bucket_is_never_deleted(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(Refused) as raised:
        await store.delete_prefix(prefix)
    assert raised.value.kind is FailureKind.BAD_REQUEST


async def test_a_wrong_key_is_a_setting_to_mend(object_store: StoreAccess) -> None:
    for wrong in (
        replace(object_store, secret="not-the-secret"),
        replace(object_store, key_id="not-the-key"),
    ):
        async with opened(wrong) as store:
            with pytest.raises(Refused) as raised:
                await store.size("tests/ranges/a.bin")
            assert raised.value.kind is FailureKind.AUTHENTICATION
            assert "not-the" not in str(raised.value)


async def test_a_bucket_that_cannot_be_one_is_a_setting_to_mend(
    object_store: StoreAccess,
) -> None:
    async with opened(replace(object_store, bucket="not a bucket!")) as store:
        with pytest.raises(Refused) as raised:
            await store.ensure_bucket()
    assert raised.value.kind is FailureKind.CONFIGURATION


async def test_a_bucket_that_may_not_be_seen_is_not_made(
    scripted: ObjectStore, remote: Remote
) -> None:
    remote.will(Answer(403))
    with pytest.raises(Refused):
        await scripted.ensure_bucket()
    assert len(remote.seen) == 1


async def test_a_store_that_is_down_is_waited_for(dead_url: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    async with opened(StoreAccess(dead_url, "reels", "key", "secret", Path())) as store:
        for call in (store.size("a"), store.put(tmp_path / "a", "a", "text/plain")):
            with pytest.raises(Retryable, match="could not be reached"):
                await call


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(503, b"<Error><Code>SlowDown</Code></Error>"), FailureKind.RATE_LIMITED),
        (Answer(500, b"<Error><Code>InternalError</Code></Error>"), FailureKind.UNAVAILABLE),
        (Answer(502, b"<html>"), FailureKind.UNAVAILABLE),
        (Answer(403, b"<Error><Code>AccessDenied</Code></Error>"), FailureKind.PERMISSION),
        (Answer(404, b"<Error><Code>NoSuchBucket</Code></Error>"), FailureKind.CONFIGURATION),
        (Answer(400, b"<Error><Code>EntityTooLarge</Code></Error>"), FailureKind.BAD_REQUEST),
    ],
)
async def test_an_error_is_sorted_by_its_code_and_not_repeated(
    scripted: ObjectStore, remote: Remote, tmp_path: Path, answer: Answer, kind: FailureKind
) -> None:
    remote.will(answer)
    with pytest.raises(ClientError) as raised:
        await scripted.get("a", tmp_path / "a")
    assert raised.value.kind is kind
    assert "CANARY" not in str(raised.value)
    assert len(remote.seen) == 1


@pytest.mark.parametrize("move", [Reset(), Raw(b"garbage"), Raw(b"")], ids=str)
async def test_a_broken_connection_is_a_reason_to_come_back(
    scripted: ObjectStore, remote: Remote, tmp_path: Path, move: Move
) -> None:
    remote.will(move)
    with pytest.raises(Retryable):
        await scripted.get("a", tmp_path / "a")


async def test_half_an_object_is_never_a_file(
    scripted: ObjectStore, remote: Remote, tmp_path: Path
) -> None:
    remote.will(Answer(200, CONTENT[:1000], cut_at=400))
    with pytest.raises(Retryable):
        await scripted.get("a", tmp_path / "a")
    assert not (tmp_path / "a").exists()
    with pytest.raises(Retryable):
        [_ async for _ in scripted.open_range("a", 0, 999)]


async def test_a_later_try_starts_afresh(
    scripted: ObjectStore, remote: Remote, tmp_path: Path
) -> None:
    remote.will(Answer(200, CONTENT[:1000], cut_at=400), Answer(200, CONTENT[:1000]))
    with pytest.raises(Retryable):
        await scripted.get("a", tmp_path / "a")
    await scripted.get("a", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == CONTENT[:1000]


async def test_a_server_that_ignores_ranges_is_cut_to_size(
    scripted: ObjectStore, remote: Remote
) -> None:
    remote.will(Answer(200, CONTENT[:1000]))
    chunks = [chunk async for chunk in scripted.open_range("a", 100, 199)]
    assert b"".join(chunks) == CONTENT[100:200]


async def test_the_bucket_stands_in_the_path_for_other_servers(
    scripted: ObjectStore, remote: Remote, tmp_path: Path
) -> None:
    remote.will(Answer(200))
    (tmp_path / "a").write_bytes(b"hello")
    await scripted.put(tmp_path / "a", "days/a b.mp4", "video/mp4")
    (seen,) = remote.seen
    assert (seen.method, seen.target) == ("PUT", "/reels/days/a%20b.mp4")
    assert seen.headers["content-type"] == "video/mp4"
    assert "CANARY" not in seen.target


class Impatient(ObjectStore):
    silence_seconds = 0.5


@pytest.mark.parametrize("invites", [True, False])
async def test_a_hanging_store_is_given_up(
    remote: Remote, tmp_path: Path, *, invites: bool
) -> None:
    remote.will(Hang())
    remote.invites = invites
    (tmp_path / "a").write_bytes(CONTENT[:1000])
    store = Impatient(
        endpoint_url=remote.url,
        bucket="reels",
        region="us-east-1",
        access_key_id="key",
        secret_access_key="secret",
    )
    async with store:
        for call in (store.size("a"), store.put(tmp_path / "a", "a", "text/plain")):
            with pytest.raises(Retryable, match="did not answer in time"):
                await call
