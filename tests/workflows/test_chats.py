"""Days whose cards hang in a Slack and a Discord that share no code with the product."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from clients.review.discord import DiscordApp
from clients.review.slack_app import SlackApi, SlackApp
from schemas.day import Outcome, Stage
from tests.waiting import until
from tests.workflows.test_reset import reset_to_the_beginning
from tests.workflows.world import LiveDay, World

Message = dict[str, Any]


class Chats:
    """What stands in the reviewers' channel of both services."""

    def __init__(self, outside: httpx.AsyncClient) -> None:
        self._outside = outside

    async def loses_the_answer_to_the_next_card(self) -> None:
        """Each service stores the next message, and the connection is reset before it says so."""
        for service, op in (("slack", "post_message"), ("discord", "create_message")):
            wish = {"service": service, "op": op, "kind": "execute-then-reset"}
            assert (await self._outside.post("/_faults", json=wish)).is_success

    async def of(self, day: LiveDay) -> dict[str, list[Message]]:
        """Every message about a day, by service."""
        key, found = day.key, {}
        for service in ("slack", "discord"):
            answer = await self._outside.get(f"/{service}/_messages")
            messages = answer.json()["messages"]
            words = (f": {key.account}, {key.day}", f"Reel of {key.account} for {key.day}")
            found[service] = [one for one in messages if any(word in str(one) for word in words)]
        return found


@pytest.fixture
async def chats(world: World, quick_simulators: str) -> AsyncIterator[Chats]:
    slack = SlackApp(SlackApi("xoxb-1", f"{quick_simulators}/slack/api"), "C0REVIEW")
    api = f"{quick_simulators}/discord/api/v10"
    discord = DiscordApp("token", api, "42", "https://reels.test")
    world.channels = (slack, discord)
    await world.rest()
    await world.work()
    async with httpx.AsyncClient(base_url=quick_simulators, trust_env=False) as outside:
        yield Chats(outside)
    await slack.aclose()
    await discord.aclose()


def is_card(message: Message) -> bool:
    return bool(message.get("embeds") or message.get("blocks"))


def said(message: Message) -> list[str]:
    """What a card said in its title, one after the other, without who and which."""
    moments = [*message.get("history", ()), message]
    titles = [
        one["embeds"][0]["title"] if one.get("embeds") else one["blocks"][0]["text"]["text"]
        for one in moments
    ]
    words = [title.partition(": ")[0] for title in titles]
    return [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]


def decides(message: Message) -> bool:
    """Whether it has a button that decides."""
    buttons = (message.get("components"), message.get("blocks"))
    return "custom_id" in str(buttons) or "'value':" in str(buttons)


async def test_a_day_has_one_card_to_its_end_though_answers_are_lost_and_it_is_reset(
    world: World, chats: Chats
) -> None:
    gate = world.gate()
    world.publisher.prepare_gate = gate
    await chats.loses_the_answer_to_the_next_card()
    day = await world.in_review()
    assert (await day.decide(reviewer="alice")).accepted
    await gate.until_reached()
    await reset_to_the_beginning(day)
    gate.open()
    await day.until(Stage.REVIEW)
    assert (await day.decide(reviewer="carol")).accepted
    result = await day.result()

    assert result.outcome is Outcome.PUBLISHED
    for service, messages in (await chats.of(day)).items():
        (card,) = [one for one in messages if is_card(one)]
        assert said(card) == [
            *("For review", "Approved by alice", "For review", "Approved by carol", "Published"),
        ], service
        assert not decides(card)
        assert str(result.permalink) in str(card)
        row = await world.db.cards.get(day.key, service)
        assert row
        assert {one.reference for one in row.history} == {row.reference}


async def test_the_first_of_two_approvals_is_said_once_and_leaves_the_card_to_the_second(
    world: World, chats: Chats
) -> None:
    day = await world.in_review(review={"approvals_needed": 2})
    first = await day.decide(reviewer="alice")
    assert (first.accepted, first.final) == (True, False)

    async def told() -> bool:
        found = await chats.of(day)
        return all(first.message in str(messages) for messages in found.values())

    await until(told, "nobody is told of the first")
    await day.quiet()
    for messages in (await chats.of(day)).values():
        (card,) = [one for one in messages if is_card(one)]
        (reply,) = [one for one in messages if not is_card(one)]
        assert decides(card)
        assert first.message in str(reply)
        assert "again" not in str(reply)
    assert (await day.decide(reviewer="bob")).final
    assert (await day.result()).outcome is Outcome.PUBLISHED
    for messages in (await chats.of(day)).values():
        (card,) = [one for one in messages if is_card(one)]
        assert said(card) == ["For review", "Approved by bob", "Published"]
