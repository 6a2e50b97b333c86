"""POST /discord/interactions: who pressed, on what, and what became of it, in 3 s.

Discord tells of a press once, and shows the person whatever is answered: a form, or a sentence
for that person alone.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from db.failures import DatabaseError
from schemas.account import AccountDay
from schemas.decision import Verdict
from web.body import read_body
from web.chat_people import ChatPeople, Stranger
from web.delivery import DayNotOpen, NotDelivered
from web.discord.forms import form, whisper
from web.discord.interaction import (
    CHANNEL,
    PING,
    Interaction,
    MalformedInteraction,
    read_document,
    read_interaction,
)
from web.discord.signature import is_genuine
from web.edits import Amiss, Drafts, NotOpen
from web.said import Said, more_of
from web.taking import Taking, look
from web.told import told

BODY_LIMIT = 512 * 1024
BODY_SECONDS = 2.0
ANSWER_SECONDS = 2.8
"""From the first byte on. Discord waits 3 s (docs.discord.com, "Receiving and Responding")."""

_AGAIN = "It could not be delivered, and nothing may have been decided: press again."

_log = structlog.get_logger("web.discord")


@dataclass(frozen=True)
class DiscordDoor:
    """Takes presses on review cards, and the forms behind them."""

    public_key: bytes
    people: ChatPeople
    taking: Taking
    drafts: Drafts

    async def interactions(self, request: Request) -> Response:
        """Answer one interaction.

        200 with a sentence, a form or the answer to a ping; 400 not an interaction; 401 not
        Discord's.
        """
        ends = time.monotonic() + ANSWER_SECONDS
        body = await read_body(request, limit_bytes=BODY_LIMIT, seconds=BODY_SECONDS)
        timestamp = request.headers.get("x-signature-timestamp", "")
        signature = request.headers.get("x-signature-ed25519", "")
        if not is_genuine(
            self.public_key, body, timestamp=timestamp, signature=signature, now=time.time()
        ):
            _log.warning("discord.request.refused", reason="signature or time")
            return PlainTextResponse("not signed by Discord in the last five minutes", 401)
        try:
            document = read_document(body)
            if document.get("type") == PING:
                return JSONResponse({"type": PING})
            press = read_interaction(document)
        except MalformedInteraction as error:
            _log.warning("discord.request.malformed", reason=str(error))
            return PlainTextResponse("not an interaction with a review card", 400)
        at = datetime.fromtimestamp(int(timestamp), UTC)
        return JSONResponse(await self._answered(press, at, ends))

    async def _answered(self, press: Interaction, at: datetime, ends: float) -> dict[str, object]:
        try:
            return await self._answer(press, at, ends)
        except (Stranger, NotOpen) as refused:
            return whisper(str(refused))
        except Amiss as wrong:
            said = f"{wrong}. Nothing was decided: press the button again."
            return whisper(said, press.fields)
        except DayNotOpen:
            return whisper("That day is not open: nothing was decided.")
        except (NotDelivered, DatabaseError, TimeoutError) as error:
            _log.error("discord.press.not_delivered", reason=str(error) or type(error).__name__)
            return whisper(_AGAIN, press.fields)

    async def _answer(self, press: Interaction, at: datetime, ends: float) -> dict[str, object]:
        """A form, or what became of the press. Raises what the door has a sentence for."""
        key = await look(self.drafts.day_of(press.revision), ends)
        structlog.contextvars.bind_contextvars(account=key.account, day=str(key.day))
        said = _said(press, key, at)
        try:
            reviewer = await look(self.people.name_of(press.user_id), ends)
        except Stranger:
            _log.warning("discord.press.refused", reason="not let in", user=press.user_id)
            if attempt := said.attempt():
                await self.taking.note_stranger(attempt, press.event_key, ends)
            raise
        if press.verdict is not Verdict.APPROVE and not press.is_form:
            laid = await look(self.drafts.open(key, press.revision), ends)
            return form(press.verdict, laid)
        decision = said.decision(reviewer, await more_of(said, self.drafts, ends))
        return whisper(told(decision, await self.taking.take(decision, said.event_key, ends)))


def _said(press: Interaction, key: AccountDay, at: datetime) -> Said:
    return Said(
        channel=CHANNEL,
        event_key=press.event_key,
        user_id=press.user_id,
        verdict=press.verdict,
        key=key,
        revision=press.revision,
        fields=press.fields,
        at=at,
    )
