"""All that Instagram's accounts hold, rebuilt from the ledger."""

import hashlib
from dataclasses import replace
from typing import Any

from simulators.choices import Choices
from simulators.instagram_posts import DAY, Comment, Container, Post
from simulators.ledger import Entry

OLD_CAPTIONS = (
    "Sunday walk, no filter needed.",
    "We turned the studio upside down for this one.",
    "Part two is coming. Guess the ending.",
    "Behind the scenes of last week.",
    "Thank you for 10k!",
)


class Accounts:
    """All containers, posts and comments, rebuilt from the ledger."""

    def __init__(self, born: float) -> None:
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}
        self._comments: dict[str, list[Comment]] = {}
        self._deleted: set[str] = set()
        self._born = born

    def apply(self, entry: Entry) -> None:
        """Take up what a ledger line says."""
        ids, facts = entry.ids, entry.facts
        known = self.containers.get(ids.get("container", ""))
        if entry.effect == "container.created":
            name, user = ids["container"], ids["user"]
            self.containers[name] = Container(name, user, entry.moment, facts["caption"], facts)
        elif known is not None:
            self._advance(known, entry)
        elif entry.effect == "post.planted":
            post = Post(ids["media"], ids["user"], facts["caption"], facts["published"])
            self.posts[post.id] = post
        elif entry.effect == "post.deleted":
            self._deleted.add(ids["media"])
        elif entry.effect == "comment.created":
            comment = Comment(ids["comment"], ids["user"], facts["text"], entry.moment)
            self._comments.setdefault(ids["media"], []).append(comment)

    def _advance(self, known: Container, entry: Entry) -> None:
        """What becomes of a container."""
        facts, change = entry.facts, dict[str, Any]()
        if entry.effect == "upload.received":
            change = {"transferred": facts["transferred"], "size": facts["file_size"]}
        elif entry.effect in {"container.fetched", "container.refused"}:
            change = {"taken_at": entry.moment, "taken": facts, "refused": facts.get("subcode")}
            if facts.get("lost"):
                change["transferred"] = 0
        elif entry.effect == "post.published":
            change = {"published": True}
            media, user = entry.ids["media"], known.user
            self.posts[media] = Post(
                media, user, known.caption, entry.moment, known.id, known.facts
            )
        if change:
            self.containers[known.id] = replace(known, **change)

    def of_user(self, user: str) -> list[Post]:
        """A user's posts, newest first; below ours stand older ones that aren't ours."""
        ours = [post for post in self.posts.values() if post.user == user]
        there = [post for post in [*ours, *self.older(user)] if post.id not in self._deleted]
        return sorted(there, key=lambda post: post.published, reverse=True)

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
        """A post of ours, or one of the older ones; None for one that was deleted."""
        if name in self._deleted:
            return None
        if name in self.posts:
            return self.posts[name]
        users = {container.user for container in self.containers.values()}
        older = (post for user in users for post in self.older(user))
        return next((post for post in older if post.id == name), None)

    def posts_of(self, container: Container) -> list[Post]:
        """What a container became: more than one post is somebody's mistake."""
        return [post for post in self.posts.values() if post.container == container.id]

    def comments_of(self, media: str) -> list[Comment]:
        """What was said under a post, newest first."""
        return list(reversed(self._comments.get(media, [])))

    def published_since(self, user: str, moment: float) -> int:
        """How many posts the API made for a user after a moment, deleted ones included."""
        ours = [post for post in self.posts.values() if post.container and post.user == user]
        return sum(post.published > moment for post in ours)

    def created_since(self, user: str, moment: float) -> int:
        """How many containers a user's apps made after a moment."""
        return sum(c.user == user and c.created > moment for c in self.containers.values())
