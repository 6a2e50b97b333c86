"""The outside world as classes in this process: each does what its protocol says, or what it
was told to do next."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from clients.claude import Claude, Query, Reply
from clients.claude_prices import Tokens
from clients.download import Downloaded, Downloader
from clients.publishing import ContainerState, ContainerStatus, PublishedMedia, Quota
from clients.publishing.access import Access, Returned
from clients.review import ReviewCard
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

    async def presign(self, key: str, seconds: int) -> str:
        self.presigned.append((key, seconds))
        return f"https://store.test/{key}?X-Amz-Signature=secret"

    async def delete_prefix(self, prefix: str) -> int:
        doomed = [key for key in self.objects if key.startswith(f"{prefix}/")]
        for key in doomed:
            del self.objects[key]
        return len(doomed)


class FakePublisher:
    """A platform whose containers are ready at once.

    `commit_answers` are raised instead of an answer; `lost` says whether the post goes out
    all the same. `reads` are raised by the next looks at a container.
    """

    def __init__(self) -> None:
        self.containers: dict[str, ContainerState] = {}
        self.captions: dict[str, str] = {}
        self.media: list[PublishedMedia] = []
        self.commits: list[str] = []
        self.prepared: list[dict[str, object]] = []
        self.tokens: set[str] = set()
        self.prepare_answers: deque[Exception] = deque()
        self.commit_answers: deque[Exception] = deque()
        self.lost = False
        self.reads: deque[Exception] = deque()
        self.list_answers: deque[Exception] = deque()
        self.link_answers: deque[Exception] = deque()
        self.quota_answers: deque[Exception | Quota] = deque()

    async def quota(self, *, user_id: str, token: str) -> Quota:
        assert user_id
        self.tokens.add(token)
        said = self.quota_answers.popleft() if self.quota_answers else None
        if isinstance(said, Exception):
            raise said
        return said or Quota(used=len(self.media), total=50, seconds=86_400)

    async def prepare(
        self, *, user_id: str, token: str, video_url: str, caption: str, share_to_feed: bool
    ) -> str:
        self.tokens.add(token)
        _raise_next(self.prepare_answers)
        self.prepared.append(
            {"user_id": user_id, "video_url": video_url, "share_to_feed": share_to_feed}
        )
        container_id = f"container-{user_id}-{len(self.prepared)}"
        self.containers[container_id] = ContainerState.FINISHED
        self.captions[container_id] = caption
        return container_id

    async def container_status(self, *, container_id: str, token: str) -> ContainerStatus:
        self.tokens.add(token)
        _raise_next(self.reads)
        return ContainerStatus(self.containers[container_id], detail="as the platform says")

    async def commit(self, *, user_id: str, container_id: str, token: str) -> str:
        self.tokens.add(token)
        self.commits.append(container_id)
        if self.commit_answers and not self.lost:
            raise self.commit_answers.popleft()
        media_id = self.publish(user_id, container_id)
        _raise_next(self.commit_answers)
        return media_id

    def publish(self, user_id: str, container_id: str) -> str:
        media_id = f"media-{user_id}-{len(self.media) + 1}"
        self.containers[container_id] = ContainerState.PUBLISHED
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

    async def recent_media(self, *, user_id: str, token: str) -> tuple[PublishedMedia, ...]:
        assert user_id
        self.tokens.add(token)
        _raise_next(self.list_answers)
        return tuple(self.media)

    async def permalink(self, *, media_id: str, token: str) -> str | None:
        self.tokens.add(token)
        _raise_next(self.link_answers)
        return next((post.permalink for post in self.media if post.media_id == media_id), None)


class FakeAccess:
    """A login whose tokens live sixty days; each trade makes a new string.

    `answers` are raised by the next trades of the tokens they stand under.
    """

    def __init__(self) -> None:
        self.answers: dict[str, deque[Exception]] = {}
        self.traded: list[str] = []
        self.missing: tuple[str, ...] = ()
        self.consents: list[str] = []
        self.returned: list[Returned] = []

    def consent_url(self, *, redirect_uri: str, state: str, challenge: str) -> str:
        self.consents.append(state)
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
    """A way to reviewers that keeps what it was given, or fails as it was told."""

    def __init__(self, name: str = "slack", *failures: Exception) -> None:
        self.name = name
        self.failures = deque(failures)
        self.cards: list[ReviewCard] = []
        self.told: list[tuple[str, str]] = []

    async def ask(self, card: ReviewCard) -> None:
        _raise_next(self.failures)
        self.cards.append(card)

    async def tell(self, *, title: str, text: str) -> None:
        _raise_next(self.failures)
        self.told.append((title, text))


def _raise_next(answers: deque[Exception]) -> None:
    if answers:
        raise answers.popleft()
