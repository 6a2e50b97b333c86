"""Quality against CPU: the encoder alone over presets, crf and single settings, on each kind.

What is measured is kept in docs/performance.csv, from which the plot is drawn.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.designs import RAW, Design, Race
from bench.footage import Kind, footage
from bench.measuring import QUIET, Cost, measure, size_mb
from bench.ours import WORKER_THREADS
from bench.packages import packages
from bench.points import Point, write
from bench.quality import Quality, judge
from clients.ffmpeg import command, normalise
from runtime.settings import ROOT

_PLOT = Path(__file__).with_name("plot.py")
TABLE = ROOT / "docs" / "performance.csv"
PICTURE = TABLE.with_suffix(".svg")
_BELOW = "crop=1080:768:0:1152"
_RUNS = 3
SECONDS = 2
"""A whole group of pictures."""
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "medium")
PRESET_CRF = (20.0, 23.0, 26.0)
AS_IT_IS = "preset"
CHOSEN = "chosen"
POOL = "pool"
POOL_CRF = (14.0, 16.0, 18.0, 20.0)


@dataclass(frozen=True)
class Setting:
    """One way to code: which line of the plot it belongs to, and what is other than in ours."""

    line: str
    preset: str
    crf: float
    params: str


def settings() -> Iterator[Setting]:
    """Every setting that is measured."""
    for name in PRESETS:
        for step in PRESET_CRF:
            yield Setting(AS_IT_IS, name, step, "")
    preset, crf, params = chosen()
    for step in (-2.0, -1.0, 0.0, 1.0, 2.0):
        yield Setting(CHOSEN, preset, crf + step, params)
    for line, other in OTHERWISE.items():
        yield Setting(line, preset, crf, _changed(params, other))


OTHERWISE = {
    "mbtree=0": "mbtree=0",
    "rc-lookahead=10": "rc-lookahead=10",
    "rc-lookahead=40": "rc-lookahead=40",
    "b-adapt=1": "b-adapt=1",
    "b-pyramid=normal": "b-pyramid=normal",
    "no-fast-pskip=0": "no-fast-pskip=0",
    "aq-mode=1": "aq-mode=1",
    "aq-mode=2": "aq-mode=2",
    "aq-strength=0.6": "aq-strength=0.6",
    "aq-strength=1.3": "aq-strength=1.3",
    "usual dead zones": "deadzone-inter=21:deadzone-intra=11",
    "deblock=0,0": "deblock=0,0",
    "bframes=1": "bframes=1",
    "subme=2": "subme=2",
    "weightp=0": "weightp=0",
    "cabac=0": "cabac=0",
}
"""One setting changed at a time, by what it is called in the docs."""


def chosen() -> tuple[str, float, str]:
    """Preset, crf and parameters as the product has them."""
    words = command.coding(WORKER_THREADS)
    preset, crf, params = (
        words[words.index(name) + 1] for name in ("-preset", "-crf", "-x264-params")
    )
    return preset, float(crf), params


def measure_curve(folder: Path, tell: Callable[[str], None]) -> None:
    """Code each kind's composed pictures with every setting; keep and draw what comes out."""
    points = []
    for kind in Kind:
        race = Race(footage(kind, folder), SECONDS, folder, {})
        race.forget_truth()
        truth = race.truth(Design.RAW)
        for setting in settings():
            points.append(_point(kind, setting, truth, folder / "curve.mp4"))
            tell(f"  {kind} {setting.line} {setting.preset} {setting.crf:g}: {points[-1].vmaf:.2f}")
        points += _pool_points(kind, truth, folder)
        race.forget_truth()
    write(points, TABLE)
    draw(folder)


def draw(folder: Path) -> None:
    """Draw docs/performance.svg from the table that is kept."""
    measure([sys.executable, str(_PLOT), str(TABLE), str(PICTURE), *Kind], packages(folder))


def _point(kind: Kind, setting: Setting, truth: Path, out: Path) -> Point:
    argv = [*QUIET, *RAW, "-i", str(truth), *_coding(setting), "-f", "mp4", str(out)]
    cost = _least([measure(argv) for _ in range(_RUNS)])
    return _told(kind, setting, cost, out, judge(out, truth, SECONDS))


def _pool_points(kind: Kind, truth: Path, folder: Path) -> list[Point]:
    """What the pool's crf keeps of the gameplay's pane, and what it costs a Reel to read."""
    pane, out = folder / "pane.mkv", folder / "pooled.mp4"
    measure([*QUIET, *RAW, "-i", str(truth), "-vf", _BELOW, "-c:v", "ffv1", str(pane)])
    points = []
    for crf in POOL_CRF:
        coding = _with(normalise.CODING, crf)
        measure([*QUIET, "-i", str(pane), *coding, str(out)])
        reading = [*QUIET, "-threads", "1", "-i", str(out), "-f", "null", "-"]
        cost = _least([measure(reading) for _ in range(_RUNS)])
        setting = Setting(POOL, coding[coding.index("-preset") + 1], crf, "")
        points.append(_told(kind, setting, cost, out, judge(out, pane, SECONDS)))
    return points


def _least(costs: Sequence[Cost]) -> Cost:
    """Whatever else runs on the machine makes a run dearer, never cheaper."""
    return min(costs, key=lambda cost: cost.cpu_seconds)


def _with(coding: Sequence[str], crf: float) -> list[str]:
    words = list(coding)
    words[words.index("-crf") + 1] = f"{crf:g}"
    return words


def _told(kind: Kind, setting: Setting, cost: Cost, out: Path, quality: Quality) -> Point:
    return Point(
        kind=kind,
        **asdict(setting),
        cpu_seconds=round(cost.cpu_seconds / SECONDS, 3),
        megabits=round(size_mb(out) * 8 / SECONDS, 2),
        vmaf=round(quality.vmaf, 2),
        ssim=round(quality.ssim, 4),
        peak_mb=round(cost.peak_mb),
    )


def _coding(setting: Setting) -> list[str]:
    """The product's options with this preset, crf and parameters in the place of its own."""
    words = _with(command.coding(WORKER_THREADS), setting.crf)
    words[words.index("-preset") + 1] = setting.preset
    at = words.index("-x264-params")
    if setting.params:
        words[at + 1] = setting.params
    else:
        del words[at : at + 2]
    return words


def _changed(params: str, other: str) -> str:
    """Parameters with some of them set otherwise."""
    pairs = dict(pair.split("=") for pair in (*params.split(":"), *other.split(":")))
    return ":".join(f"{name}={value}" for name, value in pairs.items())
