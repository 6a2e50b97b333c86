"""The commands of `admin.py music`: licensed tracks, and how they get among the beds."""

import argparse
from pathlib import Path

import parts
from clients.ffmpeg import BadMedia
from clients.ffmpeg.music import make_bed
from gameplay import Pool, files, opened
from runtime.bar import Bar
from runtime.exits import InputError
from runtime.tables import print_table
from schemas.gameplay import Rights

_MOST_BYTES = 100 << 20
"""Of a bed of half an hour, and to spare."""


async def bring_in(arguments: argparse.Namespace) -> None:
    """Put sound files, and those in folders, among the beds."""
    if not arguments.licence.strip():
        raise InputError("--licence: is empty: say what allows the use of the music")
    paths, refused = list(files(arguments.paths)), []
    async with opened() as pool:
        with Bar() as bar:
            for path in paths:
                bar.begin(f"reading {path.name}")
                try:
                    word = await _take(pool, path, _rights(arguments, path))
                except BadMedia as bad:
                    refused.append(f"{path}: {bad.message} ({bad.rule})")
                    bar.say(f"refused {refused[-1]}")
                except OSError as error:
                    refused.append(f"{path}: can't be read: {error.strerror}")
                    bar.say(f"refused {refused[-1]}")
                else:
                    bar.say(f"{word} {path}")
    if refused:
        listed = "\n  ".join(refused)
        raise InputError(f"PATH: {len(refused)} of {len(paths)} files refused:\n  {listed}")
    if not paths:
        raise InputError("PATH: there are no files in it; name sound files or their folder")


def _rights(arguments: argparse.Namespace, path: Path) -> Rights:
    return Rights(
        title=arguments.title or path.stem,
        source=arguments.source,
        licence=arguments.licence.strip(),
        credit=arguments.credit,
        added_by=arguments.added_by,
    )


async def _take(pool: Pool, path: Path, rights: Rights) -> str:
    """Upload before the row is written: a track among the beds always has its file."""
    with pool.ffmpeg.workspace(needs_bytes=_MOST_BYTES) as folder:
        out = folder / "bed.m4a"
        facts = await make_bed(pool.ffmpeg.executable, path, out=out)
        known = await pool.db.music.by_sha256(facts.sha256)
        key = known.object_key if known else f"music/{facts.sha256}.m4a"
        if await pool.store.size(key) is None:
            await pool.store.put(out, key, "audio/mp4")
    await pool.db.music.add(facts, key, rights)
    return "known" if known and known.retired_at is None else "added"


async def show(_arguments: argparse.Namespace) -> None:
    """Show every track."""
    async with parts.database() as db:
        rows = [
            (
                track.id,
                track.title,
                f"{track.seconds:.0f}",
                str(track.times_used),
                f"{track.last_used_at:%Y-%m-%d}" if track.last_used_at else "never",
                "retired" if track.retired_at else "in use",
                track.licence,
                track.credit,
                track.source,
            )
            for track in await db.music.all()
        ]
    headings = ("id", "title", "seconds", "uses", "last used", "state", "licence", "credit")
    empty = "no tracks yet; add some: admin.py music import FOLDER --licence WORDS"
    print_table((*headings, "source"), rows, empty=empty)


async def retire(arguments: argparse.Namespace) -> None:
    """Take a track out; Reels that have it keep it."""
    async with parts.database() as db:
        if not await db.music.retire(arguments.track):
            raise InputError(f"ID: there is no track {arguments.track!r}; see: admin.py music list")
    print(f"retired {arguments.track}")


COMMANDS = {"import": bring_in, "list": show, "retire": retire}
