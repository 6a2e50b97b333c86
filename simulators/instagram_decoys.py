"""Posts that the API didn't make, so that whoever takes the newest for its own is caught."""

from typing import Any

from simulators.calls import World
from simulators.instagram_posts import new_id

EARLIER = 2 * 3600
"""How long ago the same caption was posted before."""
NEWEST = -1.0
"""A second later than now: listed above the post that the same call makes."""


def plant(world: World, user: str, caption: str, age: float = 0.0) -> str:
    """A post by hand, `age` seconds ago; its id."""
    media = new_id("180")
    facts: dict[str, Any] = {"caption": caption, "published": world.clock.now() - age}
    ids = {"user": user, "media": media}
    world.record("instagram", "plant_post", ids=ids, effect="post.planted", facts=facts)
    return media


def plant_around(world: World, user: str, caption: str) -> dict[str, str]:
    """The same caption from before, another one just now, one that differs by a character."""
    return {
        "same_before": plant(world, user, caption, EARLIER),
        "another_now": plant(world, user, "Made by hand, a moment ago.", NEWEST),
        "nearly_now": plant(world, user, nearly(caption), NEWEST),
    }


def nearly(caption: str) -> str:
    """A caption that differs by one character."""
    last = caption[-1:]
    return caption[:-1] + ("!" if last != "!" else "?")
