"""Which stored files a Reel is made of."""

from pathlib import Path

import pytest

from activities.footage import footage_of
from clients.errors import Refused, Retryable
from schemas.account import AccountDay
from schemas.composition import GAMEPLAY_ONLY, Layout, SoundMix
from schemas.failures import FailureKind
from schemas.gameplay import GameplayWindow, MusicBed, PooledClip
from schemas.reel import CompositionRequest
from schemas.video import FilmedClip, TopVideo
from tests.factories import DAY
from tests.fakes import FakeStore

ORIGINAL, POOLED, MUSIC = "gameplay/clip.mp4", "pool/clip.mp4", "music/track.mp3"
MUSIC_ONLY = SoundMix(music=0.0)


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    store.objects = {ORIGINAL: b"original", POOLED: b"pooled", MUSIC: b"music"}
    return store


def request(layout: Layout, sound: SoundMix = GAMEPLAY_ONLY) -> CompositionRequest:
    clip = FilmedClip(
        provider="luma", segment=0, job_id="job", object_key="top", sha256="0", bytes=3, seconds=5
    )
    window = GameplayWindow(
        clip="clip",
        object_key=ORIGINAL,
        start_seconds=1,
        clip_seconds=100,
        pool=PooledClip(object_key=POOLED, sha256="0", bytes=6, seconds=100),
        bed=MusicBed(track="track", object_key=MUSIC, start_seconds=0),
    )
    return CompositionRequest(
        key=AccountDay(account="robots", day=DAY),
        reel="reel",
        top=TopVideo(provider="luma", clips=(clip,)),
        gameplay=window,
        seconds=5,
        layout=layout,
        sound=sound,
    )


@pytest.mark.parametrize(
    ("layout", "sound", "gameplay"),
    [
        (Layout.SPLIT_60_40, GAMEPLAY_ONLY, POOLED),
        (Layout.SPLIT_60_40, MUSIC_ONLY, POOLED),
        (Layout.SPLIT_50_50, GAMEPLAY_ONLY, ORIGINAL),
        (Layout.TOP_BLURRED, GAMEPLAY_ONLY, POOLED),
        (Layout.TOP_BLURRED, MUSIC_ONLY, None),
    ],
)
async def test_pooled_gameplay_is_taken_where_it_fits_and_none_where_none_is_needed(
    layout: Layout, sound: SoundMix, gameplay: str | None, store: FakeStore
) -> None:
    footage = await footage_of(request(layout, sound), store)
    assert (footage.gameplay.key if footage.gameplay else None) == gameplay
    assert (footage.music is not None) == (sound is MUSIC_ONLY)


async def test_the_original_stands_in_for_a_pooled_clip_that_is_gone(store: FakeStore) -> None:
    del store.objects[POOLED]
    footage = await footage_of(request(Layout.SPLIT_60_40), store)
    assert footage.gameplay is not None
    assert footage.gameplay.key == ORIGINAL
    assert footage.bytes == 3 + len(b"original")


async def test_music_that_is_gone_is_said_so(store: FakeStore) -> None:
    del store.objects[MUSIC]
    with pytest.raises(Refused, match="music track track is gone") as caught:
        await footage_of(request(Layout.SPLIT_60_40, MUSIC_ONLY), store)
    assert caught.value.kind is FailureKind.NOT_FOUND


async def test_a_pooled_clip_that_was_changed_is_not_used(store: FakeStore, tmp_path: Path) -> None:
    footage = await footage_of(request(Layout.SPLIT_60_40), store)
    assert footage.gameplay is not None
    with pytest.raises(Retryable, match="gameplay clip clip came back other"):
        await footage.gameplay.fetch(store, tmp_path / "gameplay")
