"""The API keeps to its own document, whatever it is asked: schemathesis makes up the calls."""

import asyncio
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from schemas.account import Role
from tests.integration.web.browsing import a_person
from tests.workflows.test_page_door import Review, review, revisions
from tests.workflows.world import LiveDay

__all__ = ["review"]

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


class Body(Enum):
    """What of a made-up decision is put in the place of what was made up."""

    AS_MADE_UP = 1
    OF_THE_REEL = 2
    AN_APPROVAL = 3


def examples(most: int) -> settings:
    """The same calls in every run, and no search for a shorter one that fails as well."""
    return settings(
        max_examples=most,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


class Calls:
    """Calls about one real day and about days that are not, of one person's script."""

    def __init__(self, day: LiveDay, revision: str, token: str, most: int) -> None:
        self.known = {"account": day.key.account, "day": day.key.day.isoformat()}
        self.decision, self.most = {"revision": revision, "verdict": "approve"}, most
        self.headers = {"authorization": f"Bearer {token}"}
        self.answered: set[int] = set()

    def make(self, url: str) -> None:
        """Of every operation, calls that fit the document and calls that break it."""
        described = openapi.from_url(f"{url}/api/v1/openapi.json")
        for found in described.get_all_operations():
            assert isinstance(found, Ok), found.err()
            for mode in GenerationMode:
                self._make(found.ok(), mode)

    def _make(self, operation: Operation, mode: GenerationMode) -> None:
        made = operation.as_strategy(mode)
        if "{day}" in operation.path:
            made |= operation.as_strategy(mode, path_parameters=self.known)

        @examples(self.most)
        @given(made, st.sampled_from(Body))
        def call(case: AnyCase, body: Body) -> None:
            self._put(case, body)
            answer = case.call(headers=self.headers, timeout=30)
            self.answered.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        call()

    def _put(self, call: AnyCase, body: Body) -> None:
        if not isinstance(call.body, dict) or "revision" not in call.body:
            return
        match body:
            case Body.OF_THE_REEL:
                call.body["revision"] = self.decision["revision"]
            case Body.AN_APPROVAL:
                call.body = dict(self.decision)


async def test_every_call_is_answered_as_the_document_says(review: Review) -> None:
    day = await review.world.in_review()
    (first, _) = await revisions(day)
    answered: dict[Role, set[int]] = {}
    for role, most in ((Role.VIEWER, 4), (Role.REVIEWER, 10)):
        person = await a_person(review.world.db, role)
        token = await review.world.db.sign_ins.make_token(person, "", datetime.now(UTC))
        calls = Calls(day, first, token, most)
        await asyncio.to_thread(calls.make, review.url)
        answered[role] = calls.answered
    assert 403 in answered[Role.VIEWER]
    assert {200, 400, 401, 404, 409, 422} <= answered[Role.REVIEWER]
