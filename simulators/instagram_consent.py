"""Where a person lets an app in: both consent pages, and api.instagram.com, which takes the code.

Sources: Meta's pages on Business Login for Instagram and on a manual Facebook Login flow.

The pages ask nobody: they answer at once with what the person decides. Mode `consent` of authorize
says who that is: `users` (ids of Instagram accounts; else one that follows from the app's id) and
`scopes` (what is left ticked; else all that was asked for). Its fault `denied` is a no.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service
from simulators.graph import SERVICE, Platform
from simulators.graph_calls import words
from simulators.instagram_apps import BadCode
from simulators.instagram_tokens import (
    FACEBOOK,
    HOUR,
    INSTAGRAM,
    digest_of,
    facts_of,
    scopes_of,
    user_from,
)

DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "Permissions error",
}
TAILS = {INSTAGRAM: "#_", FACEBOOK: "#_=_"}
"""What each hangs onto the address that it sends a person back to."""


class Consent(Service):
    """`/instagram-www` or `/facebook-www`."""

    name = SERVICE

    def __init__(self, platform: Platform, flavour: str) -> None:
        super().__init__(platform.world)
        self._platform = platform
        self._flavour = flavour

    def routes(self) -> list[Route]:
        """The consent page."""
        path = "/oauth/authorize" if self._flavour == INSTAGRAM else "/{version}/dialog/oauth"
        return [self.route(path, "authorize", self._page, kinds=["denied", "consent"])]

    def _page(self, call: Call) -> Outcome:
        asked = call.request.query_params
        app, redirect = asked.get("client_id", ""), asked.get("redirect_uri", "")
        if not app or not urlsplit(redirect).scheme or asked.get("response_type") != "code":
            need = "client_id, redirect_uri and response_type=code are needed"
            answer = PlainTextResponse(f"Invalid Request: {need}", 400)
            return Outcome(answer, facts={"flavour": self._flavour})
        state = {"state": asked["state"]} if "state" in asked else {}
        if call.meets("denied"):
            return Outcome(self._back(redirect, {**DENIED, **state}), {"app": app})
        facts = self._decision(app, words(asked.get("scope", "")))
        code, facts = self._platform.apps.new_code(facts, redirect)
        back = self._back(redirect, {"code": code, **state})
        return Outcome(back, {"app": app}, "code.issued", facts)

    def _decision(self, app: str, asked: list[str]) -> dict[str, Any]:
        armed = self.world.faults.mode(self.name, "authorize", "consent")
        options = armed.options if armed else {}
        return {
            "flavour": self._flavour,
            "users": [str(user) for user in options.get("users", [user_from(app)])],
            "scopes": list(options.get("scopes", asked or scopes_of(self._flavour))),
        }

    def _back(self, redirect: str, answer: dict[str, str]) -> Response:
        joint = "&" if urlsplit(redirect).query else "?"
        return RedirectResponse(f"{redirect}{joint}{urlencode(answer)}{TAILS[self._flavour]}", 302)


class InstagramApi(Service):
    """`/instagram-api`: a code becomes a token of one hour.

    Mode of code_token: `wrapped` has it answer `{"data": [...]}`, as Meta's page shows it.
    """

    name = SERVICE

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.world)
        self._platform = platform

    def routes(self) -> list[Route]:
        """The token endpoint."""
        take = self._take
        return [
            self.route(path, "code_token", take, methods=["POST"], kinds=["wrapped"])
            for path in ("/oauth/access_token", "/oauth/access_token/")
        ]

    def refusal(self, status: int, message: str) -> Response:
        """The error body of api.instagram.com, which isn't the Graph API's."""
        body = {"error_type": "OAuthException", "code": status, "error_message": message}
        return JSONResponse(body, status)

    def _take(self, call: Call) -> Outcome:
        outcome = self._exchanged({**dict(call.request.query_params), **call.form})
        return replace(outcome, facts={"flavour": INSTAGRAM, **outcome.facts})

    def _exchanged(self, sent: dict[str, str]) -> Outcome:
        app, secret = sent.get("client_id", ""), sent.get("client_secret", "")
        ids = {"app": app}
        if sent.get("grant_type") != "authorization_code":
            return Outcome(self.refusal(400, "Invalid grant_type"), ids)
        if not self._platform.apps.is_right(app, secret, INSTAGRAM):
            return Outcome(self.refusal(400, "Error validating client secret."), ids)
        text, redirect = sent.get("code", ""), sent.get("redirect_uri", "")
        try:
            code = self._platform.apps.redeem(text, app, redirect, INSTAGRAM)
        except BadCode as bad:
            return Outcome(self.refusal(400, str(bad)), ids)
        wish = facts_of(INSTAGRAM, code.users[:1], HOUR, code.scopes, app=app)
        token, facts = self._platform.tokens.issued(wish)
        user = code.users[0]
        body = {"access_token": token, "user_id": int(user), "permissions": ",".join(code.scopes)}
        wrapped = self.world.faults.mode(self.name, "code_token", "wrapped", user)
        answer = JSONResponse({"data": [body]} if wrapped else body)
        facts["code"] = digest_of(text)
        return Outcome(answer, {**ids, "user": user}, "token.issued", facts)
