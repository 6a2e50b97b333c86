"""What `make check` runs: every check, all of them even when one fails."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from runtime.exits import main

SCRIPTS = Path(sysconfig.get_path("scripts"))

CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "format", "--check", "--quiet", "."),
    ("ruff", "check", "."),
    ("mypy", "."),
    ("lint-imports",),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/temporal-compose.yml"),
    ("hadolint", "deploy/Dockerfile"),
    ("yamllint", "--strict", "deploy"),
)


def check() -> int:
    """Run every check and name those that failed."""
    failed = []
    for name, *arguments in CHECKS:
        print(f"-- {name} {' '.join(arguments)}", flush=True)
        ended = subprocess.run((str(SCRIPTS / name), *arguments), check=False)  # noqa: S603 - pinned tools
        if ended.returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else f"{len(CHECKS)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(check)
