"""Publishing: at most one post, whatever the platform answers or fails to answer."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.posting import PostingActivities
    from schemas.failures import FailureKind
    from schemas.post import Container, Liveness, PostRequest, PostStatus
    from workflows import sla
    from workflows.parking import StepFailed
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

    def __init__(self, steps: Steps) -> None:
        """Nothing is sent yet."""
        self._steps = steps

    async def publish(self, request: PostRequest) -> PostStatus:
        """Prepare, commit, and read the truth after every commit that gave no clear answer.

        Raises Skipped when a person leaves the Reel unpublished, Abandoned likewise.
        """
        while True:
            failure = StepFailed("publish", FailureKind.UNAVAILABLE, "the container kept expiring")
            for _ in range(sla.PUBLISH_TRIES):
                container = await self._ready_container(request)
                status, failure = await self._commit_unbroken(container, failure)
                if status.liveness is Liveness.LIVE:
                    return await self._link(container, status)
                if failure.kind in NEEDS_PERSON:
                    break
            await self._steps.park(failure, skippable=True)

    async def _ready_container(self, request: PostRequest) -> Container:
        gone = 0
        while True:
            container = await self._steps.do(
                "upload: container", PostingActivities.prepare_post, request, sla.INSTAGRAM_UPLOAD
            )
            try:
                return await self._steps.do(
                    "upload: processing",
                    PostingActivities.await_container,
                    container,
                    sla.INSTAGRAM_UPLOAD,
                    unless={FailureKind.CONTAINER_GONE, FailureKind.VIDEO_REFUSED},
                )
            except StepFailed as dead:
                # It can never be published, and a new one may be made; but what the platform
                # refused it will refuse again until somebody has looked.
                gone += 1
                if dead.kind is FailureKind.VIDEO_REFUSED or gone % sla.PUBLISH_TRIES == 0:
                    await self._steps.park(dead, skippable=True)

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
            status = await self._steps.do(
                "publish: reconcile",
                PostingActivities.reconcile_post,
                container,
                sla.INSTAGRAM_RECONCILE,
            )
        return status, failure

    async def _link(self, container: Container, status: PostStatus) -> PostStatus:
        if status.permalink:
            return status
        linked = await self._steps.try_once(
            "permalink", PostingActivities.link_post, container, sla.NOTIFY
        )
        return linked or status
