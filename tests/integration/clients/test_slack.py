import pytest

from clients.errors import ClientError, Refused, Retryable
from clients.review import ReviewChannel
from clients.review.slack import SlackWebhook
from schemas.failures import FailureKind
from tests.factories import a_card
from tests.integration.clients.remotes import Answer, Move, Remote, Reset

CARD = a_card()
SECRET_PATH = "/services/T0/B0/CANARY"


def slack(url: str) -> ReviewChannel:
    return SlackWebhook(url + SECRET_PATH)


async def test_a_card_and_a_message_are_one_post_each(remote: Remote) -> None:
    remote.will(Answer(200, b"ok"))
    await slack(remote.url).ask(CARD, None)
    await slack(remote.url).tell(title="Summary", text="3 days & <all> well")
    card, message = remote.seen
    assert (card.method, card.target) == ("POST", SECRET_PATH)
    assert card.headers["content-type"] == "application/json"
    assert "CANARY" not in card.body.decode()
    assert message.document["text"] == "Summary\n3 days &amp; &lt;all&gt; well"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(400, b"invalid_payload"), FailureKind.BAD_REQUEST),
        (Answer(403, b"action_prohibited"), FailureKind.PERMISSION),
        (Answer(404, b"no_service"), FailureKind.CONFIGURATION),
        (Answer(404, b"channel_is_archived"), FailureKind.CONFIGURATION),
        (Answer(410, b"no_active_hooks"), FailureKind.CONFIGURATION),
        (Answer(404, b"<html>CANARY"), FailureKind.CONFIGURATION),
        (Answer(302, headers={"location": "/"}), FailureKind.CONFIGURATION),
    ],
)
async def test_a_refused_message_is_not_sent_again(
    remote: Remote, answer: Answer, kind: FailureKind
) -> None:
    with pytest.raises(Refused) as raised:
        await slack(remote.will(answer).url).ask(CARD, None)
    assert raised.value.kind is kind
    assert "CANARY" not in str(raised.value)


@pytest.mark.parametrize(
    "move", [Reset(), Answer(500), Answer(503), Answer(429, b"", {"retry-after": "30"})], ids=str
)
async def test_a_message_that_was_not_taken_may_be_sent_again(remote: Remote, move: Move) -> None:
    with pytest.raises(Retryable):
        await slack(remote.will(move).url).ask(CARD, None)
    assert len(remote.seen) == 1


async def test_the_wait_that_slack_asks_for_is_kept(remote: Remote) -> None:
    remote.will(Answer(429, b"", {"retry-after": "75"}))
    with pytest.raises(ClientError) as raised:
        await slack(remote.url).tell(title="x", text="y")
    assert (raised.value.kind, raised.value.retry_after) == (FailureKind.RATE_LIMITED, 75)


async def test_its_address_is_never_told(dead_url: str) -> None:
    with pytest.raises(Retryable) as raised:
        await slack(dead_url).ask(CARD, None)
    assert "CANARY" not in str(raised.value)
    assert raised.value.__cause__ is None
