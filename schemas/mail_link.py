"""The link of a digest: one person's way to one revision of one Reel, for a while.

It is no session: it opens the page of that Reel alone. Its seal is made with a key of its own,
which comes from the key that seals decisions, so that no other word of ours passes for one.
"""

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime, Field, ValidationError

from schemas.account import AccountDay
from schemas.base import Frozen

LINK_LIFE = timedelta(hours=72)
LONGEST = 1000
"""Characters of a token that are looked at; the longest that we make has about 500."""

_LABEL = b"reels:mail-link:v1"


class BadLink(Exception):
    """We never made this link, or it was not copied whole."""


class LinkOver(Exception):
    """The link was ours, and its time is up."""


class MailLink(Frozen):
    """What a link says."""

    person: str = Field(min_length=1, max_length=100)
    key: AccountDay
    revision: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires_at: AwareDatetime
    """In whole seconds."""


@dataclass(frozen=True)
class MailLinks:
    """Makes the tokens of links, and reads them."""

    key: bytes
    """From `link_key`."""

    def token(self, link: MailLink) -> str:
        """The secret part of a link's address. Again: the same."""
        words = [
            link.person,
            link.key.account,
            link.key.day.isoformat(),
            link.revision,
            int(link.expires_at.timestamp()),
        ]
        body = _encoded(json.dumps(words, separators=(",", ":")).encode())
        return f"{body}.{self._seal(body)}"

    def read(self, token: str, now: datetime) -> MailLink:
        """What a token says. Raises BadLink, or LinkOver from its last second on."""
        body, _, seal = token[:LONGEST].partition(".")
        # Compared as text: base64 has several spellings of the same bytes.
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(body).encode()):
            raise BadLink
        link = _link(body)
        if now >= link.expires_at:
            raise LinkOver
        return link

    def _seal(self, body: str) -> str:
        return _encoded(hmac.new(self.key, body.encode("utf-8", "replace"), sha256).digest())


def link_key(decision_key: bytes) -> bytes:
    """The key of links; nobody gets back from it to the one of decisions."""
    return hmac.new(decision_key, _LABEL, sha256).digest()


def expiry(now: datetime, review_ends: datetime | None) -> datetime:
    """Until when a link that is made now is good: LINK_LIFE, or the end of the review before."""
    ends = now + LINK_LIFE
    return (min(ends, review_ends) if review_ends else ends).replace(microsecond=0)


def _link(body: str) -> MailLink:
    try:
        padded = body + "=" * (-len(body) % 4)
        person, account, day, revision, ends = json.loads(base64.urlsafe_b64decode(padded))
        return MailLink(
            person=person,
            key=AccountDay(account=account, day=day),
            revision=revision,
            expires_at=datetime.fromtimestamp(ends, UTC),
        )
    except (binascii.Error, ValueError, TypeError, OverflowError, ValidationError):
        raise BadLink from None


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
