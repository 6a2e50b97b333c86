"""Which addresses a file may be fetched from, when a provider names the URL (SSRF).

Judges the addresses that a name resolves to, never how it is spelled: `127.1` and
`0x7f000001` are loopback too. OWASP ASVS 5.0, 1.3.6.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Host name to IP addresses. Raises OSError."""

_IPV6_INTERNET = ipaddress.IPv6Network("2000::/3")
"""All that is given out to the internet. Leaves out NAT64 (64:ff9b::/96), which Python calls
global whatever it leads to, and addresses that are an IPv4 address in disguise."""

_TUNNELS = (
    ipaddress.IPv6Network("2001::/32"),  # Teredo
    ipaddress.IPv6Network("2002::/16"),  # 6to4
)
"""Lead to an IPv4 address inside, a private one as well as any."""


class Forbidden(Exception):
    """A URL that is not fetched; the text says why without showing it."""


@dataclass(frozen=True)
class Target:
    """Where one request goes."""

    url: httpx.URL
    """With the vetted address in place of the name."""
    host: str
    """For the Host header, with the port where it is not the usual one."""
    server_name: str | None
    """For TLS, so that the certificate of the name is asked for and checked."""


@dataclass(frozen=True)
class Gate:
    """Lets out https to public addresses, and to the origins that the operator configured."""

    trusted_origins: tuple[httpx.URL, ...]
    resolve: Resolve

    async def targets(self, url: httpx.URL) -> tuple[Target, ...]:
        """Where `url` may be fetched, to be tried in order.

        The addresses are resolved once, here: a name that points elsewhere a moment later
        (DNS rebinding) gains nothing. Raises Forbidden, and OSError for an unknown name.
        """
        if url.userinfo:
            raise Forbidden("its address carries a user name")
        netloc = url.netloc.decode("ascii")
        if _origin(url) in map(_origin, self.trusted_origins):
            return (Target(url, netloc, None),)
        if url.scheme != "https":
            raise Forbidden("its address is not https")
        if _origin(url)[2] != _HTTPS_PORT:
            raise Forbidden("its address names another port than 443")
        if not url.host:
            raise Forbidden("its address has no host")
        name = url.raw_host.decode("ascii")
        addresses = await self.resolve(name)
        if not addresses or not all(is_public(address) for address in addresses):
            raise Forbidden("its address leads into a private or reserved network")
        return tuple(
            Target(url.copy_with(host=address), netloc, name)
            for address in dict.fromkeys(addresses)
        )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip not in _IPV6_INTERNET or any(ip in tunnel for tunnel in _TUNNELS)
    ):
        return False
    return ip.is_global and not ip.is_multicast


async def resolve_name(host: str) -> tuple[str, ...]:
    """All addresses of a host, in the order to try them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, _HTTPS_PORT, type=socket.SOCK_STREAM)
    return tuple(str(entry[4][0]) for entry in found)


_HTTPS_PORT = 443
_PORTS = {"https": _HTTPS_PORT, "http": 80}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)
