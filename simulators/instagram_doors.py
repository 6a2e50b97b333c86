"""The doors to Instagram's own state that no real service has: tokens, accounts, posts by hand.

`POST /_tokens` makes a token and answers its string: `user` or `users`, `flavour` (instagram),
`kind` (user, page), `age_seconds` (0), `expires_in` from now (60 days; null: never), `scopes`
(all), `app`. With `do` it changes an account, `user`: `expire`, `revoke` (`subcode`: 458, 460, 467)
end all tokens that it has until now, `checkpoint` and `restrict` hold it up until `unfreeze`.
`GET /_tokens` lists what is known, by digest.

`POST /_posts` puts up a post that the API didn't make: `user`, `caption`, `age_seconds`. With
`around` in place of `caption`: three posts that could be taken for the one with that caption.
"""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.graph import Platform
from simulators.instagram_decoys import plant, plant_around
from simulators.instagram_tokens import EXPIRED, FACEBOOK, INSTAGRAM, facts_of, scopes_of

LIFE = 60 * 86_400
REVOKED = 460
ENDINGS = {"expire": EXPIRED, "revoke": REVOKED}
CHANGES = (*ENDINGS, "checkpoint", "restrict", "unfreeze")


class Doors:
    """`/_tokens` and `/_posts`. What they change is in the ledger, for state follows from it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[Route]:
        """Their routes."""
        return [
            Route("/_tokens", self._listed),
            Route("/_tokens", self._change, methods=["POST"]),
            Route("/_posts", self._plant, methods=["POST"]),
        ]

    async def _listed(self, request: Request) -> Response:
        del request
        tokens = [asdict(token) for token in self._platform.tokens.all.values()]
        return JSONResponse({"tokens": tokens})

    async def _change(self, request: Request) -> Response:
        wish = await request.json()
        users = [str(user) for user in wish.get("users", [wish["user"]] if "user" in wish else [])]
        if not users:
            return _refused("send user, the id of an Instagram account")
        if "do" in wish:
            return self._account(users[0], wish)
        flavour = wish.get("flavour", INSTAGRAM)
        if flavour not in {INSTAGRAM, FACEBOOK}:
            return _refused(f"flavour is {INSTAGRAM} or {FACEBOOK}")
        text = self._platform.tokens.record("make_token", self._wished(wish, users, flavour))
        return JSONResponse({"access_token": text})

    def _wished(self, wish: dict[str, Any], users: list[str], flavour: str) -> dict[str, Any]:
        age = float(wish.get("age_seconds", 0))
        left = wish.get("expires_in", LIFE)
        facts = facts_of(
            flavour,
            users,
            None if left is None else float(left) + age,
            wish.get("scopes", scopes_of(flavour)),
            kind=wish.get("kind", "user"),
            app=str(wish.get("app", "")),
        )
        return {**facts, "issued": self._platform.world.clock.now() - age}

    def _account(self, user: str, wish: dict[str, Any]) -> Response:
        what = wish["do"]
        if what not in CHANGES:
            return _refused(f"there is no {what!r}; there are: {', '.join(CHANGES)}")
        facts = {"what": what}
        if what in ENDINGS:
            facts["subcode"] = int(wish.get("subcode", ENDINGS[what]))
        self._platform.world.record(
            "instagram", "change_account", ids={"user": user}, effect="account.changed", facts=facts
        )
        return JSONResponse({"user": user, **facts})

    async def _plant(self, request: Request) -> Response:
        wish = await request.json()
        world, user = self._platform.world, str(wish.get("user", ""))
        if not user or not {"caption", "around"} & wish.keys():
            return _refused("send user, and caption or around")
        if "around" in wish:
            return JSONResponse(plant_around(world, user, str(wish["around"])))
        age = float(wish.get("age_seconds", 0))
        return JSONResponse({"id": plant(world, user, str(wish["caption"]), age)})


def _refused(message: str) -> Response:
    return JSONResponse({"error": message}, 422)
