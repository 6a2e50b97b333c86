"""Account-days with everything remote simulated, and things going wrong by the dice.

Stands in for the workflow: three attempts a step, the next provider after trouble with one, an
unknown order looked up before anything else. What a person would be asked ends the day.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import httpx
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from activities.film import FilmActivities
from activities.interceptor import named_errors
from activities.orders import OrderActivities
from activities.story import WritingActivities
from db.database import Database
from schemas.account import Account, AccountDay
from schemas.failures import JOB_TROUBLE, SUBMIT_TROUBLE, FailureKind
from schemas.reel import CaptionRequest
from schemas.story import CritiqueRequest, KeepStory, RewordRequest, Story, StoryRequest
from schemas.video import ClipJob, ClipOrder, FilmRequest
from tests.integration.activities.days import Attempt

A = TypeVar("A")
B = TypeVar("B")
Fault = Mapping[str, Any]

ATTEMPTS = 3
KILLED_AFTER = 0.5
"""Seconds in which a worker dies at an order that hangs."""

GOES_WRONG: list[Fault] = [
    {"kind": "execute-then-hang", "seconds": 0.1},
    {"kind": "execute-then-reset"},
    {"kind": "refuse"},
    {"kind": "truncate"},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "90"}},
    {"kind": "status", "status": 503, "times": 3},
    {"kind": "status", "status": 500, "after_effect": True},
]
"""With any paid call."""

ANSWERS: list[Fault] = [
    {"kind": kind} for kind in ("refusal", "max-tokens", "invalid-json", "spend-cap")
]
LOOKS: list[Fault] = [{"kind": "odd-state"}, {"kind": "status", "status": 502}]
FILES: list[Fault] = [
    {"kind": kind, "seconds": 0.2} for kind in ("expired", "html", "short", "truncate", "slow")
]

ENDS = {
    "luma": ("content_moderated", "generation_failed", "output_not_found", "corrupt_input"),
    "runway": ("SAFETY.INPUT.TEXT", "INTERNAL.BAD_OUTPUT.CODE01", "THIRD_PARTY.UNAVAILABLE"),
    "fal": ("content_policy_violation", "downstream_service_unavailable", "runner_server_error"),
}
"""How jobs fail, in each service's words."""

ORDERS = {"luma": "create_generation", "runway": "create_task", "fal": "submit"}
LOOK = {"luma": "get_generation", "runway": "get_task", "fal": "get_status"}


def a_fault(dice: random.Random) -> Fault:
    """Something that will go wrong with the next call of an operation."""
    service = dice.choice(["anthropic", *ORDERS])
    if service == "anthropic":
        return {"service": service, "op": "messages", **dice.choice(GOES_WRONG + ANSWERS)}
    failed_job = {"kind": "fail", "failure_code": dice.choice(ENDS[service])}
    op, fault = dice.choice(
        [
            (ORDERS[service], dice.choice(GOES_WRONG)),
            (ORDERS[service], failed_job),
            (LOOK[service], dice.choice(LOOKS)),
            ("download", dice.choice(FILES)),
        ]
    )
    return {"service": service, "op": op, **fault}


@dataclass(frozen=True)
class Company:
    """All that makes days, and what may go wrong meanwhile."""

    db: Database
    http: httpx.AsyncClient
    writing: WritingActivities
    film: FilmActivities
    orders: OrderActivities
    dice: random.Random

    async def live(self, account: Account, day: date) -> str:
        """One day, up to its clips. Returns how it ended: `filmed`, or why not."""
        key = AccountDay(account=account.id, day=day)
        claimed = await self.db.reels.claim(key, "run-1", "test")
        assert claimed is not None
        faults = [a_fault(self.dice) for _ in range(self.dice.choice((0, 0, 1, 1, 2)))]
        (await self.http.post("/_faults", json=faults)).raise_for_status()
        try:
            story = await self._words(account, key, claimed.id)
            await self._film(
                account,
                FilmRequest(
                    key=key, reel=claimed.id, provider="", story=story, seconds=account.reel_seconds
                ),
            )
        except ApplicationError as failure:
            return failure.type or ""
        return "filmed"

    async def _words(self, account: Account, key: AccountDay, reel: str) -> Story:
        about: dict[str, Any] = {"key": key, "reel": reel, "account": account}
        story = await step(self.writing.write_story, StoryRequest(**about))
        await step(self.writing.judge_story, CritiqueRequest(**about, story=story))
        await step(self.writing.keep_story, KeepStory(key=key, reel=reel, story=story))
        await step(self.writing.write_caption, CaptionRequest(**about, story=story))
        return story

    async def _film(self, account: Account, request: FilmRequest) -> None:
        trouble = ApplicationError("no provider")
        for name in account.video_providers:
            asked = request.model_copy(update={"provider": name})
            plan = await step(self.film.plan_film, asked)
            try:
                for order in plan.orders:
                    await self._clip(account, order)
            except ApplicationError as failure:
                if failure.type not in SUBMIT_TROUBLE | JOB_TROUBLE:
                    raise
                trouble = failure
            else:
                return
        raise trouble

    async def _clip(self, account: Account, order: ClipOrder) -> None:
        try:
            job = await step(self.film.await_clip, await self._ordered(order))
        except ApplicationError as failure:
            if failure.type != FailureKind.MODERATED or order.take > 1:
                raise
            other = await step(
                self.writing.reword_shot,
                RewordRequest(
                    key=order.key,
                    reel=order.reel,
                    account=account,
                    segment=order.segment,
                    prompt=order.prompt,
                    limit=1000,
                    reason=failure.message,
                ),
            )
            again = {"take": 2, "prompt": other.prompt}
            await self._clip(account, order.model_copy(update=again))
            return
        await step(self.film.fetch_clip, job)

    async def _ordered(self, order: ClipOrder) -> ClipJob:
        if self.dice.random() < 0.04:
            await self._die_at(order)
        try:
            job = await step(self.film.submit_clip, order)
        except ApplicationError as failure:
            if failure.type != FailureKind.OUTCOME_UNKNOWN:
                raise
            found = await step(self.orders.find_order, order)
            if found.job is not None:
                return found.job
            job = await step(self.film.submit_clip, order)
        if self.dice.random() < 0.04:
            raise ApplicationError("nobody waits for the job", type="left")
        return job

    async def _die_at(self, order: ClipOrder) -> None:
        """Send the order, which is taken, and die before the answer."""
        service = "fal" if order.provider == "pika" else order.provider
        hang = {"service": service, "op": ORDERS[service], "kind": "execute-then-hang"}
        hang |= {"seconds": str(2 * KILLED_AFTER)}
        (await self.http.post("/_faults", json=hang)).raise_for_status()
        with suppress(TimeoutError, ApplicationError):
            async with asyncio.timeout(KILLED_AFTER):
                await step(self.film.submit_clip, order)


async def step(method: Callable[[A], Coroutine[Any, Any, B]], argument: A) -> B:
    """An activity with its attempts, as Temporal makes them, without the waits."""
    before = None
    for number in range(1, ATTEMPTS + 1):
        policy = RetryPolicy(maximum_attempts=ATTEMPTS)
        before = Attempt(before, attempt=number, retry_policy=policy)
        try:
            with named_errors():
                return await before.run(method, argument)
        except ApplicationError as failure:
            if failure.non_retryable or number == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")
