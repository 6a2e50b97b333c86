"""The cover that a person picks: the very picture that is shown at that second."""

from pathlib import Path

import pytest

from activities.composition import CompositionActivities
from clients.ffmpeg import BadMedia, FFmpeg, sha256_of
from schemas.reel import ComposedReel, CoverRequest
from tests.factories import a_key
from tests.fakes import FakeStore
from tests.integration.activities.days import run
from tests.integration.media.corpus import ffmpeg


async def test_the_picture_between_two_key_frames_is_the_cover(
    engine: FFmpeg, tmp_path: Path
) -> None:
    """White from 3.0 to 3.5 s, else black; there is a key frame every two seconds."""
    reel = tmp_path / "reel.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "color=black:s=270x480:r=30:d=6"),
        *("-vf", "drawbox=c=white:t=fill:enable='between(t,3,3.5)'"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "60", "-pix_fmt", "yuv420p", str(reel)),
    )
    store = FakeStore()
    store.objects["days/reel.mp4"] = reel.read_bytes()
    composed = ComposedReel(
        video_key="days/reel.mp4",
        poster_key="days/poster.png",
        video_sha256=sha256_of(reel),
        bytes=reel.stat().st_size,
        seconds=6.0,
    )
    activities = CompositionActivities(store, engine)
    posters = {}
    for seconds in (2.9, 3.25, 5.9):
        request = CoverRequest(key=a_key(), composed=composed, seconds=seconds)
        picked = await run(activities.pick_cover, request)
        assert picked == await run(activities.pick_cover, request)
        assert (picked.picked_cover, picked.video_sha256) == (seconds, composed.video_sha256)
        posters[seconds] = store.objects[picked.poster_key]

    assert posters[2.9] == posters[5.9] != posters[3.25]
    assert all(poster.startswith(b"\x89PNG") for poster in posters.values())
    with pytest.raises(BadMedia, match="there is no picture at 9"):
        await engine.still(reel, 9.0, out=tmp_path / "none.png")
