"""The simulated Discord's rules for forms."""

from typing import Any

import pytest

from simulators.discord_checks import BadForm, check_modal, unmet

TEXT = {"type": 4, "custom_id": "reason", "style": 2, "max_length": 20}
SELECT = {"type": 3, "custom_id": "what", "options": [{"label": "A film", "value": "film"}]}


def a_modal(component: dict[str, Any], **label: object) -> dict[str, Any]:
    labelled = {"type": 18, "label": "Why?", "component": component, **label}
    return {"title": "Reject", "custom_id": "reject:1", "components": [labelled]}


@pytest.mark.parametrize("component", [TEXT, SELECT])
def test_a_form_within_the_limits_is_shown(component: dict[str, Any]) -> None:
    check_modal(a_modal(component, description="The next stories learn from it."))


@pytest.mark.parametrize(
    "modal",
    [
        a_modal(TEXT, label="x" * 46),
        a_modal(TEXT, description="x" * 101),
        a_modal(TEXT | {"max_length": 4001}),
        a_modal(TEXT | {"placeholder": "x" * 101}),
        a_modal(TEXT | {"style": 3}),
        a_modal(TEXT | {"value": "x" * 21}),
        a_modal({"type": 9, "custom_id": "x"}),
        a_modal(SELECT | {"options": []}),
        a_modal(TEXT) | {"title": "x" * 46},
        a_modal(TEXT) | {"components": a_modal(TEXT)["components"] * 2},
        a_modal(TEXT) | {"components": []},
    ],
)
def test_a_form_over_them_is_not(modal: dict[str, Any]) -> None:
    with pytest.raises(BadForm):
        check_modal(modal)


@pytest.mark.parametrize(
    ("component", "value", "fits"),
    [
        (TEXT, "", False),
        (TEXT | {"required": False}, "", True),
        (TEXT, "x" * 20, True),
        (TEXT, "x" * 21, False),
        (SELECT, "film", True),
        (SELECT, "another", False),
    ],
)
def test_a_person_is_held_to_what_a_form_asks(
    component: dict[str, Any], value: str, *, fits: bool
) -> None:
    assert (unmet(component, value) == "") == fits
