"""The Graph API's errors, as data. Source: Meta's Instagram error code page of June 2026."""

import secrets
from typing import Any

from starlette.responses import JSONResponse, Response

OAUTH, METHOD = "OAuthException", "GraphMethodException"
KNOWN: dict[tuple[int, int | None], tuple[str, str]] = {
    (-2, 2207003): ("Timeout", "It takes too long to download the media."),
    (-2, 2207020): ("Media expired", "The media you are trying to access has expired."),
    (-1, 2207001): ("Instagram server error", "Instagram server error. Try again."),
    (-1, 2207032): ("Create media fail", "Failed to create a media, please try to re-create it."),
    (-1, 2207053): ("Unknown upload error", "Unknown upload error."),
    (1, 2207057): ("Invalid thumbnail offset", "Thumbnail offset must be within the video."),
    (4, 2207051): ("Action is blocked", "We restrict certain activity to protect our community."),
    (9, 2207042): ("Application request limit reached", "You reached the maximum of posts."),
    (24, 2207006): ("Media not found", "The media with the given id can't be found."),
    (24, 2207008): ("Media builder not found", "The media builder doesn't exist or has expired."),
    (25, 2207050): ("Instagram account is restricted", "The Instagram account is restricted."),
    (100, 2207023): ("Unknown media type", "The media type is unknown."),
    (352, 2207026): ("Unsupported format", "The video format is not supported."),
    (9004, 2207052): ("Media fetch fail", "Only photo or video can be accepted as media type."),
    (9007, 2207027): ("Media not ready", "The media is not ready for publishing, please wait."),
    (36004, 2207010): ("Caption too long", "The caption was too long."),
    (100, 33): ("", ""),
    (190, 463): ("", ""),
    (190, None): ("", ""),
    (104, None): ("", ""),
}
MESSAGES = {
    4: "Application request limit reached",
    9: "Application request limit reached",
    10: "Application does not have permission for this action",
    17: "User request limit reached",
    32: "Page request limit reached",
    104: "An access token is required to request this resource.",
    190: "Error validating access token: Session has expired.",
    368: "The action attempted has been deemed abusive or is otherwise disallowed.",
    613: "Calls to this api have exceeded the rate limit.",
    2500: "Unknown path components",
    80002: "There have been too many calls to this Instagram account.",
    9007: "Media ID is not available",
}
TRANSIENT = frozenset({-2, -1, 1, 2, 17, 32, 613})


def graph_error(
    code: int,
    subcode: int | None = None,
    message: str | None = None,
    *,
    kind: str = OAUTH,
    extra: dict[str, Any] | None = None,
) -> Response:
    """An error answer: always HTTP 400 with the Graph API's body."""
    title, user_text = KNOWN.get((code, subcode), ("", ""))
    trace = f"A{secrets.token_urlsafe(16)}"
    error: dict[str, Any] = {
        "message": message or MESSAGES.get(code) or user_text or "An unknown error occurred",
        "type": kind,
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


def unreadable(node: str) -> Response:
    """100/33: no such object, or not for this token."""
    message = (
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due "
        "to missing permissions, or does not support this operation"
    )
    return graph_error(100, 33, message, kind=METHOD)
