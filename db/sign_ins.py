"""Who is signed in: links that are good once, sessions, and tokens of scripts.

Secrets are random and leave this module once, to whom they are for; the tables have their
digests. 256 random bits need no slow hash.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from db.pool import Pool

LINK_LIFE = timedelta(minutes=15)
IDLE = timedelta(hours=12)
"""A session ends when nobody did anything for so long."""
LONGEST = timedelta(days=7)
"""And in any case after so long."""
NOTED = timedelta(minutes=5)
"""How old the note of a session's last use may become before it is written anew."""


@dataclass(frozen=True)
class SignIns:
    """The tables `sign_in_links`, `sessions` and `api_tokens`."""

    pool: Pool

    async def make_link(self, person: str, now: datetime) -> str:
        """A secret that signs the person in, once, within LINK_LIFE."""
        secret = secrets.token_urlsafe(32)
        sql = """
            INSERT INTO sign_in_links (digest, person_id, made_at, expires_at)
            VALUES ($1, $2, $3, $4)
        """
        await self.pool.write(sql, digest(secret), person, now, now + LINK_LIFE)
        return secret

    async def is_open(self, link: str, now: datetime) -> bool:
        """Whether a link would sign somebody in. Uses nothing up."""
        sql = """
            SELECT FROM sign_in_links WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
        """
        return await self.pool.row(sql, digest(link), now) is not None

    async def begin(self, link: str, now: datetime) -> str | None:
        """Use a link up and begin a session: its secret. None for a link that is not good.

        Of many that use it at once, one gets a session.
        """
        secret = secrets.token_urlsafe(32)
        sql = """
            WITH used AS (
                UPDATE sign_in_links SET used_at = $3
                FROM people WHERE digest = $1 AND used_at IS NULL AND expires_at > $3
                    AND people.id = person_id AND people.disabled_at IS NULL
                RETURNING person_id)
            INSERT INTO sessions (digest, person_id, begun_at, seen_at)
            SELECT $2, person_id, $3, $3 FROM used RETURNING person_id
        """
        begun = await self.pool.write(sql, digest(link), digest(secret), now)
        return None if begun is None else secret

    async def person_of(self, session: str, now: datetime, *, active: bool) -> str | None:
        """Whose session it is; None when it is none, or over.

        `active` keeps it from ending for want of use: what a page asks by itself is not.
        """
        sql = """
            SELECT person_id, seen_at FROM sessions
            WHERE digest = $1 AND ended_at IS NULL AND seen_at > $2 AND begun_at > $3
        """
        row = await self.pool.row(sql, digest(session), now - IDLE, now - LONGEST)
        if row is None:
            return None
        if active and row["seen_at"] < now - NOTED:
            noted = "UPDATE sessions SET seen_at = $2 WHERE digest = $1 AND seen_at < $2"
            await self.pool.write(noted, digest(session), now)
        person: str = row["person_id"]
        return person

    async def end(self, session: str, now: datetime) -> None:
        """End a session. Again: as it was."""
        sql = "UPDATE sessions SET ended_at = coalesce(ended_at, $2) WHERE digest = $1"
        await self.pool.write(sql, digest(session), now)

    async def make_token(self, person: str, label: str, now: datetime) -> str:
        """A secret with which a script acts as the person, until it is revoked."""
        secret = f"reels_{secrets.token_urlsafe(32)}"
        sql = """
            INSERT INTO api_tokens (digest, person_id, label, made_at) VALUES ($1, $2, $3, $4)
        """
        await self.pool.write(sql, digest(secret), person, label, now)
        return secret

    async def revoke_tokens(self, person: str, now: datetime) -> int:
        """End every token of a person; how many that were. Again: 0."""
        sql = """
            WITH ended AS (UPDATE api_tokens SET revoked_at = $2
                WHERE person_id = $1 AND revoked_at IS NULL RETURNING 1)
            SELECT count(*) AS ended FROM ended
        """
        row = await self.pool.write(sql, person, now)
        return int(row["ended"]) if row else 0

    async def person_of_token(self, token: str) -> str | None:
        """Whose script it is; None for a token that is none, or revoked."""
        sql = "SELECT person_id FROM api_tokens WHERE digest = $1 AND revoked_at IS NULL"
        row = await self.pool.row(sql, digest(token))
        return row["person_id"] if row else None


def digest(secret: str) -> bytes:
    """What the database knows of a secret."""
    return sha256(secret.encode("utf-8", "replace")).digest()
