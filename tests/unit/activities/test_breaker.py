import pytest

from activities.breaker import Breakers
from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from schemas.failures import FailureKind

DOWN = Retryable("luma", FailureKind.UNAVAILABLE, "down")
LOST = OutcomeUnknown("luma", "no answer")


class Circuits:
    """Breakers that open after two failures, and what they reported."""

    def __init__(self, seconds_open: int = 60) -> None:
        self.told: list[tuple[str, bool]] = []
        self.breakers = Breakers(
            lambda name, is_open: self.told.append((name, is_open)),
            failures=2,
            seconds_open=seconds_open,
        )

    def order(self, provider: str = "luma", failure: Exception | None = None) -> None:
        with self.breakers.order(provider):
            if failure is not None:
                raise failure

    def failing(self, failure: Exception, times: int = 2) -> None:
        for _ in range(times):
            with pytest.raises(type(failure)):
                self.order(failure=failure)


@pytest.mark.parametrize("trouble", [DOWN, LOST])
def test_a_provider_that_keeps_failing_is_left_alone(trouble: ClientError) -> None:
    circuits = Circuits()
    circuits.failing(trouble)

    with pytest.raises(Retryable, match="left alone") as refusal:
        circuits.order(failure=AssertionError("it was asked"))
    assert refusal.value.kind is FailureKind.UNAVAILABLE
    assert circuits.told == [("luma", False), ("luma", True)]


def test_another_provider_is_asked_meanwhile() -> None:
    circuits = Circuits()
    circuits.failing(DOWN)

    circuits.order("runway")
    assert circuits.told[-1] == ("runway", False)


@pytest.mark.parametrize(
    "kind", [FailureKind.BAD_REQUEST, FailureKind.MODERATED, FailureKind.RATE_LIMITED]
)
def test_an_order_s_own_fault_is_none_of_the_provider_s(kind: FailureKind) -> None:
    circuits = Circuits()

    circuits.failing(Refused("luma", kind, "no"), times=5)
    circuits.order()


def test_one_good_order_in_between_keeps_the_circuit_closed() -> None:
    circuits = Circuits()
    for _ in range(3):
        circuits.failing(DOWN, times=1)
        circuits.order()
    assert circuits.told[-1] == ("luma", False)


def test_after_its_time_one_order_tries_again() -> None:
    circuits = Circuits(seconds_open=-1)
    circuits.failing(DOWN)

    circuits.order()
    assert circuits.told[-1] == ("luma", False)
