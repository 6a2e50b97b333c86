"""Files that are not what their name says, or would harm, are refused quickly and by name."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clients.ffmpeg import BadMedia, Composition, FFmpeg, inspect_gameplay
from tests.integration.media.corpus import USUAL_GAMEPLAY, USUAL_TOP, Clip, ffmpeg, make

SMALL = replace(USUAL_GAMEPLAY, displayed=(320, 180), rate="30", seconds=2)
FASTSTART = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Place:
    """Where usable clips lie, and where the hostile file goes."""

    clips: Path
    out: Path


Maker = Callable[[Place], None]


def empty(at: Place) -> None:
    at.out.write_bytes(b"")


def words(at: Place) -> None:
    at.out.write_text("Once upon a time there was a video.\n")


def noise(at: Place) -> None:
    at.out.write_bytes(hashlib.sha512(b"noise").digest() * 1000)


def hls_playlist(at: Place) -> None:
    at.out.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{make(SMALL, at.clips)}\n")


def concat_script(at: Place) -> None:
    at.out.write_text(f"ffconcat version 1.0\nfile {make(SMALL, at.clips).name}\n")


def dash_manifest(at: Place) -> None:
    at.out.write_text('\ufeff<?xml version="1.0"?><MPD></MPD>')


def picture(at: Place) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=red:s=320x180", "-frames:v", "1", str(at.clips / "one.png"))
    (at.clips / "one.png").replace(at.out)


def picture_in_a_video_container(at: Place) -> None:
    at.out.write_bytes(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + b"\0\0\0\x08mdat")


def sound_only(at: Place) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", "-f", "mp4", str(at.out))


def cover_picture_only(at: Place) -> None:
    picture(Place(at.clips, at.clips / "cover.png"))
    ffmpeg(
        *(
            "-f",
            "lavfi",
            "-i",
            "sine=d=1",
            "-i",
            str(at.clips / "cover.png"),
            "-map",
            "0",
            "-map",
            "1",
        ),
        *("-c:v", "png", "-disposition:v", "attached_pic", "-f", "mp4", str(at.out)),
    )


def cut_before_its_index(at: Place) -> None:
    first_part(make(SMALL, at.clips), at.out, 0.8)


def cut_after_its_index(at: Place) -> None:
    first_part(make(replace(SMALL, after=FASTSTART), at.clips), at.out, 0.8)


def cut_matroska(at: Place) -> None:
    clip = make(replace(SMALL, suffix="mkv", seconds=4), at.clips)
    first_part(clip, at.out, 0.5)


def boxes_of_impossible_size(at: Place) -> None:
    whole = make(SMALL, at.clips).read_bytes()
    at.out.write_bytes(whole.replace(b"moov", b"free"))
    with at.out.open("ab") as file:
        file.write(b"\0\0\0\x04moov" + b"\xff" * 64)


def pictures_overwritten(at: Place) -> None:
    whole = bytearray(make(replace(SMALL, after=FASTSTART), at.clips).read_bytes())
    start = whole.index(b"mdat") + 4
    whole[start:] = b"\xaa" * (len(whole) - start)
    at.out.write_bytes(whole)


def eight_thousand_pixels_wide(at: Place) -> None:
    renamed(Clip(displayed=(7680, 4320), seconds=0.1, rate="10"), at)


def no_bigger_than_a_button(at: Place) -> None:
    renamed(Clip(displayed=(64, 16)), at)


def one_long_line(at: Place) -> None:
    renamed(Clip(displayed=(1280, 128)), at)


def too_many_pictures_a_second(at: Place) -> None:
    renamed(Clip(displayed=(320, 180), rate="1000", seconds=0.5), at)


def a_single_picture(at: Place) -> None:
    renamed(Clip(displayed=(320, 180), rate="24", seconds=0.04), at)


def codec_of_the_nineties(at: Place) -> None:
    renamed(Clip(displayed=(320, 180), video=("-c:v", "mjpeg"), suffix="mov"), at)


def sound_of_a_rare_kind(at: Place) -> None:
    clip = replace(SMALL, audio=("-c:a", "mp2"), suffix="mkv")
    renamed(clip, at)


def first_part(path: Path, out: Path, share: float) -> None:
    whole = path.read_bytes()
    out.write_bytes(whole[: round(len(whole) * share)])


def renamed(clip: Clip, at: Place) -> None:
    at.out.write_bytes(make(clip, at.clips).read_bytes())


HOSTILE: dict[Maker, str] = {
    empty: "empty",
    words: "not-a-video",
    noise: "not-a-video",
    hls_playlist: "playlist",
    concat_script: "playlist",
    dash_manifest: "playlist",
    picture: "image",
    picture_in_a_video_container: "image",
    sound_only: "no-video",
    cover_picture_only: "no-video",
    cut_before_its_index: "truncated",
    cut_after_its_index: "truncated",
    cut_matroska: "truncated",
    boxes_of_impossible_size: "damaged",
    pictures_overwritten: "unreadable",
    eight_thousand_pixels_wide: "too-large",
    no_bigger_than_a_button: "too-small",
    one_long_line: "aspect",
    too_many_pictures_a_second: "frame-rate",
    a_single_picture: "too-short",
    codec_of_the_nineties: "codec",
    sound_of_a_rare_kind: "audio-codec",
}


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


async def test_padding_behind_a_whole_file_is_let_pass(clips: Path, tmp_path: Path) -> None:
    padded = tmp_path / "padded.mp4"
    renamed(SMALL, Place(clips, padded))
    with padded.open("ab") as file:
        file.write(b"\0\0\0\x01junk")
    assert (await inspect_gameplay(padded)).width == 320
