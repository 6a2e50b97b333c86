"""Every place of a running stack where a secret must not stand, and the search through them."""

import base64
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
from temporalio.client import Client

from tests.acceptance.stack import HTTP, Stack

Places = Mapping[str, bytes]

TABLES = """
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""


def found(secret: str, places: Places) -> set[str]:
    """The places where it stands: as it is, in hex as in a bytea, in base64, or in an address."""
    plain = secret.encode()
    forms = {plain, plain.hex().encode(), quote(secret, safe="").encode(), *_in_base64(plain)}
    return {name for name, held in places.items() if any(form in held for form in forms)}


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """What stays the same of it in base64, wherever in a longer text it begins."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + plain)
        yield text[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6]


async def places(stack: Stack, temporal: Client, metrics: Iterable[str], seen: bytes) -> Places:
    """All that there is to look through; `seen` are the command lines of all processes."""
    asked = [HTTP.get(url) for url in metrics]
    assert all(answer.is_success and answer.content for answer in asked)
    ledger = HTTP.get(f"{stack.outside}/_ledger").content
    messages = HTTP.get(f"{stack.outside}/slack/_messages").content
    return {
        "the logs of every process": _files(stack.home / "logs"),
        "Temporal's histories": await _histories(temporal),
        "Temporal's own files": _files(stack.home / "temporal"),
        **{f"metrics {number}": answer.content for number, answer in enumerate(asked, 1)},
        "command lines": seen,
        "what Slack was told": _unescaped(messages),
        "the simulators' ledger": _unescaped(ledger),
        "a dump of the database": await _dump(stack.settings["DATABASE_URL"]),
    }


def _files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _unescaped(text: bytes) -> bytes:
    """JSON in JSON has its slashes and quotes escaped."""
    return text + re.sub(rb"\\+([/\"])", rb"\1", text)


async def _histories(temporal: Client) -> bytes:
    """Every event of every run, payloads and all: in JSON they would be base64."""
    found = []
    async for run in temporal.list_workflows():
        handle = temporal.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        found += [event.SerializeToString() for event in history.events]
    return b"\n".join(found)


async def _dump(dsn: str) -> bytes:
    """Each table as PostgreSQL dumps it, and each row as text."""
    written = bytearray()

    async def keep(piece: bytes) -> None:
        written.extend(piece)

    connection = await asyncpg.connect(dsn)
    try:
        for table in [row["name"] for row in await connection.fetch(TABLES)]:
            for select in (f"SELECT * FROM {table}", f"SELECT t::text FROM {table} t"):  # noqa: S608 - names out of the catalogue
                await connection.copy_from_query(select, output=keep)
    finally:
        await connection.close()
    return bytes(written)


@contextmanager
def command_lines() -> Iterator[list[bytes]]:
    """The command line of every process that there is meanwhile, looked at again and again."""
    seen: set[bytes] = set()
    lines: list[bytes] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for process in Path("/proc").iterdir():
                with suppress(OSError):  # it has ended, or is none
                    line = (process / "cmdline").read_bytes()
                    if line not in seen:
                        seen.add(line)
                        lines.append(line)
            done.wait(0.1)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield lines
        assert looking.is_alive()
    finally:
        done.set()
        looking.join()
