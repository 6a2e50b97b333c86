"""Any sound file that is music becomes a bed that a Reel reads; what is none is refused."""

from pathlib import Path

import pytest

from clients.ffmpeg import BadMedia
from clients.ffmpeg.music import make_bed
from clients.ffmpeg.probe import probe
from tests.integration.media.corpus import FFMPEG, ffmpeg

TUNE = ("-f", "lavfi", "-i", "sine=330:r=44100:d=4")
KINDS = {
    "tune.mp3": ("-c:a", "libmp3lame"),
    "bare.mp3": ("-c:a", "libmp3lame", "-id3v2_version", "0", "-write_xing", "0"),
    "tune.wav": (),
    "tune.flac": (),
    "tune.ogg": ("-c:a", "libvorbis"),
    "tune.opus": ("-c:a", "libopus"),
    "tune.m4a": ("-c:a", "aac"),
    "tune.mka": ("-c:a", "flac"),
}


@pytest.mark.parametrize("name", KINDS)
async def test_each_kind_of_sound_file_becomes_a_bed(name: str, tmp_path: Path) -> None:
    track, out = tmp_path / name, tmp_path / "bed.m4a"
    ffmpeg(*TUNE, *KINDS[name], str(track))
    made = await make_bed(FFMPEG, track, out=out)

    bed = await probe(out)
    assert bed.container == "mov"
    assert bed.audio is not None
    assert (bed.audio.codec, bed.audio.rate, bed.audio.channels) == ("aac", 48_000, 2)
    assert made.seconds == pytest.approx(4, abs=0.1)
    assert made.bytes == out.stat().st_size


async def test_a_cover_picture_is_left_out(tmp_path: Path) -> None:
    cover, track, out = tmp_path / "cover.png", tmp_path / "tune.mp3", tmp_path / "bed.m4a"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1", str(cover))
    ffmpeg(*TUNE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy", str(track))
    await make_bed(FFMPEG, track, out=out)
    assert (await probe(out)).streams == 1


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty"),
        (b"la la la", "not-a-sound"),
        (b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n", "playlist"),
        (b"ID3 and nothing more", "unreadable"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "unreadable"),
        (b"\x89PNG\r\n\x1a\n", "image"),
    ],
    ids=["empty", "words", "playlist", "bare-tag", "bare-wave", "picture"],
)
async def test_what_is_no_music_is_refused_by_rule(
    content: bytes, rule: str, tmp_path: Path
) -> None:
    track, out = tmp_path / "track.mp3", tmp_path / "bed.m4a"
    track.write_bytes(content)
    with pytest.raises(BadMedia) as refused:
        await make_bed(FFMPEG, track, out=out)
    assert refused.value.rule == rule
    assert [path.name for path in tmp_path.iterdir()] == ["track.mp3"]


async def test_a_track_of_a_second_and_a_silent_film_are_refused(tmp_path: Path) -> None:
    short, silent = tmp_path / "short.mp3", tmp_path / "silent.mp4"
    ffmpeg(*TUNE, "-t", "1", str(short))
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32:d=4", str(silent))
    for path, rule in ((short, "too-short"), (silent, "no-audio"), (tmp_path / "no", "not-a-file")):
        with pytest.raises(BadMedia) as refused:
            await make_bed(FFMPEG, path, out=tmp_path / "bed.m4a")
        assert refused.value.rule == rule
