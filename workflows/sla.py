"""How long each call may take and how often it is tried: the one table of seconds.

The first seven rows are the source document's (11.2), in its order. An attempt that a dead
worker left is found out by its missing heartbeat, which every activity gives (see
`activities/interceptor.py`). What is bounded by schedule-to-close and not by attempts may be
interrupted by any number of deploys.
"""

from collections.abc import Iterable
from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

from schemas.failures import FailureKind
from schemas.names import MEDIA_QUEUE

HEARTBEAT = timedelta(seconds=10)


def _exponential(attempts: int, *, unless: Iterable[FailureKind] = ()) -> RetryPolicy:
    """A growing pause between attempts; a failure of a kind in `unless` is the last."""
    return RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=60),
        maximum_attempts=attempts,
        non_retryable_error_types=[kind.value for kind in unless],
    )


THROTTLE = (FailureKind.RATE_LIMITED,)
"""Waited out by a timer of the workflow, where people see it, and not between attempts."""


ONCE = RetryPolicy(maximum_attempts=1)
UNBOUNDED = 0

CLAUDE_PROMPT = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3),
)
CLAUDE_CAPTION = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3),
)
VIDEO_SUBMIT = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=10),
    heartbeat_timeout=HEARTBEAT,
    # "Immediate": the server's timers have a floor of one second.
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=1, maximum_attempts=3
    ),
)
VIDEO_FILMING = timedelta(minutes=5)
"""How long a provider may film a clip; waiting in its queue doesn't count."""

VIDEO_POLL = ActivityConfig(
    # One activity polls every 10 s. An hour bounds queue, filming and all attempts together:
    # it is what an account has to reach review, and how long a provider keeps a job.
    schedule_to_close_timeout=timedelta(hours=1),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=_exponential(UNBOUNDED),
)
VIDEO_DOWNLOAD = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=120),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3),
)
INSTAGRAM_UPLOAD = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=300),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3, unless=THROTTLE),
)
INSTAGRAM_PUBLISH = ActivityConfig(
    # One attempt: the workflow reconciles before it tries again.
    start_to_close_timeout=timedelta(seconds=60),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=ONCE,
)
PUBLISH_TRIES = 3
"""How often the workflow publishes, each try after the last is proven absent."""

CLAUDE_TRENDS = ActivityConfig(
    # Searching the web takes Claude longer than writing, and the day can do without.
    start_to_close_timeout=timedelta(seconds=90),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(2),
)
VIDEO_RECONCILE = ActivityConfig(
    # A list proves that an order is absent only once it had time to appear there: some
    # providers list a job when it has ended.
    schedule_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
VIDEO_CANCEL = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(minutes=1),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3),
)
UNKNOWN_FOR = timedelta(hours=1)
"""How long an unknown outcome is read before a person is asked; while the platform takes no
calls of the account, nothing can be read, and that time doesn't count."""

INSTAGRAM_RECONCILE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=UNKNOWN_FOR,
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED, unless=THROTTLE),
)
CLEARANCE = ActivityConfig(
    # One reading of the quota, and three of the database, which may be away for a while.
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED, unless=THROTTLE),
)
SHORTEST_HOLD = timedelta(minutes=1)
"""How long a Reel is held back at least, so that clocks that disagree make no busy loop."""

RESUME = ActivityConfig(
    # Looks whether a paused account was resumed: after a minute, then ever more rarely.
    start_to_close_timeout=timedelta(seconds=10),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(minutes=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(hours=1),
    ),
)
WITHDRAWAL = ActivityConfig(
    # Looks whether an automatic approval still counts while its Reel waits: soon at first, for
    # whoever was just told of it, then every five minutes.
    start_to_close_timeout=timedelta(seconds=10),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=15),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=5),
    ),
)
PAUSE_ALERT = ActivityConfig(
    # Said once, and so for a day, however long the channel is away.
    start_to_close_timeout=timedelta(seconds=60),
    schedule_to_close_timeout=timedelta(hours=24),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
TOKEN_RENEWAL = ActivityConfig(
    # Three calls of 20 s at most. What is not done in half an hour is done tomorrow: there are
    # thirty more days.
    start_to_close_timeout=timedelta(seconds=90),
    schedule_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(5),
)
RENEWALS_AT_ONCE = 5

COMPOSE = ActivityConfig(
    task_queue=MEDIA_QUEUE,
    start_to_close_timeout=timedelta(minutes=10),
    schedule_to_close_timeout=timedelta(minutes=40),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
COVER = ActivityConfig(
    # The Reel is fetched, and one picture of it is decoded from the key frame before it on.
    task_queue=MEDIA_QUEUE,
    start_to_close_timeout=timedelta(minutes=5),
    schedule_to_close_timeout=timedelta(minutes=20),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
PREFLIGHT = ActivityConfig(
    # 300 MB are fetched and every packet is read; nothing is decoded but the first picture.
    task_queue=MEDIA_QUEUE,
    start_to_close_timeout=timedelta(minutes=10),
    schedule_to_close_timeout=timedelta(minutes=40),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
RECUT = ActivityConfig(
    # A Reel lasts 15 minutes at the most, and is coded in two passes: an hour each, for one
    # that nobody waits for.
    task_queue=MEDIA_QUEUE,
    start_to_close_timeout=timedelta(hours=2),
    schedule_to_close_timeout=timedelta(hours=6),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
DATABASE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=10),
    schedule_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
DECISION = ActivityConfig(
    # A person's word is weighed however long the database is away.
    start_to_close_timeout=timedelta(seconds=10),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
CLOSE = ActivityConfig(
    # A day is always closed, however long the database is away.
    start_to_close_timeout=timedelta(seconds=60),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(UNBOUNDED),
)
NOTIFY = ActivityConfig(
    # A channel that asks for an hour's patience must not hold up what was decided meanwhile.
    start_to_close_timeout=timedelta(seconds=20),
    schedule_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(5),
)

DIGEST = ActivityConfig(
    # The answer to a letter's end is waited for ten minutes. What is not sent after three tries
    # is due again in the next run.
    start_to_close_timeout=timedelta(minutes=13),
    schedule_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=HEARTBEAT,
    retry_policy=_exponential(3),
)
DIGESTS_AT_ONCE = 4

AFTER_HOLD = timedelta(hours=24)
"""How long a review that a person held goes on at least once the hold is over."""

TIMEOUT_PER_ACCOUNT = timedelta(seconds=3600)
"""What an account has to reach review before its run stops waiting for it."""


def reading_for(left: timedelta) -> ActivityConfig:
    """The row of a reconciliation that has so long left, and one reading in any case."""
    row = INSTAGRAM_RECONCILE.copy()
    row["schedule_to_close_timeout"] = max(left, timedelta(seconds=60))
    return row


def told(config: ActivityConfig, summary: str) -> ActivityConfig:
    """A row of the table with the words that the Web UI shows beside the activity."""
    row = config.copy()
    row["summary"] = summary
    return row
