"""fal's queue with Pika on it, and fal's platform API: submit, status, result, cancel, list.

Sources: the official `fal-client` (1.0.3) and fal.ai/docs on the queue, errors, retention and the
platform APIs. What those leave open is so here: a request is listed once a runner has taken it;
a cancelled one has left the queue and ends as `client_cancelled`; one in progress goes on to its
end, and is paid for, although its cancellation was requested.
"""

import uuid
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.clips import Clips
from simulators.fal_models import (
    APP,
    ENDPOINT,
    INVALID,
    Ending,
    Wish,
    check_input,
    detail_of,
    ending_of,
    size_of,
)
from simulators.jobs import Failure, Job, Jobs, Phase, failure_of, odd_word
from simulators.storage import KINDS, PublicFiles

RESULT_SECONDS = 3600
"""How long a result is kept after the request's end."""
MEDIA_SECONDS = 7 * 86_400
AT_ONCE = 2
"""Requests at work at a time for a new account; the others stay IN_QUEUE."""
STATUSES = {Phase.HELD: "IN_QUEUE", Phase.QUEUED: "IN_QUEUE", Phase.RUNNING: "IN_PROGRESS"}
DEFAULT = Wish("", "16:9", "720p", 5)


class Fal(Service):
    """The queue under `/fal`, files under `/fal/files`; the platform is in `fal_platform`."""

    name = "fal"

    def __init__(self, world: World, clips: Clips, state: Path, *, seconds: float) -> None:
        super().__init__(world)
        self.jobs = Jobs(world, clips, (self.name, ""), seconds=seconds, at_once=AT_ONCE)
        self.files = PublicFiles(clips, self.jobs, "/fal/files", state / "fal.key", MEDIA_SECONDS)

    def routes(self) -> list[Route]:
        """The queue's operations, and the `download` of a file."""
        one, wait = f"/{APP}/requests/{{job}}", self.jobs.wait_for_file
        odd = ["odd-state"]
        return [
            self.route(f"/{ENDPOINT}", "submit", self._submit, methods=["POST"], kinds=["fail"]),
            self.route(f"{one}/status", "get_status", self._status, kinds=odd, prepare=wait),
            self.route(one, "get_result", self._result, prepare=wait),
            self.route(f"{one}/cancel", "cancel", self._cancel, methods=["PUT"]),
            self.route("/files/{job}/{file}", "download", self.files.download, kinds=KINDS),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """An error of the gateway, which is flat."""
        return JSONResponse({"detail": message}, status)

    def unauthorized(self, call: Call) -> Response | None:
        """401 without a key; any will do."""
        scheme, _, key = call.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "key" and key.strip():
            return None
        return self.refusal(401, "Authentication is required to access this application.")

    def _submit(self, call: Call) -> Outcome:
        if refused := self.unauthorized(call):
            return Outcome(refused)
        try:
            given = call.json
        except ValueError:
            return Outcome(self.refusal(400, "The body is not valid JSON."))
        if not isinstance(given, dict):
            return Outcome(self.refusal(422, "The body must be an object."))
        checked = check_input(given)
        failure = failure_of(call, "downstream_service_unavailable", {})
        # The queue takes any input: it is the model that complains, as the result.
        wish = checked if isinstance(checked, Wish) else DEFAULT
        if not isinstance(checked, Wish):
            failure = Failure(INVALID, None)
        spec = self.jobs.spec(wish.prompt, size_of(wish.aspect, wish.resolution), wish.seconds)
        facts = self.jobs.accept(ENDPOINT, spec, failure)
        facts |= {
            "prompt": wish.prompt,
            "aspect_ratio": wish.aspect,
            "resolution": wish.resolution,
            "input": given,
            "details": None if isinstance(checked, Wish) else checked,
        }
        name = str(uuid.uuid4())
        ahead = self.jobs.under_way() if self.jobs.seconds else 0
        shown = {"status": "IN_QUEUE", **_urls(call, name), "queue_position": ahead}
        return Outcome(JSONResponse(shown, headers=_id(name)), {"job": name}, "job.created", facts)

    def _found(self, call: Call) -> Job | Response:
        """A request whose result is still kept, or the refusal."""
        if refused := self.unauthorized(call):
            return refused
        job = self.jobs.find(call.at("job"))
        if job is None or (self.is_over(job) and self.jobs.end(job) + RESULT_SECONDS < call.now):
            return self.refusal(404, "Request not found")
        return job

    def is_over(self, job: Job) -> bool:
        """Whether a request has ended, however."""
        return self.jobs.phase(job) not in STATUSES

    def ending(self, job: Job) -> Ending | None:
        """How an ended request failed; None for one that succeeded."""
        phase = self.jobs.phase(job)
        if phase is Phase.CANCELLED:
            return ending_of("client_cancelled")
        return ending_of(str(job.failure_code)) if phase is Phase.FAILED else None

    def _status(self, call: Call) -> Outcome:
        ids, job = {"job": call.at("job")}, self._found(call)
        if isinstance(job, Response):
            return Outcome(job, ids)
        shown, status = self._shown(call, job)
        answer = JSONResponse(shown, status, headers=_id(job.id))
        return Outcome(answer, ids, facts={"state": shown["status"]})

    def _shown(self, call: Call, job: Job) -> tuple[dict[str, Any], int]:
        phase = self.jobs.phase(job)
        state, urls = STATUSES.get(phase, "COMPLETED"), _urls(call, job.id)
        logs: list[Any] | None = (
            [] if call.request.query_params.get("logs", "").lower() in {"1", "true"} else None
        )
        if word := odd_word(call, "HESITATING"):
            return {"status": word, **urls, "logs": logs}, 202
        if state == "IN_QUEUE":
            position = self.jobs.ahead(job)
            return {"status": state, **urls, "queue_position": position, "logs": logs}, 202
        if state == "IN_PROGRESS":
            return {"status": state, **urls, "queue_position": 0, "logs": logs}, 202
        metrics = {"inference_time": self.jobs.seconds}
        shown = {"status": state, **urls, "logs": logs, "metrics": metrics}
        if ending := self.ending(job):
            shown |= {"error": ending.message, "error_type": code_of(self, job)}
        return shown, 200

    def _result(self, call: Call) -> Outcome:
        ids, job = {"job": call.at("job")}, self._found(call)
        if isinstance(job, Response):
            return Outcome(job, ids)
        if not self.is_over(job):
            return Outcome(self.refusal(400, "Request is still in progress"), ids)
        ending = self.ending(job)
        if ending is None:
            answer = JSONResponse(self.output(call, job), headers=_id(job.id))
            return Outcome(answer, ids, facts={"state": "COMPLETED"})
        code, body = code_of(self, job), self.complaint(job, ending)
        headers = {**_id(job.id), "X-Fal-Retryable": "true" if ending.retryable else "false"}
        if not ending.model:
            body["error_type"] = headers["X-Fal-Error-Type"] = code
        return Outcome(JSONResponse(body, ending.status, headers=headers), ids)

    def complaint(self, job: Job, ending: Ending) -> dict[str, Any]:
        """What a failed request answers."""
        given = job.facts["input"]
        return {"detail": job.facts["details"] or detail_of(code_of(self, job), ending, given)}

    def output(self, call: Call, job: Job) -> dict[str, Any]:
        """What the model returns."""
        url = self.files.address(call, job)
        return {
            "video": {
                "url": url,
                "content_type": "video/mp4",
                "file_name": "output.mp4",
                "file_size": self.files.size(job),
            }
        }

    def _cancel(self, call: Call) -> Outcome:
        ids = {"job": call.at("job")}
        if refused := self.unauthorized(call):
            return Outcome(refused, ids)
        job = self._found(call)
        if isinstance(job, Response):
            return Outcome(JSONResponse({"status": "NOT_FOUND"}, 404), ids)
        phase = self.jobs.phase(job)
        if phase not in STATUSES:
            return Outcome(JSONResponse({"status": "ALREADY_COMPLETED"}, 400), ids)
        answer = JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)
        if phase is Phase.RUNNING:
            return Outcome(answer, ids)
        return Outcome(answer, ids, "job.cancelled", {"refunded": True})


def code_of(fal: Fal, job: Job) -> str:
    """The error type of a failed request."""
    return "client_cancelled" if fal.jobs.phase(job) is Phase.CANCELLED else str(job.failure_code)


def _urls(call: Call, name: str) -> dict[str, str]:
    """A request's id and addresses, without the endpoint's last parts."""
    url = call.request.url
    base = f"{url.scheme}://{url.netloc}/fal/{APP}/requests/{name}"
    return {
        "request_id": name,
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
    }


def _id(name: str) -> dict[str, str]:
    return {"x-fal-request-id": name}
