"""All that happens to an account's tokens, on the running stack, and every secret that comes by."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from db.cipher import TokenCipher
from db.database import Database
from runtime.values import read_token_keys
from schemas.housekeeping import HousekeepingInput, HousekeepingResult, RenewalOutcome
from schemas.names import TASK_QUEUE
from tests.acceptance.conftest import Day
from tests.acceptance.stack import HTTP, TOKEN
from tests.commands import ROOT

OF_THE_STACK = (
    *("ANTHROPIC_API_KEY", "LUMA_AGENTS_API_KEY", "RUNWAYML_API_SECRET", "FAL_KEY"),
    *("INSTAGRAM_APP_SECRET", "FACEBOOK_APP_SECRET", "SLACK_WEBHOOK_URL"),
    "SLACK_BOT_TOKEN",
    *("SLACK_SIGNING_SECRET", "DECISION_KEY", "S3_SECRET_ACCESS_KEY", "DATABASE_URL"),
)


@dataclass
class TokenLife:
    """One account's tokens, from the one that its day began with."""

    day: Day
    db: Database
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.day.stack.settings
        self.secrets |= {name: settings[name] for name in OF_THE_STACK}
        self.secrets["the database's password"] = urlsplit(settings["DATABASE_URL"]).password or ""
        keys = read_token_keys(Path(settings["TOKEN_KEYS_DIR"]))
        self.secrets |= {f"token key {name}": key.hex() for name, key in keys.by_id.items()}
        self.secrets["the first token"] = f"{TOKEN}-{self.day.user}"
        self.secrets["a signed address"] = "X-Amz-Signature="
        self._cipher = TokenCipher(keys.by_id, keys.primary)

    async def is_set(self) -> None:
        """`token set`, as a process of its own, of a token that is old enough to be renewed."""
        wish = {"user": self.day.user, "age_seconds": 40 * 86_400, "expires_in": 20 * 86_400}
        made = HTTP.post(f"{self.day.stack.outside}/_tokens", json=wish).json()["access_token"]
        self.secrets["the token that was set"] = made
        file = self.folder / "token"
        file.touch(mode=0o600)
        file.write_text(made)
        command = (sys.executable, "admin.py", "token", "set", self.day.key.account)
        environ = dict(self.day.stack.environ)
        subprocess.run((*command, "--file", file), cwd=ROOT, env=environ, check=True)
        assert await self._stored() == made

    async def is_refreshed(self) -> None:
        """Housekeeping, two days later as far as this account is concerned."""
        sql = """UPDATE instagram_accounts SET token_set_at = token_set_at - interval '2 days'
            WHERE id = $1"""
        await self.db.pool.write(sql, self.day.key.account)
        result: HousekeepingResult = await self.day.temporal.execute_workflow(
            "Housekeeping",
            HousekeepingInput(),
            id="housekeeping-acceptance",
            task_queue=TASK_QUEUE,
            result_type=HousekeepingResult,
        )
        outcomes = {one.account: one.outcome for one in result.renewals.accounts}
        assert outcomes[self.day.key.account] is RenewalOutcome.RENEWED
        self.secrets["the token that came back"] = await self._stored()

    async def is_connected(self) -> None:
        """A link, the consent page, and the way back."""
        outside = self.day.stack.outside
        self.day.stack.arm("instagram", "authorize", "consent", options={"users": [self.day.user]})
        said = self.day.stack.ok("admin.py", "account", "connect", self.day.key.account)
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            answer = browser.get(said.splitlines()[0])
        HTTP.delete(f"{outside}/_faults", params={"kind": "consent"})
        assert "is connected" in answer.text
        for step in (*answer.history, answer):
            query = parse_qs(step.url.query.decode())
            for name in ("key", "code", "state", "code_challenge"):
                if name in query:
                    self.secrets[f"the connection's {name}"] = query[name][0]
            if cookie := step.cookies.get("connect"):
                self.secrets["the connection's cookie"] = cookie
        self.secrets["the connection's token"] = await self._stored()

    async def is_repeated_by_a_platform_that_fails(self) -> None:
        """Publish; both calls fail first, with the token and the address in the error's words."""
        words = f"failed: access_token={await self._stored()}&url=http://x/?X-Amz-Signature=0123"
        error = {"code": 2, "message": words}
        arm = self.day.stack.arm
        arm("instagram", "create_container", "graph-error", options=error)
        late = {**error, "after_effect": True}
        arm("instagram", "media_publish", "graph-error", options=late)
        self.day.approve()
        self.day.published()

    async def _stored(self) -> str:
        sealed = await self.db.accounts.sealed_token(self.day.key.account)
        assert sealed is not None
        return self._cipher.open(self.day.key.account, sealed)
