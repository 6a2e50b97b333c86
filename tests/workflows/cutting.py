"""FFmpeg for days that are about something else: what it makes are a few bytes, at once."""

from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from clients.ffmpeg import Checked, Composed, Composition, FFmpeg, MediaFacts, Progress
from schemas.composition import Layout
from tests.workflows.cast import Gate

TRIMMED, SHRUNK = b"trimmed ", b"shrunk "
"""What files that were made anew begin with."""


class QuickFFmpeg(FFmpeg):
    """Composes bytes at once; `cuts` tells what was asked for, `troubles` are raised first.

    A Reel as it was composed breaks the rules in `broken`, lasts `seconds`, and has as many
    bytes as it has, or `large`. `trim` makes it last `cut_to`; what `shrink` makes has so much
    `similarity`. `recuts` are the limits that were asked for, of seconds or bytes;
    `recut_troubles` are raised first.
    """

    def __init__(self, work_dir: Path) -> None:
        super().__init__(executable=get_ffmpeg_exe(), threads=1, work_dir=work_dir)
        for name, value in {
            "cuts": [],
            "gates": [],
            "troubles": deque(),
            "broken": {},
            "seconds": 20.0,
            "cut_to": 19.9,
            "large": None,
            "similarity": 0.99,
            "recuts": [],
            "recut_troubles": deque(),
        }.items():
            self.pretend(name, value)

    cuts: list[Composition]
    gates: list[Gate]
    troubles: deque[Exception]
    broken: Mapping[str, str]
    seconds: float
    cut_to: float
    large: int | None
    similarity: float
    recuts: list[float]
    recut_troubles: deque[Exception]

    def pretend(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    async def compose(
        self, asked: Composition, *, out: Path, progress: Callable[[Progress], None]
    ) -> Composed:
        self.cuts.append(asked)
        for gate in self.gates:
            await gate.stop()
        progress(Progress(50.0))
        if self.troubles:
            raise self.troubles.popleft()
        out.write_bytes(b"reel" + b"".join(top.read_bytes() for top in asked.tops))
        size = out.stat().st_size
        return Composed(asked, MediaFacts(container="mov", bytes=size, seconds=20.0, streams=2))

    async def examine(self, reel: Path, composed: Composed) -> None:
        assert reel.stat().st_size == composed.facts.bytes

    async def poster(self, reel: Path, composed: Composed, *, out: Path) -> float:
        out.write_bytes(b"poster" + reel.read_bytes())
        return composed.facts.seconds / 10

    async def still(self, reel: Path, seconds: float, *, out: Path) -> None:
        out.write_bytes(f"still at {seconds} ".encode() + reel.read_bytes())

    async def check(self, reel: Path) -> Checked:
        made_anew = reel.read_bytes().startswith((TRIMMED, SHRUNK))
        return Checked({} if made_anew else self.broken, self._facts(reel))

    async def trim(self, reel: Path, seconds: float, *, out: Path) -> MediaFacts:
        return self._recut(TRIMMED, reel, seconds, out)

    async def shrink(
        self, reel: Path, most_bytes: int, *, out: Path, progress: Callable[[Progress], None]
    ) -> MediaFacts:
        progress(Progress(50.0))
        return self._recut(SHRUNK, reel, most_bytes, out)

    async def likeness(self, before: Path, after: Path) -> float:
        assert before != after
        return self.similarity

    async def spoilt(self, before: Path, after: Path, layout: Layout) -> list[str]:
        assert before != after
        assert layout
        return []

    def _recut(self, how: bytes, reel: Path, limit: float, out: Path) -> MediaFacts:
        self.recuts.append(limit)
        if self.recut_troubles:
            raise self.recut_troubles.popleft()
        out.write_bytes(how + reel.read_bytes())
        return self._facts(out)

    def _facts(self, reel: Path) -> MediaFacts:
        content = reel.read_bytes()
        seconds = self.cut_to if TRIMMED in content else self.seconds
        size = len(content) if self.large is None or SHRUNK in content else self.large
        return MediaFacts(container="mov", bytes=size, seconds=seconds, streams=2)
