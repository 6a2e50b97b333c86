"""Files that are not what their name says, or would harm, and the rule that refuses each."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.integration.media.corpus import USUAL_GAMEPLAY, Clip, ffmpeg, make

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


def a_folder(at: Place) -> None:
    at.out.mkdir()


def a_live_pipe(at: Place) -> None:
    os.mkfifo(at.out)


def a_web_page(at: Place) -> None:
    at.out.write_text("<!doctype html><title>404</title>")


def an_animation(at: Place) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x64:d=1:r=5", "-f", "gif", str(at.out))


def a_broadcast(at: Place) -> None:
    ffmpeg("-i", str(make(SMALL, at.clips)), "-c", "copy", "-f", "mpegts", str(at.out))


def a_film_of_the_nineties(at: Place) -> None:
    ffmpeg("-i", str(make(SMALL, at.clips)), "-c", "copy", "-f", "avi", str(at.out))


def a_bomb_of_eight_thousand_pixels(at: Place) -> None:
    one = make(Clip(displayed=(7680, 4320), seconds=0.1, rate="10"), at.clips)
    looped(one, 1799, at.out)


def forty_sounds(at: Place) -> None:
    sounds = [word for _ in range(40) for word in ("-map", "0:a")]
    ffmpeg(
        *("-i", str(make(SMALL, at.clips)), "-map", "0:v", *sounds),
        *("-c", "copy", "-f", "mp4", str(at.out)),
    )


def an_index_of_four_thousand_million_entries(at: Place) -> None:
    whole = bytearray(make(SMALL, at.clips).read_bytes())
    entries = whole.index(b"stsz") + 12
    whole[entries : entries + 4] = b"\xff\xff\xff\xff"
    at.out.write_bytes(whole)


def a_clock_that_stands(at: Place) -> None:
    whole = bytearray(make(SMALL, at.clips).read_bytes())
    for name in (b"mvhd", b"mdhd"):
        scale = whole.index(name) + 16
        whole[scale : scale + 4] = b"\0\0\0\0"
    at.out.write_bytes(whole)


def locked_with_a_key(at: Place) -> None:
    ffmpeg(
        *("-i", str(make(SMALL, at.clips)), "-c", "copy"),
        *(
            "-encryption_scheme",
            "cenc-aes-ctr",
            "-encryption_key",
            "76a6c65c5ea762046bd749a2e632ccbb",
        ),
        *("-encryption_kid", "a7e61c373e219033c21091fa607bf3b8", "-f", "mp4", str(at.out)),
    )


def looped(path: Path, times: int, out: Path) -> None:
    """The same packets again and again: a long film for the cost of a short one."""
    ffmpeg("-stream_loop", str(times), "-i", str(path), "-c", "copy", "-f", "mp4", str(out))


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
    a_folder: "not-a-file",
    a_live_pipe: "not-a-file",
    a_web_page: "not-a-video",
    an_animation: "image",
    a_broadcast: "not-a-video",
    a_film_of_the_nineties: "not-a-video",
    a_bomb_of_eight_thousand_pixels: "too-large",
    forty_sounds: "streams",
    an_index_of_four_thousand_million_entries: "unreadable",
    a_clock_that_stands: "frame-rate",
    locked_with_a_key: "encrypted",
}
