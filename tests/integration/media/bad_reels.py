"""A Reel for each rule of the book, that breaks this one and no other that it need not."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg.boxes import all_boxes
from tests.integration.media.corpus import ffmpeg
from tests.integration.media.files import DEFAULTS, TAGS, made

FILE = DEFAULTS["file"].split()
VIDEO, AUDIO = DEFAULTS["video"], DEFAULTS["audio"]
NOISE = "anoisesrc=r=48000:d=3.5"


@dataclass(frozen=True)
class Bad:
    """A file, the rule that it is about, and those that can't be kept while that is broken."""

    name: str
    rule: str
    make: Callable[[Path], Path]
    also: frozenset[str] = frozenset()

    @property
    def broken(self) -> frozenset[str]:
        return self.also | {self.rule}


def other(**changes: str) -> Callable[[Path], Path]:
    """As the engine writes it, but for these options."""
    return lambda out: made(out, **changes)


def padded(to_bytes: int) -> Callable[[Path], Path]:
    """With an empty box behind its media, most of which lies on no disk."""

    def make(out: Path) -> Path:
        made(out)
        with out.open("r+b") as file:
            at = file.seek(0, 2)
            file.write((to_bytes - at).to_bytes(4) + b"free")
            file.truncate(to_bytes)
        return out

    return make


def repeated(seconds: str) -> Callable[[Path], Path]:
    """Four seconds again and again, copied."""

    def make(out: Path) -> Path:
        parts = ((0, "mp4"), (1, "m4a"))
        looped: list[str] = []
        for number, suffix in parts:
            once = out.with_name(f"once.{suffix}")
            made(once, seconds="4", streams=f"-map {number}")
            looped += ["-stream_loop", "-1", "-i", str(once)]
        ffmpeg(*looped, "-map", "0", "-map", "1", "-t", seconds, "-c", "copy", *FILE, str(out))
        return out

    return make


def copied(*options: str, suffix: str = "mp4", before: tuple[str, ...] = ()) -> Callable[..., Path]:
    """The right file in another wrapping."""

    def make(out: Path) -> Path:
        right = made(out.with_name("right.mp4"))
        wrapped = out.with_suffix(f".{suffix}")
        ffmpeg(*before, "-i", str(right), "-c", "copy", *options, str(wrapped))
        return wrapped

    return make


def followed_by(content: bytes) -> Callable[[Path], Path]:
    """With something behind its media."""

    def make(out: Path) -> Path:
        made(out)
        with out.open("ab") as file:
            file.write(content)
        return out

    return make


def cut_short(out: Path) -> Path:
    out.write_bytes(made(out.with_name("whole.mp4")).read_bytes()[:-100])
    return out


def written(where: str, at: int, content: bytes) -> Callable[[Path], Path]:
    """With other bytes in the header that lies there."""

    def make(out: Path) -> Path:
        found = bytearray(made(out).read_bytes())
        start = next(box.start for box in all_boxes(out) if box.path == where) + at
        found[start : start + len(content)] = content
        out.write_bytes(found)
        return out

    return make


def _bad(
    rule: str, make: Callable[[Path], Path], *also: str, name: str = "", size: bool = True
) -> Bad:
    """`size` is broken by all of them: a hundredth of the real one is quick to make."""
    return Bad(name or rule, rule, make, frozenset(also) | ({"size"} if size else frozenset()))


INSTAGRAMS = (
    _bad(
        "container",
        copied("-fflags", "+bitexact", suffix="mkv"),
        *("cadence", "metadata", "audio-length"),
    ),
    _bad("moov-first", other(file=DEFAULTS["file"].replace("+faststart", ""))),
    _bad("edit-list", other(file=DEFAULTS["file"].replace("list 0", "list 1"))),
    _bad(
        "edit-list",
        other(
            file=DEFAULTS["file"].replace("list 0", "list 1"),
            sound="anullsrc=r=48000:cl=stereo:d=3.5,asetpts=PTS+0.05/TB",
            tags=TAGS + ",setpts=PTS+0.05/TB",
        ),
        name="two-edit-lists",
    ),
    _bad(
        "video-codec",
        other(video="-c:v mpeg4 -g 60"),
        *("profile", "avc-config", "picture-notes"),
    ),
    _bad("progressive", other(video=VIDEO + " -flags:v +ildct+ilme+cgop+bitexact")),
    _bad("closed-gop", other(video=VIDEO.replace("bframes", "open-gop=1:bframes")), "key-frames"),
    _bad(
        "chroma",
        other(video=VIDEO.replace("high", "high422") + " -pix_fmt yuv422p"),
        *("pixel-format", "profile"),
    ),
    _bad("frame-rate", other(rate="22"), "cadence", "timescale", name="22-a-second"),
    _bad("frame-rate", other(rate="61"), "cadence", "timescale", name="61-a-second"),
    _bad("width", other(size="1922x200")),
    _bad("aspect", other(size="1760x160"), name="eleven-times-as-wide"),
    _bad("aspect", other(size="16x1920"), name="120-times-as-high"),
    _bad(
        "bit-rate",
        other(size="288x400", tags=f"noise=alls=100:allf=t,{TAGS}", video=VIDEO + " -qp 1"),
    ),
    _bad("bytes", padded(300_000_001), "bit-rate"),
    _bad("too-short", other(streams="-map 0 -map 1 -t 2.9")),
    _bad("too-long", repeated("900.2")),
    _bad(
        "audio-codec", other(audio="-c:a libmp3lame -flags:a +bitexact"), "audio-profile"
    ),
    _bad("audio-rate", other(audio=AUDIO.replace("48000", "96000")), "sound-timescale"),
    _bad("audio-channels", other(audio=AUDIO.replace("-ac 2", "-ac 6")), "stereo"),
    _bad("audio-bit-rate", other(sound=NOISE, audio=AUDIO + " -b:a 256k")),
)  # fmt: skip
"""One and more for each rule of the platform's own list (reference: publishing, 1.9)."""

OURS = (
    _bad(
        "fragmented",
        other(file=DEFAULTS["file"].replace("+faststart", "+frag_keyframe+empty_moov")),
        "top-boxes",
    ),
    _bad("top-boxes", followed_by(b"\0\0\0\x20uuid" + bytes(24))),
    _bad("brand", copied(*FILE, suffix="mov"), "audio-profile", "colour-box", "top-boxes"),
    _bad("movie-header", written("moov/mvhd", 28, (2 << 16).to_bytes(4))),
    _bad("track-header", written("moov/trak/tkhd", 8, bytes(4))),
    _bad("turned", copied(*FILE, before=("-display_rotation", "90")), "rotation"),
    _bad("timescale", other(file=DEFAULTS["file"] + " -video_track_timescale 1001"), "cadence"),
    _bad("first-picture", other(file=DEFAULTS["file"].replace("+negative_cts_offsets", ""))),
    _bad("avc-config", other(video=VIDEO + " -level:v 5.1")),
    _bad(
        "avc-config",
        other(video="-c:v libx265 -preset ultrafast -g 60 -flags:v +bitexact -tag:v hvc1"
              " -x265-params keyint=60:min-keyint=60:scenecut=0:open-gop=0:log-level=none"),
        *("profile", "picture-notes"),
        name="hevc",
    ),
    _bad("sound-timescale", other(audio=AUDIO.replace("48000", "44100"))),
    _bad("streams", other(streams="-map 0 -map 1 -map 1"), "track-header"),
    _bad("metadata", other(file=DEFAULTS["file"] + " -metadata comment=mine")),
    _bad("profile", other(video=VIDEO.replace("high", "main").replace("8x8dct=1", "8x8dct=0"))),
    _bad(
        "pixel-format",
        other(video=VIDEO.replace("high", "high10") + " -pix_fmt yuv420p10le"),
        "profile",
    ),
    _bad(
        "colour",
        other(tags=TAGS.replace("colorspace=bt709", "colorspace=smpte170m")),
        "colour-box",
    ),
    _bad("sample-aspect", other(tags=TAGS + ",setsar=4/3")),
    _bad("cadence", other(rate="25"), "timescale", name="25-a-second"),
    _bad(
        "cadence",
        other(tags=TAGS + ",select='not(eq(n,40))'", streams="-map 0 -map 1 -fps_mode vfr"),
        name="uneven",
    ),
    _bad("key-frames", other(video=VIDEO.replace("60", "30"))),
    _bad("stereo", other(audio=AUDIO.replace("-ac 2", "-ac 1"))),
    _bad("no-audio", other(streams="-map 0"), "streams"),
    _bad("no-video", other(streams="-map 1"), "streams", size=False),
    _bad("audio-length", other(sound=DEFAULTS["sound"].replace("d=3.5", "d=2.9"))),
    _bad("truncated", cut_short, size=False),
    _bad("damaged", followed_by(b"\0\0\0\x03junk"), size=False),
)  # fmt: skip
"""And for each of ours."""
EVERY_BAD = (*INSTAGRAMS, *OURS)

GOOD = {
    **{
        preset: other(size="1080x1920", video=VIDEO.replace("ultrafast", preset) + " -refs 4")
        for preset in ("ultrafast", "superfast", "medium", "slow")
    },
    "no-b-pictures": other(size="1080x1920", video=VIDEO.replace("bframes=2", "bframes=0")),
    "three-seconds": other(size="1080x1920", streams="-map 0 -map 1 -t 3"),
    "mono-made-stereo": other(size="1080x1920", sound="sine=330:r=44100:d=3.5"),
}
"""Files that break none, coded in other ways than the engine's."""
