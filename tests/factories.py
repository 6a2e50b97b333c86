"""Values that tests begin with; each is whole, and a test names only what it is about."""

import itertools
from datetime import UTC, date, datetime
from hashlib import sha256

from clients.review import Choice, ReviewCard
from schemas.account import Account, AccountDay
from schemas.decision import Decision, Verdict, WeighRequest, seal
from schemas.post import PostRequest
from schemas.reel import Caption, ComposedReel, Draft, DraftRequest, Variant
from schemas.story import Story
from schemas.video import ClipOrder

DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DECISION_KEY = bytes(range(32))

_numbers = itertools.count(1)


def an_account(**changes: object) -> Account:
    number = next(_numbers)
    facts: dict[str, object] = {
        "id": f"account-{number}",
        "handle": f"handle{number}",
        "platform_user_id": f"1784140{number:06}",
        "theme": "tiny robots",
    }
    return Account.model_validate(facts | changes)


def a_key(account: Account | None = None) -> AccountDay:
    return AccountDay(account=(account or an_account()).id, day=DAY)


def a_story(**changes: object) -> Story:
    facts: dict[str, object] = {
        "prompt": "A tiny robot learns to make coffee",
        "visual_style": "warm light, stop motion",
        "duration_hint": 20,
        "story_category": "heartwarming",
        "shots": ("The robot enters the kitchen", "The robot pours a cup"),
    }
    return Story.model_validate(facts | changes)


def a_caption(**changes: object) -> Caption:
    facts: dict[str, object] = {
        "caption": "POV: your barista runs on batteries ☕",
        "hashtags": tuple(f"#tag{number}x" for number in range(10)),
        "hook_type": "pov",
    }
    return Caption.model_validate(facts | changes)


def two_captions(**changes: object) -> dict[str, object]:
    """What Claude answers: `a_caption` with these changes first, and another one."""
    first = a_caption(**{"emoji": "☕"} | changes).model_dump(mode="json")
    second = {**first, "caption": "Who needs sleep? ☕", "hook_type": "question"}
    return {"first": first, "second": second}


PASSED: dict[str, object] = {
    "hooks": True,
    "filmable": True,
    "on_theme": True,
    "safe": True,
    "reason": "",
}
"""A critic's answer without a fault."""


def another_caption(**changes: object) -> Caption:
    """The second variant, under the same hashtags."""
    facts = {"caption": "Would you drink coffee that a robot made? 🤖", "hook_type": "question"}
    return a_caption(**(facts | changes))


def two_variants(composed: ComposedReel) -> tuple[Variant, ...]:
    """Captions A and B of a video, each under its digest."""
    return DraftRequest(
        key=a_key(),
        reel="reel",
        composed=composed,
        caption=a_caption(),
        others=(another_caption(),),
    ).variants


def a_composed_reel(content: str = "take one") -> ComposedReel:
    digest = sha256(content.encode()).hexdigest()
    return ComposedReel(
        video_key=f"days/reel-{digest[:16]}.mp4",
        poster_key=f"days/poster-{digest[:16]}.png",
        video_sha256=digest,
        bytes=1_000_000,
        seconds=20.0,
    )


def a_draft(revision: str = "a" * 64) -> Draft:
    return Draft(
        reel="reel",
        revision=revision,
        video_key="days/reel.mp4",
        poster_key="days/poster.png",
        seconds=20.0,
        caption=a_caption(),
    )


def a_choice(letter: str = "A", **changes: str) -> Choice:
    facts = {
        "letter": letter,
        "revision": ("ab" if letter == "A" else "cd") * 32,
        "caption": f"Caption {letter}: a boat & <!channel> :smile:\n\n#boat",
        "hook_type": "pov" if letter == "A" else "question",
    }
    return Choice(**(facts | changes))


def a_card(*choices: Choice) -> ReviewCard:
    return ReviewCard(
        account_day="account-day/demo/2026-11-22",
        account="@demo",
        choices=choices or (a_choice(),),
        poster_url="https://reels.example/p.png",
        video_url="https://reels.example/v.mp4",
        seconds=19.96,
    )


def an_order(key: AccountDay, reel: str, **changes: object) -> ClipOrder:
    facts: dict[str, object] = {
        "key": key,
        "reel": reel,
        "provider": "luma",
        "segment": 0,
        "prompt": "A tiny robot enters the kitchen",
        "seconds": 10,
    }
    return ClipOrder.model_validate(facts | changes)


def a_post_request(account: Account, key: AccountDay, reel: str, revision: str) -> PostRequest:
    return PostRequest(key=key, reel=reel, account=account, revision=revision)


def a_decision(key: AccountDay, revision: str = "a" * 64, **changes: object) -> Decision:
    facts: dict[str, object] = {
        "key": key,
        "revision": revision,
        "verdict": Verdict.APPROVE,
        "reviewer": "alice",
        "channel": "command-line",
        "decided_at": NOW,
    }
    return Decision.model_validate(facts | changes)


ENDING: dict[Verdict, dict[str, object]] = {
    Verdict.APPROVE: {},
    Verdict.REJECT: {},
    Verdict.EDIT: {"edits": {"caption": "Other words"}},
    Verdict.CHANGES: {"change": "caption", "note": "too long"},
}
"""The verdicts that end the review of a revision, each with what it needs."""


def a_weighing(decision: Decision | None, **changes: object) -> WeighRequest:
    """A request in which the decision may count, unless a change says otherwise."""
    facts: dict[str, object] = {
        "key": decision.key if decision else a_key(),
        "reel": "reel",
        "revision": decision.revision if decision else "a" * 64,
        "reviewers": (),
        "deadline": None,
        "now": NOW,
        "sealed": seal(decision, DECISION_KEY) if decision else None,
    }
    return WeighRequest.model_validate(facts | changes)
