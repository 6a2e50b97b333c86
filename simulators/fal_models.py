"""What Pika's endpoint on fal takes, and the ways in which a request fails there.

Sources: fal's llms.txt for `fal-ai/pika/v2.2/text-to-video` (the example's duration is a number,
the JavaScript types have text: both are taken) and fal's pages on model and request errors.
"""

from dataclasses import dataclass
from typing import Any

ENDPOINT = "fal-ai/pika/v2.2/text-to-video"
APP = "fal-ai/pika"
"""What status, result and cancel addresses keep of the endpoint."""
SHORT_SIDE = {"720p": 720, "1080p": 1080}
ASPECTS = {
    "16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5), "5:4": (5, 4),
    "3:2": (3, 2), "2:3": (2, 3),
}  # fmt: skip
DURATIONS = {5: 5, 10: 10, "5": 5, "10": 10}
HELP = "https://docs.fal.ai/errors#"


@dataclass(frozen=True)
class Ending:
    """How a failed request is answered."""

    status: int
    message: str
    retryable: bool = False
    model: bool = False
    """An error of the model, which has a list as its detail, and not of the request."""


ENDINGS = {
    "content_policy_violation": Ending(
        422, "The content could not be processed because it was flagged by a content checker.",
        model=True,
    ),
    "no_media_generated": Ending(422, "No media was generated.", model=True),
    "generation_timeout": Ending(504, "Generation timeout", retryable=True, model=True),
    "downstream_service_error": Ending(400, "Downstream service error", model=True),
    "downstream_service_unavailable": Ending(
        500, "Downstream service unavailable", retryable=True, model=True
    ),
    "internal_server_error": Ending(500, "Internal server error", retryable=True, model=True),
    "request_timeout": Ending(504, "Request timed out", retryable=True),
    "startup_timeout": Ending(504, "The runner did not start in time", retryable=True),
    "runner_scheduling_failure": Ending(503, "No runner could be scheduled", retryable=True),
    "runner_connection_error": Ending(503, "The runner could not be reached", retryable=True),
    "runner_server_error": Ending(500, "The runner failed"),
    "client_cancelled": Ending(499, "The request was cancelled by the client"),
}  # fmt: skip
INVALID = "invalid_input"
"""The failure code of a request whose input the model doesn't take."""


def ending_of(code: str) -> Ending:
    """How a request with this failure code ends; a code of a test's own is an error of 500."""
    if code == INVALID:
        return Ending(422, "Input validation failed", model=True)
    unknown = Ending(500, "Internal server error", retryable=True, model=True)
    return ENDINGS.get(code, unknown)


@dataclass(frozen=True)
class Wish:
    """A valid input."""

    prompt: str
    aspect: str
    resolution: str
    seconds: int


def size_of(aspect: str, resolution: str) -> tuple[int, int]:
    """Width and height: the shorter side is what the resolution says."""
    across, down = ASPECTS[aspect]
    unit = SHORT_SIDE[resolution] / min(across, down)
    return round(across * unit / 2) * 2, round(down * unit / 2) * 2


def check_input(given: dict[str, Any]) -> Wish | list[dict[str, Any]]:
    """The film that an input asks for, or the model's complaints about it."""
    prompt, details = given.get("prompt"), []
    if "prompt" not in given:
        details.append(_detail("prompt", "Field required", "missing", given))
    elif not isinstance(prompt, str):
        details.append(_detail("prompt", "Input should be a valid string", "string_type", prompt))
    aspect, resolution = given.get("aspect_ratio", "16:9"), given.get("resolution", "720p")
    seconds = given.get("duration", 5)
    checks: list[tuple[str, object, Any]] = [
        ("aspect_ratio", aspect, ASPECTS),
        ("resolution", resolution, SHORT_SIDE),
        ("duration", seconds, DURATIONS),
    ]
    for name, value, allowed in checks:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in allowed:
            told = "Input should be " + " or ".join(repr(one) for one in allowed)
            details.append(_detail(name, told, "literal_error", value))
    if details:
        return details
    return Wish(str(prompt), aspect, resolution, DURATIONS[seconds])


def detail_of(code: str, ending: Ending, given: object) -> object:
    """The body's `detail`: a list for an error of the model, else words."""
    if not ending.model:
        return ending.message
    where = ["body", "prompt"] if code == "content_policy_violation" else ["body"]
    told = {"msg": ending.message, "type": code, "url": HELP + code}
    return [{"loc": where, **told, "input": given}]


def _detail(name: str, message: str, kind: str, given: object) -> dict[str, Any]:
    return {"loc": ["body", name], "msg": message, "type": kind, "input": given}
