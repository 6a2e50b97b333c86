"""What is handed to the demo is refused by its variable's name before anything starts."""

import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from runtime.exits import InputError
from runtime.stack.demo.footage import LOOKS, Look, _graph
from runtime.stack.demo.inputs import LONGEST, SECONDS, read_wish, reel_seconds
from runtime.stack.home import Home
from runtime.stack.supervisor import Supervisor


def film(path: Path, seconds: float) -> Path:
    source = f"color=s=320x180:r=10:d={seconds}"
    command = (get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, str(path))
    subprocess.run(command, check=True)
    return path


async def seconds_for(home: Home, **environ: str) -> int:
    return await reel_seconds(read_wish(environ), Supervisor(home.registry), home.logs)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"TOP": "nowhere.mp4", "GAMEPLAY": str(tmp_path), "ZONE": "Mars/Olympus"}

    with pytest.raises(InputError) as refused:
        read_wish(wrong)

    assert refused.value.code == 2
    assert [line.split(":")[0].strip() for line in str(refused.value).splitlines()] == list(wrong)


def test_nothing_handed_over_is_a_demo_of_its_own() -> None:
    wish = read_wish({"APPROVE": "yes", "REELS_WEB_PORT": "8099"})

    assert (wish.top, wish.gameplay, wish.zone.key, wish.approve) == (None, None, "UTC", True)
    assert (wish.ports.reels_web_port, wish.ports.reels_s3_port) == (8099, 0)


def test_approve_is_yes_or_nothing() -> None:
    with pytest.raises(InputError, match="APPROVE"):
        read_wish({"APPROVE": "perhaps"})


@pytest.mark.parametrize(("seconds", "reel"), [(4.7, 4), (LONGEST + 2, LONGEST)])
async def test_the_reel_is_as_long_as_the_clip_within_limits(
    own_home: Home, seconds: float, reel: int
) -> None:
    top = film(own_home.path / "top.mp4", seconds)

    assert await seconds_for(own_home, TOP=str(top)) == reel


async def test_a_clip_that_is_too_short_is_refused(own_home: Home) -> None:
    top = film(own_home.path / "top.mp4", 2)

    with pytest.raises(InputError, match=r"TOP: .*top\.mp4 is shorter than 3 seconds"):
        await seconds_for(own_home, TOP=str(top))


@pytest.mark.parametrize("content", [b"", b"no video", b"#EXTM3U\n#EXTINF:4,\nhttp://x/1.ts\n"])
@pytest.mark.parametrize("variable", ["TOP", "GAMEPLAY"])
async def test_a_file_that_is_no_video_is_refused(
    own_home: Home, tmp_path: Path, variable: str, content: bytes
) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    given = tmp_path / "clip.mp4" if variable == "TOP" else tmp_path

    with pytest.raises(InputError, match=rf"{variable}: .*clip\.mp4: .+\([a-z-]+\)"):
        await seconds_for(own_home, **{variable: str(given)})


async def test_good_footage_is_taken(own_home: Home, tmp_path: Path) -> None:
    film(tmp_path / "one.mp4", 1)

    assert await seconds_for(own_home, GAMEPLAY=str(tmp_path)) == SECONDS


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_drawn_gameplay_is_a_graph_that_ffmpeg_takes(look: Look) -> None:
    graph = _graph(look)
    tail = ("-map", "[picture]", "-map", "[sound]", "-t", "0.1", "-f", "null", "-")

    subprocess.run((get_ffmpeg_exe(), "-v", "error", "-filter_complex", graph, *tail), check=True)
