"""Instagram, with Instagram Login (graph.instagram.com) and Facebook Login (graph.facebook.com).

Sources: Meta's "Content Publishing" and "Resumable Uploads" guides and the reference pages of
IG User media, media_publish, IG Container, IG Media comments and content_publishing_limit, read
in v25.0 and v26.0. The token travels in the Authorization header only, and the video's address
in the body: URLs end up in logs.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from clients.errors import Refused
from clients.publishing import (
    Capabilities,
    Comment,
    Credentials,
    Handle,
    Job,
    Look,
    Progress,
    PublishedMedia,
    Quota,
    Truth,
    Video,
    Violation,
)
from clients.publishing import instagram_answers as answers
from clients.publishing.access import App
from clients.publishing.graph import Graph
from clients.publishing.instagram_answers import SERVICE, good, unreadable
from clients.publishing.instagram_errors import ACTIONS, Action
from clients.publishing.matching import CLOCK_SKEW, Sought, reconcile
from clients.publishing.preflight import violations
from clients.publishing.rupload import UploadHost
from schemas.failures import FailureKind

PAGE, PAGES = 100, 10
"""Posts, and comments, that are looked through at most; a hundred posts are more than a day's."""

LIMITS = Capabilities(
    needs_public_url=True,
    separate_commit=True,
    native_schedule=False,
    handle_life=timedelta(hours=24),
    posts_a_day=50,
    handles_a_day=400,
    caption_limit=2200,
    hashtags=30,
    mentions=20,
    collaborators=0,
    locations=False,
    comment_limit=300,
    largest_bytes=300_000_000,
    shortest_seconds=3,
    longest_seconds=900,
)
"""What the reference of IG User media says of Reels, and 300 characters of a comment."""

COLLABORATORS = 3
"""With Facebook Login; the other has neither these nor locations."""


@dataclass(frozen=True)
class FacebookLogin:
    """What only accounts that are connected through Facebook Login have."""

    upload_url: str | None = None
    """The host that takes files; None has Instagram fetch them, as with the other login."""
    app: App | None = field(default=None, repr=False)
    """Whose secret proves each call, where it is known."""


class Instagram:
    """A Publisher for the accounts of one login."""

    def __init__(
        self,
        base_url: str,
        version: str,
        *,
        facebook: FacebookLogin | None = None,
        limits: Capabilities = LIMITS,
    ) -> None:
        """`facebook` None is Instagram Login."""
        self._graph = Graph(base_url, version, facebook.app if facebook else None)
        upload_url = facebook.upload_url if facebook else None
        self._uploads = UploadHost(upload_url) if upload_url else None
        self._limits = replace(
            limits,
            needs_public_url=self._uploads is None,
            collaborators=COLLABORATORS if facebook else 0,
            locations=facebook is not None,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What it takes with this login."""
        return self._limits

    def preflight(self, job: Job) -> tuple[Violation, ...]:
        """Every rule that a job breaks, found without asking anybody."""
        return violations(job, self._limits)

    async def quota(self, who: Credentials) -> Quota:
        """Read how many posts the account may still have. Raises Retryable or Refused."""
        query = {"fields": "config,quota_usage"}
        document = await self._graph.read(
            who, f"{_path(who.user_id)}/content_publishing_limit", query
        )
        return answers.read_quota(document, self._limits.posts_a_day)

    async def prepare(self, who: Credentials, job: Job, video: Video) -> Handle:
        """Make a container that fetches the video, or waits for its bytes.

        Repeatable: a container that is never committed expires after 24 hours.
        Raises Retryable or Refused.
        """
        source = (
            {"video_url": await video.address()}
            if self._uploads is None
            else {"upload_type": "resumable"}
        )
        answer = await self._graph.ask(
            who, f"{_path(who.user_id)}/media", _parameters(job) | source
        )
        try:
            document = good(answer)
        except Refused as refused:
            if ACTIONS[refused.kind] is Action.NEW_CONTAINER:
                # There is none yet: another one is the same call again.
                raise unreadable(refused.message) from None
            raise
        container_id, uri = (answers.text_of(document, name) for name in ("id", "uri"))
        if container_id is None:
            raise unreadable("answered without naming a container")
        if self._uploads is None:
            return Handle(container_id)
        if uri is None:
            raise unreadable("answered without saying where the video is brought")
        return Handle(container_id, uri)

    async def transfer(
        self, who: Credentials, handle: Handle, video: Video, offset: int, progress: Progress
    ) -> int:
        """Bring the bytes from the confirmed `offset` on; return how many are confirmed.

        Raises Retryable or OutcomeUnknown when only `poll` can tell how many arrived, and
        Refused for an address that leads elsewhere than the upload host.
        """
        if self._uploads is None or handle.upload_uri is None:
            raise Refused(SERVICE, FailureKind.CONFIGURATION, "this container takes no bytes")
        return await self._uploads.send(who.token, handle.upload_uri, video, offset, progress)

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        """Read where a container stands. Raises Retryable or Refused; reads prove nothing then."""
        fields = "status_code,status" + (",video_status" if handle.upload_uri else "")
        return answers.read_status(
            await self._graph.read(who, _path(handle.id), {"fields": fields})
        )

    async def commit(self, who: Credentials, handle: Handle) -> str:
        """Publish, and return the media id. Never sent twice without a reading in between.

        Raises Refused or Retryable only for answers that prove that nothing was published
        (and Retryable when Instagram was not reached); OutcomeUnknown for all others.
        """
        path = f"{_path(who.user_id)}/media_publish"
        return await self._graph.write(who, path, {"creation_id": handle.id}, "the post")

    async def reconcile(self, who: Credentials, handle: Handle, job: Job, since: datetime) -> Truth:
        """Read whether a container is out; `since` is when it can have been published first.

        A container that died is gone only when the list has no such post either: what failed
        or expired after a publish may have been published before. Raises as `poll` does.
        """
        return await reconcile(self, who, handle, Sought(job.caption, since))

    async def permalink(self, who: Credentials, media_id: str) -> str | None:
        """Read the public address of a post, None when Instagram gives none."""
        document = await self._graph.read(who, _path(media_id), {"fields": "permalink"})
        return answers.text_of(document, "permalink")

    async def comment(self, who: Credentials, media_id: str, text: str) -> str:
        """Write under a post, and return the comment's id. Raises as `commit` does."""
        return await self._graph.write(
            who, f"{_path(media_id)}/comments", {"message": text}, "the comment"
        )

    async def comments(self, who: Credentials, media_id: str) -> tuple[Comment, ...]:
        """Read all that stands under a post. Raises Retryable when it is more than 1,000."""
        query = {"fields": "id,text", "limit": str(PAGE)}
        found: list[Comment] = []
        for _ in range(PAGES):
            document = await self._graph.read(who, f"{_path(media_id)}/comments", query)
            found += answers.read_comments(document)
            after = answers.next_page(document)
            if after is None:
                return tuple(found)
            query["after"] = after
        raise unreadable("answered with more comments than are looked through")

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._graph.aclose()
        if self._uploads is not None:
            await self._uploads.aclose()

    async def posts(self, who: Credentials, since: datetime) -> tuple[PublishedMedia, ...]:
        """Read all posts since then, and some older ones. Raises Retryable for more than 1,000."""
        query = {"fields": "id,caption,permalink,timestamp", "limit": str(PAGE)}
        found: list[PublishedMedia] = []
        for _ in range(PAGES):
            document = await self._graph.read(who, f"{_path(who.user_id)}/media", query)
            page = answers.read_media(document)
            found += page
            after = answers.next_page(document)
            # Newest first.
            if after is None or (page and page[-1].published_at < since - CLOCK_SKEW):
                return tuple(found)
            query["after"] = after
        raise unreadable("answered with more posts than are looked through")


def _path(node: str) -> str:
    return f"/{quote(node, safe='')}"


def _parameters(job: Job) -> dict[str, str]:
    """The parameters of a container beside its video."""
    asked = {
        "media_type": "REELS",
        "caption": job.caption,
        # The default is not documented.
        "share_to_feed": _word(value=job.share_to_feed),
        "is_ai_generated": _word(value=job.ai_label),
    }
    if job.cover_seconds is not None:
        asked["thumb_offset"] = str(int(job.cover_seconds * 1000))
    if job.collaborators:
        asked["collaborators"] = json.dumps(job.collaborators)
    if job.location_id is not None:
        asked["location_id"] = job.location_id
    return asked


def _word(*, value: bool) -> str:
    return "true" if value else "false"
