"""The demo itself: a stack of its own, one day in it, the answer, and what came out."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.console import Console
from temporalio.client import Client

from runtime import logs
from runtime.board import Board
from runtime.exits import InputError
from runtime.settings import ROOT, environment
from runtime.stack.demo.answer import ask
from runtime.stack.demo.commands import ACCOUNT, Commands
from runtime.stack.demo.faults import arm
from runtime.stack.demo.footage import draw_pool
from runtime.stack.demo.inputs import Wish, read_wish, reel_seconds
from runtime.stack.demo.summary import keep_files, print_summary, read_day
from runtime.stack.foreground import run_until_signal
from runtime.stack.home import Home
from runtime.stack.local import addresses, bring_up
from runtime.stack.ports import settle
from runtime.stack.postgres import place_for
from runtime.stack.supervisor import Supervisor
from runtime.stack.wiring import wire
from runtime.temporal import connect
from runtime.watch import Look, how_it_ended, looks
from schemas.account import AccountDay
from schemas.day import Outcome, Stage

HOME = Home(ROOT / ".reels" / "demo")
"""Wiped at every start; no other folder ever is."""

WORKER_STOP_SECONDS = 3
"""Nothing of a demo that a person ended is worth waiting for."""

CACHE = ROOT / ".reels" / "cache"

WELL_ENDED = (Outcome.PUBLISHED, Outcome.REJECTED)
"""What a person wanted."""


def demo() -> int:
    """Make one Reel from nothing to published. Raises InputError before anything is started."""
    wish = read_wish(environment(local_stack=False))
    return run_until_signal(_in_its_home(wish))


async def _in_its_home(wish: Wish) -> int:
    HOME.make()
    lock = HOME.hold()
    if lock is None:
        raise InputError(f"a demo is running already, as process {HOME.supervisor_pid}")
    with lock:
        HOME.registry.sweep()
        supervisor = Supervisor(HOME.registry)
        try:
            ports = settle(wish.ports)
            seconds = await reel_seconds(wish, supervisor, HOME.logs)
            _wipe()
            # Open until the process ends: what is stopped last is still written down.
            logs.configure("json", "INFO", (HOME.logs / "supervisor.log").open("w"))
            return await _show(await _set_up(wish, ports, seconds, supervisor), wish)
        finally:
            await supervisor.stop()


async def _set_up(
    wish: Wish, ports: dict[str, int], seconds: int, supervisor: Supervisor
) -> Commands:
    """Bring the stack up, with an account and a gameplay pool in it."""
    print("starting Temporal, PostgreSQL, the object store, simulators, workers, web ...")
    wiring = wire(HOME, ports, {}, top_clip=wish.top)
    HOME.write_settings(wiring.settings)
    drawing = asyncio.create_task(_gameplay(wish, supervisor))
    try:
        processes = await bring_up(wiring, supervisor, worker_stop_seconds=WORKER_STOP_SECONDS)
        print(addresses(wiring.settings, HOME.path))
        commands = Commands(wiring, processes, supervisor)
        await commands.add_account(wish.zone.key, seconds, wish.providers)
        if wish.fault is not None:
            await arm(wiring.simulators.url, wish.providers[0], wish.fault)
            print(f"at {wish.providers[0]}: {wish.fault.sentence}")
        await commands.import_gameplay(await drawing)
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)
    return commands


async def _gameplay(wish: Wish, supervisor: Supervisor) -> Path:
    return wish.gameplay or await draw_pool(CACHE, supervisor, HOME.logs / "gameplay.log")


async def _show(commands: Commands, wish: Wish) -> int:
    """Start the day, follow it, and tell how it went."""
    key = AccountDay(account=ACCOUNT, day=datetime.now(wish.zone).date())
    await commands.start(key.day)
    print(f"\nthe day of {key.account}, {key.day}:")
    settings = commands.wiring.settings
    client = await connect(settings["TEMPORAL_ADDRESS"], settings["TEMPORAL_NAMESPACE"], "demo")
    board = Board()
    look = await _follow(client, key, board, lambda look: look.waits_for_person)
    if look.progress.stage is Stage.REVIEW:
        if not await ask(client, key, look, commands, approve=wish.approve):
            return 0
        look = await _follow(client, key, board, lambda look: look.progress.parked_step is not None)
    if not look.closed:
        print(f"\nneeds attention: {look.progress.waiting_for}")
        return 1
    return await _tell(key, look, commands)


async def _follow(
    client: Client, key: AccountDay, board: Board, enough: Callable[[Look], bool]
) -> Look:
    """Show the steps until there is enough, or the day is closed."""
    with board:
        async for look in looks(client, key):
            board.show(look.progress.steps, look.percents)
            if look.closed or enough(look):
                break
    return look


async def _tell(key: AccountDay, look: Look, commands: Commands) -> int:
    day = read_day(await commands.day(key))
    if day["video_key"]:
        files = keep_files(day, commands.wiring.store.files, HOME.path / "out")
        print_summary(day, look.progress, files, Console(highlight=False))
    result = look.progress.result
    if result is not None and result.outcome in WELL_ENDED:
        return 0
    print(f"\n{how_it_ended(look.progress)}")
    return 1


def _wipe() -> None:
    HOME.wipe()
    database = place_for(HOME.path)
    if not database.is_relative_to(HOME.path):
        shutil.rmtree(database, ignore_errors=True)
