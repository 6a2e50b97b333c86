"""The settings of letters."""

import re
from email.utils import parseaddr

from pydantic import Field, SecretStr, field_validator

from runtime.groups import Group
from runtime.values import Readable, smtp_url

_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]{1,64}@[A-Za-z0-9.-]{1,190}")
"""An address as it may stand in every mail server's command (RFC 5321, 4.1.2: Dot-string)."""


class MailSettings(Group):
    """Who takes our letters."""

    smtp_url: SecretStr | None = Field(
        None,
        description="smtp(s)://user:password@host:port for links to sign in and for digests; "
        "none sends none",
    )
    smtp_ca_file: Readable | None = Field(
        None, description="a certificate that the mail server's is signed by; none is the system's"
    )
    mail_from: str = Field("reels@localhost", description="whom letters come from")

    @field_validator("smtp_url")
    @classmethod
    def smtp_url_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what names no mail server."""
        return smtp_url(value) if value else None

    @field_validator("mail_from")
    @classmethod
    def mail_from_is_an_address(cls, value: str) -> str:
        """Refuse what a letter can't come from."""
        if not value.isprintable() or not _ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError("is not an address: write Reels <reels@example.com>")
        return value
