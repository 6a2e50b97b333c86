import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clients.errors import ClientError, Refused, Retryable
from clients.review import Final, Posted, ReviewChannel
from clients.review.slack_app import SlackApi, SlackApp
from schemas.failures import FailureKind
from tests.factories import a_card
from tests.integration.clients.remotes import Answer, Move, Remote, Reset, Seen, json_answer

CARD = replace(a_card(), page_url="https://reels.example/reel/demo/2026-11-22", cost_micros=901_500)
THERE = Posted("C0REVIEW/1.2", datetime(2026, 11, 22, tzinfo=UTC))
LOST = replace(THERE, reference="")
OK = json_answer(200, {"ok": True, "channel": "C0REVIEW", "ts": "3.4"})
FINAL = Final("Published", "approved by alice", "https://instagram.example/p/1")


def said(word: str) -> Answer:
    return json_answer(200, {"ok": False, "error": word})


@pytest.fixture
async def slack(remote: Remote) -> AsyncIterator[ReviewChannel]:
    remote.will(OK)
    app = SlackApp(SlackApi("xoxb-CANARY", remote.url), "C0REVIEW")
    yield app
    await app.aclose()


def calls(remote: Remote) -> list[str]:
    return [seen.target.partition("?")[0] for seen in remote.seen]


def document(seen: Seen) -> str:
    return json.dumps(seen.document, ensure_ascii=False)


async def test_a_card_is_posted_with_the_token_and_named_by_channel_and_time(
    remote: Remote, slack: ReviewChannel
) -> None:
    assert await slack.ask(CARD, None) == "C0REVIEW/3.4"
    (call,) = remote.seen
    assert (call.method, call.target) == ("POST", "/chat.postMessage")
    assert call.headers["authorization"] == "Bearer xoxb-CANARY"
    assert call.document["channel"] == "C0REVIEW"
    for shown in (CARD.poster_url, CARD.page_url, "$0.90 so far", "@demo", "#boat"):
        assert shown in document(call)


async def test_another_revision_is_put_on_the_same_card_and_said_in_its_thread(
    remote: Remote, slack: ReviewChannel
) -> None:
    assert await slack.ask(CARD, THERE) == THERE.reference
    update, reply = remote.seen
    assert (update.target, reply.target) == ("/chat.update", "/chat.postMessage")
    assert (update.document["channel"], update.document["ts"]) == ("C0REVIEW", "1.2")
    assert (reply.document["thread_ts"], reply.document["reply_broadcast"]) == ("1.2", True)
    assert "blocks" not in reply.document


async def test_what_somebody_said_of_a_revision_that_stays_is_said_in_its_thread_and_no_more(
    remote: Remote, slack: ReviewChannel
) -> None:
    news = replace(CARD, changed="approved by <alice>; another person has to, too")
    there = replace(THERE, revision=CARD.choices[0].revision)
    assert await slack.ask(news, there) == THERE.reference
    assert calls(remote) == ["/chat.update", "/chat.postMessage"]
    said = str(remote.seen[1].document["text"])
    assert said.startswith("approved by &lt;alice&gt;; another person has to, too: the Reel of ")
    assert "again" not in said


async def test_a_reminder_is_a_line_in_the_cards_thread_that_links_to_the_page(
    remote: Remote, slack: ReviewChannel
) -> None:
    assert await slack.remind(CARD, THERE) == THERE.reference
    (reply,) = remote.seen
    assert reply.document["thread_ts"] == "1.2"
    assert f"<{CARD.page_url}|" in str(reply.document["text"])


async def test_the_end_takes_the_buttons_away_and_names_the_post(
    remote: Remote, slack: ReviewChannel
) -> None:
    assert await slack.close(CARD, FINAL, THERE) == THERE.reference
    (update,) = remote.seen
    assert update.target == "/chat.update"
    shown = document(update)
    assert "Published: @demo, 2026-11-22" in shown
    assert FINAL.permalink in shown
    assert "approve:" not in shown
    assert '"action_id": "approve"' not in shown


@pytest.mark.parametrize("word", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_is_gone_or_fixed_is_posted_anew(
    remote: Remote, slack: ReviewChannel, word: str
) -> None:
    remote.will(said(word), OK)
    assert await slack.ask(CARD, THERE) == "C0REVIEW/3.4"
    assert calls(remote) == ["/chat.update", "/conversations.history", "/chat.postMessage"]


async def test_a_card_in_the_place_of_one_that_is_gone_is_posted_once_though_its_answer_got_lost(
    remote: Remote, slack: ReviewChannel
) -> None:
    await slack.ask(CARD, None)
    mark = remote.seen[0].document["metadata"]
    listed = [{"ts": "7.7", "metadata": mark}, {"ts": "1.2", "metadata": mark}]
    for send, gone in ((slack.ask, "edit_window_closed"), (slack.remind, "thread_not_found")):
        remote.will(said(gone), json_answer(200, {"ok": True, "messages": listed}), OK)
        assert await send(CARD, THERE) == "C0REVIEW/7.7"
        assert calls(remote)[-2:] == ["/conversations.history", "/chat.update"]
    remote.will(
        said("cant_update_message"), json_answer(200, {"ok": True, "messages": listed[1:]}), OK
    )
    assert await slack.ask(CARD, THERE) == "C0REVIEW/3.4"


async def test_a_card_that_is_gone_needs_no_ending_and_its_reminder_shows_a_new_one(
    remote: Remote, slack: ReviewChannel
) -> None:
    remote.will(said("message_not_found"))
    assert await slack.close(CARD, FINAL, THERE) == ""
    remote.will(said("thread_not_found"), OK)
    assert await slack.remind(CARD, THERE) == "C0REVIEW/3.4"


async def test_a_card_that_can_be_edited_no_more_is_told_its_end_in_its_thread(
    remote: Remote, slack: ReviewChannel
) -> None:
    remote.will(said("edit_window_closed"), OK)
    assert await slack.close(CARD, FINAL, THERE) == THERE.reference
    assert remote.seen[-1].document["thread_ts"] == "1.2"
    assert FINAL.permalink in str(remote.seen[-1].document["text"])


async def test_a_card_whose_answer_got_lost_is_found_by_its_mark_and_not_posted_twice(
    remote: Remote, slack: ReviewChannel
) -> None:
    await slack.ask(CARD, None)
    mark = remote.seen[0].document["metadata"]
    assert isinstance(mark, dict)
    other = {"event_type": "another", "event_payload": {}}
    listed = [
        {"ts": "9.9", "metadata": other},
        {"ts": "8.8"},
        {"ts": "7.7", "metadata": mark | {"added": 1}},
    ]
    remote.will(json_answer(200, {"ok": True, "messages": listed}), OK)
    assert await slack.ask(CARD, LOST) == "C0REVIEW/7.7"
    assert calls(remote)[1:] == ["/conversations.history", "/chat.update"]


@pytest.mark.parametrize("answer", [said("missing_scope"), json_answer(200, {"ok": True})])
async def test_a_card_that_can_not_be_found_is_posted(
    remote: Remote, slack: ReviewChannel, answer: Answer
) -> None:
    remote.will(answer, OK)
    assert await slack.ask(CARD, LOST) == "C0REVIEW/3.4"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (said("invalid_auth"), FailureKind.AUTHENTICATION, "SLACK_BOT_TOKEN"),
        (said("token_revoked"), FailureKind.AUTHENTICATION, "SLACK_BOT_TOKEN"),
        (said("channel_not_found"), FailureKind.CONFIGURATION, "SLACK_CHANNEL"),
        (said("not_in_channel"), FailureKind.CONFIGURATION, "invite the app"),
        (said("is_archived"), FailureKind.CONFIGURATION, "SLACK_CHANNEL"),
        (said("missing_scope"), FailureKind.PERMISSION, "chat:write"),
        (said("restricted_action"), FailureKind.PERMISSION, "admin"),
        (said("msg_too_long"), FailureKind.BAD_REQUEST, "too long"),
        (said("invalid_blocks"), FailureKind.BAD_REQUEST, "not valid"),
        (said("something_new"), FailureKind.BAD_REQUEST, "something_new"),
        (said("<html>CANARY"), FailureKind.CONFIGURATION, "SLACK_BASE_URL"),
        (Answer(404, b"<html>CANARY"), FailureKind.CONFIGURATION, "SLACK_BASE_URL"),
        (Answer(302, headers={"location": "/"}), FailureKind.CONFIGURATION, "SLACK_BASE_URL"),
        (Answer(200, b"not json"), FailureKind.CONFIGURATION, "SLACK_BASE_URL"),
    ],
)
async def test_a_refusal_is_told_in_words(
    remote: Remote, slack: ReviewChannel, answer: Answer, kind: FailureKind, words: str
) -> None:
    remote.will(answer)
    with pytest.raises(Refused, match=words) as raised:
        await slack.tell(title="x", text="y")
    assert raised.value.kind is kind
    assert "CANARY" not in str(raised.value)
    assert len(remote.seen) == 1


@pytest.mark.parametrize(
    "move",
    [
        Reset(),
        Answer(500),
        Answer(503),
        said("internal_error"),
        said("ratelimited"),
        Answer(429, b"", {"retry-after": "30"}),
    ],
    ids=str,
)
async def test_what_may_pass_is_tried_again_later_and_not_here(
    remote: Remote, slack: ReviewChannel, move: Move
) -> None:
    remote.will(move)
    with pytest.raises(Retryable):
        await slack.ask(CARD, None)
    assert len(remote.seen) == 1


async def test_the_wait_that_slack_asks_for_is_kept(remote: Remote, slack: ReviewChannel) -> None:
    remote.will(Answer(429, b'{"ok":false,"error":"ratelimited"}', {"retry-after": "75"}))
    with pytest.raises(ClientError) as raised:
        await slack.ask(CARD, None)
    assert (raised.value.kind, raised.value.retry_after) == (FailureKind.RATE_LIMITED, 75)
