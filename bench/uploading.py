"""What it takes to hand a Reel to the local object store: our side and the server's."""

import asyncio
import os
import socket
import tempfile
from pathlib import Path
from secrets import token_hex

from bench.measuring import MeasuringFailed, cpu_seconds_so_far
from clients.store import ObjectStore
from runtime.stack import servers
from runtime.stack.parts import Part, kill_group, spawn
from runtime.stack.ports import LOOPBACK

_BUCKET = "bench"
_TRIES = 300


async def upload(reel: Path, folder: Path) -> float:
    """CPU seconds of one upload through the product's client. Raises MeasuringFailed.

    The connection is open already, as a worker's is.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        key_file = Path(place, "key")
        key_file.write_text(token_hex(16))
        server = servers.ObjectStore(Path(place), _free_port(), _BUCKET, "bench", key_file)
        process = spawn(server.part(Path(place, "log")))
        try:
            await _ready(server.part(Path(place, "log")))
            store = ObjectStore(
                endpoint_url=server.endpoint,
                bucket=_BUCKET,
                region="us-east-1",
                access_key_id=server.key_id,
                secret_access_key=key_file.read_text(),
            )
            async with store:
                await store.ensure_bucket()
                before = cpu_seconds_so_far() + _of(process.pid)
                await store.put(reel, reel.name, "video/mp4")
                return cpu_seconds_so_far() + _of(process.pid) - before
        finally:
            kill_group(process.pid)
            process.wait()


async def _ready(part: Part) -> None:
    for _ in range(_TRIES):
        if await part.ready():
            return
        await asyncio.sleep(0.1)
    raise MeasuringFailed("the object store did not start")


def _of(pid: int) -> float:
    """CPU seconds of another process so far: proc(5), fields 14 and 15 of `stat`."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = int(after_name[11]), int(after_name[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as tried:
        tried.bind((LOOPBACK, 0))
        return int(tried.getsockname()[1])
