"""The same commands that a person would type, run in the demo's stack."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from runtime.stack.home import write_private
from runtime.stack.parts import Part
from runtime.stack.processes import Processes
from runtime.stack.supervisor import Supervisor
from runtime.stack.wiring import Wiring
from schemas.account import AccountDay

ACCOUNT = "demo"
THEME = "small robots that find out how nature works"
USER = "17841400000000001"
TOKEN = f"IGAAsimulated-{USER}"
"""The simulators take any, and it is of the user that it names."""


@dataclass(frozen=True)
class Commands:
    """Commands of the operator's doors; each raises PartFailed with what it said."""

    wiring: Wiring
    processes: Processes
    supervisor: Supervisor
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def add_account(self, zone: str, reel_seconds: int, providers: Sequence[str]) -> None:
        """Add the demo's account, its token by file."""
        token = self.wiring.home.path / "token"
        write_private(token, TOKEN + "\n")
        facts = {
            "--handle": "reels.demo",
            "--platform-user-id": USER,
            "--theme": THEME,
            "--zone": zone,
            "--reel-seconds": str(reel_seconds),
            "--token-file": str(token),
        }
        words = [word for pair in facts.items() for word in pair]
        words += [word for name in providers for word in ("--provider", name)]
        await self._run(self.processes.admin(self._log(), "account", "add", ACCOUNT, *words))

    async def import_gameplay(self, folder: Path) -> None:
        """Put the clips of a folder into the pool, as they are: the demo makes one Reel."""
        words = ("gameplay", "import", "--no-normalise", str(folder))
        await self._run(self.processes.admin(self._log(), *words))

    async def start(self, day: date) -> None:
        """Start the account's day."""
        words = ("start", ACCOUNT, "--date", day.isoformat())
        await self._run(self.processes.starter(self._log(), *words))

    async def decide(self, answer: Sequence[str], key: AccountDay) -> str:
        """Approve or reject the Reel under review; what the command said.

        `answer` is the verdict and the options that go with it.
        """
        verdict, *options = answer
        words = (verdict, key.account, key.day.isoformat(), *options, "--as", "reviewer")
        return await self._run(self.processes.starter(self._log(), *words))

    async def day(self, key: AccountDay) -> str:
        """What the database knows of the day, as `admin.py day` prints it."""
        words = ("day", key.account, key.day.isoformat())
        return await self._run(self.processes.admin(self._log(), *words))

    def _log(self) -> Path:
        return self.wiring.home.logs / f"command-{next(self._numbers):02}.log"

    async def _run(self, part: Part) -> str:
        await self.supervisor.finish(part)
        return part.log.read_text().strip()
