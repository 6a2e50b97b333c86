"""A remote that does what a test says, byte by byte: answers, hangs, resets, cuts, garbage."""

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole or cut short."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """Bytes of the body after which the connection ends."""
    announce_length: bool = True
    drip_seconds: float = 0
    """Pause after each byte of the body."""


@dataclass(frozen=True)
class Hang:
    """Takes the request and never answers."""


@dataclass(frozen=True)
class Reset:
    """Takes the request and resets the connection."""


@dataclass(frozen=True)
class Raw:
    """Sends these bytes, whatever they are, and closes."""

    data: bytes


Move = Answer | Hang | Reset | Raw


def json_answer(status: int, document: object, **headers: str) -> Answer:
    """An answer of an API; a header's name with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status, json.dumps(document).encode(), {"content-type": "application/json", **named}
    )


@dataclass(frozen=True)
class Seen:
    """One request that came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found

    @property
    def form(self) -> dict[str, str]:
        pairs = parse_qs(self.body.decode(), strict_parsing=True, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}


class Remote:
    """Listens on loopback; makes its moves in order, and the last one for ever."""

    def __init__(self) -> None:
        self.invites = True
        """Whether it says "100 Continue" to those who wait for it."""
        self.takes: int | None = None
        """How many bytes of a body it reads before it makes its move; None: all of them."""
        self.seen: list[Seen] = []
        self.moves: list[Move] = [Answer(200)]
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._ended = asyncio.Event()

    def will(self, *moves: Move) -> Self:
        self.moves = list(moves)
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._ended.set()
        self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            self.seen.append(await self._read(reader, writer))
            move = self.moves.pop(0) if len(self.moves) > 1 else self.moves[0]
            await self._make(move, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Seen:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        if self.invites and "expect" in headers:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(headers.get("content-length", "0"))
        body = await reader.readexactly(length if self.takes is None else min(length, self.takes))
        return Seen(method, target, headers, body)

    async def _make(self, move: Move, writer: asyncio.StreamWriter) -> None:
        match move:
            case Hang():
                await self._ended.wait()
            case Reset():
                sock: socket.socket = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            case Raw(data):
                writer.write(data)
                await writer.drain()
            case Answer():
                await _answer(move, writer)


async def _answer(move: Answer, writer: asyncio.StreamWriter) -> None:
    headers = {**move.headers, "connection": "close"}
    if move.announce_length:
        headers["content-length"] = str(len(move.body))
    lines = [f"HTTP/1.1 {move.status} Whatever", *(f"{n}: {v}" for n, v in headers.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    body = move.body[: move.cut_at]
    step = 1 if move.drip_seconds else len(body) or 1
    for at in range(0, len(body), step):
        writer.write(body[at : at + step])
        await writer.drain()
        await asyncio.sleep(move.drip_seconds)
