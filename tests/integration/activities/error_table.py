"""Instagram's errors, copied row by row from its own page, and what each call is to make of them.

Not derived from the product's own table: a row that is wrong there is found out here. The
actions are those of the reference: R again, N another container, W wait, F fail, C cut anew,
A stop the account; U stands before what a publish call has to read first.

Sources: Meta's "Error Codes" of the Instagram Platform (2026-06-02), the Graph API's "Handling
Errors", and for what no page lists the reports of other publishers.
"""

from dataclasses import dataclass

from schemas.failures import FailureKind as Kind

DOCUMENTED = {
    (-2, 2207003): "R",
    (-2, 2207020): "N",
    (-1, 2207001): "UR",
    (-1, 2207032): "N",
    (-1, 2207053): "N",
    (1, 2207057): "F",
    (4, 2207051): "UA",
    (9, 2207042): "W",
    (24, 2207006): "UN",
    (24, 2207008): "UN",
    (25, 2207050): "A",
    (100, 33): "U",
    (100, 2207023): "F",
    (100, 2207028): "F",
    (100, 2207035): "F",
    (100, 2207036): "F",
    (100, 2207037): "F",
    (100, 2207040): "F",
    (352, 2207026): "C",
    (9004, 2207052): "host",
    (9007, 2207027): "W",
    (36000, 2207004): "F",
    (36001, 2207005): "F",
    (36003, 2207009): "F",
    (36004, 2207010): "F",
}
GENERIC = {
    (1, None): "UR",
    (2, None): "UR",
    (4, None): "UW",
    (17, None): "UW",
    (32, None): "UW",
    (613, None): "UW",
    (80002, None): "UW",
    (10, None): "A",
    (200, None): "A",
    (230, None): "A",
    (299, None): "A",
    (102, None): "A",
    (190, None): "A",
    (190, 458): "A",
    (190, 459): "A",
    (190, 460): "A",
    (190, 463): "A",
    (190, 464): "A",
    (190, 467): "A",
    (368, None): "A",
}
IN_STATUS_TEXT = {
    2207076: "C",
    2207077: "N",
    2207081: "F",
    2207082: "C",
    2207085: "N",
    2207065: "F",
    1363008: "N",
    # Documented ones that are told of a container whose time is over: to look again is no use.
    2207001: "N",
    2207003: "N",
    2207020: "N",
    2207032: "N",
    2207053: "N",
    2207026: "C",
    2207052: "host",
    2207057: "F",
    2207004: "F",
    2207050: "A",
    2207051: "A",
}
"""Subcodes that a failed container names in its words."""

OF_TOKEN = {102, 190}
OF_PERMISSION = {10, *range(200, 300)}
ALL = DOCUMENTED | GENERIC

CLEAR = {(9, 2207042), (9007, 2207027), (36004, 2207010)}
"""Rows that say of a publish call for certain that nothing went out; those of A do, too, but
for the suspicion of spam, which has been answered while the post was live."""


@dataclass(frozen=True)
class Expected:
    """What an activity makes of an error."""

    kind: Kind | None
    """Of the application error; None where the call is made again without one."""
    again: bool = False
    """Whether Temporal tries the activity again."""
    paused: bool = False
    """Whether the account is stopped."""


def of_create(code: tuple[int, int | None]) -> Expected:
    """POST media: nothing is committed, and there is no container that could be dead."""
    act = ALL[code].lstrip("U")
    return Expected(Kind.UNAVAILABLE, again=True) if act in {"", "N"} else _of_act(act, code)


def of_read(code: tuple[int, int | None]) -> Expected:
    """GET container while it is waited for: it proves nothing, and is read again."""
    act = ALL[code].lstrip("U")
    return _of_act(act, code) if act == "A" else Expected(None)


def of_read_before_commit(code: tuple[int, int | None]) -> Expected:
    """GET container right before a publish: without an answer nothing is published."""
    act = ALL[code].lstrip("U")
    if act == "A" or (act == "W" and code != (9007, 2207027)):
        return _of_act(act, code)
    return Expected(Kind.NOT_READY if act == "W" else Kind.UNAVAILABLE, again=True)


def of_publish(code: tuple[int, int | None]) -> Expected:
    """POST media_publish: all but a clear answer is unknown, and never sent again unread."""
    act = ALL[code]
    if code in CLEAR or act == "A":
        return _of_act(act, code)
    return Expected(Kind.OUTCOME_UNKNOWN, paused=act.endswith("A"))


def of_status_text(subcode: int) -> Expected:
    """A container that ended in ERROR, by the subcode in its words."""
    act = IN_STATUS_TEXT[subcode]
    return Expected(Kind.CONTAINER_GONE) if act == "N" else _of_act(act, (0, subcode))


def _of_act(act: str, code: tuple[int, int | None]) -> Expected:
    match act:
        case "R":
            return Expected(Kind.UNAVAILABLE, again=True)
        case "W":
            wait = Kind.NOT_READY if code == (9007, 2207027) else Kind.RATE_LIMITED
            return Expected(wait, again=True)
        case "C":
            return Expected(Kind.VIDEO_REFUSED)
        case "F":
            return Expected(Kind.BAD_REQUEST)
        case "host":
            return Expected(Kind.CONFIGURATION)
        case "A":
            return Expected(_who_is_stopped(code[0]), paused=True)
        case _:
            raise AssertionError(act)


def _who_is_stopped(code: int) -> Kind:
    if code in OF_TOKEN:
        return Kind.AUTHENTICATION
    return Kind.PERMISSION if code in OF_PERMISSION else Kind.ACCOUNT_BLOCKED
