"""Drafts as the workers leave them: a row that names two files."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from clients.store import ObjectStore
from db.database import Database
from schemas.account import Account, AccountDay
from schemas.reel import Caption, ComposedReel, DraftRequest

CAPTION = Caption(
    caption="Look at this", hashtags=tuple(f"#tag{n}" for n in range(10)), hook_type="question"
)


async def a_draft(
    database: Database, video: bytes, *others: Caption
) -> tuple[tuple[str, ...], ComposedReel]:
    """The revisions of a video, a caption each, without its files."""
    account = Account(
        id=f"demo-{token_hex(6)}", handle="demo", platform_user_id=token_hex(6), theme="robots"
    )
    await database.accounts.add(account, b"sealed")
    key = AccountDay(account=account.id, day=date(2026, 11, 23))
    claimed = await database.reels.claim(key, "run", "test")
    assert claimed
    digest = sha256(video + account.id.encode()).hexdigest()
    composed = ComposedReel(
        video_key=f"{key.prefix}/reel-{digest[:16]}.mp4",
        poster_key=f"{key.prefix}/poster-{digest[:16]}.png",
        video_sha256=digest,
        bytes=len(video),
        seconds=20,
    )
    request = DraftRequest(
        key=key, reel=claimed.id, composed=composed, caption=CAPTION, others=others
    )
    laid = await database.approvals.lay(claimed.id, composed, request.variants)
    return tuple(row.revision for row in laid), composed


async def a_stored_draft(
    database: Database, store: ObjectStore, folder: Path, *, video: bytes, poster: bytes
) -> str:
    """A revision with its files in the store."""
    (revision,), composed = await a_draft(database, video)
    await put_files(store, folder, composed, video=video, poster=poster)
    return revision


async def put_files(
    store: ObjectStore, folder: Path, composed: ComposedReel, *, video: bytes, poster: bytes
) -> None:
    for key, content, media_type in (
        (composed.video_key, video, "video/mp4"),
        (composed.poster_key, poster, "image/png"),
    ):
        file = folder / Path(key).name
        file.write_bytes(content)
        await store.put(file, key, media_type)
