import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from runtime import metrics
from tests.conftest import StoreAccess

ROOT = Path(__file__).parents[2]


@pytest.fixture
def two_ports() -> tuple[str, str]:
    with socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.bind(("127.0.0.1", 0))
        return str(first.getsockname()[1]), str(second.getsockname()[1])


@pytest.fixture
def environ(temporal_address: str, object_store: StoreAccess, tmp_path: Path) -> dict[str, str]:
    return {
        "TEMPORAL_ADDRESS": temporal_address,
        "S3_ENDPOINT_URL": object_store.endpoint,
        "S3_ACCESS_KEY_ID": object_store.key_id,
        "S3_SECRET_ACCESS_KEY": object_store.secret,
        "WORK_DIR": str(tmp_path),
        "LOG_FORMAT": "json",
    }


@asynccontextmanager
async def a_worker(environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "worker.py", "media"),
        cwd=ROOT,
        env=dict(environ),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def text_at(port: str, word: str) -> str:
    """What is served there, once it names a metric."""
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/metrics")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if word in answer.text:
                return answer.text
            await asyncio.sleep(0.1)


async def test_a_worker_serves_its_own_metrics_and_those_of_the_sdk(
    environ: dict[str, str], two_ports: tuple[str, str]
) -> None:
    own, sdk = two_ports
    environ |= {"METRICS_PORT": own, "SDK_METRICS_PORT": sdk}

    async with a_worker(environ) as worker:
        assert "reels_calls_total" in await text_at(own, "reels_calls_total")
        assert "temporal_" not in await text_at(own, "reels_calls_total")
        assert "temporal_num_pollers" in await text_at(sdk, "temporal_num_pollers")

    assert worker.returncode == 0


@pytest.mark.parametrize("setting", ["METRICS_PORT", "SDK_METRICS_PORT"])
async def test_a_taken_port_ends_the_worker_with_the_setting_s_name(
    environ: dict[str, str], setting: str, temporal_address: str
) -> None:
    taken = temporal_address.rpartition(":")[2]

    async with asyncio.timeout(60), a_worker(environ | {setting: taken}) as worker:
        _, said = await worker.communicate()

    assert worker.returncode == 2
    assert setting in said.decode()
    assert "choose others" in said.decode()


async def test_what_was_counted_is_served(two_ports: tuple[str, str]) -> None:
    port, _ = two_ports
    metrics.call_ended("luma-test", "clip", "ok", 900_000)
    metrics.call_ended("luma-test", "clip", "released")
    metrics.budget_refused("account_day")
    metrics.circuit("luma-test", is_open=True)

    with metrics.served("127.0.0.1", int(port)):
        text = await text_at(port, "reels_calls_total")
    metrics.circuit("luma-test", is_open=False)

    lines = text.splitlines()
    calls = 'reels_calls_total{operation="clip",outcome="%s",service="luma-test"} 1.0'
    assert calls % "ok" in lines
    assert calls % "released" in lines
    assert 'reels_spent_micros_total{service="luma-test"} 900000.0' in lines
    assert 'reels_provider_circuit_open{provider="luma-test"} 1.0' in lines
    assert 'reels_budget_refusals_total{limit="account_day"}' in text


def test_the_guide_lists_every_metric_with_its_labels() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    _, _, rest = guide.partition("| metric | labels | what |\n|---|---|---|\n")
    table = rest.partition("\n\n")[0]
    listed = {
        name: tuple(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(\w+)` \| ([^|]*) \|", table, re.MULTILINE)
    }
    assert listed == dict(metrics_there_are())


def metrics_there_are() -> Iterator[tuple[str, tuple[str, ...]]]:
    for metric in (metrics.CALLS, metrics.SPENT, metrics.REFUSALS, metrics.CIRCUIT):
        described = next(iter(metric.describe()))
        ending = "_total" if described.type == "counter" else ""
        yield f"{described.name}{ending}", metric._labelnames
