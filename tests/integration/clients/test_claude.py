import pytest

from clients.claude import AnswerLost, Claude, Query, Reply
from clients.claude_prices import Tokens
from clients.errors import ClientError, Refused, Retryable
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

KEY = "sk-ant-CANARY"
SCHEMA = {
    "type": "object",
    "properties": {"prompt": {"type": "string"}},
    "required": ["prompt"],
    "additionalProperties": False,
}

QUERY = Query("Write.", "A boat", 2000, SCHEMA)


def message(**rest: object) -> Answer:
    document = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "x"},
            {"type": "text", "text": '{"prompt": '},
            {"type": "text", "text": '"A boat"}'},
        ],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 600, "output_tokens": 400, "cache_read_input_tokens": None},
        **rest,
    }
    return json_answer(200, document, request_id="req_1")


def error(status: int, text: str = "?", code: str | None = None, **headers: str) -> Answer:
    details = {"details": {"error_code": code}} if code else {}
    body = {"type": "error", "error": {"type": "some_error", "message": text, **details}}
    return json_answer(status, body, request_id="req_2", **headers)


def claude(url: str, model: str = "claude-sonnet-5-5") -> Claude:
    return Claude(KEY, url, model, timeout_seconds=2)


async def ask(client: Claude) -> Reply:
    try:
        return await client.ask(QUERY)
    finally:
        await client.aclose()


async def failure_of(remote: Remote) -> ClientError:
    with pytest.raises(ClientError) as raised:
        await ask(claude(remote.url))
    assert "CANARY" not in str(raised.value)
    assert remote.url not in str(raised.value)
    assert raised.value.__cause__ is None
    assert len(remote.seen) == 1
    return raised.value


async def test_one_post_asks_for_text_that_follows_the_schema(remote: Remote) -> None:
    client = claude(remote.will(message()).url)
    assert client.model == "claude-sonnet-5-5"
    assert client.most_micros(Query("a" * 400, "b" * 600, 2000)) == 22_000 + 2 * len("[null, []]")
    reply = await ask(client)
    assert reply == Reply(
        '{"prompt": "A boat"}', "end_turn", Tokens(600, 400), "req_1", "claude-sonnet-5-5"
    )
    assert client.cost_micros(reply) == 600 * 2 + 400 * 10
    (seen,) = remote.seen
    assert (seen.method, seen.target.split("?")[0]) == ("POST", "/v1/messages")
    assert KEY in seen.headers.get("authorization", "") + seen.headers.get("x-api-key", "")
    assert seen.document == {
        "model": "claude-sonnet-5-5",
        "max_tokens": 2000,
        "system": "Write.",
        "messages": [{"role": "user", "content": "A boat"}],
        "output_config": {
            "format": {"type": "json_schema", "schema": SCHEMA},
            "effort": "low",
        },
    }


async def test_a_model_without_the_effort_setting_is_not_sent_it(remote: Remote) -> None:
    await ask(claude(remote.will(message()).url, "claude-haiku-4-5"))
    assert "effort" not in str(remote.seen[0].document["output_config"])


@pytest.mark.parametrize("stop", ["refusal", "max_tokens", "a_new_reason"])
async def test_a_refusal_or_half_an_answer_is_a_reply_that_cost(remote: Remote, stop: str) -> None:
    reply = await ask(claude(remote.will(message(stop_reason=stop, content=[])).url))
    assert (reply.text, reply.stop_reason, reply.tokens.answer) == ("", stop, 400)


@pytest.mark.parametrize(
    ("status", "counts"), [(500, True), (502, True), (504, True), (503, False), (529, False)]
)
async def test_a_call_that_broke_off_may_be_charged(
    remote: Remote, status: int, *, counts: bool
) -> None:
    with pytest.raises(Retryable) as trouble:
        await ask(claude(remote.will(error(status)).url))
    assert isinstance(trouble.value, AnswerLost) == counts


@pytest.mark.parametrize("said", [0, 1])
async def test_a_refusal_costs_nothing_before_something_was_said(remote: Remote, said: int) -> None:
    usage = {"input_tokens": 500, "output_tokens": said, "cache_read_input_tokens": 900}
    client = claude(remote.will(message(stop_reason="refusal", content=[], usage=usage)).url)
    reply = await ask(client)
    assert (client.cost_micros(reply) > 0, client.saved_micros(reply) > 0) == (said > 0, said > 0)


async def test_cached_tokens_are_counted_apart(remote: Remote) -> None:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 300,
        "output_tokens": 5,
    }
    client = claude(remote.will(message(usage=usage)).url)
    reply = await ask(client)
    assert reply.tokens == Tokens(1, 5, cache_written=20, cache_read=300)
    assert client.cost_micros(reply) == 1 * 2 + 20 * 2.5 + 300 * 0.2 + 5 * 10
    assert client.saved_micros(reply) == 321 * 2 + 5 * 10 - client.cost_micros(reply)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (error(429, retry_after="90"), FailureKind.RATE_LIMITED, 90),
        (error(429, retry_after_ms="1500"), FailureKind.RATE_LIMITED, 1.5),
        (error(529), FailureKind.UNAVAILABLE, None),
        (error(529, retry_after="5"), FailureKind.UNAVAILABLE, 5),
        (error(500), FailureKind.UNAVAILABLE, None),
        (error(503), FailureKind.UNAVAILABLE, None),
        (error(504), FailureKind.UNAVAILABLE, None),
        (error(408), FailureKind.UNAVAILABLE, None),
        (error(409), FailureKind.UNAVAILABLE, None),
        (Answer(502, b"<html>"), FailureKind.UNAVAILABLE, None),
    ],
)
async def test_trouble_may_be_asked_again_and_the_package_does_not_by_itself(
    remote: Remote, answer: Answer, kind: FailureKind, wait: float | None
) -> None:
    failure = await failure_of(remote.will(answer))
    assert isinstance(failure, Retryable)
    assert (failure.kind, failure.retry_after) == (kind, wait)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(400), FailureKind.BAD_REQUEST),
        (error(400, "You have reached your specified API usage limits."), "credit_exhausted"),
        (error(400, code="contract_spend_limit_reached"), FailureKind.CREDIT_EXHAUSTED),
        (error(401), FailureKind.AUTHENTICATION),
        (error(402), FailureKind.CREDIT_EXHAUSTED),
        (error(403), FailureKind.PERMISSION),
        (error(404), FailureKind.CONFIGURATION),
        (error(413), FailureKind.BAD_REQUEST),
        (error(418), FailureKind.BAD_REQUEST),
        (error(429), FailureKind.CREDIT_EXHAUSTED),
        (
            error(429, code="enforced_spend_limit_reached", retry_after="9"),
            FailureKind.CREDIT_EXHAUSTED,
        ),
        (Answer(307, headers={"location": "/elsewhere"}), FailureKind.CONFIGURATION),
    ],
)
async def test_a_refused_request_is_not_asked_again(
    remote: Remote, answer: Answer, kind: FailureKind
) -> None:
    failure = await failure_of(remote.will(answer))
    assert isinstance(failure, Refused)
    assert failure.kind == kind


@pytest.mark.parametrize(
    "move",
    [
        Hang(),
        Reset(),
        Raw(b"garbage"),
        Answer(200, b"<html>", {"content-type": "text/html"}),
        Answer(200, b"{", {"content-type": "application/json"}),
        json_answer(200, {"hello": "world"}),
        json_answer(200, []),
        Answer(200, message().body, {"content-type": "application/json"}, cut_at=50),
        Answer(200, b"{" + b" " * 99, {"content-type": "application/json"}, drip_seconds=0.1),
    ],
    ids=str,
)
async def test_a_lost_answer_may_be_asked_again_but_may_have_cost(
    remote: Remote, move: Move
) -> None:
    assert isinstance(await failure_of(remote.will(move)), AnswerLost)


async def test_a_request_that_never_left_cost_nothing(dead_url: str) -> None:
    with pytest.raises(Retryable, match="nothing was sent") as raised:
        await ask(claude(dead_url))
    assert not isinstance(raised.value, AnswerLost)


async def test_a_base_url_that_is_none_is_a_setting_to_mend() -> None:
    with pytest.raises(Refused) as raised:
        await ask(claude("ftp://claude.example"))
    assert raised.value.kind is FailureKind.CONFIGURATION


@pytest.mark.parametrize("model", ["claude-3-5-sonnet-latest", "claude-sonnet-4-5", "", "gpt"])
def test_a_model_without_a_price_is_a_setting_to_mend(model: str) -> None:
    with pytest.raises(Refused, match="claude-sonnet-5-5") as raised:
        Claude(KEY, None, model)
    assert raised.value.kind is FailureKind.CONFIGURATION
