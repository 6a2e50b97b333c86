"""What the checks and repairs of a file are given to run FFmpeg with."""

from collections.abc import Awaitable, Callable
from typing import Protocol


class Run(Protocol):
    """Runs FFmpeg with these arguments, under limits, to success.

    Returns the end of stderr; raises BadMedia, Retryable or Refused for a failure.
    """

    def __call__(
        self, argv: list[str], on_line: Callable[[str], None] | None = None
    ) -> Awaitable[str]:
        """`on_line` gets each line of stdout."""
