import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import StoreAccess
from tests.integration.door import write_secret
from tests.ports import free_port
from tests.waiting import SECONDS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environ(
    database_url: str, temporal_address: str, object_store: StoreAccess, tmp_path: Path
) -> dict[str, str]:
    keys = tmp_path / "token-keys"
    keys.mkdir()
    write_secret(keys / "1", "ab" * 32)
    return {
        "TOKEN_KEYS_DIR": str(keys),
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": temporal_address,
        "DATABASE_URL": database_url,
        "S3_ENDPOINT_URL": object_store.endpoint,
        "S3_ACCESS_KEY_ID": object_store.key_id,
        "S3_SECRET_ACCESS_KEY": object_store.secret,
        "DECISION_KEY": "ab" * 32,
        "SLACK_SIGNING_SECRET": "canary-signing-secret",
        "SLACK_REVIEWERS": "U1=alice",
        "WEB_PORT": str(free_port()),
        "LOG_FORMAT": "json",
    }


@asynccontextmanager
async def running(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "web"),
        cwd=ROOT,
        env=dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ended(environ: Mapping[str, str]) -> tuple[int | None, str]:
    async with asyncio.timeout(60), running(environ) as process:
        _, errors = await process.communicate()
    return process.returncode, errors.decode()


async def alive(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"{url}/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                assert answer.status_code == 200
                return


async def test_it_serves_until_sigterm_and_ends_well(environ: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{environ['WEB_PORT']}"
    async with running(environ) as process:
        await alive(url)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.post("/slack/interactions")).status_code == 401
            assert (await client.get("/readyz")).status_code in {200, 503}
            back = {"code": "canary-code", "state": "canary-state"}
            assert (await client.get("/connect/callback", params=back)).status_code == 403
            assert (await client.get("/connect/robots?key=canary")).status_code == 403
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert b"canary" not in errors
    assert environ["DATABASE_URL"].encode() not in errors


async def test_without_a_signing_secret_the_slack_door_is_shut(environ: dict[str, str]) -> None:
    del environ["SLACK_SIGNING_SECRET"]
    url = f"http://127.0.0.1:{environ['WEB_PORT']}"
    async with running(environ), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await alive(url)
        assert (await client.post("/slack/interactions")).status_code == 404


async def test_a_taken_port_is_named(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environ["WEB_PORT"]))):
        code, errors = await ended(environ)
    assert code == 2
    assert f"WEB_PORT {environ['WEB_PORT']}" in errors


@pytest.mark.parametrize("setting", ["TEMPORAL_ADDRESS", "DATABASE_URL"])
async def test_a_part_that_is_down_is_named(environ: dict[str, str], setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"127.0.0.1:{taken.getsockname()[1]}"
    environ[setting] = dead if setting == "TEMPORAL_ADDRESS" else f"postgresql://u:pw@{dead}/x"
    code, errors = await ended(environ)
    assert code == 3
    assert dead in errors
    assert setting in errors
    assert "pw" not in errors


async def test_every_missing_setting_is_named_at_once() -> None:
    code, errors = await ended({"PATH": os.defpath, "WEB_PORT": "no"})
    assert code == 2
    for setting in ("DATABASE_URL", "DECISION_KEY", "S3_ACCESS_KEY_ID", "WEB_PORT"):
        assert setting in errors
