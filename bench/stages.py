"""Where the CPU seconds of one Reel go: each stage is what a run has more than the one before."""

import asyncio
import json
import stat
import sys
import tempfile
from pathlib import Path

from bench.designs import Wanted, compose, read, shown_by, stacked
from bench.footage import Footage
from bench.measuring import FFMPEG, Cost, measure, typical
from bench.ours import WORKER_THREADS
from bench.uploading import upload
from clients.ffmpeg import command, graph
from clients.ffmpeg.timeline import Timeline

ROUNDS = 2
_NULL = ("-f", "null", "-")
_SPY = """#!{python} -IS
import json, os, sys
child = os.spawnv(os.P_NOWAIT, {ffmpeg!r}, [{ffmpeg!r}, *sys.argv[1:]])
_, status, used = os.wait4(child, 0)
with open({notes!r}, "a") as notes:
    picture = "libx264" in sys.argv
    print(json.dumps([picture, used.ru_utime + used.ru_stime]), file=notes)
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""
"""Stands in FFmpeg's place and notes what each of its runs takes."""


def stages(footage: Footage, gameplay: Path, seconds: int, folder: Path) -> dict[str, float]:
    """CPU seconds by stage, the median of some rounds. Raises MeasuringFailed."""
    shown = shown_by(footage.top, gameplay, seconds)
    rounds = [_round(shown, footage, gameplay, folder) for _ in range(ROUNDS)]
    return {
        name: typical([Cost(one[name], 0.0) for one in rounds]).cpu_seconds for name in rounds[0]
    }


def _round(shown: Timeline, footage: Footage, gameplay: Path, folder: Path) -> dict[str, float]:
    decoded = measure(_decoded(shown)).cpu_seconds
    scaled = measure(_scaled(shown)).cpu_seconds
    seen = ("-map", "[v]", "-frames:v", str(shown.frames))
    piled = measure([*stacked(shown), *seen, *_NULL]).cpu_seconds
    coding = command.coding(WORKER_THREADS)
    coded = measure([*stacked(shown), *seen, *coding, *_NULL]).cpu_seconds
    out = folder / "stages.mp4"
    picture, sound, rest = _whole(Wanted(gameplay, (footage.top,), shown.seconds, out))
    return {
        "decode": decoded,
        "scale": scaled - decoded,
        "stack": piled - scaled,
        "encode": coded - piled,
        "mux": picture - coded,
        "sound": sound,
        "probe and check": rest,
        "upload": asyncio.run(upload(out, folder)),
    }


def _decoded(shown: Timeline) -> list[str]:
    length = ("-t", f"{shown.seconds:.3f}")
    maps = [
        word
        for number, one in enumerate(shown.seen)
        if one.facts.video
        for word in ("-map", f"{number}:{one.facts.video.index}", *length, *_NULL)
    ]
    return [*read(shown), *maps]


def _scaled(shown: Timeline) -> list[str]:
    """Each pane by itself, and nothing stacked."""
    words = []
    for number, shot in enumerate(shown.shots):
        pane = graph.picture([shot], shown.frames).removesuffix("[v]")
        words += ["-filter_complex", f"{pane}[v{number}]"]
        words += ["-map", f"[v{number}]", "-frames:v", str(shown.frames), *_NULL]
    return [*read(shown), *words]


def _whole(wanted: Wanted) -> tuple[float, float, float]:
    """What the picture's run takes, the sound's runs, and all else of a whole composition."""
    with tempfile.TemporaryDirectory(dir=wanted.out.parent) as folder:
        notes, spy = Path(folder, "notes"), Path(folder, "ffmpeg")
        spy.write_text(_SPY.format(python=sys.executable, ffmpeg=FFMPEG, notes=str(notes)))
        spy.chmod(spy.stat().st_mode | stat.S_IXUSR)
        cost = compose(wanted, str(spy))
        runs = [json.loads(line) for line in notes.read_text().splitlines()]
    picture = sum(spent for is_picture, spent in runs if is_picture)
    sound = sum(spent for is_picture, spent in runs if not is_picture)
    return picture, sound, cost.cpu_seconds - picture - sound
