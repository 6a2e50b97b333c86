"""Comparisons as they might come out."""

from collections.abc import Mapping
from types import MappingProxyType

from bench.comparing import Comparison
from bench.designs import Design
from bench.footage import Kind
from bench.measuring import Cost
from bench.quality import Quality

SECONDS_OF = {
    Design.POOL: 2.0,
    Design.RAW: 3.0,
    Design.FLOOR: 1.6,
    Design.SOURCE: 8.0,
    Design.MOVIEPY: 20.0,
}


def comparison(
    kind: Kind = Kind.FLAT, other: Mapping[str, float] = MappingProxyType({})
) -> Comparison:
    """One that meets every target, but for the CPU seconds given by a design's name."""
    cpu = {one: other.get(one.name, seconds) for one, seconds in SECONDS_OF.items()}
    return Comparison(
        kind,
        seconds=8,
        costs={design: [Cost(seconds, 400.0)] * 3 for design, seconds in cpu.items()},
        posters=[Cost(0.1, 50.0)] * 3,
        quality=dict.fromkeys((Design.POOL, Design.RAW, Design.SOURCE), Quality(98.0, 0.98)),
        megabytes=dict.fromkeys(Design, 5.0),
    )
