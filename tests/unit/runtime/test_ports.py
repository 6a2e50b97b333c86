"""A port that is taken is told before anything is started."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.local_input import LocalPorts
from runtime.stack.ports import QUIET, PortsTaken, settle

ANY = dict.fromkeys(LocalPorts.model_fields, 0)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_every_zero_becomes_a_port_of_its_own() -> None:
    settled = settle(LocalPorts.model_validate(ANY))

    assert len(set(settled.values())) == len(ANY)
    assert set(settled.values()) <= set(QUIET)


def test_a_found_port_is_none_that_the_system_gives_to_connections() -> None:
    span = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if not span.exists():
        pytest.skip("only Linux tells")
    first, last = map(int, span.read_text().split())

    assert not set(QUIET) & set(range(first, last + 1))


def test_a_taken_port_is_named_with_its_variable_and_its_holder(taken: int) -> None:
    with pytest.raises(PortsTaken) as refused:
        settle(LocalPorts.model_validate(ANY | {"reels_s3_port": taken}))

    assert refused.value.code == 2
    assert f"port {taken} (REELS_S3_PORT) is in use" in str(refused.value)
    assert f"process {os.getpid()}" in str(refused.value)


def test_two_parts_can_not_have_one_port() -> None:
    free = settle(LocalPorts.model_validate(ANY))["reels_web_port"]
    same = {"reels_s3_port": free, "reels_web_port": free}

    with pytest.raises(PortsTaken, match=f"port {free} is set twice"):
        settle(LocalPorts.model_validate(ANY | same))
