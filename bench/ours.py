"""A program: does one thing through the product's own door and tells what it took.

`python -m bench.ours compose|poster EXECUTABLE SECONDS OUT GAMEPLAY TOP...`; for a poster OUT is
the Reel, and the picture goes beside it. Everything is counted that a Reel costs a running
worker: probes, sound, picture, and the check of the file.
"""

import argparse
import asyncio
from pathlib import Path

from bench.measuring import Meter
from clients.ffmpeg import Composed, Composition, FFmpeg
from clients.ffmpeg.probe import probe

WORKER_THREADS = 1
"""As worker.py builds its engine: Reels run beside each other, not each on all cores."""


async def compose(engine: FFmpeg, asked: Composition, out: Path) -> Meter:
    """Make the Reel."""
    meter = Meter()
    await engine.compose(asked, out=out, progress=lambda _progress: None)
    return meter


async def poster(engine: FFmpeg, asked: Composition, out: Path) -> Meter:
    """Make the poster of a Reel that was composed so."""
    composed = Composed(asked, await probe(out, whole=True))
    meter = Meter()
    await engine.poster(out, composed, out=out.with_suffix(".png"))
    return meter


def main() -> None:
    """Do one thing, tell its cost."""
    parser = argparse.ArgumentParser("bench.ours")
    parser.add_argument("what", choices=("compose", "poster"))
    parser.add_argument("executable")
    parser.add_argument("seconds", type=float)
    parser.add_argument("out", type=Path)
    parser.add_argument("gameplay", type=Path)
    parser.add_argument("tops", type=Path, nargs="+")
    given = parser.parse_args()
    engine = FFmpeg(given.executable, threads=WORKER_THREADS, work_dir=given.out.parent)
    asked = Composition(tuple(given.tops), given.gameplay, start=0.0, seconds=given.seconds)
    do = {"compose": compose, "poster": poster}[given.what]
    print(asyncio.run(do(engine, asked, given.out)).tell())


if __name__ == "__main__":
    main()
