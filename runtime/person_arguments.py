"""The command line of `admin.py person`."""

import argparse
from argparse import _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Actions = _SubParsersAction[argparse.ArgumentParser]


def add_people(actions: "Actions") -> None:
    """Say what may be typed of people."""
    add = actions.add_parser(
        "add",
        help="add a person, or change one",
        description="The name is what decisions carry and what --reviewer of an account names. "
        "What is not named stays as it was; who was disabled is enabled again.",
    )
    add.add_argument("name", metavar="NAME")
    add.add_argument("--email", help="where a link to sign in is sent")
    add.add_argument("--slack", metavar="ID", help="the member id in Slack, like U0123ABCD")
    add.add_argument("--discord", metavar="ID", help="the user id in Discord, digits only")
    add.add_argument("--zone", help="the IANA time zone of the person's own clock; at first UTC")
    add.add_argument(
        "--digest-at", metavar="HH:MM", help="when the daily letter comes, or never; at first 08:00"
    )
    roles = ("admin", "reviewer", "viewer")
    add.add_argument("--role", default="reviewer", choices=roles, help="a viewer decides nothing")
    actions.add_parser("list", help="show everybody")
    disable = actions.add_parser("disable", help="let a person in at no door any more")
    disable.add_argument("name", metavar="NAME")
    digest = actions.add_parser("digest", help="print the letter that a person would get now")
    digest.add_argument("name", metavar="NAME")
    digest.add_argument("--html", type=Path, metavar="FILE", help="write it with pictures, too")
    link = actions.add_parser("link", help="print a link that signs a person in once")
    link.add_argument("name", metavar="NAME")
    token = actions.add_parser("token", help="print a token with which a script acts as a person")
    token.add_argument("name", metavar="NAME")
    token.add_argument("--label", default="", help="what it is for")
    token.add_argument("--revoke", action="store_true", help="make none; end all of the person's")
