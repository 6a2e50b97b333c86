"""What stands before every page: who asks, with which role, and whether a form is our own.

A GET changes nothing. A POST needs three things: a person whose role allows it, the token that
goes with the cookie of the browser's forms, and no sign of another site.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from db.door_counts import DoorCounts, Limit
from schemas.account import Role
from web.body import read_body
from web.edge import shown_path
from web.pages.rendering import View
from web.visitor import Visitor, form_token
from web.who import Outside, Who

FORM_COOKIE = "form"
FORM_BYTES = 64 * 1024
FORM_SECONDS = 10.0
MOST_FIELDS = 200

POSTS = Limit(60, timedelta(minutes=1))
"""Of one person."""

_TRUSTED_SITES = {"same-origin", "none"}

_log = structlog.get_logger("web.pages")

Form = dict[str, list[str]]
Page = Callable[[Request, Visitor], Awaitable[Response]]
Action = Callable[[Request, Visitor, Form], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request that is answered with a sentence and changes nothing."""

    def __init__(self, status: int, title: str, text: str, *, back: str = "/") -> None:
        super().__init__(title)
        self.status, self.title, self.text, self.back = status, title, text, back


@dataclass(frozen=True)
class Gate:
    """Makes endpoints of pages and actions."""

    who: Who
    view: View
    counts: DoorCounts

    def page(self, page: Page) -> Endpoint:
        """A page that everybody sees who is let in; others are sent to sign in."""

        async def endpoint(request: Request) -> Response:
            part = "x-part" in request.headers
            try:
                visitor = await self.who.visitor(request, active=not part)
                if visitor is None:
                    return self._sign_in(request, part=part)
                answer = await page(request, self._with_form(request, visitor))
            except Refused as refused:
                return self.said(refused)
            except Outside as outside:
                return self.said(Refused(403, "Not let in", str(outside)))
            return self._kept(request, answer)

        return endpoint

    def action(self, action: Action, *roles: Role) -> Endpoint:
        """A POST of somebody with one of these roles; of none given, of everybody let in."""

        async def endpoint(request: Request) -> Response:
            try:
                form = await self.form(request)
                visitor = await self._known(request)
                self._check(request, form, visitor.id)
                await self._allow(visitor, roles)
                return await action(request, visitor, form)
            except Refused as refused:
                return self.said(refused)
            except Outside as outside:
                return self.said(Refused(403, "Not let in", str(outside)))

        return endpoint

    async def _known(self, request: Request) -> Visitor:
        visitor = await self.who.visitor(request, active=True)
        if visitor is None:
            text = "Nothing was decided. Sign in, and do it again."
            raise Refused(401, "You are signed out", text, back="/sign-in")
        return self._with_form(request, visitor)

    async def form(self, request: Request) -> Form:
        """The fields of a form. Raises Refused for what no browser sends from our pages."""
        self._same_site(request)
        body = await read_body(request, limit_bytes=FORM_BYTES, seconds=FORM_SECONDS)
        form: Form = {}
        try:
            for name, value in parse_qsl(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            ):
                form.setdefault(name, []).append(value)
        except ValueError:
            text = "It could not be read. Go back and try again."
            raise Refused(400, "Not a form of ours", text) from None
        return form

    def check_stranger(self, request: Request, form: Form) -> None:
        """Raises Refused unless the form came from a page that this browser was shown."""
        self._check(request, form, "")

    def said(self, refused: Refused, visitor: Visitor | None = None) -> Response:
        """A refusal as a page."""
        words = "Sign in" if refused.back == "/sign-in" else "Go back"
        return self.view.page(
            "message.html",
            visitor,
            status=refused.status,
            title=refused.title,
            text=refused.text,
            back=refused.back,
            back_words=words,
            signs_out=self.who.signs_out,
        )

    def stranger_token(self, request: Request) -> tuple[str, str]:
        """The secret of a browser's forms, kept or new, and the token for nobody yet."""
        secret = request.cookies.get(self._form_cookie, "") or secrets.token_urlsafe(32)
        return secret, form_token(secret)

    def keep(self, answer: Response, secret: str) -> None:
        """Give the browser the secret that goes with the forms it is shown."""
        answer.set_cookie(
            self._form_cookie, secret, secure=self.who.https, httponly=True, samesite="lax"
        )

    @property
    def _form_cookie(self) -> str:
        return self.who.cookie(FORM_COOKIE)

    def _with_form(self, request: Request, visitor: Visitor) -> Visitor:
        secret = request.cookies.get(self._form_cookie, "")
        if not secret:
            secret = request.state.form_secret = secrets.token_urlsafe(32)
        return Visitor(visitor.id, visitor.name, visitor.role, secret)

    def _kept(self, request: Request, answer: Response) -> Response:
        made = getattr(request.state, "form_secret", "")
        if made:
            self.keep(answer, made)
        return answer

    def _check(self, request: Request, form: Form, person: str) -> None:
        secret = request.cookies.get(self._form_cookie, "")
        given = form.get("form_token", [""])[0]
        wanted = form_token(secret, person)
        if not secret or not hmac.compare_digest(given.encode(), wanted.encode()):
            _log.warning("form.refused", reason="token", path=shown_path(request.url.path)[:40])
            raise Refused(
                403,
                "This page is too old",
                "Nothing was changed. Open it again, and do it once more.",
                back=_back(request),
            )

    def _same_site(self, request: Request) -> None:
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None:
            good = site in _TRUSTED_SITES
        elif origin is not None:
            good = origin in {self.who.origin, f"http://{request.headers.get('host', '')}"}
        else:
            good = True
        if not good:
            _log.warning(
                "form.refused", reason="another site", path=shown_path(request.url.path)[:40]
            )
            raise Refused(403, "From another site", "Nothing was changed: open Reels itself.")

    async def _allow(self, visitor: Visitor, roles: tuple[Role, ...]) -> None:
        if roles and visitor.role not in roles:
            _log.warning("form.refused", reason="role", person=visitor.id)
            raise Refused(
                403,
                "You may look, and not decide",
                f"Nothing was changed: your role is {visitor.role.value}. An admin can change it.",
            )
        if not await self.counts.allows(f"posts/{visitor.id}", POSTS, datetime.now(UTC)):
            raise Refused(429, "Too fast", "Nothing was changed. Wait a minute, and do it again.")

    def _sign_in(self, request: Request, *, part: bool) -> Response:
        if part:
            return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
        return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)


def first(form: Form, name: str) -> str:
    """The first value of a field; empty without one."""
    return form.get(name, [""])[0]


def _back(request: Request) -> str:
    """Where a refused form stood: its address without the last word, which posts only."""
    path = urlsplit(str(request.url)).path
    return path.rsplit("/", 1)[0] or "/" if path.startswith("/reel/") else "/"
