"""How a story is cut into the jobs that a provider sells."""

import math
from collections.abc import Sequence

from activities.failures import failed
from clients.video import Capabilities
from schemas.account import AccountDay
from schemas.failures import FailureKind
from schemas.story import Story
from schemas.video import ClipOrder, FilmPlan, FilmRequest

PANE = 1080 / 1152
"""The aspect of the top pane: the nearest one that a provider films loses least to the crop."""


def clips_folder(key: AccountDay) -> str:
    """Where a day's clips lie until it is closed; the Reel made of them lies beside it."""
    return f"{key.prefix}/clips"


def plan(request: FilmRequest, capabilities: Capabilities) -> FilmPlan:
    """The fewest jobs that last as long as asked, each with its part of the shots."""
    durations = job_durations(request.seconds, capabilities)
    prompts = spread(request.story, len(durations), capabilities.prompt_limit)
    return FilmPlan(
        orders=tuple(
            ClipOrder(
                key=request.key,
                reel=request.reel,
                provider=request.provider,
                segment=segment,
                # Once more: the limit may be in other units than characters.
                prompt=cut_at_word(prompt, capabilities.prompt_room(prompt)),
                seconds=seconds,
                prompt_limit=capabilities.prompt_limit,
                anew=request.anew,
            )
            for segment, (seconds, prompt) in enumerate(zip(durations, prompts, strict=True))
        )
    )


def job_durations(seconds: int, capabilities: Capabilities) -> tuple[int, ...]:
    """The fewest jobs that together last `seconds`, cut as evenly as they are sold.

    Longest first. Raises CONFIGURATION for a provider without durations or prices.
    """
    durations = capabilities.durations
    if not durations or not set(durations) <= set(capabilities.price_micros):
        raise failed(
            FailureKind.CONFIGURATION, "the video provider's table lacks a duration or its price"
        )
    cut: list[int] = []
    for left in range(math.ceil(seconds / max(durations)), 0, -1):
        share = math.ceil((seconds - sum(cut)) / left)
        cut.append(min(duration for duration in durations if duration >= share))
    return tuple(cut)


def price(seconds: int, capabilities: Capabilities) -> int:
    """Micro-dollars for jobs that together last `seconds`. Raises as `job_durations` does."""
    return sum(capabilities.price_micros[cut] for cut in job_durations(seconds, capabilities))


def spread(story: Story, segments: int, limit: int) -> list[str]:
    """One prompt for each segment, in the story's order.

    More shots than segments share one; fewer shots than segments last longer.
    """
    count = len(story.shots)
    parts = []
    for segment in range(segments):
        first = segment * count // segments
        last = max(first + 1, (segment + 1) * count // segments)
        parts.append(_prompt(story.shots[first:last], story.visual_style, limit))
    return parts


def nearest_aspect(aspects: Sequence[str]) -> str:
    """The aspect, like `1:1`, that loses least when it is cropped to the top pane."""
    return min(aspects, key=lambda aspect: abs(math.log(_ratio(aspect) / PANE)))


def _ratio(aspect: str) -> float:
    width, height = aspect.split(":")
    return int(width) / int(height)


def _prompt(shots: Sequence[str], style: str, limit: int) -> str:
    text = " ".join(shot.strip() for shot in shots)
    return cut_at_word(f"{text} Style: {style.strip()}" if style.strip() else text, limit)


def cut_at_word(text: str, limit: int) -> str:
    """At most `limit` characters of a text, ending after a whole word where there is one."""
    if len(text) <= limit:
        return text
    head, space, _ = text[: limit + 1].rpartition(" ")
    return head.rstrip() if space and head.strip() else text[:limit]
