"""What Prometheus may ask a worker: calls that cost, money, circuits, refusals.

They count what this process did since it started; the ledger `api_usage_logs` is the truth.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server

from runtime.exits import InputError

REGISTRY = CollectorRegistry()

CALLS = Counter(
    "reels_calls",
    "Calls that may cost, by how they ended",
    ("service", "operation", "outcome"),
    registry=REGISTRY,
)
SPENT = Counter(
    "reels_spent_micros", "Micro-dollars that calls cost", ("service",), registry=REGISTRY
)
CIRCUIT = Gauge(
    "reels_provider_circuit_open",
    "1 while nothing is ordered from the video provider",
    ("provider",),
    registry=REGISTRY,
)
REFUSALS = Counter(
    "reels_budget_refusals",
    "Calls that were not made because they would pass a limit",
    ("limit",),
    registry=REGISTRY,
)


def call_ended(service: str, operation: str, outcome: str, cost_micros: int = 0) -> None:
    """Count one call. `outcome` is one of a few words, never a message."""
    CALLS.labels(service, operation, outcome).inc()
    SPENT.labels(service).inc(cost_micros)


def budget_refused(limit: str) -> None:
    """Count a call that was not made. `limit` is day, month, account_day or account_month."""
    REFUSALS.labels(limit).inc()


def circuit(provider: str, *, is_open: bool) -> None:
    """Show whether orders to a provider are held back."""
    CIRCUIT.labels(provider).set(int(is_open))


@contextmanager
def served(host: str, port: int | None) -> Iterator[None]:
    """Answer `GET /metrics` there meanwhile; without a port, not at all.

    Raises InputError that names the settings when the port can't be had.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, addr=host, registry=REGISTRY)
    except OSError as error:
        raise InputError(
            f"METRICS_HOST {host}, METRICS_PORT {port} can't be listened on ({error.strerror}): "
            "choose others, and another port for each worker on one machine"
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
