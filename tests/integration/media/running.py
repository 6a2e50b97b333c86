"""Runs FFmpeg for the checks, and makes the files that they look at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import process
from clients.ffmpeg.facts import MediaFacts
from clients.ffmpeg.layouts import Pane, Shown
from clients.ffmpeg.probe import probe
from tests.integration.media.corpus import FFMPEG, ffmpeg

TONE = "sine=330:r=48000,volume=7.8dB"
"""At -14 LUFS when it is heard on both sides."""
LIMITS = process.Limits(wall_seconds=60, cpu_seconds=60)


@dataclass(frozen=True)
class Scene:
    """A moving top over moving gameplay and a tone, each with filters of its own."""

    top: str = "null"
    gameplay: str = "null"
    sound: str = TONE
    seconds: float = 6
    small: bool = True
    """A quarter of the real width and height, which is quick."""

    @property
    def panes(self) -> tuple[Pane, Pane]:
        shrunk = 4 if self.small else 1
        width, top, gameplay = 1080 // shrunk, 1152 // shrunk, 768 // shrunk
        return (
            Pane(Shown.TOP, 0, 0, width, top),
            Pane(Shown.GAMEPLAY, 0, top, width, gameplay),
        )


async def run(argv: list[str], on_line: Callable[[str], None] | None = None) -> str:
    ended = await process.run([FFMPEG, *argv], limits=LIMITS, on_line=on_line)
    assert ended.code == 0, ended.errors
    return ended.errors


async def a_reel(folder: Path, scene: Scene) -> tuple[Path, MediaFacts]:
    out = folder / "reel.mp4"
    joined = f"[0]{scene.top}[t];[1]{scene.gameplay}[g];[t][g]vstack,format=yuv420p[v]"
    # Each ends by itself: of two without an end FFmpeg has drawn one ahead until memory was full.
    drawn = ("-t", str(scene.seconds + 1), "-f", "lavfi", "-i")
    pictures = [word for pane in scene.panes for word in (*drawn, _moving(pane))]
    ffmpeg(
        *(*pictures, *drawn, scene.sound, "-filter_complex", joined),
        *("-map", "[v]", "-map", "2:a", "-t", str(scene.seconds)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20"),
        *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0"),
        *("-c:a", "aac", "-b:a", "128k", "-ac", "2", str(out)),
    )
    return out, await probe(out, whole=True)


def _moving(pane: Pane) -> str:
    size = f"{pane.width}:{pane.height}"
    return f"testsrc2=s=270x{pane.height * 270 // pane.width}:r=30,scale={size}:flags=neighbor"
