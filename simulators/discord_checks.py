"""What Discord refuses in a message and in a form.

Sources: docs.discord.com, "Message" (embed limits), "Component Reference", "API Reference".
"""

import re
from typing import Any

CONTENT, EMBEDS, ALL_EMBEDS = 2000, 10, 6000
TITLE, DESCRIPTION, FOOTER, NONCE = 256, 4096, 2048, 25
ROWS, BUTTONS, CUSTOM_ID, LABEL, ADDRESS = 5, 5, 100, 80, 512
MODAL_TITLE, MODAL_LABEL, MODAL_INPUTS, INPUT, OPTIONS, OPTION = 45, 45, 5, 4000, 25, 100
DESCRIPTION_OF_LABEL, PLACEHOLDER = 100, 100
AGENT = re.compile(r"DiscordBot \(\S+, \S+\).*")
"""What a client has to call itself ("API Reference", "User Agent")."""
ROW, BUTTON, SELECT, TEXT_INPUT, LABELLED = 1, 2, 3, 4, 18
LINK, STYLES = 5, (1, 2, 3, 4, 5)


class BadForm(Exception):
    """Discord's "Invalid Form Body": where, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


def check_message(message: Any) -> None:  # noqa: ANN401 - whatever was sent
    """Raises BadForm."""
    insist("", "not an object", isinstance(message, dict))
    content, embeds = message.get("content") or "", message.get("embeds") or []
    components = message.get("components") or []
    if not (content or embeds or components):
        raise BadForm("content", "Cannot send an empty message")
    insist("content", "Must be 2000 or fewer in length.", len(content) <= CONTENT)
    insist("nonce", "Must be 25 or fewer in length.", len(str(message.get("nonce", ""))) <= NONCE)
    insist("embeds", "Must be 10 or fewer in length.", len(embeds) <= EMBEDS)
    whole = sum(_embed(f"embeds.{number}", embed) for number, embed in enumerate(embeds))
    insist("embeds", "Embed size exceeds maximum size of 6000", whole <= ALL_EMBEDS)
    _rows(components)


def check_modal(data: Any) -> None:  # noqa: ANN401 - whatever was sent
    """Raises BadForm."""
    insist("data", "not an object", isinstance(data, dict))
    insist("data.title", "1 to 45", 1 <= len(data.get("title", "")) <= MODAL_TITLE)
    insist("data.custom_id", "1 to 100", 1 <= len(data.get("custom_id", "")) <= CUSTOM_ID)
    components = data.get("components") or []
    insist("data.components", "1 to 5", 1 <= len(components) <= MODAL_INPUTS)
    for number, one in enumerate(components):
        where = f"data.components.{number}"
        insist(where, "a label with an input", one.get("type") == LABELLED)
        insist(f"{where}.label", "1 to 45", 1 <= len(one.get("label", "")) <= MODAL_LABEL)
        said = one.get("description", "")
        insist(f"{where}.description", "100 or fewer", len(said) <= DESCRIPTION_OF_LABEL)
        _input(f"{where}.component", one.get("component") or {})
    names = [one["component"]["custom_id"] for one in components]
    insist("data.components", "Component custom id cannot be duplicated", _differ(names))


def unmet(component: Any, value: str) -> str:  # noqa: ANN401 - one that was checked
    """What Discord itself holds a person to before a form is sent; empty for nothing."""
    if not value:
        return "This field is required" if component.get("required", True) else ""
    if component["type"] == SELECT:
        offered = [one["value"] for one in component["options"]]
        return "" if value in offered else "There is no such option"
    fits = component.get("min_length", 0) <= len(value) <= component.get("max_length", INPUT)
    return "" if fits else "The text is too long or too short"


def insist(where: str, why: str, holds: object) -> None:
    """Raises BadForm unless it holds."""
    if not holds:
        raise BadForm(where, why)


def _embed(where: str, embed: Any) -> int:  # noqa: ANN401 - whatever was sent
    insist(where, "not an object", isinstance(embed, dict))
    size = 0
    footer = (embed.get("footer") or {}).get("text", "")
    parts = (
        ("title", embed.get("title", ""), TITLE),
        ("description", embed.get("description", ""), DESCRIPTION),
        ("footer.text", footer, FOOTER),
    )
    for name, text, longest in parts:
        insist(f"{where}.{name}", f"Must be {longest} or fewer in length.", len(text) <= longest)
        size += len(text)
    url = (embed.get("image") or {}).get("url", "https://")
    insist(f"{where}.image.url", "Not a well formed URL.", url.startswith(("http://", "https://")))
    return size


def _rows(rows: Any) -> None:  # noqa: ANN401 - whatever was sent
    insist("components", "Must be 5 or fewer in length.", len(rows) <= ROWS)
    ids: list[str] = []
    for number, row in enumerate(rows):
        where, buttons = f"components.{number}", row.get("components") or []
        insist(where, "an action row", row.get("type") == ROW)
        insist(where, "1 to 5 buttons", 1 <= len(buttons) <= BUTTONS)
        for at, button in enumerate(buttons):
            _button(f"{where}.components.{at}", button)
        ids += [button["custom_id"] for button in buttons if "custom_id" in button]
    insist("components", "Component custom id cannot be duplicated", _differ(ids))


def _differ(names: list[str]) -> bool:
    return len(set(names)) == len(names)


def _button(where: str, button: Any) -> None:  # noqa: ANN401 - whatever was sent
    insist(where, "a button", button.get("type") == BUTTON and button.get("style") in STYLES)
    insist(f"{where}.label", "1 to 80", 1 <= len(button.get("label", "")) <= LABEL)
    if button["style"] == LINK:
        url = button.get("url", "")
        insist(f"{where}.url", "a web address", url.startswith(("http://", "https://")))
        insist(f"{where}.url", "512 or fewer", len(url) <= ADDRESS and "custom_id" not in button)
    else:
        name = button.get("custom_id", "")
        insist(f"{where}.custom_id", "1 to 100", 1 <= len(name) <= CUSTOM_ID)


def _input(where: str, one: Any) -> None:  # noqa: ANN401 - whatever was sent
    insist(where, "an input", one.get("type") in {SELECT, TEXT_INPUT})
    insist(f"{where}.custom_id", "1 to 100", 1 <= len(one.get("custom_id", "")) <= CUSTOM_ID)
    if one["type"] == TEXT_INPUT:
        longest = one.get("max_length", INPUT)
        insist(f"{where}.max_length", "1 to 4000", 1 <= longest <= INPUT)
        insist(f"{where}.value", "too long", len(one.get("value", "")) <= longest)
        insist(f"{where}.style", "1 or 2", one.get("style") in {1, 2})
        shown = one.get("placeholder", "")
        insist(f"{where}.placeholder", "100 or fewer", len(shown) <= PLACEHOLDER)
        return
    options = one.get("options") or []
    insist(f"{where}.options", "1 to 25", 1 <= len(options) <= OPTIONS)
    for option in options:
        insist(f"{where}.options", "1 to 100", 1 <= len(option.get("label", "")) <= OPTION)
        insist(f"{where}.options", "1 to 100", 1 <= len(option.get("value", "")) <= OPTION)
