"""A process ends with the code that tells what happened, and says why in one line."""

import subprocess
import sys

import pytest

from runtime.settings import ROOT

PROGRAM = """
from runtime.exits import *
from runtime.settings import SettingsError
def run():
    {body}
main(run)
"""


def ended(body: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        (sys.executable, "-c", PROGRAM.format(body=body)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return None", 0),
        ("return 7", 7),
        ("raise InputError('x')", 2),
        ("raise SettingsError('x')", 2),
        ("raise Unreachable('x')", 3),
        ("raise Refusal('x')", 1),
        ("raise KeyboardInterrupt", 130),
        ("raise SystemExit(4)", 4),
        ("raise SystemExit('said')", 1),
        ("raise ZeroDivisionError", 1),
    ],
)
def test_the_exit_code_tells_what_happened(body: str, code: int) -> None:
    assert ended(body).returncode == code


def test_a_refusal_is_one_line_and_a_fault_is_a_traceback() -> None:
    assert ended("raise InputError('DATE: wrong')").stderr == "error: DATE: wrong\n"
    assert "Traceback" in ended("raise ZeroDivisionError").stderr


def test_what_was_printed_and_logged_is_not_lost() -> None:
    body = "import logging; print('printed'); logging.warning('logged')"

    done = ended(body)

    assert done.stdout == "printed\n"
    assert "logged" in done.stderr


def test_nothing_runs_after_the_end() -> None:
    body = "import atexit; atexit.register(print, 'too late')"

    assert ended(body).stdout == ""


def test_a_closed_pipe_does_not_change_the_code() -> None:
    reader = subprocess.Popen(
        (sys.executable, "-c", PROGRAM.format(body="print('x' * 100); return 3")),
        cwd=ROOT,
        env={},
        stdout=subprocess.PIPE,
    )
    assert reader.stdout
    reader.stdout.close()

    assert reader.wait() == 3
