"""Access tokens of both flavours: whose they are, how old, what they may, whether they still hold.

Sources: Meta's pages on access tokens, long-lived tokens, Business Login for Instagram.

The ledger holds the SHA-256 of each token and its facts, never a token: a token is recognised
by its digest, also after a restart. A token never seen before counts as one that a person took
from the dashboard: issued at first sight, for 60 days, with all permissions, for every account and
on both hosts. A token that these simulators issued serves its own account and host.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.calls import World
from simulators.ledger import Entry

HOUR, DAY = 3600, 86_400
LONG_SECONDS = 5_183_944
"""What Meta's examples show for sixty days."""
INSTAGRAM, FACEBOOK, ANY = "instagram", "facebook", "any"
SCOPES = {
    INSTAGRAM: {
        "basic": "instagram_business_basic",
        "publish": "instagram_business_content_publish",
        "comments": "instagram_business_manage_comments",
        "insights": "instagram_business_manage_insights",
    },
    FACEBOOK: {
        "basic": "instagram_basic",
        "publish": "instagram_content_publish",
        "comments": "instagram_manage_comments",
        "insights": "instagram_manage_insights",
        "contents": "instagram_manage_contents",
        "pages": "pages_show_list",
        "engagement": "pages_read_engagement",
    },
}
"""What a permission is called by each flavour."""
EXPIRED, CHECKPOINT = 463, 459
ISSUING = frozenset({"token.issued", "token.refreshed", "token.seen"})
ALL_SCOPES = tuple(sorted({name for names in SCOPES.values() for name in names.values()}))


@dataclass(frozen=True)
class Token:
    """What is known of one token."""

    digest: str
    flavour: str
    """`any` for a token that came from a dashboard."""
    kind: str
    """`user` or `page`."""
    users: tuple[str, ...]
    """Instagram's ids of the accounts that it serves; empty: all."""
    account: str
    """The account that it names as its own."""
    app: str
    issued: float
    expires: float | None
    """None: never."""
    scopes: tuple[str, ...]

    def serves(self, user: str) -> bool:
        """Whether it may speak for an account."""
        return not self.users or not user or user in self.users


@dataclass
class Standing:
    """What has come over an account."""

    cut: tuple[float, int] | None = None
    """Tokens from before this moment are dead, with this subcode."""
    checkpointed: bool = False
    restricted: bool = False


class Tokens:
    """All tokens and the accounts' standing, rebuilt from the ledger."""

    def __init__(self, world: World, key_file: Path) -> None:
        self._world = world
        self._key = _kept_key(key_file)
        self.all: dict[str, Token] = {}
        self.standing: dict[str, Standing] = {}
        world.ledger.on_entry(self._apply)

    def find(self, text: str) -> Token:
        """The token with this string; one that was never seen is issued now."""
        digest = digest_of(text)
        if digest not in self.all:
            facts = facts_of(ANY, (), LONG_SECONDS, ALL_SCOPES, account=_named(text))
            facts |= {"digest": digest, "issued": self._world.clock.now()}
            self._world.record("instagram", "see_token", effect="token.seen", facts=facts)
        return self.all[digest]

    def issued(self, facts: dict[str, Any], text: str | None = None) -> tuple[str, dict[str, Any]]:
        """A new string, and the facts that a ledger line must hold for it to be known."""
        prefix = "EAA" if facts["flavour"] == FACEBOOK else "IGAA"
        made = text or prefix + secrets.token_hex(24)
        return made, {"issued": self._world.clock.now(), **facts, "digest": digest_of(made)}

    def record(self, op: str, facts: dict[str, Any], text: str | None = None) -> str:
        """Issue one with a ledger line of its own."""
        made, whole = self.issued(facts, text)
        ids = {"user": whole["users"][0]} if whole["users"] else {}
        self._world.record("instagram", op, ids=ids, effect="token.issued", facts=whole)
        return made

    def page_token(self, owner: Token, user: str) -> str:
        """The Page token of an account, the same for the same user token.

        It has no end when that lives long.
        """
        text = "EAAP" + self._mac(f"{owner.digest}/{user}")
        if digest_of(text) not in self.all:
            ends = owner.expires if _is_short(owner) else None
            seconds = None if ends is None else ends - self._world.clock.now()
            facts = facts_of(FACEBOOK, (user,), seconds, owner.scopes, kind="page", app=owner.app)
            self.record("me_accounts", facts, text)
        return text

    def trouble(self, token: Token, user: str) -> int | None:
        """The subcode of 190 with which it doesn't hold (for an account), None when it does."""
        now = self._world.clock.now()
        if token.expires is not None and token.expires <= now:
            return EXPIRED
        alone = token.users[0] if len(token.users) == 1 else ""
        standing = self.standing.get(user or alone, Standing())
        if standing.checkpointed:
            return CHECKPOINT
        is_cut = standing.cut is not None and token.issued <= standing.cut[0]
        return standing.cut[1] if standing.cut and is_cut else None

    def is_restricted(self, user: str) -> bool:
        """Whether an account may not publish now."""
        return self.standing.get(user, Standing()).restricted

    def _apply(self, entry: Entry) -> None:
        facts = entry.facts
        if entry.effect in ISSUING:
            token = Token(
                facts["digest"],
                facts["flavour"],
                facts["kind"],
                tuple(facts["users"]),
                facts["account"],
                facts["app"],
                facts["issued"],
                None if facts["seconds"] is None else facts["issued"] + facts["seconds"],
                tuple(facts["scopes"]),
            )
            self.all[token.digest] = token
        elif entry.effect == "account.changed":
            self._change(entry)

    def _change(self, entry: Entry) -> None:
        standing = self.standing.setdefault(entry.ids["user"], Standing())
        what = entry.facts["what"]
        if what == "unfreeze":
            standing.checkpointed = standing.restricted = False
        elif what == "checkpoint":
            standing.checkpointed = True
        elif what == "restrict":
            standing.restricted = True
        else:
            standing.cut = (entry.moment, entry.facts["subcode"])

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:48]


def facts_of(  # noqa: PLR0913 - the columns of a token
    flavour: str,
    users: Sequence[str],
    seconds: float | None,
    scopes: Sequence[str],
    *,
    kind: str = "user",
    app: str = "",
    account: str = "",
) -> dict[str, Any]:
    """What the ledger says of a token; `seconds` is its whole life."""
    return {
        "flavour": flavour,
        "kind": kind,
        "users": list(users),
        "account": account or users[0],
        "app": app,
        "seconds": seconds,
        "scopes": list(scopes),
    }


def scopes_of(flavour: str) -> tuple[str, ...]:
    """All permissions of a flavour."""
    return tuple(SCOPES[flavour].values())


def digest_of(text: str) -> str:
    """How a credential is recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


def heir_of(token: Token, seconds: float) -> dict[str, Any]:
    """The facts of a new token for the same person, with another life."""
    return facts_of(
        token.flavour,
        token.users,
        seconds,
        token.scopes,
        kind=token.kind,
        app=token.app,
        account=token.account,
    )


def user_from(text: str) -> str:
    """An account's id that follows from a text."""
    return f"1784{int(digest_of(text)[:10], 16) % 10**13:013d}"


def _named(text: str) -> str:
    """The account that a token's string names, or else one that follows from it."""
    named = re.search(r"1784\d{9,}", text)
    return named[0] if named else user_from(text)


def _is_short(token: Token) -> bool:
    return token.expires is not None and token.expires - token.issued < DAY


def _kept_key(file: Path) -> bytes:
    """The key that Page tokens follow from: the same after a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
