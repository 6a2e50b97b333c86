"""Meta's own SDK, unmodified, does its whole job: one process, looked at from many sides."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.simulators.graph_api import make_token
from tests.integration.simulators.outside import ROOT, Outside
from tests.integration.simulators.reels import VideoHost

SCRIPT = Path(__file__).with_name("facebook_sdk.py")
USER = "17841400000000777"


@pytest.fixture(scope="module")
def said(shared_outside: Outside, video_host: VideoHost, reel: Path) -> dict[str, Any]:
    token = make_token(shared_outside, flavour="facebook", user=USER)
    wish = {
        "url": shared_outside.url,
        "token": token,
        "user": USER,
        "video_url": video_host.url(reel),
        "file": str(reel),
    }
    into = shared_outside.folder / "said.json"
    environ = {"PATH": os.defpath, "HOME": str(shared_outside.folder)}
    command = [sys.executable, str(SCRIPT), json.dumps(wish), str(into)]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=100)
    told: dict[str, Any] = json.loads(into.read_text())
    return told


def test_it_sees_the_token_and_the_account(said: dict[str, Any]) -> None:
    assert said["debug"]["is_valid"]
    assert "instagram_content_publish" in said["debug"]["scopes"]
    assert said["account"]["id"] == USER
    assert said["permission"]["status"] == "granted"


def test_it_publishes_and_reads_the_post(said: dict[str, Any]) -> None:
    assert said["container"]["status_code"] == "FINISHED"
    assert said["container"]["copyright_check_status"]["status"] == "completed"
    assert said["media"]["caption"] == "By the SDK #one"
    assert said["media"]["media_product_type"] == "REELS"
    assert said["media"]["is_ai_generated"]
    assert said["media"]["owner"] == {"id": USER}


def test_its_parameters_are_understood(said: dict[str, Any], shared_outside: Outside) -> None:
    created = shared_outside.ledger(op="create_container", effect="container.created")
    (facts,) = (e["facts"] for e in created if e["ids"]["container"] == said["container"]["id"])
    assert (facts["share_to_feed"], facts["trial_params"]) == (True, "MANUAL")
    assert facts["collaborators"] == ["one.friend"]
    assert facts["user_tags"] == ["somebody"]


def test_it_follows_the_cursors_of_a_list(said: dict[str, Any]) -> None:
    assert len(said["list"]) == 4
    assert said["list"][0] == {"id": said["media"]["id"], "caption": "By the SDK #one"}


def test_it_comments_and_reads_limit_and_insights(said: dict[str, Any]) -> None:
    assert said["comments"] == [{"id": said["comment"], "text": "first!"}]
    assert said["limit"] == {
        "config": {"quota_total": 50, "quota_duration": 86400},
        "quota_usage": 1,
    }
    assert said["insights_early"] == []
    assert [one["name"] for one in said["insights"]] == ["views", "reach"]


def test_it_brings_a_file(said: dict[str, Any], reel: Path) -> None:
    assert said["uploaded"] == {"success": True, "message": "Upload successful."}
    assert said["file_container"]["status_code"] == "FINISHED"
    uploading = said["file_container"]["video_status"]["uploading_phase"]
    assert uploading == {"status": "complete", "bytes_transferred": reel.stat().st_size}


@pytest.mark.parametrize(
    ("what", "code", "subcode", "transient"),
    [
        ("not_found", 24, 2207006, False),
        ("armed -1", -1, 2207001, True),
        ("armed 4", 4, 2207051, False),
        ("after_deletion", 100, 33, False),
    ],
)
def test_it_names_errors(
    said: dict[str, Any], what: str, code: int, subcode: int, *, transient: bool
) -> None:
    error = said[what]
    assert (error["status"], error["code"], error["subcode"]) == (400, code, subcode)
    assert error["transient"] is transient
