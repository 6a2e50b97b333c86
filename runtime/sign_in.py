"""The settings of signing in to the pages."""

from pydantic import Field

from runtime.groups import Group
from runtime.values import Networks


class SignInSettings(Group):
    """How people who review are known."""

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
