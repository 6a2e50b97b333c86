"""Every video provider, as the contract sees it: what its own API answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from clients.video import VideoProvider
from clients.video.luma import Luma
from clients.video.luma_legacy import LumaLegacy
from clients.video.pika import Pika
from clients.video.runway import Runway
from clients.video.terms import read_terms
from schemas.failures import FailureKind
from tests.integration.clients.remotes import Answer, json_answer

KEY = "key-CANARY"
TERMS = read_terms()
JOB = "0b6a1f5e-7d0e-4d8e-9c53-2f5d3c1a7e10"

REFUSED = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.CREDIT_EXHAUSTED,
    403: FailureKind.AUTHENTICATION,
    404: FailureKind.CONFIGURATION,
    405: FailureKind.CONFIGURATION,
    413: FailureKind.BAD_REQUEST,
    422: FailureKind.BAD_REQUEST,
}
"""Answers to an order that refuse it for good, at every provider."""


@dataclass(frozen=True)
class Entry:
    """One job in a provider's list."""

    job_id: str
    prompt: str
    seconds: int
    sent_at: datetime


@dataclass(frozen=True)
class Studio:
    """One provider."""

    make: Callable[[str], VideoProvider]
    order_target: str
    accepted: Answer
    look: Callable[[str], Answer]
    """The answer to a look at a job in a state."""
    completed: tuple[Answer, ...]
    """The answers to one look at a completed job."""
    unreadable: tuple[Answer, ...]
    """Answers to a look that are not this job, or name no file."""
    seconds: int = 5
    aspect: str = "1:1"
    job_id: str = JOB
    order_status: int = 201
    down: frozenset[int] = frozenset()
    """5xx that certainly took no order."""
    page: Callable[[Sequence[Entry], bool], Answer] | None = None
    """A page of the list, and whether it is not the last."""
    cancels: Mapping[int, bool] = field(default_factory=dict)
    """What an answer to a cancellation means."""
    account: Answer | None = None
    """What a check of the key is answered."""


def fal_answer(prompt: str = "https://queue.evil.test") -> Answer:
    job = f"{prompt}/fal-ai/pika/requests/{JOB}"
    return json_answer(
        200,
        {
            "status": "IN_QUEUE",
            "request_id": JOB,
            "response_url": job,
            "status_url": f"{job}/status",
            "cancel_url": f"{job}/cancel",
            "queue_position": 0,
        },
    )


def luma_list(entries: Sequence[Entry], more: bool) -> Answer:  # noqa: FBT001 - one shape for all
    generations = [
        {
            "id": entry.job_id,
            "state": "completed",
            "created_at": entry.sent_at.isoformat(),
            "request": {"prompt": entry.prompt, "duration": f"{entry.seconds}s"},
        }
        for entry in entries
    ]
    return json_answer(200, {"generations": generations, "has_more": more})


def fal_list(entries: Sequence[Entry], more: bool) -> Answer:  # noqa: FBT001 - one shape for all
    items = [
        {
            "request_id": entry.job_id,
            "sent_at": entry.sent_at.isoformat(),
            "json_input": {"prompt": entry.prompt, "duration": entry.seconds},
        }
        for entry in entries
    ]
    cursor = f"after-{items[-1]['request_id']}" if more else None
    return json_answer(200, {"items": items, "next_cursor": cursor, "has_more": more})


STUDIOS = {
    "luma": Studio(
        make=lambda url: Luma(KEY, f"{url}/v1", "ray-3.2", "720p", TERMS.luma),
        order_target="/v1/generations",
        accepted=json_answer(201, {"id": JOB, "state": "queued"}),
        look=lambda word: json_answer(200, {"id": JOB, "state": word}),
        completed=(
            json_answer(
                200,
                {
                    "id": JOB,
                    "state": "completed",
                    "output": [{"type": "video", "url": "https://cdn/1"}],
                },
            ),
        ),
        unreadable=(
            json_answer(200, {"id": "another", "state": "completed"}),
            json_answer(200, {"id": JOB, "state": "completed", "output": []}),
            json_answer(200, {"id": JOB}),
        ),
        down=frozenset({502, 503}),
        account=json_answer(404, {"detail": "Not found"}),
    ),
    "luma legacy": Studio(
        make=lambda url: LumaLegacy(KEY, f"{url}/v1", "ray-2", "720p", TERMS.luma_legacy),
        order_target="/v1/generations/video",
        accepted=json_answer(201, {"id": JOB, "state": "queued"}),
        look=lambda word: json_answer(200, {"id": JOB, "state": word}),
        completed=(
            json_answer(
                200, {"id": JOB, "state": "completed", "assets": {"video": "https://cdn/1"}}
            ),
        ),
        unreadable=(
            json_answer(200, {"id": "another", "state": "completed"}),
            json_answer(200, {"id": JOB, "state": "completed", "assets": None}),
            json_answer(200, {"id": JOB, "state": None}),
        ),
        page=luma_list,
        account=json_answer(200, {"credit_balance": 1250.0}),
    ),
    "runway": Studio(
        make=lambda url: Runway(KEY, url, "gen4.5", TERMS.runway),
        order_target="/v1/text_to_video",
        accepted=json_answer(200, {"id": JOB, "estimatedCost": {"credits": 60}}),
        look=lambda word: json_answer(200, {"id": JOB, "status": word}),
        completed=(
            json_answer(
                200,
                {
                    "id": JOB,
                    "status": "SUCCEEDED",
                    "output": ["https://cdn/1"],
                    "cost": {"credits": 60},
                },
            ),
        ),
        unreadable=(
            json_answer(200, {"id": "another", "status": "SUCCEEDED"}),
            json_answer(200, {"id": JOB, "status": "SUCCEEDED", "output": []}),
            json_answer(200, {"id": JOB, "status": 7}),
        ),
        aspect="9:16",
        order_status=200,
        down=frozenset({502, 503}),
        cancels={204: True, 404: False},
        account=json_answer(200, {"creditBalance": 4200, "tier": {}, "usage": {}}),
    ),
    "pika": Studio(
        make=lambda url: Pika(KEY, f"{url}/fal", f"{url}/fal/v1", "720p", TERMS.pika),
        order_target="/fal/fal-ai/pika/v2.2/text-to-video",
        accepted=fal_answer(),
        look=lambda word: json_answer(202, {"status": word, "queue_position": 1}),
        completed=(
            json_answer(200, {"status": "COMPLETED", "logs": None}),
            json_answer(200, {"video": {"url": "https://cdn/1", "content_type": "video/mp4"}}),
        ),
        unreadable=(json_answer(200, {"status": 7}), json_answer(200, {"detail": "?"})),
        job_id=f"fal-ai/pika/requests/{JOB}",
        order_status=200,
        down=frozenset({503}),
        page=fal_list,
        cancels={202: True, 400: False, 404: False},
        account=fal_list((), False),  # noqa: FBT003 - one shape for all
    ),
}
