"""The door to FFmpeg: compose, poster, probe, check."""

import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients.ffmpeg import command, content, cover, graph, process, repair, soundtrack
from clients.ffmpeg.command import Input
from clients.ffmpeg.composition import Composed, Composition, Progress
from clients.ffmpeg.errors import BadMedia
from clients.ffmpeg.facts import MediaFacts, VideoFacts
from clients.ffmpeg.hook import write_hook
from clients.ffmpeg.layouts import LAYOUTS, Shown, pane_of
from clients.ffmpeg.likeness import likeness
from clients.ffmpeg.probe import Look, probe, probe_each
from clients.ffmpeg.reel import Checked, broken_rules, check_reel_async
from clients.ffmpeg.rules import refuse_gameplay, refuse_top
from clients.ffmpeg.runner import Run
from clients.ffmpeg.running import run_ffmpeg
from clients.ffmpeg.timeline import Files, Timeline, lay_out
from clients.ffmpeg.workspace import own_folder
from schemas.composition import Layout

POSTER_SIZE = (540, 960)
_ROUNDED = 0.2
"""LU by which two measurements may differ: of the sound alone, and of the file."""
_REPAIR = process.Limits(wall_seconds=3600, cpu_seconds=3600)
"""A Reel lasts 15 minutes at the most, and is coded twice."""
_FRAME = re.compile(r"frame=\s*(\d+)")
_RATE = re.compile(r"fps=\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class FFmpeg:
    """FFmpeg on this machine, run on strangers' files under limits.

    Every method that is cancelled has killed its child within two seconds, and a worker that
    is killed takes its children along.
    """

    executable: str
    threads: int
    """Of the filter graph and of the encoder. Decoders have one: they are never what the others
    wait for, and each further one holds pictures in memory."""
    work_dir: Path
    """Where `workspace` makes its folders."""

    @contextmanager
    def workspace(self, *, needs_bytes: int) -> Iterator[Path]:
        """An empty folder of one's own, removed at the end whatever happens.

        Raises Retryable of kind DISK_LOW, before anything is made, when the disk has less
        than `needs_bytes` free.
        """
        with own_folder(self.work_dir, needs_bytes=needs_bytes) as folder:
            yield folder

    async def compose(
        self, asked: Composition, *, out: Path, progress: Callable[[Progress], None]
    ) -> Composed:
        """Make the Reel at `out`, which appears only when it is whole and breaks no file rule.

        It lasts as long as the joined top clips, at most `asked.seconds`; a joined top under
        3 s, Instagram's least, is repeated to 3 s. What is heard of it has -14 LUFS; it is
        silent where nothing is to be heard. `progress` is told about twice a second.

        Raises BadMedia by the rule that an input or the result breaks, Retryable when the
        machine was the reason, Refused (CONFIGURATION) when there is no FFmpeg.
        """
        timeline = await self._timeline(asked)
        with _written_whole(out) as part:
            track = part.with_name("sound.m4a")
            recorded = await soundtrack.record(
                self._runner(_limits(timeline.seconds)), timeline.soundtrack, out=track
            )
            argv = [
                *command.general(),
                *command.progress(),
                *("-filter_complex_threads", str(self.threads)),
                *_readings(timeline.seen),
                *command.own(track),
                *("-filter_complex", _picture(timeline, part.parent)),
                *command.reel(part, timeline.frames, self.threads, sound=len(timeline.seen)),
                *command.in_step(timeline.seen, "audio"),
            ]
            on_line = _counter(timeline.frames, progress)
            await self._runner(_limits(timeline.seconds), part.parent)(argv, on_line)
            facts = await self._accept(part, timeline.frames)
        progress(Progress(100.0))
        if recorded is None:
            return Composed(asked, facts)
        return Composed(asked, facts, recorded.heard, recorded.level.lufs)

    async def examine(self, reel: Path, composed: Composed) -> None:
        """Look at the Reel as a person would. Raises BadMedia by the first rule that it breaks."""
        broken = await content.broken_content(
            self._runner(_limits(composed.facts.seconds)),
            reel,
            composed.facts,
            LAYOUTS[composed.asked.layout],
            quietest=_quietest(composed),
        )
        if broken:
            raise BadMedia(broken[0], f"the composed Reel breaks {', '.join(broken)}")

    async def poster(self, reel: Path, composed: Composed, *, out: Path) -> float:
        """Make a PNG of 540x960 from the Reel's best picture; where that lies, in seconds."""
        asked, facts = composed.asked, composed.facts
        run = self._runner(_limits(facts.seconds))
        pane = pane_of(asked.layout, Shown.TOP)
        text = bool(asked.hook_text)
        chosen = await cover.choose(run, reel, facts, pane, text=text) if pane else 0.0
        source = Input(reel, facts, seconds=1.0, start=chosen)
        with _written_whole(out) as part:
            picture = command.still(part, *POSTER_SIZE)
            reading = ["-skip_frame:v", "nokey", *command.reading(source, threads=1)]
            await run([*command.general(), *reading, *picture])
        return chosen

    async def still(self, reel: Path, seconds: float, *, out: Path) -> None:
        """Make a PNG of 540x960 from the picture of the Reel that is shown at that second.

        Raises BadMedia where there is none.
        """
        facts = await probe(reel)
        reading = command.reading(Input(reel, facts, seconds=1.0, start=seconds), threads=1)
        with _written_whole(out) as part:
            picture = command.still(part, *POSTER_SIZE)
            await self._runner(_limits(facts.seconds))([*command.general(), *reading, *picture])
            if not part.exists():
                raise BadMedia("cover-in-video", f"there is no picture at {seconds:.1f} s")

    async def trim(self, reel: Path, seconds: float, *, out: Path) -> MediaFacts:
        """Write a Reel that is too long anew, at most that long; see `repair.trim`."""
        with _written_whole(out) as part:
            return await repair.trim(self._runner(_REPAIR), reel, seconds, out=part)

    async def shrink(
        self, reel: Path, most_bytes: int, *, out: Path, progress: Callable[[Progress], None]
    ) -> MediaFacts:
        """Write a Reel that is too large anew, in at most so many bytes; see `repair.shrink`."""
        run = self._runner(_REPAIR)

        def told(percent: float) -> None:
            progress(Progress(percent))

        with _written_whole(out) as part:
            return await repair.shrink(
                run, reel, most_bytes, out=part, threads=self.threads, progress=told
            )

    async def check(self, reel: Path) -> Checked:
        """Hold a finished Reel against the rule book; see `reel.py`."""
        return await check_reel_async(reel)

    async def likeness(self, before: Path, after: Path) -> float:
        """How much a Reel that was coded anew looks like the one before; see `likeness.py`."""
        files = [(path, await probe(path, whole=True)) for path in (before, after)]
        return await likeness(self._runner(_REPAIR), *files)

    async def spoilt(self, before: Path, after: Path, layout: Layout) -> list[str]:
        """What a person would miss in `after`, by the rules of `content.py`, and not in `before`.

        A Reel whose sources were quiet or dark may break some of them, and was approved.
        """
        run, panes, found = self._runner(_REPAIR), LAYOUTS[layout], []
        for path in (after, before):
            facts = await probe(path, whole=True)
            found.append(await content.broken_content(run, path, facts, panes))
            if not found[0]:
                return []
        return [rule for rule in found[0] if rule not in found[1]]

    async def _timeline(self, asked: Composition) -> Timeline:
        looks = {f"top clip {n}": Look(path, whole=True) for n, path in enumerate(asked.tops, 1)}
        # Only the beginning: gameplay may be hours, and was read whole when imported.
        looks |= {"gameplay": Look(asked.gameplay)} if asked.gameplay else {}
        looks |= {"music": Look(asked.music)} if asked.music else {}
        found = dict(zip(looks, await probe_each(list(looks.values())), strict=True))
        facts = {label: _taken(one, label) for label, one in found.items()}
        gameplay, music = facts.pop("gameplay", None), facts.pop("music", None)
        for label, one in facts.items():
            _refuse(refuse_top, one, label)
        if asked.gameplay and gameplay:
            gameplay = await _gameplay(asked.gameplay, gameplay)
        return lay_out(asked, Files(tuple(facts.values()), gameplay, music))

    def _runner(self, limits: process.Limits, folder: Path | None = None) -> Run:
        def run(argv: list[str], on_line: Callable[[str], None] | None = None) -> Awaitable[str]:
            return run_ffmpeg(self.executable, argv, limits, on_line, folder)

        return run

    async def _accept(self, part: Path, frames: int) -> MediaFacts:
        facts = await probe(part, whole=True)
        broken = broken_rules(part, facts)
        cadence = facts.video.cadence if facts.video else None
        if cadence is None or cadence.frames != frames:
            broken.append("frame-count")
        if broken:
            raise BadMedia("reel", f"the composed file breaks {', '.join(broken)}")
        return facts


@contextmanager
def _written_whole(out: Path) -> Iterator[Path]:
    """A name to write to, in a folder that is removed; the file moves out when all went well."""
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        part = Path(folder, out.name)
        yield part
        part.replace(out)


def _taken(found: MediaFacts | BadMedia, label: str) -> MediaFacts:
    if isinstance(found, BadMedia):
        raise found.about(label)
    return found


def _refuse(rule: Callable[[MediaFacts], VideoFacts], facts: MediaFacts, label: str) -> None:
    try:
        rule(facts)
    except BadMedia as refused:
        raise refused.about(label) from None


async def _gameplay(path: Path, facts: MediaFacts) -> MediaFacts:
    """Facts that can be used: recorders may leave out how long the picture is."""
    if facts.video is not None and not facts.video.seconds:
        (again,) = await probe_each([Look(path, whole=True)])
        facts = _taken(again, "gameplay")
    _refuse(refuse_gameplay, facts, "gameplay")
    return facts


def _picture(timeline: Timeline, folder: Path) -> str:
    """The graph, run in that folder: only there it finds the hook text's file and fonts."""
    hook = None
    top = pane_of(timeline.asked.layout, Shown.TOP)
    if timeline.asked.hook_text and top is not None:
        hook = write_hook(timeline.asked.hook_text, folder, pane=top.box)
    return graph.picture(timeline.shots, timeline.frames, hook)


def _readings(inputs: Sequence[Input]) -> list[str]:
    return [word for one in inputs for word in command.reading(one, threads=1)]


def _quietest(composed: Composed) -> float | None:
    """The least loudness that is no fault; None where silence is none.

    The story's own sound may well pause. What is quieter than it should be was limited as much
    as it may.
    """
    if composed.lufs is None or composed.heard <= {"top"}:
        return None
    return min(content.LOUDNESS_LUFS[0], composed.lufs - _ROUNDED)


def _limits(seconds: float) -> process.Limits:
    """Generous by an order: about 1.1 CPU seconds make a second of Reel (reference, media)."""
    return process.Limits(wall_seconds=120 + 60 * seconds, cpu_seconds=int(60 + 30 * seconds))


def _counter(frames: int, progress: Callable[[Progress], None]) -> Callable[[str], None]:
    """Reads what FFmpeg tells with `-progress`: a line `frame=`, then a line `fps=`."""
    percent = 0.0

    def on_line(line: str) -> None:
        nonlocal percent
        if found := _FRAME.match(line):
            percent = min(100.0 * int(found[1]) / frames, 100.0)
        elif found := _RATE.match(line):
            progress(Progress(percent, float(found[1])))

    return on_line
