"""What may go wrong at the demo's first provider: `make demo FAULT=...`.

The names are the same for every provider; what each of them answers then is its own. See
docs/providers.md for what comes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

ORDERS = {"luma": "create_generation", "runway": "create_task", "pika": "submit"}
"""The operation of the simulators that buys a clip, by provider; the providers there are."""

LOOKS = {"luma": "get_generation", "runway": "get_task", "pika": "get_status"}
DOWNLOADS = dict.fromkeys(ORDERS, "download")
SERVICES = {"luma": "luma", "runway": "runway", "pika": "fal"}

ALWAYS = 1000


@dataclass(frozen=True)
class Fault:
    """One way to fail."""

    sentence: str
    at: Mapping[str, str]
    """The operation, by provider."""
    kind: str
    times: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    of_provider: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Options that differ, by provider."""


def _refused(sentence: str, times: int = ALWAYS, **status: Any) -> Fault:  # noqa: ANN401 - options
    return Fault(sentence, ORDERS, "status", times, status)


def _failed(sentence: str, times: int, **codes: str) -> Fault:
    options = {provider: {"failure_code": code} for provider, code in codes.items()}
    return Fault(sentence, ORDERS, "fail", times, of_provider=options)


_CREDITS = {"error": "You do not have enough credits to run this task."}
_BALANCE = {"detail": "User is locked. Reason: Exhausted balance."}

FAULTS: Mapping[str, Fault] = {
    "hang": Fault("an order is accepted and never answered", ORDERS, "execute-then-hang"),
    "reset": Fault("an order is accepted and the connection reset", ORDERS, "execute-then-reset"),
    "busy": _refused("an order comes too early", 1, status=429, headers={"retry-after": "5"}),
    "down": _refused("no order is taken: the service is down", status=503),
    "no-credit": Fault(
        "no order is taken: the credit is used up",
        ORDERS,
        "status",
        ALWAYS,
        of_provider={
            "luma": {"status": 402},
            "runway": {"status": 400, "body": _CREDITS},
            "pika": {"status": 403, "body": _BALANCE},
        },
    ),
    "bad-key": _refused("no order is taken: the key is wrong", status=401),
    "moderation": _failed(
        "moderation refuses a shot once",
        1,
        luma="content_moderated",
        runway="SAFETY.INPUT.TEXT",
        pika="content_policy_violation",
    ),
    "failed": _failed(
        "every job fails",
        ALWAYS,
        luma="generation_failed",
        runway="INTERNAL.BAD_OUTPUT.CODE01",
        pika="internal_server_error",
    ),
    "odd-state": Fault("a job is in a state that nobody knows", LOOKS, "odd-state", 3),
    "expired": Fault("the address of a file has expired", DOWNLOADS, "expired"),
    "truncated": Fault("half of a file comes", DOWNLOADS, "short"),
    "html": Fault("a page comes in a file's place", DOWNLOADS, "html"),
    "html-always": Fault("a page comes in every file's place", DOWNLOADS, "html", ALWAYS),
}


async def arm(url: str, provider: str, fault: Fault) -> None:
    """Make the simulated provider fail. Again: it fails once more."""
    wish = {
        "service": SERVICES[provider],
        "op": fault.at[provider],
        "kind": fault.kind,
        "times": fault.times,
        **fault.options,
        **fault.of_provider.get(provider, {}),
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.post(f"{url}/_faults", json=wish)).raise_for_status()
