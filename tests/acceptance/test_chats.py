"""Decisions in chats on the running stack: they outlive whoever took them, and show on one card."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from schemas.day import Stage
from tests.acceptance.conftest import Day
from tests.acceptance.stack import HTTP, Stack, wait_until

pytestmark = pytest.mark.timeout(300)

Account = Callable[..., Day]

TAKERS = ("web", "worker-reels")
"""The processes that a decision goes through."""


class Chat:
    """One service, and a reviewer in it."""

    def __init__(self, day: Day, service: str) -> None:
        self.day, self.service = day, service
        self._of_the_day = f": {day.key.account}, {day.key.day}"

    def cards(self) -> list[dict[str, Any]]:
        """The cards of the day: messages with a title that names it."""
        answer = HTTP.get(f"{self.day.stack.outside}/{self.service}/_messages").json()
        return [one for one in answer["messages"] if self._title(one).endswith(self._of_the_day)]

    def said(self) -> list[str]:
        """What the one card said, one after the other."""
        (card,) = self.cards()
        titles = [self._title(one) for one in (*card.get("history", ()), card)]
        words = [title.partition(": ")[0] for title in titles]
        return [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]

    def approve(self) -> dict[str, Any]:
        """Press the button; what the person was answered."""
        (card,) = self.cards()
        what, wish = "discord/_press", {"label": "Approve A"}
        if self.service == "slack":
            what, wish = "slack/_click", {"button": "Approve A"}
        wish["match"] = self._of_the_day
        answer = HTTP.post(f"{self.day.stack.outside}/{what}", json=wish, timeout=10)
        assert answer.is_success, (answer.text, card)
        pressed: dict[str, Any] = answer.json()
        assert (pressed["status"], pressed["in_time"]) == (200, True)
        return pressed

    def _title(self, message: dict[str, Any]) -> str:
        if self.service == "discord":
            return str((message.get("embeds") or [{}])[0].get("title", ""))
        first = (message.get("blocks") or [{}])[0]
        return str(first["text"]["text"]) if first.get("type") == "header" else ""


async def shown(day: Day, *chats: Chat) -> None:
    """Wait until the day is up for review, and on a card in each chat."""
    await day.at(Stage.REVIEW)
    wait_until(lambda: all(chat.cards() for chat in chats), "no card is shown")


def kill(stack: Stack) -> None:
    """Kill all that a decision goes through, with -9, and wait until others have their place."""
    pids = {part: stack.pid(part) for part in TAKERS}
    for pid in pids.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(stack.pid(one) != pid for one, pid in pids.items()), "they stay down")


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that answers nobody."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    except BaseException:
        os.kill(pid, signal.SIGCONT)
        raise


async def test_decisions_survive_a_kill_right_after_they_were_acknowledged(
    stack: Stack, new_account: Account
) -> None:
    second = ("second", "--discord", "2000000000000000001", "--role", "reviewer")
    stack.ok("admin.py", "person", "add", *second)
    # Each service stores the card, and its answer is lost on the way.
    stack.arm("slack", "post_message", "execute-then-reset")
    stack.arm("discord", "create_message", "execute-then-reset")
    day = new_account("--approvals-needed", "2")
    stack.ok("starter.py", "start", day.key.account)
    slack, discord = Chat(day, "slack"), Chat(day, "discord")
    await shown(day, slack, discord)

    slack.approve()
    kill(stack)
    wait_until(stack.web_answers, "the web process stays down")
    # No worker answers: Temporal alone holds it when the person is told.
    with frozen(stack.pid("worker-reels")):
        assert "on its way" in discord.approve()["body"]
    kill(stack)

    day.published()
    chats = (slack, discord)
    wait_until(lambda: all(one.said()[-1] == "Published" for one in chats), "a card stays open")
    for chat in chats:
        assert chat.said() == ["For review", "Approved by second", "Published"]
        (card,) = chat.cards()
        assert "Approve A" not in str((card.get("blocks"), card.get("components")))
