"""Brings a clip into the pool's format: the size of its pane, 30 pictures a second, levelled.

A Reel then reads its window as it is: nothing to crop, to scale or to convert, and a key frame
at every second at which a window may begin.
"""

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from clients.ffmpeg import command, graph, process, sound, soundtrack
from clients.ffmpeg.command import Input
from clients.ffmpeg.engine import FFmpeg
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts, VideoFacts
from clients.ffmpeg.graph import FPS, Footage, Shot
from clients.ffmpeg.layouts import POOL_SIZE, Pane, Shown
from clients.ffmpeg.probe import probe
from clients.ffmpeg.rules import refuse_gameplay
from clients.ffmpeg.running import counting, run_ffmpeg
from schemas.composition import Anchor

GOP = FPS
"""Pictures from one key frame to the next: a window begins on a whole second."""

_PEAK_BITS = 40_000_000
"""A second, bounded so that the disk can be checked; ordinary footage takes a third."""
_SOURCE = "gameplay"

CODING = (
    *("-c:v", "libx264", "-preset", "superfast", "-crf", "16", "-tune", "fastdecode"),
    *("-profile:v", "high", "-pix_fmt", "yuv420p"),
    *("-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0"),
    *("-maxrate", str(_PEAK_BITS), "-bufsize", str(_PEAK_BITS)),
)
"""Each second is a closed group of pictures. Quick to decode, because every Reel does so; near to
lossless, because every Reel codes it once more."""


def most_bytes(seconds: float) -> int:
    """What a pooled clip of a length may take on the disk, with what is made on the way."""
    return int(seconds * (_PEAK_BITS + 400_000) / 8 * 1.2) + (32 << 20)


async def normalise(
    ffmpeg: FFmpeg, path: Path, anchor: Anchor, *, out: Path, progress: Callable[[float], None]
) -> MediaFacts:
    """Write a clip in the pool's format; `progress` gets per cent of its pictures.

    It lasts as many whole pictures as the clip, and has a sound track if the clip has one.
    Again: the same bytes. Raises BadMedia by the rule that the clip breaks, or `pool-format`
    when the result is not as it should be; Retryable when the machine was the reason.
    """
    facts = await probe(path, whole=True)
    video = refuse_gameplay(facts)
    frames = max(int(video.seconds * FPS + 0.01), 1)
    whole = Input(path, facts, seconds=video.seconds + 1.0)
    with tempfile.TemporaryDirectory(prefix=".pool-", dir=out.parent) as folder:
        track = Path(folder, "sound.m4a") if facts.audio else None
        if track is not None:
            await _record(ffmpeg, whole, frames, track)
        part = Path(folder, "pool.mp4")
        argv = [
            *command.general(),
            *command.progress(),
            *("-filter_complex_threads", str(ffmpeg.threads)),
            *command.reading(whole, ffmpeg.threads),
            *(command.own(track) if track else []),
            *("-filter_complex", _picture(video, anchor, frames)),
            *_pooled(part, frames, ffmpeg.threads, with_sound=track is not None),
        ]
        on_line = counting(frames / FPS, progress)
        await run_ffmpeg(ffmpeg.executable, argv, _limits(video.seconds), on_line)
        made = await probe(part, whole=True)
        _refuse_other(made, frames)
        part.replace(out)
    return made


def _picture(video: VideoFacts, anchor: Anchor, frames: int) -> str:
    pane = Pane(Shown.GAMEPLAY, 0, 0, *POOL_SIZE)
    return graph.picture([Shot(pane, (Footage(0, video),), anchor, frames)], frames)


async def _record(ffmpeg: FFmpeg, whole: Input, frames: int, out: Path) -> None:
    def run(argv: list[str], on_line: Callable[[str], None] | None = None) -> Awaitable[str]:
        return run_ffmpeg(ffmpeg.executable, argv, _limits(whole.seconds), on_line)

    samples = sound.samples_of(frames)
    source = sound.Source(_SOURCE, 0.0, (sound.Part(whole, samples),))
    # A Reel shows a part of it, which begins and ends softly by itself.
    wanted = sound.Soundtrack((source,), samples, fades=False)
    await soundtrack.record(run, wanted, out=out)


def _pooled(out: Path, frames: int, threads: int, *, with_sound: bool) -> list[str]:
    """Options of a pooled clip, and its name."""
    return [
        *("-map", "[v]", *(("-map", "1:a") if with_sound else ())),
        *CODING,
        *("-flags:v", "+cgop+bitexact", "-fps_mode", "cfr", "-r", str(FPS)),
        *("-frames:v", str(frames), "-threads", str(threads)),
        *("-c:a", "copy", "-fflags", "+bitexact", "-map_metadata", "-1"),
        *("-movflags", "+faststart+negative_cts_offsets", "-use_editlist", "0"),
        *("-f", "mp4", f"file:{out.absolute()}"),
    ]


def _limits(seconds: float) -> process.Limits:
    """Generous by an order: about 1.1 CPU seconds normalise a second of 1080p60."""
    return process.Limits(
        wall_seconds=300 + 120 * seconds,
        cpu_seconds=int(120 + 60 * seconds),
        file_bytes=most_bytes(seconds),
    )


def _refuse_other(made: MediaFacts, frames: int) -> None:
    """Hold the result to the pool's format. Raises BadMedia `pool-format`."""
    video = made.video
    cadence = video.cadence if video else None
    right = (
        video is not None
        and cadence is not None
        and (video.width, video.height) == POOL_SIZE
        and (cadence.frames, cadence.rate) == (frames, str(FPS))
        and cadence.gop in {0, GOP, None}
        and cadence.closed
    )
    if not right:
        raise BadMedia("pool-format", "the normalised clip is not as the pool needs it")
