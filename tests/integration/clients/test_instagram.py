from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.publishing import Handle, Quota, State
from clients.publishing.instagram import Instagram
from clients.publishing.instagram_errors import ROWS
from schemas.failures import FailureKind
from tests.factories import NOW
from tests.integration.clients.graph import (
    TOKEN,
    VIDEO,
    WHO,
    Ask,
    commit,
    error,
    failure_of,
    instagram,
    link,
    look,
    prepare,
    quota,
    recent,
)
from tests.integration.clients.remotes import Answer, Move, Raw, Remote, Reset, json_answer


async def test_a_container_is_asked_for_in_the_body_alone(remote: Remote) -> None:
    assert await prepare(instagram(remote.will(json_answer(200, {"id": "900"})).url)) == "900"
    (seen,) = remote.seen
    assert (seen.method, seen.target) == ("POST", "/v25.0/178/media")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.form == {
        "media_type": "REELS",
        "video_url": VIDEO,
        "caption": "Hi\n\n#boat",
        "share_to_feed": "false",
        "is_ai_generated": "true",
    }


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (
            {"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": 86400}},
            Quota(2, 100, 86_400),
        ),
        ({"quota_usage": 0}, Quota(0, 50, 86_400)),
    ],
)
async def test_a_quota_is_read_with_the_page_s_number_where_none_is_named(
    remote: Remote, row: dict[str, object], right: Quota
) -> None:
    assert await quota(instagram(remote.will(json_answer(200, {"data": [row]})).url)) == right
    (seen,) = remote.seen
    assert seen.target.startswith("/v25.0/178/content_publishing_limit?")


async def test_a_commit_names_its_container_and_returns_the_media(remote: Remote) -> None:
    assert await commit(instagram(remote.will(json_answer(200, {"id": "500"})).url)) == "500"
    (seen,) = remote.seen
    assert (seen.method, seen.target) == ("POST", "/v25.0/178/media_publish")
    assert seen.form == {"creation_id": "900"}


@pytest.mark.parametrize("ask", [prepare, commit, look, quota, recent, link])
async def test_no_token_ever_stands_in_a_url(remote: Remote, ask: Ask) -> None:
    with pytest.raises(ClientError):
        await ask(instagram(remote.will(Answer(500)).url))
    (seen,) = remote.seen
    assert TOKEN not in seen.target
    assert "token" not in seen.target
    assert TOKEN not in seen.body.decode()


CLEAR = [
    (error(190, 463), FailureKind.AUTHENTICATION),
    (error(190, 467, status=401), FailureKind.AUTHENTICATION),
    (error(102), FailureKind.AUTHENTICATION),
    (error(10), FailureKind.PERMISSION),
    (error(200), FailureKind.PERMISSION),
    (error(299, status=403), FailureKind.PERMISSION),
    (error(9007, 2207027), FailureKind.NOT_READY),
    (error(36004, 2207010), FailureKind.BAD_REQUEST),
    (error(9, 2207042), FailureKind.RATE_LIMITED),
]


@pytest.mark.parametrize(("answer", "kind"), CLEAR)
async def test_a_clear_no_proves_that_nothing_was_published(
    remote: Remote, answer: Answer, kind: FailureKind
) -> None:
    failure = await failure_of(remote.will(answer), commit)
    assert isinstance(failure, Refused | Retryable)
    assert failure.kind is kind
    assert failure.request_id == "trace-1"


UNCLEAR: list[Move] = [
    *(error(*code) for code, row in ROWS.items() if not row.proves_unpublished),
    *(error(code) for code in (0, 3, 9, 24, 25, 352, 9007, 80001, 99999)),
    error(190, 463, status=500),
    error(36004, 2207010, status=503),
    error(1, is_transient=True),
    *(Answer(status, b"<html>") for status in (302, 400, 403, 404, 429, 500, 502, 503, 504)),
    Reset(),
    Raw(b"garbage"),
    Answer(200, b"not json"),
    json_answer(200, {}),
    json_answer(200, {"id": ""}),
    json_answer(200, {"success": True}),
    Answer(200, b'{"id": "500"}', cut_at=6),
]


@pytest.mark.parametrize("move", UNCLEAR, ids=str)
async def test_any_other_answer_to_a_commit_has_to_be_read_up(remote: Remote, move: Move) -> None:
    assert isinstance(await failure_of(remote.will(move), commit), OutcomeUnknown)
    assert len(remote.seen) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-10, 100_000), st.none() | st.integers(2207000, 2207100))
async def test_no_code_outside_the_clear_ones_ever_reads_as_a_no(
    remote: Remote, code: int, subcode: int | None
) -> None:
    clear = code in {10, 102, 190, 36004, *range(200, 300)} or (code, subcode) in {
        (9, 2207042),
        (9007, 2207027),
    }
    failure = await failure_of(remote.will(error(code, subcode)), commit)
    assert isinstance(failure, OutcomeUnknown) is not clear


async def test_a_commit_that_never_left_may_be_sent_again(dead_url: str) -> None:
    with pytest.raises(Retryable, match="nothing was sent"):
        await commit(instagram(dead_url))


@pytest.mark.parametrize("ask", [prepare, look, quota, recent, link])
@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Answer(200, b"<html>"),
        Answer(500, b"oops"),
        error(2),
        error(-1, 2207001),
        error(100, 33),
        error(77_777, is_transient=True),
    ],
    ids=str,
)
async def test_a_read_that_failed_proves_nothing_and_is_repeated(
    remote: Remote, ask: Ask, move: Move
) -> None:
    assert isinstance(await failure_of(remote.will(move), ask), Retryable)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(190), FailureKind.AUTHENTICATION),
        (error(10), FailureKind.PERMISSION),
        (error(25, 2207050), FailureKind.ACCOUNT_BLOCKED),
        (error(368), FailureKind.ACCOUNT_BLOCKED),
        (error(4, 2207051), FailureKind.ACCOUNT_BLOCKED),
        (error(352, 2207026), FailureKind.VIDEO_REFUSED),
        (error(36004), FailureKind.BAD_REQUEST),
        (error(100, 2207023), FailureKind.BAD_REQUEST),
        (error(9004, 2207052), FailureKind.CONFIGURATION),
        (error(99_999), FailureKind.BAD_REQUEST),
        (Answer(404, b"<html>"), FailureKind.CONFIGURATION),
        (Answer(301), FailureKind.CONFIGURATION),
    ],
)
async def test_a_refused_container_is_not_asked_for_again(
    remote: Remote, answer: Answer, kind: FailureKind
) -> None:
    failure = await failure_of(remote.will(answer), prepare)
    assert isinstance(failure, Refused)
    assert failure.kind is kind


@pytest.mark.parametrize("code", [(-2, 2207020), (-1, 2207032), (-1, 2207053), (24, 2207008)])
async def test_a_container_that_was_not_made_is_asked_for_again(
    remote: Remote, code: tuple[int, int]
) -> None:
    assert isinstance(await failure_of(remote.will(error(*code)), prepare), Retryable)


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80002])
async def test_a_limit_is_waited_for_as_long_as_the_platform_says(
    remote: Remote, code: int
) -> None:
    usage = '{"17":[{"type":"instagram","call_count":100,"estimated_time_to_regain_access":7}]}'
    answer = error(code)
    remote.will(Answer(400, answer.body, {"x-business-use-case-usage": usage}))
    failure = await failure_of(remote, look)
    assert (failure.kind, failure.retry_after) == (FailureKind.RATE_LIMITED, 420)


BUSY = '{"call_count":100,"total_time":25,"total_cputime":25}'
CALM = '{"call_count":28,"total_time":25,"total_cputime":25}'


@pytest.mark.parametrize(
    ("app", "business", "seconds"),
    [
        (BUSY, "", 3600),
        (CALM, "", None),
        (BUSY, '{"17":[{"call_count":100,"estimated_time_to_regain_access":7}]}', 420),
        (BUSY, '{"17":[{"call_count":3,"estimated_time_to_regain_access":0}]}', None),
        ("", '{"17":[{"total_time":101,"estimated_time_to_regain_access":0}]}', 3600),
        ("", '{"17":[{"estimated_time_to_regain_access":9999}]}', 86_400),
    ],
)
async def test_the_business_usage_wins_over_the_app_s(
    remote: Remote, app: str, business: str, seconds: float | None
) -> None:
    headers = {"x-app-usage": app, "x-business-use-case-usage": business}
    remote.will(Answer(400, error(4).body, headers))
    assert (await failure_of(remote, look)).retry_after == seconds


@pytest.mark.parametrize("usage", ["", "{}", "[]", '{"1":[]}', '{"1":[{}]}', '{"1":7}', "\\u0000"])
async def test_an_unreadable_usage_header_is_no_wish(remote: Remote, usage: str) -> None:
    remote.will(Answer(400, error(17).body, {"x-business-use-case-usage": usage}))
    assert (await failure_of(remote, look)).retry_after is None


async def test_a_container_is_read_by_its_fields(remote: Remote) -> None:
    remote.will(json_answer(200, {"status_code": "FINISHED", "status": "Finished: ready."}))
    status = await instagram(remote.url).poll(WHO, Handle("900"))
    assert (status.state, status.failure) == (State.READY, None)
    assert remote.seen[0].target == "/v25.0/900?fields=status_code%2Cstatus"


async def test_posts_come_with_their_exact_caption(remote: Remote) -> None:
    old = {"id": "1", "caption": " Hi  ", "timestamp": "2026-11-22T08:00:00+0000"}
    new = {"id": "2", "permalink": "https://ig/2", "timestamp": "2026-11-22T10:30:00+0100"}
    remote.will(json_answer(200, {"data": [new, old], "paging": {}}))
    second, first = await Instagram(remote.url, "v25.0").posts(WHO, NOW)
    assert (first.media_id, first.caption, first.permalink) == ("1", " Hi  ", None)
    assert (second.media_id, second.caption, second.permalink) == ("2", "", "https://ig/2")
    assert second.published_at == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "item", [None, {}, {"id": "1"}, {"id": "1", "timestamp": "2026-11-22T08:00:00"}, "x"]
)
async def test_an_unreadable_post_is_not_left_out(remote: Remote, item: object) -> None:
    good = {"id": "2", "timestamp": "2026-11-22T08:00:00+0000"}
    remote.will(json_answer(200, {"data": [good, item]}))
    assert isinstance(await failure_of(remote, recent), Retryable)


@pytest.mark.parametrize(
    ("ask", "document"),
    [
        (prepare, {"success": True}),
        (prepare, {"id": ""}),
        (quota, {"data": []}),
        (quota, {"data": [{"quota_usage": "many"}]}),
        (quota, {"data": [{"quota_usage": 1, "config": {"quota_total": None}}]}),
        (recent, {"data": {}}),
        (recent, {"a": 1}),
    ],
)
async def test_an_answer_without_what_was_asked_for_is_asked_for_again(
    remote: Remote, ask: Ask, document: object
) -> None:
    assert isinstance(await failure_of(remote.will(json_answer(200, document)), ask), Retryable)


async def test_a_bare_429_is_a_limit(remote: Remote) -> None:
    remote.will(Answer(429, b"", {"retry-after": "61"}))
    failure = await failure_of(remote, look)
    assert (failure.kind, failure.retry_after) == (FailureKind.RATE_LIMITED, 61)


async def test_a_post_may_have_no_public_address(remote: Remote) -> None:
    remote.will(json_answer(200, {"id": "5"}), json_answer(200, {"permalink": "https://ig/5"}))
    publisher = instagram(remote.url)
    assert await publisher.permalink(WHO, "5") is None
    assert await publisher.permalink(WHO, "5") == "https://ig/5"
