"""The settings of signing in to the pages."""

from pydantic import Field, SecretStr, field_validator

from runtime.groups import Group
from runtime.values import Networks, smtp_url


class SignInSettings(Group):
    """How people who review are known."""

    smtp_url: SecretStr | None = Field(
        None, description="smtp(s)://user:password@host:port for links to sign in; none sends none"
    )
    mail_from: str = Field("reels@localhost", description="whom letters come from")
    trusted_proxy: Networks = Field(
        default_factory=tuple,
        description="addresses of the proxy that signs people in: 10.0.0.5,10.1.0.0/16",
    )
    trusted_proxy_header: str = Field(
        "X-Auth-Request-Email", description="the header in which it names the person's address"
    )
    tls_proxy: Networks = Field(
        default_factory=tuple,
        description="addresses of the TLS proxy, whose X-Forwarded-For says who asks",
    )

    @field_validator("smtp_url")
    @classmethod
    def smtp_url_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what names no mail server."""
        return smtp_url(value) if value else None
