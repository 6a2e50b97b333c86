"""Who a request comes from: a session of ours, or the word of a proxy that signs people in.

One of the two, never both: with trusted proxies set, only what they say counts, and only when
they themselves are the peer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request

from db.people import People, Person
from db.sign_ins import SignIns
from web.visitor import Visitor

SESSION_COOKIE = "session"
LONGEST = 400
"""Characters of a cookie, a token or an address that are looked at."""

Network = IPv4Network | IPv6Network

_log = structlog.get_logger("web.who")


class Outside(Exception):
    """The request did not come through the proxy, or the proxy names nobody who is known."""


@dataclass(frozen=True)
class Who:
    """Tells people apart."""

    people: People
    sign_ins: SignIns
    public_base_url: str
    proxies: Sequence[Network] = ()
    """Whose word is taken; none: people sign in here."""
    proxy_header: str = "x-auth-request-email"
    tls_proxies: Sequence[Network] = ()
    """Whose X-Forwarded-For says who asks, for limits alone; none: the peer does."""

    async def visitor(self, request: Request, *, active: bool) -> Visitor | None:
        """The person, None for a stranger. Raises Outside behind a proxy.

        `active` is for what a person does; a page that asks by itself keeps no session alive.
        """
        if self.proxies:
            return _visitor(await self._named(request))
        secret = request.cookies.get(self.cookie(SESSION_COOKIE), "")[:LONGEST]
        if not secret:
            return None
        found = await self.sign_ins.person_of(secret, datetime.now(UTC), active=active)
        person = await self.people.get(found) if found else None
        return _visitor(person) if person and person.disabled_at is None else None

    async def script(self, request: Request) -> Visitor | None:
        """The person whose token a script carries; None without a good one."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            return None
        found = await self.sign_ins.person_of_token(token.strip()[:LONGEST])
        person = await self.people.get(found) if found else None
        return _visitor(person) if person and person.disabled_at is None else None

    def client(self, request: Request) -> str:
        """Where a request comes from, as far as limits tell one from another.

        Of an IPv6 address the first 64 bits: one customer has all that follow (RFC 6177).
        """
        peer = request.client.host if request.client else ""
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        # The last address is what the nearest proxy saw; those before it are hearsay.
        while _within(peer, self.tls_proxies) and hops:
            nearer = hops.pop().strip()[:LONGEST]
            if _address(nearer) is None:
                break
            peer = nearer
        address = _address(peer)
        if isinstance(address, IPv6Address):
            return str(IPv6Network((address, 64), strict=False))
        return str(address or peer)

    @property
    def signs_out(self) -> bool:
        """Whether the session is ours to end."""
        return not self.proxies

    @property
    def https(self) -> bool:
        """Whether people reach us over https."""
        return self.public_base_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port that our pages have in a browser."""
        parts = urlsplit(self.public_base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def cookie(self, name: str) -> str:
        """A cookie's name: a browser takes __Host- only over https, from this very host."""
        return f"__Host-{name}" if self.https else name

    async def _named(self, request: Request) -> Person:
        peer = request.client.host if request.client else ""
        if not _within(peer, self.proxies):
            _log.warning("visitor.refused", reason="not through the proxy", peer=peer)
            raise Outside("These pages are reached through the proxy that signs people in.")
        named = request.headers.getlist(self.proxy_header)
        person = await self.people.by_email(named[0][:LONGEST]) if len(named) == 1 else None
        if person is None:
            _log.warning("visitor.refused", reason="nobody known")
            raise Outside("You are signed in, and not known here. Ask an admin to add you.")
        return person


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """None for what is none; the IPv4 address in an IPv6 one that stands for it (RFC 4291)."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _within(peer: str, networks: Sequence[Network]) -> bool:
    address = _address(peer)
    return address is not None and any(address in network for network in networks)


def _visitor(person: Person) -> Visitor:
    return Visitor(person.id, person.name, person.role)
