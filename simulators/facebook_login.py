"""What only Facebook Login has: Pages and their tokens, debug_token, permissions, deletion.

Sources: Meta's pages on long-lived tokens, debug_token, User accounts, IG Media (deletion).

A Page token that comes from a long-lived user token has no end. Deleting a post needs
`instagram_manage_contents`.
"""

from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.calls import Call, Outcome
from simulators.graph import Graph
from simulators.graph_calls import Ask, Params, token_of
from simulators.graph_errors import (
    INVALID,
    SESSIONS,
    graph_error,
    required,
    session_error,
    unreadable,
)
from simulators.instagram_apps import BadCode
from simulators.instagram_posts import username
from simulators.instagram_publishing import paged
from simulators.instagram_tokens import (
    ANY,
    FACEBOOK,
    HOUR,
    LONG_SECONDS,
    SCOPES,
    Token,
    digest_of,
    facts_of,
    heir_of,
)

TASKS = ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"]
DATA_SECONDS = 90 * 86_400
"""How long an app may go on reading a person's data."""
LISTED = "id,name,access_token,tasks"


class FacebookLogin(Graph):
    """The operations that graph.facebook.com has beside publishing."""

    def routes(self) -> list[Route]:
        """They stand before `{node}`, which would take their names for ids."""
        add, both = self.operation, ["GET", "POST"]
        return [
            *add("me", "me", self._me, kinds=["wrapped"]),
            *add("me/accounts", "me_accounts", self._accounts),
            *add("me/permissions", "me_permissions", self._permissions),
            *self.open_operation("debug_token", "debug_token", self._debug),
            *self.open_operation("oauth/access_token", "oauth_token", self._token, methods=both),
            *add("{node}", "delete_media", self._delete, methods=["DELETE"]),
        ]

    def _me(self, ask: Ask) -> Outcome:
        user = ask.token.account
        self.allow(ask, "basic", user)
        if ask.token.kind == "page":
            known = {"id": page_of(user), "name": username(user), "category": "Creator"}
        else:
            known = {"id": person_of(user), "name": "A person"}
        return Outcome(JSONResponse(ask.chosen(known, "id,name")), {"user": user})

    def _accounts(self, ask: Ask) -> Outcome:
        self.allow(ask, "pages", ask.token.account)
        users = ask.token.users or (ask.token.account,)
        pages = [self._page(ask.token, user) for user in users]
        return Outcome(paged(ask, pages, LISTED), {"user": ask.token.account})

    def _page(self, owner: Token, user: str) -> dict[str, Any]:
        return {
            "id": page_of(user),
            "name": username(user),
            "category": "Creator",
            "access_token": self.platform.tokens.page_token(owner, user),
            "tasks": TASKS,
            "instagram_business_account": {"id": user, "username": username(user)},
        }

    def _permissions(self, ask: Ask) -> Outcome:
        self.allow(ask, "basic", ask.token.account)
        rows = [
            {"permission": scope, "status": "granted" if scope in ask.token.scopes else "declined"}
            for scope in SCOPES[FACEBOOK].values()
        ]
        return Outcome(JSONResponse({"data": rows}), {"user": ask.token.account})

    def _debug(self, call: Call, params: Params) -> Outcome:
        """Asked with the Meta app's `APPID|SECRET`, which is no token."""
        app, _, secret = token_of(call, params).partition("|")
        apps = self.platform.apps
        if not secret or not apps.belongs_to(app, FACEBOOK):
            return Outcome(graph_error(101 if secret else 190), {"app": app if secret else ""})
        if not apps.is_right(app, secret, FACEBOOK):
            return Outcome(graph_error(190, None, "Invalid OAuth access token signature."))
        text = params.get("input_token", "")
        if not text:
            return Outcome(required("input_token"), {"app": app})
        token = self.platform.tokens.find(text)
        ids = {"app": app, "user": token.account}
        return Outcome(JSONResponse({"data": self._described(token, app)}), ids)

    def _described(self, token: Token, app: str) -> dict[str, Any]:
        trouble = self.platform.tokens.trouble(token, token.account)
        known: dict[str, Any] = {
            "app_id": token.app or app,
            "type": token.kind.upper(),
            "application": "Reels",
            "is_valid": trouble is None,
            "issued_at": int(token.issued),
            "expires_at": int(token.expires or 0),
            "data_access_expires_at": int(token.issued + DATA_SECONDS),
            "scopes": list(token.scopes),
            "granular_scopes": [{"scope": scope} for scope in token.scopes],
            "user_id": person_of(token.account),
        }
        if token.kind == "page":
            known["profile_id"] = page_of(token.account)
        if trouble is not None:
            message = INVALID + SESSIONS[trouble]
            known["error"] = {"code": 190, "message": message, "subcode": trouble}
        return known

    def _token(self, call: Call, params: Params) -> Outcome:
        app, secret = params.get("client_id", ""), params.get("client_secret", "")
        ids = {"app": app}
        for name in ("client_id", "client_secret"):
            if not params.get(name):
                return Outcome(required(name), ids)
        if not self.platform.apps.is_right(app, secret, FACEBOOK):
            return Outcome(graph_error(1, None, "Error validating client secret."), ids)
        if params.get("grant_type") == "fb_exchange_token":
            return self._exchanged(params.get("fb_exchange_token", ""), app)
        del call
        return self._of_code(params, app)

    def _exchanged(self, text: str, app: str) -> Outcome:
        if not text:
            return Outcome(required("fb_exchange_token"), {"app": app})
        token = self.platform.tokens.find(text)
        trouble = self.platform.tokens.trouble(token, token.account)
        if trouble is not None:
            return Outcome(session_error(trouble), {"app": app})
        if token.flavour not in {ANY, FACEBOOK} or token.app not in {"", app}:
            return Outcome(graph_error(190), {"app": app})
        fresh, facts = self.platform.tokens.issued({**heir_of(token, LONG_SECONDS), "app": app})
        body = {"access_token": fresh, "token_type": "bearer", "expires_in": LONG_SECONDS}
        ids = {"app": app, "user": token.account}
        return Outcome(JSONResponse(body), ids, "token.issued", facts)

    def _of_code(self, params: Params, app: str) -> Outcome:
        text, redirect = params.get("code", ""), params.get("redirect_uri", "")
        try:
            code = self.platform.apps.redeem(text, app, redirect, FACEBOOK)
        except BadCode as bad:
            return Outcome(graph_error(100, 36009, str(bad)), {"app": app})
        wish = facts_of(FACEBOOK, code.users, HOUR, code.scopes, app=app)
        fresh, facts = self.platform.tokens.issued(wish)
        body = {"access_token": fresh, "token_type": "bearer", "expires_in": HOUR}
        facts["code"] = digest_of(text)
        ids = {"app": app, "user": code.users[0]}
        return Outcome(JSONResponse(body), ids, "token.issued", facts)

    def _delete(self, ask: Ask) -> Outcome:
        name = ask.at("node")
        post = self.platform.accounts.post(name)
        if post is None:
            return Outcome(unreadable(name, "delete"), {"node": name})
        self.allow(ask, "contents", post.user)
        ids = {"media": name, "user": post.user}
        return Outcome(JSONResponse({"success": True}), ids, "post.deleted")


def page_of(user: str) -> str:
    """The Page that an account is linked to."""
    return f"61{user[2:]}"


def person_of(user: str) -> str:
    """The Facebook user who manages an account."""
    return f"10{user[2:]}"
