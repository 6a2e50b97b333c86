"""What a finished demo tells: the files, the post, the money, the time."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from runtime.board import seconds
from runtime.stack.local import shown
from schemas.day import DayProgress


def keep_files(day: Mapping[str, Any], files: Path, out: Path) -> tuple[Path, Path]:
    """Copy the Reel and its poster out of the object store; where they are then."""
    out.mkdir(exist_ok=True)
    name = f"{day['account_id']}-{day['day']}"
    video, poster = out / f"{name}.mp4", out / f"{name}.png"
    shutil.copyfile(files / day["video_key"], video)
    shutil.copyfile(files / day["poster_key"], poster)
    return video, poster


def read_day(printed: str) -> dict[str, Any]:
    """The JSON that `admin.py day` printed, whatever stands before it."""
    day: dict[str, Any] = json.loads(printed[printed.index("{") :])
    return day


def print_summary(
    day: Mapping[str, Any], progress: DayProgress, files: tuple[Path, Path], console: Console
) -> None:
    """Print the end of a day whose Reel was made."""
    costs = {service: micros / 1_000_000 for service, micros in day["cost_micros"].items()}
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("outcome", day["outcome"] or day["stage"])
    table.add_row("permalink", day["permalink"] or "-")
    table.add_row("video", f"{shown(files[0])}  ({day['seconds']:.1f} s)")
    table.add_row("poster", shown(files[1]))
    spent = "  ".join(f"{service} ${usd:.4f}" for service, usd in costs.items())
    table.add_row("cost", f"${sum(costs.values()):.4f}  ({spent}; none of it real)")
    for position, step in enumerate(progress.steps):
        label = "" if position else "seconds"
        table.add_row(label, f"{seconds(step):7.1f}  {step.name}")
    console.print()
    console.print(table, soft_wrap=True)
