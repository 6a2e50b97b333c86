"""The file stores behind the addresses that video services hand out."""

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import urlencode

from starlette.responses import FileResponse, Response

from simulators.calls import Call, Outcome
from simulators.clips import Clips
from simulators.jobs import Job, Jobs

KINDS = ("expired", "html", "short")
"""Own faults of a download: an address whose time is over, a page with 200 in place of the
file, and the file's first half as if it were all of it."""
PAGE = "<!DOCTYPE html><html><title>One moment</title><p>The network is busy.</p></html>\n"


class Files:
    """Files under `/{path}/{job}/{file}`, in ranges."""

    def __init__(self, clips: Clips, jobs: Jobs, path: str, key_file: Path, seconds: int) -> None:
        self._clips = clips
        self._jobs = jobs
        self._path = path
        self._key = _kept_key(key_file)
        self._seconds = seconds
        """How long an address lives."""

    def address(self, call: Call, job: Job) -> str:
        """Where a finished job's file is."""
        raise NotImplementedError

    def refusal(self, call: Call, job: Job | None) -> Response | None:
        """Why this address gets no file; None when it does."""
        raise NotImplementedError

    def download(self, call: Call) -> Outcome:
        """The operation `download`."""
        ids = {"job": call.at("job")}
        job = self._jobs.all.get(call.at("job"))
        if call.meets("expired"):
            return Outcome(denied("AccessDenied", "Request has expired"), ids)
        if refused := self.refusal(call, job):
            return Outcome(refused, ids)
        file = self._clips.ready(job.spec) if job else None
        if file is None:
            return Outcome(denied("NoSuchKey", "The specified key does not exist", 404), ids)
        if call.meets("html"):
            return Outcome(Response(PAGE, media_type="text/html"), ids)
        if call.meets("short"):
            whole = file.read_bytes()
            half = Response(whole[: len(whole) // 2], media_type="video/mp4")
            return Outcome(half, ids, facts={"range": None})
        asked = {"range": call.request.headers.get("range")}
        return Outcome(FileResponse(file, media_type="video/mp4"), ids, facts=asked)

    def size(self, job: Job) -> int:
        """A finished file's length in bytes."""
        file = self._clips.ready(job.spec)
        return file.stat().st_size if file else 0

    def _url(self, call: Call, job: Job, file: str) -> str:
        url = call.request.url
        return f"{url.scheme}://{url.netloc}{self._path}/{job.id}/{file}"

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


class SignedFiles(Files):
    """Every look mints a fresh address, which is signed and lives from then."""

    def address(self, call: Call, job: Job) -> str:
        """A new one each time."""
        file, ends = f"{secrets.token_hex(6)}.mp4", str(int(call.now + self._seconds))
        signature = self._mac(f"{self._path}/{job.id}/{file}?{ends}")
        query = urlencode({"X-Amz-Expires": ends, "X-Amz-Signature": signature})
        return f"{self._url(call, job, file)}?{query}"

    def refusal(self, call: Call, job: Job | None) -> Response | None:
        """403 for a signature that doesn't fit, and for one whose time is over."""
        del job
        query = call.request.query_params
        ends, signature = query.get("X-Amz-Expires", ""), query.get("X-Amz-Signature", "")
        right = self._mac(f"{self._path}/{call.at('job')}/{call.at('file')}?{ends}")
        if not hmac.compare_digest(signature.encode(), right.encode()):
            return denied("SignatureDoesNotMatch", "The signature does not match")
        return denied("AccessDenied", "Request has expired") if int(ends) < call.now else None


class PublicFiles(Files):
    """One address a job that can't be guessed, living from the job's end."""

    def address(self, call: Call, job: Job) -> str:
        """The same each time."""
        return self._url(call, job, self._file(job))

    def refusal(self, call: Call, job: Job | None) -> Response | None:
        """404 for another name, 403 when its time is over."""
        if job is None or not hmac.compare_digest(call.at("file"), self._file(job)):
            return denied("NoSuchKey", "The specified key does not exist", 404)
        over = self._jobs.end(job) + self._seconds < call.now
        return denied("AccessDenied", "Request has expired") if over else None

    def _file(self, job: Job) -> str:
        return f"{self._mac(job.id)[:24]}_output.mp4"


def denied(code: str, message: str, status: int = 403) -> Response:
    """A file store's error."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
    return Response(f"{text}<Message>{message}</Message></Error>", status, media_type="text/xml")


def _kept_key(file: Path) -> bytes:
    """The key that signs addresses: the same after a restart."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
