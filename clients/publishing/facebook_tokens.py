"""Tokens of Facebook Login for Business: a user token that is renewed, and its Page's.

Sources: Meta's "Business Login for Instagram with Facebook Login" (2025-05-29), "Get long-lived
tokens", "Debug token", "Secure calls" and the reference of me/accounts, read in v25.0. The
token endpoint takes a form, as RFC 6749 (3.2) demands, though Meta's examples show a query;
debug_token takes what it is asked about in the query alone; everything else takes the header.

PKCE with S256 is offered: "OIDC Code Flow with PKCE for Manually Built Facebook Login Flows",
there said to be in testing; a platform that doesn't know the parameters leaves them alone.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from clients.errors import Refused
from clients.publishing.access import (
    LONGEST_LIFE,
    READ_SECONDS,
    Access,
    App,
    Granted,
    Returned,
    another,
    good,
    granted,
    no_app,
    unreadable,
)
from clients.transport import Call, Door, bearer
from schemas.failures import FailureKind
from schemas.token import TokenFacts

SERVICE = "facebook"

SCOPES = (
    "instagram_basic",
    "instagram_content_publish",
    "pages_read_engagement",
    "pages_show_list",
)

COMMENTS = "instagram_manage_comments"
"""What a first comment needs; without it, a Reel goes out all the same."""

SHORT_LIFE = timedelta(days=1)
"""A token that ends within a day is one of the short-lived ones: it is traded at once."""

MOST_PAGES = 20
"""Answers of me/accounts that are read, 100 Pages each."""

_APP = "FACEBOOK_APP_ID and FACEBOOK_APP_SECRET"


class FacebookTokens:
    """An AccessSource for accounts that are connected through Facebook Login for Business."""

    def __init__(self, app: App | None, *, base_url: str, www_url: str, version: str) -> None:
        self._app = app
        self._www_url = www_url
        self._version = version
        self._door = Door(SERVICE, f"{base_url.rstrip('/')}/{version}")

    def consent_url(
        self, *, redirect_uri: str, state: str, challenge: str, comments: bool = False
    ) -> str:
        """Where a person grants access."""
        asked = self._the_app().asking(
            (*SCOPES, *([COMMENTS] if comments else [])), redirect_uri=redirect_uri, state=state
        )
        asked |= {
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._www_url}/{self._version}/dialog/oauth?{urlencode(asked)}"

    async def redeem(self, returned: Returned, *, user_id: str, now: datetime) -> Access:
        """Turn a code into a user token of some hours, that into a long one, and find the Page."""
        app = self._the_app()
        answer = await self._door.send(
            Call(
                "POST",
                "/oauth/access_token",
                READ_SECONDS,
                form=app.redeeming(returned) | {"code_verifier": returned.verifier},
            )
        )
        short = granted(SERVICE, good(SERVICE, answer))
        return await self._access(await self._long_lived(short.token), user_id, now, issued_at=now)

    async def examine(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Check a user token, and trade a short-lived one for a long one.

        Without the app's pair nobody tells how long it lives.
        """
        if self._app is None:
            return await self._access(Granted(token, None), user_id, now, issued_at=None)
        facts = await self._inspect(token)
        if facts.expires_at is not None and facts.expires_at - now < SHORT_LIFE:
            grant = await self._long_lived(token)
            return await self._access(grant, user_id, now, issued_at=now)
        access = await self._access(Granted(token, None), user_id, now, issued_at=None)
        ends = {"issued_at": facts.issued_at, "expires_at": facts.expires_at}
        return Access(
            access.publishing, token, access.facts.model_copy(update=ends), access.missing
        )

    async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Trade the user token for a younger one, and read the Page's with it."""
        return await self._access(await self._long_lived(token), user_id, now, issued_at=now)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _access(
        self, grant: Granted, user_id: str, now: datetime, issued_at: datetime | None
    ) -> Access:
        scopes = await self._permissions(grant.token)
        missing = tuple(scope for scope in SCOPES if scope not in scopes)
        page = await self._page(grant.token, user_id)
        life = LONGEST_LIFE if grant.seconds is None else timedelta(seconds=grant.seconds)
        facts = TokenFacts(
            issued_at=issued_at, expires_at=now + life, scopes=scopes, checked_at=now
        )
        return Access(page, grant.token, facts, missing)

    async def _long_lived(self, token: str) -> Granted:
        app = self._the_app()
        form = {
            "grant_type": "fb_exchange_token",
            "client_id": app.id,
            "client_secret": app.secret,
            "fb_exchange_token": token,
        }
        call = Call("POST", "/oauth/access_token", READ_SECONDS, form=form)
        return granted(SERVICE, good(SERVICE, await self._door.send(call)))

    async def _inspect(self, token: str) -> TokenFacts:
        """When it was issued and when it ends. Raises Refused for one that doesn't work."""
        app = self._the_app()
        call = Call(
            "GET",
            "/debug_token",
            READ_SECONDS,
            headers=bearer(SERVICE, f"{app.id}|{app.secret}"),
            secret_query={"input_token": token},
        )
        data = good(SERVICE, await self._door.send(call)).get("data")
        if not isinstance(data, dict):
            raise unreadable(SERVICE, "answered with nothing about the token")
        if data.get("is_valid") is not True:
            raise Refused(SERVICE, FailureKind.AUTHENTICATION, "says that the token is not valid")
        if str(data.get("app_id")) != app.id:
            raise Refused(SERVICE, FailureKind.BAD_REQUEST, "says that the token is another app's")
        if data.get("type") == "PAGE":
            raise Refused(
                SERVICE,
                FailureKind.BAD_REQUEST,
                "says that it is a Page's token: bring the user's, the Page's is read with it",
            )
        return TokenFacts(
            issued_at=_moment(data.get("issued_at")), expires_at=_moment(data.get("expires_at"))
        )

    async def _permissions(self, token: str) -> tuple[str, ...]:
        document = await self._read("/me/permissions", token, {})
        items = document.get("data")
        if not isinstance(items, list):
            raise unreadable(SERVICE, "answered with something that is no list of permissions")
        found = [item for item in items if isinstance(item, dict)]
        names = (str(item.get("permission")) for item in found if item.get("status") == "granted")
        return tuple(sorted(names))

    async def _page(self, token: str, user_id: str) -> str:
        """The token of the Page that the Instagram user is linked to."""
        others = []
        async for page in self._pages(token):
            linked = page.get("instagram_business_account")
            found = str(linked.get("id")) if isinstance(linked, dict) else None
            if found == user_id:
                return granted(SERVICE, page).token
            if found:
                others.append(found)
        raise another(SERVICE, user_id, ", ".join(others) or "no Page with an Instagram account")

    async def _pages(self, token: str) -> AsyncIterator[dict[str, object]]:
        query = {"fields": "instagram_business_account{id,username},access_token", "limit": "100"}
        for _ in range(MOST_PAGES):
            document = await self._read("/me/accounts", token, query)
            items = document.get("data")
            if not isinstance(items, list):
                raise unreadable(SERVICE, "answered with something that is no list of Pages")
            for item in items:
                if isinstance(item, dict):
                    yield item
            after = _next(document)
            if after is None:
                return
            query["after"] = after

    async def _read(self, path: str, token: str, query: Mapping[str, str]) -> dict[str, object]:
        proof = {"appsecret_proof": self._app.proof(token)} if self._app else {}
        call = Call(
            "GET",
            path,
            READ_SECONDS,
            headers=bearer(SERVICE, token),
            query=query,
            secret_query=proof,
        )
        return good(SERVICE, await self._door.send(call))

    def _the_app(self) -> App:
        if self._app is None:
            raise no_app(SERVICE, _APP)
        return self._app


def _next(document: Mapping[str, object]) -> str | None:
    paging = document.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return str(after) if after else None


def _moment(value: object) -> datetime | None:
    """Seconds since the epoch; 0 means never."""
    if not isinstance(value, int | float) or not value:
        return None
    return datetime.fromtimestamp(value, UTC)
