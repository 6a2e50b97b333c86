"""Runs the shell scripts of deploy/ with the shell that any machine has."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEPLOY = Path(__file__).parents[3] / "deploy"


@dataclass(frozen=True)
class Ended:
    code: int | None
    said: str


async def run_script(script: str, *arguments: str, environ: Mapping[str, str]) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *("sh", str(DEPLOY / script), *arguments),
        env={"LC_ALL": "C.UTF-8", **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    return Ended(process.returncode, said.decode())
