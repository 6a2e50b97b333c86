"""Looks at the outside parts of an installation, for `admin.py doctor`."""

import asyncio
import secrets
import tempfile
from http import HTTPStatus
from pathlib import Path

import httpx

from clients.errors import ClientError
from clients.mail import Mail
from clients.store import ObjectStore
from clients.video import ChecksKey
from schemas.checkup import Finding

ANSWER_SECONDS = 10.0
ENCODERS = ("libx264", "aac")
_CONTENT = b"admin.py doctor was here\n"


async def check_store(store: ObjectStore, where: str) -> Finding:
    """Whether an object can be written, read back and deleted."""
    key = f"doctor/{secrets.token_hex(8)}/probe.txt"
    mend = "start the object store, or set S3_ENDPOINT_URL, S3_BUCKET and the S3 keys right"
    try:
        with tempfile.TemporaryDirectory(prefix="doctor-") as folder:
            sent, got = Path(folder) / "sent", Path(folder) / "got"
            sent.write_bytes(_CONTENT)
            await store.put(sent, key, "text/plain")
            await store.get(key, got)
            same = got.read_bytes() == _CONTENT
            deleted = await store.delete_prefix(key.rpartition("/")[0])
    except ClientError as error:
        return Finding(part="object store", said=f"{where}: {error.message}", mend=mend)
    if not same or deleted != 1 or await store.size(key) is not None:
        return Finding(
            part="object store",
            said=f"{where} does not give back what was written, or does not delete it",
            mend="use a store that speaks S3",
        )
    return Finding(part="object store", said=f"{where} writes, reads and deletes")


async def check_ffmpeg(executable: Path) -> Finding:
    """Whether FFmpeg runs and has the encoders that a Reel needs."""
    mend = "set FFMPEG_PATH to an FFmpeg with libx264 and aac, or unset it"
    try:
        child = await asyncio.create_subprocess_exec(
            *(str(executable), "-hide_banner", "-encoders"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        return Finding(part="ffmpeg", said=f"{executable} does not run: {error}", mend=mend)
    try:
        said, _ = await asyncio.wait_for(child.communicate(), ANSWER_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
        return Finding(part="ffmpeg", said=f"{executable} does not answer", mend=mend)
    names = {line.split()[1] for line in said.decode().splitlines() if len(line.split()) > 1}
    missing = [name for name in ENCODERS if name not in names]
    if missing:
        return Finding(part="ffmpeg", said=f"{executable} lacks {', '.join(missing)}", mend=mend)
    return Finding(part="ffmpeg", said=f"{executable} has {' and '.join(ENCODERS)}")


async def check_video(name: str, provider: object) -> Finding:
    """Whether a video provider takes its key; buys nothing."""
    part = f"video provider {name}"
    if not isinstance(provider, ChecksKey):
        return Finding(part=part, said="set up; it has no question that is free")
    try:
        return Finding(part=part, said=await provider.check())
    except ClientError as error:
        mend = f"set the key and the address of {name} right, or wait until it answers"
        return Finding(part=part, said=error.message, mend=mend)


async def check_mail(mail: Mail | None) -> Finding:
    """Whether the mail server answers as it should; sends no letter and does not log in."""
    if mail is None:
        return Finding(part="mail", said="not set up: no links to sign in and no digests are sent")
    try:
        return Finding(part="mail", said=await mail.check())
    except ClientError as error:
        mend = "start the mail server, or set SMTP_URL and SMTP_CA_FILE right"
        return Finding(part="mail", said=f"{mail.place}: {error.message}", mend=mend)


async def check_web(base_url: str) -> tuple[Finding, Finding]:
    """Whether the web process is reached at its public address, and finds itself ready."""
    alive = await _answer(f"{base_url}/healthz")
    if not isinstance(alive, httpx.Response) or alive.status_code != HTTPStatus.OK:
        said = alive if isinstance(alive, str) else f"answers {alive.status_code}"
        mend = "start it (python -m web), or set PUBLIC_BASE_URL to where it is reached"
        return (
            Finding(part="public address", said=f"{base_url}: {said}", mend=mend),
            Finding(part="web", said="not asked: it is not reached", mend=mend),
        )
    ready = await _answer(f"{base_url}/readyz")
    return Finding(part="public address", said=f"{base_url} is reached from here"), _web(ready)


def _web(ready: httpx.Response | str) -> Finding:
    if isinstance(ready, str):
        return Finding(part="web", said=ready, mend="look into its log")
    if ready.status_code == HTTPStatus.OK:
        return Finding(part="web", said="is ready")
    return Finding(
        part="web", said=f"is not ready: {ready.text[:500]}", mend="mend the part that it names"
    )


async def _answer(url: str) -> httpx.Response | str:
    """The answer, or why there was none."""
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            return await http.get(url)
    except httpx.HTTPError as error:
        return f"no answer ({type(error).__name__})"
