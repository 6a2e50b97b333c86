"""The command line of admin.py: what may be typed, and what it is for.

Values are kept as they were typed; runtime/account_form.py reads them, so that all that is
wrong with them is said at once.
"""

import argparse
from argparse import _SubParsersAction
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.account_options import (
    ACCOUNT,
    ACCOUNT_LISTS,
    ACCOUNT_OPTIONS,
    ACCOUNT_SWITCHES,
    CLEARED,
)
from runtime.person import user_name
from runtime.person_arguments import add_people

if TYPE_CHECKING:
    Actions = _SubParsersAction[argparse.ArgumentParser]

FORECAST = (
    "The forecast is what counts so far, and for every active account and day after today what "
    "an account-day cost on average in the last 14 days."
)


def read_arguments() -> argparse.Namespace:
    """Read the command line. Ends the process with code 2 for a wrong one."""
    parser = argparse.ArgumentParser(
        prog="admin.py", description="The operator's door to the database."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    account = commands.add_parser("account", help="accounts and their tokens")
    _account(account.add_subparsers(dest="action", required=True))
    token = commands.add_parser("token", help="the access tokens of accounts")
    _tokens(token.add_subparsers(dest="action", required=True))
    keys = commands.add_parser("keys", help="the keys that seal access tokens")
    _keys(keys.add_subparsers(dest="action", required=True))
    gameplay = commands.add_parser("gameplay", help="the pool of gameplay clips")
    _gameplay(gameplay.add_subparsers(dest="action", required=True))
    music = commands.add_parser("music", help="the licensed tracks that Reels may have")
    _music(music.add_subparsers(dest="action", required=True))
    person = commands.add_parser("person", help="the people who sign in and decide")
    add_people(person.add_subparsers(dest="action", required=True))
    day = commands.add_parser("day", help="print one day as JSON: what was made and what it cost")
    day.add_argument("account", metavar="ID")
    day.add_argument("date", metavar="DATE", type=_date, help="YYYY-MM-DD")
    _costs(commands.add_parser("costs", help="print what was spent, and the month's forecast"))
    commands.add_parser("migrate", help="bring the database up to this code")
    commands.add_parser("doctor", help="check every part, and say how to mend each")
    parser.set_defaults(action=None)
    return parser.parse_args()


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date; write it like 2026-11-23"
        ) from None


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a month; write it like 2026-11"
        ) from None


def _costs(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "What a month of UTC cost. A call counts on the day on which it was made; what is "
        "under way or unknown is shown apart, at what it may cost. " + FORECAST
    )
    parser.add_argument("--month", type=_month, metavar="YYYY-MM", help="none is the one of today")
    parser.add_argument(
        "--by", choices=("day", "account", "service", "video"), help="one table, not all"
    )
    parser.add_argument("--account", metavar="ID", help="only what this account cost")


def _account(actions: "Actions") -> None:
    # No abbreviations: `--token SECRET` must be refused, not read as the name of a file.
    add = actions.add_parser("add", help="add an account and its token", allow_abbrev=False)
    add.add_argument("id", metavar="ID", help="lower-case letters, digits and hyphens")
    _settings_of_an_account(add, required=True)
    _token(add, "--token-file")
    change = actions.add_parser(
        "set", help="change settings of an account; what is not named stays", allow_abbrev=False
    )
    change.add_argument("id", metavar="ID")
    _settings_of_an_account(change, required=False)
    change.add_argument(
        "--clear", action="append", choices=CLEARED, help="empty it; may be given several times"
    )
    actions.add_parser("list", help="show every account")
    show = actions.add_parser("show", help="show one account, and what it has earned")
    show.add_argument("account", metavar="ID")
    pause = actions.add_parser("pause", help="stop an account's days from the next one on")
    pause.add_argument("account", metavar="ID")
    pause.add_argument("--reason", required=True, help="shown to whoever asks why")
    connect = actions.add_parser(
        "connect",
        help="print a link at which its owner grants access",
        description="The link is good for an hour and for one connection of this account.",
    )
    connect.add_argument("account", metavar="ID")
    resume = actions.add_parser("resume", help="let an account's days run again")
    resume.add_argument("account", metavar="ID")


def _settings_of_an_account(parser: argparse.ArgumentParser, *, required: bool) -> None:
    for option, text in ACCOUNT.items():
        parser.add_argument(option, required=required, help=text)
    for option, text in ACCOUNT_OPTIONS.items():
        words = option.removeprefix("--").replace("usd", "micros").replace("-", "_")
        metavar = option.rpartition("-")[2].upper()
        parser.add_argument(option, dest=words, metavar=metavar, help=text)
    for option, (field, text) in ACCOUNT_LISTS.items():
        metavar = option.rpartition("-")[2].upper()
        many = f"{text}; may be given several times"
        parser.add_argument(option, dest=field, metavar=metavar, action="append", help=many)
    for option, text in ACCOUNT_SWITCHES.items():
        parser.add_argument(option, action=argparse.BooleanOptionalAction, help=text)


def _tokens(actions: "Actions") -> None:
    one = actions.add_parser(
        "set",
        help="put a new token in the place of the old one",
        description="The token is checked with the platform before it is stored: whose it is, "
        "and whether it may publish. With Facebook Login it is the user's token; that of the "
        "Page is read with it.",
        allow_abbrev=False,
    )
    one.add_argument("account", metavar="ID")
    _token(one, "--file")


def _token(parser: argparse.ArgumentParser, option: str) -> None:
    # Never an option's value: every user of the machine can read a command line.
    parser.add_argument(
        option,
        dest="file",
        type=Path,
        metavar="FILE",
        help="a file (chmod 600) that holds the access token; none: it is asked for, unseen",
    )
    parser.add_argument(
        "--unchecked", action="store_true", help="store it although the platform can't be asked"
    )
    parser.set_defaults(option=option)


def _keys(actions: "Actions") -> None:
    rotate = actions.add_parser(
        "rotate",
        help="seal every token with the newest key",
        description="Batch by batch; one that was interrupted goes on when it is run again. "
        "Exit code 1 when a token does not open or, with --check, hangs on an older key.",
    )
    rotate.add_argument(
        "--check", action="store_true", help="change nothing; name what is not under the newest"
    )
    rotate.add_argument(
        "--batch", type=_count, default=100, metavar="N", help="tokens in one transaction"
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 10_000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return int(text)


def _gameplay(actions: "Actions") -> None:
    add = actions.add_parser(
        "import",
        help="put video files, or folders of them, into the pool",
        description="A file of more than three minutes is cut into clips of about two. An "
        "import that was interrupted goes on where it stopped. Rights that are given hold for "
        "every file that is named; a file that is known gets them, too.",
    )
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    _rights(add, licence_required=False)
    anchors = ("center", "left", "right", "top", "bottom")
    add.add_argument("--anchor", choices=anchors, help="what stays of the picture when cropped")
    add.add_argument(
        "--no-normalise",
        dest="normalise",
        action="store_false",
        help="leave that to admin.py gameplay normalise: it takes a CPU second a second",
    )
    actions.add_parser("normalise", help="bring into the pool's format what is not yet in it")
    actions.add_parser("list", help="show every clip")
    actions.add_parser("stats", help="show what is in the pool, and how long it lasts")
    retire = actions.add_parser("retire", help="take a clip out of the pool")
    retire.add_argument("clip", metavar="ID")
    retire.add_argument(
        "--original", action="store_true", help="and every other clip of its original"
    )


def _music(actions: "Actions") -> None:
    add = actions.add_parser("import", help="put sound files, or folders of them, among the beds")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    _rights(add, licence_required=True)
    actions.add_parser("list", help="show every track")
    retire = actions.add_parser("retire", help="take a track out; Reels that have it keep it")
    retire.add_argument("track", metavar="ID")


def _rights(parser: argparse.ArgumentParser, *, licence_required: bool) -> None:
    parser.add_argument("--title", default="", help="what people call it; none is the file's name")
    parser.add_argument("--source", default="", help="where it came from, like an address")
    parser.add_argument(
        "--licence", default="", required=licence_required, help="what allows its use"
    )
    parser.add_argument("--credit", default="", help="what the licence asks to be said")
    parser.add_argument("--added-by", default=user_name(), metavar="NAME", help="who you are")
