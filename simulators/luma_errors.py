"""How both of Luma's APIs refuse a call, and how a job of theirs fails."""

from starlette.responses import JSONResponse, Response

from simulators.calls import Call, Service
from simulators.faults import Fault

LIMITED = {"rate-limited": "Rate limit exceeded", "too-many-jobs": "Too many concurrent jobs"}
RETRY_AFTER = 20
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


class Refused(Exception):
    """A request that Luma refuses: its HTTP status and detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class LumaApi(Service):
    """What the two have in common."""

    name = "luma"
    answer_kinds = frozenset({"status", *LIMITED})

    def refusal(self, status: int, message: str) -> Response:
        """Luma's error body."""
        return JSONResponse({"detail": message}, status)

    def chosen(self, fault: Fault) -> Response:
        """The two kinds of 429."""
        if fault.kind not in LIMITED:
            return super().chosen(fault)
        return self.limited(fault.kind, fault.options.get("retry_after", RETRY_AFTER))

    def limited(self, kind: str, retry_after: object = RETRY_AFTER) -> Response:
        """429, with the seconds (or the date) to wait until."""
        answer = self.refusal(429, LIMITED[kind])
        answer.headers["Retry-After"] = str(retry_after)
        return answer


def check_key(call: Call) -> None:
    """A key is needed; any will do. Raises Refused."""
    scheme, _, key = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refused(401, "Invalid or missing API key")
