"""Several files are read by one child, and none is judged by another."""

from pathlib import Path

import pytest

from clients.ffmpeg import probe as probing
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.probe import Look, probe, probe_each
from tests.integration.media.corpus import USUAL_GAMEPLAY, USUAL_TOP, make

DIES_OVER_TWO = """
import runpy, sys
if len(sys.argv) > 6:
    del sys.argv[6:]
runpy.run_path({child!r}, run_name="__main__")
"""


async def test_each_file_is_told_as_if_it_were_read_alone(clips: Path, tmp_path: Path) -> None:
    top, gameplay = make(USUAL_TOP, clips), make(USUAL_GAMEPLAY, clips)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(top.read_bytes()[:2000])
    looks = [Look(top, whole=True), Look(broken), Look(gameplay)]

    found = await probe_each(looks)

    assert found[0] == await probe(top, whole=True)
    assert isinstance(found[1], BadMedia)
    assert found[1].rule == "truncated"
    assert found[2] == await probe(gameplay)


async def test_a_file_that_breaks_the_child_leaves_the_others_readable(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "child.py"
    dying.write_text(DIES_OVER_TWO.format(child=str(probing._CHILD)))
    monkeypatch.setattr(probing, "_CHILD", dying)
    files = [make(USUAL_TOP, clips), make(USUAL_GAMEPLAY, clips)]

    found = await probe_each([Look(path) for path in files])

    assert all(isinstance(one, MediaFacts) for one in found)
    assert [one.bytes for one in found if isinstance(one, MediaFacts)] == [
        path.stat().st_size for path in files
    ]
