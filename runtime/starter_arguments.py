"""The command line of starter.py."""

import argparse
from argparse import _SubParsersAction
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.person import user_name
from schemas.day import ResolveAction
from schemas.decision import Change, Verdict
from schemas.reel import Letter

if TYPE_CHECKING:
    Actions = _SubParsersAction[argparse.ArgumentParser]


def a_date(text: str) -> date:
    """Read YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date; write it like 2026-11-23"
        ) from None


def read_arguments(description: str | None) -> argparse.Namespace:
    """Read the command line; `name` is the command. Ends the process with 2 for a wrong one."""
    parser = argparse.ArgumentParser(prog="starter.py", description=description)
    parser.add_argument("--as", dest="reviewer", default=user_name(), help="who you are")
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("start", help="run an account's day now")
    one.add_argument("account")
    one.add_argument("--date", type=a_date, help="default: the account's today")
    one.set_defaults(name="start")

    _review(commands)

    one = commands.add_parser("resolve", help="answer a parked step")
    _day(one)
    one.add_argument("action", choices=[action.value for action in ResolveAction])
    one.add_argument("--note", default="")
    one.set_defaults(name="resolve")

    one = commands.add_parser(
        "publish",
        help="publish an approved Reel now",
        description="Ends the wait for the account's posting time. What else an approved Reel "
        "may wait for stays: a quota, a paused account, a failed step.",
    )
    _day(one, required=False)
    one.set_defaults(name="publish")

    one = commands.add_parser(
        "recall",
        help="have people decide on a Reel that was approved automatically",
        description="It comes back for review within minutes, and does not go out before.",
    )
    _day(one)
    one.set_defaults(name="recall")

    one = commands.add_parser("show", help="list the days and what to do next")
    one.add_argument("--limit", type=int, default=50)
    one.set_defaults(name="show")

    one = commands.add_parser("watch", help="follow one day's steps")
    _day(one)
    one.set_defaults(name="watch")

    _schedule(commands.add_parser("schedule", help="the Schedules of the daily runs"))
    return parser.parse_args()


def _review(commands: "Actions") -> None:
    letters = [letter.value for letter in Letter]
    for verdict in Verdict:
        one = commands.add_parser(verdict.value, help=HELP[verdict])
        _day(one)
        one.add_argument("--note", default="", help="a reason; a rejection's reaches new stories")
        one.add_argument("--revision", default="", help="refuse when no such one is under review")
        one.set_defaults(name=verdict.value, variant=None)
        if verdict in {Verdict.APPROVE, Verdict.EDIT}:
            one.add_argument("--variant", choices=letters, help="default: A, which leads")
        OPTIONS.get(verdict, _no_more)(one)


HELP = {
    Verdict.APPROVE: "let the Reel that waits go out",
    Verdict.REJECT: "let nothing go out",
    Verdict.EDIT: "put other words or another cover into the Reel that waits",
    Verdict.CHANGES: "have a part of the Reel that waits made anew",
    Verdict.HOLD: "let the review wait until a day",
}


def _edit(parser: argparse.ArgumentParser) -> None:
    parser.description = "What is not named stays. People are asked about the new revision."
    parser.add_argument("--caption-file", type=Path, metavar="FILE", help="the words, in UTF-8")
    parser.add_argument("--hashtags", help="10 to 15 of them in one pair of quotes")
    parser.add_argument("--cover", type=float, metavar="SECONDS", help="where its picture is")


def _changes(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Only that part is made anew and paid for, and what is made from it: the film and the "
        "captions from a story. --note says what is wrong, and Claude gets to read it. People "
        "are asked about the new revision."
    )
    parts = [change.value for change in Change]
    parser.add_argument("--what", choices=parts, required=True, help="which part")


def _hold(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Nobody is reminded until then, and the review goes on for at least a day after it. A "
        "date means the hour at which the account's days start; all in its own time zone."
    )
    told = "like 2026-11-23, or 2026-11-23T18:00"
    parser.add_argument("--until", type=_until, required=True, metavar="DATE", help=told)


def _no_more(_parser: argparse.ArgumentParser) -> None:
    """The other verdicts take no more than the note."""


OPTIONS = {Verdict.EDIT: _edit, Verdict.CHANGES: _changes, Verdict.HOLD: _hold}


def _until(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time; write it like 2026-11-23 or 2026-11-23T18:00"
        ) from None


def _day(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument("account")
    told = "YYYY-MM-DD, the account's own calendar"
    if required:
        parser.add_argument("date", type=a_date, help=told)
    else:
        parser.add_argument("date", type=a_date, nargs="?", help=f"{told}; default: its today")
    # Also after the command, where people write it; the default stands before it.
    parser.add_argument("--as", dest="reviewer", default=argparse.SUPPRESS, help="who you are")


def _schedule(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("apply", help="make the Schedules equal to the accounts")
    one.set_defaults(name="schedule apply")
    one = actions.add_parser("show", help="next times, in each Schedule's own zone")
    one.add_argument("--from", dest="start", type=a_date, help="default: today")
    one.add_argument("--days", type=int, default=3)
    one.set_defaults(name="schedule show")
    for action in ("pause", "resume"):
        one = actions.add_parser(action, help=f"{action} one Schedule, or all")
        one.add_argument("schedule", nargs="?")
        one.add_argument("--note", default="")
        one.set_defaults(name=f"schedule {action}")
