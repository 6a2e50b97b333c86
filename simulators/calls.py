"""One call from the wire to its answer: fault, effect, ledger line, answer, in that order."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.clock import Clock, iso
from simulators.faults import Fault, Faults
from simulators.ledger import Entry, Ledger
from simulators.wire import Dripping, Severed, Truncated, sever

FOREVER = 3600.0


@dataclass(frozen=True)
class Call:
    """One request, read in full."""

    request: Request
    body: bytes
    form: dict[str, str]
    """Fields of a form body, urlencoded or multipart."""
    fault: Fault | None
    now: float

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    def at(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def meets(self, kind: str) -> bool:
        """Whether a fault of this kind is to meet this call."""
        return self.fault is not None and self.fault.kind == kind

    def option(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever was armed
        """A setting of the fault, if any."""
        return self.fault.options.get(name, default) if self.fault else default


@dataclass(frozen=True)
class Outcome:
    """What a call comes to: the answer, and what changed in the world."""

    answer: Response
    ids: dict[str, str] = field(default_factory=dict)
    effect: str = "none"
    facts: dict[str, Any] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds of thinking before the answer; the effect stands already."""


Handler = Callable[[Call], Outcome]
Preparation = Callable[[Request], Awaitable[None]]


@dataclass(frozen=True)
class World:
    """What all services share."""

    ledger: Ledger
    clock: Clock
    faults: Faults

    def record(  # noqa: PLR0913 - the columns of a ledger line
        self,
        service: str,
        op: str,
        *,
        ids: dict[str, str] | None = None,
        effect: str = "none",
        status: int | None = None,
        fault: str | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Write one ledger line; state follows from it."""
        seq, time = self.ledger.next_seq, iso(self.clock.now())
        self.ledger.append(
            Entry(seq, time, service, op, ids or {}, effect, status, fault, facts or {})
        )


class Service:
    """One remote: its operations behind faults and in front of the ledger.

    A handler is a plain function, so nothing comes between its reading of the state and the
    ledger line that changes the state.
    """

    name = ""
    answer_kinds = frozenset({"status"})
    """The faults that answer with something of their own."""

    def __init__(self, world: World) -> None:
        self.world = world

    def refusal(self, status: int, message: str) -> Response:
        """An error in the service's own form: the body of a `status` fault without one."""
        return JSONResponse({"error": message}, status)

    def route(  # noqa: PLR0913 - a route's columns
        self,
        path: str,
        op: str | Callable[[Request], str],
        handler: Handler,
        *,
        methods: Iterable[str] = ("GET",),
        kinds: Iterable[str] = (),
        prepare: Preparation | None = None,
    ) -> Route:
        """Bind an operation to a path and declare it to the faults.

        Where only the request tells the operation, `op` finds it, and is declared elsewhere.
        """
        if isinstance(op, str):
            self.world.faults.know(self.name, op, frozenset(kinds))

        async def endpoint(request: Request) -> Response:
            if prepare is not None:
                await prepare(request)
            return await self._serve(request, op if isinstance(op, str) else op(request), handler)

        return Route(path, endpoint, methods=list(methods))

    async def _serve(self, request: Request, op: str, handler: Handler) -> Response:
        try:
            body, form = await self._read(request)
        except ClientDisconnect:
            return Severed()
        fault = self.world.faults.take(self.name, op)
        if fault is not None:
            early = await self._before(request, op, fault)
            if early is not None:
                return early
        outcome = handler(Call(request, body, form, fault, self.world.clock.now()))
        self.world.record(
            self.name,
            op,
            ids=outcome.ids,
            effect=outcome.effect,
            status=outcome.answer.status_code,
            fault=fault.kind if fault else None,
            facts=outcome.facts,
        )
        if outcome.wait:
            await asyncio.sleep(outcome.wait)
        return await self._after(request, fault, outcome.answer) if fault else outcome.answer

    async def _read(self, request: Request) -> tuple[bytes, dict[str, str]]:
        """The body, and its fields when it is a form. Raises ClientDisconnect."""
        return await request.body(), await _form(request)

    async def _before(self, request: Request, op: str, fault: Fault) -> Response | None:
        """What a fault does while nothing has happened yet; None lets the call go on."""
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds(5))
            return None
        answers = fault.kind in self.answer_kinds
        if fault.after_effect or not (answers or fault.kind in {"refuse", "hang"}):
            return None
        answer = self.chosen(fault) if answers else Severed()
        status = answer.status_code if answers else None
        self.world.record(self.name, op, status=status, fault=fault.kind)
        if fault.kind == "hang":
            await hang(request, fault.seconds(FOREVER))
        return answer

    async def _after(self, request: Request, fault: Fault, answer: Response) -> Response:
        """What a fault does to an answer whose call took effect."""
        if fault.kind == "execute-then-hang":
            await hang(request, fault.seconds(FOREVER))
            return Severed()
        if fault.kind == "execute-then-reset":
            return Severed()
        if fault.kind in self.answer_kinds and fault.after_effect:
            return self.chosen(fault)
        if fault.kind == "truncate":
            return Truncated(answer)
        if fault.kind == "slow":
            return Dripping(answer, fault.seconds(5))
        return answer

    def chosen(self, fault: Fault) -> Response:
        """The answer that a `status` fault asks for."""
        status = int(fault.options.get("status") or fault.options.get("code") or 500)
        body, headers = fault.options.get("body"), fault.options.get("headers") or {}
        if body is None:
            answer = self.refusal(status, str(fault.options.get("message", "a fault was armed")))
        elif isinstance(body, str):
            answer = Response(body, status, media_type="text/plain")
        else:
            answer = JSONResponse(body, status)
        answer.headers.update({str(name): str(value) for name, value in headers.items()})
        return answer


async def hang(request: Request, seconds: float) -> None:
    """Say nothing until the caller goes away or `seconds` have passed."""

    async def caller_leaves() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(caller_leaves(), seconds)
    await sever(request.scope)


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form: FormData = await request.form()
        return {name: value for name, value in form.items() if isinstance(value, str)}
    if kind == "application/x-www-form-urlencoded":
        text = (await request.body()).decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True))
    return {}
