"""The names of what can go wrong that a workflow may branch on."""

from enum import StrEnum


class FailureKind(StrEnum):
    """Why a step failed; it is the `type` of the application error in the history."""

    # Another try of the same call may help.
    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    NOT_READY = "not_ready"
    DISK_LOW = "disk_low"
    INVALID_OUTPUT = "invalid_output"
    TRUNCATED = "truncated"

    # Another video provider may help.
    JOB_FAILED = "job_failed"
    JOB_TIMED_OUT = "job_timed_out"
    CREDIT_EXHAUSTED = "credit_exhausted"
    BAD_MEDIA = "bad_media"

    # The same words never will.
    MODERATED = "moderated"
    REFUSED = "refused"
    TOO_SIMILAR = "too_similar"
    CRITIC_REFUSED = "critic_refused"
    BAD_REQUEST = "bad_request"

    # A person has to act.
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_PAUSED = "account_paused"
    CONFIGURATION = "configuration"
    POOL_EMPTY = "pool_empty"
    OVER_BUDGET = "over_budget"

    # Publishing.
    NOT_APPROVED = "not_approved"
    VIDEO_REFUSED = "video_refused"
    VIDEO_TOO_LONG = "video_too_long"
    CONTAINER_GONE = "container_gone"

    # Sent, and no answer: read the truth before anything is sent again.
    OUTCOME_UNKNOWN = "outcome_unknown"
    NOT_FOUND = "not_found"


RETRYABLE = frozenset(
    {
        FailureKind.UNAVAILABLE,
        FailureKind.RATE_LIMITED,
        FailureKind.NOT_READY,
        FailureKind.DISK_LOW,
        FailureKind.INVALID_OUTPUT,
        FailureKind.TRUNCATED,
    }
)
"""The kinds that Temporal tries again, under the step's policy in the SLA table.

A language model answers the same question differently: an answer that can't be used is asked
for again, and each try is paid for and counted.
"""

STOPS_PUBLISHING = frozenset(
    {
        FailureKind.AUTHENTICATION,
        FailureKind.PERMISSION,
        FailureKind.ACCOUNT_BLOCKED,
        FailureKind.ACCOUNT_PAUSED,
    }
)
"""What no Reel of the account gets past until a person has resumed it."""

WAITED_OUT = STOPS_PUBLISHING | {FailureKind.RATE_LIMITED}
"""The kinds after which a Reel waits by itself, and goes on where it stood."""

SUBMIT_TROUBLE = frozenset(
    {
        FailureKind.UNAVAILABLE,
        FailureKind.RATE_LIMITED,
        FailureKind.CREDIT_EXHAUSTED,
    }
)
"""An order that was certainly not accepted: the next video provider may be asked."""

JOB_TROUBLE = frozenset(
    {
        FailureKind.JOB_FAILED,
        FailureKind.CREDIT_EXHAUSTED,
        FailureKind.BAD_MEDIA,
    }
)
"""A job's terminal answer after which the next video provider may be asked.

Moderation, our own bad request and anything unknown are in neither set: the next provider
would refuse the same words, or be a second purchase of a job that still runs.
"""

WINDOW_TROUBLE = frozenset({FailureKind.BAD_MEDIA, FailureKind.NOT_FOUND})
"""A Reel that could not be composed, or broke a rule: another window of gameplay may do."""

NEEDS_NEW_JOB = JOB_TROUBLE | {
    FailureKind.OUTCOME_UNKNOWN,
    FailureKind.MODERATED,
    FailureKind.REFUSED,
    FailureKind.BAD_REQUEST,
    FailureKind.NOT_FOUND,
}
"""The kinds after which the old job is of no use, so that a retry orders a new one."""
