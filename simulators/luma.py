"""Luma's Agents API for video: submit a generation, look at it, fetch its file.

Sources: the official `luma-agents` SDK and https://docs.agents.lumalabs.ai (error handling: 400
for a bad value, 422 for a combination that is refused; presigned output addresses live an hour).
"""

import uuid
from pathlib import Path

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.clips import Clips
from simulators.clock import iso
from simulators.faults import Fault
from simulators.jobs import Failure, Jobs, Phase
from simulators.luma_checks import Refused, check_key, check_request, size_of
from simulators.storage import KINDS, SignedFiles

URL_SECONDS = 3600
MOST_AT_ONCE = 20
"""Jobs under way before a new one is refused; Luma's limits go by plan and aren't published."""
LIMITED = {"rate-limited": "Rate limit exceeded", "too-many-jobs": "Too many concurrent jobs"}
RETRY_AFTER = 20
STATES = {
    Phase.HELD: "queued",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "processing",
    Phase.DONE: "completed",
    Phase.FAILED: "failed",
}
FAILURES = {
    "content_moderated": "Prompt or input violated content guidelines",
    "generation_failed": "The model failed to generate an output",
    "budget_exhausted": "Ran out of funds during the generation",
    "output_not_found": "The generated output could not be retrieved",
    "image_too_large": "An input image exceeded the size limit",
    "unsupported_format": "An input media file was in an unsupported format",
    "corrupt_input": "An input media file could not be decoded",
    "invalid_request": "The request could not be processed",
    "rate_limited": "The upstream model was rate limited",
}


class Luma(Service):
    """`/luma/v1/generations` and the files under `/luma/cdn`."""

    name = "luma"
    answer_kinds = frozenset({"status", *LIMITED})

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

    def chosen(self, fault: Fault) -> Response:
        """The two kinds of 429."""
        if fault.kind not in LIMITED:
            return super().chosen(fault)
        return self._limited(fault.kind, fault.options.get("retry_after", RETRY_AFTER))

    def _limited(self, kind: str, retry_after: object) -> Response:
        answer = self.refusal(429, LIMITED[kind])
        answer.headers["Retry-After"] = str(retry_after)
        return answer

    def _create(self, call: Call) -> Outcome:
        try:
            check_key(call)
            wish = check_request(call, self._is_complete)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        if self.jobs.under_way() >= MOST_AT_ONCE:
            return Outcome(self._limited("too-many-jobs", RETRY_AFTER))
        before = self.jobs.find(wish.extends or "")
        look = before.spec.look if before else wish.prompt
        start = before.spec.start + before.spec.seconds if before else 0
        size = size_of(wish.aspect, wish.resolution)
        spec = self.jobs.spec(look, size, wish.seconds, start=start)
        job_id, facts = str(uuid.uuid4()), self.jobs.accept(wish.model, spec, failure_of(call))
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
        state = odd_state(call) or STATES[phase]
        shown = _shown(job.id, job.created, job.model, state)
        if state == "failed":
            shown |= {"failure_code": job.failure_code, "failure_reason": job.failure_reason}
        if state == "completed":
            shown["output"] = [{"type": "video", "url": self._files.address(call, job)}]
        return Outcome(JSONResponse(shown, headers=_headers()), ids, facts={"state": state})


def failure_of(call: Call) -> Failure | None:
    """How a `fail` fault wants the job to end."""
    if not call.meets("fail"):
        return None
    code = str(call.option("failure_code", "generation_failed"))
    return Failure(code, call.option("failure_reason", FAILURES.get(code)))


def odd_state(call: Call) -> str | None:
    """The word of an `odd-state` fault."""
    return str(call.option("state", "contemplating")) if call.meets("odd-state") else None


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
