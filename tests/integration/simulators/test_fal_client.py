import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.simulators.films import FILM, micros
from tests.integration.simulators.outside import ROOT, Outside

SCRIPT = Path(__file__).with_name("fal_sdk.py")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    outside = Outside(tmp_path_factory.mktemp("secured"), "--tls-port", "0")
    outside.start()
    yield outside
    assert outside.end() == 0


def fal_client(outside: Outside, job: str, wish: dict[str, Any], *, key: str = "any:any") -> Any:  # noqa: ANN401 - what it printed
    said = outside.folder / "said.json"
    environ = {
        "PATH": os.defpath,
        "HOME": str(outside.folder),
        "FAL_KEY": key,
        "FAL_QUEUE_RUN_HOST": f"{outside.tls_url.removeprefix('https://')}/fal",
        "SSL_CERT_FILE": outside.certificate,
    }
    command = [sys.executable, str(SCRIPT), job, json.dumps(wish), str(said)]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=60)
    return json.loads(said.read_text())


def test_the_sdk_does_its_whole_job(secured: Outside) -> None:
    said = fal_client(secured, "film", FILM)
    assert said["seen"][-1] == "Completed"
    assert said["again"] == said["result"]
    url = said["result"]["video"]["url"]
    assert url.startswith("https://")
    context = ssl.create_default_context(cafile=secured.certificate)
    with httpx.Client(verify=context) as client:
        part = client.get(url, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert micros(secured, said["request_id"]) == 200_000


def test_the_sdk_tells_a_failure_of_the_model(secured: Outside) -> None:
    secured.arm("fal", "submit", "fail", failure_code="content_policy_violation")
    said = fal_client(secured, "film", FILM)
    assert said["status"] == 422
    assert said["message"][0]["type"] == "content_policy_violation"


def test_the_sdk_buys_again_at_a_limit(secured: Outside) -> None:
    """Why our client is not this one."""
    secured.arm("fal", "submit", "status", status=429, after_effect=True, times=2)
    before = len(secured.ledger(service="fal", effect="job.created"))
    fal_client(secured, "film", FILM)
    assert len(secured.ledger(service="fal", effect="job.created")) == before + 3


def test_the_sdk_cancels_what_waits(tmp_path: Path) -> None:
    outside = Outside(tmp_path, "--tls-port", "0", "--pace", "1000")
    outside.start()
    try:
        said = fal_client(outside, "cancel", FILM)
        assert (said["position"], said["after"]) == (0, "client_cancelled")
        assert micros(outside, said["request_id"]) == 0
    finally:
        outside.end()


def test_both_ports_show_the_same_world(secured: Outside) -> None:
    context = ssl.create_default_context(cafile=secured.certificate)
    with httpx.Client(verify=context, base_url=secured.tls_url) as client:
        assert client.get("/_ledger").json() == secured.http.get("/_ledger").json()
        secured.arm("fal", "submit", "refuse")
        with pytest.raises(httpx.TransportError):
            client.post("/fal/fal-ai/pika/v2.2/text-to-video", json=FILM)


def test_a_key_is_kept_from_others(secured: Outside) -> None:
    key = secured.folder / "state" / "tls.key"
    assert key.stat().st_mode & 0o077 == 0
