"""Instagram's content publishing API, with Instagram Login: container, status, publish, read.

Sources: Meta's pages on content publishing, IG User media, IG Container and access tokens.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Call, Handler, Outcome, Preparation, Service, World
from simulators.containers import Containers
from simulators.faults import Fault
from simulators.graph_errors import graph_error, unreadable
from simulators.instagram_posts import DAY, Accounts, Container, new_id, shortcode, username

QUOTA = 50
LONGEST_CAPTION, MOST_HASHTAGS, MOST_MENTIONS = 2200, 30, 20
OLDEST_VERSION, NEWEST_VERSION = 21, 26
TOKEN_SECONDS = 5_183_944
PAGE = 25
ANY = ("graph-error",)
Params = dict[str, str]


class Refused(Exception):
    """A call that the platform refuses, with its answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


class Instagram(Service):
    """Everything under `/instagram`."""

    name = "instagram"
    answer_kinds = frozenset({"status", "graph-error"})

    def __init__(self, world: World, accounts: Accounts, containers: Containers) -> None:
        super().__init__(world)
        self._accounts = accounts
        self._containers = containers
        for op in ("get_container", "get_media", "get_user"):
            world.faults.know(self.name, op, frozenset(ANY))

    def routes(self) -> list[Route]:
        """The operations, each under a version or without one, with or without a last slash."""
        return [
            *self._both("me", "me", self._me),
            *self._both("refresh_access_token", "refresh_access_token", self._refresh),
            *self._both("{user}/media_publish", "media_publish", self._publish, "second-commit"),
            *self._both("{user}/media", "create_container", self._create, "container-error"),
            *self._both("{user}/media", "list_media", self._list),
            *self._both("{user}/content_publishing_limit", "content_publishing_limit", self._limit),
            *self._both("{node}", self._node_op, self._node, prepare=self._containers.settle),
        ]

    def refusal(self, status: int, message: str) -> Response:
        """The Graph API's error body, with another status than its usual 400."""
        answer = graph_error(1 if status in {400, 500} else 2, None, message)
        answer.status_code = status
        return answer

    def chosen(self, fault: Fault) -> Response:
        """A `graph-error` names its code and subcode."""
        if fault.kind != "graph-error":
            return super().chosen(fault)
        options = fault.options
        code, subcode = int(options.get("code", 1)), options.get("subcode")
        subcode = options.get("error_subcode", subcode)
        return graph_error(code, subcode, options.get("message"), extra=options.get("extra"))

    def _both(
        self,
        path: str,
        op: str | Callable[[Request], str],
        handler: Handler,
        own_kind: str | None = None,
        *,
        prepare: Preparation | None = None,
    ) -> list[Route]:
        def guarded(call: Call) -> Outcome:
            try:
                return handler(call)
            except Refused as refused:
                return Outcome(refused.answer)

        writes = op in {"create_container", "media_publish"}
        methods = ["POST"] if writes else ["GET"]
        kinds = [*ANY, own_kind] if own_kind else ANY
        places = (f"/v{{version:float}}/{path}", f"/{path}")
        return [
            self.route(place + slash, op, guarded, methods=methods, kinds=kinds, prepare=prepare)
            for place in places
            for slash in ("", "/")
        ]

    def _create(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        user = call.at("user")
        if problem := _container_problem(params):
            return Outcome(problem, {"user": user})
        name = new_id("179")
        facts: dict[str, Any] = {
            "caption": params.get("caption", ""),
            "media_type": params["media_type"],
            "share_to_feed": _flag(params.get("share_to_feed")),
            "is_ai_generated": _flag(params.get("is_ai_generated")),
            "video_url": params["video_url"].partition("?")[0],
        }
        if call.meets("container-error"):
            facts["will_fail"] = int(call.option("subcode", 2207082))
        self._containers.start(name, params["video_url"], facts.get("will_fail"))
        ids = {"user": user, "container": name}
        return Outcome(JSONResponse({"id": name}), ids, "container.created", facts)

    def _publish(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        user, name = call.at("user"), params.get("creation_id", "")
        if not name:
            answer = graph_error(100, None, "(#100) The parameter creation_id is required")
            return Outcome(answer, {"user": user})
        ids = {"user": user, "container": name}
        container = self._accounts.containers.get(name)
        if container is None or container.user != user:
            return Outcome(graph_error(24, 2207006), ids)
        state = self._containers.state_of(container)
        earlier = self._second_commit(container) if state == "PUBLISHED" else None
        early = earlier or self._unpublishable(state, user, call.now)
        if early is not None:
            return Outcome(early, ids)
        media = new_id("180")
        facts = {
            "caption": container.caption,
            "permalink": f"https://www.instagram.com/reel/{shortcode(media)}/",
            "sha256": container.taken["sha256"],
            "bytes": container.taken["bytes"],
            "share_to_feed": container.facts["share_to_feed"],
        }
        answer = JSONResponse({"id": media})
        return Outcome(answer, {**ids, "media": media}, "post.published", facts)

    def _unpublishable(self, state: str, user: str, now: float) -> Response | None:
        """Why a container can't be published now, if so."""
        errors = {"EXPIRED": (24, 2207008), "ERROR": (-1, 2207032), "IN_PROGRESS": (9007, 2207027)}
        if state in errors:
            return graph_error(*errors[state])
        if self._accounts.published_since(user, now - DAY) >= QUOTA:
            return graph_error(9, 2207042)
        return None

    def _second_commit(self, container: Container) -> Response | None:
        """What a second publish of one container gets.

        Meta says nothing about it, so there are three modes: `duplicate` (None: it is published
        once more), `same_id`, `error`.
        """
        armed = self.world.faults.mode(self.name, "media_publish", "second-commit")
        mode = armed.options.get("mode", "duplicate") if armed else "duplicate"
        first = self._accounts.posts_of(container)[0]
        if mode == "same_id":
            return JSONResponse({"id": first.id})
        return graph_error(24, 2207006) if mode == "error" else None

    def _node_op(self, request: Request) -> str:
        name = str(request.path_params["node"])
        if self._accounts.post(name):
            return "get_media"
        return "get_user" if name.startswith("1784") else "get_container"

    def _node(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        name = call.at("node")
        container, post = self._accounts.containers.get(name), self._accounts.post(name)
        if container is not None:
            state = self._containers.state_of(container)
            known = {"id": name, "status_code": state, "status": container.status_text(state)}
            ids = {"container": name, "user": container.user}
            return Outcome(_fields(known, params), ids, facts={"status_code": state})
        if post is not None:
            return Outcome(_fields(post.shown(), params), {"media": name, "user": post.user})
        if name.startswith("1784"):
            return Outcome(_fields(_profile(name), params), {"user": name})
        return Outcome(unreadable(name), {"node": name})

    def _list(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        posts = self._accounts.of_user(call.at("user"))
        limit, after = int(params.get("limit", PAGE)), params.get("after")
        names = [post.id for post in posts]
        begin = names.index(after) + 1 if after in names else 0
        page = posts[begin : begin + limit]
        body: dict[str, Any] = {"data": [_chosen_fields(post.shown(), params) for post in page]}
        if page:
            body["paging"] = {"cursors": {"before": page[0].id, "after": page[-1].id}}
        return Outcome(JSONResponse(body), {"user": call.at("user")})

    def _limit(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        user = call.at("user")
        used = self._accounts.published_since(user, call.now - DAY)
        config = {"quota_total": QUOTA, "quota_duration": DAY}
        asked = params.get("fields", "quota_usage").split(",")
        row = {"quota_usage": used, "config": config}
        data = [{key: value for key, value in row.items() if key in asked}]
        return Outcome(JSONResponse({"data": data}), {"user": user})

    def _me(self, call: Call) -> Outcome:
        params, token = _admitted(call)
        named = re.search(r"1784\d{9,}", token)
        digest = int(hashlib.sha256(token.encode()).hexdigest()[:10], 16)
        user = named[0] if named else f"1784{digest % 10**13:013d}"
        return Outcome(_fields(_profile(user), params), {"user": user})

    def _refresh(self, call: Call) -> Outcome:
        params, _ = _admitted(call)
        if params.get("grant_type") != "ig_refresh_token":
            return Outcome(graph_error(100, None, "(#100) grant_type must be ig_refresh_token"))
        fresh = f"IGAA{new_id('')}{new_id('')}"
        body = {"access_token": fresh, "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        return Outcome(JSONResponse(body), effect="token.refreshed")


def _admitted(call: Call) -> tuple[Params, str]:
    """All parameters, wherever they were sent, and the token. Raises Refused."""
    version = call.request.path_params.get("version")
    if version is not None and not OLDEST_VERSION <= version <= NEWEST_VERSION:
        raise Refused(graph_error(2500, None, f"Unknown path components: /v{version}"))
    params: Params = {**dict(call.request.query_params), **call.form, **_json_params(call)}
    scheme, _, sent = call.request.headers.get("authorization", "").partition(" ")
    token = sent.strip() if scheme.lower() in {"bearer", "oauth"} else ""
    token = token or params.pop("access_token", "")
    if not token:
        raise Refused(graph_error(104))
    return params, token


def _json_params(call: Call) -> Params:
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        body = call.json
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(graph_error(100, None, "(#100) The request body is not a JSON object"))
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in body.items()
    }


def _container_problem(params: Params) -> Response | None:
    """The refusal of a container's parameters, if any."""
    if params.get("media_type") != "REELS":
        return graph_error(100, 2207023)
    url = params.get("video_url", "")
    if not url:
        return graph_error(100, None, "(#100) The parameter video_url is required")
    if not url.isascii() or not url.startswith(("http://", "https://")):
        return graph_error(9004, 2207052)
    caption = params.get("caption", "")
    hashtags, mentions = re.findall(r"#\w+", caption), re.findall(r"@\w+", caption)
    too_much = len(hashtags) > MOST_HASHTAGS or len(mentions) > MOST_MENTIONS
    if len(caption) > LONGEST_CAPTION or too_much:
        return graph_error(36004, 2207010)
    if int(params.get("thumb_offset", 0)) < 0:
        return graph_error(1, 2207057)
    return None


def _profile(user: str) -> dict[str, Any]:
    name = username(user)
    return {"id": user, "user_id": user, "username": name, "account_type": "BUSINESS"}


def _chosen_fields(known: dict[str, Any], params: Params) -> dict[str, Any]:
    asked = {"id", *params.get("fields", "").replace(" ", "").split(",")}
    return {key: value for key, value in known.items() if key in asked}


def _fields(known: dict[str, Any], params: Params) -> Response:
    return JSONResponse(_chosen_fields(known, params))


def _flag(sent: str | None) -> bool | None:
    return None if sent is None else sent.lower() in {"true", "1"}
