"""Publishing: at most one post, whatever the platform answers or fails to answer."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.posting import PostingActivities
    from schemas.failures import WAITED_OUT, FailureKind
    from schemas.post import Container, Liveness, PostRequest, PostStatus
    from schemas.recut import RECUT_HELPS
    from workflows import sla
    from workflows.departure import Departure
    from workflows.parking import StepFailed
    from workflows.recutting import Recutting
    from workflows.steps import Steps

NEEDS_PERSON = frozenset(
    {
        FailureKind.NOT_APPROVED,
        FailureKind.AUTHENTICATION,
        FailureKind.PERMISSION,
        FailureKind.ACCOUNT_BLOCKED,
        FailureKind.BAD_REQUEST,
    }
)
"""Refusals that another try does not change."""


class Posting:
    """Publishes one approved revision."""

    def __init__(self, steps: Steps, departure: Departure, recutting: Recutting) -> None:
        """Nothing is sent yet; `departure` says when, and `recutting` which file."""
        self._steps = steps
        self._departure = departure
        self._recutting = recutting
        self._waits = False

    async def publish(self, request: PostRequest) -> PostStatus:
        """Prepare, commit, and read the truth after every commit that gave no clear answer.

        Raises Skipped when a person leaves the Reel unpublished, Abandoned likewise,
        ReviewAgain when the file had to be made anew and people would notice, and
        TrustWithdrawn when an automatic approval counts no more.
        """
        request = await self._recutting.fit(request)
        # Days from before Reels waited for their time and their account are parked instead.
        self._waits = workflow.patched("reels-wait-to-go-out")
        if self._waits:
            await self._departure.await_time(request)
        tries = 0
        failure = StepFailed("publish", FailureKind.UNAVAILABLE, "the container kept expiring")
        while True:
            container = await self._ready_container(request)
            request = container.request
            if self._waits and await self._departure.is_held(request):
                continue
            status, failure = await self._commit_unbroken(container, failure)
            if status.liveness is Liveness.LIVE:
                return await self._link(container, status)
            if await self._goes_on(failure, request):
                continue
            tries += 1
            if failure.kind in NEEDS_PERSON or tries == sla.PUBLISH_TRIES:
                await self._steps.park(failure, skippable=True)
                tries = 0

    async def _ready_container(self, request: PostRequest) -> Container:
        """A container that can be published, or is; its request may name another revision."""
        gone = 0
        while True:
            if self._waits:
                await self._departure.clear(request)
            try:
                return await self._processed(request)
            except StepFailed as dead:
                if await self._goes_on(dead, request):
                    continue
                # It can never be published, and a new one may be made.
                gone += 1
                if dead.kind in RECUT_HELPS:
                    request = await self._recutting.mend(request, dead)
                elif dead.kind is not FailureKind.CONTAINER_GONE or gone % sla.PUBLISH_TRIES == 0:
                    await self._steps.park(dead, skippable=True)

    async def _processed(self, request: PostRequest) -> Container:
        container = await self._steps.do(
            "upload: container",
            PostingActivities.prepare_post,
            request,
            sla.INSTAGRAM_UPLOAD,
            unless=RECUT_HELPS | self._waited_out(request),
        )
        return await self._steps.do(
            "upload: processing",
            PostingActivities.await_container,
            container,
            sla.INSTAGRAM_UPLOAD,
            unless=self._ends_a_container(request),
        )

    def _ends_a_container(self, request: PostRequest) -> frozenset[FailureKind]:
        """After these the next try is with another container, whoever has to act before."""
        dead = RECUT_HELPS | self._waited_out(request) | {FailureKind.CONTAINER_GONE}
        if self._waits:
            return dead | {FailureKind.BAD_REQUEST, FailureKind.CONFIGURATION}
        return dead

    def _waited_out(self, request: PostRequest) -> frozenset[FailureKind]:
        waited: frozenset[FailureKind] = WAITED_OUT if self._waits else frozenset()
        return waited | {FailureKind.NOT_APPROVED} if request.automatic else waited

    async def _goes_on(self, failure: StepFailed, request: PostRequest) -> bool:
        """Whether the day has waited out what failed; if not, a person has to be asked.

        Raises TrustWithdrawn where it failed since people have to decide first.
        """
        if failure.kind is FailureKind.NOT_APPROVED and request.automatic:
            return await self._departure.is_held(request)
        return self._waits and await self._departure.goes_on(failure, request)

    async def _commit_unbroken(
        self, container: Container, failure: StepFailed
    ) -> tuple[PostStatus, StepFailed]:
        """Commit and read the truth; a cancellation waits until the truth is known."""
        commit = asyncio.create_task(self._commit(container, failure))
        try:
            return await asyncio.shield(commit)
        except asyncio.CancelledError:
            status, failure = await commit
            if status.liveness is Liveness.LIVE:
                return status, failure
            raise

    async def _commit(
        self, container: Container, failure: StepFailed
    ) -> tuple[PostStatus, StepFailed]:
        try:
            status = await self._steps.attempt(
                "publish", PostingActivities.commit_post, container, sla.INSTAGRAM_PUBLISH
            )
        except StepFailed as unclear:
            failure = unclear
            status = await self._reconcile(container)
        return status, failure

    async def _reconcile(self, container: Container) -> PostStatus:
        """Read whether the post is out: for an hour in which that could be done, then a person.

        Whatever the person answers, it is read again; nothing is sent before it was read.
        """
        left = sla.UNKNOWN_FOR
        while True:
            started = workflow.now()
            try:
                return await self._steps.attempt(
                    "publish: reconcile",
                    PostingActivities.reconcile_post,
                    container,
                    sla.reading_for(left),
                )
            except StepFailed as unread:
                left -= workflow.now() - started
                if await self._goes_on(unread, container.request):
                    continue
                await self._steps.park(_still_unknown(unread))
                left = sla.UNKNOWN_FOR

    async def _link(self, container: Container, status: PostStatus) -> PostStatus:
        comments = self._waits and container.request.account.posting.first_comment
        if status.permalink and not comments:
            return status
        linked = await self._steps.try_once(
            "permalink", PostingActivities.link_post, container, sla.NOTIFY
        )
        return linked or status


def _still_unknown(unread: StepFailed) -> StepFailed:
    """What a person is told of an outcome that could not be read."""
    return StepFailed(
        unread.step,
        FailureKind.OUTCOME_UNKNOWN,
        f"whether the Reel is out is not known, since {unread.message}; look at the account; "
        "retry reads again, and publishes only what is proven not to be out",
    )
