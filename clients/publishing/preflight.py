"""What can be said of a job without asking the platform: every rule that it breaks.

Sources of Instagram's numbers: the reference of IG User media, and its error codes 36004/2207010
(caption), 1/2207057 (cover) and 352/2207026 (file).
"""

import re
from collections.abc import Iterator

from clients.publishing import Capabilities, Job, Violation
from schemas.failures import FailureKind

_HASHTAG, _MENTION = re.compile(r"#\w"), re.compile(r"@\w")
_MEGABYTE = 1_000_000


def violations(job: Job, limits: Capabilities) -> tuple[Violation, ...]:
    """Every rule of a platform with these limits that the job breaks, in a fixed order."""
    return (*_words(job, limits), *_file(job, limits), *_company(job, limits))


def _words(job: Job, limits: Capabilities) -> Iterator[Violation]:
    hashtags, mentions = (len(sign.findall(job.caption)) for sign in (_HASHTAG, _MENTION))
    if len(job.caption) > limits.caption_limit:
        yield _above("caption-length", "characters in the caption", len(job.caption),
                     limits.caption_limit)  # fmt: skip
    if hashtags > limits.hashtags:
        yield _above("caption-hashtags", "hashtags in the caption", hashtags, limits.hashtags)
    if mentions > limits.mentions:
        yield _above("caption-mentions", "mentions in the caption", mentions, limits.mentions)
    if len(job.first_comment) > limits.comment_limit:
        yield _above("comment-length", "characters in the first comment",
                     len(job.first_comment), limits.comment_limit)  # fmt: skip


def _file(job: Job, limits: Capabilities) -> Iterator[Violation]:
    if job.bytes > limits.largest_bytes:
        sizes = job.bytes / _MEGABYTE, limits.largest_bytes / _MEGABYTE
        yield Violation(
            "video-size",
            f"the video has {sizes[0]:.1f} MB, and {sizes[1]:.0f} are allowed",
            FailureKind.VIDEO_REFUSED,
        )
    if job.seconds > limits.longest_seconds:
        yield Violation(
            "video-longest",
            f"the video lasts {job.seconds:.1f} s, and {limits.longest_seconds:.0f} are allowed",
            FailureKind.VIDEO_REFUSED,
        )
    if job.seconds < limits.shortest_seconds:
        least = f"{limits.shortest_seconds:.0f} are the least"
        yield Violation("video-shortest", f"the video lasts {job.seconds:.1f} s, and {least}")
    if job.cover_seconds is not None and not 0 <= job.cover_seconds < job.seconds:
        yield Violation(
            "cover-in-video",
            f"the cover lies at {job.cover_seconds:.1f} s, and the video is {job.seconds:.1f} s",
        )


def _company(job: Job, limits: Capabilities) -> Iterator[Violation]:
    if job.collaborators and not limits.collaborators:
        yield Violation(
            "collaborators",
            "collaborators can't be invited with this login: connect the account through "
            "Facebook Login, or take them out (admin.py account set)",
        )
    elif len(job.collaborators) > limits.collaborators:
        count = len(job.collaborators)
        yield _above("collaborators", "collaborators", count, limits.collaborators)
    if job.location_id is not None and not limits.locations:
        yield Violation(
            "location",
            "a location can't be named with this login: connect the account through Facebook "
            "Login, or take it out (admin.py account set)",
        )


def _above(rule: str, what: str, count: int, limit: int) -> Violation:
    return Violation(rule, f"there are {count} {what}, and {limit} are allowed")
