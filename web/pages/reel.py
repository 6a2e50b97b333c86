"""One Reel: what will be published, how it came about, and the buttons that decide."""

import asyncio
import re
import secrets
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from temporalio.client import Client
from temporalio.service import RPCError

from db.approval_row import ApprovalRow, ApprovalStatus
from db.database import Database
from db.reel_row import ReelRow
from runtime import doors
from schemas.account import Account, AccountDay, Role
from schemas.day import StepProgress
from web.deciding import Deciding, Result
from web.pages import forms, history
from web.pages.gate import Form, Gate, Refused, first
from web.pages.queue import CHANNEL, version_of
from web.pages.rendering import View
from web.pages.states import called_back, state_of
from web.visitor import Visitor

STEPS_SECONDS = 2.0
"""How long a page waits for a worker to tell the steps of the day."""

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class Case:
    """Everything that a page of one Reel is made of."""

    account: Account
    reel: ReelRow
    laid: tuple[ApprovalRow, ...]
    """Every revision that ever lay before people, the newest first."""
    given: tuple[str, ...] = ()
    """Who has approved a caption of it, where another person has to, too."""
    recalled_by: str | None = None
    """Who wants people to decide on it, although it was approved automatically."""

    @property
    def shown(self) -> tuple[ApprovalRow, ...]:
        """The captions that lie, or last lay, before people."""
        newest = self.laid[0].laying if self.laid else 0
        return tuple(row for row in self.laid if row.laying == newest)

    @property
    def open(self) -> bool:
        """Whether a decision can count."""
        pending = any(row.status is ApprovalStatus.PENDING for row in self.shown)
        return pending and self.reel.outcome is None

    @property
    def recallable(self) -> bool:
        """Whether it was approved automatically, and people may yet decide on it."""
        waits = self.reel.published_at is None and self.reel.outcome is None
        automatic = any(row.automatic for row in self.shown)
        return waits and automatic and self.recalled_by is None

    @property
    def url(self) -> str:
        """The page's address."""
        return url_of(self.reel.key)


@dataclass(frozen=True)
class ReelPages:
    """GET /reel/{account}/{day}, and POST .../decide and .../recall."""

    gate: Gate
    view: View
    db: Database
    temporal: Client
    deciding: Deciding

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/reel/{account}/{day}"
        decide = self.gate.action(self.decide, Role.REVIEWER, Role.ADMIN)
        recall = self.gate.action(self.recall, Role.REVIEWER, Role.ADMIN)
        return [
            Route(path, self.gate.page(self.show), methods=["GET"]),
            Route(f"{path}/decide", decide, methods=["POST"]),
            Route(f"{path}/recall", recall, methods=["POST"]),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The page; its state alone, or 304, for a page that asks by itself."""
        case = await self._case(request)
        if request.headers.get("x-part") == "state":
            return self._state(request, visitor, case)
        return await self._page(visitor, case)

    async def decide(self, request: Request, visitor: Visitor, form: Form) -> Response:
        """Carry a decision to the day, wait for its answer, and show it."""
        case = await self._case(request)
        once = first(form, "once")[:64]
        result = await self.deciding.decide(
            case.reel.key,
            forms.read(form, case.account, case.shown),
            person=visitor.id,
            channel=CHANNEL,
            once=once,
        )
        if result.status == 200:  # noqa: PLR2004 - it counts, and a reload repeats nothing
            return RedirectResponse(case.url, 303)
        return await self._page(visitor, await self._case(request), result, once)

    async def recall(self, request: Request, visitor: Visitor, _form: Form) -> Response:
        """Have people decide on a Reel that was approved automatically. Again: the same."""
        case = await self._case(request)
        if await self.db.trust.recall(case.reel.id, visitor.id, CHANNEL):
            return RedirectResponse(case.url, 303)
        text = "It is out, or it waits for no automatic approval: nothing was changed."
        raise Refused(409, "Too late to call it back", text, back=case.url)

    async def _case(self, request: Request) -> Case:
        key = key_of(request)
        account, reel = await asyncio.gather(
            self.db.accounts.get(key.account), self.db.reels.by_day(key)
        )
        if account is None or reel is None:
            raise Refused(404, "No such Reel", f"{key.account} has no Reel of {key.day}.")
        case = Case(account, reel, await self.db.review_pages.laid(reel.id))
        if case.recallable:
            return replace(case, recalled_by=await self.db.trust.recalled_by(reel.id))
        if not case.open or all(row.approvals_needed == 1 for row in case.shown):
            return case
        of_each = [await self.db.given.of(reel.id, row.revision) for row in case.shown]
        return replace(case, given=tuple(name for names in of_each for name in names))

    async def _page(
        self, visitor: Visitor, case: Case, result: Result | None = None, once: str = ""
    ) -> Response:
        reel = case.reel
        before, after = await self.db.review_queue.beside(reel.id)
        costs = await self.db.review_pages.costs(reel.id)
        attempts = await self.db.approvals.attempts(reel.key)
        return self.view.page(
            "reel.html",
            visitor,
            status=result.status if result else 200,
            **self._facts(case),
            notice=result,
            reel=reel,
            account=case.account,
            once=once or secrets.token_hex(12),
            before_url=url_of(before) if before else "",
            after_url=url_of(after) if after else "",
            costs=costs,
            total_micros=sum(one.micros for one in costs),
            steps=await self._steps(reel.key),
            history=history.of(reel, case.laid, attempts),
        )

    def _state(self, request: Request, visitor: Visitor, case: Case) -> Response:
        facts = self._facts(case)
        if request.headers.get("if-none-match") == facts["version"]:
            return Response(status_code=304)
        return self.view.page("reel_state.html", visitor, **facts)

    def _facts(self, case: Case) -> dict[str, Any]:
        state = state_of(case.reel, case.account, case.shown, case.given)
        if case.recalled_by is not None:
            state = called_back(case.recalled_by)
        shown = version_of(*(row.revision for row in case.shown))
        return {
            "state": state,
            "shown": case.shown,
            "shown_version": shown,
            "open": case.open,
            "recallable": case.recallable,
            "version": version_of(state, shown),
            "url": case.url,
            "signs_out": self.gate.who.signs_out,
        }

    async def _steps(self, key: AccountDay) -> tuple[StepProgress, ...] | None:
        """The steps of the day; None when no worker tells them in time."""
        try:
            async with asyncio.timeout(STEPS_SECONDS):
                progress = await doors.read_progress(self.temporal, key)
        except doors.NoSuchDay:
            return ()
        except (TimeoutError, RPCError):
            return None
        return progress.steps if progress else None


def url_of(key: AccountDay) -> str:
    """The address of a Reel's page."""
    return f"/reel/{key.account}/{key.day}"


def key_of(request: Request) -> AccountDay:
    """The account and date in an address. Raises Refused for what names none."""
    account, day = request.path_params["account"], request.path_params["day"]
    if _ACCOUNT.fullmatch(account) and _DAY.fullmatch(day):
        try:
            return AccountDay(account=account, day=date.fromisoformat(day))
        except (ValueError, ValidationError):
            pass
    raise Refused(404, "No such Reel", "This address names no account and date.")
