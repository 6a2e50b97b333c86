"""The outside world as classes in this process: each does what its protocol says, or what it
was told to do next."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from clients.claude import Claude, Query, Reply
from clients.claude_prices import Tokens
from clients.download import Downloaded, Downloader
from clients.errors import OutcomeUnknown
from clients.publishing import (
    Comment,
    Credentials,
    Handle,
    Job,
    Look,
    Progress,
    PublishedMedia,
    Quota,
    State,
    Truth,
    Video,
    Violation,
)
from clients.publishing.access import Access, Returned
from clients.publishing.instagram import LIMITS
from clients.publishing.matching import Sought, reconcile
from clients.review import Final, Posted, ReviewCard
from clients.store import ObjectStore
from clients.video import Capabilities, JobState, JobStatus, Ordered
from schemas.token import TokenFacts

LUMA_LIKE = Capabilities(
    durations=(5, 10),
    aspects=("9:16", "1:1", "16:9"),
    prompt_limit=6000,
    audio=False,
    lists_jobs=False,
    cancels=False,
    url_seconds=3600,
    price_micros={5: 300_000, 10: 900_000},
    model="ray-3.2 720p",
)


class FakeClaude(Claude):
    """Answers with the next of `replies`, or raises it; each costs 1,000 micro-dollars."""

    def __init__(self, *replies: Reply | Exception | str) -> None:
        self.replies = deque(replies)
        self.prompts: list[str] = []
        self.queries: list[Query] = []
        self.enough: float | None = None

    @property
    def model(self) -> str:
        return "claude-fake"

    async def ask(self, query: Query) -> Reply:
        assert query.system
        assert query.schema is None or query.schema["additionalProperties"] is False
        assert query.max_tokens > 0
        self.queries.append(query)
        self.prompts.append(query.prompt + query.rest)
        reply = self.replies.popleft()
        if isinstance(reply, Exception):
            raise reply
        return a_reply(reply) if isinstance(reply, str) else reply

    def cost_micros(self, reply: Reply) -> int:
        return 1_000 if reply.tokens.answer else 0

    def saved_micros(self, reply: Reply) -> int:
        return reply.tokens.cache_read

    def most_micros(self, query: Query) -> int:
        return query.characters + query.max_tokens

    def rewrites_to_pay(self, query: Query) -> float | None:
        return self.enough if query.prompt else None


def a_reply(text: str, stop_reason: str = "end_turn") -> Reply:
    return Reply(
        text=text,
        stop_reason=stop_reason,
        tokens=Tokens(500, 300),
        request_id="req_1",
        model="claude-fake",
    )


class FakeProvider:
    """Sells a job for every order; `refusals` are raised first, `looks` are shown first."""

    name = "luma"

    def __init__(self, capabilities: Capabilities = LUMA_LIKE) -> None:
        self.capabilities = capabilities
        self.refusals: deque[Exception] = deque()
        self.looks: deque[JobStatus | Exception] = deque()
        self.orders: list[dict[str, object]] = []
        self.statuses = 0

    async def submit(self, *, prompt: str, seconds: int, aspect: str, reference: str) -> Ordered:
        if self.refusals:
            raise self.refusals.popleft()
        self.orders.append(
            {"prompt": prompt, "seconds": seconds, "aspect": aspect, "reference": reference}
        )
        return Ordered(f"job-{reference}-{len(self.orders)}")

    async def status(self, job_id: str) -> JobStatus:
        self.statuses += 1
        look = self.looks.popleft() if self.looks else None
        if isinstance(look, Exception):
            raise look
        return look or JobStatus(job_id, JobState.COMPLETED, url=f"https://cdn.test/{job_id}")


class FakeDownloader(Downloader):
    """Delivers the same file for every address."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.refusals: deque[Exception] = deque()
        self.fetched: list[str] = []

    async def fetch(
        self,
        url: str,
        into: Path,
        *,
        limit_bytes: int,
        progress: Callable[[int, int | None], None],
    ) -> Downloaded:
        assert limit_bytes >= len(self.content)
        self.fetched.append(url)
        if self.refusals:
            raise self.refusals.popleft()
        into.write_bytes(self.content)
        progress(len(self.content), len(self.content))
        return Downloaded(len(self.content), sha256(self.content).hexdigest())


class FakeStore(ObjectStore):
    """Objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.presigned: list[tuple[str, int]] = []

    async def put(self, path: Path, key: str, content_type: str) -> None:
        assert content_type
        self.objects[key] = path.read_bytes()

    async def get(self, key: str, into: Path) -> str:
        into.write_bytes(self.objects[key])
        return sha256(self.objects[key]).hexdigest()

    async def size(self, key: str) -> int | None:
        return len(self.objects[key]) if key in self.objects else None

    async def open_range(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        for at in range(start, end + 1, 4):
            yield self.objects[key][at : min(at + 4, end + 1)]

    async def presign(self, key: str, seconds: int) -> str:
        self.presigned.append((key, seconds))
        return f"https://store.test/{key}?X-Amz-Signature=secret"

    async def delete_prefix(self, prefix: str) -> int:
        doomed = [key for key in self.objects if key.startswith(f"{prefix}/")]
        for key in doomed:
            del self.objects[key]
        return len(doomed)


class FakePublisher:
    """A platform whose containers are ready at once, or with `uploads` when all bytes are there.

    `commit_answers` are raised instead of an answer; `lost` says whether the post goes out
    all the same. `comment_answers` likewise, with `comment_lost`. `reads` are raised by the
    next looks at a container; the next transfers break off after as many bytes as `cuts` say.
    """

    def __init__(self, *, uploads: bool = False) -> None:
        self.capabilities = replace(LIMITS, needs_public_url=not uploads)
        self.containers: dict[str, State] = {}
        self.captions: dict[str, str] = {}
        self.media: list[PublishedMedia] = []
        self.commits: list[str] = []
        self.prepared: list[dict[str, object]] = []
        self.jobs: list[Job] = []
        self.tokens: set[str] = set()
        self.received: dict[str, bytearray] = {}
        self.offsets: list[int] = []
        self.under: dict[str, list[Comment]] = {}
        self.violations: tuple[Violation, ...] = ()
        self.prepare_answers: deque[Exception] = deque()
        self.commit_answers: deque[Exception] = deque()
        self.lost = False
        self.cuts: deque[int] = deque()
        self.comment_answers: deque[Exception] = deque()
        self.comment_lost = False
        self.reads: deque[Exception] = deque()
        self.list_answers: deque[Exception] = deque()
        self.link_answers: deque[Exception] = deque()
        self.comments_answers: deque[Exception] = deque()
        self.quota_answers: deque[Exception | Quota] = deque()

    def preflight(self, job: Job) -> tuple[Violation, ...]:
        assert job.caption
        return self.violations

    async def quota(self, who: Credentials) -> Quota:
        assert who.user_id
        self.tokens.add(who.token)
        said = self.quota_answers.popleft() if self.quota_answers else None
        if isinstance(said, Exception):
            raise said
        return said or Quota(used=len(self.media), total=50, seconds=86_400)

    async def prepare(self, who: Credentials, job: Job, video: Video) -> Handle:
        self.tokens.add(who.token)
        _raise_next(self.prepare_answers)
        self.jobs.append(job)
        uploads = not self.capabilities.needs_public_url
        address = "" if uploads else await video.address()
        self.prepared.append(
            {"user_id": who.user_id, "video_url": address, "share_to_feed": job.share_to_feed}
        )
        container_id = f"container-{who.user_id}-{len(self.prepared)}"
        self.containers[container_id] = State.PENDING if uploads else State.READY
        self.captions[container_id] = job.caption
        return Handle(container_id, f"https://upload.test/{container_id}" if uploads else None)

    async def transfer(
        self, who: Credentials, handle: Handle, video: Video, offset: int, progress: Progress
    ) -> int:
        self.tokens.add(who.token)
        self.offsets.append(offset)
        assert handle.upload_uri
        arrived = self.received.setdefault(handle.id, bytearray())
        assert offset == len(arrived)
        async for chunk in video.read(offset):
            if self.cuts:
                arrived += chunk[: self.cuts.popleft()]
                raise OutcomeUnknown("instagram", "the upload host is not clear")
            arrived += chunk
            progress(len(arrived))
        self.containers[handle.id] = State.READY
        return len(arrived)

    async def poll(self, who: Credentials, handle: Handle) -> Look:
        self.tokens.add(who.token)
        _raise_next(self.reads)
        taken = len(self.received.get(handle.id, b"")) if handle.upload_uri else None
        return Look(self.containers[handle.id], "as the platform says", bytes_taken=taken)

    async def commit(self, who: Credentials, handle: Handle) -> str:
        self.tokens.add(who.token)
        self.commits.append(handle.id)
        if self.commit_answers and not self.lost:
            raise self.commit_answers.popleft()
        media_id = self.publish(who.user_id, handle.id)
        _raise_next(self.commit_answers)
        return media_id

    def publish(self, user_id: str, container_id: str) -> str:
        media_id = f"media-{user_id}-{len(self.media) + 1}"
        self.containers[container_id] = State.LIVE
        self.add_media(media_id, self.captions[container_id])
        return media_id

    def add_media(self, media_id: str, caption: str, at: datetime | None = None) -> None:
        self.media.insert(
            0,
            PublishedMedia(
                media_id=media_id,
                caption=caption,
                permalink=f"https://www.instagram.com/reel/{media_id}/",
                published_at=at or datetime.now(UTC).replace(microsecond=0),
            ),
        )

    async def reconcile(self, who: Credentials, handle: Handle, job: Job, since: datetime) -> Truth:
        return await reconcile(self, who, handle, Sought(job.caption, since))

    async def posts(self, who: Credentials, since: datetime) -> tuple[PublishedMedia, ...]:
        assert since.tzinfo
        self.tokens.add(who.token)
        _raise_next(self.list_answers)
        return tuple(self.media)

    async def permalink(self, who: Credentials, media_id: str) -> str | None:
        self.tokens.add(who.token)
        _raise_next(self.link_answers)
        return next((post.permalink for post in self.media if post.media_id == media_id), None)

    async def comment(self, who: Credentials, media_id: str, text: str) -> str:
        self.tokens.add(who.token)
        if self.comment_answers and not self.comment_lost:
            raise self.comment_answers.popleft()
        written = self.under.setdefault(media_id, [])
        written.insert(0, Comment(f"comment-{media_id}-{len(written) + 1}", text))
        _raise_next(self.comment_answers)
        return written[0].id

    async def comments(self, who: Credentials, media_id: str) -> tuple[Comment, ...]:
        self.tokens.add(who.token)
        _raise_next(self.comments_answers)
        return tuple(self.under.get(media_id, ()))

    async def aclose(self) -> None:
        """Nothing is open."""


class FakeAccess:
    """A login whose tokens live sixty days; each trade makes a new string.

    `answers` are raised by the next trades of the tokens they stand under.
    """

    def __init__(self) -> None:
        self.answers: dict[str, deque[Exception]] = {}
        self.traded: list[str] = []
        self.missing: tuple[str, ...] = ()
        self.consents: list[str] = []
        self.asked_for_comments: list[bool] = []
        self.returned: list[Returned] = []

    def consent_url(
        self, *, redirect_uri: str, state: str, challenge: str, comments: bool = False
    ) -> str:
        self.consents.append(state)
        self.asked_for_comments.append(comments)
        return f"https://consent.test/?state={state}&challenge={challenge}&to={redirect_uri}"

    async def redeem(self, returned: Returned, *, user_id: str, now: datetime) -> Access:
        assert user_id
        self.returned.append(returned)
        _raise_next(self.answers.get(returned.code, deque()))
        return self._access(f"of-{returned.code}", now)

    async def examine(self, token: str, *, user_id: str, now: datetime) -> Access:
        assert user_id
        _raise_next(self.answers.get(token, deque()))
        return self._access(token, now)

    async def renew(self, token: str, *, user_id: str, now: datetime) -> Access:
        assert user_id
        _raise_next(self.answers.get(token, deque()))
        self.traded.append(token)
        return self._access(f"{token}+", now)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _access(self, token: str, now: datetime) -> Access:
        ends = now + timedelta(days=60)
        facts = TokenFacts(issued_at=now, expires_at=ends, checked_at=now)
        return Access(token, None, facts, self.missing)


class FakeChannel:
    """A way to reviewers that keeps what it was given, or fails as it was told.

    `cards` has what was shown and reminded of, `messages` what stands in each message now.
    """

    keeps_cards = True

    def __init__(self, name: str = "slack", *failures: Exception) -> None:
        self.name = name
        self.failures = deque(failures)
        self.cards: list[ReviewCard] = []
        self.messages: dict[str, ReviewCard | Final] = {}
        self.told: list[tuple[str, str]] = []

    async def ask(self, card: ReviewCard, posted: Posted | None) -> str:
        _raise_next(self.failures)
        self.cards.append(card)
        reference = (posted and posted.reference) or f"message-{len(self.messages) + 1}"
        self.messages[reference] = card
        return reference

    async def remind(self, card: ReviewCard, posted: Posted | None) -> str:
        assert posted
        assert posted.reference in self.messages
        _raise_next(self.failures)
        self.cards.append(card)
        return posted.reference

    async def close(self, card: ReviewCard, final: Final, posted: Posted) -> str:
        assert card.choices
        _raise_next(self.failures)
        self.messages[posted.reference] = final
        return posted.reference

    async def tell(self, *, title: str, text: str) -> None:
        _raise_next(self.failures)
        self.told.append((title, text))

    async def aclose(self) -> None:
        """Nothing is open."""


def _raise_next(answers: deque[Exception]) -> None:
    if answers:
        raise answers.popleft()
