"""Clips with markers, made by FFmpeg when a test asks: what providers and phones deliver.

Every picture is one colour above, another below, and a blue mark in the middle that is
square as displayed. Whatever was done to size, aspect, rotation or colour, a right
composition shows the same colours at the same places, and the mark square.
"""

import hashlib
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()

Rgb = tuple[int, int, int]
RED: Rgb = (200, 40, 40)
GREEN: Rgb = (40, 160, 60)
BLUE: Rgb = (40, 60, 200)
YELLOW: Rgb = (210, 190, 40)
MAGENTA: Rgb = (180, 50, 170)
GREY: Rgb = (120, 120, 120)
MARK = 0.2
"""Side of the mark by the shorter side of the displayed picture."""

_TAGS = {
    "bt709": "range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709",
    "bt601": "range=tv:colorspace=smpte170m:color_primaries=smpte170m:color_trc=smpte170m",
    "full": "range=pc:colorspace=bt709:color_primaries=bt709:color_trc=bt709",
    "rgb": "range=pc:colorspace=gbr:color_primaries=bt709:color_trc=bt709",
    "untagged-hd": "range=unspecified:colorspace=unknown:color_primaries=unknown",
    "untagged-sd": "range=unspecified:colorspace=unknown:color_primaries=unknown",
}
_MATRIX = {"bt601": "bt601", "untagged-sd": "bt601"}
_HDR = {"pq": "smpte2084", "hlg": "arib-std-b67"}


@dataclass(frozen=True)
class Clip:
    """One clip to make. `displayed` is its size as a person sees it."""

    displayed: tuple[int, int] = (1280, 720)
    stored: tuple[int, int] | None = None
    """Another stored size makes pixels that are not square."""
    rate: str = "24"
    seconds: float = 3.2
    above: Rgb = RED
    below: Rgb = GREEN
    pixels: str = "yuv420p"
    colour: str = "bt709"
    rotation: int = 0
    """Degrees in the display matrix; the stored picture is turned the other way."""
    vfr: bool = False
    sound: str | None = None
    """A lavfi source and its filters."""
    video: tuple[str, ...] = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "48")
    audio: tuple[str, ...] = ("-c:a", "aac")
    suffix: str = "mp4"
    after: tuple[str, ...] = ()
    """Further output options."""

    def lasting(self, seconds: float) -> "Clip":
        return replace(self, seconds=seconds)


USUAL_TOP = Clip()
USUAL_GAMEPLAY = Clip(
    displayed=(1920, 1080),
    rate="60",
    seconds=4,
    above=YELLOW,
    below=MAGENTA,
    sound="sine=440:r=48000,volume=-8dB",
)


def make(clip: Clip, folder: Path) -> Path:
    """The clip's file, made once for a folder."""
    name = hashlib.sha256(repr(clip).encode()).hexdigest()[:12]
    out = folder / f"{name}.{clip.suffix}"
    if out.exists():
        return out
    drawn = ("-t", str(clip.seconds + 1), "-f", "lavfi", "-i")
    sound = [*drawn, clip.sound] if clip.sound else []
    ffmpeg(
        *(*drawn, _picture(clip), *sound),
        *("-t", str(clip.seconds), *clip.video, *(clip.audio if sound else ())),
        *(("-fps_mode", "vfr") if clip.vfr else ()),
        *clip.after,
        str(out),
    )
    return _turned(out, clip.rotation) if clip.rotation else out


def ffmpeg(*arguments: str) -> None:
    """Run FFmpeg, or fail with what it said."""
    done = subprocess.run(
        [FFMPEG, "-nostdin", "-v", "error", "-y", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _picture(clip: Clip) -> str:
    width, height = clip.displayed
    side = round(min(width, height) * MARK)
    steps = [
        f"color={_hex(clip.above)}:s={width}x{height}:r={clip.rate},trim=end_frame=1,format=gbrp",
        f"drawbox=0:ih/2:iw:ih:{_hex(clip.below)}:fill",
        f"drawbox=(iw-{side})/2:(ih-{side})/2:{side}:{side}:{_hex(BLUE)}:fill",
    ]
    turn = {90: "transpose=clock", -90: "transpose=cclock", 180: "hflip,vflip"}.get(clip.rotation)
    steps += [turn] if turn else []
    if clip.stored:
        stored_width, stored_height = clip.stored
        if clip.rotation % 180:  # what is stored lies on its side
            width, height = height, width
        aspect = f"{width * stored_height}/{height * stored_width}"
        steps += [f"scale={stored_width}:{stored_height}:flags=neighbor", f"setsar={aspect}"]
    steps += [_coloured(clip), f"loop=-1:1,setpts=N/({clip.rate})/TB,fps={clip.rate}"]
    if clip.vfr:  # every third picture is left out, and the others come early or late
        steps += ["select='mod(n,3)'", "setpts='PTS+if(mod(N,2),0.4,0)/FRAME_RATE/TB'"]
    return ",".join(steps)


def _coloured(clip: Clip) -> str:
    if clip.colour in _HDR:
        to = f"t={_HDR[clip.colour]}:p=bt2020:m=bt2020nc:r=tv:npl=203"
        tags = f"color_trc={_HDR[clip.colour]}:color_primaries=bt2020:colorspace=bt2020nc"
        given = "range=pc:colorspace=gbr:color_primaries=bt709:color_trc=bt709"
        linear = "format=gbrpf32le,zscale=t=linear:npl=203,format=gbrpf32le"
        return (
            f"setparams={given},{linear},zscale={to},format={clip.pixels},setparams=range=tv:{tags}"
        )
    if clip.colour == "rgb":
        return f"format={clip.pixels},setparams={_TAGS['rgb']}"
    matrix = _MATRIX.get(clip.colour, "bt709")
    full = clip.colour == "full"
    scale = f"scale=out_color_matrix={matrix}:out_range={'pc' if full else 'tv'}"
    return f"{scale},format={clip.pixels},setparams={_TAGS[clip.colour]}"


def _turned(path: Path, rotation: int) -> Path:
    """The file again with a display matrix that undoes the turn of its stored picture."""
    out = path.with_name(f"{path.stem}-turned{path.suffix}")
    ffmpeg("-display_rotation", str(rotation), "-i", str(path), "-c", "copy", str(out))
    out.replace(path)
    return path


def _hex(colour: Rgb) -> str:
    return "0x{:02X}{:02X}{:02X}".format(*colour)
