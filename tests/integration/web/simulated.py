"""A simulators process that signs what it sends to a door of ours."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def simulators(folder: Path, *options: str) -> AsyncIterator[str]:
    """Where they answer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators", "--port", "0", *options),
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    first = await process.stdout.readline()
    try:
        yield first.decode().split()[-1]
    finally:
        process.terminate()
        await process.communicate()
