"""What every video provider's client does, whoever the provider is."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from activities.segments import nearest_aspect
from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from clients.video import CancelsJobs, ChecksKey, JobState, ListsJobs, VideoProvider
from providers import PROVIDERS
from schemas.failures import FailureKind
from tests.integration.clients.remotes import (
    Answer,
    Hang,
    Move,
    Raw,
    Remote,
    Reset,
    json_answer,
)
from tests.integration.clients.studios import KEY, REFUSED, STUDIOS, Entry, Studio

PROMPT = "A paper boat in a storm of confetti 🚤"
SINCE = datetime(2026, 11, 23, 9, tzinfo=UTC)

every_studio = pytest.mark.parametrize("studio", STUDIOS.values(), ids=STUDIOS)
those_that_list = pytest.mark.parametrize(
    "studio", [pytest.param(one, id=name) for name, one in STUDIOS.items() if one.page]
)
those_that_cancel = pytest.mark.parametrize(
    "studio", [pytest.param(one, id=name) for name, one in STUDIOS.items() if one.cancels]
)


async def submit(studio: Studio, url: str) -> str:
    ordered = await studio.make(url).submit(
        prompt=PROMPT,
        seconds=studio.seconds,
        aspect=studio.aspect,
        reference="account-day/demo/2026-11-23/clip/0/take-1",
    )
    return ordered.job_id


async def failure_of(studio: Studio, remote: Remote, move: Move) -> ClientError:
    """What becomes of an order that is answered so; it is sent once, whatever happens."""
    with pytest.raises(ClientError) as raised:
        await submit(studio, remote.will(move).url)
    assert len(remote.seen) == 1
    assert_tells_nothing(raised.value, remote)
    return raised.value


def assert_tells_nothing(error: ClientError, remote: Remote) -> None:
    said = f"{error} {error!r}"
    assert KEY not in said
    assert str(remote.port) not in said
    assert PROMPT not in said


def look(studio: Studio, remote: Remote, *moves: Move) -> VideoProvider:
    return studio.make(remote.will(*moves).url)


def test_every_provider_of_the_table_is_held_to_the_contract() -> None:
    names = {studio.make("http://127.0.0.1:1").name for studio in STUDIOS.values()}
    assert names == set(PROVIDERS)


@every_studio
async def test_an_order_is_posted_once_with_its_words(studio: Studio, remote: Remote) -> None:
    assert await submit(studio, remote.will(studio.accepted).url) == studio.job_id
    (seen,) = remote.seen
    assert (seen.method, seen.target) == ("POST", studio.order_target)
    assert PROMPT in seen.document.values()
    assert KEY in seen.headers["authorization"]
    assert KEY not in seen.target


@every_studio
@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Raw(b"garbage"),
        Answer(200, b"<html>Welcome</html>", {"content-type": "text/html"}),
        Answer(201, b"<html>Welcome</html>", {"content-type": "text/html"}),
        Answer(200, b'{"id": "job-'),
        json_answer(200, {}),
        json_answer(201, {}),
        json_answer(200, {"id": "", "request_id": "", "status_url": ""}),
        json_answer(201, {"id": 7, "request_id": 7, "status_url": 7}),
        json_answer(201, {"id": "../../secrets", "request_id": "../x", "status_url": "/x"}),
        json_answer(200, ["a", "list"]),
        Answer(204),
        Answer(302, headers={"location": "/elsewhere"}),
        *(Answer(status) for status in (408, 409, 425, 500, 501, 504, 520, 524, 599)),
    ],
    ids=str,
)
async def test_an_answer_that_is_neither_a_job_nor_a_clear_no_leaves_it_unknown(
    studio: Studio, remote: Remote, move: Move
) -> None:
    assert isinstance(await failure_of(studio, remote, move), OutcomeUnknown)


@every_studio
@pytest.mark.parametrize("bytes_that_came", [0, 5, -1])
async def test_an_answer_that_breaks_off_leaves_the_order_unknown(
    studio: Studio, remote: Remote, bytes_that_came: int
) -> None:
    whole = studio.accepted
    cut = Answer(whole.status, whole.body, whole.headers, cut_at=bytes_that_came)
    assert isinstance(await failure_of(studio, remote, cut), OutcomeUnknown)


async def test_an_order_that_nobody_answers_is_unknown_in_time_for_the_step() -> None:
    async def order(studio: Studio) -> None:
        remote = await Remote().start()
        try:
            assert isinstance(await failure_of(studio, remote, Hang()), OutcomeUnknown)
        finally:
            await remote.stop()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for studio in STUDIOS.values():
            group.create_task(order(studio))


@every_studio
async def test_an_order_that_never_left_may_be_placed_again(studio: Studio, dead_url: str) -> None:
    with pytest.raises(Retryable, match="nothing was sent"):
        await submit(studio, dead_url)


@every_studio
@pytest.mark.parametrize(("status", "kind"), REFUSED.items())
async def test_an_order_that_was_refused_is_not_placed_again(
    studio: Studio, remote: Remote, status: int, kind: FailureKind
) -> None:
    error = await failure_of(studio, remote, json_answer(status, {"detail": f"{KEY} {PROMPT}"}))
    assert isinstance(error, Refused)
    assert error.kind is kind


@every_studio
@pytest.mark.parametrize("status", [502, 503])
async def test_a_service_that_sheds_load_took_no_order_where_it_says_so(
    studio: Studio, remote: Remote, status: int
) -> None:
    error = await failure_of(studio, remote, Answer(status))
    assert isinstance(error, Retryable if status in studio.down else OutcomeUnknown)


@every_studio
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_wait_of_more_than_a_minute_is_told(
    studio: Studio, remote: Remote, form: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    move = json_answer(429, {"error": "?"}, retry_after="90" if form == "seconds" else date)
    error = await failure_of(studio, remote, move)
    assert isinstance(error, Retryable)
    assert error.kind is FailureKind.RATE_LIMITED
    assert error.retry_after == pytest.approx(90, abs=3)


@every_studio
async def test_an_order_that_cannot_be_filmed_costs_nothing(studio: Studio, remote: Remote) -> None:
    provider = studio.make(remote.url)
    can = provider.capabilities
    good = {"prompt": PROMPT, "seconds": studio.seconds, "aspect": studio.aspect}
    too_long = {"prompt": "x" * (can.prompt_limit + 1)}
    for bad in ({"prompt": ""}, {"prompt": " "}, too_long, {"seconds": 99}, {"aspect": "15:16"}):
        with pytest.raises(Refused, match="nothing was sent") as raised:
            await provider.submit(**{**good, **bad}, reference="r")  # type: ignore[arg-type]
        assert raised.value.kind is FailureKind.BAD_REQUEST
    assert remote.seen == []


@every_studio
async def test_a_finished_job_names_its_file(studio: Studio, remote: Remote) -> None:
    status = await look(studio, remote, *studio.completed).status(studio.job_id)
    assert (status.state, status.url) == (JobState.COMPLETED, "https://cdn/1")
    assert {seen.method for seen in remote.seen} == {"GET"}


@every_studio
async def test_a_state_that_is_new_to_us_is_still_processing(
    studio: Studio, remote: Remote
) -> None:
    status = await look(studio, remote, studio.look("UPSCALING")).status(studio.job_id)
    assert (status.state, status.failure) == (JobState.PROCESSING, None)
    assert "UPSCALING" in str(status.reason)


@every_studio
@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Answer(200, b"<html>"),
        *(Answer(status) for status in (204, 302, 400, 402, 409, 422, 429, 500, 502, 503, 504)),
    ],
    ids=str,
)
async def test_a_look_that_failed_leaves_the_paid_job_alone(
    studio: Studio, remote: Remote, move: Move
) -> None:
    with pytest.raises(Retryable) as raised:
        await look(studio, remote, move).status(studio.job_id)
    assert_tells_nothing(raised.value, remote)


@every_studio
async def test_an_answer_that_is_not_this_job_is_read_again(studio: Studio, remote: Remote) -> None:
    for move in studio.unreadable:
        with pytest.raises(Retryable):
            await look(studio, remote, move).status(studio.job_id)


@every_studio
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FailureKind.AUTHENTICATION),
        (403, FailureKind.AUTHENTICATION),
        (404, FailureKind.NOT_FOUND),
    ],
)
async def test_only_a_missing_job_and_a_refused_key_are_for_good(
    studio: Studio, remote: Remote, status: int, kind: FailureKind
) -> None:
    with pytest.raises(Refused) as raised:
        await look(studio, remote, json_answer(status, {"detail": KEY})).status(studio.job_id)
    assert raised.value.kind is kind
    assert_tells_nothing(raised.value, remote)


@every_studio
async def test_an_id_never_leads_out_of_the_jobs(studio: Studio, remote: Remote) -> None:
    provider = look(studio, remote, Answer(404))
    with pytest.raises(Refused) as raised:
        await provider.status("../../secrets?x=")
    assert raised.value.kind is FailureKind.NOT_FOUND
    assert all(".." not in seen.target.replace("..%2F", "") for seen in remote.seen)


@every_studio
def test_the_flags_say_what_the_client_can(studio: Studio) -> None:
    provider = studio.make("http://127.0.0.1:1")
    assert isinstance(provider, ListsJobs) == provider.capabilities.lists_jobs
    assert isinstance(provider, CancelsJobs) == provider.capabilities.cancels
    assert bool(studio.page) == provider.capabilities.lists_jobs
    assert bool(studio.cancels) == provider.capabilities.cancels


@every_studio
def test_the_table_entry_is_whole(studio: Studio) -> None:
    can = studio.make("http://127.0.0.1:1").capabilities
    prices = [can.price_micros[seconds] for seconds in can.durations]
    assert list(can.durations) == sorted(set(can.durations))
    assert prices == sorted(prices)
    assert prices[0] > 0
    assert can.prompt_limit >= 500
    assert can.url_seconds >= 3600
    assert can.as_of is not None
    assert can.model
    assert can.list_lag_seconds == 0 or can.lists_jobs
    assert nearest_aspect(can.aspects) == studio.aspect


@every_studio
def test_a_client_never_shows_its_key(studio: Studio) -> None:
    assert KEY not in repr(vars(studio.make("http://127.0.0.1:1")))


@every_studio
async def test_a_check_says_what_the_account_has_and_buys_nothing(
    studio: Studio, remote: Remote
) -> None:
    assert studio.account is not None
    provider = look(studio, remote, studio.account)
    assert isinstance(provider, ChecksKey)
    assert await provider.check()
    assert {seen.method for seen in remote.seen} == {"GET"}
    with pytest.raises(Refused) as raised:
        await look(studio, remote, Answer(401)).check()  # type: ignore[attr-defined]
    assert raised.value.kind is FailureKind.AUTHENTICATION


def entry(number: int, **change: object) -> Entry:
    whole: dict[str, object] = {
        "job_id": f"job-{number}",
        "prompt": PROMPT,
        "seconds": 5,
        "sent_at": SINCE + timedelta(seconds=number),
    }
    return Entry(**{**whole, **change})  # type: ignore[arg-type]


async def find(studio: Studio, remote: Remote, *moves: Move) -> list[str]:
    provider = look(studio, remote, *moves)
    assert isinstance(provider, ListsJobs)
    found = await provider.find(prompt=PROMPT, seconds=5, since=SINCE)
    assert {seen.method for seen in remote.seen} == {"GET"}
    return [job_id.rpartition("/")[2] for job_id in found]


@those_that_list
async def test_an_order_is_found_by_its_words_its_seconds_and_its_time(
    studio: Studio, remote: Remote
) -> None:
    assert studio.page
    entries = [
        entry(1),
        entry(2, prompt=f"{PROMPT} "),
        entry(3, seconds=10),
        entry(4, sent_at=SINCE - timedelta(hours=1)),
        entry(5, sent_at=SINCE - timedelta(seconds=30)),
    ]
    assert await find(studio, remote, studio.page(entries, False)) == ["job-1", "job-5"]  # noqa: FBT003


@those_that_list
async def test_an_id_that_was_found_can_be_looked_at(studio: Studio, remote: Remote) -> None:
    assert studio.page
    provider = look(studio, remote, studio.page([entry(1, job_id=studio.job_id[-36:])], False))  # noqa: FBT003
    assert isinstance(provider, ListsJobs)
    assert await provider.find(prompt=PROMPT, seconds=5, since=SINCE) == (studio.job_id,)


@those_that_list
async def test_the_list_is_read_to_its_end(studio: Studio, remote: Remote) -> None:
    assert studio.page
    pages = [studio.page([entry(n, prompt="other")], n < 3) for n in (1, 2)]
    assert await find(studio, remote, *pages, studio.page([entry(3)], False)) == ["job-3"]  # noqa: FBT003
    assert len({seen.target for seen in remote.seen}) == 3


@those_that_list
async def test_a_list_without_the_order_says_so(studio: Studio, remote: Remote) -> None:
    assert studio.page
    assert await find(studio, remote, studio.page((), False)) == []  # noqa: FBT003


@those_that_list
@pytest.mark.parametrize(
    "move",
    [Reset(), Answer(500), Answer(429), Answer(200, b"<html>"), json_answer(200, {})],
    ids=str,
)
async def test_a_list_that_breaks_off_proves_nothing(
    studio: Studio, remote: Remote, move: Move
) -> None:
    assert studio.page
    for moves in ((move,), (studio.page([entry(1)], True), move)):  # noqa: FBT003
        with pytest.raises(Retryable):
            await find(studio, remote, *moves)


@those_that_list
async def test_a_list_that_leads_in_a_circle_proves_nothing(studio: Studio, remote: Remote) -> None:
    assert studio.page
    remote.seen.clear()
    with pytest.raises((Retryable, Refused)):
        await find(studio, remote, studio.page([entry(1, prompt="other")], True))  # noqa: FBT003
    assert len(remote.seen) <= 201


@those_that_cancel
async def test_a_cancellation_says_whether_it_was_taken(studio: Studio, remote: Remote) -> None:
    for status, taken in studio.cancels.items():
        provider = look(studio, remote, Answer(status))
        assert isinstance(provider, CancelsJobs)
        assert await provider.cancel(studio.job_id) is taken
    for status, kind in ((500, Retryable), (401, Refused)):
        provider = look(studio, remote, Answer(status))
        assert isinstance(provider, CancelsJobs)
        with pytest.raises(kind):
            await provider.cancel(studio.job_id)
