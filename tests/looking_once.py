"""Tests that fetch one clip hundreds of times, and look at it once.

A look is a process of its own and costs a sixth of a CPU second; what those tests are about are
the money, the order of things and what a kill leaves. Files that are refused are looked at anew.
"""

import hashlib
import os
from pathlib import Path

import pytest

from activities import film
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.probe import probe


def look_once(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keep the facts of each clip in a folder, which processes may share."""

    async def remembered(path: Path, *, whole: bool) -> MediaFacts:
        kept = folder / f"{hashlib.sha256(path.read_bytes()).hexdigest()}-{whole}.json"
        if kept.exists():
            return MediaFacts.model_validate_json(kept.read_text())
        facts = await probe(path, whole=whole)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(facts.model_dump_json())
        part.replace(kept)
        return facts

    patch.setattr(film, "probe", remembered)
