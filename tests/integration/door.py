"""admin.py, run as a person runs it: a process of its own with an environment of its own."""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.commands import ROOT, Ended, run_beside
from tests.conftest import StoreAccess


@dataclass(frozen=True)
class AdminDoor:
    environ: Mapping[str, str]

    async def __call__(self, *words: str | Path) -> Ended:
        return await run_beside("admin.py", *words, environ=self.environ)

    def with_settings(self, **changes: str) -> "AdminDoor":
        return replace(self, environ={**self.environ, **changes})

    def without(self, *names: str) -> "AdminDoor":
        return replace(
            self, environ={name: self.environ[name] for name in self.environ if name not in names}
        )


def admin_door(database_url: str, store: StoreAccess, folder: Path) -> AdminDoor:
    keys = folder / "token-keys"
    keys.mkdir()
    write_secret(keys / "1", "ab" * 32)
    return AdminDoor(
        {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "COLUMNS": "40",
            "DATABASE_URL": database_url,
            "S3_ENDPOINT_URL": store.endpoint,
            "S3_BUCKET": store.bucket,
            "S3_ACCESS_KEY_ID": store.key_id,
            "S3_SECRET_ACCESS_KEY": store.secret,
            "TOKEN_KEYS_DIR": str(keys),
            "WORK_DIR": str(folder),
        }
    )


async def typed(admin: AdminDoor, *words: str | Path, token: str) -> tuple[int, str]:
    """Run it in a terminal and type a token when it asks: the exit code, and all that was shown."""
    spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", spawn, sys.executable, "admin.py", *map(str, words)),
        cwd=ROOT,
        env=dict(admin.environ),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    shown = await process.stdout.readuntil(b"(not shown): ")
    process.stdin.write(f"{token}\n".encode())
    shown += await process.stdout.read()
    return await process.wait(), shown.decode()


def write_secret(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text + "\n")
    return path
