"""One host of the Graph API: how it is read and written in an account's name."""

from collections.abc import Mapping
from http import HTTPStatus

from clients.publishing import Credentials
from clients.publishing import instagram_answers as answers
from clients.publishing.access import App
from clients.publishing.instagram_answers import SERVICE, good
from clients.transport import Answered, Call, Door, bearer

CALL_SECONDS = 50.0
"""Below the sixty seconds that the SLA table gives a publish, so that we say what happened."""

READ_SECONDS = 20.0


class Graph:
    """Reads and writes; each call with the proof that the app's secret is known, where it is."""

    def __init__(self, base_url: str, version: str, app: App | None) -> None:
        self._door = Door(SERVICE, f"{base_url.rstrip('/')}/{version}")
        self._app = app

    async def read(
        self, who: Credentials, path: str, query: Mapping[str, str]
    ) -> dict[str, object]:
        """Read with the account's token, and with the reading one in an outage of Page tokens.

        Raises Retryable or Refused; reads prove nothing then.
        """
        answer = await self._get(who.token, path, query)
        if who.reading is not None and answers.is_outage(answer):
            second = await self._get(who.reading, path, query)
            if second.status == HTTPStatus.OK:
                return good(second)
        return good(answer)

    async def ask(self, who: Credentials, path: str, form: Mapping[str, str]) -> Answered:
        """Send what may be sent again."""
        return await self._post(who, path, form, unrepeatable=False)

    async def write(self, who: Credentials, path: str, form: Mapping[str, str], what: str) -> str:
        """Send `what` must not be sent twice, and return the id of what came of it.

        Raises Refused or Retryable only for answers that prove that nothing was written (and
        Retryable when the host was not reached); OutcomeUnknown for all others.
        """
        answer = await self._post(who, path, form, unrepeatable=True)
        found = answers.text_of(answer.document, "id") if answer.status == HTTPStatus.OK else None
        if found is None:
            raise answers.not_written(answer, what)
        return found

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._door.aclose()

    async def _get(self, token: str, path: str, query: Mapping[str, str]) -> Answered:
        headers, proof = bearer(SERVICE, token), self._proof(token)
        call = Call("GET", path, READ_SECONDS, headers=headers, query=query, secret_query=proof)
        return await self._door.send(call)

    async def _post(
        self, who: Credentials, path: str, form: Mapping[str, str], *, unrepeatable: bool
    ) -> Answered:
        headers, whole = bearer(SERVICE, who.token), {**form, **self._proof(who.token)}
        call = Call(
            "POST", path, CALL_SECONDS, headers=headers, form=whole, unrepeatable=unrepeatable
        )
        return await self._door.send(call)

    def _proof(self, token: str) -> dict[str, str]:
        return {"appsecret_proof": self._app.proof(token)} if self._app else {}
