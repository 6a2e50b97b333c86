"""What Facebook Login has beside Instagram Login, and what both read and write after a post."""

from collections.abc import AsyncGenerator
from contextlib import nullcontext
from dataclasses import replace

import pytest

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Comment, Credentials, Handle
from clients.publishing.access import App
from clients.publishing.instagram import FacebookLogin, Instagram
from schemas.failures import FailureKind
from tests.factories import NOW
from tests.integration.clients.graph import (
    JOB,
    TOKEN,
    VIDEO,
    WHO,
    Ask,
    Film,
    commit,
    error,
    link,
    look,
    prepare,
    quota,
    recent,
)
from tests.integration.clients.remotes import Answer, Move, Remote, Reset, json_answer

OCTETS = "application/octet-stream"


def facebook(url: str, upload_url: str | None = None, app: App | None = None) -> Instagram:
    return Instagram(url, "v25.0", facebook=FacebookLogin(upload_url=upload_url, app=app))


async def test_with_facebook_login_company_place_and_cover_are_named(remote: Remote) -> None:
    remote.will(json_answer(200, {"id": "900"}))
    job = replace(JOB, collaborators=("ann", "bob"), location_id="77", cover_seconds=1.9999)
    assert await facebook(remote.url).prepare(WHO, job, Film()) == Handle("900")
    (seen,) = remote.seen
    assert seen.form["collaborators"] == '["ann", "bob"]'
    assert (seen.form["location_id"], seen.form["thumb_offset"]) == ("77", "1999")
    assert seen.form["video_url"] == VIDEO


@pytest.mark.parametrize("ask", [prepare, commit, look, quota, recent, link])
async def test_every_call_proves_that_we_know_the_app_s_secret(remote: Remote, ask: Ask) -> None:
    publisher = facebook(remote.will(Answer(500)).url, app=App("1", "APPSECRET"))
    with pytest.raises(ClientError):
        await ask(publisher)
    (seen,) = remote.seen
    proof = App("1", "APPSECRET").proof(TOKEN)
    assert f"appsecret_proof={proof}" in (seen.body.decode() or seen.target)
    assert "APPSECRET" not in seen.target + seen.body.decode()


def test_the_proof_is_that_of_meta_s_own_sdk() -> None:
    proof = "e697d0006554740ddfffab3f4406f3cef626ca5483a5c58b72a31941c9f40655"
    assert App("1", "APPSECRET").proof("TOKEN") == proof


BOTH = Credentials("178", TOKEN, "EAAUSER")


@pytest.mark.parametrize("second", [error(190), Answer(500), json_answer(200, {"id": "500"})])
async def test_an_unreadable_object_is_read_once_more_with_the_other_token(
    remote: Remote, second: Answer
) -> None:
    remote.will(error(100, 33), second)
    answers = second.status == 200
    with nullcontext() if answers else pytest.raises(Retryable):
        assert await facebook(remote.url).permalink(BOTH, "500") is None
    assert [seen.headers["authorization"] for seen in remote.seen] == [
        f"Bearer {TOKEN}",
        "Bearer EAAUSER",
    ]


@pytest.mark.parametrize("answer", [error(190), error(2), Answer(500), error(100)])
async def test_no_other_answer_is_asked_about_with_the_other_token(
    remote: Remote, answer: Answer
) -> None:
    with pytest.raises(ClientError):
        await facebook(remote.will(answer).url).poll(BOTH, Handle("900"))
    assert len(remote.seen) == 1


@pytest.mark.parametrize("answer", [error(100, 33), error(190), Answer(500)])
async def test_nothing_is_ever_written_with_the_other_token(remote: Remote, answer: Answer) -> None:
    publisher = facebook(remote.will(answer).url)
    for write in (publisher.commit(BOTH, Handle("900")), publisher.comment(BOTH, "500", "Hi")):
        with pytest.raises(ClientError):
            await write
    assert {seen.headers["authorization"] for seen in remote.seen} == {f"Bearer {TOKEN}"}
    assert len(remote.seen) == 2


async def test_bytes_go_to_the_address_as_it_is_with_what_meta_asks_for(remote: Remote) -> None:
    upload = f"{remote.url}/ig-api-upload"
    uri = f"{upload}/v25.0/900?x=%20y"
    publisher = facebook(remote.url, upload)
    remote.will(
        json_answer(200, {"id": "900", "uri": uri}),
        json_answer(200, {"success": True, "message": "Upload successful."}),
    )
    handle = await publisher.prepare(WHO, JOB, Film())
    told: list[int] = []
    assert await publisher.transfer(WHO, handle, Film(), 300, told.append) == 1000

    made, sent = remote.seen
    assert made.form["upload_type"] == "resumable"
    assert "video_url" not in made.form
    assert (sent.method, sent.target) == ("POST", "/ig-api-upload/v25.0/900?x=%20y")
    assert sent.headers["authorization"] == f"OAuth {TOKEN}"
    named = ("offset", "file_size", "content-length", "content-type")
    assert [sent.headers[name] for name in named] == ["300", "1000", "700", OCTETS]
    assert sent.body == b"".join([chunk async for chunk in Film().read(300)])
    assert told == list(range(400, 1001, 100))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer(200, {"success": False}), Retryable),
        (json_answer(400, {"debug_info": {"retriable": True, "type": "PartialRequestError"}}),
         Retryable),
        (json_answer(400, {"debug_info": {"type": "ProcessingFailedError"}}), OutcomeUnknown),
        (Answer(503, b"<html>"), Retryable),
        (Answer(404, b"<html>"), Refused),
        (error(190), Refused),
        (Reset(), Retryable),
    ],
)  # fmt: skip
async def test_only_a_success_confirms_the_bytes(
    remote: Remote, answer: Move, kind: type[ClientError]
) -> None:
    publisher = facebook(remote.will(answer).url, remote.url)
    handle = Handle("900", f"{remote.url}/900")
    with pytest.raises(ClientError) as raised:
        await publisher.transfer(WHO, handle, Film(), 0, lambda _sent: None)
    assert isinstance(raised.value, kind)
    assert TOKEN not in str(raised.value)


async def test_a_store_that_breaks_off_is_no_fault_of_the_platform(remote: Remote) -> None:
    class Broken(Film):
        async def read(self, offset: int) -> AsyncGenerator[bytes, None]:
            yield bytes(100 - offset)
            raise Retryable("store", FailureKind.UNAVAILABLE, "broke off")

    publisher = facebook(remote.url, remote.url)
    with pytest.raises(Retryable, match="store: broke off"):
        await publisher.transfer(
            WHO, Handle("900", f"{remote.url}/900"), Broken(), 0, lambda _sent: None
        )


async def test_a_host_that_hangs_up_half_way_leaves_nothing_open(remote: Remote) -> None:
    closed: list[int] = []

    class Large(Film):
        size = 100_000_000

        async def read(self, offset: int) -> AsyncGenerator[bytes, None]:
            try:
                for at in range(offset, self.size, 1_000_000):
                    yield bytes(1_000_000)
                    closed[:] = [at]
            finally:
                closed.append(-1)

    remote.takes = 3_000_000
    publisher = facebook(remote.will(Reset()).url, remote.url)
    with pytest.raises(Retryable):
        await publisher.transfer(
            WHO, Handle("900", f"{remote.url}/900"), Large(), 0, lambda _sent: None
        )
    assert closed[-1] == -1
    assert closed[0] < 50_000_000


def test_credentials_don_t_show_their_tokens() -> None:
    assert TOKEN not in repr(BOTH)
    assert "EAAUSER" not in repr(BOTH)


async def test_posts_are_read_page_by_page_back_to_the_moment(remote: Remote) -> None:
    def page(number: int, when: str) -> Answer:
        paging = {"cursors": {"after": f"c{number}"}, "next": "https://graph/next"}
        post = {"id": str(number), "caption": "Hi", "timestamp": when}
        return json_answer(200, {"data": [post], "paging": paging})

    remote.will(
        page(1, "2026-11-23T10:00:00+0000"),
        page(2, "2026-11-23T09:00:00+0000"),
        page(3, "2026-11-23T08:58:59+0000"),
        page(4, "2026-11-23T08:00:00+0000"),
    )
    posts = await Instagram(remote.url, "v25.0").posts(WHO, NOW)
    assert [post.media_id for post in posts] == ["1", "2", "3"]
    assert [("after=" in seen.target) for seen in remote.seen] == [False, True, True]


async def test_a_list_without_an_end_proves_nothing(remote: Remote) -> None:
    endless = {"cursors": {"after": "c"}, "next": "https://graph/next"}
    post = {"id": "1", "text": "Hi", "timestamp": "2026-11-23T10:00:00+0000"}
    publisher = Instagram(remote.url, "v25.0")
    remote.will(json_answer(200, {"data": [post], "paging": endless}))
    for read in (publisher.posts(WHO, NOW), publisher.comments(WHO, "500")):
        with pytest.raises(Retryable):
            await read


async def test_a_comment_is_written_in_the_body_and_all_of_them_are_read(remote: Remote) -> None:
    more = {"cursors": {"after": "c1"}, "next": "https://graph/next"}
    remote.will(
        json_answer(200, {"id": "7"}),
        json_answer(200, {"data": [{"id": "8", "text": "Hi"}], "paging": more}),
        json_answer(200, {"data": [{"id": "7", "text": "First"}]}),
    )
    publisher = Instagram(remote.url, "v25.0")
    assert await publisher.comment(WHO, "500", "First") == "7"
    assert await publisher.comments(WHO, "500") == (Comment("8", "Hi"), Comment("7", "First"))
    assert (remote.seen[0].target, remote.seen[0].form) == (
        "/v25.0/500/comments",
        {"message": "First"},
    )


@pytest.mark.parametrize(
    "move", [error(10), error(2), error(4, 2207051), Answer(500), Reset(), Answer(200, b"{}")],
    ids=str,
)  # fmt: skip
async def test_only_a_clear_no_proves_that_a_comment_was_not_written(
    remote: Remote, move: Move
) -> None:
    publisher = Instagram(remote.will(move).url, "v25.0")
    with pytest.raises(ClientError) as raised:
        await publisher.comment(WHO, "500", "First")
    clear = move == error(10)
    assert isinstance(raised.value, OutcomeUnknown) is not clear
    assert len(remote.seen) == 1
