"""fal's platform API: the requests that were made, and prices.

Source: fal.ai/docs, platform-apis/v1: `models/requests/by-endpoint` (times in ISO 8601, pages by
cursor, `expand=payloads`; 24 hours unless told otherwise) and `models/pricing`.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service, World
from simulators.clock import iso
from simulators.fal import Fal
from simulators.fal_models import ENDPOINT
from simulators.jobs import Job, Phase

DAY = 86_400
PAGE, LARGEST_PAGE = 50, 100
UNIT_PRICE = 0.04
"""Dollars for a second of 720p: what five seconds for 0.20 come to."""


class Refused(Exception):
    """A query that the platform refuses."""


class FalPlatform(Service):
    """`/fal/v1/models`."""

    name = "fal"

    def __init__(self, world: World, fal: Fal) -> None:
        super().__init__(world)
        self._fal = fal

    def routes(self) -> list[Route]:
        """The operations `list_requests` and `get_pricing`."""
        path = "/v1/models"
        return [
            self.route(f"{path}/requests/by-endpoint", "list_requests", self._list),
            self.route(f"{path}/pricing", "get_pricing", self._pricing),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """The platform's own error body."""
        kinds = {401: "authorization_error", 404: "not_found", 429: "rate_limited"}
        kind = kinds.get(status, "server_error" if status >= 500 else "validation_error")  # noqa: PLR2004
        return JSONResponse({"error": {"type": kind, "message": message}}, status)

    def _list(self, call: Call) -> Outcome:
        if self._fal.unauthorized(call):
            return Outcome(self.refusal(401, "Authentication required"))
        query = call.request.query_params
        try:
            wanted = _endpoints(call)
            start = _moment(query.get("start"), call.now - DAY)
            end = _moment(query.get("end"), call.now + 1)
            limit, page = _limit(query.get("limit")), _page(query.get("cursor"))
        except Refused as refused:
            return Outcome(self.refusal(400, str(refused)))
        jobs = self._fal.jobs
        # One that still waits in the queue isn't listed: no runner has taken it.
        known = [
            job
            for job in jobs.listed()
            if ENDPOINT in wanted
            and jobs.phase(job) not in {Phase.HELD, Phase.QUEUED}
            and start <= job.created < end
        ]
        known.sort(key=jobs.end, reverse=True)
        shown = known[(page - 1) * limit : page * limit]
        more = len(known) > page * limit
        payloads = "payloads" in query.getlist("expand")
        body = {
            "items": [self._item(call, job, payloads=payloads) for job in shown],
            "next_cursor": base64.b64encode(str(page + 1).encode()).decode() if more else None,
            "has_more": more,
        }
        return Outcome(JSONResponse(body), facts={"listed": len(shown)})

    def _item(self, call: Call, job: Job, *, payloads: bool) -> dict[str, Any]:
        jobs, over = self._fal.jobs, self._fal.is_over(job)
        cancelled = jobs.phase(job) is Phase.CANCELLED
        item: dict[str, Any] = {
            "request_id": job.id,
            "endpoint_id": job.model,
            "sent_at": iso(job.created, "milliseconds"),
            "started_at": iso(jobs.end(job) if cancelled else jobs.start(job), "milliseconds"),
        }
        ending = self._fal.ending(job) if over else None
        if over:
            item |= {
                "ended_at": iso(jobs.end(job), "milliseconds"),
                "status_code": ending.status if ending else 200,
                "duration": jobs.seconds,
            }
        if payloads:
            item["json_input"] = job.facts["input"]
        if payloads and over:
            item["json_output"] = (
                self._fal.complaint(job, ending) if ending else self._fal.output(call, job)
            )
        return item

    def _pricing(self, call: Call) -> Outcome:
        if self._fal.unauthorized(call):
            return Outcome(self.refusal(401, "Authentication required"))
        try:
            unknown = sorted(set(_endpoints(call)) - {ENDPOINT})
        except Refused as refused:
            return Outcome(self.refusal(400, str(refused)))
        if unknown:
            return Outcome(self.refusal(404, f"No such endpoint: {', '.join(unknown)}"))
        price = {
            "endpoint_id": ENDPOINT,
            "unit_price": UNIT_PRICE,
            "unit": "seconds",
            "currency": "USD",
        }
        return Outcome(JSONResponse({"prices": [price], "next_cursor": None, "has_more": False}))


def _endpoints(call: Call) -> list[str]:
    given = call.request.query_params.getlist("endpoint_id")
    names = [name for text in given for name in text.split(",") if name]
    if not names:
        raise Refused("endpoint_id: required")
    return names


def _moment(text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"not a date in ISO 8601: {text}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _limit(text: str | None) -> int:
    limit = int(text) if text and text.isdigit() else PAGE
    if not 1 <= limit <= LARGEST_PAGE:
        raise Refused(f"limit: 1 to {LARGEST_PAGE}")
    return limit


def _page(cursor: str | None) -> int:
    if not cursor:
        return 1
    try:
        return int(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        raise Refused("cursor: not one of ours") from None
