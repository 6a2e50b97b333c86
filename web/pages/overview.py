"""The calendar of all accounts, and how each account does."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from db.review_pages import AccountLine, CalendarDay, ReviewPages
from db.trust import Trust
from schemas.account import AccountStatus, Role
from web.pages.gate import Form, Gate, Refused
from web.pages.queue import version_of
from web.pages.rendering import View
from web.visitor import Visitor

BEFORE = timedelta(days=9)
DAYS = 12
"""Columns of the calendar: the last days, today, and what is begun ahead."""

WORDS = {
    "opening": "Begins",
    "writing": "Writing",
    "filming": "Filming",
    "composing": "Cutting",
    "review": "Waits",
    "publishing": "Going out",
    "needs-attention": "Attention",
    "closed": "Closed",
    "published": "Published",
    "rejected": "Rejected",
    "expired": "Expired",
    "skipped": "Skipped",
    "abandoned": "Given up",
    "cancelled": "Cancelled",
}

_log = structlog.get_logger("web.pages")


@dataclass(frozen=True)
class OverviewPages:
    """GET /calendar and GET /accounts, and the way back from automatic approval."""

    gate: Gate
    view: View
    pages: ReviewPages
    trust: Trust

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        stop = self.gate.action(self.stop, Role.REVIEWER, Role.ADMIN)
        return [
            Route("/calendar", self.gate.page(self.calendar), methods=["GET"]),
            Route("/accounts", self.gate.page(self.accounts), methods=["GET"]),
            Route("/accounts/{account}/stop-auto-approval", stop, methods=["POST"]),
        ]

    async def calendar(self, request: Request, visitor: Visitor) -> Response:
        """Twelve days of all accounts."""
        today = datetime.now(UTC).date()
        begin = _from(request.query_params.get("from")) or today - BEFORE
        days = [begin + timedelta(days=number) for number in range(DAYS)]
        found = await self.pages.calendar(days[0], days[-1])
        accounts = await self.pages.accounts()
        version = version_of(*found, *(one.handle for one in accounts), str(today))
        if self._is_seen(request, version):
            return Response(status_code=304)
        return self.view.page(
            self._template(request, "calendar"),
            visitor,
            signs_out=self.gate.who.signs_out,
            days=days,
            today=today,
            is_now=begin == today - BEFORE,
            earlier=begin - timedelta(days=DAYS),
            later=begin + timedelta(days=DAYS),
            here_url=f"/calendar?from={begin}",
            lines=_lines(accounts, found, days),
            words=WORDS,
            version=version,
        )

    async def accounts(self, request: Request, visitor: Visitor) -> Response:
        """How every account does."""
        now = datetime.now(UTC)
        lines = [(one, next_run(one, now)) for one in await self.pages.accounts()]
        standings = await self.trust.standings()
        version = version_of(*(one for one, _ in lines), *standings, now.strftime("%H:%M"))
        if self._is_seen(request, version):
            return Response(status_code=304)
        return self.view.page(
            self._template(request, "accounts"),
            visitor,
            signs_out=self.gate.who.signs_out,
            lines=lines,
            standings={one.account_id: one for one in standings},
            temporal_ui_url=self.view.temporal_ui_url,
            version=version,
        )

    async def stop(self, request: Request, visitor: Visitor, _form: Form) -> Response:
        """Let people decide on every Reel of an account again. Again: changes nothing."""
        account = request.path_params["account"]
        if account not in {one.id for one in await self.pages.accounts()}:
            raise Refused(404, "No such account", "Nothing was changed.", back="/accounts")
        if await self.trust.stop(account, visitor.id):
            _log.info("auto_approval.stopped", account=account, person=visitor.id)
        return RedirectResponse("/accounts", 303)

    def _is_seen(self, request: Request, version: str) -> bool:
        return "x-part" in request.headers and request.headers.get("if-none-match") == version

    def _template(self, request: Request, name: str) -> str:
        return f"{name}_part.html" if request.headers.get("x-part") == name else f"{name}.html"


def next_run(account: AccountLine, now: datetime) -> datetime | None:
    """When the account's day begins next, by its own clock; None while it is paused."""
    if account.status is AccountStatus.PAUSED:
        return None
    hour, minute = map(int, account.start_time.split(":"))
    local = now.astimezone(ZoneInfo(account.zone))
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    # Added to the wall clock: the next day may be 23 or 25 hours away.
    return (today if today > local else today + timedelta(days=1)).astimezone(UTC)


def _lines(
    accounts: tuple[AccountLine, ...], found: tuple[CalendarDay, ...], days: list[date]
) -> list[tuple[str, str, list[CalendarDay | None]]]:
    cells = {(one.account_id, one.day): one for one in found}
    return [(one.id, one.handle, [cells.get((one.id, day)) for day in days]) for one in accounts]


def _from(text: str | None) -> date | None:
    """The first day of the calendar. Raises Refused for what is no date of this time."""
    if text is None:
        return None
    try:
        begin = date.fromisoformat(text)
    except ValueError:
        begin = date.min
    if not 2000 <= begin.year <= 2200:  # noqa: PLR2004 - what a calendar is asked for
        raise Refused(400, "No such week", "Write the first day like 2026-11-23.", back="/calendar")
    return begin
