"""The JSON API of the review: the numbers that the pages show, and decisions by scripts.

A script carries `Authorization: Bearer TOKEN`, made by `admin.py person token`, and acts as
that person; a signed-in browser may read. Documented at /api/v1/openapi.json.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import structlog
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from db.database import Database
from db.failures import DatabaseError
from schemas.account import AccountDay, AccountId, Role
from schemas.decision import sentences
from web.api_models import CaptionAnswer, Fault, QueueAnswer, ReelAnswer
from web.body import read_body
from web.deciding import Deciding, DecisionRequest
from web.openapi import document
from web.pages.gate import POSTS
from web.paging import BadPlace, read_place, write_place
from web.visitor import Visitor
from web.who import Outside, Who

CHANNEL = "api"
A_PAGE = 50
MOST = 200
BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0

DOWN = "the database does not answer: do it again in a moment"

_FAULTS = frozenset({422, 503})
"""Answers to a decision that no day has weighed: a sentence, as for any other call."""

_log = structlog.get_logger("web.api")

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request, Visitor], Awaitable[Response]]

_ACCOUNT: TypeAdapter[str] = TypeAdapter(AccountId)


class BadRequest(Exception):
    """A request that is answered with a sentence, and changes nothing."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


@dataclass(frozen=True)
class Api:
    """Every address under /api/v1."""

    db: Database
    who: Who
    deciding: Deciding

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        reel = "/api/v1/reels/{account}/{day}"
        return [
            Route("/api/v1/openapi.json", self.described, methods=["GET"]),
            Route("/api/v1/queue", self._for(self.queue), methods=["GET"]),
            Route(reel, self._for(self.reel), methods=["GET"]),
            Route(f"{reel}/decision", self._for(self.decide, script=True), methods=["POST"]),
        ]

    async def described(self, _request: Request) -> Response:
        """GET /api/v1/openapi.json: what there is."""
        return JSONResponse(document(self.who.public_base_url))

    async def queue(self, request: Request, _visitor: Visitor) -> Response:
        """GET /api/v1/queue."""
        account = request.query_params.get("account")
        if account is not None:
            account = _account(account)
        try:
            after = read_place(request.query_params.get("after"))
        except BadPlace as bad:
            raise BadRequest(400, str(bad)) from None
        limit = _limit(request.query_params.get("limit"))
        items = await self.db.review_queue.page(limit + 1, account=account, after=after)
        more, items = len(items) > limit, items[:limit]
        counts = await self.db.review_queue.counts()
        return _json(
            QueueAnswer(
                total=sum(one.reels for one in counts),
                accounts=counts,
                items=items,
                next=write_place(items[-1].place) if more else None,
            )
        )

    async def reel(self, request: Request, _visitor: Visitor) -> Response:
        """GET /api/v1/reels/{account}/{day}."""
        key = _key(request)
        row = await self.db.reels.by_day(key)
        if row is None:
            raise BadRequest(404, f"there is no Reel of {key.account} on {key.day}")
        laid = await self.db.approvals.newest(row.id)
        return _json(
            ReelAnswer(
                account_id=row.account_id,
                day=row.day,
                stage=row.stage,
                since=row.stage_at,
                outcome=row.outcome,
                reason=row.reason,
                permalink=row.permalink,
                captions=tuple(CaptionAnswer.model_validate(dict(one)) for one in laid),
            )
        )

    async def decide(self, request: Request, visitor: Visitor) -> Response:
        """POST /api/v1/reels/{account}/{day}/decision: as a press of a button on the page."""
        key = _key(request)
        if visitor.role is Role.VIEWER:
            raise BadRequest(403, "your role is viewer: you may look, and not decide")
        said = await _body(request, DecisionRequest)
        if not await self.db.door_counts.allows(f"posts/{visitor.id}", POSTS, datetime.now(UTC)):
            raise BadRequest(429, "too fast: wait a minute")
        once = request.headers.get("idempotency-key", "")[:100] or secrets.token_hex(12)
        result = await self.deciding.decide(
            key, said, person=visitor.id, channel=CHANNEL, once=once
        )
        if result.status in _FAULTS:
            raise BadRequest(result.status, result.text)
        return _json(result, result.status)

    def _for(self, handler: Handler, *, script: bool = False) -> Callable[..., Awaitable[Response]]:
        """An endpoint for whoever is let in; with `script`, only for those with a token."""

        async def endpoint(request: Request) -> Response:
            try:
                return await handler(request, await self._known(request, script=script))
            except BadRequest as bad:
                headers = {"www-authenticate": "Bearer"} if bad.status == 401 else {}  # noqa: PLR2004
                return _json(Fault(error=bad.said), bad.status, headers)
            except Outside as outside:
                return _json(Fault(error=str(outside)), 403)
            except HTTPException as refused:
                return _json(Fault(error=refused.detail), refused.status_code)
            except DatabaseError as error:
                _log.error("web.part.failed", path=request.url.path[:20], error=str(error))
                return _json(Fault(error=DOWN), 503, {"retry-after": "5"})

        return endpoint

    async def _known(self, request: Request, *, script: bool) -> Visitor:
        visitor = await self.who.script(request)
        if visitor is None and not script:
            visitor = await self.who.visitor(request, active=False)
        if visitor is None:
            raise BadRequest(401, "no good token: see admin.py person token")
        return visitor


def _json(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(model.model_dump(mode="json"), status, headers)


async def _body(request: Request, model: type[M]) -> M:
    """The body as a model. Raises BadRequest with what is wrong with it."""
    raw = await read_body(request, limit_bytes=BODY_BYTES, seconds=BODY_SECONDS)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise BadRequest(422, sentences(error)) from None


def _account(text: str) -> str:
    try:
        return _ACCOUNT.validate_python(text)
    except ValidationError:
        raise BadRequest(400, "account: is no id of an account") from None


def _key(request: Request) -> AccountDay:
    account, day = request.path_params["account"], request.path_params["day"]
    try:
        if len(day) == len("2026-11-23"):
            return AccountDay(account=account, day=date.fromisoformat(day))
    except (ValueError, ValidationError):
        pass
    raise BadRequest(404, "this address names no account and date: /api/v1/reels/ID/2026-11-23")


def _limit(text: str | None) -> int:
    if text is None:
        return A_PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise BadRequest(400, f"limit: write a number from 1 to {MOST}")
    return int(text)
