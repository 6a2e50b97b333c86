"""Gameplay for a first Reel, drawn by FFmpeg: a runner that jumps over boxes, by day and night."""

import shutil
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from runtime.stack.parts import Part
from runtime.stack.supervisor import Supervisor

SECONDS = 24
"""Longer than the demo's Reel, so that the window in it is not always the same."""


@dataclass(frozen=True)
class Look:
    """The colours of one level, its speed in pixels a second, and its key in hertz."""

    name: str
    sky: tuple[str, str, str]
    ground: tuple[str, str]
    hero: str
    box: tuple[str, str]
    speed: int
    key: int


LOOKS = (
    Look(
        "runner-by-day",
        ("0x1a1a4e", "0xf72585", "0x4361ee"),
        ("0x2b9348", "0x55a630"),
        "0xffd60a",
        ("0xd00000", "0x6a040f"),
        speed=720,
        key=220,
    ),
    Look(
        "runner-by-night",
        ("0x03071e", "0x240046", "0x5a189a"),
        ("0x003049", "0x219ebc"),
        "0x80ffdb",
        ("0xff9e00", "0x9d4edd"),
        speed=900,
        key=174,
    ),
)


async def draw_pool(folder: Path, supervisor: Supervisor, log: Path) -> Path:
    """A folder of gameplay clips: 1920x1080, 60 fps, with sound. Again: made once, then kept."""
    pool = folder / f"gameplay-{_digest()}"
    if not pool.exists():
        drawing = folder / "gameplay.new"
        shutil.rmtree(drawing, ignore_errors=True)
        drawing.mkdir(parents=True)
        for look in LOOKS:
            await supervisor.finish(_drawing(look, drawing / f"{look.name}.mp4", log))
        drawing.rename(pool)
    return pool


def _digest() -> str:
    recipe = "".join(f"{astuple(look)}{_graph(look)}" for look in LOOKS)
    return sha256(f"{recipe}{SECONDS}".encode()).hexdigest()[:12]


def _drawing(look: Look, out: Path, log: Path) -> Part:
    return Part(
        name=f"draw {look.name}",
        argv=(
            *(get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-nostdin"),
            *("-filter_complex", _graph(look), "-map", "[picture]", "-map", "[sound]"),
            *("-t", str(SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "26"),
            *("-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", str(out)),
        ),
        log=log,
    )


def _graph(look: Look) -> str:
    """Still pictures, moved: a drawing for each frame would take minutes."""
    sky, ground, speed = look.sky, look.ground, look.speed
    still = "trim=end_frame=1,format=yuv420p,loop=-1:1,setpts=N/60/TB"
    colours = f"n=3:c0={sky[0]}:c1={sky[1]}:c2={sky[2]}"
    slope = "x0=0:y0=0:x1=960:y1=1080"
    tiles = f"drawgrid=w=240:h=200:t=12:c={ground[1]}"
    box = f"1920-mod(t*{speed}%s,2100)"
    # A box is below the hero, whose middle is at 575, when t*speed is 340 more than a
    # multiple of 1050; then the sine of the jump is at its peak.
    jump = f"730-330*abs(sin(PI*(t*{speed}+185)/1050))"
    note = f"{look.key}*pow(2,(mod(floor(t*6),3)*4+mod(floor(t*6/12),4)*2)/12)"
    melody = f"0.22*sin(2*PI*t*{note})*exp(-3*mod(t*6,1))"
    drum = "0.3*sin(2*PI*(55+30*exp(-20*mod(t*2,1)))*t)*exp(-8*mod(t*2,1))"
    return ";".join(
        (
            f"gradients=s=1920x1080:r=60:{colours}:{slope},{still}[sky]",
            f"color={ground[0]}:s=2400x200:r=60,{tiles},{still}[ground]",
            f"color={look.hero}:s=110x150:r=60,drawbox=x=60:y=25:w=30:h=30:c=0x111111:t=fill[hero]",
            f"color={look.box[0]}:s=90x170:r=60,drawbox=c={look.box[1]}:t=14,split[box1][box2]",
            "color=white:s=64x64:r=60,drawbox=x=12:y=12:w=40:h=40:c=0xffb703:t=fill[coin]",
            f"[sky][ground]overlay=x='-mod(t*{speed},240)':y=880[a]",
            f"[a][box1]overlay=x='{box % ''}':y=714[b]",
            f"[b][box2]overlay=x='{box % '+1050'}':y=714[c]",
            f"[c][coin]overlay=x='1920-mod(t*{speed}*0.75+300,2000)':y='430+60*sin(t*5)'[d]",
            f"[d][hero]overlay=x=520:y='{jump}'[picture]",
            f"aevalsrc='{melody}+{drum}':s=48000:c=stereo[sound]",
        )
    )
