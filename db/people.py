"""The people of the workspace: who they are at each door, and their role."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from db.failures import PersonExists
from db.pool import Pool
from schemas.account import Role, StartTime
from schemas.base import Frozen

NEVER = "never"
"""The time of a digest that does not come."""


class Person(Frozen):
    """A row of `people`."""

    id: str
    """The name that decisions carry, in lower case."""
    name: str
    """How the person is called, for people."""
    email: str | None = None
    """In lower case."""
    slack_user_id: str | None = None
    discord_user_id: str | None = None
    role: Role = Role.REVIEWER
    zone: str = "UTC"
    """The person's own IANA time zone."""
    digest_at: StartTime | None = "08:00"
    """When the digest by e-mail comes, by the person's clock; None is never."""
    created_at: datetime
    disabled_at: datetime | None = None

    @property
    def decides(self) -> bool:
        """Whether the person may decide at all; on which accounts, those say themselves."""
        return self.disabled_at is None and self.role is not Role.VIEWER


@dataclass(frozen=True)
class People:
    """The table `people`."""

    pool: Pool

    async def put(
        self, name: str, *, email: str | None, slack: str | None, discord: str | None, role: Role
    ) -> Person:
        """Add a person, or change one: what is None stays, and who was disabled is enabled.

        `name` is how the person is called; the id is the same in lower case. Again: the same.
        Raises PersonExists when another person has the e-mail address or the user id.
        """
        sql = """
            INSERT INTO people (id, name, email, slack_user_id, discord_user_id, role)
            VALUES (lower($1), $1, lower($2), $3, $4, $5)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role,
                email = coalesce(excluded.email, people.email),
                slack_user_id = coalesce(excluded.slack_user_id, people.slack_user_id),
                discord_user_id = coalesce(excluded.discord_user_id, people.discord_user_id),
                disabled_at = NULL
            RETURNING *
        """
        try:
            row = await self.pool.write(sql, name, email, slack, discord, role)
        except asyncpg.UniqueViolationError as error:
            what = (error.constraint_name or "").removeprefix("people_").removesuffix("_key")
            raise PersonExists(f"another person has this {what}") from error
        return Person.model_validate(dict(row or {}))

    async def set_digest(self, person: str, *, zone: str | None, at: str | None) -> None:
        """Say when a person gets the digest: a local time, or NEVER; what is None stays.

        Again: changes nothing.
        """
        sql = """
            UPDATE people SET zone = coalesce($2, zone),
                digest_at = CASE WHEN $3::text = $4::text THEN NULL ELSE coalesce($3, digest_at) END
            WHERE id = lower($1)
        """
        await self.pool.write(sql, person, zone, at, NEVER)

    async def disable(self, person: str, at: datetime) -> bool:
        """Let a person in at no door. False when there is none. Again: since when stays."""
        sql = """
            UPDATE people SET disabled_at = coalesce(disabled_at, $2)
            WHERE id = lower($1) RETURNING id
        """
        return await self.pool.write(sql, person, at) is not None

    async def get(self, person: str) -> Person | None:
        """A person by the name that decisions carry, disabled or not."""
        return _person(await self.pool.row("SELECT * FROM people WHERE id = lower($1)", person))

    async def by_email(self, email: str) -> Person | None:
        """The person with this address, in whatever case; None when unknown or disabled."""
        sql = "SELECT * FROM people WHERE email = lower($1) AND disabled_at IS NULL"
        return _person(await self.pool.row(sql, email))

    async def by_slack(self, user_id: str) -> Person | None:
        """The person with this Slack user id; None when unknown or disabled."""
        sql = "SELECT * FROM people WHERE slack_user_id = $1 AND disabled_at IS NULL"
        return _person(await self.pool.row(sql, user_id))

    async def by_discord(self, user_id: str) -> Person | None:
        """The person with this Discord user id; None when unknown or disabled."""
        sql = "SELECT * FROM people WHERE discord_user_id = $1 AND disabled_at IS NULL"
        return _person(await self.pool.row(sql, user_id))

    async def all(self) -> tuple[Person, ...]:
        """Everybody, by id, also who is disabled."""
        rows = await self.pool.rows("SELECT * FROM people ORDER BY id")
        return tuple(Person.model_validate(dict(row)) for row in rows)


def _person(row: asyncpg.Record | None) -> Person | None:
    return Person.model_validate(dict(row)) if row else None
