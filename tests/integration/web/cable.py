"""A TCP connection that a test can cut or freeze."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Cable:
    """Passes bytes on to an address, until it is cut or frozen."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._plug, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def freeze(self) -> None:
        """Take what comes and pass nothing on."""
        self._flowing.clear()

    async def thaw(self) -> None:
        """Pass on what was kept, and all that comes."""
        self._flowing.set()

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._server.close()
        for end in self._ends:
            end.cancel()
        await asyncio.gather(*self._ends, return_exceptions=True)

    async def _plug(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        for source, sink in ((reader, back), (there, writer)):
            end = asyncio.create_task(self._pass_on(source, sink))
            self._ends.add(end)
            end.add_done_callback(self._ends.discard)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            try:
                while chunk := await source.read(65536):
                    await self._flowing.wait()
                    sink.write(chunk)
                    await sink.drain()
            finally:
                sink.close()


@asynccontextmanager
async def cable_to(host: str, port: int) -> AsyncIterator[Cable]:
    cable = Cable(host, port)
    await cable.start()
    try:
        yield cable
    finally:
        await cable.cut()


def through(cable: Cable, database_url: str) -> str:
    """The database's address by way of a cable."""
    parts = urlsplit(database_url)
    return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{cable.port}").geturl()
