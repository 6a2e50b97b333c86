"""The weak facts of the providers' contracts are read whole, or what is wrong is named."""

from pathlib import Path

import pytest

from clients.errors import Refused
from clients.video.terms import SHIPPED, read_terms
from schemas.failures import FailureKind

TEXT = SHIPPED.read_text()


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_the_shipped_terms_are_dated_and_say_where_they_are_from() -> None:
    terms = read_terms()
    for section in (terms.luma, terms.luma_legacy, terms.runway, terms.pika):
        assert section.as_of.year >= 2026
        assert section.source
        assert len({film.words for film in section.films}) == len(section.films)


def test_prices_are_exact_micro_dollars() -> None:
    terms = read_terms()
    assert terms.luma.film("luma", "ray-3.2", "720p").prices("luma", (5, 10)) == {
        5: 300_000,
        10: 900_000,
    }
    assert terms.runway.film("runway", "gen4.5").prices("runway", (7,)) == {7: 840_000}
    assert terms.pika.film("pika", "pika-2.2", "1080p").prices("pika", (5,)) == {5: 450_000}


def test_a_file_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    mine = written(tmp_path, TEXT.replace("usd_per_second = 0.12", "usd_per_second = 0.15"))
    assert read_terms(mine).runway.film("runway", "gen4.5").prices("r", (10,)) == {10: 1_500_000}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("url_seconds = 86400", "url_seconds = -1", "runway.url_seconds"),
        ("url_seconds = 86400", "url_hours = 24", "runway.url_seconds"),
        ("as_of = 2026-11-22", 'as_of = "lately"', "luma.as_of"),
        ("usd_per_second = 0.12", "usd_per_second = 0.1234567", "runway.films.0.usd_per_second"),
        ("usd_per_second = 0.12", "usd_per_second = nan", "runway.films.0.usd_per_second"),
        ("usd_per_second = 0.12, ", "", "has to name its price once"),
        ("prompt_limit = 2000", 'prompt_limit = "long"', "pika.films.0.prompt_limit"),
        ("[pika]", "[sora]", "pika: Field required"),
        ("[pika]", "[pika", "it is not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(Refused) as raised:
        read_terms(written(tmp_path, TEXT.replace(old, new)))
    assert raised.value.kind is FailureKind.CONFIGURATION
    assert f"mine.toml: {named}" in str(raised.value) or named in str(raised.value)
    assert "mine.toml" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nowhere\.toml: it can't be read: No such file"):
        read_terms(tmp_path / "nowhere.toml")


def test_a_length_without_a_price_is_named() -> None:
    film = read_terms().luma.film("luma", "ray-3.2", "720p")
    with pytest.raises(Refused, match=r"no price is known for ray-3\.2 720p of 7, 8 s"):
        film.prices("luma", (5, 7, 8))
