"""Makes the footage that is measured: three kinds, drawn by FFmpeg from fixed seeds.

Each is what the product is given: a top clip of 1280x720 at 24 pictures a second without sound,
and gameplay of 1920x1080 at 60 with sound, coded as a provider and a recorder would.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.measuring import FFMPEG, QUIET, measure
from clients.ffmpeg import FFmpeg
from clients.ffmpeg.normalise import normalise
from schemas.composition import Anchor

TOP_SECONDS = 10
"""The longest clip that all three providers sell."""
GAMEPLAY_SECONDS = 11
"""A little more than a Reel needs, as any gameplay has."""
_SOUND = "anoisesrc=color=pink:r=48000:a=0.3:seed=11,tremolo=f=0.7:d=0.6,aformat=cl=stereo"


class Kind(StrEnum):
    """How hard a picture is for an encoder."""

    FLAT = "flat"
    """Drawn: soft gradients and sharp edges, slow."""
    TEXTURED = "textured"
    """Filmed: fine detail everywhere, a slow pan, a little grain."""
    NOISY_FAST = "noisy-fast"
    """Filmed in the dark: strong grain over detail that rushes by."""


@dataclass(frozen=True)
class _Look:
    ground: str
    """A still twice as wide as the picture, or a picture that moves by itself."""
    motion: str
    """Widths and heights a second that the ground moves by; empty when it moves by itself."""
    grain: int


_LOOKS = {
    Kind.FLAT: _Look(
        "gradients=s={size}:r={rate}:c0=0x204080:c1=0xe0a040:c2=0x30a070:n=3:seed=4:speed=0.01",
        "",
        0,
    ),
    Kind.TEXTURED: _Look(
        "perlin=s={wide}:r=1:octaves=8:persistence=0.7:xscale=14:yscale=8"
        ":random_mode=seed:random_seed={seed}",
        "h=0.03/{rate}:v=0.01/{rate}",
        4,
    ),
    Kind.NOISY_FAST: _Look(
        "perlin=s={wide}:r=1:octaves=8:persistence=0.7:xscale=20:yscale=12"
        ":random_mode=seed:random_seed={seed}",
        "h=0.25/{rate}:v=0.08/{rate}",
        8,
    ),
}
_STILL = (
    "trim=end_frame=1,format=gray,lutyuv=y='clip(2.2*(val-126)+120,20,225)',"
    "pseudocolor=preset={colours}:opacity=0.55,loop=-1:1,setpts=N/{rate}/TB,fps={rate}"
)
_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class Footage:
    """The files of one kind."""

    kind: Kind
    top: Path
    gameplay: Path
    """As it was recorded."""
    pooled: Path
    """The same, as the product's pool has it."""


def footage(kind: Kind, folder: Path) -> Footage:
    """The files of a kind, made once for each folder and recipe; about half a minute."""
    top = _made(_top(kind), folder, f"{kind}-top")
    gameplay = _made(_gameplay(kind), folder, f"{kind}-gameplay")
    pooled = gameplay.with_name(f"{gameplay.stem}-pooled.mp4")
    if not pooled.exists():
        engine = FFmpeg(FFMPEG, threads=1, work_dir=folder)
        asyncio.run(
            normalise(engine, gameplay, Anchor.CENTER, out=pooled, progress=lambda _percent: None)
        )
    return Footage(kind, top, gameplay, pooled)


def _top(kind: Kind) -> list[str]:
    picture = _picture(kind, (1280, 720), 24, seed=7, colours="spectral")
    return [
        *("-f", "lavfi", "-i", picture, "-t", str(TOP_SECONDS)),
        *("-c:v", "libx264", "-preset", "fast", "-crf", "19", "-maxrate", "20M", "-bufsize", "20M"),
        *("-pix_fmt", "yuv420p"),
    ]


def _gameplay(kind: Kind) -> list[str]:
    picture = _picture(kind, (1920, 1080), 60, seed=9, colours="viridis")
    return [
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", _SOUND, "-t", str(GAMEPLAY_SECONDS)),
        *("-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-g", "120"),
        *("-maxrate", "40M", "-bufsize", "40M", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    ]


def _picture(kind: Kind, size: tuple[int, int], rate: int, *, seed: int, colours: str) -> str:
    look = _LOOKS[kind]
    width, height = size
    words = {"size": f"{width}x{height}", "wide": f"{2 * width}x{height}", "rate": rate}
    parts = [look.ground.format(**words, seed=seed)]
    if look.motion:
        parts.append(_STILL.format(rate=rate, colours=colours))
        parts.append(f"scroll={look.motion.format(rate=rate)},crop={width}:{height}:0:0")
    parts.append("scale=out_color_matrix=bt709:out_range=tv,format=yuv420p")
    # What in a scene has edges, and goes its own way.
    shapes = (
        f"color=0xd03030:s={width // 8}x{height // 5}:r={rate}[a];"
        f"color=0xf0f0e0:s={width // 30}x{height // 2}:r={rate}[b];"
        f"[g][a]overlay=x='(W-w)*(0.5+0.4*sin(2*t))':y='(H-h)*(0.5+0.3*cos(3*t))'[c];"
        f"[c][b]overlay=x='(W-w)*(0.5-0.45*cos(t))':y='(H-h)*0.5'"
    )
    grain = f",noise=alls={look.grain}:allf=t:all_seed={seed}" if look.grain else ""
    return f"{','.join(parts)}[g];{shapes}{grain},{_TAGS}"


def _made(recipe: list[str], folder: Path, name: str) -> Path:
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()[:8]
    out = folder / f"{name}-{digest}.mp4"
    if not out.exists():
        part = out.with_suffix(".part.mp4")
        measure([*QUIET, *recipe, str(part)])
        part.replace(out)
    return out
