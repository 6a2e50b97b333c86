"""Content publishing, which both flavours share: container, status, publish, read.

Sources: Meta's pages on content publishing, IG User media, IG Container, media_publish and
content_publishing_limit.

Modes: `second-commit` of media_publish (`mode`: duplicate, same_id, error), for Meta doesn't say
what a second publish of one container gets; `decoys` of media_publish: each publish, also one that
is refused, leaves posts of the same account that aren't it; `quota` of `any` (`total`).
"""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Outcome
from simulators.graph import Graph
from simulators.graph_calls import Ask, Refused
from simulators.graph_errors import graph_error, invalid, required, unreadable
from simulators.instagram_containers import MOST_CONTAINERS, container_facts
from simulators.instagram_decoys import plant_around
from simulators.instagram_posts import DAY, Container, new_id, shortcode, username

QUOTA = 50
PAGE, LARGEST_PAGE = 25, 100
SUBCODE_OF_A_FAULT = 2207082
UNPUBLISHABLE = {"EXPIRED": (24, 2207008), "ERROR": (-1, 2207032), "IN_PROGRESS": (9007, 2207027)}


class Publishing(Graph):
    """The operations on containers and posts, under `/instagram` or `/facebook`."""

    def routes(self) -> list[Route]:
        """The operations of both flavours; `{node}` takes what is left, so it comes last."""
        for op in ("get_container", "get_media", "get_user"):
            self.world.faults.know(self.name, op, frozenset({"graph-error"}))
        add, faults = self.operation, ("container-error", "copyright-match")
        commit = ("second-commit", "decoys")
        settle = self.platform.containers.settle
        return [
            *add("{user}/media_publish", "media_publish", self._publish, methods=["POST"],
                 kinds=commit),
            *add("{user}/media", "create_container", self._create, methods=["POST"], kinds=faults),
            *add("{user}/media", "list_media", self._list),
            *add("{user}/content_publishing_limit", "content_publishing_limit", self._limit),
            *add("{node}", self._node_op, self._node, prepare=settle),
        ]  # fmt: skip

    def _create(self, ask: Ask) -> Outcome:
        user, accounts = self.account(ask), self.platform.accounts
        self.allow(ask, "publish", user)
        try:
            facts = container_facts(ask)
        except Refused as refused:
            return Outcome(refused.answer, {"user": user})
        if accounts.created_since(user, ask.call.now - DAY) >= MOST_CONTAINERS:
            return Outcome(graph_error(9, 2207042), {"user": user})
        if ask.call.meets("container-error"):
            facts["will_fail"] = int(ask.call.option("subcode", SUBCODE_OF_A_FAULT))
        if ask.call.meets("copyright-match"):
            facts["copyright_match"] = True
        name = new_id("179")
        answer = self._begin(ask, name, facts)
        return Outcome(answer, {"user": user, "container": name}, "container.created", facts)

    def _begin(self, ask: Ask, name: str, facts: dict[str, Any]) -> Response:
        """Fetch the video, or say where to bring it."""
        cover = ask.get("cover_url") or None
        if "video_url" in facts:
            self.platform.containers.start(name, video=ask.get("video_url"), cover=cover)
            return JSONResponse({"id": name})
        if cover is not None:
            self.platform.containers.keep_cover(name, cover)
        url = ask.call.request.url
        version = ask.call.request.path_params.get("version")
        place = f"v{version}/{name}" if version else name
        uri = f"{url.scheme}://{url.netloc}/rupload/ig-api-upload/{place}"
        return JSONResponse({"id": name, "uri": uri})

    def _publish(self, ask: Ask) -> Outcome:
        user, name = self.account(ask), ask.get("creation_id")
        self.allow(ask, "publish", user)
        container = self.platform.accounts.containers.get(name)
        if not name:
            return Outcome(required("creation_id"), {"user": user})
        outcome = self._committed(container, user, ask.call.now)
        if container is not None and self.mode("decoys", user, "media_publish"):
            plant_around(self.world, user, container.caption)
        return replace(outcome, ids={"user": user, "container": name, **outcome.ids})

    def _committed(self, container: Container | None, user: str, now: float) -> Outcome:
        if container is None or container.user != user:
            return Outcome(graph_error(24, 2207006))
        state = self.platform.containers.state_of(container)
        early = self._second_commit(container) if state == "PUBLISHED" else None
        early = early or self._unpublishable(state, user, now)
        if early is not None:
            return Outcome(early)
        media = new_id("180")
        facts = {
            "caption": container.caption,
            "permalink": f"https://www.instagram.com/reel/{shortcode(media)}/",
            "sha256": container.taken["sha256"],
            "bytes": container.taken["bytes"],
            "share_to_feed": container.facts["share_to_feed"],
        }
        return Outcome(JSONResponse({"id": media}), {"media": media}, "post.published", facts)

    def _unpublishable(self, state: str, user: str, now: float) -> Response | None:
        """Why a container can't be published now, if so."""
        if state in UNPUBLISHABLE:
            return graph_error(*UNPUBLISHABLE[state])
        if self.platform.accounts.published_since(user, now - DAY) >= self._quota(user):
            return graph_error(9, 2207042)
        return None

    def _second_commit(self, container: Container) -> Response | None:
        """What a second publish of one container gets; None: it is published once more."""
        armed = self.mode("second-commit", container.user, "media_publish")
        mode = armed.options.get("mode", "duplicate") if armed else "duplicate"
        first = self.platform.accounts.posts_of(container)[0]
        if mode == "same_id":
            return JSONResponse({"id": first.id})
        return graph_error(24, 2207006) if mode == "error" else None

    def _quota(self, user: str) -> int:
        armed = self.mode("quota", user)
        return int(armed.options.get("total", QUOTA)) if armed else QUOTA

    def _node_op(self, request: Request) -> str:
        name = str(request.path_params["node"])
        if self.platform.accounts.post(name):
            return "get_media"
        return "get_user" if name.startswith("1784") else "get_container"

    def _node(self, ask: Ask) -> Outcome:
        name = ask.at("node")
        container = self.platform.accounts.containers.get(name)
        post = self.platform.accounts.post(name)
        if container is not None:
            self.allow(ask, "basic", container.user, reads=True)
            state = self.platform.containers.state_of(container)
            ids = {"container": name, "user": container.user}
            answer = JSONResponse(ask.chosen(container.shown(state)))
            return Outcome(answer, ids, facts={"status_code": state})
        if post is not None:
            self.allow(ask, "basic", post.user, reads=True)
            shown = {**post.shown(), "comments_count": len(self.comments(name))}
            return Outcome(JSONResponse(ask.chosen(shown)), {"media": name, "user": post.user})
        if name.startswith("1784"):
            self.allow(ask, "basic", name)
            return Outcome(JSONResponse(ask.chosen(profile(name))), {"user": name})
        self.allow(ask, "basic", reads=True)
        return Outcome(unreadable(name), {"node": name})

    def comments(self, media: str) -> list[dict[str, Any]]:
        """What stands under a post, newest first."""
        return [comment.shown() for comment in self.platform.accounts.comments_of(media)]

    def _list(self, ask: Ask) -> Outcome:
        user = self.account(ask)
        self.allow(ask, "basic", user, reads=True)
        posts = [post.shown() for post in self.platform.accounts.of_user(user)]
        return Outcome(paged(ask, posts), {"user": user})

    def _limit(self, ask: Ask) -> Outcome:
        user, now = self.account(ask), ask.call.now
        self.allow(ask, "basic", user)
        since = ask.number("since", int(now - DAY))
        if since < int(now - DAY):
            return Outcome(invalid("Param since must be within the last 24 hours"), {"user": user})
        used = self.platform.accounts.published_since(user, since)
        config = {"quota_total": self._quota(user), "quota_duration": DAY}
        row = ask.chosen({"quota_usage": used, "config": config}, "quota_usage")
        return Outcome(JSONResponse({"data": [row]}), {"user": user})


def profile(user: str) -> dict[str, Any]:
    """What an account says of itself."""
    name = username(user)
    return {"id": user, "user_id": user, "username": name, "account_type": "BUSINESS"}


def paged(ask: Ask, rows: list[dict[str, Any]], default: str = "id") -> Response:
    """One page of a list, from `after` or before `before`, at most `limit` long.

    `next` and `previous` are there when there is more; they hold the token where the call had it
    among its parameters, as Meta's do.
    """
    names = [row["id"] for row in rows]
    limit = min(ask.number("limit", PAGE), LARGEST_PAGE)
    begin, end = 0, limit
    if ask.get("after") in names:
        begin = names.index(ask.get("after")) + 1
        end = begin + limit
    elif ask.get("before") in names:
        end = names.index(ask.get("before"))
        begin = max(0, end - limit)
    page = rows[begin:end]
    body: dict[str, Any] = {"data": [ask.chosen(row, default) for row in page]}
    if page:
        first, last = str(page[0]["id"]), str(page[-1]["id"])
        paging: dict[str, Any] = {"cursors": {"before": first, "after": last}}
        url = ask.call.request.url.remove_query_params(["after", "before"])
        if end < len(rows):
            paging["next"] = str(url.include_query_params(after=last))
        if begin > 0:
            paging["previous"] = str(url.include_query_params(before=first))
        body["paging"] = paging
    return JSONResponse(body)
