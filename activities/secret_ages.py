"""Reminders to change secrets, from how long each has been in use."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from temporalio import activity

from activities.channels import tell_all
from activities.tokens import utc_now
from clients.review import ReviewChannel
from db.database import Database
from schemas.housekeeping import HousekeepingInput, Told

CHANGE_AFTER_DAYS = {
    # The source document (5.2): Claude's every 90 days; of the video providers it only says
    # "if compromised", and nothing of the others. A year bounds what nobody has noticed.
    "ANTHROPIC_API_KEY": 90,
    **dict.fromkeys(
        (
            *("LUMA_AGENTS_API_KEY", "LUMAAI_API_KEY", "RUNWAYML_API_SECRET", "FAL_KEY"),
            *("INSTAGRAM_APP_SECRET", "FACEBOOK_APP_SECRET"),
            *("S3_SECRET_ACCESS_KEY", "SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN", "DATABASE_URL"),
            *("DISCORD_BOT_TOKEN", "SMTP_URL", "DECISION_KEY", "TOKEN_KEYS_DIR"),
        ),
        365,
    ),
}

REMIND_AGAIN = timedelta(days=30)

log = structlog.get_logger("activities")


def fingerprint(key: bytes, secret: str) -> str:
    """What tells two secrets apart and leads back to none: HMAC with the decision key."""
    return hmac.new(key, b"reels:secret:v1:" + secret.encode(), sha256).hexdigest()[:32]


@dataclass(frozen=True)
class SecretActivities:
    """Watches the age of the secrets that this process was given."""

    db: Database
    channels: Sequence[ReviewChannel]
    fingerprints: Mapping[str, str]
    """By the name of the setting."""
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def remind_of_secrets(self, _start: HousekeepingInput) -> Told:
        """Write down which secrets are in use; tell which are to be changed, once a month.

        Again: what no earlier try has written down as told.
        """
        now = self.now()
        ages = [
            await self.db.secrets_seen.saw(name, found, now)
            for name, found in sorted(self.fingerprints.items())
        ]
        old = [one for one in ages if one.is_due(CHANGE_AFTER_DAYS[one.name], REMIND_AGAIN, now)]
        if old:
            lines = [
                f"{one.name}: in use for {(now - one.first_seen_at).days} days, to be changed "
                f"after {CHANGE_AFTER_DAYS[one.name]}"
                for one in old
            ]
            await tell_all(self.channels, title="Secrets to change", text="\n".join(lines))
        for one in old:
            log.warning("secret.old", name=one.name, days=(now - one.first_seen_at).days)
            await self.db.secrets_seen.reminded(one, now)
        return Told(names=tuple(one.name for one in old))
