"""The commands of `admin.py gameplay`: what is in the pool, and how it gets there."""

import argparse
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

import parts
from clients.errors import ClientError
from clients.ffmpeg import BadMedia, FFmpeg
from clients.store import SERVICE as STORE
from clients.store import ObjectStore
from db.database import Database
from importing import Importer
from normalising import Normaliser
from runtime.bar import Bar
from runtime.exits import InputError
from runtime.settings import AdminSettings
from runtime.tables import print_table
from schemas.composition import Anchor
from schemas.gameplay import Rights
from schemas.supply import PoolStats, Supply

LOWEST_PRIORITY = 19
"""Normalising takes only what CPU nobody else wants (nice(2))."""
THREADS = 2
"""Of each decoder and encoder: more take memory, and several processes may normalise at once."""
HOUR = 3600
SEE_CLIPS = "see: admin.py gameplay list"


@dataclass(frozen=True)
class Pool:
    """What the commands work on."""

    db: Database
    store: ObjectStore
    ffmpeg: FFmpeg


@asynccontextmanager
async def opened() -> AsyncIterator[Pool]:
    """The database, the object store and FFmpeg, as the settings say."""
    settings = parts.settings()
    async with parts.database(settings) as db, parts.object_store(settings) as store:
        with _own_troubles():
            yield Pool(db, store, ffmpeg_of(settings))


@contextmanager
def _own_troubles() -> Iterator[None]:
    """What this machine lacks is no fault of the object store."""
    try:
        yield
    except ClientError as error:
        if error.service == STORE:
            raise
        raise InputError(str(error)) from None


def ffmpeg_of(settings: AdminSettings) -> FFmpeg:
    """The FFmpeg that the workers run, too."""
    executable = str(settings.ffmpeg_path or get_ffmpeg_exe())
    return FFmpeg(executable=executable, threads=THREADS, work_dir=settings.work_dir)


async def bring_in(arguments: argparse.Namespace) -> None:
    """Put files, and the files in folders, into the pool; then normalise what is new."""
    paths, refused = list(files(arguments.paths)), []
    rights = Rights(
        title=arguments.title,
        source=arguments.source,
        licence=arguments.licence,
        credit=arguments.credit,
        added_by=arguments.added_by,
    )
    anchor = Anchor(arguments.anchor) if arguments.anchor else None
    async with opened() as pool:
        with Bar() as bar:
            importer = Importer(pool.db, pool.store, pool.ffmpeg, bar)
            for path in paths:
                try:
                    word = await importer.take(path, rights, anchor)
                except BadMedia as bad:
                    refused.append(f"{path}: {bad.message} ({bad.rule})")
                    bar.say(f"refused {refused[-1]}")
                except OSError as error:
                    refused.append(f"{path}: can't be read: {error.strerror}")
                    bar.say(f"refused {refused[-1]}")
                else:
                    bar.say(f"{word} {path}")
        if arguments.normalise:
            await _normalise(pool)
    if refused:
        listed = "\n  ".join(refused)
        raise InputError(f"PATH: {len(refused)} of {len(paths)} files refused:\n  {listed}")
    if not paths:
        raise InputError("PATH: there are no files in it; name video files or their folder")


async def normalise(_arguments: argparse.Namespace) -> None:
    """Bring into the pool's format what is not yet in it; again: goes on where it stopped."""
    async with opened() as pool:
        if not await _normalise(pool):
            print("every clip in the pool is normalised")


async def _normalise(pool: Pool) -> int:
    clips, seconds = await pool.db.normalising.waiting()
    if not clips:
        return 0
    os.nice(LOWEST_PRIORITY)
    print(
        f"normalising {clips} clips, {_long(seconds)}; they can be used meanwhile. Ctrl-C stops "
        "it, and admin.py gameplay normalise goes on with it",
        flush=True,
    )
    with Bar() as bar:
        done = await Normaliser(pool.db, pool.store, pool.ffmpeg, bar).run(seconds)
    if done.troubles:
        listed = "\n  ".join(done.troubles)
        raise InputError(f"{len(done.troubles)} clips stay as they were imported:\n  {listed}")
    print(f"normalised {done.clips} clips")
    left, _ = await pool.db.normalising.waiting()
    if left:
        print(f"{left} more are at another process, or were until a minute ago: run it again then")
    return clips


async def show(_arguments: argparse.Namespace) -> None:
    """Show every clip."""
    async with parts.database() as db:
        rows = [
            (
                clip.id,
                f"{clip.title} {clip.part + 1}/{clip.parts}" if clip.parts > 1 else clip.title,
                f"{clip.seconds:.1f}",
                f"{clip.width}x{clip.height}",
                f"{clip.fps:g}",
                str(clip.times_used),
                f"{clip.last_used_at:%Y-%m-%d}" if clip.last_used_at else "never",
                "retired" if clip.retired_at else "normalised" if clip.pool_key else "raw",
                clip.licence or "not stated",
                clip.credit,
            )
            for clip in await db.gameplay.all()
        ]
    headings = ("id", "title", "seconds", "size", "fps", "uses", "last used", "state")
    rights = ("licence", "credit")
    empty = "no clips yet; add some: admin.py gameplay import FOLDER"
    print_table((*headings, *rights), rows, empty=empty)


async def retire(arguments: argparse.Namespace) -> None:
    """Take a clip, or all of its original, out of the pool; Reels that hold some keep it."""
    async with parts.database() as db:
        if arguments.original:
            clips = await db.gameplay.retire_original(arguments.clip)
        else:
            clips = int(await db.gameplay.retire(arguments.clip))
    if not clips:
        raise InputError(f"ID: there is no clip {arguments.clip!r}; {SEE_CLIPS}")
    print(f"retired {arguments.clip}" + (f" and its original: {clips} clips" if clips > 1 else ""))


async def stats(_arguments: argparse.Namespace) -> None:
    """Show what is in the pool, and how long it lasts for each active account."""
    async with parts.database() as db:
        found, left = await db.supply.stats(), await db.supply.left()
    print_table(("state", "clips", "hours"), _states(found), empty="")
    print(
        f"\nlast 90 days: {found.windows} windows taken, {found.repeated} of them shown before; "
        f"{found.given_back} given back"
    )
    if found.unlicensed:
        print(f"{found.unlicensed} originals without a licence: import them again with --licence")
    if found.uncut:
        print(f"{found.uncut} imports were interrupted: import the same files again")
    print()
    print_table(("account", "windows left", "days left"), [*map(_line, left)], empty=NO_ACCOUNT)


NO_ACCOUNT = "no active account: nobody uses the pool"


def _states(found: PoolStats) -> list[tuple[str, str, str]]:
    states = (
        ("raw", found.raw_clips, found.raw_seconds),
        ("normalised", found.normalised_clips, found.normalised_seconds),
        ("retired", found.retired_clips, found.retired_seconds),
    )
    return [(name, str(clips), f"{seconds / HOUR:.2f}") for name, clips, seconds in states]


def _line(one: Supply) -> tuple[str, str, str]:
    days = "for good" if one.days is None else str(one.days)
    return one.account, str(one.free), f"{days}: import more" if one.nearly_dry else days


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files, and those in the folders; hidden ones there are left alone."""
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            yield from (one for one in inside if not one.name.startswith("."))
        else:
            yield path


def _long(seconds: float) -> str:
    return f"{seconds / HOUR:.1f} h" if seconds >= HOUR else f"{seconds / 60:.1f} min"


COMMANDS = {
    "import": bring_in,
    "normalise": normalise,
    "list": show,
    "stats": stats,
    "retire": retire,
}
