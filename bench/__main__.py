"""Measures what a Reel costs and how the queue answers, and leaves with 1 when a target is missed.

Without a command everything but the curve and the queue is measured; each command repeats its
rows alone.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from bench import curve, report
from bench.comparing import ROUNDS, compare
from bench.designs import Race
from bench.footage import TOP_SECONDS, Kind, footage
from bench.growth import growth, memory
from bench.machine import machine
from bench.packages import packages
from bench.postgres import postgres
from bench.queue_load import Load, load
from bench.stages import stages
from bench.targets import Verdict, judge, judge_memory, judge_queue, sentence
from runtime import logs
from runtime.exits import main
from runtime.settings import ROOT

FOLDER = ROOT / ".reels" / "bench"
COMMANDS = ("all", "compare", "stages", "growth", "memory", "curve", "plot", "queue")


def compare_all(folder: Path, kinds: list[Kind], rounds: int) -> list[Verdict]:
    """Ours beside the others, on each kind of footage."""
    verdicts = []
    for kind in kinds:
        race = Race(footage(kind, folder), TOP_SECONDS, folder, packages(folder))
        comparison = compare(race, rounds, tell=say)
        say(report.compared(comparison))
        say(f"poster / source command: {comparison.poster_ratio:.4f}\n")
        verdicts += judge(comparison)
    return verdicts


def show_stages(folder: Path, kind: Kind) -> None:
    """Where the CPU seconds go."""
    files = footage(kind, folder)
    ways = {"from the pool": files.pooled, "from raw gameplay": files.gameplay}
    spent = {name: stages(files, path, TOP_SECONDS, folder) for name, path in ways.items()}
    say(f"{report.spent(spent)}\n")


def show_growth(folder: Path, kind: Kind) -> list[Verdict]:
    """From 5 to 60 seconds, and what the longest takes of the memory."""
    costs = growth(footage(kind, folder), folder)
    say(f"{report.grown(costs)}\n")
    return judge_memory({f"{max(costs)} s": costs[max(costs)].peak_mb})


def try_memory(folder: Path) -> list[Verdict]:
    """Tops of the largest size."""
    return judge_memory(memory(footage(Kind.FLAT, folder), folder))


def show_queue() -> list[Verdict]:
    """The page of what waits, while people decide."""
    logs.configure("json", "WARNING")

    async def measured() -> Load:
        async with postgres() as dsn:
            return await load(dsn)

    seen = asyncio.run(measured())
    say(f"{report.loaded(seen)}\n\n{seen.plan}\n")
    return judge_queue(seen)


def say(text: str) -> None:
    """At once: a run takes minutes."""
    print(text, flush=True)


def run() -> int:
    """Read the command line, and do it."""
    given = _parser().parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    kinds = [given.kind] if given.kind else list(Kind)
    usual = given.kind or Kind.TEXTURED
    verdicts: list[Verdict] = []
    say(f"machine: {machine()}")
    match given.command:
        case "compare":
            verdicts = compare_all(given.folder, kinds, given.rounds)
        case "stages":
            show_stages(given.folder, usual)
        case "growth":
            verdicts = show_growth(given.folder, given.kind or Kind.FLAT)
        case "memory":
            verdicts = try_memory(given.folder)
        case "curve":
            curve.measure_curve(given.folder, tell=say)
        case "plot":
            curve.draw(given.folder)
        case "queue":
            verdicts = show_queue()
        case _:
            verdicts = compare_all(given.folder, kinds, given.rounds)
            show_stages(given.folder, usual)
            verdicts += show_growth(given.folder, Kind.FLAT)
            verdicts += try_memory(given.folder)
    return _end(verdicts, time.monotonic() - start)


def _end(verdicts: list[Verdict], seconds: float) -> int:
    for verdict in verdicts:
        say(str(verdict))
    line, code = sentence(verdicts) if verdicts else ("measured", 0)
    say(f"{line}, in {seconds / 60:.1f} minutes")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("command", nargs="?", choices=COMMANDS, default="all")
    parser.add_argument("--kind", type=Kind, choices=list(Kind), help="of footage; else each")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for footage and packages")
    return parser


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(run)
