"""What Luma refuses before it accepts a generation. Source: the official SDK's parameter types."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.calls import Call
from simulators.luma_errors import Refused

MODELS = ("uni-1", "uni-1-max", "ray-3.2")
ASPECTS = {
    "9:16": 9 / 16, "3:4": 3 / 4, "1:1": 1.0, "4:3": 4 / 3, "16:9": 16 / 9, "21:9": 21 / 9,
}  # fmt: skip
HEIGHTS = {"360p": 360, "540p": 540, "720p": 720, "1080p": 1080}
DURATIONS = {"5s": 5, "10s": 10}
LONGEST_PROMPT = 6000
REFERENCES = ("url", "data", "generation_id", "file_id")


@dataclass(frozen=True)
class Wish:
    """A valid request for a video."""

    model: str
    prompt: str
    aspect: str
    resolution: str
    seconds: int
    extends: str | None
    """The generation whose last frame it starts from."""
    user_id: str | None


def size_of(aspect: str, resolution: str) -> tuple[int, int]:
    """Width and height: every aspect has about the area of 16:9 at this resolution.

    So 720p is 1280x720, 720x1280 and 960x960. The API documents no pixel sizes; these are the
    ones that its resellers name.
    """
    high = HEIGHTS[resolution]
    area = high * high * 16 / 9
    width = math.sqrt(area * ASPECTS[aspect])
    return _even(width), _even(area / width)


def check_request(call: Call, is_complete: Callable[[str], bool]) -> Wish:
    """The video that a valid request asks for. Raises Refused.

    `is_complete` says whether a generation can be built upon.
    """
    try:
        body = call.json
    except ValueError:
        raise Refused(400, "Request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "Request body must be an object")
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not 1 <= len(prompt) <= LONGEST_PROMPT:
        raise Refused(400, f"prompt: must have 1 to {LONGEST_PROMPT} characters")
    model, kind = body.get("model", "uni-1"), body.get("type", "image")
    _one_of("model", model, MODELS)
    _one_of("type", kind, ("image", "image_edit", "video", "video_edit", "video_reframe"))
    if kind != "video" or model != "ray-3.2":
        raise Refused(422, "the simulator films type 'video' with model 'ray-3.2' only")
    aspect = body.get("aspect_ratio") or "16:9"
    _one_of("aspect_ratio", aspect, tuple(ASPECTS))
    video = body.get("video") or {}
    resolution, duration = video.get("resolution") or "720p", video.get("duration") or "5s"
    _one_of("video.resolution", resolution, tuple(HEIGHTS))
    _one_of("video.duration", duration, tuple(DURATIONS))
    _check_together(video, duration)
    extends = _extended(video, is_complete)
    user = body.get("user_id")
    return Wish(model, prompt, aspect, resolution, DURATIONS[duration], extends, user)


def _one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise Refused(400, f"{name}: must be one of {', '.join(allowed)}")


def _check_together(video: dict[str, Any], duration: str) -> None:
    """Refuse combinations that the API doesn't serve."""
    framed = video.get("start_frame") or video.get("end_frame")
    keyed = video.get("keyframes") or []
    if framed and duration != "5s":
        raise Refused(422, "video.start_frame and video.end_frame need duration 5s")
    if video.get("loop") and (duration == "10s" or video.get("hdr") or video.get("end_frame")):
        raise Refused(422, "video.loop is not supported with 10s, hdr or end_frame")
    if keyed and (framed or video.get("loop")):
        raise Refused(422, "video.keyframes exclude start_frame, end_frame and loop")
    indexes = video.get("keyframe_indexes") or []
    if len(keyed) != len(indexes):
        raise Refused(422, "video.keyframe_indexes must match video.keyframes in length")
    last = DURATIONS[duration] * 24
    if len(set(indexes)) != len(indexes) or any(not 0 <= index <= last for index in indexes):
        raise Refused(422, f"video.keyframe_indexes: unique positions from 0 to {last}")
    if video.get("exr_export") and not video.get("hdr"):
        raise Refused(422, "video.exr_export requires hdr")


def _extended(video: dict[str, Any], is_complete: Callable[[str], bool]) -> str | None:
    start = video.get("start_frame")
    if start is None:
        return None
    given = [name for name in REFERENCES if start.get(name)]
    if len(given) != 1:
        raise Refused(422, f"video.start_frame: exactly one of {', '.join(REFERENCES)}")
    if given[0] != "generation_id":
        return None
    name = str(start["generation_id"])
    if not is_complete(name):
        raise Refused(422, f"video.start_frame.generation_id: no completed generation {name}")
    return name


def _even(length: float) -> int:
    return round(length / 2) * 2
