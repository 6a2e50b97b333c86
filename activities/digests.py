"""The digest by e-mail: to whom one is due, and one letter a person and day, never two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from temporalio import activity

from activities.digest_letter import MOST_REELS, LetterWriter
from activities.digest_pictures import pictures_of
from activities.tokens import utc_now
from clients.errors import ClientError, OutcomeUnknown, Refused
from clients.mail import Letter, Mail
from clients.store import ObjectStore
from db.database import Database
from db.digests import OVER, DigestState, WaitingReel
from db.people import Person
from schemas.digest import Digest, DigestOutcome, DigestPlan, DigestResult, DigestRun
from schemas.failures import FailureKind

_LOST = "the process that handed it over ended before the mail server's answer was written down"

log = structlog.get_logger("activities")


@dataclass(frozen=True)
class DigestActivities:
    """What a digest needs outside of Temporal. Links are made here, and stand in no history."""

    db: Database
    store: ObjectStore
    mail: Mail | None
    """None: there is no mail server, and nothing is ever due."""
    writer: LetterWriter
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def plan_digests(self, _run: DigestRun) -> DigestPlan:
        """The digests whose hour has come, and that were not looked at yet.

        One whose hour was missed is due as long as its day lasts. Again: those that are by then.
        """
        if self.mail is None:
            return DigestPlan(digests=())
        now = self.now()
        due = [due_digest(person, now) for person in await self.db.people.all()]
        over = await self.db.digests.over((now - timedelta(days=2)).date())
        return DigestPlan(digests=tuple(one for one in due if one and one not in over))

    @activity.defn
    async def send_digest(self, digest: Digest) -> DigestResult:
        """Send one letter about everything that waits for the person; none when nothing does.

        Again: nothing, when it was sent, may have been sent, or was refused; otherwise another
        try. Raises what the mail server or the object store raised when it was certainly not
        sent and may be later.
        """
        row = await self.db.digests.begin(digest, self.now())
        if row.state in OVER:
            return _result(digest, row.state, row.reels, row.reason)
        if row.state is DigestState.SENDING:
            return await self._unknown(digest, row.reels, _LOST)
        person = await self.db.people.get(digest.person)
        if self.mail is None or person is None or due_digest(person, self.now()) != digest:
            return DigestResult(digest=digest, outcome=DigestOutcome.LEFT_OUT)
        reels = await self.db.digests.waiting(person.id, self.now(), MOST_REELS)
        if not reels:
            return await self._ended(digest, DigestState.EMPTY, 0, since=row.state)
        letter = await self._letter(person, digest, reels)
        return await self._hand_over(self.mail, letter, digest, reels[0].total)

    async def _letter(self, person: Person, digest: Digest, reels: Sequence[WaitingReel]) -> Letter:
        pictures = await pictures_of(self.store, reels)
        return self.writer.write(person, digest, reels, pictures, self.now())

    async def _hand_over(
        self, mail: Mail, letter: Letter, digest: Digest, total: int
    ) -> DigestResult:
        # What this attempt holds of the row: another one may be further.
        since = DigestState.BEGUN

        async def may() -> bool:
            # From here on a lost answer may mean a letter in somebody's hands.
            nonlocal since
            taken = await self.db.digests.take(digest, total, self.now())
            since = DigestState.SENDING if taken else DigestState.BEGUN
            return taken

        try:
            if not await mail.hand_over(letter, may=may):
                return await self._as_it_stands(digest, total)
        except OutcomeUnknown as error:
            return await self._unknown(digest, total, error.message)
        except ClientError as error:
            if isinstance(error, Refused) and error.kind is FailureKind.BAD_REQUEST:
                return await self._ended(
                    digest, DigestState.REFUSED, total, since=since, why=error.message
                )
            await self.db.digests.put_off(digest, error.message, since=since)
            raise
        return await self._ended(digest, DigestState.SENT, total, since=since)

    async def _as_it_stands(self, digest: Digest, total: int) -> DigestResult:
        """Somebody else took it: an earlier attempt that was thought dead."""
        row = await self.db.digests.get(digest)
        if row is not None and row.state in OVER:
            return _result(digest, row.state, row.reels, row.reason)
        return await self._unknown(digest, total, _LOST)

    async def _unknown(self, digest: Digest, total: int, why: str) -> DigestResult:
        log.error("digest.unknown", person=digest.person, digest_day=str(digest.day), reason=why)
        sending = DigestState.SENDING
        return await self._ended(digest, DigestState.UNKNOWN, total, since=sending, why=why)

    async def _ended(
        self, digest: Digest, state: DigestState, total: int, *, since: DigestState, why: str = ""
    ) -> DigestResult:
        await self.db.digests.end(digest, state, self.now(), since=since, reason=why)
        return _result(digest, state, total, why)


def due_digest(person: Person, now: datetime) -> Digest | None:
    """The digest that is due to a person today, by the person's own clock; None before its hour.

    Nobody gets one who has no address, wants none, or decides nothing.
    """
    if person.email is None or person.digest_at is None or not person.decides:
        return None
    local = now.astimezone(ZoneInfo(person.zone))
    if f"{local:%H:%M}" < person.digest_at:
        return None
    return Digest(person=person.id, day=local.date())


def _result(digest: Digest, state: DigestState, reels: int, why: str) -> DigestResult:
    outcome = DigestOutcome(state.value)
    return DigestResult(digest=digest, outcome=outcome, reels=reels, detail=why)
