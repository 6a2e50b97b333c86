"""Signing in with a link by e-mail, and out.

Whether an address is known is never said: the answer is the same, and the letter is written
after it. The link's GET shows a button; its POST signs in, so that a program that only looks
at links signs nobody in.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from clients.errors import ClientError
from clients.mail import Mail
from db.door_counts import Limit
from db.sign_ins import LINK_LIFE, LONGEST
from web.pages.gate import Form, Gate, Refused, first
from web.visitor import Visitor
from web.who import SESSION_COOKIE

OF_AN_ADDRESS = Limit(3, timedelta(minutes=15))
OF_A_CLIENT = Limit(20, timedelta(minutes=15))

LONGEST_ADDRESS = 254

_PATH = re.compile(r"/(?:[a-z0-9][a-z0-9/-]{0,120})?")
_SUBJECT = "Sign in to Reels"

_log = structlog.get_logger("web.sign_in")


@dataclass(frozen=True)
class SignIn:
    """The way in and the way out."""

    gate: Gate
    mail: Mail | None
    """None: links are printed by admin.py only."""

    @property
    def routes(self) -> list[Route]:
        """None where a proxy signs people in."""
        if not self.gate.who.signs_out:
            return []
        return [
            Route("/sign-in", self.form, methods=["GET"]),
            Route("/sign-in", self.ask, methods=["POST"]),
            Route("/sign-in/link", self.button, methods=["GET"]),
            Route("/sign-in/link", self.enter, methods=["POST"]),
            Route("/sign-out", self.gate.action(self.leave), methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """GET /sign-in: asks for the address."""
        return self._page(request, "sign_in.html", next=_next(request.query_params.get("next")))

    async def ask(self, request: Request) -> Response:
        """POST /sign-in: a link is on its way, if the address is known."""
        try:
            form = await self.gate.form(request)
            self.gate.check_stranger(request, form)
            address = _address(first(form, "email"))
            await self._slow_down(request)
        except Refused as refused:
            return self.gate.said(refused)
        answer = self._page(request, "sign_in_sent.html", address=address)
        if self.mail is not None:
            target = _next(first(form, "next"))
            answer.background = BackgroundTask(self._write, self.mail, address, target)
        return answer

    async def button(self, request: Request) -> Response:
        """GET /sign-in/link?key=...: a button, and nothing happens yet."""
        key = request.query_params.get("key", "")[:200]
        if not await self.gate.who.sign_ins.is_open(key, datetime.now(UTC)):
            return self.gate.said(_over())
        target = _next(request.query_params.get("next"))
        return self._page(request, "sign_in_link.html", key=key, next=target)

    async def enter(self, request: Request) -> Response:
        """POST /sign-in/link: the link is used up, and a session begins."""
        who = self.gate.who
        try:
            form = await self.gate.form(request)
            self.gate.check_stranger(request, form)
        except Refused as refused:
            return self.gate.said(refused)
        session = await who.sign_ins.begin(first(form, "key")[:200], datetime.now(UTC))
        if session is None:
            return self.gate.said(_over())
        _log.info("visitor.signed_in")
        answer = RedirectResponse(_next(first(form, "next")), 303)
        answer.set_cookie(
            who.cookie(SESSION_COOKIE),
            session,
            max_age=int(LONGEST.total_seconds()),
            secure=who.https,
            httponly=True,
            samesite="lax",  # people come from links in Slack and in letters
        )
        return answer

    async def leave(self, request: Request, visitor: Visitor, _form: Form) -> Response:
        """POST /sign-out: the session ends."""
        name = self.gate.who.cookie(SESSION_COOKIE)
        await self.gate.who.sign_ins.end(request.cookies.get(name, ""), datetime.now(UTC))
        _log.info("visitor.signed_out", person=visitor.id)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(name, secure=self.gate.who.https, httponly=True, samesite="lax")
        return answer

    async def _slow_down(self, request: Request) -> None:
        client = self.gate.who.client(request)
        subject, now = f"sign-in/client/{client}", datetime.now(UTC)
        if not await self.gate.counts.allows(subject, OF_A_CLIENT, now):
            raise Refused(429, "Too many letters", "Wait a quarter of an hour, and ask again.")

    async def _write(self, mail: Mail, address: str, target: str) -> None:
        who = self.gate.who
        now = datetime.now(UTC)
        if not await self.gate.counts.allows(f"sign-in/to/{address}", OF_AN_ADDRESS, now):
            _log.warning("sign_in.letter.not_sent", reason="too many to one address")
            return
        person = await who.people.by_email(address)
        if person is None:
            _log.warning("sign_in.letter.not_sent", reason="nobody known")
            return
        key = await who.sign_ins.make_link(person.id, now)
        try:
            await mail.send(
                to=address, subject=_SUBJECT, text=letter(who.public_base_url, key, target)
            )
        except ClientError as error:
            _log.error("sign_in.letter.not_sent", person=person.id, reason=error.message)
        else:
            _log.info("sign_in.letter.sent", person=person.id)

    def _page(self, request: Request, template: str, **facts: str) -> Response:
        secret, token = self.gate.stranger_token(request)
        answer = self.gate.view.page(
            template, None, status=200, token=token, mails=self.mail is not None, **facts
        )
        self.gate.keep(answer, secret)
        return answer


def link_url(public_base_url: str, key: str, target: str = "/") -> str:
    """Where a link leads: to a page with a button."""
    after = "" if target == "/" else f"&next={quote(target)}"
    return f"{public_base_url}/sign-in/link?key={key}{after}"


def letter(public_base_url: str, key: str, target: str) -> str:
    """The text of the letter with a link."""
    minutes = int(LINK_LIFE.total_seconds() // 60)
    return (
        f"Open this page and press the button on it:\n\n"
        f"{link_url(public_base_url, key, target)}\n\n"
        f"It works once, within {minutes} minutes. If you did not ask for it, do nothing.\n"
    )


def _next(target: str | None) -> str:
    """A page of ours to go on to; the queue for anything else."""
    return target if target and _PATH.fullmatch(target) and "//" not in target else "/"


def _address(text: str) -> str:
    """An e-mail address as the database has it. Raises Refused."""
    address = text.strip().lower()
    if not 3 <= len(address) <= LONGEST_ADDRESS or "@" not in address:  # noqa: PLR2004 - a@b
        raise Refused(400, "Not an address", "Write one like ann@example.com.", back="/sign-in")
    return address


def _over() -> Refused:
    return Refused(
        410,
        "This link is over",
        "It works once and for 15 minutes, or it was not copied whole. Ask for a new one.",
        back="/sign-in",
    )
