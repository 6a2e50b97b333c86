"""Luma's Agents API for video: submit a generation, look at it, fetch its file.

Sources: the official `luma-agents` SDK and https://docs.agents.lumalabs.ai (error handling: 400
for a bad value, 422 for a combination that is refused; presigned output addresses live an hour).
"""

import asyncio
import hashlib
import hmac
import secrets
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.clips import Clips, ClipSpec
from simulators.clock import iso
from simulators.ledger import Entry
from simulators.looks import DRAFT, FINE
from simulators.luma_checks import Refused, check_request, size_of

URL_SECONDS = 3600
QUEUED_SHARE = 0.15
"""The part of a job's time that it waits in the queue."""
PATIENCE = 4.0
"""How long a look at a job that is due waits for its file, when everything is immediate."""
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


@dataclass(frozen=True)
class Job:
    """One accepted generation."""

    id: str
    created: float
    model: str
    spec: ClipSpec
    failure_code: str | None
    failure_reason: str | None


class Luma(Service):
    """`/luma/v1/generations` and the files under `/luma/cdn`."""

    name = "luma"

    def __init__(self, world: World, clips: Clips, key_file: Path, *, seconds: float) -> None:
        super().__init__(world)
        self._clips = clips
        self._seconds = seconds
        """What one job takes."""
        self._url_key = _kept_key(key_file)
        self.jobs: dict[str, Job] = {}
        world.ledger.on_entry(self._apply)

    def routes(self) -> list[Route]:
        """The operations `create_generation`, `get_generation`, `download`."""
        one, all_of_them, wait = "/v1/generations/{job}", "/v1/generations", self._wait_for_file
        return [
            self.route(
                all_of_them, "create_generation", self._create, methods=["POST"], kinds=["fail"]
            ),
            self.route(one, "get_generation", self._get, prepare=wait),
            self.route("/cdn/{job}/{file}", "download", self._download),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """Luma's error body."""
        return JSONResponse({"detail": message}, status, headers=_headers())

    def state_of(self, job: Job) -> str:
        """Where a job stands now."""
        age = self.world.clock.now() - job.created
        if age < self._seconds * QUEUED_SHARE:
            return "queued"
        if age < self._seconds:
            return "processing"
        if job.failure_code:
            return "failed"
        return "completed" if self._clips.ready(job.spec) else "processing"

    def resume(self) -> None:
        """Make the files that were being made when the simulators ended."""
        for job in self.jobs.values():
            if not job.failure_code:
                self._clips.order(job.spec)

    def _apply(self, entry: Entry) -> None:
        if entry.effect != "job.created":
            return
        facts = entry.facts
        self.jobs[entry.ids["job"]] = Job(
            entry.ids["job"],
            entry.moment,
            facts["model"],
            ClipSpec(**facts["clip"]),
            facts["failure_code"],
            facts["failure_reason"],
        )

    def _create(self, call: Call) -> Outcome:
        try:
            _check_key(call)
            wish = check_request(call, self._is_complete)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        width, height = size_of(wish.aspect, wish.resolution)
        before = self.jobs.get(wish.extends or "")
        look = before.spec.look if before else wish.prompt
        start = before.spec.start + before.spec.seconds if before else 0
        code = call.option("failure_code", "generation_failed") if call.meets("fail") else None
        reason = call.option("failure_reason", FAILURES.get(str(code))) if code else None
        # Where everything is to be immediate, a rougher picture is soon enough there.
        painted = FINE if self._seconds else DRAFT
        spec = ClipSpec(look, width, height, wish.seconds, start, painted)
        job = Job(str(uuid.uuid4()), call.now, wish.model, spec, code, reason)
        if not code:
            self._clips.order(spec)
        facts = {
            "model": wish.model,
            "prompt": wish.prompt,
            "aspect_ratio": wish.aspect,
            "resolution": wish.resolution,
            "seconds": wish.seconds,
            "extends": wish.extends,
            "user_id": wish.user_id,
            "clip": asdict(spec),
            "failure_code": code,
            "failure_reason": reason,
        }
        answer = JSONResponse(self._shown(job, "queued", None), 201, headers=_headers())
        return Outcome(answer, {"job": job.id}, "job.created", facts)

    def _is_complete(self, name: str) -> bool:
        job = self.jobs.get(name)
        return job is not None and self.state_of(job) == "completed"

    def _get(self, call: Call) -> Outcome:
        try:
            _check_key(call)
        except Refused as refused:
            return Outcome(self.refusal(refused.status, str(refused)))
        ids = {"job": call.at("job")}
        job = self.jobs.get(call.at("job"))
        if job is None:
            return Outcome(self.refusal(404, "Generation not found"), ids)
        state = self.state_of(job)
        url = self._signed(call, job) if state == "completed" else None
        shown = self._shown(job, state, url)
        return Outcome(JSONResponse(shown, headers=_headers()), ids, facts={"state": state})

    async def _wait_for_file(self, request: Request) -> None:
        """When everything is immediate, the only wait is for FFmpeg: take it in the call."""
        job = self.jobs.get(str(request.path_params["job"]))
        if job is None or job.failure_code:
            return
        task = self._clips.order(job.spec)
        if task is not None and self._seconds == 0:
            await asyncio.wait([task], timeout=PATIENCE)

    def _shown(self, job: Job, state: str, url: str | None) -> dict[str, object]:
        failed = state == "failed"
        return {
            "id": job.id,
            "created_at": iso(job.created),
            "model": job.model,
            "state": state,
            "type": "video",
            "failure_code": job.failure_code if failed else None,
            "failure_reason": job.failure_reason if failed else None,
            "output": [{"type": "video", "url": url}] if url else None,
        }

    def _signed(self, call: Call, job: Job) -> str:
        path = f"/luma/cdn/{job.id}/{secrets.token_hex(6)}.mp4"
        ends = str(int(call.now + URL_SECONDS))
        query = urlencode({"X-Amz-Expires": ends, "X-Amz-Signature": self._signature(path, ends)})
        return f"{call.request.url.scheme}://{call.request.url.netloc}{path}?{query}"

    def _signature(self, path: str, ends: str) -> str:
        return hmac.new(self._url_key, f"{path}?{ends}".encode(), hashlib.sha256).hexdigest()

    def _download(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        ends = call.request.query_params.get("X-Amz-Expires", "")
        signature = call.request.query_params.get("X-Amz-Signature", "")
        path = f"/luma/cdn/{call.at('job')}/{call.at('file')}"
        if not hmac.compare_digest(signature.encode(), self._signature(path, ends).encode()):
            return Outcome(_denied("SignatureDoesNotMatch", "The signature does not match"), ids)
        if int(ends) < call.now:
            return Outcome(_denied("AccessDenied", "Request has expired"), ids)
        job = self.jobs.get(call.at("job"))
        file = self._clips.ready(job.spec) if job else None
        if file is None:
            return Outcome(_denied("NoSuchKey", "The specified key does not exist", 404), ids)
        asked = {"range": call.request.headers.get("range")}
        return Outcome(FileResponse(file, media_type="video/mp4"), ids, facts=asked)


def _check_key(call: Call) -> None:
    scheme, _, key = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(401, "Invalid or missing API key")


def _denied(code: str, message: str, status: int = 403) -> Response:
    """An error of the file store behind the addresses."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
    return Response(f"{text}<Message>{message}</Message></Error>", status, media_type="text/xml")


def _headers() -> dict[str, str]:
    return {"X-API-Version": "2026-04-01", "X-Request-Id": str(uuid.uuid4())}


def _kept_key(file: Path) -> bytes:
    """The key that signs addresses: the same after a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
