"""The doors that no real service has: the ledger, the faults, the clock, the bill."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.bill import bill
from simulators.calls import World
from simulators.clock import iso
from simulators.faults import UnknownFault
from simulators.jobs import Jobs


class Control:
    """`/_ledger`, `/_faults`, `/_clock`, `/_bill`, `/_health`."""

    def __init__(self, world: World, jobs: Sequence[Jobs], options: dict[str, Any]) -> None:
        self._world = world
        self._jobs = jobs
        self._options = options

    def routes(self) -> list[Route]:
        """Their routes; none of these calls is in the ledger."""
        return [
            Route("/_health", self._health),
            Route("/_ledger", self._ledger),
            Route("/_faults", self._listed),
            Route("/_faults", self._arm, methods=["POST"]),
            Route("/_faults", self._clear, methods=["DELETE"]),
            Route("/_clock", self._clock),
            Route("/_clock", self._move, methods=["POST"]),
            Route("/_bill", self._bill),
        ]

    async def _health(self, request: Request) -> Response:
        del request
        shown = {key: str(value) for key, value in self._options.items() if value is not None}
        return JSONResponse({"status": "ok", "options": shown})

    async def _ledger(self, request: Request) -> Response:
        """All entries in order, or those that `service`, `op`, `effect` name, after `after`."""
        wanted = dict(request.query_params)
        after = int(wanted.pop("after", 0))
        entries = [
            asdict(entry)
            for entry in self._world.ledger.entries[after:]
            if all(str(getattr(entry, name, None)) == value for name, value in wanted.items())
        ]
        return JSONResponse({"entries": entries})

    async def _listed(self, request: Request) -> Response:
        del request
        return JSONResponse({"armed": self._world.faults.listed()})

    async def _arm(self, request: Request) -> Response:
        """Arm one fault, or a list of them in order."""
        body = await request.json()
        try:
            for wish in body if isinstance(body, list) else [body]:
                self._world.faults.arm(wish, self._world.clock.now())
        except UnknownFault as unknown:
            return JSONResponse({"error": str(unknown)}, 422)
        return await self._listed(request)

    async def _clear(self, request: Request) -> Response:
        """Disarm all, or those that `service`, `op`, `kind` name."""
        self._world.faults.clear(dict(request.query_params))
        return await self._listed(request)

    async def _clock(self, request: Request) -> Response:
        del request
        clock = self._world.clock
        now = clock.now()
        return JSONResponse({"now": iso(now), "seconds": now, "offset": clock.offset})

    async def _move(self, request: Request) -> Response:
        """`advance` by seconds, or `set` to a moment: ISO 8601, or seconds since the epoch."""
        body = await request.json()
        if "set" in body:
            moment = body["set"]
            is_text = isinstance(moment, str)
            self._world.clock.set(
                datetime.fromisoformat(moment).timestamp() if is_text else float(moment)
            )
        elif "advance" in body:
            self._world.clock.advance(float(body["advance"]))
        else:
            return JSONResponse({"error": "send advance (seconds) or set (a moment)"}, 422)
        return await self._clock(request)

    async def _bill(self, request: Request) -> Response:
        del request
        return JSONResponse(bill(self._world.ledger.entries, self._jobs))
