"""Letters over SMTP.

A letter is handed over by its last bytes, and taken when the server says 250 to them (RFC 5321,
4.2.5). Whatever goes wrong before them, and every other answer to them, proves that it was not
taken: it may be sent again. Silence after them proves nothing, and a second letter would then be
a second copy, so a client waits ten minutes for that answer (RFC 5321, 4.5.3.2.6).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from clients.errors import OutcomeUnknown, Refused
from clients.mail_errors import SERVICE, not_taken, not_understood
from schemas.failures import FailureKind

ANSWER_SECONDS = 30.0
"""For each answer before the letter's end: what is late is not sent, and tried again."""
END_SECONDS = 600.0
"""For the answer to a letter's end."""

_PORTS = {"smtp": 587, "smtps": 465}
_GO_ON = 354
_OK = range(200, 300)
_DOT = re.compile(rb"^\.", re.MULTILINE)
# 7 bits pass through any server.
_POLICY = policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Letter:
    """One letter to one person."""

    to: str
    """An e-mail address."""
    subject: str
    text: str = field(repr=False)
    name: str = ""
    """How the person is called."""
    html: str = field(default="", repr=False)
    pictures: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """JPEGs that the HTML shows, by the ids that it names with `cid:`."""
    id: str = ""
    """What tells the letter from all others of ours; none is made up."""
    automatic: bool = False
    """Whether nobody asked for it: no program answers it then (RFC 3834, 5)."""


async def _always() -> bool:
    return True


@dataclass(frozen=True)
class Mail:
    """One server that takes our letters."""

    url: str = field(repr=False)
    """smtp://user:password@host:port with STARTTLS, or smtps:// for TLS from the first byte.

    Only this machine is spoken to without TLS, where it offers none.
    """
    sender: str
    ca_file: Path | None = None
    """A certificate that the server's may be signed by, beside those of the system."""

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Hand one short letter over to somebody who waits for it.

        Raises as `hand_over` does. Again: another letter.
        """
        await self.hand_over(Letter(to, subject, text), end_seconds=ANSWER_SECONDS)

    async def hand_over(
        self,
        letter: Letter,
        *,
        may: Callable[[], Awaitable[bool]] = _always,
        end_seconds: float = END_SECONDS,
    ) -> bool:
        """Send a letter; False when `may`, asked just before its first byte, says no.

        Raises Retryable and Refused when it was certainly not taken (BAD_REQUEST: this letter or
        its address never will be; any other kind: something is to be set right), OutcomeUnknown
        when it may have been, and what `may` raises. Again: another letter with the same id.
        """
        content = self._content(letter)
        server = self._server()
        try:
            await self._offer(server, letter.to)
            if not await may():
                return False
            await _finish(server, content, end_seconds)
            with suppress(aiosmtplib.SMTPException, OSError):
                await server.quit(timeout=ANSWER_SECONDS)
        finally:
            # Without its end, what was begun is dropped by the server.
            server.close()
        return True

    async def check(self) -> str:
        """What a look finds, in words; sends no letter and gives no password away.

        Raises Retryable or Refused.
        """
        server = self._server(login=False)
        try:
            await server.connect()
            await server.ehlo()
            await server.noop()
            tls = server.get_transport_info("sslcontext") is not None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise not_taken(error) from None
        finally:
            server.close()
        return f"{self.place} answers, {'with TLS' if tls else 'without TLS'}"

    @property
    def place(self) -> str:
        """Host and port, without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{_port(parts)}"

    def _server(self, *, login: bool = True) -> aiosmtplib.SMTP:
        parts = urlsplit(self.url)
        at_once = parts.scheme == "smtps"
        where_offered = None if is_this_machine(parts.hostname or "") else True
        return aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=_port(parts),
            username=unquote(parts.username) if parts.username and login else None,
            password=unquote(parts.password) if parts.password and login else None,
            use_tls=at_once,
            start_tls=False if at_once else where_offered,
            cert_bundle=str(self.ca_file) if self.ca_file else None,
            timeout=ANSWER_SECONDS,
        )

    async def _offer(self, server: aiosmtplib.SMTP, to: str) -> None:
        """Everything up to the server's word that it awaits the letter."""
        try:
            await server.connect()
            await server.mail(parseaddr(self.sender)[1])
            await server.rcpt(to)
            answer = await server.execute_command(b"DATA")
            if answer.code != _GO_ON:
                raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise not_taken(error) from None
        except ValueError:
            raise _no_address() from None

    def _content(self, letter: Letter) -> bytes:
        """The letter as it travels. Raises Refused for what can stand in no header."""
        message = EmailMessage(policy=_POLICY)
        domain = parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"
        try:
            if not letter.to.isascii() or "@" not in letter.to:
                raise _no_address()
            message["From"] = self.sender
            message["To"] = Address(letter.name, addr_spec=letter.to)
            message["Subject"] = letter.subject
        except (ValueError, HeaderParseError, IndexError):
            raise _no_address() from None
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.id}@{domain}>" if letter.id else make_msgid(None, domain)
        if letter.automatic:
            message["Auto-Submitted"] = "auto-generated"
        _fill(message, letter)
        content = message.as_bytes()
        return content if content.endswith(b"\r\n") else content + b"\r\n"


def is_this_machine(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _fill(message: EmailMessage, letter: Letter) -> None:
    message.set_content(letter.text)
    if not letter.html:
        return
    message.add_alternative(letter.html, subtype="html")
    html = message.get_body(("html",))
    if isinstance(html, EmailMessage):
        for name, picture in letter.pictures.items():
            html.add_related(
                picture,
                "image",
                "jpeg",
                cid=f"<{name}>",
                disposition="inline",
                filename=f"{name}.jpg",
            )


async def _finish(server: aiosmtplib.SMTP, content: bytes, seconds: float) -> None:
    """The letter itself, its end, and what the server makes of it."""
    protocol = server.protocol
    try:
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("the server is gone")
        protocol.write(_DOT.sub(b"..", content) + b".\r\n")
    except (aiosmtplib.SMTPException, OSError) as error:
        raise not_taken(error) from None
    try:
        answer = await protocol.read_response(timeout=seconds)
    except (aiosmtplib.SMTPException, OSError) as error:
        why = f"the answer to a whole letter was lost ({type(error).__name__})"
        raise OutcomeUnknown(SERVICE, why) from None
    if answer.code not in _OK:
        raise not_understood(answer.code)


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _no_address() -> Refused:
    return Refused(SERVICE, FailureKind.BAD_REQUEST, "the address is none that a letter reaches")
