"""Access to an account: tokens that were granted, what is known of them, and how they renew.

Instagram Login and Facebook Login are two modules here; both are an `AccessSource`.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol

from clients.errors import ClientError, Refused, Retryable
from clients.publishing.instagram_errors import TRANSIENT, Row, row_for
from clients.transport import Answered
from schemas.failures import RETRYABLE, FailureKind
from schemas.token import TokenFacts

READ_SECONDS = 20.0

LONGEST_LIFE = timedelta(days=60)
"""Of a long-lived token of either login; what is assumed where the platform doesn't say."""


@dataclass(frozen=True)
class App:
    """Meta's name for the app that asks, and its secret. The two logins have a pair each."""

    id: str
    secret: str = field(repr=False)

    def asking(self, scopes: Iterable[str], *, redirect_uri: str, state: str) -> dict[str, str]:
        """What both consent pages are asked (RFC 6749, 4.1.1)."""
        return {
            "client_id": self.id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": ",".join(scopes),
            "state": state,
        }

    def redeeming(self, returned: "Returned") -> dict[str, str]:
        """What both token endpoints are sent for a code (RFC 6749, 4.1.3)."""
        return {
            "client_id": self.id,
            "client_secret": self.secret,
            "redirect_uri": returned.redirect_uri,
            "code": returned.bare_code,
        }

    def proof(self, token: str) -> str:
        """`appsecret_proof`: that whoever sends a token knows the secret, too ("Secure calls")."""
        return hmac.new(self.secret.encode(), token.encode(), sha256).hexdigest()


@dataclass(frozen=True)
class Access:
    """The tokens of one account, checked."""

    publishing: str = field(repr=False)
    reading: str | None = field(repr=False)
    """Facebook Login's user token; None with Instagram Login."""
    facts: TokenFacts
    missing: tuple[str, ...] = ()
    """Permissions that publishing needs and that were not granted, by the platform's names."""


@dataclass(frozen=True)
class Granted:
    """A token as a platform hands it out."""

    token: str = field(repr=False)
    seconds: float | None
    """How long it lives from now on; None when the platform doesn't say."""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Returned:
    """What a browser brought back from the consent page."""

    code: str = field(repr=False)
    redirect_uri: str
    """Exactly as the consent page was given it."""
    verifier: str = field(repr=False)
    """PKCE's (RFC 7636); not sent where the platform doesn't offer it."""

    @property
    def bare_code(self) -> str:
        """Without `#_` or `#_=_`, which Meta hangs onto the address and are no part of it."""
        return self.code.partition("#")[0]


class AccessSource(Protocol):
    """One login: how its tokens are asked for, checked and renewed."""

    def consent_url(
        self, *, redirect_uri: str, state: str, challenge: str, comments: bool = False
    ) -> str:
        """Where a person grants access, to `comments` too where the account writes any.

        Raises Refused without an app.
        """
        ...

    async def redeem(self, returned: Returned, *, user_id: str, now: datetime) -> Access:
        """Turn a code into long-lived tokens. Raises as `examine` does; a code is good once."""
        ...

    async def examine(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Check a token that a person brought.

        Raises Refused when it does not work or is not of the Instagram user `user_id`, and
        Retryable when the platform can't say.
        """
        ...

    async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
        """Trade the token that is renewed for a younger one; the old one goes on working.

        Repeatable. Raises Refused when the platform won't, and Retryable.
        """
        ...

    async def aclose(self) -> None:
        """Close what is still open."""
        ...


def good(service: str, answer: Answered) -> dict[str, object]:
    """The document of an answer. Raises Refused or Retryable for every other than a good one."""
    document = answer.document
    if answer.status == HTTPStatus.OK and document and "error" not in document:
        return document
    raise _refusal(service, answer)


def granted(service: str, document: dict[str, object]) -> Granted:
    """A handed-out token, whether it stands in the answer itself or in its `data` list."""
    fields = _first(document)
    token, seconds, scopes = (
        fields.get(name) for name in ("access_token", "expires_in", "permissions")
    )
    if not isinstance(token, str) or not token:
        raise unreadable(service, "answered without a token")
    names = scopes.split(",") if isinstance(scopes, str) else scopes
    return Granted(
        token=token,
        seconds=float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None,
        scopes=tuple(str(name) for name in names) if isinstance(names, list) else (),
    )


def identity(service: str, document: dict[str, object]) -> tuple[str, str]:
    """User id and name, from an answer that is flat or has a `data` list: both occur."""
    fields = _first(document)
    user_id = fields.get("user_id")
    if not isinstance(user_id, str | int) or not str(user_id):
        raise unreadable(service, "answered without a user id")
    return str(user_id), str(fields.get("username") or "")


def another(service: str, user_id: str, found: str) -> Refused:
    """The error for a token that is good, and somebody else's."""
    return Refused(
        service,
        FailureKind.BAD_REQUEST,
        f"the token is of {found}, and the account is {user_id}: nothing was stored",
    )


def no_app(service: str, settings: str) -> Refused:
    """The error where only an app with its secret may ask."""
    return Refused(service, FailureKind.CONFIGURATION, f"needs {settings}: set both")


def unreadable(service: str, sentence: str) -> Retryable:
    """The error for an answer that says nothing."""
    return Retryable(service, FailureKind.UNAVAILABLE, sentence)


def _first(document: dict[str, object]) -> dict[str, object]:
    data = document.get("data")
    if isinstance(data, list) and data and isinstance(data[0], dict):
        return data[0]
    return document


def _refusal(service: str, answer: Answered) -> ClientError:
    found = answer.document.get("error")
    error = found if isinstance(found, dict) else {}
    code, subcode = error.get("code"), error.get("error_subcode")
    if isinstance(code, int):
        sub = subcode if isinstance(subcode, int) else None
        row = row_for(code, sub, is_transient=error.get("is_transient") is True)
        said = f"answered {answer.status} with {code}{f'/{sub}' if sub else ''}: {row.sentence}"
    else:
        row = _row_of_status(answer)
        said = f"answered {answer.status}: {row.sentence}"
    kind = Retryable if row.kind in RETRYABLE else Refused
    return kind(service, row.kind, said, retry_after=answer.retry_after)


def _row_of_status(answer: Answered) -> Row:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Row(FailureKind.RATE_LIMITED, "too many calls; wait before the next")
    if answer.status == HTTPStatus.OK or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TRANSIENT
    if "error_type" in answer.document or "error_message" in answer.document:
        # api.instagram.com has a form of its own; its words may repeat what was sent.
        return Row(
            FailureKind.BAD_REQUEST,
            "the code was not taken: it is good once and for an hour, for one app and one address",
        )
    return Row(FailureKind.CONFIGURATION, "the base URL does not lead to the API")
