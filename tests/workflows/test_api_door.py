"""The API as a door: what scripts read, and that they decide as the people they act for."""

import asyncio
from datetime import UTC, datetime

import httpx

from schemas.account import Role
from schemas.day import Stage
from schemas.decision import Refusal
from tests.integration.web.browsing import a_person
from tests.workflows.test_page_door import Review, review, revisions
from tests.workflows.world import LiveDay

__all__ = ["review"]


async def a_script(review: Review, role: Role = Role.REVIEWER) -> httpx.AsyncClient:
    person = await a_person(review.world.db, role)
    token = await review.world.db.sign_ins.make_token(person, "a test", datetime.now(UTC))
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=review.url, headers=headers, trust_env=False, timeout=30)


def address(day: LiveDay) -> str:
    return f"/api/v1/reels/{day.key.account}/{day.key.day}"


async def test_a_script_reads_the_queue_page_by_page_and_decides(review: Review) -> None:
    days = [await review.world.in_review(posting={"times": ("03:33",)}) for _ in range(3)]
    async with await a_script(review) as script:
        seen, after = [], ""
        while True:
            params = {"limit": "1"} | ({"after": after} if after else {})
            page = (await script.get("/api/v1/queue", params=params)).json()
            seen += [one["account_id"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
        mine = [day.key.account for day in days]
        assert [one for one in seen if one in mine] == mine
        assert page["total"] == len(seen)
        only = (await script.get("/api/v1/queue", params={"account": mine[1]})).json()
        assert [one["account_id"] for one in only["items"]] == [mine[1]]

        reel = (await script.get(address(days[0]))).json()
        wanted = {"revision": reel["captions"][1]["revision"], "verdict": "approve"}
        same = {"idempotency-key": "once"}
        both = await asyncio.gather(
            *(
                script.post(f"{address(days[0])}/decision", json=wanted, headers=same)
                for _ in range(2)
            )
        )
        other = await script.post(f"{address(days[0])}/decision", json=wanted)
    assert [one.status_code for one in both] == [200, 200]
    assert (other.status_code, other.json()["refusal"]) == (409, "already_decided")
    assert await days[0].refusals() == [None, Refusal.ALREADY_DECIDED]
    (attempt, _) = await review.world.db.approvals.attempts(days[0].key)
    assert attempt.channel == "api"


async def test_what_is_wrong_with_a_call_is_said_and_changes_nothing(review: Review) -> None:
    day = await review.world.in_review()
    (first, _) = await revisions(day)
    good = {"revision": first, "verdict": "approve"}
    path = f"{address(day)}/decision"
    async with await a_script(review) as script, await a_script(review, Role.VIEWER) as viewer:
        assert (await viewer.post(path, json=good)).status_code == 403
        for body in (b"", b"\xff\xfe", b"[]", b"{}", b'{"revision": 1}', b'{"verdict":"approve"}'):
            assert (await script.post(path, content=body)).status_code == 422
        for field in ({"note": "\0"}, {"revision": "\0" * 64}, {"edits": {"caption": "\0"}}):
            assert (await script.post(path, json=good | field)).status_code == 422
        too_large = await script.post(path, content=b"x" * 70_000)
        assert (too_large.status_code, set(too_large.json())) == (413, {"error"})
        for bad in ("", "Bearer", "Bearer x", "Basic abc", "Bearer \xff"):
            raw = [(b"authorization", bad.encode("latin-1"))]
            async with httpx.AsyncClient(base_url=review.url, trust_env=False) as nobody:
                assert (await nobody.post(path, json=good, headers=raw)).status_code == 401
                assert (await nobody.get("/api/v1/queue", headers=raw)).status_code == 401
        for asked in (
            "limit=0",
            "limit=x",
            "limit=201",
            "after=%00",
            "account=A%00",
            "account=%ff",
        ):
            assert (await script.get(f"/api/v1/queue?{asked}")).status_code == 400, asked
        for odd in ("/api/v1/reels/x/2026-1-1", "/api/v1/reels/%00/2026-01-01"):
            assert (await script.get(odd)).status_code == 404
    browser = await review.browser()
    assert (await browser.get("/api/v1/queue")).status_code == 200
    assert (await browser.web.post(path, json=good)).status_code == 401
    assert await day.refusals() == []
    assert (await day.progress()).stage is Stage.REVIEW


async def test_a_revoked_token_is_nobodys(review: Review) -> None:
    person = await a_person(review.world.db)
    sign_ins = review.world.db.sign_ins
    token = await sign_ins.make_token(person, "", datetime.now(UTC))
    assert await sign_ins.person_of_token(token) == person
    assert await sign_ins.revoke_tokens(person, datetime.now(UTC)) == 1
    assert await sign_ins.revoke_tokens(person, datetime.now(UTC)) == 0
    assert await sign_ins.person_of_token(token) is None


async def test_the_document_describes_every_address(review: Review) -> None:
    async with httpx.AsyncClient(base_url=review.url, trust_env=False) as nobody:
        described = (await nobody.get("/api/v1/openapi.json")).json()
    assert set(described["paths"]) == {
        "/api/v1/queue",
        "/api/v1/reels/{account}/{day}",
        "/api/v1/reels/{account}/{day}/decision",
    }
    said = described["components"]["schemas"]["DecisionRequest"]["properties"]
    assert {"revision", "verdict", "note", "edits", "change", "hold_until"} == set(said)
    text = str(described)
    for name in {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]
