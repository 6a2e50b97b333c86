"""What an Instagram account holds: containers on their way, posts that are out, comments."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DAY = 86_400
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STATUS_TEXTS = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "PUBLISHED": "Published: Media has been successfully published.",
    "EXPIRED": "Expired: The container was not published within 24 hours and has expired.",
}


@dataclass(frozen=True)
class Container:
    """An upload that isn't a post yet."""

    id: str
    user: str
    created: float
    caption: str
    facts: dict[str, Any]
    """What was asked for, without addresses."""
    taken: dict[str, Any] = field(default_factory=dict)
    """What was fetched: bytes, sha256, seconds, size."""
    taken_at: float | None = None
    refused: int | None = None
    """The subcode when the file wasn't taken."""
    published: bool = False
    transferred: int = 0
    """How many bytes of a local file the upload host has."""
    size: int | None = None
    """How many there are, as the upload said."""

    @property
    def is_upload(self) -> bool:
        """Whether the file comes through the upload host."""
        return self.facts.get("upload_type") == "resumable"

    def state(self, now: float, processing: float) -> str:
        """`status_code` at a moment."""
        if self.published:
            return "PUBLISHED"
        if now - self.created >= DAY:
            return "EXPIRED"
        if self.taken_at is None or now < self.taken_at + processing:
            return "IN_PROGRESS"
        return "ERROR" if self.refused else "FINISHED"

    def status_text(self, state: str) -> str:
        """`status` in that state."""
        if state == "ERROR":
            return f"Error: Media upload has failed with error code {self.refused}"
        return STATUS_TEXTS[state]

    def shown(self, state: str) -> dict[str, Any]:
        """All fields that a read can ask for."""
        known: dict[str, Any] = {
            "id": self.id,
            "status_code": state,
            "status": self.status_text(state),
            "copyright_check_status": self._copyright(state),
        }
        if self.is_upload:
            known["video_status"] = self._video(state)
        return known

    def _copyright(self, state: str) -> dict[str, Any]:
        if self.taken_at is None:
            return {"status": "not_started", "matches_found": False}
        if state == "IN_PROGRESS":
            return {"status": "in_progress", "matches_found": False}
        found = bool(self.facts.get("copyright_match"))
        return {"status": "error" if self.refused else "completed", "matches_found": found}

    def _video(self, state: str) -> dict[str, Any]:
        whole = self.taken_at is not None or self.transferred == self.size
        processing = {"ERROR": "error", "FINISHED": "complete", "PUBLISHED": "complete"}
        under_way = "in_progress" if whole else "not_started"
        return {
            "uploading_phase": {
                "status": "complete" if whole and not self.refused else "in_progress",
                "bytes_transferred": self.taken.get("bytes", self.transferred),
            },
            "processing_phase": {"status": processing.get(state, under_way)},
        }


@dataclass(frozen=True)
class Post:
    """A published Reel."""

    id: str
    user: str
    caption: str
    published: float
    container: str = ""
    """Empty for a post that the API didn't make."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Those of its container."""

    def shown(self) -> dict[str, Any]:
        """All fields that a read can ask for."""
        code = shortcode(self.id)
        return {
            "id": self.id,
            "ig_id": self.id,
            "caption": self.caption,
            "media_type": "VIDEO",
            "media_product_type": "REELS",
            "permalink": f"https://www.instagram.com/reel/{code}/",
            "shortcode": code,
            "timestamp": graph_time(self.published),
            "username": username(self.user),
            "owner": {"id": self.user},
            "is_ai_generated": bool(self.facts.get("is_ai_generated")),
            "is_shared_to_feed": self.facts.get("share_to_feed") is not False,
        }


@dataclass(frozen=True)
class Comment:
    """What an account said under a post."""

    id: str
    user: str
    text: str
    written: float

    def shown(self) -> dict[str, Any]:
        """All fields that a read can ask for."""
        return {
            "id": self.id,
            "text": self.text,
            "timestamp": graph_time(self.written),
            "username": username(self.user),
            "from": {"id": self.user, "username": username(self.user)},
        }


def new_id(prefix: str) -> str:
    """A numeric id of 17 digits, in the manner of the platform's."""
    return prefix + str(10**13 + secrets.randbelow(9 * 10**13))


def shortcode(media: str) -> str:
    """The public name of a post: its id in base 64."""
    number, code = int(media), ""
    while number:
        number, digit = divmod(number, 64)
        code = ALPHABET[digit] + code
    return code


def graph_time(moment: float) -> str:
    """A time as the Graph API writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def username(user: str) -> str:
    """The handle of a user."""
    return f"reels_{user[-6:]}"
