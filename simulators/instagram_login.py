"""What only Instagram Login has: who a token is, and how it becomes long-lived and stays so.

Sources: Meta's pages on Business Login for Instagram, access tokens, and IG User `me`.

Choices where the sources leave one: a token that is refreshed before it is 24 hours old is
refused with code 100; an old string goes on working until its own end.
"""

from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.calls import Outcome
from simulators.graph import Graph
from simulators.graph_calls import Ask
from simulators.graph_errors import graph_error, invalid, required, unreadable
from simulators.instagram_publishing import profile
from simulators.instagram_tokens import DAY, INSTAGRAM, LONG_SECONDS, heir_of

YOUNG = "The access token must be at least 24 hours old to be refreshed"


class InstagramLogin(Graph):
    """`me` and the two token endpoints of graph.instagram.com.

    Mode of me: `wrapped` has it answer `{"data": [...]}`, as it does for some apps.
    """

    def routes(self) -> list[Route]:
        """They stand before `{node}`, which would take their names for ids."""
        add = self.operation
        return [
            *add("me", "me", self._me, kinds=["wrapped"]),
            *add("access_token", "exchange_token", self._exchange),
            *add("refresh_access_token", "refresh_access_token", self._refresh),
            *add("{node}", "delete_media", self._delete, methods=["DELETE"]),
        ]

    def _me(self, ask: Ask) -> Outcome:
        user = ask.token.account
        self.allow(ask, "basic", user)
        body = ask.chosen(profile(user))
        wrapped = self.mode("wrapped", user, "me") is not None
        return Outcome(JSONResponse({"data": [body]} if wrapped else body), {"user": user})

    def _exchange(self, ask: Ask) -> Outcome:
        user = ask.token.account
        self.allow(ask, "basic", user)
        if ask.get("grant_type") != "ig_exchange_token":
            return Outcome(invalid("grant_type must be ig_exchange_token"), {"user": user})
        secret, app = ask.get("client_secret"), ask.token.app
        if not secret:
            return Outcome(required("client_secret"), {"user": user})
        if app and not self.platform.apps.is_right(app, secret, INSTAGRAM):
            return Outcome(graph_error(1, None, "Error validating client secret."), {"user": user})
        return self._heir(ask, "token.issued")

    def _refresh(self, ask: Ask) -> Outcome:
        user = ask.token.account
        self.allow(ask, "basic", user)
        if ask.get("grant_type") != "ig_refresh_token":
            return Outcome(invalid("grant_type must be ig_refresh_token"), {"user": user})
        if ask.call.now - ask.token.issued < DAY:
            return Outcome(invalid(YOUNG), {"user": user})
        return self._heir(ask, "token.refreshed")

    def _delete(self, ask: Ask) -> Outcome:
        """Nothing is deleted here, whatever the token may."""
        name = ask.at("node")
        return Outcome(unreadable(name, "delete"), {"node": name})

    def _heir(self, ask: Ask, effect: str) -> Outcome:
        text, facts = self.platform.tokens.issued(heir_of(ask.token, LONG_SECONDS))
        body = {
            "access_token": text,
            "token_type": "bearer",
            "expires_in": LONG_SECONDS,
            "permissions": ",".join(ask.token.scopes),
        }
        return Outcome(JSONResponse(body), {"user": ask.token.account}, effect, facts)
