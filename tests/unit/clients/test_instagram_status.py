import pytest

from clients.errors import Retryable
from clients.publishing import State
from clients.publishing.instagram_answers import read_status
from clients.publishing.instagram_errors import ACTIONS, ROWS, Action, row_for
from schemas.failures import FailureKind


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("IN_PROGRESS", State.PENDING),
        ("FINISHED", State.READY),
        ("ERROR", State.FAILED),
        ("EXPIRED", State.EXPIRED),
        ("PUBLISHED", State.LIVE),
    ],
)
def test_every_state_is_read(word: str, state: State) -> None:
    assert read_status({"status_code": word}).state is state


@pytest.mark.parametrize(
    ("text", "taken", "kind"),
    [
        ("Error: failed", 0, FailureKind.CONTAINER_GONE),
        ("Error: FILE_NOT_FOUND", 7, FailureKind.CONTAINER_GONE),
        ("Error: error code 2207076", 7, FailureKind.VIDEO_REFUSED),
        ("Error: error code 2207081", 0, FailureKind.BAD_REQUEST),
    ],
)
def test_an_upload_of_which_no_byte_arrived_is_brought_again(
    text: str, taken: int, kind: FailureKind
) -> None:
    phase = {"uploading_phase": {"status": "in_progress", "bytes_transferred": taken}}
    look = read_status({"status_code": "ERROR", "status": text, "video_status": phase})
    assert (look.failure, look.bytes_taken) == (kind, taken)


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (None, None),
        ({}, None),
        ({"uploading_phase": {"status": "in_progress"}}, 0),
        ({"uploading_phase": {"bytes_transferred": "1000"}}, 1000),
        ({"uploading_phase": {"bytes_transferred": "many"}}, None),
    ],
)
def test_confirmed_bytes_are_read_where_the_platform_names_them(
    status: object, taken: int | None
) -> None:
    document = {"status_code": "IN_PROGRESS", "video_status": status}
    assert read_status(document).bytes_taken == taken


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Error: Media upload has failed with error code 2207082", Action.RECUT),
        ("Error: 2207076, the video was rejected", Action.RECUT),
        ("Error: error code 2207026", Action.RECUT),
        ("Error: error code 2207077", Action.NEW_CONTAINER),
        ("Error: error code 2207085", Action.NEW_CONTAINER),
        ("Error: error code 2207053", Action.NEW_CONTAINER),
        ("Error: error code 2207001", Action.NEW_CONTAINER),
        ("Error: error code 2207003", Action.NEW_CONTAINER),
        ("Error: error code 2207051", Action.STOP_ACCOUNT),
        ("Error: failed (1363008)", Action.NEW_CONTAINER),
        ("Error: error code 2207081", Action.FAIL),
        ("Error: error code 2207065", Action.FAIL),
        ("Error: error code 2209999", Action.RECUT),
        ("Error: something else", Action.RECUT),
        ("", Action.RECUT),
    ],
)
def test_the_subcode_in_the_text_says_what_is_done(text: str, action: Action) -> None:
    failure = read_status({"status_code": "ERROR", "status": text}).failure
    assert failure is not None
    assert ACTIONS[failure] is action


def test_a_container_that_did_not_fail_has_no_failure() -> None:
    words = {"status_code": "FINISHED", "status": "Finished: not error code 2207082"}
    assert read_status(words).failure is None


@pytest.mark.parametrize("word", ["", None])
def test_an_empty_code_beside_an_error_text_is_an_error(word: str | None) -> None:
    status = read_status({"status_code": word, "status": "Error: no. error code 2207077"})
    assert status.state is State.FAILED
    assert status.failure is FailureKind.CONTAINER_GONE


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
        (25, 2207050),
        (102, None),
        (190, None),
        (190, 458),
        (190, 459),
        (190, 460),
        (190, 464),
        (368, None),
        (9007, 2207027),
        (36004, None),
        (36004, 2207010),
    }


R, N, W, F = Action.RETRY, Action.NEW_CONTAINER, Action.WAIT, Action.FAIL
A, CUT = Action.STOP_ACCOUNT, Action.RECUT

OF_META: dict[tuple[int, int | None], Action] = {
    (-2, 2207003): R,
    (-2, 2207020): N,
    (-1, 2207001): R,
    (-1, 2207032): N,
    (-1, 2207053): N,
    (1, 2207057): F,
    (4, 2207051): A,
    (9, 2207042): W,
    (24, 2207006): N,
    (24, 2207008): N,
    (25, 2207050): A,
    (100, 33): R,
    (100, 2207023): F,
    (100, 2207028): F,
    (100, 2207035): F,
    (100, 2207036): F,
    (100, 2207037): F,
    (100, 2207040): F,
    (352, 2207026): CUT,
    (9004, 2207052): F,
    (9007, 2207027): W,
    (36000, 2207004): F,
    (36001, 2207005): F,
    (36003, 2207009): F,
    (36004, 2207010): F,
    (1, None): R,
    (2, None): R,
    (4, None): W,
    (17, None): W,
    (32, None): W,
    (613, None): W,
    (80002, None): W,
    (10, None): A,
    (200, None): A,
    (299, None): A,
    (102, None): A,
    (190, None): A,
    (190, 458): A,
    (190, 459): A,
    (190, 460): A,
    (190, 463): A,
    (190, 464): A,
    (190, 467): A,
    (368, None): A,
}
"""Meta's pages row by row, with what is done; what is no page's stands in the test above."""


@pytest.mark.parametrize("code", OF_META, ids=str)
def test_every_row_of_the_error_table_has_its_action(code: tuple[int, int | None]) -> None:
    row = row_for(*code)
    assert row.action is OF_META[code]
    assert row.action_of_publish in {row.action, Action.RECONCILE}


def test_no_row_of_the_program_is_missing_in_the_table() -> None:
    assert {code for code in ROWS if code not in OF_META} == {
        (-1, None),
        (100, None),
        (36004, None),
    }


def test_what_is_not_known_is_asked_again_only_when_the_platform_says_that_it_passes() -> None:
    assert row_for(77_777, None, is_transient=True).action is Action.RETRY
    assert row_for(77_777, None).action is Action.FAIL
