"""The review in the demo: the ways to answer, and the answer."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from temporalio.client import Client

from runtime.stack.demo.commands import Commands
from runtime.stack.demo.keys import pressed_keys
from runtime.stack.local import shown
from runtime.stack.supervisor import PartFailed
from runtime.watch import Look, looks
from schemas.account import AccountDay
from schemas.day import Stage

VERDICTS = {"a": "approve", "r": "reject"}
QUIT = "q"


async def ask(
    client: Client, key: AccountDay, look: Look, commands: Commands, *, approve: bool
) -> bool:
    """Wait until the review is answered, by whichever door. False when the person quits.

    Approves by itself, through the command that a person would type, when it is told to or
    nobody sits at a terminal.
    """
    settings, home = commands.wiring.settings, shown(commands.wiring.home.path)
    day = f"{key.account} {key.day}"
    reel = f"{settings['PUBLIC_BASE_URL']}/reels/{look.progress.revision}"
    command = f"REELS_HOME={home} .venv/bin/python starter.py approve {day}"
    print(f"\nThe Reel waits for an answer. Look at it: {reel}/video.mp4")
    with pressed_keys() as keys:
        if keys is not None:
            print("  here      a approves, r rejects, q quits")
        print(f"  command   {command}")
        print(f"  Web UI    {web_ui(settings, key)}")
        if keys is None or approve:
            print(f"\n$ starter.py approve {day}")
            print(await commands.decide("approve", key))
            return True
        return await _until_answered(client, key, commands, keys)


def web_ui(settings: Mapping[str, str], key: AccountDay) -> str:
    """Where the Web UI shows a day, what it waits for, and who said what."""
    namespace = f"{settings['TEMPORAL_UI_URL']}/namespaces/{settings['TEMPORAL_NAMESPACE']}"
    return f"{namespace}/workflows/{quote(key.workflow_id, safe='')}"


async def _until_answered(
    client: Client, key: AccountDay, commands: Commands, keys: "asyncio.Queue[str]"
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
            if verdict := VERDICTS.get(pressed.result()):
                await _decide(commands, verdict, key)
    finally:
        elsewhere.cancel()
        with suppress(asyncio.CancelledError):
            await elsewhere
    return True


async def _decide(commands: Commands, verdict: str, key: AccountDay) -> None:
    print(f"\n$ starter.py {verdict} {key.account} {key.day}")
    try:
        print(await commands.decide(verdict, key))
    except PartFailed as failed:
        # Somebody else may have been first; the day itself tells.
        print(failed)


async def _answered(client: Client, key: AccountDay) -> None:
    async for look in looks(client, key):
        if look.progress.stage is not Stage.REVIEW:
            return
