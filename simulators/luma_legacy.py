"""Luma's older API, Dream Machine: create, look, delete, list, credits.

Source: the official `lumaai` SDK (1.21). An output's address is public and stays the same; how
long it lives is published nowhere, and here it is a day.
"""

import uuid
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.bill import bill
from simulators.calls import Call, Outcome, World
from simulators.clips import Clips
from simulators.clock import iso
from simulators.jobs import Job, Jobs, Phase, failure_of, odd_word
from simulators.luma_errors import FAILURES, LIMITED, LumaApi, Refused, check_key
from simulators.luma_legacy_checks import check_request, size_of
from simulators.storage import KINDS, PublicFiles

URL_SECONDS = 86_400
BALANCE_CENTS, CENT_MICROS = 10_000_000, 10_000
PAGE, LARGEST_PAGE = 10, 100
STATES = {
    Phase.HELD: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "dreaming",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
}


class LumaLegacy(LumaApi):
    """`/luma/dream-machine/v1`, files under `/luma/dream-machine/cdn`."""

    def __init__(self, world: World, clips: Clips, state: Path, *, seconds: float) -> None:
        super().__init__(world)
        self.jobs = Jobs(world, clips, (self.name, "dream-machine"), seconds=seconds)
        self._files = PublicFiles(
            clips, self.jobs, "/luma/dream-machine/cdn", state / "luma.key", URL_SECONDS
        )

    def routes(self) -> list[Route]:
        """Operations named as the other API's, where they mean the same."""
        base = "/dream-machine/v1"
        one, listed = f"{base}/generations/{{job}}", f"{base}/generations"
        own = ("fail", *LIMITED)
        wait, files = self.jobs.wait_for_file, "/dream-machine/cdn/{job}/{file}"
        return [
            self.route(
                f"{listed}/video", "create_generation", self._create, methods=["POST"], kinds=own
            ),
            self.route(one, "get_generation", self._get, kinds=["odd-state"], prepare=wait),
            self.route(one, "delete_generation", self._delete, methods=["DELETE"]),
            self.route(listed, "list_generations", self._list),
            self.route(f"{base}/credits", "get_credits", self._credits),
            self.route(f"{base}/ping", "ping", self._ping),
            self.route(files, "download", self._files.download, kinds=KINDS),
        ]

    def _create(self, call: Call) -> Outcome:
        try:
            check_key(call)
            wish = check_request(call, self._is_complete)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        before = self.jobs.find(wish.extends or "")
        look = before.spec.look if before else wish.prompt
        start = before.spec.start + before.spec.seconds if before else 0
        size = size_of(wish.aspect, wish.resolution)
        spec = self.jobs.spec(look, size, wish.seconds, start=start)
        failure = failure_of(call, "generation_failed", FAILURES)
        facts = self.jobs.accept(wish.model, spec, failure)
        facts |= {
            "prompt": wish.prompt,
            "resolution": wish.resolution,
            "extends": wish.extends,
            "request": wish.request,
        }
        name = str(uuid.uuid4())
        shown = _shown(name, call.now, "queued", facts)
        return Outcome(JSONResponse(shown, 201), {"job": name}, "job.created", facts)

    def _is_complete(self, name: str) -> bool:
        job = self.jobs.find(name)
        return job is not None and self.jobs.phase(job) is Phase.DONE

    def _found(self, call: Call) -> Job:
        check_key(call)
        job = self.jobs.find(call.at("job"))
        if job is None:
            raise Refused(404, "Generation not found")
        return job

    def _get(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        try:
            shown = self._generation(call, self._found(call))
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)), ids)
        return Outcome(JSONResponse(shown), ids, facts={"state": shown["state"]})

    def _generation(self, call: Call, job: Job) -> dict[str, Any]:
        state = odd_word(call, "contemplating") or STATES[self.jobs.phase(job)]
        shown = _shown(job.id, job.created, state, job.facts)
        if state == "failed":
            shown["failure_reason"] = job.failure_reason
        if state == "completed":
            shown["assets"] = {"video": self._files.address(call, job)}
        return shown

    def _delete(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        try:
            self._found(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)), ids)
        return Outcome(Response(status_code=204), ids, "job.deleted")

    def _list(self, call: Call) -> Outcome:
        """Newest first."""
        try:
            check_key(call)
            limit = _number(call, "limit", PAGE, range(1, LARGEST_PAGE + 1))
            offset = _number(call, "offset", 0, range(10**9))
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        jobs = self.jobs.listed()[::-1]
        shown = [self._generation(call, job) for job in jobs[offset : offset + limit]]
        body = {
            "generations": shown,
            "count": len(shown),
            "has_more": len(jobs) > offset + limit,
            "limit": limit,
            "offset": offset,
        }
        return Outcome(JSONResponse(body), facts={"listed": len(shown)})

    def _credits(self, call: Call) -> Outcome:
        """Cents that are left."""
        try:
            check_key(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        mine = (one for one in self.world.ledger.entries if one.ids.get("job") in self.jobs.all)
        spent = bill(mine, [self.jobs])["total_micros"] / CENT_MICROS
        return Outcome(JSONResponse({"credit_balance": BALANCE_CENTS - spent}))

    def _ping(self, call: Call) -> Outcome:
        del call
        return Outcome(JSONResponse({"message": "pong"}))


def _shown(name: str, created: float, state: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "generation_type": "video",
        "state": state,
        "failure_reason": None,
        "created_at": iso(created),
        "assets": None,
        "model": facts["model"],
        "request": facts["request"],
    }


def _number(call: Call, name: str, default: int, allowed: range) -> int:
    text = call.request.query_params.get(name)
    number = int(text) if text and text.isdigit() else default
    if number not in allowed or (text and not text.isdigit()):
        raise Refused(422, f"{name}: not a number that is allowed")
    return number
