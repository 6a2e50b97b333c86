"""Ours beside the others, in rounds: each design once in each, so that all meet the same load."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

from bench.designs import Design, Race
from bench.footage import Kind
from bench.measuring import Cost, paired, size_mb, typical
from bench.quality import Quality, judge

ROUNDS = 3
SLOW_ROUNDS = 1
"""Of MoviePy, whose distance is larger than any noise."""
OURS = (Design.POOL, Design.RAW)


@dataclass
class Comparison:
    """What came out for one kind of footage."""

    kind: Kind
    seconds: int
    costs: dict[Design, list[Cost]] = field(default_factory=dict)
    posters: list[Cost] = field(default_factory=list)
    quality: dict[Design, Quality] = field(default_factory=dict)
    megabytes: dict[Design, float] = field(default_factory=dict)

    def ratio(self, ours: Design, theirs: Design) -> float:
        """CPU seconds of one to another's, paired by rounds."""
        return paired(self.costs[ours], self.costs[theirs])

    def cost(self, design: Design) -> Cost:
        """What a design took."""
        return typical(self.costs[design])

    @property
    def poster_ratio(self) -> float:
        """The poster's CPU seconds to the source command's."""
        return paired(self.posters, self.costs[Design.SOURCE])

    def bytes_ratio(self, ours: Design) -> float:
        """Size to the source command's."""
        return self.megabytes[ours] / self.megabytes[Design.SOURCE]

    def megabits(self, design: Design) -> float:
        """A second."""
        return self.megabytes[design] * 8 / self.seconds


def compare(race: Race, rounds: int, tell: Callable[[str], None]) -> Comparison:
    """Run the rounds, then judge what was made. Raises MeasuringFailed."""
    result = Comparison(race.footage.kind, race.seconds)
    for number in range(rounds):
        for design in order(number):
            cost = race.run(design)
            result.costs.setdefault(design, []).append(cost)
            tell(f"  round {number + 1}: {design}: {cost.cpu_seconds:.2f} CPU s")
        result.posters.append(race.poster())
    for design in Design:
        result.megabytes[design] = size_mb(race.out(design))
        if design is not Design.FLOOR:
            result.quality[design] = judge(
                race.out(design), race.truth(design), race.judged_seconds[design]
            )
    race.forget_truth()
    return result


def order(number: int) -> list[Design]:
    """Whose turn it is: the neighbours change, so that nobody always follows the same."""
    quick = [Design.POOL, Design.SOURCE, Design.RAW, Design.FLOOR]
    turned = chain(quick[number % len(quick) :], quick[: number % len(quick)])
    return [*turned, *([Design.MOVIEPY] if number < SLOW_ROUNDS else [])]
