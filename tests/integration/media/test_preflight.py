"""The look at a file before it is sent: a bad one is refused by its rule, a good one by none."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.recutting import RecuttingActivities
from clients.errors import Refused
from clients.ffmpeg import FFmpeg
from clients.ffmpeg.reel import INSTAGRAMS as INSTAGRAMS_RULES
from clients.ffmpeg.reel import RULES
from clients.ffmpeg.rule_words import WORDS
from schemas.failures import FailureKind
from schemas.recut import ApprovedFile, Preflight, StoredVideo
from tests.factories import a_key
from tests.fakes import FakeStore
from tests.integration.media.bad_reels import EVERY_BAD, GOOD, INSTAGRAMS, Bad

KEY = "days/reel.mp4"


class FolderStore(FakeStore):
    """Objects that lie in files: one of them is larger than it is long."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    async def size(self, key: str) -> int | None:
        return self.path.stat().st_size if key == KEY else None

    async def get(self, key: str, into: Path) -> str:
        if key != KEY:
            raise Refused("store", FailureKind.NOT_FOUND, "there is no such object")
        into.hardlink_to(self.path)
        with self.path.open("rb") as file:
            digest = sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def an_approved_file(digest: str, key: str = KEY) -> ApprovedFile:
    video = StoredVideo(key=key, sha256=digest)
    return ApprovedFile(
        day=a_key(),
        reel="reel",
        revision="a" * 64,
        video=video,
        seen_revision="a" * 64,
        seen=video,
        poster_key="days/poster.png",
    )


async def looked_at(engine: FFmpeg, reel: Path, file: ApprovedFile | None = None) -> Preflight:
    activities = RecuttingActivities(FolderStore(reel), engine)
    asked = file or an_approved_file(digest_of(reel))
    return await ActivityEnvironment().run(activities.preflight_reel, asked)


@pytest.mark.parametrize("bad", EVERY_BAD, ids=lambda bad: bad.name)
async def test_a_bad_file_is_refused_by_the_name_of_its_rule(
    bad: Bad, engine: FFmpeg, tmp_path: Path
) -> None:
    found = await looked_at(engine, bad.make(tmp_path / "reel.mp4"))
    assert {rule.name for rule in found.broken} == bad.broken
    assert all(rule.words in found.sentence for rule in found.broken)


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
async def test_a_good_file_is_let_pass_however_it_was_coded(
    make: Callable[[Path], Path], engine: FFmpeg, tmp_path: Path
) -> None:
    assert await looked_at(engine, make(tmp_path / "reel.mp4")) == Preflight()


def test_every_rule_of_the_platform_has_a_bad_file_and_every_rule_its_words() -> None:
    assert {bad.rule for bad in INSTAGRAMS} == set(INSTAGRAMS_RULES)
    assert WORDS.keys() == set(RULES)


async def test_other_bytes_than_the_approved_ones_are_not_sent(
    engine: FFmpeg, tmp_path: Path
) -> None:
    reel = GOOD["three-seconds"](tmp_path / "reel.mp4")
    with pytest.raises(ApplicationError, match="other bytes") as caught:
        await looked_at(engine, reel, an_approved_file("b" * 64))
    assert caught.value.type == FailureKind.NOT_APPROVED
    assert caught.value.non_retryable
    assert list((tmp_path / "work").glob("*/composing-*")) == []


async def test_a_file_that_is_gone_is_said_so(engine: FFmpeg, tmp_path: Path) -> None:
    (tmp_path / "reel.mp4").touch()
    with pytest.raises(Refused) as caught:
        await looked_at(engine, tmp_path / "reel.mp4", an_approved_file("b" * 64, "days/other"))
    assert caught.value.kind is FailureKind.NOT_FOUND
