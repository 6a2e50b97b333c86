"""Forms in Slack: opened within 3 s of the click, and answered once the day has, or Temporal."""

from dataclasses import dataclass

import structlog
from starlette.responses import JSONResponse, Response

from clients.errors import ClientError
from clients.review.slack_app import SlackApi
from db.failures import DatabaseError
from web.asking import MAIN
from web.delivery import DayNotOpen, NotDelivered
from web.edits import Amiss, Drafts, NotOpen
from web.said import more_of
from web.slack.click import Click
from web.slack.modals import amiss, form, said_instead
from web.slack.submission import Submission
from web.taking import Taking, left, look
from web.told import told

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
            view = form(
                click.verdict, await look(self.drafts.open(click.key, click.revision), ends)
            )
            opening = {"trigger_id": click.trigger_id, "view": view}
            await self.api.call("views.open", opening, seconds=left(ends))
        except NotOpen as gone:
            return str(gone)
        except (ClientError, DatabaseError, TimeoutError) as error:
            _log.warning("slack.form.not_opened", reason=str(error) or type(error).__name__)
            return "The form could not be opened, and nothing was decided: click again."
        return None

    async def take(self, sent: Submission, reviewer: str, ends: float) -> Response:
        """Answer a form: closed when it counts, open with a sentence when it can be mended.

        A refusal of the day's, or that no worker has weighed it yet, is put in its place.
        """
        try:
            return await self._taken(sent, reviewer, ends)
        except Amiss as wrong:
            return JSONResponse(amiss(wrong.fields))
        except NotOpen as gone:
            return JSONResponse(said_instead(str(gone)))
        except DayNotOpen:
            what = f"{sent.key.account} of {sent.key.day}"
            return JSONResponse(said_instead(f"{what} is not open: nothing was decided."))
        except (NotDelivered, DatabaseError, TimeoutError) as error:
            _log.error("slack.form.not_delivered", reason=str(error) or type(error).__name__)
            return try_again(sent)

    async def _taken(self, sent: Submission, reviewer: str, ends: float) -> Response:
        decision = sent.decision(reviewer, await more_of(sent, self.drafts, ends))
        taken = await self.taking.take(decision, sent.event_key, ends)
        if taken.before or (taken.answer is not None and taken.answer.accepted):
            return Response()
        title = "Nothing was decided" if taken.answer else "On its way"
        return JSONResponse(said_instead(told(decision, taken), title))


def try_again(sent: Submission) -> Response:
    """Leave a form open that could not be delivered, with all that was written in it."""
    again = "It could not be delivered: nothing is lost, send it again."
    return JSONResponse(amiss({MAIN[sent.verdict]: again}))
