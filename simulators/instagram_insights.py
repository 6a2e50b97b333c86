"""What a post's insights say, and comments under it.

Sources: Meta's pages on IG Media insights (June 2026) and IG Media comments. Insights lag by up to
48 hours: here by all of them, and until then the data set is empty, which isn't zero.
"""

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.calls import Outcome
from simulators.choices import Choices
from simulators.graph import Graph
from simulators.graph_calls import Ask, Refused, words
from simulators.graph_errors import invalid, required, unreadable
from simulators.instagram_posts import DAY, Post, new_id
from simulators.instagram_publishing import paged
from simulators.instagram_tokens import FACEBOOK

LAG = 2 * DAY
HIGHEST = {
    "views": 20_000,
    "reach": 9_000,
    "likes": 900,
    "comments": 60,
    "saved": 120,
    "shares": 200,
    "reposts": 40,
    "total_interactions": 1_400,
    "ig_reels_avg_watch_time": 9_000,
    "ig_reels_video_view_total_time": 90_000_000,
    "reels_skip_rate": 80,
    "crossposted_views": 3_000,
}
"""The metrics of a Reel, each with the highest value that is made up here."""
OF_FACEBOOK_LOGIN = {
    "facebook_views": 3_000,
    "total_likes": 1_000,
    "total_comments": 80,
    "total_views": 23_000,
}
REMOVED = (
    "plays",
    "clips_replays_count",
    "ig_reels_aggregated_all_plays_count",
    "video_views",
    "impressions",
)
"""Since April 2025 in all versions; `impressions` for media made after July 2, 2024."""


class Insights(Graph):
    """`/{media}/insights` and `/{media}/comments`."""

    def routes(self) -> list[Route]:
        """The operations of both flavours."""
        add = self.operation
        return [
            *add("{media}/insights", "get_insights", self._insights),
            *add("{media}/comments", "create_comment", self._comment, methods=["POST"]),
            *add("{media}/comments", "list_comments", self._comments),
        ]

    def _insights(self, ask: Ask) -> Outcome:
        post = self._post(ask, "insights", reads=True)
        ids = {"media": post.id, "user": post.user}
        metrics = words(ask.get("metric"))
        if problem := self._problem(metrics):
            return Outcome(problem, ids)
        ready = ask.call.now - post.published >= LAG
        data = [self._row(post, metric) for metric in metrics] if ready else []
        return Outcome(JSONResponse({"data": data}), ids)

    def _problem(self, metrics: list[str]) -> Response | None:
        """Why these metrics can't be had, if so."""
        if not metrics:
            return required("metric")
        known = self._highest()
        for number, metric in enumerate(metrics):
            if metric in REMOVED:
                return invalid(f"The {metric} metric is no longer supported. Use views instead.")
            if metric not in known:
                listed = ", ".join(known)
                return invalid(f"metric[{number}] must be one of the following values: {listed}")
        return None

    def _highest(self) -> dict[str, int]:
        return HIGHEST | OF_FACEBOOK_LOGIN if self.flavour == FACEBOOK else HIGHEST

    def _row(self, post: Post, metric: str) -> dict[str, object]:
        value = Choices("insights", post.id).number(metric, 1, self._highest()[metric])
        return {
            "name": metric,
            "period": "lifetime",
            "values": [{"value": value}],
            "title": metric.replace("_", " ").capitalize(),
            "description": f"The {metric.replace('_', ' ')} of your Reel.",
            "id": f"{post.id}/insights/{metric}/lifetime",
        }

    def _comment(self, ask: Ask) -> Outcome:
        post = self._post(ask, "comments")
        ids = {"media": post.id, "user": post.user}
        text = ask.get("message")
        if not text:
            return Outcome(required("message"), ids)
        comment = new_id("179")
        ids["comment"] = comment
        return Outcome(JSONResponse({"id": comment}), ids, "comment.created", {"text": text})

    def _comments(self, ask: Ask) -> Outcome:
        post = self._post(ask, "comments", reads=True)
        rows = [comment.shown() for comment in self.platform.accounts.comments_of(post.id)]
        answer = paged(ask, rows, "id,text,timestamp")
        return Outcome(answer, {"media": post.id, "user": post.user})

    def _post(self, ask: Ask, need: str, *, reads: bool = False) -> Post:
        """The post in the path. Raises Refused."""
        name = ask.at("media")
        post = self.platform.accounts.post(name)
        self.allow(ask, need, post.user if post else "", reads=reads)
        if post is None:
            verb = ask.call.request.method.lower()
            raise Refused(unreadable(name, verb), {"media": name})
        return post
