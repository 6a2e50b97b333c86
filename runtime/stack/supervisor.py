"""Keeps parts running: starts them, starts them again when they die, stops them all."""

import asyncio
import os
import time
from subprocess import Popen

import structlog

from runtime.exits import Refusal
from runtime.stack.home import Registry
from runtime.stack.parts import Part, kill_group, log_tail, spawn

READY_SECONDS = 60
"""How long a part may take to be ready; the slowest, on a loaded machine, took 10."""

FIRST_TRIES = 3
"""How often a part is started that ends before it is ready; most such ends are final."""

LOOK_SECONDS = 0.1
"""Between two looks at a probe, or at a process where the system does not tell of its end."""

FIRST_PAUSE, LONGEST_PAUSE, SETTLED_SECONDS = 0.2, 10.0, 30.0
"""Before a dead part is started again: doubled each time until it runs for a while."""

log = structlog.get_logger(__name__)


class PartFailed(Refusal):
    """A part of the stack did not come up; names it, with the end of its log."""

    def __init__(self, part: Part, why: str) -> None:
        """`why` is half a sentence: ended with code 1."""
        super().__init__(f"{part.name} {why}; the end of {part.log}:\n{log_tail(part.log)}")


class Keeper:
    """One part, from its start to its stop."""

    def __init__(self, part: Part, registry: Registry) -> None:
        """Nothing is started yet."""
        self.part = part
        self._registry = registry
        self._process: Popen[bytes] | None = None
        self._stopping = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id, 0 before the first start."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the part and wait until it is ready. Raises PartFailed."""
        for tries_left in reversed(range(FIRST_TRIES)):
            code = await self._start_once()
            if code is None:
                break
            if not tries_left:
                raise PartFailed(self.part, f"ended with code {code}")
            log.warning("part.failed_to_start", part=self.part.name, code=code)
        self._keeping = asyncio.create_task(self._keep())

    async def _start_once(self) -> int | None:
        """Start the part; None when it is ready, its code when it ended before that."""
        process = self._spawn()
        deadline = time.monotonic() + READY_SECONDS
        while not await self.part.ready():
            code = process.poll()
            if code is not None:
                kill_group(process.pid)
                return code
            if time.monotonic() > deadline:
                raise PartFailed(self.part, f"was not ready within {READY_SECONDS} seconds")
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def finish(self) -> int:
        """Start the part once, wait for its end, and return its code."""
        process = self._spawn()
        return await _wait(process)

    async def stop(self) -> None:
        """Stop the part and whatever it started; killed when that takes too long."""
        self._stopping.set()
        if self._process is not None:
            await _stop(self._process, self.part)
        if self._keeping is not None:
            await self._keeping
        self._registry.forget(self.part.name)

    def _spawn(self) -> Popen[bytes]:
        self._process = spawn(self.part)
        self._registry.remember(self.part.name, self._process.pid)
        return self._process

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while self._process is not None:
            began = time.monotonic()
            code = await _wait(self._process)
            kill_group(self._process.pid)
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if time.monotonic() - began > SETTLED_SECONDS else pause
            log.warning("part.died", part=self.part.name, code=code, again_in_seconds=pause)
            if await _set_within(self._stopping, pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)
            self._spawn()


class Supervisor:
    """All parts of one stack, in the order in which they were started."""

    def __init__(self, registry: Registry) -> None:
        """`registry` remembers the process ids for a start after this process was killed."""
        self._registry = registry
        self._waves: list[list[Keeper]] = []

    async def start(self, *parts: Part) -> None:
        """Start parts side by side and return when all are ready. Raises PartFailed."""
        keepers = [Keeper(part, self._registry) for part in parts]
        self._waves.append(keepers)
        starts = [asyncio.create_task(keeper.start()) for keeper in keepers]
        try:
            await asyncio.gather(*starts)
        finally:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)

    async def finish(self, part: Part) -> None:
        """Run a part once, to its end. Raises PartFailed when it ends with a code but 0."""
        keeper = Keeper(part, self._registry)
        try:
            code = await keeper.finish()
        finally:
            await keeper.stop()
        if code:
            raise PartFailed(part, f"ended with code {code}")

    async def stop(self) -> None:
        """Stop all parts, the last started first."""
        while self._waves:
            await asyncio.gather(*(keeper.stop() for keeper in self._waves[-1]))
            self._waves.pop()

    def pid(self, name: str) -> int:
        """The process id of a part. Raises KeyError for an unknown name."""
        pids = {keeper.part.name: keeper.pid for wave in self._waves for keeper in wave}
        return pids[name]


async def _wait(process: Popen[bytes]) -> int:
    while (code := process.poll()) is None:
        await _ended(process.pid)
    return code


async def _ended(pid: int) -> None:
    """Wait until a child ends, or for a moment where the system does not tell."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    try:
        # Readable from the process's end on: pidfd_open(2), Linux 5.3.
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        await asyncio.sleep(LOOK_SECONDS)
        return
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _stop(process: Popen[bytes], part: Part) -> None:
    if process.poll() is None:
        process.send_signal(part.stop_signal)
        try:
            async with asyncio.timeout(part.stop_seconds):
                await _wait(process)
        except TimeoutError:
            log.warning("part.killed", part=part.name, after_seconds=part.stop_seconds)
    kill_group(process.pid)
    await _wait(process)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    return event.is_set()
