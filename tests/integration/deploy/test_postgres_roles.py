import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

import asyncpg
import pytest

from db.migrate import current, head, migrate
from runtime.stack.home import Home, write_private
from runtime.stack.postgres import Cluster, place_for, programs
from runtime.stack.supervisor import Supervisor
from tests.integration.deploy.scripts import Ended, run_script
from tests.ports import free_port

PASSWORDS = {name: token_hex(32) for name in ("temporal", "reels")}


@pytest.fixture(scope="module")
def own_home() -> Iterator[Home]:
    path = Path(tempfile.mkdtemp(prefix="reels-roles-"))
    path.chmod(0o755)
    home = Home(path)
    home.make()
    write_private(path / "password", "superuser")
    yield home
    shutil.rmtree(path)


@pytest.fixture(scope="module")
async def server(own_home: Home) -> AsyncIterator[str]:
    """A PostgreSQL as the image's: its superuser is called postgres, and it is empty."""
    supervisor = Supervisor(own_home.registry)
    place, password = place_for(own_home.path), own_home.path / "password"
    cluster = Cluster(place, free_port(), password, durable=False)
    await cluster.create(supervisor, own_home.logs / "initdb.log")
    await supervisor.start(cluster.part(own_home.logs / "postgres.log"))
    connection = await asyncpg.connect(cluster.dsn)
    await connection.execute("CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'superuser'")
    await connection.close()
    connection = await asyncpg.connect(as_role(cluster.dsn, "postgres", "superuser"))
    await connection.execute(f"ALTER ROLE {urlsplit(cluster.dsn).username} RENAME TO nobody")
    await connection.close()
    yield as_role(cluster.dsn, "postgres", "superuser")
    await supervisor.stop()


def as_role(dsn: str, role: str, password: str, database: str = "postgres") -> str:
    parts = urlsplit(dsn)
    netloc = f"{role}:{password}@{parts.hostname}:{parts.port}"
    return parts._replace(netloc=netloc, path=f"/{database}").geturl()


async def make_roles(server: str, secrets: Path) -> Ended:
    parts = urlsplit(server)
    environ = {
        "PATH": f"{programs()}:{os.defpath}",
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port),
        "PGPASSWORD": "superuser",
        "POSTGRES_USER": "postgres",
        "SECRETS": str(secrets),
    }
    return await run_script("postgres/roles.sh", environ=environ)


@pytest.fixture(scope="module")
async def made(server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    secrets = tmp_path_factory.mktemp("secrets")
    for name, password in PASSWORDS.items():
        (secrets / f"postgres_{name}").write_text(f"{password}\n")
    ended = await make_roles(server, secrets)
    assert (ended.code, ended.said) == (0, "")
    return server


async def test_without_its_passwords_nothing_is_made(server: str, tmp_path: Path) -> None:
    (tmp_path / "postgres_temporal").write_text("")
    ended = await make_roles(server, tmp_path)
    assert ended.code == 1
    assert "make-secrets.sh" in ended.said


@pytest.mark.parametrize(
    ("role", "database"),
    [("temporal", "temporal"), ("temporal", "temporal_visibility"), ("reels", "reels")],
)
async def test_a_role_owns_its_databases_and_is_no_superuser(
    made: str, role: str, database: str
) -> None:
    connection = await asyncpg.connect(as_role(made, role, PASSWORDS[role], database))
    await connection.execute("CREATE TABLE kept (id int)")
    flags = await connection.fetchrow(
        "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = $1", role
    )
    await connection.execute("DROP TABLE kept")
    await connection.close()
    assert flags
    assert not any(flags.values())


async def test_temporal_may_make_the_extension_of_its_visibility_schema(made: str) -> None:
    dsn = as_role(made, "temporal", PASSWORDS["temporal"], "temporal_visibility")
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    await connection.close()


async def test_the_reels_role_can_migrate(made: str) -> None:
    dsn = as_role(made, "reels", PASSWORDS["reels"], "reels")
    await migrate(dsn)
    assert await current(dsn) == head()


@pytest.mark.parametrize(("role", "database"), [("reels", "temporal"), ("temporal", "reels")])
async def test_a_role_does_not_enter_anothers_database(made: str, role: str, database: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(as_role(made, role, PASSWORDS[role], database))


async def test_a_wrong_password_is_refused(made: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(as_role(made, "reels", "", "reels"))


async def test_no_password_is_logged_even_when_it_fails(
    made: str, own_home: Home, tmp_path: Path
) -> None:
    for name in PASSWORDS:
        (tmp_path / f"postgres_{name}").write_text("canary")
    ended = await make_roles(made, tmp_path)
    assert ended.code
    assert "already exists" in ended.said
    log = (own_home.logs / "postgres.log").read_text()
    assert "canary" not in log + ended.said
    assert not any(password in log for password in PASSWORDS.values())
