"""Files that are not what their name says, or would harm, are refused quickly and by name."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from clients.ffmpeg import BadMedia, Composition, FFmpeg, inspect_gameplay
from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_gameplay
from tests.commands import ROOT
from tests.integration.media.corpus import USUAL_TOP, Clip, ffmpeg, make
from tests.integration.media.hostile import (
    HOSTILE,
    SMALL,
    Maker,
    Place,
    concat_script,
    looped,
    renamed,
)
from tests.integration.media.pairs import FRAGMENTS


@pytest.mark.parametrize("maker", HOSTILE, ids=lambda maker: maker.__name__)
async def test_a_file_that_only_claims_to_be_a_video_is_refused_by_name(
    maker: Maker, clips: Path, tmp_path: Path
) -> None:
    hostile = tmp_path / "innocent.mp4"
    maker(Place(clips, hostile))
    started = time.monotonic()
    with pytest.raises(BadMedia) as caught:
        await inspect_gameplay(hostile)
    assert caught.value.rule == HOSTILE[maker]
    assert str(tmp_path) not in str(caught.value)
    assert time.monotonic() - started < 5


@contextmanager
def recorded(live: Path, piece: bytes, pause: float) -> Iterator[None]:
    """Somebody goes on writing the file, up to a gigabyte."""
    over = threading.Event()

    def record() -> None:
        while not over.wait(pause) and live.stat().st_size < 1 << 30:
            with live.open("ab") as file:
                file.write(piece)

    recorder = threading.Thread(target=record)
    recorder.start()
    try:
        yield
    finally:
        over.set()
        recorder.join()


async def test_a_recording_that_still_runs_is_refused_and_not_followed(
    clips: Path, tmp_path: Path
) -> None:
    live = tmp_path / "live.mp4"
    renamed(replace(SMALL, after=FRAGMENTS), Place(clips, live))
    whole = live.read_bytes()
    fragment = whole[whole.index(b"moof") - 4 : whole.rindex(b"mfra") - 4]
    started = time.monotonic()
    with recorded(live, fragment * 100, 0), pytest.raises(BadMedia, match="growing"):
        await inspect_gameplay(live)
    assert time.monotonic() - started < 10


async def test_a_recording_that_is_looked_at_in_the_middle_of_a_box_grows(
    clips: Path, tmp_path: Path
) -> None:
    live = tmp_path / "live.mp4"
    whole = make(SMALL, clips).read_bytes()
    live.write_bytes(whole[: len(whole) // 2])
    with recorded(live, b"\0", 0.02), pytest.raises(BadMedia, match="growing"):
        await inspect_gameplay(live)


async def test_a_list_of_other_files_is_refused_and_none_of_them_is_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "neighbour.mp4"
    os.mkfifo(pipe)
    script = tmp_path / "script.mp4"
    for text in (
        f"ffconcat version 1.0\nfile {pipe.name}\n",
        f"#EXTM3U\n#EXTINF:2,\n{pipe}\n",
        f"#EXTM3U\n#EXTINF:2,\nfile://{pipe}\n",
    ):
        script.write_text(text)
        # Opening the pipe for writing succeeds only while somebody reads it, and who opens it
        # to read it hangs: either way it would show.
        with pytest.raises(BadMedia, match="playlist"):
            await inspect_gameplay(script)
        with pytest.raises(OSError, match="No such device or address"):
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


async def test_a_playlist_on_a_server_is_not_asked_for(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0)
    address = f"http://127.0.0.1:{server.getsockname()[1]}/part.ts"
    script = tmp_path / "script.mp4"
    script.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n")
    with pytest.raises(BadMedia, match="playlist"):
        await inspect_gameplay(script)
    with pytest.raises(BlockingIOError):
        server.accept()
    server.close()


async def test_a_top_of_ten_minutes_is_refused_as_too_long(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    looped(make(SMALL, clips), 299, film)
    asked = Composition((film,), make(SMALL, clips), start=0, seconds=3)
    started = time.monotonic()
    with pytest.raises(BadMedia, match="too-long: top clip 1"):
        await engine.compose(asked, out=tmp_path / "reel.mp4", progress=lambda _: None)
    assert time.monotonic() - started < 10


async def test_a_picture_that_explodes_half_way_is_refused_by_its_decoder(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    streams = b""
    huge = tmp_path / "huge.mp4"
    looped(make(Clip(displayed=(7680, 4320), seconds=0.1, rate="10"), clips), 59, huge)
    for path in (make(SMALL, clips), huge):
        bare = tmp_path / "bare.h264"
        ffmpeg("-i", str(path), "-map", "0:v", "-c", "copy", "-f", "h264", str(bare))
        streams += bare.read_bytes()
    bare.write_bytes(streams)
    film = tmp_path / "film.mp4"
    ffmpeg("-r", "30", "-i", str(bare), "-c", "copy", str(film))
    asked = Composition((film,), make(SMALL, clips), start=0, seconds=3)
    started = time.monotonic()
    with pytest.raises(BadMedia, match="undecodable"):
        await engine.compose(asked, out=tmp_path / "reel.mp4", progress=lambda _: None)
    assert time.monotonic() - started < 10


def test_no_hostile_file_takes_more_than_so_much_memory(clips: Path, tmp_path: Path) -> None:
    files = []
    for maker in HOSTILE:
        files.append(tmp_path / f"{maker.__name__}.mp4")
        maker(Place(clips, files[-1]))
    ended = subprocess.run(
        [sys.executable, "-c", INSPECT, "gameplay", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    refused = [json.loads(line)["refused"] for line in ended.stdout.splitlines()]
    assert refused == list(HOSTILE.values())
    assert int(ended.stderr) < 300_000


INSPECT = """
import resource, sys
from clients.ffmpeg.__main__ import main
code = main()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
"""Inspects files, and tells the kilobytes that the largest of its children took."""


async def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="not-a-file"):
        await inspect_gameplay(tmp_path / "nowhere.mp4")


async def test_composing_says_which_file_is_refused_and_leaves_nothing(
    engine: FFmpeg, clips: Path, tmp_path: Path
) -> None:
    small = make(replace(USUAL_TOP, displayed=(320, 180)), clips)
    script = tmp_path / "top.mp4"
    concat_script(Place(clips, script))
    asked = Composition((small, script), make(SMALL, clips), start=0, seconds=3)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(BadMedia, match="playlist: top clip 2"):
        await engine.compose(asked, out=folder / "reel.mp4", progress=lambda _: None)
    assert list(folder.iterdir()) == []


async def test_facts_of_a_gameplay_clip_are_as_a_person_sees_it(clips: Path) -> None:
    clip = replace(SMALL, displayed=(180, 320), rotation=90, rate="50")
    path = make(clip, clips)
    facts = await inspect_gameplay(path)
    assert (facts.width, facts.height, facts.fps) == (180, 320, 50)
    assert facts.seconds == pytest.approx(2, abs=0.05)
    assert facts.has_audio
    assert facts.codec == "h264"
    assert facts.bytes == path.stat().st_size
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


async def test_a_file_whose_clock_begins_late_is_as_long_as_it_is_seen(clips: Path) -> None:
    late = make(replace(SMALL, suffix="mkv", after=("-output_ts_offset", "1000")), clips)
    for facts in (await probe(late), await probe(late, whole=True)):
        assert refuse_gameplay(facts).seconds == pytest.approx(2, abs=0.1)
        assert facts.seconds == pytest.approx(2, abs=0.1)


async def test_padding_behind_a_whole_file_is_let_pass(clips: Path, tmp_path: Path) -> None:
    padded = tmp_path / "padded.mp4"
    renamed(SMALL, Place(clips, padded))
    with padded.open("ab") as file:
        file.write(b"\0\0\0\x01junk")
    assert (await inspect_gameplay(padded)).width == 320
