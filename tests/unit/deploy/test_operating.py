import re
import subprocess
import sys

from runtime.settings import Setting, describe
from tests.unit.deploy.compose import ROOT, read

GUIDE = (ROOT / "docs" / "operating.md").read_text()


def row(setting: Setting) -> str:
    default = "required"
    if setting.default is not None:
        default = f"`{setting.default}`" if setting.default else "–"  # noqa: RUF001 - a dash in a table
    file = f" (secret: or `{setting.name}_FILE`)" if setting.secret else ""
    return f"| `{setting.name}` | {default} | {setting.description}{file} |"


def test_the_guide_lists_every_setting_as_the_processes_read_it() -> None:
    _, _, table = GUIDE.partition("| setting | default | what it is |\n|---|---|---|\n")
    assert table.splitlines() == [row(setting) for setting in describe()]


def test_the_guide_names_only_commands_that_there_are() -> None:
    for program in ("starter.py", "admin.py"):
        answered = subprocess.run(
            [sys.executable, program, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        named = set(re.findall(rf"{re.escape(program)} (?:--as \w+ )?([a-z]+)", GUIDE))
        assert named
        assert named <= set(re.findall(r"^    ([a-z]+) ", answered.stdout, re.MULTILINE))


def test_the_guide_names_only_containers_that_there_are() -> None:
    containers = set(read().services)
    assert {"worker-reels", "postgresql", "tools"} <= containers
    named = set(re.findall(r"\b(?:worker-\w+|temporal-\w+)\b", GUIDE))
    assert named <= containers | {"temporal-compose"}
