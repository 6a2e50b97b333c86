"""The apps that ask for access, and the codes that people's consent gave them.

The right secret of an app is the first one that it showed: any that isn't empty. Its digest is
in the ledger and binds from then on, also after a restart. What `appsecret_proof` is checked
with is the secret itself, which only this process's memory holds: as long as it knows no secret
of the app, a proof needs only the right form.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from simulators.calls import World
from simulators.instagram_tokens import HOUR, Token, digest_of
from simulators.ledger import Entry

CODE_SECONDS = HOUR


class BadCode(Exception):
    """A code that gives no token; the message is for the developer."""


@dataclass
class Code:
    """A person's consent, on its way to become a token."""

    app: str
    redirect: str
    """The digest of the address that it was sent to."""
    users: tuple[str, ...]
    scopes: tuple[str, ...]
    flavour: str
    issued: float
    used: bool = False


class Apps:
    """All apps and codes, rebuilt from the ledger."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Code] = {}
        self._digests: dict[str, str] = {}
        self._flavours: dict[str, set[str]] = {}
        self._secrets: dict[str, str] = {}
        world.ledger.on_entry(self._apply)

    def is_right(self, app: str, secret: str, flavour: str) -> bool:
        """Whether this is the app's secret; the first one that is shown is."""
        if not app or not secret:
            return False
        if app not in self._digests:
            facts = {"digest": digest_of(secret), "flavour": flavour}
            self._world.record(
                "instagram", "see_app", ids={"app": app}, effect="app.seen", facts=facts
            )
        right = hmac.compare_digest(self._digests[app], digest_of(secret))
        if right:
            self._secrets[app] = secret
        return right

    def belongs_to(self, app: str, flavour: str) -> bool:
        """Whether an app is known to be of one flavour, or isn't known at all."""
        return flavour in self._flavours.get(app, {flavour})

    def proves(self, token: Token, text: str, proof: str) -> bool:
        """Whether `appsecret_proof` fits: by the token's app, or by any app that is known."""
        if not re.fullmatch(r"[0-9a-f]{64}", proof):
            return False
        apps = [token.app] if token.app else list(self._secrets)
        known = [self._secrets[app] for app in apps if app in self._secrets]
        right = [hmac.new(key.encode(), text.encode(), hashlib.sha256) for key in known]
        return not known or any(hmac.compare_digest(one.hexdigest(), proof) for one in right)

    def new_code(self, facts: dict[str, Any], redirect: str) -> tuple[str, dict[str, Any]]:
        """A code, and what the ledger must say of it; `facts`: app, users, scopes, flavour."""
        made = "AQ" + secrets.token_urlsafe(60)
        return made, {**facts, "digest": digest_of(made), "redirect": digest_of(redirect)}

    def redeem(self, text: str, app: str, redirect: str, flavour: str) -> Code:
        """Use a code up; the caller's ledger line says so as `code`. Raises BadCode."""
        code = self._codes.get(digest_of(text))
        if code is None or code.used or code.app != app or code.flavour != flavour:
            raise BadCode("Matching code was not found or was already used")
        if self._world.clock.now() - code.issued >= CODE_SECONDS:
            raise BadCode("This authorization code has expired")
        if not hmac.compare_digest(code.redirect, digest_of(redirect)):
            raise BadCode(
                "Error validating verification code. Please make sure your redirect_uri is "
                "identical to the one you used in the OAuth dialog request"
            )
        return code

    def _apply(self, entry: Entry) -> None:
        facts = entry.facts
        if entry.effect == "app.seen":
            self._digests.setdefault(entry.ids["app"], facts["digest"])
            self._flavours.setdefault(entry.ids["app"], set()).add(facts["flavour"])
        elif entry.effect == "code.issued":
            self._codes[facts["digest"]] = Code(
                entry.ids["app"],
                facts["redirect"],
                tuple(facts["users"]),
                tuple(facts["scopes"]),
                facts["flavour"],
                entry.moment,
            )
        elif entry.effect == "token.issued" and "code" in facts:
            self._codes[facts["code"]].used = True
