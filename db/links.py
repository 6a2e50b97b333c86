"""Short-lived words that only we can have said: the link to connect an account, and its state.

Both are sealed by the token cipher under a purpose of their own, so that nobody makes one up
and none serves as the other or for another account. Which were used is in the database.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from db.cipher import Purpose, TokenCipher
from db.failures import TokenUnreadable
from db.pool import Pool
from schemas.account import AccountId

LINK_LIFE = timedelta(hours=1)
STATE_LIFE = timedelta(minutes=10)
"""From the consent page back to us."""


NOT_OURS = "The link is none of ours, or another account's"


class BadLink(Exception):
    """It is none of ours, it is another account's, or it has expired; the text is for a person."""


@dataclass(frozen=True)
class Pass:
    """What a sealed word says."""

    nonce: str = field(repr=False)
    ends: float
    link: str = field(default="", repr=False)
    """The nonce of the link that a state came from."""
    state: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)


@dataclass(frozen=True)
class Links:
    """Makes and opens them."""

    cipher: TokenCipher
    pool: Pool

    def link(self, account: AccountId, now: datetime) -> str:
        """The secret part of an address at which this account, and no other, is connected."""
        made = Pass(secrets.token_urlsafe(16), (now + LINK_LIFE).timestamp())
        return self._seal(account, made, Purpose.CONNECT_LINK)

    def state(self, account: AccountId, link: Pass, now: datetime) -> tuple[str, Pass]:
        """What a browser keeps while its person is at the consent page, and what it says."""
        made = Pass(
            nonce=secrets.token_urlsafe(16),
            ends=(now + STATE_LIFE).timestamp(),
            link=link.nonce,
            state=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        return self._seal(account, made, Purpose.CONNECT_STATE), made

    def open_link(self, account: AccountId, text: str, now: datetime) -> Pass:
        """Raises BadLink."""
        return self._open(account, text, Purpose.CONNECT_LINK, now)

    def open_state(self, account: AccountId, text: str, now: datetime) -> Pass:
        """Raises BadLink."""
        return self._open(account, text, Purpose.CONNECT_STATE, now)

    async def is_used(self, nonce: str) -> bool:
        """Whether somebody was faster, or the same person comes again."""
        row = await self.pool.row("SELECT 1 FROM connection_uses WHERE nonce = $1", nonce)
        return row is not None

    async def use(self, nonce: str, now: datetime) -> bool:
        """Use it up. False when it was. What ended a day ago and more is forgotten."""
        sql = """
            WITH old AS (
                DELETE FROM connection_uses WHERE used_at < $2::timestamptz - interval '1 day'
            )
            INSERT INTO connection_uses (nonce, used_at) VALUES ($1, $2)
            ON CONFLICT DO NOTHING RETURNING nonce
        """
        return await self.pool.write(sql, nonce, now) is not None

    def _seal(self, account: AccountId, made: Pass, purpose: Purpose) -> str:
        sealed = self.cipher.seal(account, json.dumps(vars(made)), purpose)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self, account: AccountId, text: str, purpose: Purpose, now: datetime) -> Pass:
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            # The source document's layout is bound to nothing: no link comes in it.
            text = "" if sealed.startswith(b"{") else self.cipher.open(account, sealed, purpose)
            found = Pass(**json.loads(text))
        except (binascii.Error, ValueError, TypeError, TokenUnreadable):
            raise BadLink(NOT_OURS) from None
        if found.ends <= now.timestamp():
            raise BadLink("The link has expired")
        return found
