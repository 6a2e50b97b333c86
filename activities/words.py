"""The words sent to Claude: content from `prompts/*.md`, with data that stays data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

PROMPTS = Path(__file__).parent / "prompts"
RULE = "\n---\n"
"""Above it stands who Claude is and what holds always; below it the request with its `$fields`;
below a second one, where there is one, what is added when the request is made again."""


@dataclass(frozen=True)
class Words:
    """One question, ready to be asked."""

    system: str
    prompt: str
    rest: str = ""
    """What differs each time that the same question is asked again."""


def words(
    name: str, data: Mapping[str, object], again: Mapping[str, object] | None = None
) -> Words:
    """The prompt file of that name: `$data` becomes all of the data as JSON.

    Whole numbers may also stand in the request by their names, like `$shots`. Themes, earlier
    stories and reviewers' notes are written by people: the JSON can't close the tags that the
    prompt puts around it. `again` is the data of the file's third part; None leaves it out.
    """
    system, request, addition = (*_content(name).split(RULE), "")[:3]
    return Words(
        system=system.strip(),
        prompt=_filled(request, data),
        rest="" if again is None else f"\n\n{_filled(addition, again)}",
    )


def _filled(text: str, data: Mapping[str, object]) -> str:
    numbers = {field: value for field, value in data.items() if isinstance(value, int)}
    return Template(text.strip()).substitute(numbers, data=_inert(data))


@cache
def _content(name: str) -> str:
    return (PROMPTS / f"{name}.md").read_text(encoding="utf-8")


def _inert(data: Mapping[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
