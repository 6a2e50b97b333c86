"""Who takes our letters, and whom they come from."""

from pathlib import Path

import pytest

import letters
from clients.mail import is_this_machine
from runtime.mail import MailSettings
from runtime.settings import SettingsError, load


def test_without_a_server_there_is_no_mail() -> None:
    assert letters.mail_of(load(MailSettings, {})) is None


def test_a_server_is_read_with_its_authority(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    given = {
        "SMTP_URL": "smtp://ann:canary@mail.example:2525",
        "SMTP_CA_FILE": str(ca_file),
        "MAIL_FROM": "Reels <reels@mail.example>",
    }
    mail = letters.mail_of(load(MailSettings, given))
    assert mail is not None
    assert (mail.place, mail.ca_file) == ("mail.example:2525", ca_file)
    assert "canary" not in repr(mail)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_CA_FILE", "/nowhere/ca.pem"),
        ("MAIL_FROM", "reels"),
        ("MAIL_FROM", "Reels <reels@>"),
        ("MAIL_FROM", "reels@example.com\r\nBcc: bob@example.com"),
        ("MAIL_FROM", "räls@example.com"),
    ],
)
def test_what_no_letter_could_travel_with_is_refused_at_the_start(setting: str, value: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        load(MailSettings, {setting: value})


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("10.0.0.1", False),
        ("mail.example", False),
        ("localhost.example", False),
        ("0.0.0.0", False),  # noqa: S104 - an address that is not this machine's alone
        ("", False),
    ],
)
def test_only_this_machine_is_spoken_to_without_tls(host: str, *, here: bool) -> None:
    assert is_this_machine(host) is here
