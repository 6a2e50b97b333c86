"""The locks pin every file by its hash and name no place to get it from."""

import re

import pytest

from runtime.settings import ROOT

LOCKS = (
    "requirements.lock",
    "requirements-uv.lock",
    "deploy/requirements.lock",
    "bench/requirements.lock",
)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host(name: str) -> None:
    lock = (ROOT / name).read_text()

    assert not re.search(
        r"\w+://|^-|index|find-links|\b\w+\.(org|com|io|net)\b", lock, re.MULTILINE
    )


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_by_hash(name: str) -> None:
    lock = (ROOT / name).read_text().replace("\\\n", " ")
    requirements = [line for line in lock.splitlines() if line and line[0] not in "# "]

    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\],-]+==\S+ ", requirement), requirement
        assert "--hash=sha256:" in requirement
