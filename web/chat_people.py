"""Who is at a door, and whether that person may decide."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from db.people import People, Person


class Stranger(Exception):
    """Somebody who decides nothing here; the message is a sentence for that person."""


@dataclass(frozen=True)
class ChatPeople:
    """The people that a door lets in, by the ids of its own service."""

    people: People
    find: Callable[[str], Awaitable[Person | None]]
    """A person by the service's id: `People.by_slack`, `People.by_discord`."""
    listed: Mapping[str, str] = field(default_factory=dict)
    """Names by id from the settings, for those who are not in the table with their id."""

    async def name_of(self, user_id: str) -> str:
        """The name that the person's decisions carry. Raises Stranger, and DatabaseError."""
        person = await self.find(user_id)
        if person is None:
            name = self.listed.get(user_id)
            if name is None:
                raise Stranger(
                    f"You ({user_id}) are not a reviewer here: nothing was decided. "
                    "Ask for your id to be added: admin.py person add."
                )
            person = await self.people.get(name)
            if person is None:
                return name
        if not person.decides:
            is_what = "are disabled" if person.disabled_at else "look on here as a viewer"
            raise Stranger(f"You {is_what}: nothing was decided. An admin can change that.")
        return person.id
