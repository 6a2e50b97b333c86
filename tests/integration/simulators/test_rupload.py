"""Bringing a file to the upload host, whole or in pieces."""

import hashlib
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.simulators.graph_api import (
    OTHER,
    TOKEN,
    USER,
    bearer,
    error_of,
    make_token,
    publish,
    status,
)
from tests.integration.simulators.outside import Outside
from tests.integration.simulators.reels import VideoHost, make
from tests.waiting import until


def begin(outside: Outside, **change: str) -> tuple[str, str]:
    """A container without a file, and where to bring it."""
    params = {"media_type": "REELS", "upload_type": "resumable", "caption": "x", **change}
    path = f"/facebook/v25.0/{USER}/media"
    answer = outside.http.post(path, data=params, headers=bearer(TOKEN)).json()
    assert answer["uri"].startswith(f"{outside.url}/rupload/ig-api-upload/v25.0/")
    return answer["id"], answer["uri"]


def send(  # noqa: PLR0913 - the headers that the host wants
    outside: Outside,
    uri: str,
    content: bytes,
    *,
    offset: int = 0,
    size: int | None = None,
    token: str = TOKEN,
) -> httpx.Response:
    headers = {
        "authorization": f"OAuth {token}",
        "offset": str(offset),
        "file_size": str(offset + len(content) if size is None else size),
    }
    return outside.http.post(uri, content=content, headers=headers)


def phases(outside: Outside, container: str) -> tuple[str, int, str]:
    shown = status(outside, container, "facebook")["video_status"]
    uploading = shown["uploading_phase"]
    processing = shown["processing_phase"]["status"]
    return uploading["status"], uploading["bytes_transferred"], processing


def debug_info(answer: httpx.Response) -> dict[str, Any]:
    info: dict[str, Any] = answer.json()["debug_info"]
    assert set(info) == {"retriable", "type", "message"}
    return info


def test_a_file_is_uploaded_processed_and_published(outside: Outside, reel: Path) -> None:
    container, uri = begin(outside)
    content = reel.read_bytes()
    assert phases(outside, container) == ("in_progress", 0, "not_started")
    answer = send(outside, uri, content)
    assert answer.json() == {"success": True, "message": "Upload successful."}
    assert status(outside, container)["status_code"] == "FINISHED"
    assert phases(outside, container) == ("complete", len(content), "complete")
    assert publish(outside, container, flavour="facebook").status_code == 200
    facts = outside.ledger(effect="post.published")[-1]["facts"]
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()


def test_an_upload_that_was_cut_goes_on_at_the_confirmed_offset(
    own_outside: Outside, reel: Path
) -> None:
    container, uri = begin(own_outside)
    content = reel.read_bytes()
    own_outside.arm("instagram", "upload", "cut", bytes=1000)
    with pytest.raises(httpx.TransportError):
        send(own_outside, uri, content)
    assert phases(own_outside, container) == ("in_progress", 1000, "not_started")
    own_outside.kill_and_restart()
    uri = own_outside.url + urlsplit(uri).path
    answer = send(own_outside, uri, content)
    assert answer.status_code == 412
    info = debug_info(answer)
    assert (info["type"], info["retriable"]) == ("OffsetInvalidError", True)
    answer = send(own_outside, uri, content[1000:], offset=1000)
    assert answer.status_code == 200
    assert status(own_outside, container)["status_code"] == "FINISHED"
    taken = own_outside.ledger(effect="container.fetched")[-1]["facts"]
    assert taken["sha256"] == hashlib.sha256(content).hexdigest()
    assert not list((own_outside.folder / "state" / "uploads").iterdir())


async def test_what_arrived_before_a_connection_broke_is_kept(outside: Outside, reel: Path) -> None:
    container, uri = begin(outside)
    content, place = reel.read_bytes(), urlsplit(uri)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: x\r\nAuthorization: OAuth {TOKEN}\r\n"
        f"offset: 0\r\nfile_size: {len(content)}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode() + content[:5000])

    async def kept() -> bool:
        return phases(outside, container)[1] == 5000

    await until(kept, "the first 5000 bytes are kept")
    assert send(outside, uri, content[5000:], offset=5000).status_code == 200
    assert status(outside, container)["status_code"] == "FINISHED"


def test_a_body_shorter_than_the_file_is_kept_and_told(outside: Outside, reel: Path) -> None:
    container, uri = begin(outside)
    content = reel.read_bytes()
    answer = send(outside, uri, content[:2000], size=len(content))
    assert answer.status_code == 400
    assert debug_info(answer)["type"] == "PartialRequestError"
    assert phases(outside, container) == ("in_progress", 2000, "not_started")


def test_the_file_may_be_fetched_instead(
    outside: Outside, video_host: VideoHost, reel: Path
) -> None:
    container, uri = begin(outside)
    headers = {"authorization": f"OAuth {TOKEN}", "file_url": video_host.url(reel)}
    assert outside.http.post(uri, headers=headers).json()["success"]
    assert status(outside, container)["status_code"] == "FINISHED"
    assert "s3cret" not in str(outside.ledger(effect="upload.pulled")[-1])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": "OAuth foreign"},
        {"authorization": "OAuth instagram"},
    ],
)
def test_an_unauthorized_upload_fails_in_the_hosts_own_words(
    outside: Outside, headers: dict[str, str]
) -> None:
    made = {
        "OAuth foreign": make_token(outside, flavour="facebook", user=OTHER),
        "OAuth instagram": make_token(outside),
    }
    word = headers.get("authorization", "")
    sent = {"authorization": f"OAuth {made[word]}"} if word in made else headers
    _, uri = begin(outside)
    answer = outside.http.post(uri, headers={**sent, "offset": "0", "file_size": "1"}, content=b"x")
    assert answer.status_code == 400
    assert debug_info(answer) == {
        "retriable": False,
        "type": "ProcessingFailedError",
        "message": '{"success":false,"error":{"message":"unauthorized user request"}}',
    }


def test_a_failed_upload_may_go_on_all_the_same(outside: Outside, reel: Path) -> None:
    container, uri = begin(outside)
    outside.arm("instagram", "upload", "processing-failed", proceeds=True)
    answer = send(outside, uri, reel.read_bytes())
    assert answer.status_code == 400
    assert debug_info(answer)["type"] == "ProcessingFailedError"
    assert status(outside, container)["status_code"] == "FINISHED"


def test_a_failed_upload_may_be_lost(outside: Outside, reel: Path) -> None:
    container, uri = begin(outside)
    outside.arm("instagram", "upload", "processing-failed")
    assert send(outside, uri, reel.read_bytes()).status_code == 400
    shown = status(outside, container)
    assert shown["status_code"] == "ERROR"
    assert shown["status"].endswith("1363008")
    assert phases(outside, container) == ("in_progress", 0, "error")
    assert send(outside, uri, reel.read_bytes()).status_code == 400


def test_an_uploaded_file_is_held_against_the_rules(outside: Outside, tmp_path: Path) -> None:
    container, uri = begin(outside)
    short = make(tmp_path / "short.mp4", seconds=2.0)
    send(outside, uri, short.read_bytes())
    assert status(outside, container)["status"].endswith("2207026")


def test_a_version_less_container_has_an_address_too(outside: Outside, reel: Path) -> None:
    params = {"media_type": "REELS", "upload_type": "resumable", "access_token": TOKEN}
    answer = outside.http.post(f"/facebook/{USER}/media", data=params).json()
    assert send(outside, answer["uri"], reel.read_bytes()).status_code == 200


def test_instagram_login_has_no_upload(outside: Outside) -> None:
    params = {"media_type": "REELS", "upload_type": "resumable"}
    path = f"/instagram/v25.0/{USER}/media"
    answer = outside.http.post(path, data=params, headers=bearer(TOKEN))
    assert error_of(answer) == (100, None)
    assert answer.json()["error"]["message"] == "(#100) The parameter video_url is required"
