"""What a user of Meta's own `facebook-business` does, in a process of its own.

Its import alone takes a second and a hundred megabytes, so one process does the whole job. The
package has no client for the upload host: bytes go there by plain HTTP, as Meta's pages say.
Writes one JSON document.
"""

import json
import sys
from pathlib import Path
from typing import Any

import httpx
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.shadowigmediabuilder import ShadowIGMediaBuilder
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

APP, SECRET = "700200", "the Meta app's secret"
TWO_DAYS = 2 * 86_400


def api_of(url: str, token: str, secret: str | None = SECRET) -> FacebookAdsApi:
    """The SDK's client for a token; with a secret it proves each call."""
    session = FacebookSession(APP, secret, token, timeout=30)
    session.GRAPH = f"{url}/facebook"
    return FacebookAdsApi(session)


def plain(thing: Any) -> Any:  # noqa: ANN401 - the SDK's objects have no types
    """An object of the SDK as JSON."""
    known = thing.export_all_data() if hasattr(thing, "export_all_data") else thing
    return json.loads(json.dumps(known))


def container_state(name: str, api: FacebookAdsApi) -> Any:  # noqa: ANN401 - likewise
    """A container, looked at until it is processed."""
    fields = ["status_code", "status", "video_status", "copyright_check_status"]
    while True:
        seen = plain(ShadowIGMediaBuilder(name, api=api).api_get(fields=fields))
        if seen["status_code"] != "IN_PROGRESS":
            return seen


def connect(wish: dict[str, str], said: dict[str, Any]) -> FacebookAdsApi:
    """Look into the user token, and take the Page's."""
    looker = api_of(wish["url"], f"{APP}|{SECRET}", None)
    asked = {"input_token": wish["token"]}
    said["debug"] = looker.call("GET", ("debug_token",), params=asked).json()["data"]
    person = User("me", api=api_of(wish["url"], wish["token"]))
    fields = ["instagram_business_account{id,username}", "access_token", "name"]
    (page,) = person.get_accounts(fields=fields)
    said["account"] = plain(page["instagram_business_account"])
    (first, *_) = person.get_permissions()
    said["permission"] = plain(first)
    return api_of(wish["url"], page["access_token"])


def publish(wish: dict[str, str], said: dict[str, Any], api: FacebookAdsApi) -> None:
    """A Reel from an address: container, status, publish, read, comment, delete."""
    user = IGUser(wish["user"], api=api)
    params = {
        "media_type": "REELS",
        "video_url": wish["video_url"],
        "caption": "By the SDK #one",
        "share_to_feed": True,
        "is_ai_generated": True,
        "collaborators": ["one.friend"],
        "user_tags": [{"username": "somebody"}],
        "trial_params": {"graduation_strategy": "MANUAL"},
    }
    container = user.create_media(params=params)["id"]
    said["container"] = container_state(container, api)
    media = user.create_media_publish(params={"creation_id": int(container)})["id"]
    fields = ["caption", "permalink", "timestamp", "media_product_type", "is_ai_generated", "owner"]
    said["media"] = plain(IGMedia(media, api=api).api_get(fields=fields))
    comment = IGMedia(media, api=api).create_comment(params={"message": "first!"})
    said["comment"] = comment["id"]
    said["comments"] = [plain(one) for one in IGMedia(media, api=api).get_comments(fields=["text"])]
    listed = user.get_media(fields=["id", "caption"], params={"limit": 1})
    said["list"] = [plain(one) for one in listed]
    (limit,) = user.get_content_publishing_limit(fields=["config", "quota_usage"])
    said["limit"] = plain(limit)
    asked = {"metric": ["views", "reach"]}
    said["insights_early"] = list(IGMedia(media, api=api).get_insights(params=asked))
    httpx.post(f"{wish['url']}/_clock", json={"advance": TWO_DAYS}, timeout=30)
    said["insights"] = [plain(one) for one in IGMedia(media, api=api).get_insights(params=asked)]
    IGMedia(media, api=api).api_delete()
    said["after_deletion"] = refusal(lambda: IGMedia(media, api=api).api_get(fields=["id"]))


def upload(wish: dict[str, str], said: dict[str, Any], api: FacebookAdsApi) -> None:
    """A Reel from a file."""
    params = {"media_type": "REELS", "upload_type": "resumable", "caption": "A file"}
    made = plain(IGUser(wish["user"], api=api).create_media(params=params))
    content = Path(wish["file"]).read_bytes()
    headers = {
        "Authorization": f"OAuth {api._session.access_token}",
        "offset": "0",
        "file_size": str(len(content)),
    }
    answer = httpx.post(made["uri"], content=content, headers=headers, timeout=30)
    said["uploaded"] = answer.json()
    said["file_container"] = container_state(made["id"], api)


def refusal(call: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    """What the SDK makes of a refused call."""
    try:
        call()
    except FacebookRequestError as error:
        return {
            "status": error.http_status(),
            "code": error.api_error_code(),
            "subcode": error.api_error_subcode(),
            "type": error.api_error_type(),
            "transient": error.api_transient_error(),
        }
    raise AssertionError("nothing was refused")


def fail(wish: dict[str, str], said: dict[str, Any], api: FacebookAdsApi) -> None:
    """Errors of three kinds, and a throttle's headers."""
    user = IGUser(wish["user"], api=api)

    def commit() -> object:
        return user.create_media_publish(params={"creation_id": 1})

    said["not_found"] = refusal(commit)
    for code, subcode in ((-1, 2207001), (4, 2207051)):
        fault = {"service": "instagram", "op": "media_publish", "kind": "graph-error"}
        armed = {**fault, "code": code, "subcode": subcode}
        httpx.post(f"{wish['url']}/_faults", json=armed, timeout=30)
        said[f"armed {code}"] = refusal(commit)


def main(wish: str, into: str) -> None:
    """The whole job."""
    asked, said = json.loads(wish), dict[str, Any]()
    api = connect(asked, said)
    publish(asked, said, api)
    upload(asked, said, api)
    fail(asked, said, api)
    Path(into).write_text(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
