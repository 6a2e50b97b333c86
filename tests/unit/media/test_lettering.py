"""Which font draws what, and where lines break."""

from clients.ffmpeg.lettering import FILES, FOLDER, clusters, faces, runs, undrawable
from clients.ffmpeg.typesetting import MOST_LINES, SIZES, typeset
from schemas.composition import HOOK_LIMIT

WIDTH, HEIGHT = 870, 787


def told(text: str) -> list[list[str]]:
    setting = typeset(text, WIDTH, HEIGHT)
    assert setting is not None
    return [[run.text for run in line] for line in setting.lines]


def test_each_font_has_its_licence_beside_it() -> None:
    for name in FILES:
        licence = FOLDER / f"{name.rpartition('-')[0]}-OFL.txt"
        assert "SIL Open Font License, Version 1.1" in licence.read_text(encoding="utf-8")
    assert {path.name for path in FOLDER.glob("*.ttf")} == set(FILES)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3 << 20


def test_each_script_is_drawn_by_a_font_that_has_it() -> None:
    for text, start in (
        ("Łódź, ñandú & 100 %", "Inter"),
        ("Подожди", "Inter"),
        ("Περίμενε", "Inter"),
        ("Tiếng Việt", "Inter"),
        ("انتظر", "Noto Sans Arabic"),
        ("חכו", "Noto Sans Hebrew"),
        ("रुकिए", "Noto Sans Devanagari"),
        ("รอดู", "Noto Sans Thai"),
        ("অপেক্ষা", "Noto Sans Bengali"),
        ("தமிழ்", "Noto Sans Tamil"),
        ("ბოლო", "Noto Sans Georgian"),
        ("վերջ", "Noto Sans Armenian"),
        ("👀", "Noto Emoji"),
    ):
        assert undrawable(text) == []
        assert [run.face.name.startswith(start) for run in runs(text)] == [True], text


def test_what_no_font_has_is_named() -> None:
    assert undrawable("see 日本 now") == ["日", "本"]
    assert undrawable("half \ud800") == ["\ud800"]


def test_an_emoji_is_one_piece_whatever_it_is_joined_of() -> None:
    emoji = ["👩‍👩‍👧", "❤️‍🔥", "👨🏿‍🚀", "🇩🇪", "🇺🇦", "1️⃣", "👍🏽"]
    assert clusters("".join(emoji)) == emoji
    assert [run.face for run in runs("".join(emoji))] == [faces()[-1]]


def test_a_number_beside_an_emoji_is_text() -> None:
    assert [run.text for run in runs("👀 24 h")] == ["👀", " 24 h"]


def test_marks_and_thai_vowels_stay_with_their_letter() -> None:
    assert clusters("e\u0301x") == ["e\u0301", "x"]
    assert clusters("เก่าน้ำ") == ["เก่า", "น้ำ"]


def test_a_short_text_is_large_and_a_long_one_still_fits() -> None:
    short, long = typeset("Wait", WIDTH, HEIGHT), typeset("so long " * 7, WIDTH, HEIGHT)
    assert short is not None
    assert long is not None
    assert (short.em, len(short.lines)) == (SIZES[0], 1)
    assert SIZES[-1] <= long.em < SIZES[0]
    assert long.width <= WIDTH
    assert len(long.lines) <= MOST_LINES


def test_lines_are_about_equally_long() -> None:
    assert told("How can something this small do that?") == [
        ["How can"],
        ["something this"],
        ["small do that?"],
    ]


def test_an_emoji_never_begins_a_line() -> None:
    assert told("Wait for the last second 👀")[-1] == ["last second ", "👀"]


def test_a_word_wider_than_a_line_is_broken() -> None:
    setting = typeset("M" * HOOK_LIMIT, WIDTH, HEIGHT)
    assert setting is not None
    assert setting.width <= WIDTH
    assert "".join(run.text for line in setting.lines for run in line) == "M" * HOOK_LIMIT


def test_what_fits_at_no_size_is_not_set() -> None:
    assert typeset("much too long " * 40, WIDTH, HEIGHT) is None
    assert typeset("low pane", WIDTH, 40) is None
    assert typeset("narrow pane", 10, HEIGHT) is None
