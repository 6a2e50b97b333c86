"""The link of a digest: one Reel's page for one person, who need not sign in.

The link names the person, the Reel, the revision and its end, and is sealed. It begins no session
and opens nothing else. Looking changes nothing, however often and by whomever; a POST decides, as
that person, with the token of the page that this browser was shown. Every copy of one verdict is
one decision: the link itself is what tells it from others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from db.approval_row import ApprovalRow, ApprovalStatus
from db.database import Database
from db.failures import DatabaseError
from db.people import Person
from db.reel_row import ReelRow
from schemas.account import Account, ChannelName
from schemas.decision import Decision, Refusal, Verdict, sentences
from schemas.mail_link import BadLink, LinkOver, MailLink, MailLinks
from web.deciding import Deciding, DecisionRequest, Result
from web.pages.gate import POSTS, Form, Gate, Refused, first
from web.pages.rendering import View
from web.pages.states import State, state_of

VERDICTS = {Verdict.APPROVE, Verdict.REJECT}
"""What a link's page offers; everything else takes signing in."""

_log = structlog.get_logger("web.mailed")

_NEWER = State(
    kind="quiet",
    title="There is something newer.",
    text="This letter was about an earlier revision, which nobody decides on any more.",
)


@dataclass(frozen=True)
class Opened:
    """What a good link leads to."""

    person: Person
    account: Account
    reel: ReelRow
    row: ApprovalRow
    """The revision of the link."""
    shown: tuple[ApprovalRow, ...]
    """What lies, or last lay, before people."""
    given: tuple[str, ...]
    """Who has approved the revision, where another person has to, too."""

    @property
    def open(self) -> bool:
        """Whether a decision of the person can count."""
        pending = self.row.status is ApprovalStatus.PENDING and self.reel.outcome is None
        return pending and self.person.id not in self.given

    @property
    def status(self) -> int:
        """What HTTP says to a look: gone without a decision, or something newer lies there."""
        decided = any(row.decided for row in self.shown) or self.person.id in self.given
        if self.open or decided:
            return HTTPStatus.OK
        return HTTPStatus.CONFLICT if self.reel.outcome is None else HTTPStatus.GONE

    @property
    def state(self) -> State:
        """Where the Reel stands, or that the letter is behind."""
        stands = state_of(self.reel, self.account, self.shown, self.given)
        behind = self.row.laying < self.shown[0].laying and stands.kind == "open"
        return _NEWER if behind else stands


@dataclass(frozen=True)
class MailedReels:
    """GET and POST /mail/{token}."""

    gate: Gate
    view: View
    db: Database
    deciding: Deciding
    links: MailLinks

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/mail/{token}"
        return [
            Route(path, self._answered(self.show), methods=["GET"]),
            Route(path, self._answered(self.decide), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The Reel, and a form while a decision of the person can count."""
        return self._page(request, await self._opened(self._link(request)))

    async def decide(self, request: Request) -> Response:
        """Carry the person's word to the day, wait for its answer, and show it."""
        form = await self.gate.form(request)
        self.gate.check_stranger(request, form)
        link = self._link(request)
        said = _said(link, form)
        person, once = await self.db.people.get(link.person), _once(request)
        if person is None or not person.decides:
            await self._note_stranger(link, said, once)
            raise _no_more(link)
        if not await self.gate.counts.allows(f"posts/{person.id}", POSTS, datetime.now(UTC)):
            raise Refused(429, "Too fast", "Nothing was changed. Wait a minute, and do it again.")
        result = await self.deciding.decide(
            link.key, said, person=person.id, channel=ChannelName.EMAIL, once=once
        )
        if result.status == HTTPStatus.OK:
            return RedirectResponse(request.url.path, 303)
        return self._page(request, await self._opened(link), result)

    def _answered(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint whose address leaks to nobody, and that says what is wrong."""

        async def endpoint(request: Request) -> Response:
            try:
                answer = await handler(request)
            except Refused as refused:
                answer = self.gate.said(refused)
            except DatabaseError as error:
                _log.error("mailed.no_database", reason=str(error))
                text = "The database does not answer, so nothing was decided. Do it again."
                answer = self.gate.said(Refused(503, "Not just now", text, back=""))
            answer.headers["referrer-policy"] = "no-referrer"
            return answer

        return endpoint

    async def _opened(self, link: MailLink) -> Opened:
        """What a link leads to. Raises Refused for one that leads nowhere."""
        person, account, reel = await asyncio.gather(
            self.db.people.get(link.person),
            self.db.accounts.get(link.key.account),
            self.db.reels.by_day(link.key),
        )
        if person is None or not person.decides:
            raise _no_more(link)
        laid = await self.db.review_pages.laid(reel.id) if reel else ()
        row = next((one for one in laid if one.revision == link.revision), None)
        if account is None or reel is None or row is None:
            raise Refused(410, "This Reel is gone", "Nothing waits for you here.", back="")
        given = await self.db.given.of(reel.id, row.revision) if row.approvals_needed > 1 else ()
        shown = tuple(one for one in laid if one.laying == laid[0].laying)
        return Opened(person, account, reel, row, shown, given)

    def _link(self, request: Request) -> MailLink:
        try:
            return self.links.read(request.path_params["token"], datetime.now(UTC))
        except LinkOver:
            text = "Its time is up, and nothing was decided. The next letter brings a new one."
            raise Refused(410, "This link is over", text) from None
        except BadLink:
            _log.warning("mailed.refused", reason="not our link")
            text = "It is none of ours, or was not copied whole. Nothing was decided."
            raise Refused(403, "Not a good link", text, back="") from None

    async def _note_stranger(self, link: MailLink, said: DecisionRequest, once: str) -> None:
        """Keep in the log what somebody said who decides nothing any more. Again: once."""
        now = datetime.now(UTC)
        decision = Decision(
            id=once,
            key=link.key,
            reviewer=link.person,
            channel=ChannelName.EMAIL,
            decided_at=now,
            **dict(said),
        )
        await self.db.approvals.record_attempt(
            link.key,
            link.revision,
            decision,
            channel=ChannelName.EMAIL,
            accepted=False,
            refusal=Refusal.UNKNOWN_REVIEWER,
            at=now,
            event_key=f"mailed/{once}/{said.verdict}",
        )

    def _page(self, request: Request, opened: Opened, result: Result | None = None) -> Response:
        secret, token = self.gate.stranger_token(request)
        answer = self.view.page(
            "mailed.html",
            status=result.status if result else opened.status,
            notice=result,
            account=opened.account,
            reel=opened.reel,
            row=opened.row,
            person=opened.person,
            open=opened.open,
            state=opened.state,
            page_url=f"/reel/{opened.account.id}/{opened.reel.day}",
            token=token,
        )
        self.gate.keep(answer, secret)
        return answer


def _said(link: MailLink, form: Form) -> DecisionRequest:
    """What the form says. Raises Refused for what can't be read, and a rejection without why."""
    verdict, note = first(form, "verdict"), first(form, "note").replace("\r\n", "\n").strip()
    if verdict not in VERDICTS:
        raise Refused(400, "Nothing was decided", "The form names no verdict. Open the link again.")
    if verdict == Verdict.REJECT and not note:
        text = "Nothing was changed. Go back, and say in a few words what is wrong."
        raise Refused(422, "Say why", text, back="")
    try:
        return DecisionRequest(revision=link.revision, verdict=Verdict(verdict), note=note)
    except ValidationError as error:
        raise Refused(422, "Nothing was changed", f"{sentences(error)}.", back="") from None


def _once(request: Request) -> str:
    """The same for every use of a link, and not the link itself."""
    token: str = request.path_params["token"]
    return sha256(b"reels:mailed:v1:" + token.encode("utf-8", "replace")).hexdigest()[:32]


def _no_more(link: MailLink) -> Refused:
    _log.warning("mailed.refused", reason="decides nothing", person=link.person)
    text = f"{link.person} decides nothing here any more. An admin can change that."
    return Refused(403, "You decide nothing here", text, back="")
