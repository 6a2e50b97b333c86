"""Luma's Agents API for video: submit a generation, look at it, fetch its file.

Sources: the official `luma-agents` SDK and https://docs.agents.lumalabs.ai (error handling: 400
for a bad value, 422 for a combination that is refused; presigned output addresses live an hour).
"""

import uuid
from pathlib import Path

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, World
from simulators.clips import Clips
from simulators.clock import iso
from simulators.jobs import Jobs, Phase, failure_of, odd_word
from simulators.luma_checks import check_request, size_of
from simulators.luma_errors import FAILURES, LIMITED, LumaApi, Refused, check_key
from simulators.storage import KINDS, SignedFiles

URL_SECONDS = 3600
MOST_AT_ONCE = 60
"""Jobs under way before a new one is refused; Luma's limits go by plan and aren't published."""
STATES = {
    Phase.HELD: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "processing",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
}


class Luma(LumaApi):
    """`/luma/v1/generations` and the files under `/luma/cdn`."""

    def __init__(self, world: World, clips: Clips, state: Path, *, seconds: float) -> None:
        super().__init__(world)
        self.jobs = Jobs(world, clips, ("luma", ""), seconds=seconds)
        self._files = SignedFiles(clips, self.jobs, "/luma/cdn", state / "luma.key", URL_SECONDS)

    def routes(self) -> list[Route]:
        """The operations `create_generation`, `get_generation`, `download`."""
        one, all_of_them, wait = (
            "/v1/generations/{job}",
            "/v1/generations",
            self.jobs.wait_for_file,
        )
        own = ("fail", *LIMITED)
        return [
            self.route(all_of_them, "create_generation", self._create, methods=["POST"], kinds=own),
            self.route(one, "get_generation", self._get, kinds=["odd-state"], prepare=wait),
            self.route("/cdn/{job}/{file}", "download", self._files.download, kinds=KINDS),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Luma's error body."""
        return JSONResponse({"detail": message}, status, headers=_headers())

    def _create(self, call: Call) -> Outcome:
        try:
            check_key(call)
            wish = check_request(call, self._is_complete)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        if self.jobs.under_way() >= MOST_AT_ONCE:
            return Outcome(self.limited("too-many-jobs"))
        before = self.jobs.find(wish.extends or "")
        look = before.spec.look if before else wish.prompt
        start = before.spec.start + before.spec.seconds if before else 0
        size = size_of(wish.aspect, wish.resolution)
        spec = self.jobs.spec(look, size, wish.seconds, start=start)
        failure = failure_of(call, "generation_failed", FAILURES)
        job_id, facts = str(uuid.uuid4()), self.jobs.accept(wish.model, spec, failure)
        facts |= {
            "prompt": wish.prompt,
            "aspect_ratio": wish.aspect,
            "resolution": wish.resolution,
            "extends": wish.extends,
            "user_id": wish.user_id,
        }
        shown = _shown(job_id, call.now, wish.model, "queued")
        answer = JSONResponse(shown, 201, headers=_headers())
        return Outcome(answer, {"job": job_id}, "job.created", facts)

    def _is_complete(self, name: str) -> bool:
        job = self.jobs.find(name)
        return job is not None and self.jobs.phase(job) is Phase.DONE

    def _get(self, call: Call) -> Outcome:
        try:
            check_key(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        ids = {"job": call.at("job")}
        job = self.jobs.find(call.at("job"))
        if job is None:
            return Outcome(self.refusal(404, "Generation not found"), ids)
        phase = self.jobs.phase(job)
        state = odd_word(call, "contemplating") or STATES[phase]
        shown = _shown(job.id, job.created, job.model, state)
        if state == "failed":
            shown |= {"failure_code": job.failure_code, "failure_reason": job.failure_reason}
        if state == "completed":
            shown["output"] = [{"type": "video", "url": self._files.address(call, job)}]
        return Outcome(JSONResponse(shown, headers=_headers()), ids, facts={"state": state})


def _shown(name: str, created: float, model: str, state: str) -> dict[str, object]:
    return {
        "id": name,
        "created_at": iso(created),
        "model": model,
        "state": state,
        "type": "video",
        "failure_code": None,
        "failure_reason": None,
        "output": None,
    }


def _headers() -> dict[str, str]:
    return {"X-API-Version": "2026-04-01", "X-Request-Id": str(uuid.uuid4())}
