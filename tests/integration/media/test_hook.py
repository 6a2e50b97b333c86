"""The text on the picture, as FFmpeg draws it: where it stands, when, and that it is only text."""

import subprocess
from pathlib import Path

import pytest

from clients.ffmpeg import hook
from tests.integration.media.corpus import FFMPEG

TOP = (0, 0, 1080, 1152)
WIDTH, HEIGHT = 1080, 1920
DARK, LIGHT = 30, 225
HOSTILE = (
    r"{\an1\pos(0,0)}out of place",
    r"{\fs400}too large",
    r"{\p1}m 0 0 l 1080 0 1080 1920 0 1920{\p0}",
    r"\N\N\N\N\N\N\N\N\N\N\N\Nlow",
    r"{\fnDejaVu Sans}another font",
    r"{\t(\fs400)}{\move(0,0,1080,1920)}",
    r"\{\an1\}\\{{{\pos(9,9)}}}",
    "{unclosed",
    "}{",
    "trailing \\",
    "line\nDialogue: 0,0:00:00.00,0:09:00.00,Hook,more",
    "line\r\n[Events]\r\nFormat: Text",
    "a:b,c;d'e\"f[g]h%{n}=../../etc/passwd",
    "file:/etc/passwd\x00\x07\x1b[31m",
    "\u202eturned\u202c \u2066isolated\u2069",
    "$(reboot) `id` && <b>bold</b> &amp;",
)


def drawn(text: str, folder: Path, at: float = 1.0, **env: str) -> bytes:
    """The grey picture at a time with the text on it, one byte a pixel."""
    given = hook.write_hook(text, folder, pane=TOP)
    assert given is not None
    source = f"color=gray:s={WIDTH}x{HEIGHT}:r=10:d=4"
    argv = [FFMPEG, "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-vf", given]
    argv += ["-ss", str(at), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(
        argv, cwd=folder, env={"LC_ALL": "C", **env}, capture_output=True, check=True
    )
    assert len(done.stdout) == WIDTH * HEIGHT
    return done.stdout


def touched(picture: bytes) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what isn't grey any more."""
    rows = [picture[start : start + WIDTH] for start in range(0, len(picture), WIDTH)]
    plain = picture[-1:] * WIDTH
    changed = [number for number, row in enumerate(rows) if row != plain]
    columns = [x for x in range(WIDTH) if any(rows[number][x] != plain[0] for number in changed)]
    return columns[0], changed[0], columns[-1], changed[-1]


def check_in_place(picture: bytes) -> None:
    left, top, right, bottom = touched(picture)
    assert left >= hook.SAFE_LEFT
    assert right < hook.SAFE_RIGHT
    assert top >= hook.SAFE_TOP
    assert bottom < TOP[3]
    assert min(picture) < DARK, "an outline"
    assert max(picture) > LIGHT, "letters"


@pytest.mark.parametrize(
    "text",
    [
        "W",
        "Wait for the last second 👀",
        "What happens when a tiny robot forgets the only thing it is",
        "M" * 60,
        "Ещё секунда — и всё изменится",
        "انتظر حتى الثانية الأخيرة من هذا الفيديو 👀",
        "חכו לשנייה האחרונה של AI 🤖",
        "आखिरी पल तक रुकिए, क्षत्रिय 🔥",
        "รอดูวินาทีสุดท้ายที่นี่แล้วคุณจะไม่เชื่อสายตาตัวเอง",
        "👩‍👩‍👧❤️‍🔥🇺🇦",
    ],
)
def test_a_text_stands_inside_the_pane_and_the_safe_area(text: str, tmp_path: Path) -> None:
    check_in_place(drawn(text, tmp_path))


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_text_is_an_instruction_to_the_renderer(text: str, tmp_path: Path) -> None:
    check_in_place(drawn(text, tmp_path))
    events = (tmp_path / hook.FILE).read_text(encoding="utf-8").partition("[Events]")[2]
    assert all(line.startswith(("Format", "Dialogue")) for line in events.strip().splitlines())


def test_braces_and_backslashes_are_shown_as_they_are(tmp_path: Path) -> None:
    """Every letter of an override tag is drawn: the picture is as wide as of harmless letters."""
    tag = touched(drawn(r"{\b0}Hi", tmp_path))
    plain = touched(drawn("((b0)Hi", tmp_path))
    assert tag[2] - tag[0] >= plain[2] - plain[0] - 40


def test_the_text_comes_and_goes_with_the_first_three_seconds(tmp_path: Path) -> None:
    there = drawn("Wait", tmp_path, at=1.0)
    assert max(drawn("Wait", tmp_path, at=0.1)) < max(there)
    assert drawn("Wait", tmp_path, at=2.7) == there
    assert len(set(drawn("Wait", tmp_path, at=3.0))) == 1


def test_the_fonts_of_the_machine_make_no_difference(tmp_path: Path) -> None:
    text = "Wait ☕️ for ✨ 👩‍🚀 חכו \\N שלום"
    config = tmp_path / "none.conf"
    config.write_text("<fontconfig></fontconfig>")
    assert drawn(text, tmp_path) == drawn(text, tmp_path, FONTCONFIG_FILE=str(config))


def test_only_the_fonts_that_are_used_are_laid_out(tmp_path: Path) -> None:
    hook.write_hook("Wait 👀", tmp_path, pane=TOP)
    hook.write_hook("שלום", tmp_path, pane=TOP)
    names = sorted(path.name for path in (tmp_path / hook.FONTS).iterdir())
    assert names == ["NotoSansHebrew-ExtraBold.ttf"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", None),
        (" \n\u200d\u2060 ", None),
        ("最後まで見て", "no font of ours has '\\u6700'"),
        ("x" * 61, "it has 61 characters, and 60 are the most"),
    ],
)
def test_what_cannot_be_shown_is_left_out_and_said(
    text: str, why: str | None, tmp_path: Path
) -> None:
    assert hook.write_hook(text, tmp_path, pane=TOP) is None
    assert hook.unshowable(text) == why
    assert list(tmp_path.iterdir()) == []


def test_a_pane_without_room_gets_no_text(tmp_path: Path) -> None:
    assert hook.write_hook("Wait", tmp_path, pane=(0, 0, 1080, 300)) is None
    assert hook.write_hook("Wait", tmp_path, pane=(0, 1300, 1080, 620)) is None
