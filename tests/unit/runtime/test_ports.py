"""A port that is taken is told before anything is started."""

import os
import socket
from collections.abc import Iterator

import pytest

from runtime.groups import LocalPorts
from runtime.stack.ports import PortsTaken, settle

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
    assert 0 not in settled.values()


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
