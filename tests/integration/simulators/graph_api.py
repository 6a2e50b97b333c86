"""Calls to the simulated Graph API, as any HTTP client would send them."""

from typing import Any

import httpx

from tests.integration.simulators.outside import Outside

TOKEN = "IGAA-secret-token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
USER = "17841400000000001"
OTHER = "17841400000000002"
REDIRECT = "https://reels.test/connect"
FLAVOURS = ("instagram", "facebook")
INSTAGRAM_PUBLISH = "instagram_business_content_publish"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def create(
    outside: Outside,
    url: str,
    *,
    flavour: str = "instagram",
    user: str = USER,
    token: str = TOKEN,
    **change: object,
) -> httpx.Response:
    params = {"media_type": "REELS", "video_url": url, "caption": "hello #one", **change}
    path = f"/{flavour}/v25.0/{user}/media"
    return outside.http.post(path, data=params, headers=bearer(token))


def read(
    outside: Outside, path: str, *, flavour: str = "instagram", token: str = TOKEN, **query: object
) -> httpx.Response:
    params = {name: str(value) for name, value in query.items()}
    return outside.http.get(f"/{flavour}/v25.0/{path}", params=params, headers=bearer(token))


def status(outside: Outside, container: str, flavour: str = "instagram") -> dict[str, Any]:
    fields = "status_code,status,video_status,copyright_check_status"
    shown: dict[str, Any] = read(outside, container, flavour=flavour, fields=fields).json()
    return shown


def publish(
    outside: Outside,
    container: str,
    *,
    flavour: str = "instagram",
    user: str = USER,
    token: str = TOKEN,
) -> httpx.Response:
    path = f"/{flavour}/v25.0/{user}/media_publish"
    return outside.http.post(path, data={"creation_id": container}, headers=bearer(token))


def ready(outside: Outside, url: str, *, flavour: str = "instagram", **change: Any) -> str:  # noqa: ANN401 - parameters
    container = str(create(outside, url, flavour=flavour, **change).json()["id"])
    assert status(outside, container)["status_code"] == "FINISHED"
    return container


def post(outside: Outside, url: str, **change: Any) -> str:  # noqa: ANN401 - parameters
    user = change.get("user", USER)
    media: str = publish(outside, ready(outside, url, **change), user=user).json()["id"]
    return media


def error_of(answer: httpx.Response) -> tuple[int, int | None]:
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["fbtrace_id"]
    assert error["message"]
    assert error["type"] in {"OAuthException", "GraphMethodException"}
    return error["code"], error.get("error_subcode")


def make_token(outside: Outside, **wish: object) -> str:
    answer = outside.http.post("/_tokens", json={"user": USER, **wish})
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


def change_account(outside: Outside, what: str, user: str = USER, **more: Any) -> None:  # noqa: ANN401 - parameters
    answer = outside.http.post("/_tokens", json={"user": user, "do": what, **more})
    assert answer.status_code == 200


def listed(outside: Outside, user: str = USER, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - parameters
    answer = read(outside, f"{user}/media", fields="id,caption,timestamp", **query)
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows
