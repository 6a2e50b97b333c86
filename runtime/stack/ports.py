"""Ports for the parts: free ones, and a clear word about one that is taken."""

import socket
from contextlib import suppress
from pathlib import Path

from runtime.exits import InputError
from runtime.groups import LocalPorts

LOOPBACK = "127.0.0.1"


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
    """Replace each 0, holding every found port until all are found."""
    held = []
    try:
        for name, port in asked.items():
            if port == 0:
                probe = socket.socket()
                held.append(probe)
                probe.bind((LOOPBACK, 0))
                asked[name] = probe.getsockname()[1]
    finally:
        for probe in held:
            probe.close()
    return asked


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
