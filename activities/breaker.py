"""A provider that keeps failing is left alone for a while, so that days go to the next at once.

Only orders are held back: a job that runs is paid for, and is looked at all the same.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from circuitbreaker import CircuitBreaker

from clients.errors import ClientError, Retryable
from schemas.failures import FailureKind

FAILURES = 5
"""Orders in a row that fail before a provider is left alone."""

SECONDS_OPEN = 60
"""How long it is left alone; then one order tries it again."""

_TROUBLE = frozenset({FailureKind.UNAVAILABLE, FailureKind.OUTCOME_UNKNOWN})

Report = Callable[[str, bool], None]
"""Told a provider and whether it is left alone."""


class Breakers:
    """One circuit breaker for each provider, in one worker process."""

    def __init__(
        self, report: Report, *, failures: int = FAILURES, seconds_open: int = SECONDS_OPEN
    ) -> None:
        """Every circuit is closed: orders pass."""
        self._report = report
        self._failures = failures
        self._seconds_open = seconds_open
        self._breakers: dict[str, CircuitBreaker] = {}

    @contextmanager
    def order(self, provider: str) -> Iterator[None]:
        """Let one order through, and count how it went.

        Raises Retryable, and nothing is sent, while the provider is left alone.
        """
        breaker = self._breaker(provider)
        if breaker.opened:
            raise Retryable(
                provider,
                FailureKind.UNAVAILABLE,
                f"its last {self._failures} orders failed, so it is left alone for "
                f"{breaker.open_remaining:.0f} s more; nothing was sent",
            )
        try:
            with breaker:
                yield
        finally:
            self._report(provider, bool(breaker.opened))

    def _breaker(self, provider: str) -> CircuitBreaker:
        if provider not in self._breakers:
            self._breakers[provider] = CircuitBreaker(
                failure_threshold=self._failures,
                recovery_timeout=self._seconds_open,
                expected_exception=_is_trouble,
                name=provider,
            )
        return self._breakers[provider]


def _is_trouble(_kind: type[BaseException], error: BaseException) -> bool:
    """Whether a failure says something about the provider, not about one order."""
    return isinstance(error, ClientError) and error.kind in _TROUBLE
