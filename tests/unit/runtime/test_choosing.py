import pytest

from runtime.choosing import chosen
from runtime.exits import InputError
from schemas.reel import Letter

LAID = {Letter.A: "abc1" + "0" * 60, Letter.B: "abd2" + "0" * 60}


@pytest.mark.parametrize(
    ("variant", "prefix", "letter"),
    [
        (None, "", Letter.A),
        ("A", "", Letter.A),
        ("B", "", Letter.B),
        (None, "abc", Letter.A),
        (None, "abd2", Letter.B),
        ("B", "ab", Letter.B),
    ],
)
def test_a_caption_is_named_by_letter_by_revision_or_not_at_all(
    variant: str | None, prefix: str, letter: Letter
) -> None:
    assert chosen(LAID, variant=variant, prefix=prefix) is letter


@pytest.mark.parametrize(
    ("variant", "prefix", "said"),
    [
        (None, "ff", f"--revision: ff is not .* {LAID[Letter.A][:12]} or {LAID[Letter.B][:12]};"),
        ("A", "abd", f"--revision: abd is not .* {LAID[Letter.A][:12]};"),
        (None, "ab", "--revision: ab begins more than one"),
    ],
)
def test_a_revision_that_is_not_under_review_is_refused(
    variant: str | None, prefix: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        chosen(LAID, variant=variant, prefix=prefix)


def test_a_caption_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="--variant: there is no caption B, only A"):
        chosen({Letter.A: LAID[Letter.A]}, variant="B", prefix="")
