"""Forms in Slack: opened within 3 s of the click, and answered once the decision is durable."""

from dataclasses import dataclass

import structlog
from starlette.responses import JSONResponse, Response

from clients.errors import ClientError
from clients.review.slack_app import SlackApi
from db.failures import DatabaseError
from web.deadline import within
from web.delivery import DayNotOpen, NotDelivered
from web.edits import Amiss, Drafts, NotOpen
from web.said import edits_of
from web.slack.click import Click
from web.slack.modals import amiss, first_field, form, said_instead
from web.slack.submission import Submission
from web.taking import LOOK_SECONDS, Taking, left

_log = structlog.get_logger("web.slack")


@dataclass(frozen=True)
class SlackForms:
    """Asks for what a button can't say."""

    api: SlackApi
    drafts: Drafts
    taking: Taking

    async def open(self, click: Click, ends: float) -> str | None:
        """Open the form that a click asks for, or say in a sentence why not."""
        try:
            look = min(LOOK_SECONDS, left(ends))
            laid = await within(look, self.drafts.open(click.key, click.revision))
            view = form(click.verdict, laid)
            opening = {"trigger_id": click.trigger_id, "view": view}
            await self.api.call("views.open", opening, seconds=left(ends))
        except NotOpen as gone:
            return str(gone)
        except (ClientError, DatabaseError, TimeoutError) as error:
            _log.warning("slack.form.not_opened", reason=str(error) or type(error).__name__)
            return "The form could not be opened, and nothing was decided: click again."
        return None

    async def take(self, sent: Submission, reviewer: str, ends: float) -> Response:
        """Answer a form: closed when it was taken, open with a sentence when it wasn't."""
        try:
            decision = sent.decision(reviewer, await edits_of(sent, self.drafts, ends))
            await self.taking.take(decision, sent.event_key, ends)
        except Amiss as wrong:
            return JSONResponse(amiss(wrong.fields))
        except NotOpen as gone:
            return JSONResponse(said_instead(str(gone)))
        except DayNotOpen:
            what = f"{sent.key.account} of {sent.key.day}"
            return JSONResponse(said_instead(f"{what} is not open: nothing was decided."))
        except (NotDelivered, DatabaseError, TimeoutError) as error:
            _log.error("slack.form.not_delivered", reason=str(error) or type(error).__name__)
            again = "It could not be delivered: nothing is lost, send it again."
            return JSONResponse(amiss({first_field(sent.verdict): again}))
        return Response()
