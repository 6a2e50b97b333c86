"""What an Instagram account holds: containers on their way, and posts that are out."""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from simulators.choices import Choices
from simulators.ledger import Entry

DAY = 86_400
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OLD_CAPTIONS = (
    "Sunday walk, no filter needed.",
    "We turned the studio upside down for this one.",
    "Part two is coming. Guess the ending.",
    "Behind the scenes of last week.",
    "Thank you for 10k!",
)
STATUS_TEXTS = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been successfully published.",
    "EXPIRED": "Expired: The container was not published within 24 hours and has expired.",
}


@dataclass(frozen=True)
class Container:
    """An upload that isn't a post yet."""

    id: str
    user: str
    created: float
    caption: str
    facts: dict[str, Any]
    """What was asked for, without addresses."""
    taken: dict[str, Any] = field(default_factory=dict)
    """What was fetched: bytes, sha256, seconds, size."""
    taken_at: float | None = None
    refused: int | None = None
    """The subcode when the file wasn't taken."""
    published: bool = False

    def state(self, now: float, processing: float) -> str:
        """`status_code` at a moment."""
        if self.published:
            return "PUBLISHED"
        if now - self.created >= DAY:
            return "EXPIRED"
        if self.taken_at is None or now < self.taken_at + processing:
            return "IN_PROGRESS"
        return "ERROR" if self.refused else "FINISHED"

    def status_text(self, state: str) -> str:
        """`status` in that state."""
        if state == "ERROR":
            return f"Error: Media upload has failed with error code {self.refused}"
        return STATUS_TEXTS[state]


@dataclass(frozen=True)
class Post:
    """A published Reel."""

    id: str
    user: str
    caption: str
    published: float
    container: str = ""

    def shown(self) -> dict[str, Any]:
        """All fields that a read can ask for."""
        code = shortcode(self.id)
        moment = datetime.fromtimestamp(self.published, UTC)
        return {
            "id": self.id,
            "caption": self.caption,
            "media_type": "VIDEO",
            "media_product_type": "REELS",
            "permalink": f"https://www.instagram.com/reel/{code}/",
            "shortcode": code,
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "username": username(self.user),
            "owner": {"id": self.user},
            "is_ai_generated": False,
        }


class Accounts:
    """All containers and posts, rebuilt from the ledger."""

    def __init__(self, born: float) -> None:
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}
        self._born = born

    def apply(self, entry: Entry) -> None:
        """Take up what a ledger line says."""
        known = self.containers.get(entry.ids.get("container", ""))
        if entry.effect == "container.created":
            ids, facts = entry.ids, entry.facts
            name, user = ids["container"], ids["user"]
            self.containers[name] = Container(name, user, entry.moment, facts["caption"], facts)
        elif entry.effect in {"container.fetched", "container.refused"} and known:
            self.containers[known.id] = replace(
                known,
                taken_at=entry.moment,
                taken=entry.facts,
                refused=entry.facts.get("subcode"),
            )
        elif entry.effect == "post.published" and known:
            self.containers[known.id] = replace(known, published=True)
            post = Post(entry.ids["media"], known.user, known.caption, entry.moment, known.id)
            self.posts[post.id] = post

    def of_user(self, user: str) -> list[Post]:
        """A user's posts, newest first; below ours stand older ones that aren't ours."""
        ours = [post for post in self.posts.values() if post.user == user]
        return sorted([*ours, *self.older(user)], key=lambda post: post.published, reverse=True)

    def older(self, user: str) -> list[Post]:
        """Posts from before this world began: a reader must not take one for its own."""
        choices = Choices("older posts", user)
        posts = []
        for number, caption in enumerate(choices.some("captions", OLD_CAPTIONS, 3)):
            age = choices.number(f"age/{number}", 3 + number * 10, 10 + number * 10)
            digits = int(hashlib.sha256(f"{user}/{number}".encode()).hexdigest()[:12], 16)
            name = f"178{digits % 10**14:014d}"
            posts.append(Post(name, user, caption, self._born - age * DAY))
        return posts

    def post(self, name: str) -> Post | None:
        """A post of ours, or one of the older ones."""
        if name in self.posts:
            return self.posts[name]
        users = {container.user for container in self.containers.values()}
        older = (post for user in users for post in self.older(user))
        return next((post for post in older if post.id == name), None)

    def posts_of(self, container: Container) -> list[Post]:
        """What a container became: more than one post is somebody's mistake."""
        return [post for post in self.posts.values() if post.container == container.id]

    def published_since(self, user: str, moment: float) -> int:
        """How many of a user's posts went out after a moment."""
        return sum(p.user == user and p.published > moment for p in self.posts.values())


def new_id(prefix: str) -> str:
    """A numeric id of 17 digits, in the manner of the platform's."""
    return prefix + str(10**13 + secrets.randbelow(9 * 10**13))


def shortcode(media: str) -> str:
    """The public name of a post: its id in base 64."""
    number, code = int(media), ""
    while number:
        number, digit = divmod(number, 64)
        code = ALPHABET[digit] + code
    return code


def username(user: str) -> str:
    """The handle of a user."""
    return f"reels_{user[-6:]}"
