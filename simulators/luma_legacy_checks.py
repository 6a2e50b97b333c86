"""What Luma's older API refuses. Source: the parameter types of the official `lumaai` SDK."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.calls import Call
from simulators.luma_checks import LONGEST_PROMPT
from simulators.luma_errors import Refused

MODELS = ("ray-2", "ray-flash-2")
ASPECTS = {
    "1:1": 1.0, "16:9": 16 / 9, "9:16": 9 / 16, "4:3": 4 / 3, "3:4": 3 / 4, "21:9": 21 / 9,
    "9:21": 9 / 21,
}  # fmt: skip
HEIGHTS = {"540p": 540, "720p": 720, "1080p": 1080, "4k": 2160}
DURATIONS = {"5s": 5, "9s": 9}


@dataclass(frozen=True)
class Wish:
    """A valid request."""

    model: str
    prompt: str
    aspect: str
    resolution: str
    seconds: int
    extends: str | None
    """The generation that it goes on from."""
    request: dict[str, Any]
    """As an answer repeats it."""


def size_of(aspect: str, resolution: str) -> tuple[int, int]:
    """Width and height, of about the area of 16:9 at this resolution."""
    high = HEIGHTS[resolution]
    area = high * high * 16 / 9
    width = math.sqrt(area * ASPECTS[aspect])
    return round(width / 2) * 2, round(area / width / 2) * 2


def check_request(call: Call, is_complete: Callable[[str], bool]) -> Wish:
    """The video that a valid request asks for. Raises Refused."""
    try:
        body = call.json
    except ValueError:
        raise Refused(400, "Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "Request body must be an object")
    asked: dict[str, Any] = {
        "model": body.get("model"),
        "aspect_ratio": body.get("aspect_ratio") or "16:9",
        "resolution": body.get("resolution") or "720p",
        "duration": body.get("duration") or "5s",
    }
    allowed = {
        "model": MODELS,
        "aspect_ratio": tuple(ASPECTS),
        "resolution": tuple(HEIGHTS),
        "duration": tuple(DURATIONS),
    }
    for name, value in asked.items():
        if value not in allowed[name]:
            raise Refused(400, f"Invalid {name}: must be one of {', '.join(allowed[name])}")
    prompt, extends = body.get("prompt") or "", _extended(body, is_complete)
    if not isinstance(prompt, str) or len(prompt) > LONGEST_PROMPT or not (prompt or extends):
        raise Refused(400, "Invalid prompt")
    return Wish(
        asked["model"],
        prompt,
        asked["aspect_ratio"],
        asked["resolution"],
        DURATIONS[asked["duration"]],
        extends,
        {"generation_type": "video", **body, **asked},
    )


def _extended(body: dict[str, Any], is_complete: Callable[[str], bool]) -> str | None:
    """The generation that a first keyframe names."""
    frame = (body.get("keyframes") or {}).get("frame0") or {}
    if frame.get("type") != "generation":
        return None
    name = str(frame.get("id"))
    if not is_complete(name):
        raise Refused(400, f"Invalid keyframes: no completed generation {name}")
    return name
