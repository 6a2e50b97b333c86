"""The files that the simulated video services hand out: real MP4s of 24 frames a second."""

import asyncio
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from simulators.looks import FINE, FPS, graph

MURMUR = "anoisesrc=color=brown:amplitude=0.2:sample_rate=48000,tremolo=f=0.4"


@dataclass(frozen=True)
class ClipSpec:
    """What decides a clip's bytes."""

    look: str
    """The prompt whose look it has."""
    width: int
    height: int
    seconds: int
    start: int = 0
    """Seconds of the same look that came before: an extension goes on where it ended."""
    painted: int = FINE
    """How finely it is painted."""
    audio: bool = False
    """Whether it has an audio stream; without, there is none, not a silent one."""

    @property
    def file_name(self) -> str:
        """The clip's name in the cache."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:20]
        return f"{digest}-{self.width}x{self.height}-{self.seconds}s.mp4"


class ClipFailed(Exception):
    """FFmpeg couldn't make a clip; the message is its own."""


class Clips:
    """Makes each clip once, one at a time, and keeps it."""

    def __init__(self, folder: Path, top_clip: Path | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._top_clip = top_clip
        self._making: dict[ClipSpec, asyncio.Task[Path]] = {}
        self._one_at_a_time = asyncio.Semaphore(1)

    def ready(self, spec: ClipSpec) -> Path | None:
        """The clip's file, or None while it isn't made yet."""
        file = self._top_clip or self._folder / spec.file_name
        return file if file.exists() else None

    def order(self, spec: ClipSpec) -> asyncio.Task[Path] | None:
        """See that the clip gets made; None when it is there. Needs a running loop."""
        if self.ready(spec):
            return None
        task = self._making.get(spec)
        if task is None or task.done():
            task = self._making[spec] = asyncio.create_task(self._make(spec))
            task.add_done_callback(_complain)
        return task

    async def close(self) -> None:
        """Stop making clips."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def _make(self, spec: ClipSpec) -> Path:
        file = self._folder / spec.file_name
        part = file.with_suffix(f".{os.getpid()}.part")
        async with self._one_at_a_time:
            process = await asyncio.create_subprocess_exec(
                *_command(spec, part),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                _, said = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                part.unlink(missing_ok=True)
                raise
        if process.returncode:
            raise ClipFailed(said.decode(errors="replace")[-800:])
        part.replace(file)
        return file


def _complain(task: asyncio.Task[Path]) -> None:
    """Say on stderr why a clip didn't come to be; its job stays at `processing`."""
    if not task.cancelled() and (failure := task.exception()):
        sys.stderr.write(f"simulators: a clip failed: {failure}\n")


def _command(spec: ClipSpec, into: Path) -> list[str]:
    look = graph(spec.look, spec.width, spec.height, spec.start, spec.painted)
    sound = ["-f", "lavfi", "-i", MURMUR, "-c:a", "aac", "-b:a", "96k", "-ac", "2"]
    return [
        imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y",
        "-f", "lavfi", "-i", look, *(sound if spec.audio else ["-an"]),
        "-t", str(spec.seconds), "-r", str(FPS),
        "-c:v", "libx264", "-preset", "ultrafast", "-crf", "25", "-pix_fmt", "yuv420p",
        "-movflags", "+faststart", "-f", "mp4", str(into),
    ]  # fmt: skip
