"""The digest's run: each person for themselves, and no link in any history."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from secrets import token_hex

import pytest
from prometheus_client import generate_latest
from temporalio.client import WorkflowHandle

from clients.mail import Mail
from runtime import schedules
from runtime.metrics import REGISTRY
from schemas.account import Role
from schemas.digest import DigestOutcome, DigestResults, DigestRun
from schemas.names import TASK_QUEUE
from tests.integration.web.letterbox import Letterbox, a_letterbox
from tests.waiting import until
from tests.workflows.world import World

Handle = WorkflowHandle[object, DigestResults]


@pytest.fixture
async def box(world: World) -> AsyncIterator[Letterbox]:
    """A mail server that the workers of this world were given from the start."""
    await world.rest()
    await world.db.pool.write("UPDATE people SET digest_at = NULL")
    async with a_letterbox() as box:
        world.mail = Mail(f"smtp://127.0.0.1:{box.port}", "reels@example.com")
        await world.work()
        yield box


async def a_reader(world: World, email: str = "") -> str:
    name = f"ann-{token_hex(4)}"
    email = email or f"{name}@example.com"
    await world.db.people.put(name, email=email, slack=None, discord=None, role=Role.REVIEWER)
    await world.db.people.set_digest(name, zone=None, at="00:00")
    return name


async def sent(world: World) -> Handle:
    handle = await world.client.start_workflow(
        "Digests",
        DigestRun(),
        id=f"digests-{token_hex(6)}",
        task_queue=TASK_QUEUE,
        result_type=DigestResults,
    )
    await handle.result()
    return handle


async def outcomes(handle: Handle) -> dict[str, DigestOutcome]:
    return {one.digest.person: one.outcome for one in (await handle.result()).digests}


async def test_of_three_people_one_has_no_letterbox_and_the_others_get_one_letter(
    world: World, box: Letterbox
) -> None:
    await world.in_review()
    ann, bob = await a_reader(world), await a_reader(world)
    lost = await a_reader(world, f"änn-{token_hex(4)}@example.com")
    first = await outcomes(await sent(world))
    assert first == {
        ann: DigestOutcome.SENT,
        bob: DigestOutcome.SENT,
        lost: DigestOutcome.REFUSED,
    }
    assert await outcomes(await sent(world)) == {}
    assert len(box.letters) == 2


async def test_the_schedule_starts_a_run_that_sends(world: World, box: Letterbox) -> None:
    await world.in_review()
    ann = await a_reader(world)
    made = await schedules.apply_alone(world.client)
    try:
        await world.client.get_schedule_handle(schedules.DIGESTS).trigger()
        (letter,) = await until(lambda: box.letters[:1], "no letter comes")
    finally:
        for name in made:
            await world.client.get_schedule_handle(name).delete()
    assert letter["to"].addresses[0].addr_spec == f"{ann}@example.com"


async def test_a_server_that_is_down_fails_one_run_and_not_the_day(
    world: World, box: Letterbox
) -> None:
    await world.in_review()
    ann = await a_reader(world)
    box.answers = {b"MAIL": "550 not you"}
    handle = await sent(world)
    assert await outcomes(handle) == {ann: DigestOutcome.FAILED}
    (result,) = (await handle.result()).digests
    assert "the sender is not taken" in result.detail
    box.answers = {}
    assert await outcomes(await sent(world)) == {ann: DigestOutcome.SENT}


async def test_a_busy_server_is_asked_again_in_the_same_run(world: World, box: Letterbox) -> None:
    await world.in_review()
    ann = await a_reader(world)
    box.answers = {b"RCPT": "450 later"}
    handle = await world.client.start_workflow(
        "Digests",
        DigestRun(),
        id=f"digests-{token_hex(6)}",
        task_queue=TASK_QUEUE,
        result_type=DigestResults,
    )
    await until(lambda: b"RCPT" in box.heard, "the server is not asked")
    box.answers = {}
    assert await outcomes(handle) == {ann: DigestOutcome.SENT}
    assert len(box.letters) == 1


async def test_no_link_is_seen_in_histories_metrics_logs_or_the_database(
    world: World,
    box: Letterbox,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    await world.in_review()
    await a_reader(world)
    handle = await sent(world)
    (letter,) = box.letters
    text = letter.get_body(("plain",))
    assert text is not None
    links = re.findall(r"/mail/(\S+)", text.get_content())
    assert links
    secrets = [part for link in links for part in link.split(".")]

    history = json.dumps((await handle.fetch_history()).to_json_dict())
    tables = await world.db.pool.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    dump = ""
    for table in tables:
        rows = await world.db.pool.rows(
            f"SELECT t::text AS row FROM {table['table_name']} t"  # noqa: S608 - its own name
        )
        dump += "\n".join(row["row"] for row in rows)
    assert str(datetime.now(UTC).year) in dump
    printed = "".join(capfd.readouterr())
    for place in (history, dump, caplog.text, printed, generate_latest(REGISTRY).decode()):
        assert not any(secret in place for secret in secrets)
