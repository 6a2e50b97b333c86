"""A gullible model: what stands in the data of a request gets into its answer."""

import json
import re
from typing import Any

DATA = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
SHORTEST = 3


def leaks_of(request: str) -> list[str]:
    """Every string of the data, the longest of them first, as a model reads them."""
    found: list[str] = []
    for part in DATA.findall(request):
        try:
            _collect(json.loads(part), found)
        except ValueError:
            found.append(part)
    return sorted({text for text in found if len(text) >= SHORTEST}, key=len, reverse=True)


def _collect(value: Any, found: list[str]) -> None:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):
        for one in value.values():
            _collect(one, found)
    elif isinstance(value, list):
        for one in value:
            _collect(one, found)
