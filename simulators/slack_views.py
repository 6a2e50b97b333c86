"""What Slack refuses in a modal. Source: Slack's reference of views and of the input block."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from simulators.slack_blocks import NAME, BadMessage, Block, check_block, insist, text_of

MOST_BLOCKS = 100
TITLE, METADATA, LABEL = 24, 3000, 2000
INPUT, PLACEHOLDER = 3000, 150
OPTIONS, RADIOS, OPTION_TEXT, OPTION_VALUE = 100, 10, 75, 150
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def check_view(view: Any) -> None:  # noqa: ANN401 - whatever was sent
    """Raises BadMessage."""
    insist(isinstance(view, dict) and view.get("type") == "modal", "a view has type modal")
    text_of(view.get("title"), TITLE, plain=True)
    for name in ("submit", "close"):
        if name in view:
            text_of(view[name], TITLE, plain=True)
    insist(len(view.get("callback_id", "")) <= NAME, "callback_id is too long")
    insist(len(view.get("private_metadata", "")) <= METADATA, "private_metadata is too long")
    blocks = view.get("blocks")
    insist(isinstance(blocks, list) and 0 < len(blocks) <= MOST_BLOCKS, "1 to 100 blocks")
    for block in blocks or ():
        if isinstance(block, dict) and block.get("type") == "input":
            _input(block)
        else:
            check_block(block)
    inputs = [block for block in blocks or () if block.get("type") == "input"]
    insist(not inputs or "submit" in view, "a view with inputs has submit")
    names = [block["block_id"] for block in blocks or () if block.get("block_id")]
    insist(len(set(names)) == len(names), "block_id stands twice")


class Filled:
    """A modal as a person filled it in: `values` by block_id, the others as they stood."""

    def __init__(self, view: Block, values: dict[str, Any]) -> None:
        self._inputs = [block for block in view["blocks"] if block["type"] == "input"]
        self._values = {
            block["block_id"]: values.get(block["block_id"], _initial(block["element"]))
            for block in self._inputs
        }

    @property
    def amiss(self) -> dict[str, str]:
        """What Slack itself holds a person to before it submits, by block_id."""
        said = {one["block_id"]: self._unmet(one) for one in self._inputs}
        return {block_id: words for block_id, words in said.items() if words}

    @property
    def state(self) -> dict[str, Any]:
        """The modal's `state.values`."""
        return {
            one["block_id"]: {
                one["element"]["action_id"]: _state(one["element"], self._values[one["block_id"]])
            }
            for one in self._inputs
        }

    def _unmet(self, block: Block) -> str:
        element, value = block["element"], self._values[block["block_id"]]
        if not value:
            return "" if block.get("optional") else "Please complete this required field."
        if element["type"] == "number_input":
            return "" if _fits(element, value) else "The number is not one, or out of its range."
        if element["type"] == "datepicker":
            return "" if _is_date(value) else "That is no date."
        if element["type"] != "plain_text_input":
            return ""
        longest, shortest = element.get("max_length", INPUT), element.get("min_length", 0)
        return "" if shortest <= len(value) <= longest else "The text is too long or too short."


def _initial(element: Block) -> Any:  # noqa: ANN401 - a text, or an option's value
    if element["type"] == "datepicker":
        return element.get("initial_date")
    if element["type"] in {"plain_text_input", "number_input"}:
        return element.get("initial_value")
    return (element.get("initial_option") or {}).get("value")


def _state(element: Block, value: Any) -> Block:  # noqa: ANN401 - a text, or an option's value
    if element["type"] == "datepicker":
        return {"type": element["type"], "selected_date": value or None}
    if element["type"] in {"plain_text_input", "number_input"}:
        return {"type": element["type"], "value": value or None}
    chosen = next((one for one in element["options"] if one["value"] == value), None)
    return {"type": element["type"], "selected_option": chosen}


def _input(block: Block) -> None:
    text_of(block.get("label"), LABEL, plain=True)
    if "hint" in block:
        text_of(block["hint"], LABEL, plain=True)
    element = block.get("element")
    check = _ELEMENTS.get(element.get("type")) if isinstance(element, dict) else None
    if check is None or not isinstance(element, dict):
        raise BadMessage("invalid_arguments", "an input's element is unknown")
    insist(0 < len(element.get("action_id", "")) <= NAME, "an input has an action_id")
    check(element)


def _text_input(element: Block) -> None:
    longest = element.get("max_length", INPUT)
    insist(1 <= longest <= INPUT, "max_length is from 1 to 3000")
    insist(0 <= element.get("min_length", 0) <= longest, "min_length is above max_length")
    insist(len(element.get("initial_value", "")) <= longest, "initial_value is too long")
    if "placeholder" in element:
        text_of(element["placeholder"], PLACEHOLDER, plain=True)


def _number_input(element: Block) -> None:
    insist(isinstance(element.get("is_decimal_allowed"), bool), "is_decimal_allowed is missing")
    numbers = [element.get(name) for name in ("min_value", "max_value", "initial_value")]
    for one in numbers:
        insist(one is None or (isinstance(one, str) and _NUMBER.fullmatch(one)), "no number")
    initial = element.get("initial_value")
    insist(initial is None or _fits(element, initial), "initial_value is out of its range")


def _datepicker(element: Block) -> None:
    initial = element.get("initial_date")
    insist(initial is None or _is_date(initial), "initial_date is no date")


def _fits(element: Block, value: str) -> bool:
    """Whether a number that was typed is one that the input takes."""
    if not _NUMBER.fullmatch(value) or ("." in value and not element["is_decimal_allowed"]):
        return False
    least, most = element.get("min_value", value), element.get("max_value", value)
    return float(least) <= float(value) <= float(most)


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _options(most: int) -> Callable[[Block], None]:
    def check(element: Block) -> None:
        options = element.get("options")
        insist(isinstance(options, list) and 0 < len(options) <= most, "options are missing")
        for one in options or ():
            text_of(one.get("text"), OPTION_TEXT)
            insist(0 < len(one.get("value", "")) <= OPTION_VALUE, "an option's value is missing")
        chosen = element.get("initial_option")
        insist(chosen is None or chosen in (options or ()), "initial_option is not an option")

    return check


_ELEMENTS: dict[object, Callable[[Block], None]] = {
    "plain_text_input": _text_input,
    "number_input": _number_input,
    "datepicker": _datepicker,
    "static_select": _options(OPTIONS),
    "radio_buttons": _options(RADIOS),
}
