"""A plain table on standard output."""

import sys
from collections.abc import Sequence

UNBOUNDED = 10_000
"""Columns for a pipe or a file: lines there are as long as they are."""


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Print rows under headings, or the sentence `empty` when there are none.

    Nothing is cut: the first column, an id, stays on one line, and the others are folded.
    """
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only needed here
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        print(empty)
        return
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else UNBOUNDED).print(table)
