import ipaddress
from collections.abc import Sequence

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.public_address import Forbidden, Gate, is_public, resolve_name

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "",
    "localhost",
    "127.1",
]


class Names:
    """A resolver that knows what the test says, and remembers what it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses


def gate(*addresses: str, trusted: str | None = None) -> Gate:
    return Gate((httpx.URL(trusted),) if trusted else (), Names(*addresses))


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_or_reserved_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450::5"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_disguise_makes_a_private_address_public(inner: ipaddress.IPv4Address) -> None:
    for prefix in ("::", "::ffff:", "64:ff9b::"):
        assert not is_public(f"{prefix}{inner}")


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_with_any_private_address_is_not_fetched(address: str) -> None:
    with pytest.raises(Forbidden, match="private or reserved"):
        await gate("8.8.8.8", address).targets(httpx.URL("https://cdn.example/a.mp4"))


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/a.mp4",
        "ftp://cdn.example/a.mp4",
        "https://cdn.example:8443/a.mp4",
        "https://user:pass@cdn.example/a.mp4",
        "https:///a.mp4",
        "/a.mp4",
    ],
)
async def test_only_https_on_its_own_port_without_a_user_is_fetched(url: str) -> None:
    with pytest.raises(Forbidden) as raised:
        await gate("8.8.8.8").targets(httpx.URL(url))
    assert "cdn.example" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://[::1]/"]
)
async def test_addresses_are_judged_and_not_their_spelling(url: str) -> None:
    with pytest.raises(Forbidden):
        await gate("127.0.0.1").targets(httpx.URL(url))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_the_systems_own_resolver_is_asked(host: str) -> None:
    with pytest.raises(Forbidden, match="private or reserved"):
        await Gate((), resolve_name).targets(httpx.URL(f"https://{host}/a.mp4"))


async def test_the_connection_goes_to_the_vetted_address_under_the_old_name() -> None:
    names = Names("8.8.8.8", "2606:4700::1111", "8.8.8.8")
    url = httpx.URL("https://bücher.example/a%2Fb.mp4?sig=x%2By")
    first, second = await Gate((), names).targets(url)
    assert str(first.url) == "https://8.8.8.8/a%2Fb.mp4?sig=x%2By"
    assert str(second.url) == "https://[2606:4700::1111]/a%2Fb.mp4?sig=x%2By"
    assert first.host == first.server_name == "xn--bcher-kva.example"
    assert names.asked == ["xn--bcher-kva.example"]


async def test_the_configured_origin_is_trusted_as_it_is() -> None:
    trusted = gate(trusted="http://127.0.0.1:8181/luma/v1")
    (target,) = await trusted.targets(httpx.URL("http://127.0.0.1:8181/cdn/a.mp4?b=c"))
    assert str(target.url) == "http://127.0.0.1:8181/cdn/a.mp4?b=c"
    assert (target.host, target.server_name) == ("127.0.0.1:8181", None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8182/a.mp4",
        "http://localhost:8181/a.mp4",
        "https://127.0.0.1:8181/a.mp4",
        "http://127.0.0.1/a.mp4",
        "http://user@127.0.0.1:8181/a.mp4",
        "http://127.0.0.1:8181@evil.example/a.mp4",
    ],
)
async def test_no_other_origin_is_trusted_with_it(url: str) -> None:
    with pytest.raises(Forbidden):
        await gate("127.0.0.1", trusted="http://127.0.0.1:8181").targets(httpx.URL(url))
