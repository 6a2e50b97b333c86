"""POST /slack/interactions: who clicked, on what, and what became of it, in 3 s.

Slack tells of a click once and never again, so the 200 is sent only when the day has answered or
Temporal holds the decision. Any other answer shows the person that the click failed.
"""

import time
from dataclasses import dataclass, field

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from db.failures import DatabaseError
from schemas.decision import Decision
from web.body import read_body
from web.chat_people import ChatPeople, Stranger
from web.delivery import DayNotOpen, NotDelivered
from web.slack.click import Click, MalformedClick, read_click, read_document
from web.slack.forms import SlackForms, try_again
from web.slack.modals import said_instead
from web.slack.replies import Replies, ephemeral
from web.slack.signature import is_genuine
from web.slack.submission import Submission, read_submission
from web.taking import Taking, look
from web.told import ended, told

BODY_LIMIT = 512 * 1024
"""Slack sends the whole message back: two long captions are about 80 kB when form-encoded."""

BODY_SECONDS = 2.0
ANSWER_SECONDS = 2.8
"""From the first byte on. Slack waits 3 s (docs.slack.dev, "Handling user interaction")."""

_AGAIN = "It could not be delivered, and nothing may have been decided: click again."

_log = structlog.get_logger("web.slack")


@dataclass(frozen=True)
class SlackDoor:
    """Takes clicks on review cards, and the forms behind them."""

    signing_secret: str = field(repr=False)
    people: ChatPeople
    taking: Taking
    replies: Replies
    forms: SlackForms | None = None
    """None where there is no app with a token: then no card has a button that needs one."""
    team_id: str = ""
    """The one workspace that is let in; empty lets in each that signs."""

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
            return await self._interacted(request, body, ends)
        except MalformedClick as error:
            _log.warning("slack.request.malformed", reason=str(error))
            return PlainTextResponse("not an interaction with a review card", 400)

    async def _interacted(self, request: Request, body: bytes, ends: float) -> Response:
        document = read_document(body)
        if document.get("type") == "view_submission":
            signed_at = int(request.headers["x-slack-request-timestamp"])
            return await self._submitted(read_submission(document, signed_at), ends)
        click = read_click(document)
        return Response() if click is None else await self._clicked(click, ends)

    def _is_genuine(self, request: Request, body: bytes) -> bool:
        return is_genuine(
            self.signing_secret,
            body,
            timestamp=request.headers.get("x-slack-request-timestamp", ""),
            signature=request.headers.get("x-slack-signature", ""),
            now=time.time(),
        )

    async def _clicked(self, click: Click, ends: float) -> Response:
        try:
            reviewer = await self._let_in(click, ends)
        except Stranger as stranger:
            return await self._refuse_stranger(click, str(stranger), ends)
        except (DatabaseError, TimeoutError) as error:
            return self._try_again(click, f"the database: {type(error).__name__}")
        if not click.wants_form:
            return await self._deliver(click, click.decision(reviewer), ends)
        if self.forms is None:
            return self._whisper(click, "Forms need SLACK_BOT_TOKEN: nothing was decided.")
        return self._told(click, await self.forms.open(click, ends))

    async def _submitted(self, sent: Submission, ends: float) -> Response:
        try:
            reviewer = await self._let_in(sent, ends)
        except Stranger as stranger:
            _log.warning("slack.form.refused", reason="not let in", user=sent.user_id)
            if attempt := sent.attempt():
                await self.taking.note_stranger(attempt, sent.event_key, ends)
            return JSONResponse(said_instead(str(stranger)))
        except (DatabaseError, TimeoutError) as error:
            _log.error("slack.form.not_delivered", reason=type(error).__name__)
            return try_again(sent)
        if self.forms is None:
            return JSONResponse(said_instead("Forms need SLACK_BOT_TOKEN: nothing was decided."))
        return await self.forms.take(sent, reviewer, ends)

    async def _let_in(self, event: Click | Submission, ends: float) -> str:
        """The reviewer's name. Raises Stranger, DatabaseError and TimeoutError."""
        structlog.contextvars.bind_contextvars(account=event.key.account, day=str(event.key.day))
        if self.team_id and event.teams != {self.team_id}:
            raise Stranger("This workspace decides nothing here: nothing was decided.")
        return await look(self.people.name_of(event.user_id), ends)

    async def _deliver(self, click: Click, decision: Decision, ends: float) -> Response:
        try:
            taken = await self.taking.take(decision, click.event_key, ends)
        except DayNotOpen:
            _log.warning("slack.click.late", reviewer=decision.reviewer)
            what = f"{click.key.account} of {click.key.day} (revision {click.revision[:8]})"
            return self._whisper(click, f"{what} is not open: nothing was decided.")
        except NotDelivered as error:
            return self._try_again(click, str(error))
        if taken.before:
            return Response()
        # A card that is kept is brought up to date by a worker, for everybody.
        is_over = ended(taken) and not click.on_kept_card
        say = self.replies.replace_card if is_over else self.replies.whisper
        text = told(decision, taken, click.variant)
        return Response(background=BackgroundTask(say, click.response_url, text))

    async def _refuse_stranger(self, click: Click, sentence: str, ends: float) -> Response:
        _log.warning("slack.click.refused", reason="not let in", user=click.user_id)
        if not click.wants_form:
            attempt = click.decision(click.user_id)
            await self.taking.note_stranger(attempt, click.event_key, ends)
        return self._whisper(click, sentence)

    def _told(self, click: Click, sentence: str | None) -> Response:
        return Response() if sentence is None else self._whisper(click, sentence)

    def _whisper(self, click: Click, text: str) -> Response:
        # Slack shows no body of an answer to block_actions (slackapi/bolt-js issue 132), so
        # the sentence is sent as well.
        return JSONResponse(
            ephemeral(text),
            background=BackgroundTask(self.replies.whisper, click.response_url, text),
        )

    def _try_again(self, click: Click, reason: str) -> Response:
        _log.error("slack.click.not_delivered", reason=reason)
        return PlainTextResponse(
            _AGAIN,
            503,
            {"retry-after": "5"},
            background=BackgroundTask(self.replies.whisper, click.response_url, _AGAIN),
        )
