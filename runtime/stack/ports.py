"""Ports for the parts: free ones, and a clear word about one that is taken."""

import socket
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

from runtime.exits import InputError
from runtime.local_input import LocalPorts

LOOPBACK = "127.0.0.1"

QUIET = range(10_000, 32_768)
"""Where a system gives nobody a port unasked: Linux takes those of outgoing connections from
32,768 up (ip(7), ip_local_port_range), others from 49,152 (RFC 6335). A port found here is still
free when its part listens, and when that is started again."""


class PortsTaken(InputError):
    """Ports that the stack is to use are in use."""


def settle(ports: LocalPorts) -> dict[str, int]:
    """A port for each part, by the setting's name; a 0 becomes any port that is free.

    Raises PortsTaken, naming every port that is in use, its variable and who has it.
    """
    asked = ports.model_dump()
    taken = [(name.upper(), port) for name, port in asked.items() if port and not is_free(port)]
    if taken:
        lines = [f"port {port} ({name}) is in use{_by(port)}" for name, port in taken]
        raise PortsTaken("; ".join(lines) + ". Stop that, or set the variable to another port")
    named = [port for port in asked.values() if port]
    twice = {port for port in named if named.count(port) > 1}
    if twice:
        raise PortsTaken(f"port {min(twice)} is set twice among {', '.join(map(str.upper, asked))}")
    return _fill(asked)


def is_free(port: int) -> bool:
    """Whether a server can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _fill(asked: dict[str, int]) -> dict[str, int]:
    """Replace each 0."""
    drawn = SystemRandom().sample(QUIET, len(QUIET))
    fresh = (port for port in drawn if port not in asked.values() and is_free(port))
    return {name: port or next(fresh) for name, port in asked.items()}


def _by(port: int) -> str:
    holder = _holder(port)
    return f" by {holder}" if holder else ""


def _holder(port: int) -> str | None:
    """Name and process id of who listens there, as far as this user may see; Linux only."""
    links = {f"socket:[{inode}]" for inode in _listeners(port)}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(link.readlink()) in links for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return None


def _listeners(port: int) -> list[str]:
    """Inodes of the sockets that listen on a port: fields 1, 3 and 9 of /proc/net/tcp."""
    inodes = []
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.append(fields[9])
    return inodes
