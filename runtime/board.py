"""A day's steps on the screen: a live table in a terminal, a line for each news elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from schemas.day import StepProgress, StepState

NEWS_PERCENT = 20
"""How much further a step must be for another line."""

_MARKS = {
    StepState.RUNNING: ("…", "cyan"),
    StepState.WAITING: ("◷", "yellow"),
    StepState.DONE: ("✓", "green"),
    StepState.FAILED: ("✗", "red"),
}


class Board:
    """Shows steps while it is entered; what it showed last stays on the screen.

    Entered again, it shows what was not finished by then.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Show on standard output when no console is given."""
        self._console = console or Console(highlight=False)
        self._live: Live | None = None
        self._told: dict[str, tuple[StepState, float]] = {}
        self._steps: tuple[StepProgress, ...] = ()
        self._finished: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last table on the screen."""
        if self._live:
            self._live.stop()
            self._live = None
        self._finished = frozenset(step.name for step in self._steps if step.ended_at)

    def show(self, steps: Iterable[StepProgress], percents: Mapping[str, float]) -> None:
        """Show the steps as they stand; `percents` by step name, where known."""
        self._steps = tuple(steps)
        if self._live:
            news = (step for step in self._steps if step.name not in self._finished)
            self._live.update(_table(news, percents), refresh=True)
            return
        for step in self._steps:
            self._tell(step, percents.get(step.name, 0))

    def _tell(self, step: StepProgress, percent: float) -> None:
        state, before = self._told.get(step.name, (None, 0.0))
        if state is step.state and percent < before + NEWS_PERCENT:
            return
        self._told[step.name] = (step.state, percent)
        far = f"{percent:.0f} %" if percent else ""
        line = f"{step.name:<32} {step.state.value:<8} {seconds(step):7.1f} s  {far}{step.detail}"
        self._console.print(line.rstrip(), soft_wrap=True, markup=False)


def seconds(step: StepProgress) -> float:
    """How long a step took, or has been running."""
    return ((step.ended_at or datetime.now(UTC)) - step.started_at).total_seconds()


def _table(steps: Iterable[StepProgress], percents: Mapping[str, float]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=1)
    table.add_column(min_width=32, no_wrap=True)
    table.add_column(min_width=8)
    table.add_column(justify="right", min_width=9)
    table.add_column(justify="right", min_width=5)
    table.add_column(overflow="fold")
    for step in steps:
        mark, colour = _MARKS[step.state]
        percent = percents.get(step.name)
        table.add_row(
            f"[{colour}]{mark}[/]",
            step.name,
            f"[{colour}]{step.state.value}[/]",
            f"{seconds(step):.1f} s",
            "" if percent is None else f"{percent:.0f} %",
            f"[{colour if step.state is StepState.WAITING else 'red'}]{step.detail}[/]"
            if step.detail
            else "",
        )
    return table
