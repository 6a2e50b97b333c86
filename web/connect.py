"""Connecting an account: from a link of ours to Meta's consent page and back with a token.

A person must hold a link that `admin.py account connect` made for the account; the way back is
bound to the browser that went, by a sealed cookie with the state, PKCE's verifier and the
account in it. Nothing that comes in stands in a page or a log, and nobody is redirected to an
address that comes from outside.
"""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from clients.errors import ClientError, Retryable
from clients.publishing.access import Access, AccessSource, Returned
from db.cipher import TokenCipher
from db.database import Database
from db.links import NOT_OURS, STATE_LIFE, BadLink, Links, Pass
from db.tokens import NewTokens
from schemas.account import Account, AccountStatus, Login

LONGEST = 4096
"""Characters of anything that comes in an address or a cookie."""

AGAIN = "Ask for a new link: admin.py account connect ACCOUNT"

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

_log = structlog.get_logger("web.connect")


def utc_now() -> datetime:
    """The time, unless a test has another."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Connect:
    """The two addresses of the way there and back."""

    db: Database
    cipher: TokenCipher
    sources: Mapping[Login, AccessSource]
    public_base_url: str
    now: Callable[[], datetime] = utc_now

    async def begin(self, request: Request) -> Response:
        """GET /connect/{account}?key=...: send the browser to the consent page.

        The link is used up on the way back, so that a program that only looks at it spoils
        nothing.
        """
        try:
            account, link = await self._linked(request)
        except BadLink as bad:
            return _page(403, f"{bad}. {AGAIN}")
        return self._sent(account, link)

    async def callback(self, request: Request) -> Response:
        """GET /connect/callback: trade the code, check whose it is, store the tokens."""
        try:
            account, kept = await self._came_from(request)
        except BadLink as bad:
            return self._ended(_page(403, f"{bad}. {AGAIN}"))
        with structlog.contextvars.bound_contextvars(account=account.id):
            if not await self._links.use(kept.nonce, self.now()):
                return self._ended(_page(409, f"This way back was taken before. {AGAIN}"))
            return self._ended(await self._redeemed(request, account, kept))

    async def _redeemed(self, request: Request, account: Account, kept: Pass) -> Response:
        code = request.query_params.get("code", "")
        if not code or len(code) > LONGEST:
            _log.warning("account.not_connected", reason="no code")
            return _page(400, f"Access was not granted, and nothing was changed. {AGAIN}")
        returned = Returned(code, self._redirect_uri, kept.verifier)
        try:
            access = await self.sources[account.login].redeem(
                returned, user_id=account.platform_user_id, now=self.now()
            )
        except ClientError as error:
            _log.warning("account.not_connected", reason=error.message)
            status = 503 if isinstance(error, Retryable) else 400
            return _page(status, f"{account.id} was not connected: {error}. {AGAIN}")
        if access.missing:
            lack = ", ".join(access.missing)
            _log.warning("account.not_connected", reason=f"lacks {lack}")
            said = f"{account.id} was not connected: {lack} was not granted. Grant all."
            return _page(400, f"{said} {AGAIN}")
        return await self._stored(account, access, kept)

    async def _stored(self, account: Account, access: Access, kept: Pass) -> Response:
        now = self.now()
        if not await self._links.use(kept.link, now):
            return _page(409, f"The link was used, and nothing was changed. {AGAIN}")
        new = NewTokens.sealed(
            self.cipher,
            account.id,
            publishing=access.publishing,
            reading=access.reading,
            facts=access.facts,
        )
        await self.db.tokens.set(account.id, new, now)
        _log.info("account.connected", days=access.facts.days_left(now))
        said = f"{account.id} ({account.handle}) is connected. Access: {access.facts.left(now)}."
        if account.status is AccountStatus.PAUSED:
            said += f" It is paused: admin.py account resume {account.id}"
        return _page(200, said)

    async def _linked(self, request: Request) -> tuple[Account, Pass]:
        """Whom the link connects. Raises BadLink, alike whether there is such an account."""
        account = await self._account(request.path_params["account"])
        if account is None:
            raise BadLink(NOT_OURS)
        key = request.query_params.get("key", "")[:LONGEST]
        link = self._links.open_link(account.id, key, self.now())
        if await self._links.is_used(link.nonce):
            raise BadLink("The link was used")
        return account, link

    async def _came_from(self, request: Request) -> tuple[Account, Pass]:
        """Whose way back it is. Raises BadLink unless this very browser went there."""
        name, _, sealed = request.cookies.get(self._cookie, "")[:LONGEST].partition(".")
        account = await self._account(name) if sealed else None
        if account is None:
            raise BadLink("This browser was not on its way, or took more than ten minutes")
        kept = self._links.open_state(account.id, sealed, self.now())
        state = request.query_params.get("state", "")
        if not hmac.compare_digest(state.encode(), kept.state.encode()):
            raise BadLink("This answer is not to this browser's question")
        return account, kept

    async def _account(self, name: str) -> Account | None:
        return await self.db.accounts.get(name) if _ACCOUNT.fullmatch(name) else None

    def _sent(self, account: Account, link: Pass) -> Response:
        sealed, kept = self._links.state(account.id, link, self.now())
        try:
            url = self.sources[account.login].consent_url(
                redirect_uri=self._redirect_uri,
                state=kept.state,
                challenge=_challenge(kept.verifier),
                comments=bool(account.posting.first_comment),
            )
        except ClientError as error:
            return _page(503, f"{account.id} can't be connected: {error}")
        answer = RedirectResponse(url, 303)
        answer.set_cookie(
            self._cookie,
            f"{account.id}.{sealed}",
            max_age=int(STATE_LIFE.total_seconds()),
            secure=self._https,
            httponly=True,
            samesite="lax",  # the way back comes from another site
        )
        _log.info("account.connecting", account=account.id)
        return answer

    def _ended(self, answer: Response) -> Response:
        answer.delete_cookie(self._cookie, secure=self._https, httponly=True, samesite="lax")
        return answer

    @property
    def _links(self) -> Links:
        return Links(self.cipher, self.db.pool)

    @property
    def _https(self) -> bool:
        return self.public_base_url.startswith("https://")

    @property
    def _cookie(self) -> str:
        # A browser takes __Host- only over https, from this very host, for all of its paths.
        return "__Host-connect" if self._https else "connect"

    @property
    def _redirect_uri(self) -> str:
        return f"{self.public_base_url}/connect/callback"


def _challenge(verifier: str) -> str:
    """RFC 7636, S256."""
    digest = sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _page(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)
