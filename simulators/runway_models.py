"""What Runway's models take and cost, and what it refuses before it accepts a task.

Ratios, durations and prompt limits: the parameter types of the official SDK (5.24, October 2026).
Credits for a second: Runway's price page for gen4.5, gen4_turbo, veo3.1, veo3.1_fast and
seedance2; those of the other models are not published where we could read them and made up.
"""

from dataclasses import dataclass, field
from typing import Any

VERSION = "2024-11-06"
CANCELLED = "CANCELLED"
"""As a failure code: somebody else cancels the task while it runs."""
DOCS = "https://docs.dev.runwayml.com/api"
LANDSCAPE_OR_PORTRAIT = ("1280:720", "720:1280")
PICTURED = (*LANDSCAPE_OR_PORTRAIT, "1104:832", "960:960", "832:1104", "1584:672")
VEO = (*LANDSCAPE_OR_PORTRAIT, "1080:1920", "1920:1080")
SEEDANCE = (
    "992:432", "864:496", "752:560", "640:640", "560:752", "496:864", "1470:630", "1280:720",
    "1112:834", "960:960", "834:1112", "720:1280",
)  # fmt: skip
SEEDANCE_25 = (
    "992:432", "854:480", "752:560", "640:640", "560:752", "480:854", "1470:630", "1280:720",
    "1112:834", "960:960", "834:1112", "720:1280", "2206:946", "1920:1080", "1664:1248",
    "1440:1440", "1248:1664", "1080:1920",
)  # fmt: skip
SHAPES = {
    "21:9": "1792:768", "16:9": "1366:768", "4:3": "1024:768", "1:1": "768:768",
    "3:4": "768:1024", "9:16": "768:1366",
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """One model's entry."""

    credits: int
    """For a second, with sound where the model makes it."""
    durations: range | tuple[int, ...]
    ratios: tuple[str, ...]
    ratio: str | None = None
    """What it takes when none is asked for; None: one must be."""
    seconds: int | None = None
    """Likewise."""
    prompt_limit: int = 1000
    audio: bool = False
    silent_credits: int | None = None
    """For a second without sound, where that is cheaper."""
    pictures: tuple[str, ...] = field(default=())
    """Ratios from a picture, where it films from one."""
    text: bool = True
    """Whether it films from words alone."""


MODELS = {
    "gen4.5": Model(12, range(2, 11), LANDSCAPE_OR_PORTRAIT, pictures=PICTURED),
    "gen4_turbo": Model(5, range(2, 11), (), seconds=10, pictures=PICTURED, text=False),
    "veo3.1": Model(
        40, (4, 6, 8), VEO, seconds=8, audio=True, silent_credits=20, pictures=VEO
    ),
    "veo3.1_fast": Model(
        15, (4, 6, 8), VEO, seconds=8, audio=True, silent_credits=10, pictures=VEO
    ),
    "seedance2": Model(
        36, range(4, 16), SEEDANCE, "1280:720", 5, prompt_limit=3500, audio=True
    ),
    "seedance2_fast": Model(
        29, range(4, 16), SEEDANCE, "1280:720", 5, prompt_limit=3500, audio=True
    ),
    "seedance2_mini": Model(
        18, range(4, 16), SEEDANCE, "1280:720", 5, prompt_limit=3500, audio=True
    ),
    "seedance2_5": Model(
        28, range(4, 31), SEEDANCE_25, "1280:720", 5, prompt_limit=15000, audio=True
    ),
    "hailuo3": Model(20, range(5, 16), tuple(SHAPES), "16:9", 5, prompt_limit=3500),
    "kling_4": Model(
        25,
        range(3, 16),
        (*LANDSCAPE_OR_PORTRAIT, "940:940", "1460:624", "1920:1080", "1080:1920", "1440:1440"),
        "1280:720",
        5,
        prompt_limit=2500,
    ),
}  # fmt: skip


class Invalid(Exception):
    """A body that Runway refuses, with its issues."""

    def __init__(self, *issues: dict[str, Any]) -> None:
        super().__init__(issues)
        self.issues = list(issues)


@dataclass(frozen=True)
class Wish:
    """A valid task."""

    model: str
    prompt: str
    size: tuple[int, int]
    ratio: str
    seconds: int
    audio: bool
    credits: int


def check_task(body: object, *, pictured: bool) -> Wish:
    """The task that a valid body asks for. Raises Invalid with everything that is wrong."""
    if not isinstance(body, dict):
        raise Invalid(_issue("invalid_type", "Expected object"))
    name = body.get("model")
    model = MODELS.get(name) if isinstance(name, str) else None
    served = model and (model.pictures if pictured else model.text)
    if not isinstance(name, str) or model is None or not served:
        raise Invalid(_issue("invalid_union_discriminator", "Invalid model", "model"))
    ratios = model.pictures if pictured else model.ratios
    issues = [*_prompt_issues(body, model, pictured=pictured), *_ratio_issues(body, model, ratios)]
    issues += _duration_issues(body, model)
    if "audio" in body and not (model.audio and isinstance(body["audio"], bool)):
        issues.append(_issue("unrecognized_keys", "Unrecognized key: audio", "audio"))
    if issues:
        raise Invalid(*issues)
    ratio, seconds = str(body.get("ratio", model.ratio)), int(body.get("duration") or 0)
    seconds = seconds or model.seconds or 0
    audio = model.audio and body.get("audio", True)
    rate = model.credits if audio or model.silent_credits is None else model.silent_credits
    width, high = (int(part) for part in SHAPES.get(ratio, ratio).split(":"))
    return Wish(
        name, body.get("promptText", ""), (width, high), ratio, seconds, audio, rate * seconds
    )


def is_charged(code: str) -> bool:
    """Whether Runway keeps the credits of a task that failed so.

    Source: its page on task failures: moderated generations cost the same as others; and the
    SDK's words on cancelling: a running task isn't refunded.
    """
    return code == CANCELLED or "SAFETY" in code


def _prompt_issues(body: dict[str, Any], model: Model, *, pictured: bool) -> list[dict[str, Any]]:
    prompt = body.get("promptText")
    issues = []
    if pictured and not body.get("promptImage"):
        issues.append(_issue("invalid_type", "Required", "promptImage"))
    if prompt is None and pictured and body["model"] != "gen4.5":
        return issues
    if not isinstance(prompt, str) or not prompt:
        return [*issues, _issue("too_small", "String must not be empty", "promptText")]
    # A character outside the basic plane counts twice.
    if len(prompt.encode("utf-16-le")) // 2 > model.prompt_limit:
        told = f"String must contain at most {model.prompt_limit} character(s)"
        issues.append(_issue("too_big", told, "promptText"))
    return issues


def _ratio_issues(
    body: dict[str, Any], model: Model, ratios: tuple[str, ...]
) -> list[dict[str, Any]]:
    if body.get("ratio", model.ratio) in ratios:
        return []
    told = "Invalid enum value. Expected " + " | ".join(f"'{ratio}'" for ratio in ratios)
    return [_issue("invalid_enum_value", told, "ratio")]


def _duration_issues(body: dict[str, Any], model: Model) -> list[dict[str, Any]]:
    seconds = body.get("duration", model.seconds)
    if isinstance(seconds, int) and not isinstance(seconds, bool) and seconds in model.durations:
        return []
    if seconds is None:
        return [_issue("invalid_type", "Required", "duration")]
    allowed = model.durations
    told = f"Expected one of {', '.join(str(one) for one in allowed)}"
    return [_issue("invalid_literal", told, "duration")]


def _issue(code: str, message: str, *path: str) -> dict[str, Any]:
    return {"code": code, "path": list(path), "message": message}
