"""What a person hands to the demo, checked before anything is started."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runtime.exits import InputError
from runtime.local_input import DemoInput, LocalPorts
from runtime.settings import ROOT, load
from runtime.stack.demo.faults import FAULTS, ORDERS, Fault
from runtime.stack.parts import Part
from runtime.stack.processes import base_environ
from runtime.stack.supervisor import PartFailed, Supervisor

SECONDS = 20
"""How long the demo's Reel is when nobody brings a clip."""

SHORTEST, LONGEST = 3, 60


@dataclass(frozen=True)
class Wish:
    """A demo as it was asked for."""

    top: Path | None
    gameplay: Path | None
    zone: ZoneInfo
    approve: bool
    providers: tuple[str, ...]
    """Who films, in the order in which they are asked."""
    fault: Fault | None
    ports: LocalPorts


def read_wish(environ: Mapping[str, str]) -> Wish:
    """Read the variables. Raises InputError with all that is wrong with them."""
    asked = load(DemoInput, environ)
    problems = [asked.top_problem] if asked.top_problem else []
    if asked.gameplay is not None and not _files(asked.gameplay):
        problems.append(f"GAMEPLAY: {asked.gameplay} is not a folder with video files in it")
    try:
        zone = ZoneInfo(asked.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(f"ZONE: {asked.zone!r} is not an IANA time zone; write one like Asia/Tokyo")
    providers = tuple(name.strip() for name in asked.video_provider.split(",") if name.strip())
    if not providers or not set(providers) <= set(ORDERS) or len(set(providers)) < len(providers):
        problems.append(
            f"VIDEO_PROVIDER: {asked.video_provider!r} is not one or more of "
            f"{', '.join(ORDERS)}, each once, with commas between"
        )
    if asked.fault and asked.fault not in FAULTS:
        problems.append(f"FAULT: {asked.fault!r} is unknown; there are: {', '.join(FAULTS)}")
    if problems:
        raise InputError("\n  ".join(problems))
    return Wish(
        top=asked.top and asked.top.resolve(),
        gameplay=asked.gameplay and asked.gameplay.resolve(),
        zone=zone,
        approve=asked.approve == "yes",
        providers=providers,
        fault=FAULTS.get(asked.fault),
        ports=_ports(environ),
    )


async def reel_seconds(wish: Wish, supervisor: Supervisor, logs: Path) -> int:
    """Look into the files that were handed over; how long the Reel is to be.

    Raises InputError, naming the variable, the file, and the rule that refuses it.
    """
    if wish.gameplay is not None:
        await _inspect("GAMEPLAY", "gameplay", _files(wish.gameplay), supervisor, logs)
    if wish.top is None:
        return SECONDS
    top = await _inspect("TOP", "top", [wish.top], supervisor, logs)
    seconds = int(float(top[0]["seconds"]))
    if seconds < SHORTEST:
        raise InputError(f"TOP: {wish.top} is shorter than {SHORTEST} seconds, as is no Reel")
    return min(seconds, LONGEST)


async def _inspect(
    variable: str, use: str, files: list[Path], supervisor: Supervisor, logs: Path
) -> list[dict[str, Any]]:
    found = logs / f"inspect-{use}-{time.monotonic_ns()}.log"
    part = Part(
        name=f"inspect {use}",
        argv=(sys.executable, "-m", "clients.ffmpeg", use, *map(str, files)),
        log=found,
        environ=base_environ(logs),
        cwd=ROOT,
    )
    try:
        await supervisor.finish(part)
    except PartFailed as failed:
        lines = found.read_text().splitlines()
        refused = [line for line in map(_json, lines) if "refused" in line]
        if not refused:
            raise
        problems = [f"{one['path']}: {one['message']} ({one['refused']})" for one in refused]
        raise InputError(f"{variable}: " + "\n  ".join(problems)) from failed
    return [json.loads(line) for line in found.read_text().splitlines()]


def _json(line: str) -> dict[str, Any]:
    """A line of JSON; nothing for another line, such as a warning."""
    try:
        read: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return read


def _ports(environ: Mapping[str, str]) -> LocalPorts:
    """The ports that were set; any free ones for the others, so that `make up` may run beside."""
    ports = load(LocalPorts, environ)
    unset = dict.fromkeys(LocalPorts.model_fields.keys() - ports.model_fields_set, 0)
    return ports.model_copy(update=unset)


def _files(folder: Path) -> list[Path]:
    """The files in a folder and below, as the import takes them."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not path.name.startswith(".")]
