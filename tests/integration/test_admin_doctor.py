import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from db.cipher import TokenCipher
from db.database import Database, open_database
from db.digests import DigestState
from db.tokens import NewTokens
from runtime.temporal import MEDIA_QUEUE, TASK_QUEUE
from schemas.account import Role
from schemas.digest import Digest
from schemas.token import TokenFacts
from tests.commands import Ended
from tests.conftest import StoreAccess
from tests.factories import an_account
from tests.integration.db.rows import some_gameplay
from tests.integration.door import AdminDoor, admin_door, write_secret
from tests.integration.web.letterbox import a_letterbox

CIPHER = TokenCipher({"1": bytes.fromhex("ab" * 32)}, "1")


@activity.defn
async def nothing() -> None:
    """Stands in for the work of a worker: the doctor asks only whether somebody polls."""


@workflow.defn
class Nothing:
    @workflow.run
    async def run(self) -> None:
        """Likewise."""


@pytest.fixture(scope="module")
async def workers(temporal_address: str) -> AsyncIterator[None]:
    client = await Client.connect(temporal_address)
    reels = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Nothing],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with reels, Worker(client, task_queue=MEDIA_QUEUE, activities=[nothing]):
        await asyncio.sleep(0.5)
        yield


@asynccontextmanager
async def a_web(status: str) -> AsyncIterator[str]:
    """Stands in for the web process: answers every request alike, and is alive."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode().split()[1]
        word = "200 OK" if asked == "/healthz" else status
        writer.write(f"HTTP/1.1 {word}\r\ncontent-length: 4\r\n\r\nsick".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture(scope="module")
async def db(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as db:
        account = an_account()
        await db.accounts.add(account, CIPHER.seal(account.id, "IGAAtoken"))
        await db.gameplay.add(some_gameplay("doctor", 600), "gameplay/doctor.mp4", "doctor")
        yield db


@pytest.fixture
async def luma_url() -> AsyncIterator[str]:
    """Stands in for Luma, which takes the key and doesn't know the job that is looked for."""
    async with a_web("404 Not Found") as url:
        yield url


@pytest.fixture
async def admin(  # noqa: PLR0913, PLR0917 - each is a part that the doctor looks at
    database_url: str,
    object_store: StoreAccess,
    temporal_address: str,
    tmp_path: Path,
    db: Database,
    luma_url: str,
) -> AdminDoor:
    assert await db.accounts.all()
    door = admin_door(database_url, object_store, tmp_path)
    return door.with_settings(
        TEMPORAL_ADDRESS=temporal_address,
        DECISION_KEY="cd" * 32,
        ANTHROPIC_API_KEY="sk-ant-canary",
        LUMA_AGENTS_API_KEY="luma-canary",
        LUMA_BASE_URL=luma_url,
    )


def failures(ended: Ended) -> dict[str, str]:
    """The parts that are not well, and their lines."""
    lines = ended.out.splitlines()
    assert all(line.startswith(("ok    ", "SOON  ", "FAIL  ")) for line in lines), ended
    assert all(" -> " in line for line in lines if line.startswith("FAIL"))
    assert "canary" not in ended.out + ended.err
    assert "Traceback" not in ended.err
    sick = {line[6:].split(": ")[0]: line for line in lines if line.startswith("FAIL")}
    assert ended.code == (1 if sick else 0)
    return sick


@pytest.mark.usefixtures("workers")
async def test_a_whole_installation_is_well(admin: AdminDoor) -> None:
    async with a_web("200 OK") as url:
        ended = await admin.with_settings(PUBLIC_BASE_URL=url)("doctor")
    assert failures(ended) == {}
    assert len(ended.out.splitlines()) >= 16


@pytest.mark.usefixtures("workers")
async def test_each_part_that_is_down_is_named_and_the_others_are_looked_at(
    admin: AdminDoor, dead_port: int
) -> None:
    nobody = f"127.0.0.1:{dead_port}"
    broken = admin.with_settings(
        DATABASE_URL=f"postgresql://u:canary@{nobody}/reels",
        S3_ENDPOINT_URL=f"http://{nobody}",
        TEMPORAL_ADDRESS=nobody,
        PUBLIC_BASE_URL=f"http://{nobody}",
        FFMPEG_PATH="/bin/true",
    )
    sick = failures(await broken("doctor"))
    assert set(sick) == {"database", "object store", "temporal", "public address", "web", "ffmpeg"}
    for part in ("database", "object store", "temporal", "public address"):
        assert nobody in sick[part]
    assert "libx264" in sick["ffmpeg"]


async def test_settings_that_are_missing_are_named_for_each_process(admin: AdminDoor) -> None:
    sick = failures(await admin.without("DECISION_KEY", "LUMA_AGENTS_API_KEY")("doctor"))
    worker = sick["settings of worker.py reels"]
    assert "DECISION_KEY" in worker
    assert "LUMA_AGENTS_API_KEY" in worker
    assert "DECISION_KEY" in sick["settings of starter.py"]
    assert "settings of worker.py media" not in sick


async def test_a_key_that_others_can_read_is_told(admin: AdminDoor) -> None:
    (Path(admin.environ["TOKEN_KEYS_DIR"]) / "1").chmod(0o644)
    assert "chmod 600" in failures(await admin("doctor"))["settings of admin.py"]


async def test_each_video_provider_that_has_a_key_is_asked(
    admin: AdminDoor, simulators_url: str, dead_port: int
) -> None:
    asked = admin.with_settings(
        RUNWAYML_API_SECRET="key_canary",
        RUNWAY_BASE_URL=f"{simulators_url}/runway",
        FAL_KEY="fal:canary",
        FAL_API_BASE_URL=f"http://127.0.0.1:{dead_port}",
    )
    ended = await asked("doctor")
    assert "ok    video provider luma: the key is accepted" in ended.out
    assert "ok    video provider runway: the account has" in ended.out
    assert "nothing listens" in failures(ended)["video provider pika"]


async def test_a_video_provider_that_refuses_its_key_is_told(admin: AdminDoor) -> None:
    async with a_web("401 Unauthorized") as url:
        sick = failures(await admin.with_settings(LUMA_BASE_URL=url)("doctor"))
    assert "key was not accepted" in sick["video provider luma"]


async def test_a_model_without_a_price_is_told(admin: AdminDoor) -> None:
    sick = failures(await admin.with_settings(LUMA_MODEL="ray-9")("doctor"))
    assert "no price is known for 'ray-9 720p'" in sick["video terms"]


async def test_a_wrong_key_of_the_object_store_is_told(admin: AdminDoor) -> None:
    broken = admin.with_settings(S3_SECRET_ACCESS_KEY="canary")
    assert "secret key" in failures(await broken("doctor"))["object store"]


async def test_a_database_that_was_not_migrated_is_told(
    admin: AdminDoor, postgres_url: str
) -> None:
    broken = admin.with_settings(DATABASE_URL=postgres_url)
    assert "admin.py migrate" in failures(await broken("doctor"))["database"]


async def test_a_namespace_that_is_not_there_is_told(admin: AdminDoor) -> None:
    broken = admin.with_settings(TEMPORAL_NAMESPACE="nowhere")
    assert "namespace create -n nowhere" in failures(await broken("doctor"))["temporal"]


async def test_a_bare_namespace_lacks_search_attributes_and_workers(
    admin: AdminDoor, temporal_address: str
) -> None:
    name = f"bare-{token_hex(4)}"
    client = await Client.connect(temporal_address)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=name, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    await asyncio.sleep(2)  # the server's caches of namespaces are a second or so old
    sick = failures(await admin.with_settings(TEMPORAL_NAMESPACE=name)("doctor"))
    for attribute in ("AccountId", "ReelStage", "WaitingSince"):
        assert f"--name {attribute}" in sick["search attributes"]
    queues = {"queue reels, workflows", "queue reels, activities", "queue media, activities"}
    assert queues <= set(sick)


async def test_a_pool_that_is_nearly_dry_is_told_and_breaks_nothing(
    admin: AdminDoor, db: Database
) -> None:
    (account,) = await db.accounts.all()
    await db.accounts.change(account.model_copy(update={"reel_seconds": 60}))
    ended = await admin("doctor")
    await db.accounts.change(account)
    assert "SOON  gameplay: 1 clips in the pool, 0.2 h; gameplay not yet shown" in ended.out
    assert "gameplay" not in failures(ended)
    assert f"lasts {account.id} 10 days -> run: admin.py gameplay import" in ended.out


async def test_an_account_that_wants_music_where_there_is_none_is_told(
    admin: AdminDoor, db: Database
) -> None:
    account = an_account(sound={"music": 0})
    await db.accounts.add(account, CIPHER.seal(account.id, "IGAAtoken"))
    sick = failures(await admin("doctor"))
    await db.accounts.pause(account.id, "no music")
    assert "admin.py music import" in sick["music"]
    assert account.id in sick["music"]


async def test_a_review_channel_that_is_named_and_not_set_up_is_told(
    admin: AdminDoor, db: Database
) -> None:
    unseen, half = (
        an_account(review={"channels": names}) for names in (["email"], ["slack", "email"])
    )
    for account in (unseen, half):
        await db.accounts.add(account, CIPHER.seal(account.id, "IGAAtoken"))
    slack = admin.with_settings(SLACK_WEBHOOK_URL="https://hooks.slack.com/services/T/B/canary")
    sick = failures(await slack("doctor"))["review channels"]
    await db.pool.write("DELETE FROM instagram_accounts WHERE id = $1", unseen.id)
    soon = await slack("doctor")
    await db.pool.write("DELETE FROM instagram_accounts WHERE id = $1", half.id)

    assert f"{unseen.id} lacks email" in sick
    assert f"nobody is shown the Reels of {unseen.id}, but on the pages" in sick
    assert f"SOON  review channels: {half.id} lacks email -> set it up" in soon.out


async def test_access_that_ends_soon_is_told_and_one_that_has_ended_fails(
    admin: AdminDoor, db: Database
) -> None:
    account, now = an_account(), datetime.now(UTC)
    await db.accounts.add(account, None)
    sealed = CIPHER.seal(account.id, "IGAAcanary")
    said = {}
    for days in (20, 5, -1):
        facts = TokenFacts(issued_at=now, expires_at=now + timedelta(days=days, hours=1))
        await db.tokens.set(account.id, NewTokens(sealed, facts=facts), now)
        ended = await admin("doctor")
        failures(ended)
        (said[days],) = [one for one in ended.out.splitlines() if f"account {account.id}:" in one]
    await db.pool.write("DELETE FROM instagram_accounts WHERE id = $1", account.id)
    assert said[20].startswith("ok")
    assert "access: 20 days" in said[20]
    assert said[5].startswith("SOON")
    assert f"admin.py account connect {account.id}" in said[5]
    assert said[-1].startswith("FAIL")
    assert "its access has ended" in said[-1]


async def test_a_key_that_still_seals_a_token_is_not_to_be_taken_away(admin: AdminDoor) -> None:
    write_secret(Path(admin.environ["TOKEN_KEYS_DIR"]) / "2", "cd" * 32)
    ended = await admin("doctor")
    (line,) = [line for line in ended.out.splitlines() if "token keys" in line]
    assert "under 1: take no key away yet -> run: admin.py keys rotate" in line
    assert line.startswith("SOON")
    assert "token keys" not in failures(ended)

    (Path(admin.environ["TOKEN_KEYS_DIR"]) / "1").unlink()
    sick = failures(await admin("doctor"))
    assert any("sealed with the key '1'" in line for line in sick.values())


async def test_a_web_process_that_is_not_ready_says_why(admin: AdminDoor) -> None:
    async with a_web("503 Service Unavailable") as url:
        sick = failures(await admin.with_settings(PUBLIC_BASE_URL=url)("doctor"))
    assert "public address" not in sick
    assert "sick" in sick["web"]


async def test_a_token_that_does_not_open_and_an_empty_pool_are_told(
    admin: AdminDoor, db: Database
) -> None:
    unreadable, bare = an_account(), an_account()
    await db.accounts.add(unreadable, CIPHER.seal("another", "IGAAcanary"))
    await db.accounts.add(bare, None)
    for clip in await db.gameplay.all():
        await db.gameplay.retire(clip.id)
    sick = failures(await admin("doctor"))
    assert f"token set {unreadable.id}" in sick[f"account {unreadable.id}"]
    assert "has no token" in sick[f"account {bare.id}"]
    assert "gameplay import" in sick["gameplay"]


async def test_a_mail_server_is_asked_whether_it_answers(admin: AdminDoor, dead_port: int) -> None:
    assert "ok    mail: not set up" in (await admin("doctor")).out
    async with a_letterbox() as box:
        url = f"smtp://ann:canary@127.0.0.1:{box.port}"
        ended = await admin.with_settings(SMTP_URL=url)("doctor")
    assert f"ok    mail: 127.0.0.1:{box.port} answers, without TLS" in ended.out
    assert {b"MAIL", b"AUTH", b"RCPT"}.isdisjoint(box.heard)
    broken = admin.with_settings(SMTP_URL=f"smtp://ann:canary@127.0.0.1:{dead_port}")
    assert f"127.0.0.1:{dead_port}" in failures(await broken("doctor"))["mail"]


async def test_a_digest_that_may_not_have_come_is_told_and_breaks_nothing(
    admin: AdminDoor, db: Database
) -> None:
    await db.people.put("ann", email=None, slack=None, discord=None, role=Role.REVIEWER)
    now = datetime.now(UTC)
    digest = Digest(person="ann", day=now.date())
    await db.digests.begin(digest, now)
    await db.digests.take(digest, 2, now)
    sending = DigestState.SENDING
    await db.digests.end(
        digest, DigestState.UNKNOWN, now, since=sending, reason="the answer was lost"
    )
    ended = await admin("doctor")
    assert f"SOON  digests: ann on {now.date()}: unknown, the answer was lost" in ended.out
    assert "digests" not in failures(ended)
