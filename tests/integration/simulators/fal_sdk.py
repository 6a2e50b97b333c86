"""What a user of the official `fal-client` does, in a process of its own.

The package reads the host of the queue from the environment when it is imported, and knows only
https. Prints one JSON line.
"""

import json
import sys
from pathlib import Path
from typing import Any

import fal_client

ENDPOINT = "fal-ai/pika/v2.2/text-to-video"


def film(wish: dict[str, Any]) -> dict[str, Any]:
    """Submit, follow and fetch."""
    client = fal_client.SyncClient()
    handle = client.submit(ENDPOINT, wish)
    seen = [type(status).__name__ for status in handle.iter_events(with_logs=True)]
    again = client.result(ENDPOINT, handle.request_id)
    return {"request_id": handle.request_id, "seen": seen, "result": handle.get(), "again": again}


def cancel(wish: dict[str, Any]) -> dict[str, Any]:
    """Submit, look, cancel, look."""
    handle = fal_client.SyncClient().submit(ENDPOINT, wish)
    before = handle.status()
    assert isinstance(before, fal_client.Queued)
    handle.cancel()
    after = handle.status()
    assert isinstance(after, fal_client.Completed)
    return {"request_id": handle.request_id, "position": before.position, "after": after.error_type}


def main(job: str, wish: str, into: str) -> None:
    """Do one of the two; an error is an answer too."""
    try:
        said = {"film": film, "cancel": cancel}[job](json.loads(wish))
    except fal_client.FalClientHTTPError as error:
        said = {"status": error.status_code, "message": error.message}
    Path(into).write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
