"""What an activity raises: an application error whose type a workflow may branch on."""

from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from schemas.failures import RETRYABLE, FailureKind


def failed(
    kind: FailureKind, message: str, *, retry_after: float | None = None
) -> ApplicationError:
    """An error of one kind, tried again by Temporal only when the kind says that it may help.

    `message` is a sentence for a person; `retry_after` is in seconds and overrides the delay
    of the step's retry policy.
    """
    return ApplicationError(
        message,
        type=kind.value,
        non_retryable=kind not in RETRYABLE,
        next_retry_delay=None if retry_after is None else timedelta(seconds=retry_after),
    )


def is_last_attempt() -> bool:
    """Whether Temporal will not try this activity again, whatever it raises now."""
    info = activity.info()
    policy = info.retry_policy
    return policy is None or 0 < policy.maximum_attempts <= info.attempt
