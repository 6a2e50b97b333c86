"""How far a long command is: a bar in a terminal, a line for each fifth elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

NEWS_PERCENT = 20.0
"""How much further a task must be for another line."""


class Bar:
    """Shows one task at a time while it is entered; `say` leaves a line above it."""

    def __init__(self, console: Console | None = None) -> None:
        """Show on standard output when no console is given."""
        self._console = console or Console(highlight=False)
        self._live: Progress | None = None
        self._task: TaskID | None = None
        self._what = ""
        self._told = 0.0

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._live = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away; what was said stays."""
        if self._live is not None:
            self._live.stop()

    def begin(self, what: str) -> None:
        """Go on with another task, at 0 per cent."""
        self._what, self._told = what, 0.0
        if self._live is not None:
            if self._task is not None:
                self._live.remove_task(self._task)
            self._task = self._live.add_task(what, total=100.0)

    def at(self, percent: float) -> None:
        """Say how far the task is."""
        if self._live is not None and self._task is not None:
            self._live.update(self._task, completed=percent)
        elif percent >= self._told + NEWS_PERCENT:
            self._told = percent
            self.say(f"{self._what}: {percent:.0f} %")

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(line, soft_wrap=True, markup=False)
