"""Settings are read once, checked as a whole, and never show a secret."""

from pathlib import Path

import pytest

from runtime.groups import DatabaseSettings, StoreSettings, TokenSettings
from runtime.review import SlackDoorSettings
from runtime.settings import (
    SettingsError,
    WorkerSettings,
    describe,
    environment,
    load,
    read_stack_file,
)
from runtime.stack.home import write_private

KEY = "0f" * 32


def complete(tmp_path: Path) -> dict[str, str]:
    keys = tmp_path / "keys"
    keys.mkdir()
    write_private(keys / "1", KEY)
    return {
        "DATABASE_URL": "postgresql://reels:hunter2@127.0.0.1:5432/reels",
        "S3_ACCESS_KEY_ID": "id",
        "S3_SECRET_ACCESS_KEY": "hunter2",
        "DECISION_KEY": KEY,
        "TOKEN_KEYS_DIR": str(keys),
        "ANTHROPIC_API_KEY": "hunter2",
        "LUMA_AGENTS_API_KEY": "hunter2",
    }


def test_a_complete_environment_is_read_with_its_defaults(tmp_path: Path) -> None:
    settings = load(WorkerSettings, complete(tmp_path) | {"DAILY_BUDGET_USD": "1.5"})

    assert settings.decision_key.get_secret_value() == bytes.fromhex(KEY)
    assert settings.daily_budget_micros == 1_500_000
    assert settings.temporal_address == "127.0.0.1:7233"
    assert settings.slack_webhook_url is None


def test_every_problem_is_told_in_one_message() -> None:
    wrong = {
        "TEMPORAL_ADDRESS": "somewhere",
        "DATABASE_URL": "mysql://root:hunter2@db/x",
        "DECISION_KEY": "hunter2",
        "LUMA_BASE_URL": "ftp://luma",
        "VIDEO_POLL_SECONDS": "often",
        "LOG_LEVEL": "LOUD",
        "FFMPEG_PATH": "/nowhere/ffmpeg",
        "WORK_DIR": "/nowhere",
        "TOKEN_KEYS_DIR": "/nowhere",
        "MONTHLY_BUDGET_USD": "-1",
    }
    missing = {"ANTHROPIC_API_KEY", "LUMA_AGENTS_API_KEY", "S3_ACCESS_KEY_ID"}

    with pytest.raises(SettingsError) as refused:
        load(WorkerSettings, wrong)

    message = str(refused.value)
    assert refused.value.code == 2
    assert message.startswith("14 settings are missing or wrong:")
    assert {name for name in (*wrong, *missing) if f"\n  {name} " not in message} == set()
    assert "hunter2" not in message


def test_a_secret_may_stand_in_a_private_file(tmp_path: Path) -> None:
    write_private(tmp_path / "dsn", "postgresql://u:p@h/n\n")

    settings = load(DatabaseSettings, {"DATABASE_URL_FILE": str(tmp_path / "dsn")})

    assert settings.database_url.get_secret_value() == "postgresql://u:p@h/n"


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("secret", 0o644, "others can read: run chmod 600"),
        ("secret", 0o640, "others can read: run chmod 600"),
        ("", 0o600, "is empty"),
        (None, 0, "can't be read: No such file"),
    ],
)
def test_a_secret_file_must_be_private_and_hold_something(
    tmp_path: Path, content: str | None, mode: int, said: str
) -> None:
    path = tmp_path / "dsn"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)

    with pytest.raises(SettingsError, match="DATABASE_URL_FILE") as refused:
        load(DatabaseSettings, {"DATABASE_URL_FILE": str(path)})

    assert said in str(refused.value)


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "dsn", "postgresql://u:p@h/n")
    twice = {"DATABASE_URL": "postgresql://u:p@h/n", "DATABASE_URL_FILE": str(tmp_path / "dsn")}

    with pytest.raises(SettingsError, match="both set: keep one"):
        load(DatabaseSettings, twice)


def test_an_empty_variable_is_an_unset_one(tmp_path: Path) -> None:
    settings = load(WorkerSettings, complete(tmp_path) | {"CLAUDE_MODEL": "", "S3_BUCKET": ""})

    assert settings.s3_bucket == "reels"


def test_the_token_key_whose_name_sorts_last_seals(tmp_path: Path) -> None:
    write_private(tmp_path / "2026-01", KEY)
    write_private(tmp_path / "2026-11", "f0" * 32)

    keys = load(TokenSettings, {"TOKEN_KEYS_DIR": str(tmp_path)}).token_keys_dir

    assert keys.primary == "2026-11"
    assert keys.by_id["2026-01"] == bytes.fromhex(KEY)
    assert KEY not in repr(keys)


@pytest.mark.parametrize("content", ["", "not hex", "0f" * 31])
def test_a_token_key_that_is_none_is_refused_by_its_name(tmp_path: Path, content: str) -> None:
    write_private(tmp_path / "1", content)

    with pytest.raises(SettingsError, match=r"TOKEN_KEYS_DIR .*/?1\b"):
        load(TokenSettings, {"TOKEN_KEYS_DIR": str(tmp_path)})


def test_slack_users_are_named_in_pairs() -> None:
    named = load(SlackDoorSettings, {"SLACK_REVIEWERS": "U1=alice, U2=bob"})

    assert named.slack_reviewers == {"U1": "alice", "U2": "bob"}
    with pytest.raises(SettingsError, match=r"SLACK_REVIEWERS .*U123=alice"):
        load(SlackDoorSettings, {"SLACK_REVIEWERS": "alice"})


def test_settings_do_not_show_secrets_when_printed(tmp_path: Path) -> None:
    settings = load(WorkerSettings, complete(tmp_path))

    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump()}"


def test_the_list_of_settings_knows_what_is_required_and_secret() -> None:
    listed = {setting.name: setting for setting in describe()}

    assert len(listed) == len(describe())
    assert listed["DATABASE_URL"].secret
    assert listed["DATABASE_URL"].default is None
    assert listed["S3_BUCKET"].default == "reels"
    assert listed["WORK_DIR"].default == ""
    assert all(setting.description for setting in listed.values())
    assert {name.lower() for name in listed} > set(StoreSettings.model_fields)


def test_a_stack_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    write_private(path, "# comment\nA='with space'\nB=plain\nC='it'\"'\"'s'\n")

    assert read_stack_file(path) == {"A": "with space", "B": "plain", "C": "it's"}


def test_a_missing_stack_file_names_the_way_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"REELS_HOME .*make up"):
        read_stack_file(tmp_path / "stack.env")


def test_a_process_of_ours_reads_its_own_environment_alone() -> None:
    assert "PATH" in environment(local_stack=False)
