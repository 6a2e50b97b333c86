"""The names under which Temporal and people know this service; others rely on them."""

TASK_QUEUE = "reels"
"""Workflows and everything that talks to the outside."""

MEDIA_QUEUE = "media"
"""FFmpeg work, so that CPU is bounded by its slots."""

ACCOUNT_ID = "AccountId"
REEL_STAGE = "ReelStage"
"""Keyword search attributes."""

WAITING_SINCE = "WaitingSince"
"""A Datetime search attribute, set while a person is waited for, and not while the clock is."""
