"""The file before it goes out: looked at, and made anew where the platform would not take it."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.carrying import CarryingActivities
    from activities.recutting import RecuttingActivities
    from schemas.failures import FailureKind
    from schemas.post import PostRequest
    from schemas.recut import (
        ApprovedFile,
        KeepRecut,
        Recut,
        RecutRequest,
        Remedy,
        remedy_for,
    )
    from workflows import sla
    from workflows.journal import Journal
    from workflows.parking import StepFailed
    from workflows.steps import Steps


class ReviewAgain(Exception):
    """People would notice what was changed: they see the new file before it goes out."""

    def __init__(self, recut: Recut) -> None:
        """`recut` is the new file and what was changed."""
        super().__init__(recut.why)
        self.recut = recut


class Recutting:
    """Sees to it that one day's file is one that the platform takes."""

    def __init__(self, steps: Steps, journal: Journal) -> None:
        """Nothing was made anew yet."""
        self._steps = steps
        self._journal = journal
        self._refused_for: set[FailureKind] = set()
        self._asked: Remedy | None = None

    async def fit(self, request: PostRequest) -> PostRequest:
        """Look at the approved file, and return what is to be sent: that one, or another.

        Waits for a person where no other file would help. Raises ReviewAgain when people have
        to see the new file first, Skipped and Abandoned.
        """
        if not workflow.patched("files-are-checked-before-they-are-sent"):
            return request
        while True:
            file = await self._approved(request)
            found = await self._steps.do(
                "preflight", RecuttingActivities.preflight_reel, file, sla.PREFLIGHT
            )
            if not found.broken:
                return request
            if found.remedy is not None:
                return await self._make_anew(request, file, found.remedy)
            failure = StepFailed("preflight", FailureKind.BAD_MEDIA, found.sentence)
            await self._steps.park(failure, skippable=True)

    async def mend(self, request: PostRequest, refusal: StepFailed) -> PostRequest:
        """The platform refused the video: make another once; a second refusal is a person's.

        Returns what is to be sent next, the same file when a person says so. Raises as `fit`.
        """
        remedy = self._remedy(refusal)
        if remedy is None:
            await self._steps.park(refusal, skippable=True)
            return request
        await self._steps.record(refusal)
        return await self._make_anew(request, await self._approved(request), remedy)

    def _remedy(self, refusal: StepFailed) -> Remedy | None:
        if refusal.kind in self._refused_for:
            return None
        if not workflow.patched("refused-files-are-made-anew"):
            return None
        self._refused_for.add(refusal.kind)
        return remedy_for(refusal.kind, refusal.message)

    async def _approved(self, request: PostRequest) -> ApprovedFile:
        return await self._steps.do(
            "approved file", CarryingActivities.approved_file, request, sla.DATABASE
        )

    async def _make_anew(
        self, request: PostRequest, file: ApprovedFile, remedy: Remedy
    ) -> PostRequest:
        """A new file, made from the one that was seen: what was asked before holds for it, too."""
        asked = remedy if self._asked is None else remedy.beside(self._asked)
        wanted = RecutRequest(file=file, remedy=asked, layout=request.account.layout)
        recut = await self._recut(wanted)
        keep = KeepRecut(request=request, file=file, recut=recut)
        kept = await self._steps.do(
            "keep the recut", CarryingActivities.keep_recut, keep, sla.DATABASE
        )
        if recut.material:
            self._asked = None
            raise ReviewAgain(recut)
        self._asked = asked
        self._journal.set_revision(kept.revision)
        return request.model_copy(update={"revision": kept.revision})

    async def _recut(self, wanted: RecutRequest) -> Recut:
        while True:
            try:
                return await self._steps.attempt(
                    "recut", RecuttingActivities.recut_reel, wanted, sla.RECUT
                )
            except StepFailed as failure:
                await self._steps.park(failure, skippable=True)
