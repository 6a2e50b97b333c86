"""Tokens of Instagram Login: api.instagram.com hands them out, graph.instagram.com renews them.

Sources: Meta's "Business Login for Instagram" (2026-03-13) and the reference of the endpoints
Access Token and Refresh Access Token, both without a version. These two take token and secret
in the query and document no other place; `me` and all that follows take the header.

PKCE: the parameters of the consent page that Meta lists are client_id, redirect_uri,
response_type, scope, state, force_reauth and enable_fb_login. There is no code_challenge.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

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
    identity,
    no_app,
)
from clients.transport import Call, Door, bearer
from schemas.failures import FailureKind
from schemas.token import TokenFacts

SERVICE = "instagram"

SCOPES = ("instagram_business_basic", "instagram_business_content_publish")

COMMENTS = "instagram_business_manage_comments"
"""What a first comment needs; without it, a Reel goes out all the same."""

_APP = "INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET"


class InstagramTokens:
    """An AccessSource for accounts that are connected through Instagram Login."""

    def __init__(
        self, app: App | None, *, base_url: str, oauth_url: str, www_url: str, version: str
    ) -> None:
        self._app = app
        self._www_url = www_url
        self._graph = Door(SERVICE, base_url)
        self._oauth = Door(SERVICE, oauth_url)
        self._version = version

    def consent_url(
        self, *, redirect_uri: str, state: str, challenge: str, comments: bool = False
    ) -> str:
        """Where a person grants access; no challenge: see the head of this module."""
        del challenge
        asked = self._the_app().asking(
            (*SCOPES, *([COMMENTS] if comments else [])), redirect_uri=redirect_uri, state=state
        )
        asked |= {
            # Somebody else may be logged in on Instagram in this browser.
            "force_reauth": "true",
        }
        return f"{self._www_url}/oauth/authorize?{urlencode(asked)}"

    async def redeem(self, returned: Returned, *, user_id: str, now: datetime) -> Access:
        """Turn a code into a token of an hour, and that into one of sixty days."""
        app = self._the_app()
        answer = await self._oauth.send(
            Call(
                "POST",
                "/oauth/access_token",
                READ_SECONDS,
                form=app.redeeming(returned) | {"grant_type": "authorization_code"},
            )
        )
        short = granted(SERVICE, good(SERVICE, answer))
        await self._require_user(short.token, user_id)
        query = {
            "grant_type": "ig_exchange_token",
            "client_secret": app.secret,
            "access_token": short.token,
        }
        grant = await self._trade("/access_token", query)
        # Only the answer to a code lists what was granted.
        access = await self._access(grant, user_id, now, issued_at=now)
        lack = {scope for scope in SCOPES if short.scopes and scope not in short.scopes}
        missing = tuple(scope for scope in SCOPES if scope in lack or scope in access.missing)
        return replace(access, missing=missing)

    async def examine(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Check whose it is and whether it may publish. Its age nobody tells."""
        return await self._access(Granted(token, None), user_id, now, issued_at=None)

    async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Refresh: the token has to be a day old and unexpired; no secret is needed."""
        query = {"grant_type": "ig_refresh_token", "access_token": token}
        grant = await self._trade("/refresh_access_token", query)
        # What was refreshed is stored, whatever can be read of it: nothing else is asked here.
        del user_id
        facts = TokenFacts(
            issued_at=now, expires_at=_end(grant, now), scopes=grant.scopes, checked_at=now
        )
        return Access(grant.token, None, facts)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._graph.aclose()
        await self._oauth.aclose()

    async def _access(
        self, grant: Granted, user_id: str, now: datetime, issued_at: datetime | None
    ) -> Access:
        await self._require_user(grant.token, user_id)
        missing = await self._missing(grant.token, user_id)
        facts = TokenFacts(
            issued_at=issued_at,
            expires_at=_end(grant, now),
            scopes=tuple(scope for scope in SCOPES if scope not in missing),
            checked_at=now,
        )
        return Access(grant.token, None, facts, missing)

    async def _require_user(self, token: str, user_id: str) -> None:
        try:
            document = await self._read("/me", token, {"fields": "user_id,username"})
        except Refused as error:
            if error.kind is not FailureKind.PERMISSION:
                raise
            raise Refused(SERVICE, error.kind, f"the token lacks {SCOPES[0]}") from None
        found, name = identity(SERVICE, document)
        if found != user_id:
            raise another(SERVICE, user_id, f"@{name} ({found})")

    async def _missing(self, token: str, user_id: str) -> tuple[str, ...]:
        """Permissions that lack. Nothing lists them here: a read that needs both tells.

        `me` was answered, so the first is there.
        """
        path = f"/{quote(user_id, safe='')}/content_publishing_limit"
        try:
            await self._read(path, token, {"fields": "quota_usage"})
        except Refused as error:
            if error.kind is not FailureKind.PERMISSION:
                raise
            return SCOPES[1:]
        return ()

    async def _read(self, path: str, token: str, query: Mapping[str, str]) -> dict[str, object]:
        call = Call(
            "GET",
            f"/{self._version}{path}",
            READ_SECONDS,
            headers=bearer(SERVICE, token),
            query=query,
        )
        return good(SERVICE, await self._graph.send(call))

    async def _trade(self, path: str, query: Mapping[str, str]) -> Granted:
        answer = await self._graph.send(Call("GET", path, READ_SECONDS, secret_query=query))
        return granted(SERVICE, good(SERVICE, answer))

    def _the_app(self) -> App:
        if self._app is None:
            raise no_app(SERVICE, _APP)
        return self._app


def _end(grant: Granted, now: datetime) -> datetime:
    return now + (LONGEST_LIFE if grant.seconds is None else timedelta(seconds=grant.seconds))
