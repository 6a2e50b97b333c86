"""rupload.facebook.com: where a container's file is brought, in pieces if need be.

Source: Meta's page on resumable uploads for Instagram, with the failures that Meta's page on
video publishing lists: OffsetInvalidError (HTTP 412), PartialRequestError, ProcessingFailedError.
What arrived before a connection broke stays: a container tells how much that is.

Faults of upload: `cut` takes `bytes` of the body and breaks the connection;
`processing-failed` answers 400 and either takes the file all the same (`proceeds`: true) or
loses it for good, which the container shows as an error with 1363008.
"""

from dataclasses import replace
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Outcome, Service
from simulators.graph import SERVICE, Platform
from simulators.graph_calls import Refused
from simulators.instagram_containers import address
from simulators.instagram_posts import Container
from simulators.instagram_tokens import ANY, FACEBOOK, SCOPES
from simulators.mp4 import LARGEST
from simulators.wire import Severed

FILE_NOT_FOUND = 1363008
UNAUTHORIZED = '{"success":false,"error":{"message":"unauthorized user request"}}'
BAD_OFFSET = "Request starting offset is invalid"
PARTIAL = "Partial request (did not match length of file)"
FAILED = "Request processing failed"
LOST = {"rule": "lost on the way", "subcode": FILE_NOT_FOUND, "lost": True}
DONE = {"success": True, "message": "Upload successful."}


class Rupload(Service):
    """Everything under `/rupload`."""

    name = SERVICE

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.world)
        self._platform = platform

    def routes(self) -> list[Route]:
        """The one operation, at the `uri` that the container named."""
        kinds, handle = ("cut", "processing-failed"), self._upload
        return [
            self.route(path, "upload", handle, methods=["POST"], kinds=kinds)
            for path in (
                "/ig-api-upload/v{version:float}/{container}",
                "/ig-api-upload/{container}",
            )
        ]

    def refusal(self, status: int, message: str) -> Response:
        """A failure in the upload host's own form."""
        return failure(status, "ProcessingFailedError", message)

    async def _read(self, request: Request) -> tuple[bytes, dict[str, str]]:
        """The whole body; of one that breaks off, what arrived is kept."""
        arrived = bytearray()
        try:
            async for piece in request.stream():
                arrived += piece
        except ClientDisconnect:
            self._keep_broken(request, bytes(arrived))
            raise
        return bytes(arrived), {}

    def _keep_broken(self, request: Request, arrived: bytes) -> None:
        now = self.world.clock.now()
        call = Call(request, arrived, {}, None, now)
        try:
            container = self._admitted(call)
            facts = self._appended(call, container, arrived)
        except Refused:
            return
        ids = {"container": container.id, "user": container.user}
        self.world.record(SERVICE, "upload", ids=ids, effect="upload.received", facts=facts)

    def _upload(self, call: Call) -> Outcome:
        facts = {"flavour": FACEBOOK}
        try:
            container = self._admitted(call)
            outcome = self._received(call, container)
        except Refused as refused:
            return Outcome(refused.answer, {"container": call.at("container")}, facts=facts)
        ids = {"container": container.id, "user": container.user}
        return replace(outcome, ids=ids, facts={**facts, **outcome.facts})

    def _admitted(self, call: Call) -> Container:
        """The container that this call may fill. Raises Refused."""
        scheme, _, text = call.request.headers.get("authorization", "").partition(" ")
        container = self._platform.accounts.containers.get(call.at("container"))
        if scheme.lower() != "oauth" or not text.strip() or container is None:
            raise Refused(self.refusal(400, UNAUTHORIZED))
        tokens = self._platform.tokens
        token, user = tokens.find(text.strip()), container.user
        may = SCOPES[FACEBOOK]["publish"] in token.scopes and token.flavour in {ANY, FACEBOOK}
        holds = tokens.trouble(token, user) is None and token.serves(user)
        if not (may and holds and container.is_upload):
            raise Refused(self.refusal(400, UNAUTHORIZED))
        if self._platform.containers.state_of(container) != "IN_PROGRESS":
            raise Refused(self.refusal(400, FAILED))
        return container

    def _received(self, call: Call, container: Container) -> Outcome:
        if call.meets("processing-failed") and not call.option("proceeds"):
            return Outcome(self.refusal(400, FAILED), {}, "container.refused", LOST)
        if url := call.request.headers.get("file_url"):
            return self._pulled(container, url)
        content = call.body
        if call.meets("cut"):
            content = content[: int(call.option("bytes", len(content) // 2))]
        facts = self._appended(call, container, content)
        answer: Response = JSONResponse(DONE)
        if call.meets("cut"):
            answer = Severed()
        elif call.meets("processing-failed"):
            answer = self.refusal(400, FAILED)
        elif facts["transferred"] < facts["file_size"]:
            answer = failure(400, "PartialRequestError", PARTIAL, retriable=True)
        return Outcome(answer, {}, "upload.received", facts)

    def _pulled(self, container: Container, url: str) -> Outcome:
        place = address(url)
        cover = self._platform.containers.cover_of(container.id)
        self._platform.containers.start(container.id, video=url, cover=cover)
        return Outcome(JSONResponse(DONE), {}, "upload.pulled", {"file_url": place})

    def _appended(self, call: Call, container: Container, content: bytes) -> dict[str, Any]:
        """Take bytes at the confirmed offset. Raises Refused."""
        offset, size = _header(call, "offset"), _header(call, "file_size")
        too_much = size is None or size > LARGEST or container.size not in {None, size}
        if size is None or too_much:
            raise Refused(self.refusal(400, "The header file_size is missing or wrong"))
        if offset != container.transferred or offset + len(content) > size:
            raise Refused(failure(412, "OffsetInvalidError", BAD_OFFSET, retriable=True))
        received = self._platform.containers.receive(container, content, size)
        return {"transferred": received, "file_size": size}


def failure(status: int, kind: str, message: str, *, retriable: bool = False) -> Response:
    """The upload host's error body."""
    said = {"retriable": retriable, "type": kind, "message": message}
    return JSONResponse({"debug_info": said}, status)


def _header(call: Call, name: str) -> int | None:
    sent = call.request.headers.get(name, "")
    return int(sent) if sent.isdecimal() else None
