"""The queue: what waits for a person, and approving several at once."""

import asyncio
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from db.review_queue import Place, ReviewQueue
from schemas.account import AccountDay, Role
from schemas.decision import Verdict
from web.deciding import Deciding, DecisionRequest, Result
from web.pages.gate import Form, Gate, Refused, first
from web.pages.rendering import View
from web.paging import BadPlace, read_place, write_place
from web.visitor import Visitor

A_PAGE = 24
MOST_AT_ONCE = 48
"""Reels that one form approves."""
BESIDE_EACH_OTHER = 6

CHANNEL = "web"

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PICK = re.compile(r"([a-z0-9][a-z0-9-]{0,62})/(\d{4}-\d\d-\d\d)/([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class QueuePages:
    """GET / and POST /approve."""

    gate: Gate
    view: View
    queue: ReviewQueue
    deciding: Deciding

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        may = (Role.REVIEWER, Role.ADMIN)
        return [
            Route("/", self.gate.page(self.show), methods=["GET"]),
            Route("/approve", self.gate.action(self.approve, *may), methods=["POST"]),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """A page of the queue; the part alone, or 304, for a page that asks by itself."""
        account = request.query_params.get("account")
        if account is not None and not _ACCOUNT.fullmatch(account):
            raise Refused(404, "No such account", "The queue has no account of this name.")
        try:
            after = read_place(request.query_params.get("after"))
        except BadPlace:
            raise Refused(400, "No such page", "The queue begins at its oldest Reel.") from None
        return await self._shown(request, visitor, account, after)

    async def approve(self, _request: Request, visitor: Visitor, form: Form) -> Response:
        """Approve what was picked, each if it still is what was shown."""
        picks = [_picked(pick) for pick in dict.fromkeys(form.get("pick", []))]
        if not picks or len(picks) > MOST_AT_ONCE:
            raise Refused(400, "Nothing was picked", f"Pick one to {MOST_AT_ONCE} Reels.")
        once = first(form, "once")[:64]
        turn = asyncio.Semaphore(BESIDE_EACH_OTHER)

        async def decide(key: AccountDay, revision: str) -> Result:
            said = DecisionRequest(revision=revision, verdict=Verdict.APPROVE)
            async with turn:
                return await self.deciding.decide(
                    key, said, person=visitor.id, channel=CHANNEL, once=once
                )

        results = await asyncio.gather(*(decide(key, revision) for key, revision in picks))
        return await self._shown(None, visitor, None, None, results)

    async def _shown(
        self,
        request: Request | None,
        visitor: Visitor,
        account: str | None,
        after: Place | None,
        results: Sequence[Result] = (),
    ) -> Response:
        items = await self.queue.page(A_PAGE + 1, account=account, after=after)
        counts = await self.queue.counts()
        more, items = len(items) > A_PAGE, items[:A_PAGE]
        version = version_of(*items, *counts, datetime.now(UTC).strftime("%H:%M"), visitor.role)
        part = request is not None and request.headers.get("x-part") == "queue"
        if part and request is not None and request.headers.get("if-none-match") == version:
            return Response(status_code=304)
        counted = sum(1 for one in results if one.accepted)
        return self.view.page(
            "queue_part.html" if part else "queue.html",
            visitor,
            signs_out=self.gate.who.signs_out,
            items=items,
            counts=counts,
            total=sum(one.reels for one in counts),
            account=account,
            first=after is None,
            first_url=_url(account, None),
            here_url=_url(account, after),
            next_url=_url(account, items[-1].place) if more else None,
            version=version,
            once=secrets.token_hex(12),
            results=results,
            results_title=f"{counted} of {len(results)} approved",
        )


def version_of(*facts: BaseModel | str | None) -> str:
    """What tells one state of a part of a page from another."""
    words = [one.model_dump_json() if isinstance(one, BaseModel) else one for one in facts]
    return sha256(json.dumps(words).encode()).hexdigest()[:32]


def _url(account: str | None, after: Place | None) -> str:
    query = {"account": account, "after": write_place(after)}
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"/?{asked}" if asked else "/"


def _picked(pick: str) -> tuple[AccountDay, str]:
    """The Reel and the revision that a box stands for. Raises Refused for anything else."""
    account, day, revision = found.groups() if (found := _PICK.fullmatch(pick)) else ("", "", "")
    try:
        return AccountDay(account=account, day=date.fromisoformat(day)), revision
    except (ValueError, ValidationError):
        raise Refused(400, "Not a Reel of the queue", "Open the queue again, and pick.") from None
