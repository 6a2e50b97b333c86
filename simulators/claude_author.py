"""JSON that follows any schema, with words that suit the names of its properties."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from simulators.choices import Choices
from simulators.claude_words import Script

Schema = dict[str, Any]

COUNT = r"(\d+)(?!\d|\s*(?:characters|chars|words))"
"""A number that isn't about the length of a text."""
RANGE = re.compile(rf"(\d+)\s*(?:-|\u2013|to|and|through)\s*{COUNT}", re.IGNORECASE)
EXACTLY = re.compile(rf"exactly\s+{COUNT}", re.IGNORECASE)
AT_LEAST = re.compile(rf"(?:at least|min(?:imum|Items|Length)?:?)\s+{COUNT}", re.IGNORECASE)
AT_MOST = re.compile(
    rf"(?:at most|up to|no more than|max(?:imum|Items|Length)?:?)\s+{COUNT}", re.IGNORECASE
)
MOST_CHARACTERS = re.compile(
    r"(?:at most|up to|no more than|under|maxLength:?)\s+(\d+)(?!\d|\s*words)", re.IGNORECASE
)
FORMATS = {
    "date-time": "2026-11-20T09:00:00Z",
    "date": "2026-11-20",
    "time": "09:00:00Z",
    "duration": "PT20S",
    "email": "someone@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "6f1d2c3b-4a59-4e87-9c10-2b3a4c5d6e7f",
}
UNUSUAL = ("unsafe", "refused", "banned", "violates")
"""Words in the name of a yes-or-no question that is mostly answered with no."""
USUAL_COUNTS = {"hashtags": 12, "tags": 12, "shots": 2, "scenes": 2}
USUAL_NUMBERS = {"duration": 20, "seconds": 20, "confidence": 1, "score": 8}


class Author:
    """Writes one answer: the same words for the same request."""

    def __init__(self, schema: Schema, request: str, leaks: Sequence[str] = ()) -> None:
        """`leaks` are strings that get into every text: those of a gullible model."""
        self._leaks = list(leaks)
        self._root = schema
        self._request = request
        self._choices = Choices(request)
        self._script = Script(self._choices)
        self._leaked = 0
        self._sibling = 0
        """How many objects were written before this one: the next one gets other words."""

    def write(self) -> Any:  # noqa: ANN401 - whatever the schema says
        """A value that the schema accepts."""
        return self._fill(self._root, "answer")

    def _fill(self, schema: Schema, name: str, index: int = 0) -> Any:  # noqa: ANN401
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            start = self._choices.number(name, 0, len(schema["enum"]) - 1)
            return schema["enum"][(start + self._sibling) % len(schema["enum"])]
        for variants in (schema.get("anyOf"), schema.get("oneOf")):
            if variants:
                real = [one for one in variants if one.get("type") != "null"]
                merged = {**(real or variants)[0]}
                merged.setdefault("description", schema.get("description", ""))
                return self._fill(merged, name, index)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        return self._of_kind(kind, schema, name, index)

    def _of_kind(self, kind: str, schema: Schema, name: str, index: int) -> Any:  # noqa: ANN401
        if kind == "object":
            return self._object(schema.get("properties", {}), index)
        if kind == "array":
            return self._array(schema, name)
        if kind in {"integer", "number"}:
            return self._number(schema, name)
        if kind == "boolean":
            return not any(word in name.lower() for word in UNUSUAL)
        return None if kind == "null" else self._string(schema, name, index)

    def _object(self, properties: Schema, index: int) -> dict[str, Any]:
        """Its properties; those that are objects themselves are told apart in words."""
        filled = {}
        for key, one in properties.items():
            filled[key] = self._fill(one, key, index)
            self._sibling += "properties" in self._resolved(one)
        return filled

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            target: Any = self._root
            for part in schema["$ref"].lstrip("#/").split("/"):
                target = target[part]
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        for part in schema.get("allOf", ()):
            schema = {**self._resolved(part), **schema}
        return {key: value for key, value in schema.items() if key != "allOf"}

    def _array(self, schema: Schema, name: str) -> list[Any]:
        low, high = self._bounds(schema, "Items")
        asked = self._asked_in_request(name)
        if low is None and high is None and asked:
            low, high = asked
        usual = next((n for word, n in USUAL_COUNTS.items() if word in name), 3)
        count = _within(usual, low, high)
        if low is not None and high is not None and "tag" in name.lower():
            count = self._choices.number("count", low, high)
        if "hashtag" in name.lower():
            return [*self._leaks, *self._script.hashtags(count)]
        return [self._fill(schema.get("items", {}), name, i) for i in range(count)]

    def _number(self, schema: Schema, name: str) -> int | float:
        low, high = self._bounds(schema, "imum")
        usual = next((n for word, n in USUAL_NUMBERS.items() if word in name.lower()), 5)
        if "duration" in name.lower() or "seconds" in name.lower():
            asked = re.search(r"(\d+)[\s-]*seconds?", self._request)
            usual = int(asked[1]) if asked else usual
        return _within(usual, low, high)

    def _string(self, schema: Schema, name: str, index: int) -> str:
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        text = self._words(name.lower(), index)
        if self._leaks:
            leak = self._leaks[self._leaked % len(self._leaks)]
            self._leaked += 1
            text = leak if self._leaked % 2 else f"{text} {leak}"
        most = MOST_CHARACTERS.search(str(schema.get("description", "")))
        return text[: int(most[1])].rstrip() if most else text

    def _words(self, name: str, index: int) -> str:
        script = self._script
        known: dict[str, Callable[[], str]] = {
            "style": lambda: script.style,
            "categor": lambda: script.subject.category,
            "hook_text": script.hook_text,
            "hook": script.hook,
            "cta": script.call_to_action,
            "call_to_action": script.call_to_action,
            "caption": lambda: script.caption(self._sibling),
            "emoji": script.emoji,
            "reason": str,
            "hashtag": lambda: script.hashtags(index + 1)[index],
            "tag": lambda: script.subject.tags[index % len(script.subject.tags)],
            "shot": lambda: script.shot(index),
            "scene": lambda: script.shot(index),
            "title": script.subject.hero.capitalize,
            "prompt": lambda: script.shot(index) if index else script.prompt(),
        }
        return next((words() for part, words in known.items() if part in name), script.prompt())

    def _bounds(self, schema: Schema, suffix: str) -> tuple[int | None, int | None]:
        """What a schema says in keywords, or else in its description's words."""
        low, high = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
        text = str(schema.get("description", ""))
        if exact := EXACTLY.search(text):
            return int(exact[1]), int(exact[1])
        if both := RANGE.search(text):
            return low or int(both[1]), high or int(both[2])
        if low is None and (least := AT_LEAST.search(text)):
            low = int(least[1])
        if high is None and (most := AT_MOST.search(text)):
            high = int(most[1])
        return low, high

    def _asked_in_request(self, name: str) -> tuple[int, int] | None:
        """How many of them the request's own text asks for: "12 hashtags", "2 to 4 shots"."""
        pattern = rf"(\d+)(?:\s*(?:-|\u2013|to)\s*(\d+))?\s+(?:\w+\s+)?{re.escape(name)}"
        asked = re.search(pattern, self._request, re.IGNORECASE)
        return (int(asked[1]), int(asked[2] or asked[1])) if asked else None


def _within(usual: int, low: int | None, high: int | None) -> int:
    if low is not None and usual < low:
        return low
    return high if high is not None and usual > high else usual
