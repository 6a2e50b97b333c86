import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.dsn import place_of
from db.failures import DatabaseDown
from db.text import storable


@pytest.mark.parametrize(
    ("dsn", "place"),
    [
        ("postgresql://u:hush@db.example:6432/reels", "db.example:6432"),
        ("postgresql://u:hush@db.example/reels", "db.example:5432"),
        ("postgresql://u:hu@sh@db.example/reels", "db.example:5432"),
        ("postgresql://u@[::1]:5433/reels", "[::1]:5433"),
        ("postgresql://u@[::1]/reels", "[::1]:5432"),
        ("postgresql://u:hush@a:1,b:2/reels", "a:1,b:2"),
        ("postgresql:///reels?host=/run/postgresql", "/run/postgresql"),
        ("postgresql:///reels", "localhost:5432"),
    ],
)
def test_host_and_port_of_an_address_are_shown(dsn: str, place: str) -> None:
    assert place_of(dsn) == place


@given(password=st.text("hush/#?@:%[]", min_size=4))
def test_no_password_is_ever_shown(password: str) -> None:
    shown = place_of(f"postgresql://someone:{password}S3CRET@db.example:6432/reels")
    assert "S3CRET" not in shown
    assert "hush" not in shown


def test_an_error_names_the_place_and_the_reason() -> None:
    error = DatabaseDown("db.example:5432", "did not answer in time")
    assert str(error) == "the database at db.example:5432 did not answer in time"


@given(text=st.text())
def test_what_postgres_cannot_hold_is_replaced_and_nothing_else(text: str) -> None:
    stored = storable(text)
    assert "\x00" not in stored
    stored.encode()
    if "\x00" not in text and text.isascii():
        assert stored == text
