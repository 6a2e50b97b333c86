"""Instagram's error codes as a table: what each means, and what the caller should do.

Source: Meta's "Error Codes" page for the Instagram Platform (updated 2026-06-02) and the
Graph API's "Handling Errors". Every one of them arrives as HTTP 400 or so: the code in the
body counts, not the status.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.failures import FailureKind


@dataclass(frozen=True)
class Row:
    """One code, with or without a subcode."""

    kind: FailureKind
    sentence: str
    proves_unpublished: bool = False
    """Whether it says for certain, as the answer to a publish call, that nothing went out.

    Few do: 4/2207051 has been seen while the post was live.
    """


OTHER = Row(FailureKind.BAD_REQUEST, "the request was refused for a reason of its own")

TRANSIENT = Row(FailureKind.UNAVAILABLE, "the service is in trouble for now")

_TOKEN = Row(
    FailureKind.AUTHENTICATION,
    "the access token is expired or was withdrawn; a person has to connect the account again",
    proves_unpublished=True,
)
_PERMISSION = Row(
    FailureKind.PERMISSION,
    "the access token lacks a permission; connect the account again and grant all that is asked",
    proves_unpublished=True,
)
_CALLS = Row(FailureKind.RATE_LIMITED, "too many calls; wait before the next")
_CAPTION = Row(
    FailureKind.BAD_REQUEST,
    "the caption is too long, or has too many hashtags or mentions",
    proves_unpublished=True,
)
_SERVER = Row(FailureKind.UNAVAILABLE, "the service failed inside")
_BUILDER = Row(FailureKind.CONTAINER_GONE, "the container does not exist or has expired")
_PARAMETER = Row(FailureKind.BAD_REQUEST, "a parameter of the request is not valid")

ROWS: Mapping[tuple[int, int | None], Row] = {
    (-2, 2207003): Row(FailureKind.UNAVAILABLE, "fetching the video took too long"),
    (-2, 2207020): Row(FailureKind.CONTAINER_GONE, "the container has expired"),
    (-1, None): _SERVER,
    (-1, 2207001): _SERVER,
    (-1, 2207032): Row(FailureKind.UNAVAILABLE, "the container could not be made"),
    (-1, 2207053): Row(FailureKind.UNAVAILABLE, "the upload failed for an unknown reason"),
    (1, None): TRANSIENT,
    (1, 2207057): Row(FailureKind.BAD_REQUEST, "the thumbnail lies outside the video"),
    (2, None): TRANSIENT,
    (4, None): _CALLS,
    (4, 2207051): Row(FailureKind.ACCOUNT_BLOCKED, "the action was held for spam"),
    (9, 2207042): Row(
        FailureKind.RATE_LIMITED,
        "the account has published as much as 24 hours allow",
        proves_unpublished=True,
    ),
    (10, None): _PERMISSION,
    (17, None): _CALLS,
    (24, 2207006): Row(FailureKind.CONTAINER_GONE, "the media was not found"),
    (24, 2207008): _BUILDER,
    (25, 2207050): Row(
        FailureKind.ACCOUNT_BLOCKED,
        "the account is restricted; a person has to open Instagram and settle it",
    ),
    (32, None): _CALLS,
    (100, None): _PARAMETER,
    # Seen for weeks on objects that were there: it proves nothing about them.
    (100, 33): Row(FailureKind.UNAVAILABLE, "the object could not be read"),
    (100, 2207023): Row(FailureKind.BAD_REQUEST, "the media type is unknown"),
    (102, None): _TOKEN,
    (190, None): _TOKEN,
    (352, 2207026): Row(FailureKind.VIDEO_REFUSED, "the video's format is not supported"),
    (368, None): Row(
        FailureKind.ACCOUNT_BLOCKED, "the account is blocked for now by the platform's policy"
    ),
    (613, None): _CALLS,
    (9004, 2207052): Row(
        FailureKind.CONFIGURATION, "the video could not be fetched from its public address"
    ),
    (9007, 2207027): Row(
        FailureKind.NOT_READY, "the container is not ready", proves_unpublished=True
    ),
    (36004, None): _CAPTION,
    (36004, 2207010): _CAPTION,
    (80002, None): _CALLS,
}

_PERMISSION_CODES = range(200, 300)


def row_for(code: int, subcode: int | None, *, is_transient: bool = False) -> Row:
    """The row of a code and subcode, of the code alone, or what the platform says of it."""
    exact = ROWS.get((code, subcode)) or ROWS.get((code, None))
    if exact is not None:
        return exact
    if code in _PERMISSION_CODES:
        return _PERMISSION
    return TRANSIENT if is_transient else OTHER
