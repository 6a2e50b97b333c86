"""What both hosts of the Graph API have in common: who may call, and what stands in the way.

Modes of the service as a whole, armed for the operation `any`, for all accounts or with `user`:
`read-outage` (each read of a container, post or list answers 100/33; with `token` page or user
only with such a token, as in the outage of 2026), `throttle` (each call answers `code`, 80002
unless told otherwise, for `minutes` of the simulators' clock, which each call in it prolongs by
`prolong` minutes; `business` false leaves the header with the minutes out), `usage` (good
answers say `percent`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.calls import Call, Handler, Outcome, Preparation, Service, World
from simulators.containers import Containers
from simulators.faults import EVERY, Fault
from simulators.graph_calls import Ask, Params, Refused, parameters, token_of
from simulators.graph_errors import graph_error, session_error, unreadable
from simulators.instagram_accounts import Accounts
from simulators.instagram_apps import Apps
from simulators.instagram_tokens import ANY, FACEBOOK, INSTAGRAM, SCOPES, Tokens

THROTTLED = 80002
BUSINESS = "X-Business-Use-Case-Usage"
FULL = 100
MINUTES = 60
GRAPH_ERROR = "graph-error"
SERVICE = "instagram"
MODES = frozenset({"read-outage", "throttle", "usage", "quota"})
Operation = Callable[[Ask], Outcome]
OpenOperation = Callable[[Call, Params], Outcome]


@dataclass(frozen=True)
class Platform:
    """What all of Instagram's hosts share."""

    world: World
    accounts: Accounts
    containers: Containers
    tokens: Tokens
    apps: Apps


class Graph(Service):
    """One host of the Graph API."""

    name = SERVICE
    answer_kinds = frozenset({"status", GRAPH_ERROR})

    def __init__(self, platform: Platform, flavour: str) -> None:
        super().__init__(platform.world)
        self.flavour = flavour
        self.platform = platform
        platform.world.faults.know_modes(SERVICE, MODES)

    def refusal(self, status: int, message: str) -> Response:
        """The Graph API's error body, with another status than its usual 400."""
        answer = graph_error(1 if status in {400, 500} else 2, None, message)
        answer.status_code = status
        return answer

    def chosen(self, fault: Fault) -> Response:
        """A `graph-error` names its `code` and `subcode`, and what else it will.

        `message`, `is_transient`, `type`; `extra` is any other part of the error.
        """
        if fault.kind != GRAPH_ERROR:
            return super().chosen(fault)
        options = fault.options
        subcode = options.get("error_subcode", options.get("subcode"))
        extra: dict[str, Any] = {
            name: options[name] for name in ("is_transient", "type") if name in options
        }
        return graph_error(
            int(options.get("code", 1)),
            subcode,
            options.get("message"),
            extra={**extra, **options.get("extra", {})},
        )

    def operation(  # noqa: PLR0913 - a route's columns
        self,
        path: str,
        op: str | Callable[[Request], str],
        handler: Operation,
        *,
        methods: Iterable[str] = ("GET",),
        kinds: Iterable[str] = (),
        prepare: Preparation | None = None,
    ) -> list[Route]:
        """Under a version or without one, with or without a last slash; a token is needed."""

        def admitted(call: Call) -> Outcome:
            return self._answered(lambda: handler(self._ask(call)))

        return self._places(path, op, admitted, methods, [GRAPH_ERROR, *kinds], prepare)

    def open_operation(
        self, path: str, op: str, handler: OpenOperation, *, methods: Iterable[str] = ("GET",)
    ) -> list[Route]:
        """The same without a token."""

        def admitted(call: Call) -> Outcome:
            return self._answered(lambda: handler(call, parameters(call)))

        return self._places(path, op, admitted, methods, [GRAPH_ERROR], None)

    def allow(self, ask: Ask, need: str, user: str = "", *, reads: bool = False) -> None:
        """Let a call go on that concerns an account. Raises Refused.

        `need` is the permission by its short name, `reads` a read that an outage can meet.
        """
        ids = {"user": user} if user else {}
        self._pass_modes(ask, user, ids, reads=reads)
        trouble = self.platform.tokens.trouble(ask.token, user)
        if trouble is not None:
            raise Refused(session_error(trouble), ids)
        if not ask.token.serves(user):
            raise Refused(unreadable(user, ask.call.request.method.lower()), ids)
        if SCOPES[self.flavour][need] not in ask.token.scopes:
            raise Refused(self.not_permitted(need), ids)
        if need == "publish" and self.platform.tokens.is_restricted(user):
            raise Refused(graph_error(25, 2207050), ids)

    def account(self, ask: Ask) -> str:
        """The account in the path; with Instagram Login it may be `me`."""
        named = ask.at("user")
        return ask.token.account if named == "me" and self.flavour == INSTAGRAM else named

    def not_permitted(self, need: str) -> Response:
        """A scope is missing: 10; with Facebook Login 200, but for deletion."""
        scope = SCOPES[self.flavour][need]
        code = 200 if self.flavour == FACEBOOK and need != "contents" else 10
        return graph_error(code, None, f"(#{code}) Requires {scope} permission")

    def mode(self, kind: str, user: str, op: str = EVERY) -> Fault | None:
        """An armed mode that concerns an account."""
        return self.world.faults.mode(self.name, op, kind, user)

    def _ask(self, call: Call) -> Ask:
        params = parameters(call)
        text = token_of(call, params)
        token = self.platform.tokens.find(text)
        if token.flavour not in {ANY, self.flavour}:
            raise Refused(graph_error(190))
        proof = params.pop("appsecret_proof", None)
        if proof is not None and not self.platform.apps.proves(token, text, proof):
            answer = graph_error(100, None, "Invalid appsecret_proof provided in the API argument")
            raise Refused(answer)
        return Ask(call, params, text, token, self.flavour)

    def _answered(self, handle: Callable[[], Outcome]) -> Outcome:
        try:
            outcome = handle()
        except Refused as refused:
            outcome = Outcome(refused.answer, refused.ids)
        self._show_usage(outcome)
        return replace(outcome, facts={"flavour": self.flavour, **outcome.facts})

    def _show_usage(self, outcome: Outcome) -> None:
        user = outcome.ids.get("user", "")
        usage = self.mode("usage", user)
        if usage is not None and outcome.answer.status_code == 200:  # noqa: PLR2004 - HTTP
            percent = int(usage.options.get("percent", 50))
            outcome.answer.headers.update(usage_headers(user, percent, 0))

    def _pass_modes(self, ask: Ask, user: str, ids: dict[str, str], *, reads: bool) -> None:
        throttle = self.mode("throttle", user)
        if throttle is not None:
            self._throttled(throttle, user, ids, ask.call.now)
        outage = self.mode("read-outage", user) if reads else None
        if outage is not None and outage.options.get("token", ask.token.kind) == ask.token.kind:
            raise Refused(graph_error(100, 33, OUTAGE), ids)

    def _throttled(self, throttle: Fault, user: str, ids: dict[str, str], now: float) -> None:
        options = throttle.options
        left = throttle.armed_at + float(options.get("minutes", 60)) * MINUTES - now
        if left <= 0:
            return
        options["minutes"] = float(options.get("minutes", 60)) + options.get("prolong", 0)
        answer = graph_error(int(options.get("code", THROTTLED)))
        headers = usage_headers(user, FULL, -int(-left // MINUTES))
        if not options.get("business", True):
            del headers[BUSINESS]
        answer.headers.update(headers)
        raise Refused(answer, ids)

    def _places(  # noqa: PLR0913, PLR0917 - a route's columns
        self,
        path: str,
        op: str | Callable[[Request], str],
        handler: Handler,
        methods: Iterable[str],
        kinds: Iterable[str],
        prepare: Preparation | None,
    ) -> list[Route]:
        return [
            self.route(place + slash, op, handler, methods=methods, kinds=kinds, prepare=prepare)
            for place in (f"/v{{version:float}}/{path}", f"/{path}")
            for slash in ("", "/")
        ]


OUTAGE = (
    "Unsupported get request. Object does not exist, cannot be loaded due to missing permissions, "
    "or does not support this operation"
)


def usage_headers(user: str, percent: int, minutes: int) -> dict[str, str]:
    """The rate limits' headers; `minutes` until calls are let in again."""
    app = {"call_count": percent, "total_cputime": percent, "total_time": percent}
    row: dict[str, Any] = {"type": "instagram", **app, "estimated_time_to_regain_access": minutes}
    return {
        "X-App-Usage": json.dumps(app),
        BUSINESS: json.dumps({user or "0": [row]}),
    }
