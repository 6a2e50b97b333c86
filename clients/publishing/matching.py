"""Whether a post is out: by its handle, and by what it says and when. Never by being the newest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from clients.errors import ClientError
from clients.publishing import Credentials, Handle, Look, Proof, PublishedMedia, State, Truth

CLOCK_SKEW = timedelta(seconds=60)
"""How far our clock may be ahead of the platform's, whose times are whole seconds."""


@dataclass(frozen=True)
class Sought:
    """A post that may be out."""

    caption: str
    since: datetime
    """When it can have been published first."""

    def among(self, media: Iterable[PublishedMedia]) -> tuple[PublishedMedia, ...]:
        """The posts with exactly this caption since then: only a single one is the one."""
        return tuple(
            post
            for post in media
            if post.caption.strip() == self.caption.strip()
            and post.published_at >= self.since - CLOCK_SKEW
        )


class Readable(Protocol):
    """A platform whose handles have a state, and whose posts can be listed."""

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        """Read where a handle stands."""
        ...

    async def posts(self, who: Credentials, since: datetime) -> tuple[PublishedMedia, ...]:
        """Read all posts since then, and perhaps older ones."""
        ...


async def reconcile(platform: Readable, who: Credentials, handle: Handle, sought: Sought) -> Truth:
    """Read whether a handle is out.

    One that died is gone only when the list has no such post either: what failed or expired
    after a publish may have been published before. Raises as the reads do; a list that can't
    be read leaves a handle that is out without its post, and nothing else known.
    """
    look = await platform.poll(who, handle)
    match look.state:
        case State.READY:
            return Truth(Proof.ABSENT)
        case State.PENDING:
            return Truth(Proof.UNKNOWN, detail="the platform still works on the container")
        case State.LIVE:
            return Truth(Proof.LIVE, await _the_post(platform, who, sought))
        case State.FAILED | State.EXPIRED:
            return _of_the_dead(sought.among(await platform.posts(who, sought.since)))
        case _:
            assert_never(look.state)


async def _the_post(platform: Readable, who: Credentials, sought: Sought) -> PublishedMedia | None:
    """The post of a handle that is out; None when it can't be told from all others."""
    try:
        found = sought.among(await platform.posts(who, sought.since))
    except ClientError:
        # That it is out is known without the list.
        return None
    return found[0] if len(found) == 1 else None


def _of_the_dead(found: tuple[PublishedMedia, ...]) -> Truth:
    if not found:
        return Truth(Proof.GONE)
    if len(found) == 1:
        return Truth(Proof.LIVE, found[0])
    said = "the container is dead, and more than one post has its caption: open the account"
    return Truth(Proof.UNKNOWN, detail=said)
