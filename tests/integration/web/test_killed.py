"""The web process, killed with -9 when its answer was read: what each door took survives."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from temporalio.client import Client
from temporalio.worker import Worker

from db.database import Database
from schemas.account import AccountDay, Role
from schemas.decision import unseal
from schemas.mail_link import MailLink, MailLinks, expiry, link_key
from tests.integration.web.browsing import Browser, entered
from tests.integration.web.conftest import DECISION_KEY, Day
from tests.integration.web.drafts import a_draft
from tests.integration.web.knocks import KEY, Knock, discord, slack
from tests.integration.web.recorder import RecordedDay
from tests.integration.web.slack_app import SIGNING_SECRET
from tests.integration.web.test_process import alive, environ, running
from tests.waiting import until

__all__ = ["environ"]

SLACK, DISCORD = "U123", "2000000000000000001"
ANSWERED, ALONE = "a worker's days", "days without a worker"
"""Task queues: where a worker answers the door, and where Temporal alone holds its decision."""


@dataclass(frozen=True)
class Reel:
    """A Reel that is up for review, and its day."""

    key: AccountDay
    revision: str
    day: Day


async def a_reel(database: Database, temporal: Client, queue: str) -> Reel:
    (revision,), _ = await a_draft(database, b"a video")
    key = await database.approvals.day_of(revision)
    assert key
    day = await temporal.start_workflow(RecordedDay.run, id=key.workflow_id, task_queue=queue)
    return Reel(key, revision, day)


async def knocked(web: httpx.AsyncClient, knock: Knock) -> None:
    """Knock as a person does: once more where the answer is that it was not delivered."""

    async def taken() -> bool:
        answer = await web.post(knock.path, content=knock.body, headers=knock.honest())
        assert answer.status_code in {200, 503}
        return "could not be delivered" not in answer.text

    await until(taken, "no press is taken")


async def decided(web: httpx.AsyncClient, reel: Reel, token: str) -> None:
    answer = await web.post(
        f"/api/v1/reels/{reel.key.account}/{reel.key.day}/decision",
        json={"revision": reel.revision, "verdict": "approve"},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code in {200, 202}


async def pressed(database: Database, url: str, reel: Reel) -> None:
    """The button of the Reel's page."""
    async with await entered(database, url, "alice") as browser:
        action = f"/reel/{reel.key.account}/{reel.key.day}/decide"
        answer = await browser.send("/", action, revision=reel.revision, verdict="approve")
        assert (answer.status_code, answer.headers["location"]) == (303, action[: -len("/decide")])


async def mailed(url: str, reel: Reel) -> None:
    """The button behind a letter's link."""
    ends = expiry(datetime.now(UTC), None)
    link = MailLink(person="alice", key=reel.key, revision=reel.revision, expires_at=ends)
    path = f"/mail/{MailLinks(link_key(DECISION_KEY)).token(link)}"
    web = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
    async with Browser(web, "alice") as browser:
        assert (await browser.send(path, path, verdict="approve")).status_code == 303


async def test_what_was_acknowledged_survives_a_kill(
    environ: dict[str, str], database: Database, temporal: Client
) -> None:
    url = f"http://127.0.0.1:{environ['WEB_PORT']}"
    environ |= {
        "PUBLIC_BASE_URL": url,
        "DECISION_KEY": DECISION_KEY.hex(),
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "DISCORD_PUBLIC_KEY": KEY.public_key().public_bytes_raw().hex(),
    }
    ids = {"slack": SLACK, "discord": DISCORD}
    await database.people.put("alice", email=None, role=Role.REVIEWER, **ids)
    token = await database.sign_ins.make_token("alice", "a test", datetime.now(UTC))
    queues = (ANSWERED, ANSWERED, ANSWERED, ALONE, ALONE, ANSWERED, ANSWERED)
    reels = [await a_reel(database, temporal, queue) for queue in queues]
    days = [(reel.key, reel.revision) for reel in reels]
    async with (
        running(environ) as process,
        Worker(temporal, task_queue=ANSWERED, workflows=[RecordedDay]),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as web,
    ):
        await alive(url)
        await asyncio.gather(
            decided(web, reels[0], token),
            *(knocked(web, slack(*days[at], SLACK)) for at in (1, 3)),
            *(knocked(web, discord(*days[at], DISCORD)) for at in (2, 4)),
            pressed(database, url, reels[5]),
            mailed(url, reels[6]),
        )
        process.kill()
        await process.wait()
        async with Worker(temporal, task_queue=ALONE, workflows=[RecordedDay]):
            for reel in reels:
                (sealed,) = await reel.day.query(RecordedDay.sent)
                decision = unseal(sealed, DECISION_KEY)
                assert (decision.revision, decision.reviewer) == (reel.revision, "alice")
                await reel.day.terminate()
