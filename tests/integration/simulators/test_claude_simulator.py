import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest

from tests.integration.simulators.outside import Outside

MODEL = "claude-sonnet-5-5"
STORY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["prompt", "visual_style", "duration_hint", "story_category", "shots"],
    "properties": {
        "prompt": {"type": "string", "description": "up to 120 characters"},
        "visual_style": {"type": "string"},
        "duration_hint": {"type": "integer", "description": "seconds\n\n{minimum: 3, maximum: 15}"},
        "story_category": {"type": "string"},
        "shots": {"type": "array", "items": {"type": "string"}, "description": "3 to 4 shots"},
    },
}
CAPTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["caption", "hashtags", "hook_type", "cta"],
    "properties": {
        "caption": {"type": "string"},
        "hashtags": {"type": "array", "items": {"type": "string"}, "description": "10-15 hashtags"},
        "hook_type": {"enum": ["question", "surprise"]},
        "cta": {"type": "string"},
    },
}
ODD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "point", "maybe", "ratio", "sure", "day"],
    "properties": {
        "kind": {"const": "odd"},
        "point": {"$ref": "#/$defs/Point"},
        "maybe": {"anyOf": [{"type": "null"}, {"type": "string"}]},
        "ratio": {"type": "number", "description": "at most 2"},
        "sure": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
    },
    "$defs": {
        "Point": {
            "type": "object",
            "additionalProperties": False,
            "required": ["x"],
            "properties": {"x": {"type": "integer", "description": "between 2 and 3"}},
        }
    },
}


@pytest.fixture(scope="module")
async def claude(shared_outside: Outside) -> AsyncIterator[anthropic.AsyncAnthropic]:
    base = f"{shared_outside.url}/anthropic"
    async with anthropic.AsyncAnthropic(api_key="any", base_url=base, max_retries=0) as client:
        yield client


async def ask(
    claude: anthropic.AsyncAnthropic,
    schema: dict[str, Any] | None,
    words: str,
    **more: Any,  # noqa: ANN401
) -> anthropic.types.Message:
    if schema is not None:
        more["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    more.setdefault("max_tokens", 3000)
    messages: list[anthropic.types.MessageParam] = [{"role": "user", "content": words}]
    message: anthropic.types.Message = await claude.messages.create(
        model=MODEL, messages=messages, **more
    )
    return message


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


async def test_a_story_follows_its_schema_and_the_bounds_in_words(
    claude: anthropic.AsyncAnthropic,
) -> None:
    story = json.loads(text_of(await ask(claude, STORY, "write a story")))
    assert set(story) == set(STORY["required"])
    assert 3 <= len(story["shots"]) <= 4
    assert len(set(story["shots"])) == len(story["shots"])
    assert 3 <= story["duration_hint"] <= 15
    assert 20 < len(story["prompt"]) <= 120


async def test_a_caption_has_ten_to_fifteen_distinct_hashtags(
    claude: anthropic.AsyncAnthropic,
) -> None:
    for day in range(5):
        caption = json.loads(text_of(await ask(claude, CAPTION, f"caption for day {day}")))
        assert 10 <= len(set(caption["hashtags"])) == len(caption["hashtags"]) <= 15
        assert all(tag.startswith("#") for tag in caption["hashtags"])
        assert caption["hook_type"] in {"question", "surprise"}


async def test_any_schema_is_followed(claude: anthropic.AsyncAnthropic) -> None:
    odd = json.loads(text_of(await ask(claude, ODD, "something odd")))
    assert odd["kind"] == "odd"
    assert odd["point"]["x"] in {2, 3}
    assert isinstance(odd["maybe"], str)
    assert odd["ratio"] <= 2
    assert isinstance(odd["sure"], bool)
    assert odd["day"] == "2026-11-20"


async def test_the_same_words_get_the_same_answer_and_others_another(
    claude: anthropic.AsyncAnthropic,
) -> None:
    answers = [text_of(await ask(claude, STORY, words)) for words in ("a", "a", "b", "c", "d")]
    assert answers[0] == answers[1]
    assert len(set(answers)) == 4


async def test_an_answer_carries_usage_a_request_id_and_limits(
    claude: anthropic.AsyncAnthropic, outside: Outside
) -> None:
    raw = await claude.messages.with_raw_response.create(
        model=MODEL, max_tokens=900, messages=[{"role": "user", "content": "hello"}]
    )
    message = await raw.parse()
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert raw.headers["anthropic-ratelimit-requests-remaining"]
    entry = outside.ledger(service="anthropic", op="messages")[-1]
    assert entry["ids"] == {"request": raw.headers["request-id"], "message": message.id}
    assert entry["facts"]["output_tokens"] == message.usage.output_tokens


async def test_too_few_tokens_cut_the_answer(claude: anthropic.AsyncAnthropic) -> None:
    message = await ask(claude, STORY, "long", max_tokens=300)
    assert message.stop_reason == "max_tokens"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text_of(message))


async def test_the_model_says_that_it_has_structured_outputs(
    claude: anthropic.AsyncAnthropic,
) -> None:
    model = await claude.models.retrieve(MODEL)
    assert model.capabilities is not None
    assert model.capabilities.structured_outputs.supported


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"model": "claude-3-5-sonnet-20241022"}, 404, "not_found_error"),
        ({"model": "gpt"}, 404, "not_found_error"),
        ({"temperature": 0.5}, 400, "temperature"),
        ({"tool_choice": {"type": "any"}, "tools": [{}]}, 400, "tool_choice"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "assistant", "content": "{"}]}, 400, "prefill"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
            400,
            "additionalProperties",
        ),
        (
            {
                "output_config": {
                    "format": {
                        "type": "json_schema",
                        "schema": {"type": "array", "items": {"type": "integer", "maximum": 3}},
                    }
                }
            },
            400,
            "maximum",
        ),
    ],
)
def test_bad_requests_are_refused_and_cost_nothing(
    outside: Outside, change: dict[str, Any], status: int, word: str
) -> None:
    body = {"model": MODEL, "max_tokens": 50, "messages": [{"role": "user", "content": "x"}]}
    before = outside.bill()["total_micros"]
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    answer = outside.http.post("/anthropic/v1/messages", json={**body, **change}, headers=headers)
    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert word in answer.text
    assert outside.bill()["total_micros"] == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-api-key": "k", "anthropic-version": "2023-06-01"}, 200),
        ({"authorization": "Bearer k", "anthropic-version": "2026-10-21"}, 200),
        ({"authorization": "Bearer k"}, 400),
        ({"authorization": "Bearer k", "anthropic-version": "1999-01-01"}, 400),
        ({"anthropic-version": "2023-06-01"}, 401),
    ],
)
def test_both_forms_of_authentication_are_taken(
    outside: Outside, headers: dict[str, str], status: int
) -> None:
    assert outside.http.get("/anthropic/v1/models", headers=headers).status_code == status


async def test_a_refusal_is_a_200_that_costs_nothing_unless_words_came(
    claude: anthropic.AsyncAnthropic, outside: Outside
) -> None:
    before = outside.bill()["total_micros"]
    outside.arm("anthropic", "messages", "refusal")
    outside.arm("anthropic", "messages", "refusal", partial=True)
    empty = await ask(claude, STORY, "refuse me")
    assert empty.stop_reason == "refusal"
    assert empty.stop_details is not None
    assert not empty.content
    assert outside.bill()["total_micros"] == before
    partial = await ask(claude, STORY, "refuse me")
    assert partial.stop_reason == "refusal"
    assert outside.bill()["total_micros"] > before


async def test_invalid_json_can_be_had(claude: anthropic.AsyncAnthropic, outside: Outside) -> None:
    outside.arm("anthropic", "messages", "invalid-json")
    message = await ask(claude, STORY, "broken")
    assert message.stop_reason == "end_turn"
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(text_of(message))


async def test_the_sdk_raises_its_own_errors_for_armed_statuses(
    claude: anthropic.AsyncAnthropic, outside: Outside
) -> None:
    outside.arm("anthropic", "messages", "status", status=429, headers={"retry-after": "7"})
    with pytest.raises(anthropic.RateLimitError) as limited:
        await ask(claude, None, "x")
    assert limited.value.response.headers["retry-after"] == "7"
    outside.arm("anthropic", "messages", "status", status=529)
    with pytest.raises(anthropic.APIStatusError) as overloaded:
        await ask(claude, None, "x")
    assert overloaded.value.status_code == 529
    outside.arm("anthropic", "messages", "refuse")
    with pytest.raises(anthropic.APIConnectionError):
        await ask(claude, None, "x")
