"""Letters over SMTP."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from clients.errors import Refused, Retryable
from schemas.failures import FailureKind

SECONDS = 15.0
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """One server that takes our letters."""

    url: str = field(repr=False)
    """smtp://user:password@host:port, with STARTTLS where offered, or smtps:// for TLS at once."""
    sender: str

    async def send(self, *, to: str, subject: str, text: str) -> None:
        """Hand one letter over. Raises Retryable, or Refused for an address that is not taken.

        Again: another letter.
        """
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=_domain(self.sender))
        letter.set_content(text)
        parts = urlsplit(self.url)
        try:
            await aiosmtplib.send(
                letter,
                hostname=parts.hostname,
                port=parts.port or _PORTS[parts.scheme],
                username=unquote(parts.username) if parts.username else None,
                password=unquote(parts.password) if parts.password else None,
                use_tls=parts.scheme == "smtps",
                timeout=SECONDS,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused) as error:
            raise Refused("mail", FailureKind.BAD_REQUEST, "the address is not taken") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            said = f"the server did not take it: {type(error).__name__}"
            raise Retryable("mail", FailureKind.UNAVAILABLE, said) from error


def _domain(sender: str) -> str:
    return sender.rstrip("> ").rpartition("@")[2] or "localhost"
