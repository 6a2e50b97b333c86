"""What a person would see at once: black, frozen and silent stretches, and wrong loudness."""

from pathlib import Path

import pytest

from clients.ffmpeg.content import RULES, broken_content
from tests.integration.media.running import TONE, Scene, a_reel, run

BLACK = "lutyuv=16:128:128"
FROZEN = "trim=end_frame=1,loop=-1:1,setpts=N/30/TB"
TEXT = "drawbox=150:330:780:280:white:fill:enable='lt(t,3)'"
"""As large, as bright and as long as a hook text."""


async def broken(folder: Path, scene: Scene, quietest: float | None = -15.0) -> list[str]:
    reel, facts = await a_reel(folder, scene)
    return await broken_content(run, reel, facts, scene.panes, quietest=quietest)


async def test_a_moving_reel_with_sound_breaks_nothing(tmp_path: Path) -> None:
    assert await broken(tmp_path, Scene()) == []


@pytest.mark.parametrize(
    ("top", "gameplay", "rules"),
    [
        (f"{BLACK}:enable='between(t,2.5,5)'", "null", ["top-black"]),
        (BLACK, BLACK, ["top-black", "gameplay-black"]),
        ("null", f"{BLACK}:enable='gte(t,3)'", ["gameplay-black"]),
        (FROZEN, "null", ["top-frozen"]),
        ("null", "loop=loop=140:size=1:start=37,setpts=N/30/TB", ["gameplay-frozen"]),
        (f"{FROZEN},lutyuv=y='16+(val-16)*0.15'", "null", ["top-frozen"]),
    ],
)
async def test_a_stretch_of_a_pane_without_picture_or_movement_is_named(
    top: str, gameplay: str, rules: list[str], tmp_path: Path
) -> None:
    assert await broken(tmp_path, Scene(top, gameplay)) == rules


@pytest.mark.parametrize("fault", [f"{BLACK}:enable='lt(t,2.5)'", FROZEN], ids=["black", "frozen"])
async def test_the_text_hides_no_fault_of_what_is_behind_it(fault: str, tmp_path: Path) -> None:
    scene = Scene(f"{fault},{TEXT}", seconds=5, small=False)
    rule = "top-frozen" if fault == FROZEN else "top-black"
    assert await broken(tmp_path, scene) == [rule]


@pytest.mark.parametrize(
    ("top", "gameplay"),
    [
        (f"{BLACK}:enable='between(t,2.6,3.6)'", "null"),
        ("null", "loop=loop=80:size=1:start=50,setpts=N/30/TB"),
        (f"{FROZEN},drawbox=100:225:10:10:white:fill:enable='lt(mod(t,1),0.5)'", "null"),
        (f"{FROZEN},hue=b='0.4*sin(t)'", "null"),
    ],
    ids=["a fade", "a short stop", "a lamp that blinks", "light that changes"],
)
async def test_what_is_short_or_hardly_moves_is_fit_to_be_seen(
    top: str, gameplay: str, tmp_path: Path
) -> None:
    assert await broken(tmp_path, Scene(top, gameplay)) == []


@pytest.mark.parametrize(
    ("top", "gameplay", "rule"),
    [("null", BLACK, "gameplay-black"), (FROZEN, "null", "top-frozen")],
)
async def test_a_short_reel_is_held_to_its_own_length(
    top: str, gameplay: str, rule: str, tmp_path: Path
) -> None:
    assert await broken(tmp_path, Scene(top, gameplay, seconds=3)) == [rule]


@pytest.mark.parametrize(
    ("sound", "quietest", "rules"),
    [
        (f"{TONE},volume=0:enable='between(t,1,5.2)'", -15.0, ["silent"]),
        ("anullsrc=r=48000", -15.0, ["silent"]),
        ("anullsrc=r=48000", None, []),
        (f"{TONE},volume=0:enable='between(t,1,3)'", -15.0, []),
        (f"{TONE},volume=-3dB", -15.0, ["loudness"]),
        (f"{TONE},volume=-12dB", -30.0, []),
        (f"{TONE},volume=3dB", -15.0, ["loudness"]),
        ("sine=330:r=48000,volume=24dB:enable='between(t,3,3.01)'", -30.0, ["true-peak"]),
    ],
)
async def test_sound_that_is_missing_or_wrong_is_named(
    sound: str, quietest: float | None, rules: list[str], tmp_path: Path
) -> None:
    assert await broken(tmp_path, Scene(sound=sound), quietest) == rules


def test_every_rule_has_a_name() -> None:
    assert sorted(RULES) == [
        "gameplay-black",
        "gameplay-frozen",
        "loudness",
        "silent",
        "top-black",
        "top-frozen",
        "true-peak",
    ]
