import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.errors import ClientError, Refused, Retryable
from clients.review import Final, Posted, ReviewChannel
from clients.review.discord import DiscordApp
from clients.review.discord_cards import card_message, closed_message, plain_message
from schemas.failures import FailureKind
from simulators.discord_checks import check_message
from tests.factories import a_card, a_choice
from tests.integration.clients.remotes import Answer, Move, Remote, Reset, json_answer

CARD = replace(a_card(), page_url="https://reels.example/reel/demo/2026-11-22", cost_micros=901_500)
THERE = Posted("77", datetime(2026, 11, 22, tzinfo=UTC))
LOST = replace(THERE, reference="")
OK = json_answer(200, {"id": "88"})
FINAL = Final("Published", "approved by alice", "https://instagram.example/p/1")


def said(status: int, code: int) -> Answer:
    return json_answer(status, {"code": code, "message": "CANARY"})


@pytest.fixture
async def discord(remote: Remote) -> AsyncIterator[ReviewChannel]:
    remote.will(OK)
    app = DiscordApp("CANARY", remote.url, "42", "https://reels.example")
    yield app
    await app.aclose()


def calls(remote: Remote) -> list[str]:
    return [f"{seen.method} {seen.target}" for seen in remote.seen]


async def test_a_card_is_posted_once_with_the_token_and_named_by_its_id(
    remote: Remote, discord: ReviewChannel
) -> None:
    assert await discord.ask(CARD, None) == "88"
    (call,) = remote.seen
    assert (call.method, call.target) == ("POST", "/channels/42/messages")
    assert call.headers["authorization"] == "Bot CANARY"
    assert call.headers["user-agent"] == "DiscordBot (https://reels.example, 1)"
    assert call.document["enforce_nonce"] is True
    assert call.document["allowed_mentions"] == {"parse": []}
    for shown in (CARD.poster_url, CARD.page_url, "$0.90 so far", "@demo", "#boat"):
        assert shown in json.dumps(call.document).replace("\\\\@", "@")


async def test_another_revision_is_put_on_the_same_card_and_said_in_a_reply(
    remote: Remote, discord: ReviewChannel
) -> None:
    assert await discord.ask(CARD, THERE) == "77"
    assert calls(remote) == ["PATCH /channels/42/messages/77", "POST /channels/42/messages"]
    reply = remote.seen[1].document
    assert reply["message_reference"] == {"message_id": "77", "fail_if_not_exists": False}
    assert "components" not in reply


async def test_what_somebody_said_of_a_revision_that_stays_is_said_in_a_reply_and_no_more(
    remote: Remote, discord: ReviewChannel
) -> None:
    news = replace(CARD, changed="approved by al_ice; another person has to, too")
    there = replace(THERE, revision=CARD.choices[0].revision)
    assert await discord.ask(news, there) == "77"
    assert len(remote.seen) == 2
    said = str(remote.seen[1].document["content"])
    assert said.startswith(r"approved by al\_ice; another person has to, too: the Reel of ")
    assert "again" not in said


async def test_every_posting_of_a_card_can_be_repeated_and_one_in_its_place_is_another(
    remote: Remote, discord: ReviewChannel
) -> None:
    await discord.ask(CARD, None)
    await discord.ask(CARD, None)
    for send in (discord.ask, discord.remind):
        remote.will(said(404, 10008), OK)
        await send(CARD, THERE)
    posts = [seen.document for seen in remote.seen if seen.method == "POST"]
    first, again, instead, reminded = (str(post["nonce"]) for post in posts)
    assert first == again != instead == reminded
    assert {post["enforce_nonce"] for post in posts} == {True}


async def test_a_reminder_replies_to_the_card_and_links_to_the_page(
    remote: Remote, discord: ReviewChannel
) -> None:
    assert await discord.remind(CARD, THERE) == "77"
    reply = remote.seen[-1].document
    assert CARD.page_url in str(reply["content"])
    assert reply["message_reference"]


async def test_the_end_takes_the_buttons_away_and_names_the_post(
    remote: Remote, discord: ReviewChannel
) -> None:
    assert await discord.close(CARD, FINAL, THERE) == "77"
    (edit,) = remote.seen
    shown = json.dumps(edit.document)
    assert edit.method == "PATCH"
    assert "custom_id" not in shown
    assert FINAL.permalink in shown


async def test_a_card_that_is_gone_is_posted_anew_and_needs_no_ending(
    remote: Remote, discord: ReviewChannel
) -> None:
    remote.will(said(404, 10008), OK)
    assert await discord.ask(CARD, THERE) == "88"
    remote.will(said(404, 10008), OK)
    assert await discord.remind(CARD, THERE) == "88"
    remote.will(said(404, 10008))
    assert await discord.close(CARD, FINAL, THERE) == ""


async def test_a_card_whose_answer_got_lost_is_found_whichever_revision_it_shows(
    remote: Remote, discord: ReviewChannel
) -> None:
    earlier = replace(CARD, choices=(a_choice(revision="ef" * 32),))
    other = replace(CARD, account_day="account-day/demo/2026-11-21")
    listed = [{"id": "1", "content": "x"}, {"id": "2", **card_message(other)}]
    mine = {"id": "99", **card_message(earlier)}
    remote.will(json_answer(200, [*listed, mine]), OK)
    assert await discord.ask(CARD, LOST) == "99"
    remote.will(said(403, 50001), OK)
    assert await discord.ask(CARD, LOST) == "88"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (said(401, 0), FailureKind.AUTHENTICATION, "DISCORD_BOT_TOKEN"),
        (said(403, 50001), FailureKind.PERMISSION, "does not see the channel"),
        (said(403, 50013), FailureKind.PERMISSION, "may not post"),
        (said(404, 10003), FailureKind.CONFIGURATION, "DISCORD_CHANNEL_ID"),
        (said(400, 50035), FailureKind.BAD_REQUEST, "not valid"),
        (Answer(404, b"<html>CANARY"), FailureKind.CONFIGURATION, "DISCORD_BASE_URL"),
        (Answer(302, headers={"location": "/"}), FailureKind.CONFIGURATION, "DISCORD_BASE_URL"),
    ],
)
async def test_a_refusal_is_told_in_words(
    remote: Remote, discord: ReviewChannel, answer: Answer, kind: FailureKind, words: str
) -> None:
    remote.will(answer)
    with pytest.raises(Refused, match=words) as raised:
        await discord.tell(title="x", text="y")
    assert raised.value.kind is kind
    assert "CANARY" not in str(raised.value)


@pytest.mark.parametrize("move", [Reset(), Answer(500), Answer(503)], ids=str)
async def test_what_may_pass_is_tried_again_later_and_not_here(
    remote: Remote, discord: ReviewChannel, move: Move
) -> None:
    remote.will(move)
    with pytest.raises(Retryable):
        await discord.ask(CARD, None)
    assert len(remote.seen) == 1


async def test_the_wait_that_discord_asks_for_is_kept(
    remote: Remote, discord: ReviewChannel
) -> None:
    remote.will(json_answer(429, {"retry_after": 1.5, "global": False}))
    with pytest.raises(ClientError) as raised:
        await discord.ask(CARD, None)
    assert (raised.value.kind, raised.value.retry_after) == (FailureKind.RATE_LIMITED, 1.5)


@given(st.lists(st.text(max_size=2200), min_size=1, max_size=2), st.text(max_size=3000))
def test_whatever_is_shown_stays_in_discords_limits(captions: list[str], words: str) -> None:
    choices = [a_choice(letter, caption=text) for letter, text in zip("AB", captions, strict=False)]
    card = replace(CARD, choices=tuple(choices), changed=words)
    check_message(card_message(card))
    check_message(closed_message(card, Final("Rejected by alice", words)))
    check_message(plain_message("x" + words, words))
