"""The check-up of `admin.py doctor`: looks at every part and says how to mend each."""

from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path

import imageio_ffmpeg

import accounts
import letters
import providers
from clients.checkup import check_ffmpeg, check_mail, check_store, check_video, check_web
from clients.store import ObjectStore
from db.checkup import (
    check_channels,
    check_database,
    check_digests,
    check_gameplay,
    check_music,
    check_tokens,
)
from db.cipher import TokenCipher
from db.database import open_database
from db.failures import DatabaseError
from runtime import settings as known
from runtime.checkup import check_disk, check_settings, check_temporal
from runtime.exits import InputError
from runtime.groups import Group, VideoSettings
from runtime.mail import MailSettings
from runtime.review import ReviewSettings
from schemas.account import ChannelName
from schemas.checkup import Finding

PROCESSES: dict[str, type[Group]] = {
    "admin.py": known.AdminSettings,
    "starter.py": known.StarterSettings,
    "worker.py reels": known.WorkerSettings,
    "worker.py media": known.MediaWorkerSettings,
    "web": known.WebSettings,
}


async def examine(environ: Mapping[str, str]) -> int:
    """Print one line a check. 1 when something does not work, 0 otherwise."""
    well = True
    async for finding in _findings(environ):
        well = well and (finding.ok or finding.works)
        first, *more = (line.strip() for line in finding.said.splitlines() or [""])
        said = f"{first} {'; '.join(more)}".strip()
        mend = "" if finding.ok else f" -> {finding.mend}"
        print(f"{finding.word:<5} {finding.part}: {said}{mend}", flush=True)
    return 0 if well else 1


async def _findings(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    for process, model in PROCESSES.items():
        yield check_settings(process, model, environ)
    try:
        settings = known.load(known.AdminSettings, environ)
        public_base_url = known.load(ReviewSettings, environ).public_base_url
    except known.SettingsError:
        return  # said above; no other part can be found without them
    yield check_disk(settings.work_dir)
    yield await check_ffmpeg(settings.ffmpeg_path or Path(imageio_ffmpeg.get_ffmpeg_exe()))
    async for finding in _database(settings, accounts.set_up(environ)):
        yield finding
    yield await _store(settings)
    async for finding in _mail(environ):
        yield finding
    async for finding in _video(environ):
        yield finding
    for finding in await check_temporal(settings.temporal_address, settings.temporal_namespace):
        yield finding
    for finding in await check_web(public_base_url):
        yield finding


async def _database(
    settings: known.AdminSettings, set_up: Collection[ChannelName] | None
) -> AsyncIterator[Finding]:
    dsn, keys = settings.database_url.get_secret_value(), settings.token_keys_dir
    found = await check_database(dsn)
    yield found
    if not found.ok:
        return
    try:
        async with open_database(dsn) as db:
            yield await check_gameplay(db)
            if (music := await check_music(db)) is not None:
                yield music
            if (digests := await check_digests(db)) is not None:
                yield digests
            if set_up is not None and (reached := await check_channels(db, set_up)) is not None:
                yield reached
            for finding in await check_tokens(db, TokenCipher(keys.by_id, keys.primary)):
                yield finding
    except DatabaseError as error:
        yield Finding(part="database", said=str(error), mend="look into PostgreSQL's log")


async def _store(settings: known.AdminSettings) -> Finding:
    where = f"{settings.s3_endpoint_url or 'AWS'}, bucket {settings.s3_bucket}"
    async with ObjectStore(
        endpoint_url=settings.s3_endpoint_url,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id.get_secret_value(),
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    ) as store:
        return await check_store(store, where)


async def _video(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Each video provider that has a key: whether the key is taken, without buying anything."""
    try:
        films = providers.build(known.load(VideoSettings, environ))
    except known.SettingsError:
        return  # said above, with the settings of the worker
    except InputError as error:
        yield Finding(part="video terms", said=str(error), mend="mend what is named")
        return
    for name, provider in films.items():
        yield await check_video(name, provider)
        await provider.aclose()


async def _mail(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Whether there is a mail server, and whether it answers."""
    try:
        mail = letters.mail_of(known.load(MailSettings, environ))
    except known.SettingsError:
        return  # said above, with the settings of the worker
    yield await check_mail(mail)
