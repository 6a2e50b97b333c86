"""A world of its own for publishing: the simulated Instagram, whose clock a test may move."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from clients.publishing import Credentials, Publisher
from clients.publishing.access import App
from clients.publishing.instagram import FacebookLogin, Instagram

APP = App("1000000000000002", "s3cret")
DOORS = ("instagram", "facebook", "upload")
"""Instagram Login; Facebook Login by address; Facebook Login with bytes."""


@dataclass(frozen=True)
class Meta:
    """The simulators' own doors, and clients for each way of publishing."""

    url: str
    http: httpx.AsyncClient

    def publisher(self, door: str) -> Publisher:
        """A client for one of DOORS."""
        if door == "instagram":
            return Instagram(f"{self.url}/instagram", "v25.0")
        upload = f"{self.url}/rupload" if door == "upload" else None
        return Instagram(
            f"{self.url}/facebook", "v25.0", facebook=FacebookLogin(upload_url=upload, app=APP)
        )

    async def who(self, door: str, user: str = "") -> Credentials:
        """A new account with fresh tokens."""
        user = user or f"1784{uuid4().int % 10**13:013d}"
        if door == "instagram":
            return Credentials(user, await self.token(user=user))
        page = await self.token(user=user, flavour="facebook", kind="page")
        return Credentials(user, page, await self.token(user=user, flavour="facebook"))

    async def token(self, **wish: object) -> str:
        answer = await self.http.post("/_tokens", json=wish)
        return str(answer.raise_for_status().json()["access_token"])

    async def arm(self, op: str, kind: str, **options: object) -> None:
        wish = {"service": "instagram", "op": op, "kind": kind, **options}
        (await self.http.post("/_faults", json=wish)).raise_for_status()

    async def disarm(self) -> None:
        (await self.http.delete("/_faults")).raise_for_status()

    async def advance(self, seconds: float) -> None:
        (await self.http.post("/_clock", json={"advance": seconds})).raise_for_status()

    async def plant(self, user: str, caption: str) -> str:
        """A post that the API didn't make; its id."""
        answer = await self.http.post("/_posts", json={"user": user, "caption": caption})
        return str(answer.raise_for_status().json()["id"])

    async def facts(self, effect: str, **ids: str) -> list[dict[str, Any]]:
        """What the ledger says of an effect, oldest first."""
        answer = await self.http.get("/_ledger", params={"effect": effect})
        entries = answer.json()["entries"]
        return [one["facts"] for one in entries if ids.items() <= one["ids"].items()]
