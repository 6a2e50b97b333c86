"""What a remote can answer, grouped by what the caller should do.

ClientError
├── Retryable          the same call may work later
├── Refused            the remote understood and said no; the same call never works
└── OutcomeUnknown     sent, and no answer: read the truth, never repeat
"""

from schemas.failures import FailureKind


class ClientError(Exception):
    """A remote did not do what was asked.

    `message` is a sentence for a person, without secrets, URLs or provider bodies.
    """

    def __init__(
        self,
        service: str,
        kind: FailureKind,
        message: str,
        *,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        """`retry_after` is in seconds, as the remote asked for it."""
        super().__init__(f"{service}: {message}")
        self.service = service
        self.kind = kind
        self.message = message
        self.retry_after = retry_after
        self.request_id = request_id


class Retryable(ClientError):
    """The same call may work later; nothing was done."""


class Refused(ClientError):
    """The remote refused for good; nothing was done."""


class OutcomeUnknown(ClientError):
    """The request left, and whether it took effect is not known."""

    def __init__(
        self,
        service: str,
        message: str,
        *,
        request_id: str | None = None,
        hint: FailureKind | None = None,
    ) -> None:
        """Always of kind OUTCOME_UNKNOWN; `hint` is what else the answer says, if there is one."""
        super().__init__(service, FailureKind.OUTCOME_UNKNOWN, message, request_id=request_id)
        self.hint = hint
