"""The review in the demo: the ways to answer, and the answer."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from textwrap import indent
from urllib.parse import quote

from temporalio.client import Client

from runtime.stack.demo.commands import Commands
from runtime.stack.demo.keys import pressed_keys
from runtime.stack.demo.summary import read_day
from runtime.stack.local import shown
from runtime.stack.supervisor import PartFailed
from runtime.watch import Look, looks
from schemas.account import AccountDay
from schemas.day import Stage
from schemas.reel import published_text

REJECT = ("reject",)
QUIT = "q"

Ways = Mapping[str, tuple[str, ...]]
"""By the key that a person presses: a verdict, and the options that go with it."""


async def ask(
    client: Client, key: AccountDay, look: Look, commands: Commands, *, approve: bool
) -> bool:
    """Wait until the review is answered, by whichever door. False when the person quits.

    Approves by itself, through the command that a person would type, when it is told to or
    nobody sits at a terminal.
    """
    settings, home = commands.wiring.settings, shown(commands.wiring.home.path)
    laid = read_day(await commands.day(key))["review"]
    ways = ways_to_answer([one["variant"] for one in laid])
    reel = f"{settings['PUBLIC_BASE_URL']}/reels/{look.progress.revision}"
    print(f"\nThe Reel waits for an answer. Look at it: {reel}/video.mp4")
    for one in laid:
        print(f"\n  caption {one['variant']}, hook: {one['hook_type']}")
        print(indent(published_text(one["caption"], one["hashtags"]), "    "))
    print()
    with pressed_keys() as keys:
        if keys is not None:
            print(f"  here      {said(ways)}, {QUIT} quits")
        for answer in ways.values():
            print(f"  command   REELS_HOME={home} .venv/bin/python {_typed(answer, key)}")
        print(f"  Web UI    {web_ui(settings, key)}")
        if keys is None or approve:
            plain = ("approve",)
            print(f"\n$ {_typed(plain, key)}")
            print(await commands.decide(plain, key))
            return True
        return await _until_answered(client, key, commands, keys, ways)


def ways_to_answer(letters: Sequence[str]) -> Ways:
    """What each key means, for the captions that lie before the reviewer."""
    if len(letters) < 2:  # noqa: PLR2004 - nothing to choose from
        return {"a": ("approve",), "r": REJECT}
    approvals = {one.lower(): ("approve", "--variant", one) for one in letters}
    return approvals | {"r": REJECT}


def said(ways: Ways) -> str:
    """The keys in words."""
    words = [(pressed, f"{answer[0]}s", *answer[2:]) for pressed, answer in ways.items()]
    return ", ".join(" ".join(one) for one in words)


def _typed(answer: Sequence[str], key: AccountDay) -> str:
    verdict, *options = answer
    return " ".join(("starter.py", verdict, key.account, key.day.isoformat(), *options))


def web_ui(settings: Mapping[str, str], key: AccountDay) -> str:
    """Where the Web UI shows a day, what it waits for, and who said what."""
    namespace = f"{settings['TEMPORAL_UI_URL']}/namespaces/{settings['TEMPORAL_NAMESPACE']}"
    return f"{namespace}/workflows/{quote(key.workflow_id, safe='')}"


async def _until_answered(
    client: Client, key: AccountDay, commands: Commands, keys: "asyncio.Queue[str]", ways: Ways
) -> bool:
    elsewhere = asyncio.create_task(_answered(client, key))
    try:
        while not elsewhere.done():
            pressed = asyncio.create_task(keys.get())
            await asyncio.wait({pressed, elsewhere}, return_when=asyncio.FIRST_COMPLETED)
            pressed.cancel()
            if not pressed.done():
                break
            if pressed.result() == QUIT:
                return False
            if answer := ways.get(pressed.result()):
                await _decide(commands, answer, key)
    finally:
        elsewhere.cancel()
        with suppress(asyncio.CancelledError):
            await elsewhere
    return True


async def _decide(commands: Commands, answer: Sequence[str], key: AccountDay) -> None:
    print(f"\n$ {_typed(answer, key)}")
    try:
        print(await commands.decide(answer, key))
    except PartFailed as failed:
        # Somebody else may have been first; the day itself tells.
        print(failed)


async def _answered(client: Client, key: AccountDay) -> None:
    async for look in looks(client, key):
        if look.progress.stage is not Stage.REVIEW:
            return
