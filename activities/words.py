"""The words sent to Claude: content from `prompts/*.md`, with data that stays data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

PROMPTS = Path(__file__).parent / "prompts"
RULE = "\n---\n"
"""Above it stands who Claude is and what holds always; below it the request with its `$fields`."""


@dataclass(frozen=True)
class Words:
    """One question, ready to be asked."""

    system: str
    prompt: str


def words(name: str, data: Mapping[str, object]) -> Words:
    """The prompt file of that name: `$data` becomes all of the data as JSON.

    Whole numbers may also stand in the request by their names, like `$shots`. Themes, earlier
    stories and reviewers' notes are written by people: the JSON can't close the tags that the
    prompt puts around it.
    """
    system, _, request = _content(name).partition(RULE)
    numbers = {field: value for field, value in data.items() if isinstance(value, int)}
    prompt = Template(request.strip()).substitute(numbers, data=_inert(data))
    return Words(system=system.strip(), prompt=prompt)


@cache
def _content(name: str) -> str:
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8")


def _inert(data: Mapping[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
