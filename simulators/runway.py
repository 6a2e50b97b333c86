"""Runway's API for video: start a task, look at it, cancel or delete it, fetch its file.

Sources: the official `runwayml` SDK (5.24) and docs.dev.runwayml.com on errors, task failures,
usage tiers and outputs. Too many tasks at once are THROTTLED, not refused; 429 is the limit of a
day. A cancelled or deleted task isn't found again; cancelling a running one refunds nothing.
"""

import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.clips import Clips
from simulators.clock import iso
from simulators.jobs import Job, Jobs, Phase, failure_of, odd_word
from simulators.runway_models import (
    CANCELLED,
    DOCS,
    MODELS,
    VERSION,
    Invalid,
    Wish,
    check_task,
    is_charged,
)
from simulators.storage import KINDS, SignedFiles

DAY = 86_400
URL_SECONDS = DAY
"""Addresses live 24 to 48 hours: the shorter."""
AT_ONCE, A_DAY, CREDITS_A_MONTH = 5, 10_000, 200_000
"""Tasks of one model at once as in tier 3; the other two larger, so that long tests get through."""
BALANCE = 10_000_000
STATUSES = {
    Phase.HELD: "THROTTLED",
    Phase.QUEUED: "PENDING",
    Phase.RUNNING: "RUNNING",
    Phase.DONE: "SUCCEEDED",
    Phase.FAILED: "FAILED",
}
WAITING, ENDED = ("PENDING", "THROTTLED"), ("SUCCEEDED", "FAILED", CANCELLED)
FAILURES = {
    "SAFETY.INPUT.TEXT": "The prompt was rejected by content moderation.",
    "SAFETY.OUTPUT.VIDEO": "The output was rejected by content moderation.",
    "INPUT_PREPROCESSING.SAFETY.TEXT": "The prompt was rejected by content moderation.",
    "INPUT_PREPROCESSING.INTERNAL": "An unexpected error occurred while reading the inputs.",
    "INTERNAL.BAD_OUTPUT.CODE01": "The generation did not meet our quality bar.",
    "INTERNAL": "An unexpected error occurred.",
    "THIRD_PARTY.UNAVAILABLE": "The model's provider is unavailable.",
    "ASSET.INVALID": "An input could not be used.",
}


class Refused(Exception):
    """A call that Runway refuses, with its answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Runway(Service):
    """`/runway/v1` and the files under `/runway/cdn`."""

    name = "runway"

    def __init__(self, world: World, clips: Clips, state: Path, *, seconds: float) -> None:
        super().__init__(world)
        self.jobs = Jobs(world, clips, (self.name, ""), seconds=seconds, at_once=AT_ONCE)
        self._files = SignedFiles(
            clips, self.jobs, "/runway/cdn", state / "runway.key", URL_SECONDS
        )

    def routes(self) -> list[Route]:
        """The operations of a client that films, and the `download` of its file."""
        wait, task = self.jobs.wait_for_file, "/v1/tasks/{job}"
        ways = {"text": self._from_text, "image": self._from_picture}
        create = [
            self.route(f"/v1/{way}_to_video", "create_task", do, methods=["POST"], kinds=["fail"])
            for way, do in ways.items()
        ]
        return [
            *create,
            self.route(task, "get_task", self._get, kinds=["odd-state"], prepare=wait),
            self.route(task, "delete_task", self._delete, methods=["DELETE"]),
            self.route("/v1/organization", "get_organization", self._organization),
            self.route("/v1/organization/usage", "get_usage", self._usage, methods=["POST"]),
            self.route("/cdn/{job}/{file}", "download", self._files.download, kinds=KINDS),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Runway's error body."""
        return JSONResponse({"error": message}, status)

    def _from_text(self, call: Call) -> Outcome:
        return self._create(call, pictured=False)

    def _from_picture(self, call: Call) -> Outcome:
        return self._create(call, pictured=True)

    def _create(self, call: Call, *, pictured: bool) -> Outcome:
        try:
            self._admit(call)
            wish = self._wish(call, pictured=pictured)
        except Refused as refused:
            return Outcome(refused.answer)
        spec = self.jobs.spec(wish.prompt, wish.size, wish.seconds, audio=wish.audio)
        failure = failure_of(call, "INTERNAL", FAILURES)
        facts = self.jobs.accept(wish.model, spec, failure)
        facts |= {"prompt": wish.prompt, "ratio": wish.ratio, "credits": wish.credits}
        task = str(uuid.uuid4())
        answer = JSONResponse({"id": task, "estimatedCost": {"credits": wish.credits}})
        return Outcome(answer, {"job": task}, "job.created", facts)

    def _admit(self, call: Call) -> None:
        scheme, _, key = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Refused(self.refusal(401, "You did not provide a valid API key."))
        version = call.request.headers.get("x-runway-version")
        if version != VERSION:
            told = "X-Runway-Version header is required" if not version else "Unknown API version"
            raise Refused(self.refusal(400, f"{told}. The current version is {VERSION}."))

    def _wish(self, call: Call, *, pictured: bool) -> Wish:
        try:
            wish = check_task(call.json, pictured=pictured)
        except Invalid as invalid:
            body = {"error": "Validation of body failed", "issues": invalid.issues, "docUrl": DOCS}
            raise Refused(JSONResponse(body, 400)) from None
        except ValueError:
            raise Refused(self.refusal(400, "The body is not valid JSON.")) from None
        if self._today(call)[wish.model] >= A_DAY:
            raise Refused(self.refusal(429, "You have reached this model's daily limit."))
        return wish

    def _today(self, call: Call) -> Counter[str]:
        """Tasks by model in the last 24 hours."""
        jobs = self.jobs.all.values()
        return Counter(job.model for job in jobs if job.created > call.now - DAY)

    def _task(self, call: Call) -> Job:
        self._admit(call)
        job = self.jobs.find(call.at("job"))
        if job is None or self.jobs.phase(job) is Phase.CANCELLED:
            raise Refused(self.refusal(404, "The requested task was not found."))
        return job

    def _get(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        try:
            job = self._task(call)
        except Refused as refused:
            return Outcome(refused.answer, ids)
        shown = self._shown(call, job)
        return Outcome(JSONResponse(shown), ids, facts={"state": shown["status"]})

    def _shown(self, call: Call, job: Job) -> dict[str, Any]:
        status = odd_word(call, "REHEARSING") or self._status(job)
        created = iso(job.created, "milliseconds")
        shown: dict[str, Any] = {"id": job.id, "createdAt": created, "status": status}
        if status not in ENDED:
            if status not in WAITING:
                shown["progress"] = self.jobs.progress(job)
            return {**shown, "estimatedCost": {"credits": job.facts["credits"]}}
        if status == "SUCCEEDED":
            shown["output"] = [self._files.address(call, job)]
        if status == "FAILED":
            told = job.failure_reason or "The task failed."
            shown |= {"failure": told, "failureCode": job.failure_code}
        return {**shown, "cost": {"credits": self._cost(job)}}

    def _status(self, job: Job) -> str:
        phase = self.jobs.phase(job)
        ends_so = phase is Phase.FAILED and job.failure_code == CANCELLED
        return CANCELLED if ends_so else STATUSES[phase]

    def _cost(self, job: Job) -> int:
        """The credits that an ended task has cost."""
        full: int = job.facts["credits"]
        return full if job.failure_code is None or is_charged(job.failure_code) else 0

    def _delete(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        try:
            job = self._task(call)
        except Refused as refused:
            return Outcome(refused.answer, ids)
        phase = self.jobs.phase(job)
        if phase in {Phase.DONE, Phase.FAILED}:
            return Outcome(Response(status_code=204), ids, "job.deleted")
        facts = {"refunded": phase is not Phase.RUNNING}
        return Outcome(Response(status_code=204), ids, "job.cancelled", facts)

    def _spent(self) -> int:
        spent = 0
        for job in self.jobs.all.values():
            phase = self.jobs.phase(job)
            kept = not self.jobs.refunded(job)
            spent += self._cost(job) if phase is Phase.FAILED else job.facts["credits"] * kept
        return spent

    def _organization(self, call: Call) -> Outcome:
        try:
            self._admit(call)
        except Refused as refused:
            return Outcome(refused.answer)
        limits = {"maxConcurrentGenerations": AT_ONCE, "maxDailyGenerations": A_DAY}
        today = self._today(call)
        shown = {
            "creditBalance": BALANCE - self._spent(),
            "tier": {
                "maxMonthlyCreditSpend": CREDITS_A_MONTH,
                "models": dict.fromkeys(MODELS, limits),
            },
            "usage": {"models": {name: {"dailyGenerations": today[name]} for name in MODELS}},
        }
        return Outcome(JSONResponse(shown))

    def _usage(self, call: Call) -> Outcome:
        """Credits by day and model, refunds left aside."""
        try:
            self._admit(call)
        except Refused as refused:
            return Outcome(refused.answer)
        days: dict[str, Counter[str]] = {}
        for job in self.jobs.all.values():
            day = datetime.fromtimestamp(job.created, UTC).date().isoformat()
            days.setdefault(day, Counter())[job.model] += job.facts["credits"]
        results = [
            {
                "date": day,
                "usedCredits": [{"model": name, "amount": amount} for name, amount in used.items()],
            }
            for day, used in sorted(days.items())
        ]
        models = sorted({name for used in days.values() for name in used})
        return Outcome(JSONResponse({"results": results, "models": models}))
