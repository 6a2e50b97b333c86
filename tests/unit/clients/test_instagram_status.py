import pytest

from clients.errors import Retryable
from clients.publishing import ContainerState
from clients.publishing.instagram import read_status
from clients.publishing.instagram_errors import ROWS, row_for
from schemas.failures import FailureKind


@pytest.mark.parametrize("state", ContainerState)
def test_every_state_is_read(state: ContainerState) -> None:
    assert read_status({"status_code": state.value}).state is state


@pytest.mark.parametrize(
    ("text", "subcode"),
    [
        ("Error: Media upload has failed with error code 2207082", 2207082),
        ("Error: 2207076, the video was rejected", 2207076),
        ("Error: failed (1363008)", 1363008),
        ("Error: something else", None),
        ("", None),
    ],
)
def test_the_subcode_is_read_out_of_the_text(text: str, subcode: int | None) -> None:
    assert read_status({"status_code": "ERROR", "status": text}).subcode == subcode


@pytest.mark.parametrize("word", ["", None])
def test_an_empty_code_beside_an_error_text_is_an_error(word: str | None) -> None:
    status = read_status({"status_code": word, "status": "Error: no. error code 2207077"})
    assert (status.state, status.subcode) == (ContainerState.ERROR, 2207077)


@pytest.mark.parametrize(
    "document", [{}, {"status_code": "NEW"}, {"status_code": ""}, {"status": "Finished: yes"}]
)
def test_words_that_are_not_known_prove_nothing(document: dict[str, object]) -> None:
    with pytest.raises(Retryable):
        read_status(document)


def test_an_address_in_the_text_is_left_out() -> None:
    text = "Error: could not fetch https://store.example/a?X-Amz-Signature=CANARY now"
    assert read_status({"status_code": "ERROR", "status": text}).detail == (
        "Error: could not fetch (address) now"
    )


def test_an_unknown_subcode_reads_as_its_code() -> None:
    assert row_for(190, 999).kind is FailureKind.AUTHENTICATION
    assert row_for(250, None).kind is FailureKind.PERMISSION


def test_only_these_prove_that_nothing_was_published() -> None:
    assert {key for key, row in ROWS.items() if row.proves_unpublished} == {
        (9, 2207042),
        (10, None),
        (102, None),
        (190, None),
        (9007, 2207027),
        (36004, None),
        (36004, 2207010),
    }
