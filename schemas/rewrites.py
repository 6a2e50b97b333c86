"""When a story goes back to its author, and when that was often enough."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from schemas.failures import FailureKind
from schemas.story import Critic, Critique, SentBack, Story

MOST_REWRITES: Mapping[Critic, int] = MappingProxyType({Critic.NOVELTY: 1, Critic.CRITIC: 2})
"""How often each of them may send a story back before a person is asked."""

GIVEN_UP: Mapping[Critic, FailureKind] = MappingProxyType(
    {Critic.NOVELTY: FailureKind.TOO_SIMILAR, Critic.CRITIC: FailureKind.CRITIC_REFUSED}
)
"""What the day is parked with after that."""


def objection(story: Story, critique: Critique | None = None) -> SentBack | None:
    """What speaks against filming a version; None when nothing does.

    Without a critique only novelty is looked at: it is free, so it is asked first.
    """
    if story.too_close_to is not None:
        reason = f"it repeats an earlier story of the account: {story.too_close_to}"
        return SentBack(by=Critic.NOVELTY, prompt=story.prompt, reason=reason)
    if critique is not None and not critique.passed:
        return SentBack(by=Critic.CRITIC, prompt=story.prompt, reason=_why(critique))
    return None


def given_up(sent_back: Sequence[SentBack]) -> FailureKind | None:
    """What the day is parked with once the newest objection came too often; else None.

    `sent_back` holds every objection of the day so far, the newest last.
    """
    by = sent_back[-1].by if sent_back else None
    if (
        by is None
        or by is Critic.REVIEWER
        or sum(one.by is by for one in sent_back) <= MOST_REWRITES[by]
    ):
        return None
    return GIVEN_UP[by]


def _why(critique: Critique) -> str:
    found = {
        "its first second does not hold the viewer": critique.hooks,
        "it can't be filmed as written": critique.filmable,
        "it leaves the account's theme": critique.on_theme,
        "it is not safe": critique.safe,
    }
    faults = "; ".join(fault for fault, is_well in found.items() if not is_well)
    return f"{faults}: {critique.reason}" if critique.reason else faults
