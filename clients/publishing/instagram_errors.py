"""Instagram's error codes as a table: what each means, and what is done about it.

Sources: Meta's "Error Codes" page for the Instagram Platform (updated 2026-06-02), the Graph
API's "Handling Errors", and for the codes that no page lists the reports of other publishers.
Nearly all of them arrive as HTTP 400: the code in the body counts, not the status.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.failures import RETRYABLE, FailureKind


class Action(StrEnum):
    """What follows an error. The kind of failure decides it: see ACTIONS."""

    RETRY = "retry"
    """The same call again, after a growing pause."""
    NEW_CONTAINER = "new container"
    """The container is dead: another one, after a look that proves it was not published."""
    WAIT = "wait"
    """Until the platform lets calls in again, or has finished its work."""
    RECUT = "recut"
    """The file is made anew: shorter, smaller, or coded again."""
    FAIL = "fail"
    """No other try helps: the step waits for a person."""
    STOP_ACCOUNT = "stop the account"
    """The same for every day of the account: it is paused, and a person is told once."""
    RECONCILE = "reconcile"
    """Read whether the post is out, before anything else."""


ACTIONS: Mapping[FailureKind, Action] = {
    FailureKind.UNAVAILABLE: Action.RETRY,
    FailureKind.CONTAINER_GONE: Action.NEW_CONTAINER,
    FailureKind.RATE_LIMITED: Action.WAIT,
    FailureKind.NOT_READY: Action.WAIT,
    FailureKind.VIDEO_REFUSED: Action.RECUT,
    FailureKind.VIDEO_TOO_LONG: Action.RECUT,
    FailureKind.BAD_REQUEST: Action.FAIL,
    FailureKind.CONFIGURATION: Action.FAIL,
    FailureKind.AUTHENTICATION: Action.STOP_ACCOUNT,
    FailureKind.PERMISSION: Action.STOP_ACCOUNT,
    FailureKind.ACCOUNT_BLOCKED: Action.STOP_ACCOUNT,
    FailureKind.OUTCOME_UNKNOWN: Action.RECONCILE,
}


@dataclass(frozen=True)
class Row:
    """One code, with or without a subcode."""

    kind: FailureKind
    sentence: str
    proves_unpublished: bool = False
    """Whether it says for certain, as the answer to a publish call, that nothing went out.

    Few do: 4/2207051 has been seen while the post was live.
    """

    @property
    def action(self) -> Action:
        """What is done after any call but a publish."""
        return ACTIONS[self.kind]

    @property
    def action_of_publish(self) -> Action:
        """What is done after a publish call."""
        return self.action if self.proves_unpublished else Action.RECONCILE


OTHER = Row(FailureKind.BAD_REQUEST, "the request was refused for a reason of its own")
TRANSIENT = Row(FailureKind.UNAVAILABLE, "the service is in trouble for now")


def _dead(sentence: str) -> Row:
    return Row(FailureKind.CONTAINER_GONE, sentence)


def _wrong(sentence: str) -> Row:
    return Row(FailureKind.BAD_REQUEST, sentence)


def _refused(sentence: str) -> Row:
    return Row(FailureKind.VIDEO_REFUSED, sentence)


def _blocked(sentence: str) -> Row:
    return Row(FailureKind.ACCOUNT_BLOCKED, sentence, proves_unpublished=True)


def _token(sentence: str) -> Row:
    return Row(FailureKind.AUTHENTICATION, sentence, proves_unpublished=True)


_EXPIRED = _token(
    "the access token is expired or was withdrawn; a person has to connect the account again"
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
_TAGS = _wrong("a tagged product or person is not valid")
_PICTURE = _wrong("the picture is not one that Instagram takes")

ROWS: Mapping[tuple[int, int | None], Row] = {
    (-2, 2207003): Row(FailureKind.UNAVAILABLE, "fetching the video took too long"),
    (-2, 2207020): _dead("the container has expired"),
    (-1, None): _SERVER,
    (-1, 2207001): _SERVER,
    (-1, 2207032): _dead("the container could not be made"),
    (-1, 2207053): _dead("the upload failed for an unknown reason"),
    (1, None): TRANSIENT,
    (1, 2207057): _wrong("the cover lies outside the video"),
    (2, None): TRANSIENT,
    (4, None): _CALLS,
    (4, 2207051): Row(
        FailureKind.ACCOUNT_BLOCKED,
        "the action was held for spam: let the account rest for some hours",
    ),
    (9, 2207042): Row(
        FailureKind.RATE_LIMITED,
        "the account has published as much as 24 hours allow",
        proves_unpublished=True,
    ),
    (10, None): _PERMISSION,
    (17, None): _CALLS,
    (24, 2207006): _dead("the media was not found"),
    (24, 2207008): _dead("the container does not exist or has expired"),
    (25, 2207050): _blocked(
        "the account is restricted; a person has to open Instagram and settle it"
    ),
    (32, None): _CALLS,
    (100, None): _wrong("a parameter of the request is not valid"),
    # Seen for weeks on objects that were there: it proves nothing about them.
    (100, 33): Row(FailureKind.UNAVAILABLE, "the object could not be read"),
    (100, 2207023): _wrong("the media type is unknown"),
    (100, 2207028): _wrong("a carousel has 2 to 10 parts"),
    (100, 2207035): _TAGS,
    (100, 2207036): _TAGS,
    (100, 2207037): _TAGS,
    (100, 2207040): _TAGS,
    (102, None): _EXPIRED,
    (190, None): _EXPIRED,
    (190, 458): _token("the app was removed from the account; a person has to connect it again"),
    (190, 459): _token(
        "Instagram wants a person to log in and confirm the account; connect it again afterwards"
    ),
    (190, 460): _token("the account's password was changed; a person has to connect it again"),
    (190, 464): _token("the account is not confirmed; confirm it in Instagram, then connect it"),
    (352, 2207026): _refused("the video's format is not supported"),
    (368, None): _blocked("the account is blocked for now by the platform's policy"),
    (613, None): _CALLS,
    (9004, 2207052): Row(
        FailureKind.CONFIGURATION, "the video could not be fetched from its public address"
    ),
    (9007, 2207027): Row(
        FailureKind.NOT_READY, "the container is not ready", proves_unpublished=True
    ),
    (36000, 2207004): _PICTURE,
    (36001, 2207005): _PICTURE,
    (36003, 2207009): _PICTURE,
    (36004, None): _CAPTION,
    (36004, 2207010): _CAPTION,
    (80002, None): _CALLS,
}
"""By code and subcode; without a subcode it is the row of all that are not named."""

UNDOCUMENTED: Mapping[int, Row] = {
    # The Facebook video API's; rupload may answer with them.
    1363023: _refused("the video is too large"),
    1363128: Row(FailureKind.VIDEO_TOO_LONG, "the video is too long"),
    1363008: _dead("no byte of the upload arrived"),
    2207065: _wrong("a parameter of the container is not valid"),
    2207076: _refused("the video could not be processed"),
    2207077: _dead("the video could not be downloaded: its host must answer to ranges"),
    2207081: _wrong("the account can't have trial Reels"),
    2207082: _refused("the video could not be taken in: too large a pull, or a sound that is none"),
    2207085: _dead("the video was not processed to its end"),
}
"""Subcodes that stand in the status text of containers and on no page of Meta's."""

_PERMISSION_CODES = range(200, 300)


def row_for(code: int, subcode: int | None, *, is_transient: bool = False) -> Row:
    """The row of a code and subcode, of the code alone, or what the platform says of it."""
    exact = ROWS.get((code, subcode)) or ROWS.get((code, None))
    if exact is not None:
        return exact
    if code in _PERMISSION_CODES:
        return _PERMISSION
    return TRANSIENT if is_transient else OTHER


def row_of_status(subcode: int | None) -> Row:
    """The row of a container that failed, by the subcode in its status text.

    What is not known is refused: another container of the same file would fare alike. What is
    tried again after a call is another container here, for this one stays as it is.
    """
    if subcode is None:
        return _refused("the video was refused")
    documented = (row for (_, known), row in ROWS.items() if known == subcode)
    row = UNDOCUMENTED.get(subcode) or next(documented, _refused("the video was refused"))
    return _dead(row.sentence) if row.kind in RETRYABLE else row
