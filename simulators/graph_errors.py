"""The Graph API's errors, as data.

Sources: Meta's Instagram error code page of June 2026 (each row of it stands in KNOWN, with its
user message), and the Graph API's error handling guide for what every product answers.
"""

import secrets
from typing import Any

from starlette.responses import JSONResponse, Response

OAUTH, METHOD = "OAuthException", "GraphMethodException"
CAROUSEL = "Carousels need at least 2 photos/videos and no more than 10 photos/videos."
KNOWN: dict[tuple[int, int | None], tuple[str, str]] = {
    (-2, 2207003): ("Timeout", "It takes too long to download the media."),
    (-2, 2207020): ("Media expired", "The media you are trying to access has expired."),
    (-1, 2207001): ("Instagram server error", "Instagram server error. Try again."),
    (-1, 2207032): ("Create media fail", "Create media fail, please try to re-create media"),
    (-1, 2207053): ("Unknown upload error", "unknown upload error"),
    (1, 2207057): (
        "Invalid thumbnail offset",
        "Thumbnail offset must be greater than or equal to 0 and less than video duration",
    ),
    (4, 2207051): ("Action is blocked", "We restrict certain activity to protect our community."),
    (9, 2207042): (
        "Application request limit reached",
        "You reached maximum number of posts that is allowed to be published by the API.",
    ),
    (24, 2207006): ("Media not found", "The media with the given id cannot be found"),
    (24, 2207008): (
        "Media builder not found",
        "The media builder with the given creation id does not exist or has been expired.",
    ),
    (25, 2207050): ("Instagram account is restricted", "The Instagram account is restricted."),
    (100, 33): ("", ""),
    (100, 2207023): ("Unknown media type", "The media type is unknown."),
    (100, 2207028): ("Invalid carousel", f"Your post won't work as a carousel. {CAROUSEL}"),
    (100, 2207035): (
        "Product tag positions",
        "Product tag positions should not be specified for video media.",
    ),
    (100, 2207036): (
        "Product tag positions",
        "Product tag positions are required for photo media.",
    ),
    (100, 2207037): ("Invalid product tags", "We couldn't add all of your product tags."),
    (100, 2207040): ("Too many tags", "Cannot use more than 20 tags per created media."),
    (352, 2207026): (
        "Unsupported format",
        "The video format is not supported. Please check spec for supported video format",
    ),
    (9004, 2207052): ("Media fetch fail", "The media could not be fetched from this uri."),
    (9007, 2207027): (
        "Media not ready",
        "The media is not ready for publishing, please wait for a moment",
    ),
    (36000, 2207004): (
        "Image size too large",
        "The image is too large to download. It should be less than 8 MiB.",
    ),
    (36001, 2207005): (
        "Image format is not supported",
        "The image format is not supported. Supported formats are: JPEG.",
    ),
    (36003, 2207009): (
        "Image aspect ratio",
        "The submitted image with aspect ratio cannot be published.",
    ),
    (36004, 2207010): ("Caption too long", "The caption was too long."),
}
INVALID = "Error validating access token: "
SESSIONS: dict[int, str] = {
    458: "The user has not authorized application.",
    459: "The user is enrolled in a blocking, logged-in checkpoint",
    460: "The session has been invalidated because the user changed their password or Facebook "
    "has changed the session for security reasons.",
    463: "Session has expired.",
    464: "Sessions for the user are not allowed because the user is not a confirmed user.",
    467: "The session is invalid because the user logged out.",
}
"""What is wrong with a token, by the subcode of 190."""
NO_TOKEN = 104
"""Kept as it has been since the first version: the Graph API answers 104 or 2500 here."""
FIRST_PERMISSION, LAST_PERMISSION = 200, 299
UNKNOWN = "An unknown error occurred"
MESSAGES = {
    2: "Service temporarily unavailable",
    4: "Application request limit reached",
    9: "Application request limit reached",
    10: "Application does not have permission for this action",
    17: "User request limit reached",
    32: "Page request limit reached",
    101: "Error validating application. Cannot get application info due to a system error.",
    102: "Session key invalid or no longer valid",
    104: "An access token is required to request this resource.",
    190: "Invalid OAuth access token - Cannot parse access token",
    368: "The action attempted has been deemed abusive or is otherwise disallowed.",
    613: "Calls to this api have exceeded the rate limit.",
    2500: "Unknown path components",
    36000: "The image size is too large.",
    80002: "There have been too many calls to this Instagram account. Wait a bit and try again.",
    9007: "Media ID is not available",
}
TRANSIENT = frozenset({-2, -1, 1, 2, 17, 32, 613, 80002})


def graph_error(
    code: int,
    subcode: int | None = None,
    message: str | None = None,
    *,
    kind: str | None = None,
    extra: dict[str, Any] | None = None,
) -> Response:
    """An error answer: always HTTP 400 with the Graph API's body. `extra` wins over all."""
    title, user_text = KNOWN.get((code, subcode), ("", ""))
    trace = f"A{secrets.token_urlsafe(16)}"
    error: dict[str, Any] = {
        "message": message or _message(code, subcode) or user_text or UNKNOWN,
        "type": kind or (METHOD if (code, subcode) == (100, 33) else OAUTH),
        "code": code,
        "is_transient": code in TRANSIENT,
        "fbtrace_id": trace,
    }
    if subcode is not None:
        error["error_subcode"] = subcode
    if title:
        error |= {"error_user_title": title, "error_user_msg": user_text}
    error |= extra or {}
    return JSONResponse({"error": error}, 400, headers={"x-fb-trace-id": trace})


def required(parameter: str) -> Response:
    """100: a parameter that isn't there."""
    return graph_error(100, None, f"(#100) The parameter {parameter} is required")


def invalid(what: str) -> Response:
    """100: a parameter that can't be so."""
    return graph_error(100, None, f"(#100) {what}")


def unreadable(node: str, verb: str = "get") -> Response:
    """100/33: no such object, or not for this token."""
    message = (
        f"Unsupported {verb} request. Object with ID '{node}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation"
    )
    return graph_error(100, 33, message)


def session_error(subcode: int) -> Response:
    """190: what is wrong with a token."""
    return graph_error(190, subcode)


def _message(code: int, subcode: int | None) -> str | None:
    if code == 190 and subcode in SESSIONS:  # noqa: PLR2004 - Meta's own figure
        return INVALID + SESSIONS[subcode]
    if FIRST_PERMISSION <= code <= LAST_PERMISSION:
        return f"(#{code}) Permissions error"
    return MESSAGES.get(code)
