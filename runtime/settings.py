"""Every setting there is, read from the environment once and checked as a whole.

A process asks for its own group: `load(WorkerSettings)`. The variable is the field's name in
capitals; a secret may stand in a file instead, named by the variable with `_FILE` after it.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar, get_args

from pydantic import SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from runtime.exits import InputError
from runtime.groups import (
    ClaudeSettings,
    DatabaseSettings,
    DecisionSettings,
    Group,
    LimitSettings,
    ListenSettings,
    LogSettings,
    MediaSettings,
    MetricsSettings,
    RunSettings,
    StoreSettings,
    TemporalSettings,
    TemporalUiSettings,
    TokenSettings,
    VideoSettings,
)
from runtime.local_input import DemoInput, LocalPorts
from runtime.mail import MailSettings
from runtime.meta import InstagramSettings, MetaSettings
from runtime.review import DiscordDoorSettings, ReviewSettings, SlackDoorSettings
from runtime.sign_in import SignInSettings
from runtime.values import read_private_file

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

LOCAL_HOME = ROOT / ".reels" / "local"
"""Where `make up` keeps its data when REELS_HOME names no other folder."""

STACK_FILE = "stack.env"
"""The settings of a local stack, in its home."""

S = TypeVar("S", bound=Group)


class SettingsError(InputError):
    """What is missing or wrong in the settings, all of it at once."""


class WorkerSettings(
    LogSettings,
    MetricsSettings,
    TemporalSettings,
    TemporalUiSettings,
    DatabaseSettings,
    StoreSettings,
    DecisionSettings,
    TokenSettings,
    ClaudeSettings,
    VideoSettings,
    InstagramSettings,
    ReviewSettings,
    MailSettings,
    MediaSettings,
    LimitSettings,
):
    """What `worker.py reels` needs."""


class MediaWorkerSettings(
    LogSettings, MetricsSettings, TemporalSettings, StoreSettings, MediaSettings
):
    """What `worker.py media` needs: no key but the object store's."""


class WebSettings(
    LogSettings,
    TemporalSettings,
    TemporalUiSettings,
    DatabaseSettings,
    StoreSettings,
    DecisionSettings,
    TokenSettings,
    MetaSettings,
    SlackDoorSettings,
    DiscordDoorSettings,
    SignInSettings,
    MailSettings,
    ReviewSettings,
    ListenSettings,
):
    """What `python -m web` needs."""


class StarterSettings(
    LogSettings,
    TemporalSettings,
    TemporalUiSettings,
    DatabaseSettings,
    DecisionSettings,
    RunSettings,
):
    """What `starter.py` needs."""


class AdminSettings(
    LogSettings,
    TemporalSettings,
    DatabaseSettings,
    StoreSettings,
    TokenSettings,
    MetaSettings,
    MediaSettings,
):
    """What `admin.py` needs."""


PROCESSES = (
    WorkerSettings,
    MediaWorkerSettings,
    WebSettings,
    StarterSettings,
    AdminSettings,
    LocalPorts,
    DemoInput,
)


class Setting(NamedTuple):
    """One line of the list of settings."""

    name: str
    default: str | None
    """As it would be written, empty for a default that is nothing; None when it is required."""
    secret: bool
    description: str


def load(model: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Read a group of settings, from the process environment when no other is given.

    Raises SettingsError with every missing and malformed variable and how to mend it.
    """
    environ = environment(local_stack=False) if environ is None else environ
    problems: dict[str, str] = {}
    values = {}
    for field, info in model.model_fields.items():
        try:
            value = _written(field.upper(), environ, secret=is_secret(info))
        except ValueError as error:
            problems[field] = str(error)
        else:
            if value:
                values[field] = value
    try:
        settings = model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            field = str(detail["loc"][0])
            problems.setdefault(field, _problem(detail, model.model_fields[field]))
    if problems:
        raise SettingsError(_message(problems))
    return settings


def environment(*, local_stack: bool) -> Mapping[str, str]:
    """The process environment; for the doors, the settings of the local stack lie below it.

    With `local_stack` the file `stack.env` is read: the one in REELS_HOME when that is set,
    else the one of `make up`, unless the environment says itself where Temporal or the
    database is. Raises SettingsError when REELS_HOME holds no stack.
    """
    environ = dict(os.environ)  # noqa: TID251 - the one place that reads it
    if not local_stack:
        return environ
    home = environ.get("REELS_HOME")
    if home:
        return read_stack_file(Path(home).expanduser() / STACK_FILE) | environ
    elsewhere = {"TEMPORAL_ADDRESS", "DATABASE_URL", "DATABASE_URL_FILE"} & environ.keys()
    if elsewhere or not (LOCAL_HOME / STACK_FILE).exists():
        return environ
    return read_stack_file(LOCAL_HOME / STACK_FILE) | environ


def read_stack_file(path: Path) -> dict[str, str]:
    """Read a file of NAME=value lines. Raises SettingsError when it is none, or not private."""
    try:
        lines = shlex.split(read_private_file(path), comments=True)
    except ValueError as error:
        message = f"REELS_HOME {error}; start a local stack there with: make up"
        raise SettingsError(message) from None
    return dict(line.split("=", 1) for line in lines if "=" in line)


def describe() -> list[Setting]:
    """Every setting of every process, by name."""
    fields = {name: info for model in PROCESSES for name, info in model.model_fields.items()}
    home = Setting("REELS_HOME", "", secret=False, description="the local stack's folder")
    return sorted(
        [home, *(_setting(name, info) for name, info in fields.items())],
        key=lambda setting: setting.name,
    )


def names(model: type[Group]) -> Iterator[str]:
    """The variables of a group."""
    return (field.upper() for field in model.model_fields)


def is_secret(info: FieldInfo) -> bool:
    """Whether a field's value must never be shown."""
    kinds = {info.annotation, *get_args(info.annotation)}
    return bool(kinds & {SecretStr, SecretBytes})


def _setting(field: str, info: FieldInfo) -> Setting:
    default = None
    if not info.is_required():
        default = "" if info.default_factory or info.default is None else str(info.default)
    return Setting(field.upper(), default, is_secret(info), info.description or "")


def _written(name: str, environ: Mapping[str, str], *, secret: bool) -> str | None:
    value, file = environ.get(name), environ.get(f"{name}_FILE")
    if not secret or not file:
        return value
    if value:
        raise ValueError(f" and {name}_FILE are both set: keep one")
    try:
        return read_private_file(Path(file))
    except ValueError as error:
        raise ValueError(f"_FILE {error}") from None


def _problem(detail: ErrorDetails, info: FieldInfo) -> str:
    if detail["type"] == "missing":
        return f" is missing: {info.description}"
    said = (
        detail.get("ctx", {}).get("error")
        or f"is wrong: {detail['msg'][0].lower()}{detail['msg'][1:]}"
    )
    given = "" if is_secret(info) else f" ({detail['input']!r})"
    return f"{given} {said}"


def _message(problems: Mapping[str, str]) -> str:
    lines = (f"  {field.upper()}{problem}" for field, problem in problems.items())
    count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
    return "\n".join([f"{count} missing or wrong:", *lines])
