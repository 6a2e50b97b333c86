"""What a person does when the platform refuses an account as such."""

from collections.abc import Mapping

from schemas.account import Account, AccountId
from schemas.failures import FailureKind

CONNECT = (
    "connect it again (`admin.py account connect {account}`, or `admin.py token set {account}`), "
    "then `admin.py account resume {account}`"
)
SETTLE = (
    "open Instagram as this account and confirm what it asks; after a suspicion of spam let it "
    "rest for some hours; then `admin.py account resume {account}`"
)
CURES: Mapping[FailureKind, str] = {
    FailureKind.AUTHENTICATION: CONNECT,
    FailureKind.PERMISSION: CONNECT,
    FailureKind.ACCOUNT_BLOCKED: SETTLE,
}
"""What ends a pause, by the kind of refusal that began it."""


def paused_because(account: AccountId, kind: FailureKind, why: str) -> str:
    """What happened and what to do, as the reason of a pause."""
    return f"{why}; {CURES[kind].format(account=account)}"


def what_is_waited_for(account: Account) -> str:
    """Why a paused account's Reels wait, and how they go on, whoever paused it."""
    reason = account.paused_reason or "by a person"
    resume = f"`admin.py account resume {account.id}`"
    return reason if resume in reason else f"{reason}; it goes on after {resume}"
