"""Decides whether a file may be a music bed, and makes it one: AAC that every Reel reads alike."""

import asyncio
import tempfile
from pathlib import Path

from clients.ffmpeg import command, process, sniff
from clients.ffmpeg.command import Input
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import AudioFacts, MediaFacts
from clients.ffmpeg.gameplay import sha256_of
from clients.ffmpeg.graph import SAMPLE_RATE
from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_sound
from clients.ffmpeg.running import run_ffmpeg
from schemas.gameplay import MusicFacts

MIN_SECONDS = 3.0
MAX_SECONDS = 1800.0
"""A Reel fetches the whole track."""


async def make_bed(executable: str, path: Path, *, out: Path) -> MusicFacts:
    """Write a sound file as a bed: AAC at 48 kHz in MP4, nothing cut off. Facts of the bed.

    The digest is of the file that was given, so that the same track is known again. Raises
    BadMedia by the rule that it breaks. Again: the same bytes.
    """
    facts = await probe(path, container=sniff.sound_container_of(path))
    audio = _refuse(facts)
    with tempfile.TemporaryDirectory(prefix=".bed-", dir=out.parent) as folder:
        part = Path(folder, "bed.m4a")
        argv = [
            *command.general(),
            *command.reading(Input(path, facts, seconds=MAX_SECONDS), threads=1),
            *("-map", f"0:{audio.index}", "-c:a", "aac", "-b:a", "192k"),
            *("-ar", str(SAMPLE_RATE), "-ac", "2", "-flags:a", "+bitexact"),
            *("-fflags", "+bitexact", "-map_metadata", "-1", "-map_chapters", "-1"),
            *("-movflags", "+faststart", "-f", "mp4", f"file:{part.absolute()}"),
        ]
        limits = process.Limits(wall_seconds=600, cpu_seconds=300)
        await run_ffmpeg(executable, argv, limits)
        made = await probe(part)
        _refuse_length(made.seconds)
        part.replace(out)
    return MusicFacts(
        seconds=made.seconds,
        codec=audio.codec,
        bytes=made.bytes,
        sha256=await asyncio.to_thread(sha256_of, path),
    )


def _refuse(facts: MediaFacts) -> AudioFacts:
    """The sound of a usable track."""
    if facts.audio is None:
        raise BadMedia("no-audio", "the file has no sound; give a sound file")
    refuse_sound(facts.audio)
    if facts.seconds:
        _refuse_length(facts.seconds)
    return facts.audio


def _refuse_length(seconds: float) -> None:
    if seconds < MIN_SECONDS:
        raise BadMedia(
            "too-short", f"the track lasts {seconds:.1f} s; {MIN_SECONDS} s is the least"
        )
    if seconds > MAX_SECONDS:
        raise BadMedia("too-long", "the track lasts more than half an hour; cut it first")
