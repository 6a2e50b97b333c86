"""A mail server that keeps what it is handed (RFC 5321, as much as a client needs)."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

KEPT = "250 kept"
LOST = ""
"""The letter is kept, and the connection breaks before that is said."""


@dataclass
class Letterbox:
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    """Whether each letter came over TLS."""
    heard: list[bytes] = field(default_factory=list)
    """The first four letters of each command."""
    refuses: bool = False
    tls: ssl.SSLContext | None = None
    """What STARTTLS is offered with."""
    login: tuple[str, str] | None = None
    """The user and password that are asked for."""
    answers: dict[bytes, str] = field(default_factory=dict)
    """What is said to a command instead."""
    end: str = KEPT
    """What is said to the end of a letter."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """A whole letter is there."""
    talking: int = 0
    """Conversations that are under way."""
    silent: asyncio.Event | None = None
    """Until when nothing is said to the end of a letter."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talking += 1
        try:
            await _say(writer, "220 letterbox")
            known = self.login is None
            while line := await reader.readline():
                word = line[:4].upper()
                self.heard.append(word)
                if word == b"AUTH":
                    known = await self._log_in(line, writer)
                elif word == b"MAIL" and not known:
                    await _say(writer, "530 log in first")
                elif word == b"DATA" and word not in self.answers:
                    if not await self._take(reader, writer):
                        break
                elif not await self._answer(word, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever was there has gone
        finally:
            self.talking -= 1
            writer.close()

    async def _answer(self, word: bytes, writer: asyncio.StreamWriter) -> bool:
        if said := self.answers.get(word):
            await _say(writer, said)
        elif word == b"EHLO":
            await _say(writer, "\r\n".join(self._offers(writer)))
        elif word == b"STAR" and self.tls:
            await _say(writer, "220 go on")
            await writer.start_tls(self.tls)
        elif word == b"RCPT" and self.refuses:
            await _say(writer, "550 nobody here")
        elif word == b"QUIT":
            await _say(writer, "221 bye")
            return False
        else:
            await _say(writer, "250 well")
        return True

    def _offers(self, writer: asyncio.StreamWriter) -> list[str]:
        offers = ["250-letterbox"]
        if self.tls and not _is_secure(writer):
            offers.append("250-STARTTLS")
        if self.login:
            offers.append("250-AUTH PLAIN")
        return [*offers, "250 HELP"]

    async def _log_in(self, line: bytes, writer: asyncio.StreamWriter) -> bool:
        given = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
        good = self.login is not None and tuple(given) == self.login
        await _say(writer, "235 come in" if good else "535 wrong")
        return good

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await _say(writer, "354 go on")
        raw = await reader.readuntil(b"\r\n.\r\n")
        if self.end in {KEPT, LOST}:
            whole = raw[:-3].replace(b"\r\n..", b"\r\n.")
            self.letters.append(message_from_bytes(whole, policy=policy.default))
            self.secured.append(_is_secure(writer))
        self.arrived.set()
        if self.silent:
            await self.silent.wait()
        if self.end == LOST:
            return False
        await _say(writer, self.end)
        return True


@asynccontextmanager
async def a_letterbox(at_once: ssl.SSLContext | None = None) -> AsyncIterator[Letterbox]:
    """A mail server on this machine; with a context it speaks TLS from the first byte."""
    box = Letterbox()
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0, ssl=at_once, limit=4_000_000)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


def _is_secure(writer: asyncio.StreamWriter) -> bool:
    return writer.get_extra_info("ssl_object") is not None


async def _say(writer: asyncio.StreamWriter, words: str) -> None:
    writer.write(f"{words}\r\n".encode())
    await writer.drain()
