"""A mail server that keeps what it is handed (RFC 5321, as much as a client needs)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Letterbox:
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(writer, "220 letterbox")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                await _say(writer, "354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                letter = message_from_bytes(raw[:-5], policy=policy.default)
                self.letters.append(letter)
                await _say(writer, "250 kept")
            elif word == b"RCPT" and self.refuses:
                await _say(writer, "550 nobody here")
            elif word == b"QUIT":
                await _say(writer, "221 bye")
                break
            else:
                await _say(writer, "250 well")
        writer.close()


@asynccontextmanager
async def a_letterbox() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


async def _say(writer: asyncio.StreamWriter, words: str) -> None:
    writer.write(f"{words}\r\n".encode())
    await writer.drain()
