"""Records the histories that tests/replay/ replays: `python -m tests.replay.record [NAME ...]`.

It starts a PostgreSQL and a Temporal server of its own in a temporary folder, lives one day of
each kind with the fakes of tests/workflows/, and writes each history to tests/replay/histories/.
Record anew only when a history may change its shape: when no run of the old shape is open
anywhere, or when `workflow.patched` keeps the old ones replayable and the new shape gets a
history of its own, under a new name. Without names, it records all.
"""

import asyncio
import json
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from db.database import open_database
from db.migrate import migrate
from runtime.exits import main
from runtime.local_input import LocalPorts
from runtime.stack import ports
from runtime.stack.home import Home, write_private
from runtime.stack.postgres import Cluster, place_for
from runtime.stack.servers import TemporalServer
from runtime.stack.supervisor import Supervisor
from runtime.temporal import connect
from tests.fakes import FakeDownloader
from tests.replay.scenarios import SCENARIOS
from tests.workflows.clips import a_clip
from tests.workflows.world import World

HISTORIES = Path(__file__).parent / "histories"


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[str, str]]:
    """A database's address and Temporal's, both new and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="reels-record-"))
    folder.chmod(0o755)  # PostgreSQL's own user enters it
    home = Home(folder)
    home.make()
    write_private(folder / "password", token_hex(16))
    free = ports.settle(LocalPorts.model_validate(dict.fromkeys(LocalPorts.model_fields, 0)))
    supervisor = Supervisor(home.registry)
    cluster = Cluster(
        place_for(folder), free["reels_postgres_port"], folder / "password", durable=False
    )
    temporal = TemporalServer(
        folder / "temporal",
        free["reels_temporal_port"],
        free["reels_temporal_ui_port"],
        dynamic=("frontend.WorkflowTimeSkippingEnabled=true",),
        durable=False,
    )
    try:
        await cluster.create(supervisor, home.logs / "initdb.log")
        await supervisor.start(cluster.part(home.logs / "postgres.log"))
        await supervisor.start(temporal.part(home.logs / "temporal.log"))
        await migrate(cluster.dsn)
        yield cluster.dsn, temporal.address
    finally:
        await supervisor.stop()
        shutil.rmtree(folder)


async def record(names: list[str]) -> None:
    """Live the days of these names, and keep their histories."""
    clip = a_clip()
    async with AsyncExitStack() as stack:
        dsn, address = await stack.enter_async_context(servers())
        db = await stack.enter_async_context(open_database(dsn))
        client = await connect(address, "default", "record")
        clock = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        work_dir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name in names:
            world = World(clock.client, db, work_dir, FakeDownloader(clip))
            await world.work()
            async with asyncio.timeout(60):
                handle = await SCENARIOS[name](world, clock)
            await keep(name, client, handle)
            await world.end()


async def keep(name: str, client: Client, handle: WorkflowHandle[Any, Any]) -> None:
    """Write a history without what only its machine knows."""
    history = await client.get_workflow_handle(handle.id).fetch_history()
    events = without_traces(json.loads(history.to_json())["events"])
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in events)
    path = HISTORIES / f"{name}.json"
    path.write_text(f'{{"workflow_id":"{handle.id}","events":[\n{lines}\n]}}\n')
    print(f"{name}: {len(history.events)} events")


def without_traces(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Drop stack traces: they name folders of the machine that recorded them."""
    if isinstance(node, dict):
        return {key: without_traces(one) for key, one in node.items() if key != "stackTrace"}
    return [without_traces(one) for one in node] if isinstance(node, list) else node


def run() -> None:
    """Record what the command line names."""
    names = sys.argv[1:] or list(SCENARIOS)
    unknown = [name for name in names if not re.fullmatch("|".join(SCENARIOS), name)]
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; known: {', '.join(SCENARIOS)}")
    asyncio.run(record(names))


if __name__ == "__main__":
    main(run)
