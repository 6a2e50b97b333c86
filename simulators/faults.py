"""Faults that a test arms: what goes wrong with the next calls of an operation."""

from dataclasses import asdict, dataclass, field
from typing import Any

GENERAL = frozenset(
    {
        "refuse",  # the connection is reset, and nothing has happened
        "hang",  # no answer, and nothing has happened
        "execute-then-hang",  # it happened, and there is no answer
        "execute-then-reset",  # it happened, and the connection is reset
        "status",  # an HTTP answer of the test's choice; `after_effect`: it happened all the same
        "delay",  # the normal answer, `seconds` late
        "truncate",  # it happened; the body stops half-way
        "slow",  # the normal answer, its body spread over `seconds`
    }
)

MODES = frozenset(
    {
        "second-commit",
        "gullible",
        "read-outage",
        "throttle",
        "usage",
        "quota",
        "decoys",
        "wrapped",
        "consent",
    }
)
"""Kinds that stay until they are cleared; of several that suit a call, the newest holds."""
EVERY = "any"
"""The operation that a mode of a whole service is armed for."""


class UnknownFault(Exception):
    """No such service, operation, kind or option; the message lists what there is."""


@dataclass
class Fault:
    """One armed fault."""

    service: str
    op: str
    kind: str
    times: int = 1
    """How many calls it still meets."""
    skip: int = 0
    """How many calls pass before."""
    options: dict[str, Any] = field(default_factory=dict)
    armed_at: float = 0.0
    """When, by the simulators' clock."""

    @property
    def after_effect(self) -> bool:
        """Whether the call takes effect before it goes wrong."""
        return self.kind.startswith("execute") or bool(self.options.get("after_effect"))

    def seconds(self, default: float) -> float:
        """How long it hangs, delays or drips."""
        return float(self.options.get("seconds", default))


class Faults:
    """The armed faults, oldest first. They don't outlive the process; what they did does."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def know(self, service: str, op: str, own_kinds: frozenset[str] = frozenset()) -> None:
        """Declare an operation and the kinds that only it understands; again adds to them."""
        self._known[service, op] = self._known.get((service, op), GENERAL) | own_kinds

    def know_modes(self, service: str, modes: frozenset[str]) -> None:
        """Declare modes of a service as a whole: they are armed for the operation `any`."""
        self._known[service, EVERY] = self._known.get((service, EVERY), frozenset()) | modes

    def arm(self, wish: dict[str, Any], now: float = 0.0) -> Fault:
        """Arm what a `POST /_faults` asks for. Raises UnknownFault."""
        options = {key: value for key, value in wish.items() if key not in Fault.__annotations__}
        options.update(wish.get("options", {}))
        service, op = str(wish.get("service")), str(wish.get("op"))
        if (service, op) not in self._known:
            known = ", ".join(sorted(f"{one}/{two}" for one, two in self._known))
            raise UnknownFault(f"no operation {service}/{op}; there are: {known}")
        kind = str(wish.get("kind")).replace("_", "-")
        if kind not in self._known[service, op]:
            known = ", ".join(sorted(self._known[service, op]))
            raise UnknownFault(f"no kind {kind!r} for {service}/{op}; there are: {known}")
        times, skip = int(wish.get("times", 1)), int(wish.get("skip", 0))
        fault = Fault(service, op, kind, times, skip, options, now)
        self.armed.append(fault)
        return fault

    def take(self, service: str, op: str) -> Fault | None:
        """Use up one call of the oldest fault that is armed for this operation."""
        for fault in self.armed:
            if (fault.service, fault.op) != (service, op) or fault.kind in MODES:
                continue
            if fault.skip:
                fault.skip -= 1
                return None
            fault.times -= 1
            if fault.times <= 0:
                self.armed.remove(fault)
            return fault
        return None

    def mode(self, service: str, op: str, kind: str, user: str = "") -> Fault | None:
        """The newest armed mode of a kind: it isn't used up.

        One that is armed with the option `user` is for that account alone.
        """
        for fault in reversed(self.armed):
            if (fault.service, fault.op, fault.kind) != (service, op, kind):
                continue
            if str(fault.options.get("user", user)) == user:
                return fault
        return None

    def clear(self, wanted: dict[str, str]) -> None:
        """Disarm all, or those whose `service`, `op`, `kind` are as wanted."""
        self.armed[:] = [
            fault
            for fault in self.armed
            if any(getattr(fault, name, None) != value for name, value in wanted.items())
        ]

    def listed(self) -> list[dict[str, Any]]:
        """What is still armed."""
        return [asdict(fault) for fault in self.armed]
