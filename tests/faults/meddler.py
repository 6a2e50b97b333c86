"""Stands between our clients and the simulators, and meddles with one call of a trial.

Each trial has a path of its own, `/{trial}/...`, so that its calls can be counted, and the
harm done before or after the very one that is meant, while hundreds of trials go on at once.
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.IGNORECASE | re.MULTILINE)
_CONNECTION = re.compile(rb"^connection:.*\r\n", re.IGNORECASE | re.MULTILINE)
LATE_SECONDS = 0.5
"""How long after its caller gave up a late call arrives."""


class Side(StrEnum):
    """When the harm is done: before a call or a commit has taken effect, or after it has."""

    BEFORE = "before"
    AFTER = "after"


class Harm(StrEnum):
    """What goes wrong."""

    KILL = "killed -9"
    LOST = "answer lost"
    TIMEOUT = "timeout"
    ERROR = "500"
    SPAM = "4/2207051"
    LATE = "late"
    """Nothing is answered, and the call takes effect when its caller has long gone."""


@dataclass(frozen=True)
class AtCall:
    """Harm at the call of this number, counted from one."""

    number: int
    side: Side
    harm: Harm

    def __str__(self) -> str:
        return f"call {self.number} {self.side}: {self.harm}"


@dataclass(frozen=True)
class Outage:
    """All reads answer 100/33 from this call on, until a person was told."""

    since: int

    def __str__(self) -> str:
        return f"no reads since call {self.since}"


class Victim(Protocol):
    """A process that may be killed."""

    def kill(self) -> None: ...


@dataclass
class Wire:
    """The calls of one trial, and what is done to them."""

    strokes: tuple[object, ...] = ()
    calls: list[str] = field(default_factory=list)
    """What was asked, in order: method and the end of the path."""
    struck: set[object] = field(default_factory=set)
    victim: Victim | None = None
    over: bool = False
    """Whether the outage has ended."""

    def harm_of(self, number: int, side: Side) -> Harm | None:
        """What meets this call now, if anything: each harm is done once."""
        for stroke in self.strokes:
            if isinstance(stroke, AtCall) and (stroke.number, stroke.side) == (number, side):
                self.struck.add(stroke)
                return stroke.harm
        return None

    def is_out(self, number: int, method: str) -> bool:
        """Whether reads fail now."""
        for stroke in self.strokes:
            if isinstance(stroke, Outage) and number >= stroke.since and method == "GET":
                self.struck.add(stroke)
                return not self.over
        return False


UNREADABLE = {"message": "Unsupported get request.", "type": "GraphMethodException", "code": 100}
REFUSED = {"message": "Application request limit reached", "type": "OAuthException", "code": 4}


class Meddler:
    """A proxy that closes each connection behind one call, as the clients do."""

    def __init__(self, simulators_url: str) -> None:
        place = urlsplit(simulators_url)
        self._there = (place.hostname or "", place.port or 0)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.wires: dict[str, Wire] = {}

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        try:
            await task
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the caller was killed, or the test is over
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        method, target, rest = head.split(b" ", 2)
        _, name, path = target.decode().split("/", 2)
        wire = self.wires[name]
        wire.calls.append(f"{method.decode()} {path.partition('?')[0].rpartition('/')[2]}")
        number = len(wire.calls)
        if wire.is_out(number, method.decode()):
            writer.write(_answer(400, {**UNREADABLE, "error_subcode": 33}))
            return
        sent = _CONNECTION.sub(b"", b" ".join((method, b"/" + path.encode(), rest)))
        sent = sent[:-2] + b"connection: close\r\n\r\n" + body
        before = wire.harm_of(number, Side.BEFORE)
        if before is not None:
            await self._harm(before, wire, reader, writer)
            if before is Harm.LATE:
                await asyncio.sleep(LATE_SECONDS)
                await self._forward(sent)
            return
        answer = await self._forward(sent)
        after = wire.harm_of(number, Side.AFTER)
        if after is not None:
            await self._harm(after, wire, reader, writer)
            return
        writer.write(answer)
        await writer.drain()

    async def _forward(self, sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._there)
        try:
            writer.write(sent)
            return await reader.read()
        finally:
            writer.close()

    async def _harm(
        self, harm: Harm, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if harm is Harm.KILL:
            assert wire.victim is not None
            wire.victim.kill()
        elif harm in {Harm.TIMEOUT, Harm.LATE}:
            await reader.read()  # until the caller has gone
        elif harm is Harm.ERROR:
            writer.write(_answer(500, {"message": "An unknown error occurred", "code": 1}))
        elif harm is Harm.SPAM:
            writer.write(_answer(400, {**REFUSED, "error_subcode": 2207051}))
        else:
            writer.transport.abort()


def _answer(status: int, error: dict[str, object]) -> bytes:
    body = json.dumps({"error": error}).encode()
    head = f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
