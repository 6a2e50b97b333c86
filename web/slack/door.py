"""POST /slack/interactions: who clicked, on what, and the decision on its way, in 3 s.

Slack tells of a click once and never again, so the 200 is sent only when Temporal holds the
decision. Any other answer shows the person that the click failed.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from db.approvals import Approvals
from db.failures import DatabaseError
from schemas.decision import Decision, Refusal, Verdict
from web.body import read_body
from web.deadline import within
from web.delivery import DayNotOpen, Delivery, NotDelivered
from web.slack.click import CHANNEL, Click, MalformedClick, read_click
from web.slack.replies import Replies, ephemeral
from web.slack.signature import is_genuine

BODY_LIMIT = 512 * 1024
"""Slack sends the whole message back: two long captions are about 80 kB when form-encoded."""

BODY_SECONDS = 2.0
ANSWER_SECONDS = 2.8
"""From the first byte on. Slack waits 3 s (docs.slack.dev, "Handling user interaction")."""

LOOK_SECONDS = 1.0
"""Of these for the look into the memory; what it leaves is the signal's."""

KEEP_SECONDS = 0.2
"""Of these that are left for writing down that the click was taken."""

_PAST = {Verdict.APPROVE: "approved", Verdict.REJECT: "rejected"}

_log = structlog.get_logger("web.slack")


@dataclass(frozen=True)
class SlackDoor:
    """Takes clicks on review cards."""

    signing_secret: str = field(repr=False)
    reviewers: Mapping[str, str]
    """A reviewer's name by Slack user id."""
    approvals: Approvals
    delivery: Delivery
    replies: Replies

    async def interactions(self, request: Request) -> Response:
        """Answer one interaction.

        200 decided, or nothing to decide; 400 not an interaction; 401 not Slack's; 503 not
        delivered, nothing recorded, click again.
        """
        ends = time.monotonic() + ANSWER_SECONDS
        body = await read_body(request, limit_bytes=BODY_LIMIT, seconds=BODY_SECONDS)
        if not self._is_genuine(request, body):
            _log.warning("slack.request.refused", reason="signature or time")
            return PlainTextResponse("not signed by Slack in the last five minutes", 401)
        try:
            click = read_click(body)
        except MalformedClick as error:
            _log.warning("slack.request.malformed", reason=str(error))
            return PlainTextResponse("not an interaction with a review card", 400)
        return Response() if click is None else await self._answer(click, ends)

    def _is_genuine(self, request: Request, body: bytes) -> bool:
        return is_genuine(
            self.signing_secret,
            body,
            timestamp=request.headers.get("x-slack-request-timestamp", ""),
            signature=request.headers.get("x-slack-signature", ""),
            now=time.time(),
        )

    async def _answer(self, click: Click, ends: float) -> Response:
        structlog.contextvars.bind_contextvars(account=click.key.account, day=str(click.key.day))
        reviewer = self.reviewers.get(click.user_id)
        if reviewer is None:
            return await self._refuse_stranger(click)
        look = min(LOOK_SECONDS, _left(ends))
        try:
            seen = await within(look, self.approvals.event_seen(click.event_key))
        except (DatabaseError, TimeoutError) as error:
            return _try_again(f"the database: {type(error).__name__}")
        if seen:
            _log.info("slack.click.seen", event_key=click.event_key)
            return Response()
        return await self._deliver(click, click.decision(reviewer), ends)

    async def _deliver(self, click: Click, decision: Decision, ends: float) -> Response:
        try:
            await self.delivery.send(decision, seconds=_left(ends - KEEP_SECONDS))
        except DayNotOpen:
            _log.warning("slack.click.late", reviewer=decision.reviewer)
            return self._whisper(click, f"{_what(click)} is not open: nothing was decided.")
        except NotDelivered as error:
            return _try_again(str(error))
        _log.info("slack.click.taken", reviewer=decision.reviewer, decision=decision.id)
        await self._remember(click, ends)
        text = f"{decision.reviewer} {_PAST[click.verdict]} {_chosen(click)}{_what(click)}."
        text += " The first valid decision counts."
        # A card that is kept says who decided once a worker has weighed it: it may not count.
        say = self.replies.whisper if click.on_kept_card else self.replies.replace_card
        return Response(background=BackgroundTask(say, click.response_url, text))

    async def _remember(self, click: Click, ends: float) -> None:
        # After the signal, so that a click that failed can be sent once more. A copy that
        # comes in between carries the same decision, which the day takes only once.
        try:
            await within(_left(ends), self.approvals.remember_event(click.event_key))
        except (DatabaseError, TimeoutError) as error:
            _log.warning("slack.click.not_remembered", reason=type(error).__name__)

    async def _refuse_stranger(self, click: Click) -> Response:
        _log.warning("slack.click.refused", reason="unknown reviewer", user=click.user_id)
        try:
            await within(LOOK_SECONDS, self._record_stranger(click))
        except (DatabaseError, TimeoutError) as error:
            _log.warning("slack.click.not_recorded", reason=type(error).__name__)
        return self._whisper(
            click,
            f"You ({click.user_id}) are not a reviewer here: nothing was decided. "
            "Ask for your id to be added to SLACK_REVIEWERS.",
        )

    async def _record_stranger(self, click: Click) -> None:
        await self.approvals.record_attempt(
            click.key,
            click.revision,
            click.decision(click.user_id),
            channel=CHANNEL,
            accepted=False,
            refusal=Refusal.UNKNOWN_REVIEWER,
            at=datetime.now(UTC),
            event_key=click.event_key,
        )

    def _whisper(self, click: Click, text: str) -> Response:
        # Slack shows no body of an answer to block_actions (slackapi/bolt-js issue 132), so
        # the sentence is sent as well.
        return JSONResponse(
            ephemeral(text),
            background=BackgroundTask(self.replies.whisper, click.response_url, text),
        )


def _left(ends: float) -> float:
    """Seconds until a moment, and never too few to ask at all."""
    return max(ends - time.monotonic(), KEEP_SECONDS)


def _chosen(click: Click) -> str:
    """Which of two captions is approved; a rejection is of the whole Reel."""
    if click.variant is None or click.verdict is not Verdict.APPROVE:
        return ""
    return f"caption {click.variant} of "


def _what(click: Click) -> str:
    return f"{click.key.account} of {click.key.day} (revision {click.revision[:8]})"


def _try_again(reason: str) -> Response:
    _log.error("slack.click.not_delivered", reason=reason)
    return PlainTextResponse(
        "the decision could not be delivered: click again", 503, {"retry-after": "5"}
    )
