"""Decides whether a file may join the gameplay pool."""

import asyncio
import hashlib
from pathlib import Path

from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_gameplay
from schemas.gameplay import GameplayFacts


async def inspect_gameplay(path: Path) -> GameplayFacts:
    """Facts of a gameplay file, sha256 of its bytes included.

    Reads every packet, so that a file that ends early is found out now and not when a Reel
    needs it. Raises BadMedia by rule name.
    """
    facts = await probe(path, whole=True)
    video = refuse_gameplay(facts)
    width, height = video.displayed
    return GameplayFacts(
        seconds=video.seconds,
        width=round(width),
        height=round(height),
        fps=round(video.fps, 3),
        has_audio=facts.audio is not None,
        codec=video.codec,
        bytes=facts.bytes,
        sha256=await asyncio.to_thread(sha256_of, path),
    )


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
