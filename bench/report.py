"""Tables for a person to read, the same in a terminal and in a document."""

from collections.abc import Iterable, Mapping, Sequence

from bench.comparing import Comparison
from bench.designs import Design
from bench.measuring import Cost
from bench.points import Point
from bench.queue_load import Load


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with even columns."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    return "\n".join(
        [shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]]
    )


def compared(comparison: Comparison) -> str:
    """Every design of one kind: cost, ratios, quality, size."""
    head = (
        *(str(comparison.kind), "CPU s", "/ source", "/ encoder", "/ MoviePy"),
        *("peak MB", "Mbit/s", "VMAF", "SSIM"),
    )
    return table(head, [_row(comparison, design) for design in Design])


def spent(stages: Mapping[str, Mapping[str, float]]) -> str:
    """CPU seconds by stage, a column for each way."""
    names = list(next(iter(stages.values())))
    rows = [[name, *(f"{way[name]:.2f}" for way in stages.values())] for name in names]
    rows.append(["together", *(f"{sum(way.values()):.2f}" for way in stages.values())])
    return table(["CPU s by stage", *stages], rows)


def grown(costs: Mapping[int, Cost]) -> str:
    """Cost by length."""
    rows = [
        [
            str(seconds),
            f"{cost.cpu_seconds:.2f}",
            f"{cost.cpu_seconds / seconds:.3f}",
            f"{cost.peak_mb:.0f}",
        ]
        for seconds, cost in costs.items()
    ]
    return table(["seconds", "CPU s", "CPU s a second", "peak MB"], rows)


def loaded(load: Load) -> str:
    """The queue's page under decisions."""
    head = ("pages", "p50 ms", "p95 ms", "max ms", "decisions a second", "left waiting")
    times = [f"{load.at(percent):.0f}" for percent in (50, 95, 100)]
    rate = f"{load.decisions_a_second:.1f}"
    return table(head, [[str(len(load.pages_ms)), *times, rate, str(load.waiting)]])


def _row(comparison: Comparison, design: Design) -> list[str]:
    cost, quality = comparison.cost(design), comparison.quality.get(design)
    ratios = [
        f"{comparison.ratio(design, other):.3f}"
        for other in (Design.SOURCE, Design.FLOOR, Design.MOVIEPY)
    ]
    judged = [f"{quality.vmaf:.2f}", f"{quality.ssim:.4f}"] if quality else ["", ""]
    return [
        *(str(design), f"{cost.cpu_seconds:.2f}", *ratios, f"{cost.peak_mb:.0f}"),
        *(f"{comparison.megabits(design):.2f}", *judged),
    ]


def settings_table(points: Sequence[Point], kinds: Sequence[str]) -> str:
    """What each setting gives on each kind."""
    seen = dict.fromkeys((one.line, one.preset, one.crf) for one in points)
    rows = []
    for line, preset, crf in seen:
        cells = [
            _cell(one)
            for kind in kinds
            for one in points
            if (one.kind, one.line, one.preset, one.crf) == (kind, line, preset, crf)
        ]
        rows.append([line, preset, f"{crf:g}", *cells])
    return table(["setting", "preset", "crf", *kinds], rows)


def _cell(point: Point) -> str:
    size = f"{point.cpu_seconds:.2f} s, {point.megabits:.1f} Mbit"
    return f"{size}, {point.vmaf:.1f}, {point.ssim:.4f}"
