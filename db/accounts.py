"""Accounts: their settings, their status, their sealed tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from db.failures import AccountExists, UnknownAccount
from db.pool import Pool
from schemas.account import Account, AccountId, PostingPolicy, ReviewPolicy
from schemas.failures import FailureKind

TELLING = timedelta(minutes=15)
"""How long somebody may take to tell people of a pause before somebody else does."""


@dataclass(frozen=True)
class Schedule:
    """A start time and a zone that at least one active account has."""

    start_time: str
    zone: str


@dataclass(frozen=True)
class Accounts:
    """The table `instagram_accounts`."""

    pool: Pool

    async def add(self, account: Account, token_sealed: bytes | None) -> None:
        """Add an account. Raises AccountExists when its id or Instagram user is there."""
        sql = """
            INSERT INTO instagram_accounts (
                id, handle, platform_user_id, login, theme, voice, audience, language,
                banned_topics, zone, start_time, reel_seconds, video_providers,
                daily_budget_micros, monthly_budget_micros, trends, allowed_mentions,
                allowed_links, caption_lead, share_to_feed, layout, top_anchor, sound, hook_text,
                reviewers, reminder_hours, expiry_hours, silence, posting_times, collaborators,
                location_id, first_comment, ai_label, approvals_needed, quiet_hours, channels,
                auto_after_posts, auto_unchanged_share, auto_sampled_share, auto_approval_since,
                status, paused_reason, paused_kind, token_sealed, token_set_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
                $33, $34, $35, $36, $37, $38, $39, CASE WHEN $40::boolean THEN now() END,
                $41, $42, $43, $44, CASE WHEN $44::bytea IS NOT NULL THEN now() END)
        """
        try:
            status = (account.status, account.paused_reason, account.paused_kind)
            await self.pool.write(sql, *_settings(account), *status, token_sealed)
        except asyncpg.UniqueViolationError as error:
            raise AccountExists(_what_exists(account, error.constraint_name)) from error

    async def get(self, account: AccountId) -> Account | None:
        """One account, None when there is none of this id."""
        sql = """
            SELECT id, handle, platform_user_id, login, theme, voice, audience, language,
                banned_topics, zone, start_time, reel_seconds, video_providers,
                daily_budget_micros, monthly_budget_micros, trends, allowed_mentions,
                allowed_links, caption_lead, share_to_feed, layout, top_anchor, sound,
                hook_text, reviewers, reminder_hours, expiry_hours, silence, posting_times,
                collaborators, location_id, first_comment, ai_label, approvals_needed,
                quiet_hours, channels, auto_approval_since IS NOT NULL AS auto_approval,
                auto_after_posts, auto_unchanged_share, auto_sampled_share, status,
                paused_reason, paused_kind
            FROM instagram_accounts WHERE id = $1
        """
        found = await self.pool.row(sql, account)
        return _account(found) if found else None

    async def all(self) -> tuple[Account, ...]:
        """Every account, by id."""
        sql = """
            SELECT id, handle, platform_user_id, login, theme, voice, audience, language,
                banned_topics, zone, start_time, reel_seconds, video_providers,
                daily_budget_micros, monthly_budget_micros, trends, allowed_mentions,
                allowed_links, caption_lead, share_to_feed, layout, top_anchor, sound,
                hook_text, reviewers, reminder_hours, expiry_hours, silence, posting_times,
                collaborators, location_id, first_comment, ai_label, approvals_needed,
                quiet_hours, channels, auto_approval_since IS NOT NULL AS auto_approval,
                auto_after_posts, auto_unchanged_share, auto_sampled_share, status,
                paused_reason, paused_kind
            FROM instagram_accounts ORDER BY id
        """
        return tuple(_account(row) for row in await self.pool.rows(sql))

    async def active_at(self, start_time: str, zone: str) -> tuple[AccountId, ...]:
        """Ids of the active accounts whose day starts then and there."""
        sql = """
            SELECT id FROM instagram_accounts
            WHERE status = 'active' AND start_time = $1 AND zone = $2 ORDER BY id
        """
        return tuple(row["id"] for row in await self.pool.rows(sql, start_time, zone))

    async def schedules(self) -> tuple[Schedule, ...]:
        """Each start time and zone that an active account has, once."""
        sql = """
            SELECT DISTINCT start_time, zone FROM instagram_accounts
            WHERE status = 'active' ORDER BY start_time, zone
        """
        return tuple(Schedule(**row) for row in await self.pool.rows(sql))

    async def change(self, account: Account) -> None:
        """Replace an account's settings; its status and its token stay as they are.

        It can end automatic approval and never begins it: `Trust.allow` does. So whoever changes
        something else undoes no way back that was taken meanwhile. Raises UnknownAccount, and
        AccountExists when another has its Instagram user.
        """
        sql = """
            UPDATE instagram_accounts SET handle = $2, platform_user_id = $3, login = $4,
                theme = $5, voice = $6, audience = $7, language = $8, banned_topics = $9,
                zone = $10, start_time = $11, reel_seconds = $12, video_providers = $13,
                daily_budget_micros = $14, monthly_budget_micros = $15, trends = $16,
                allowed_mentions = $17, allowed_links = $18, caption_lead = $19,
                share_to_feed = $20, layout = $21, top_anchor = $22, sound = $23, hook_text = $24,
                reviewers = $25, reminder_hours = $26, expiry_hours = $27, silence = $28,
                posting_times = $29, collaborators = $30, location_id = $31, first_comment = $32,
                ai_label = $33, approvals_needed = $34, quiet_hours = $35, channels = $36,
                auto_after_posts = $37, auto_unchanged_share = $38, auto_sampled_share = $39,
                auto_approval_since = CASE WHEN $40 THEN auto_approval_since END,
                updated_at = now()
            WHERE id = $1 RETURNING id
        """
        try:
            _known(account.id, await self.pool.write(sql, *_settings(account)))
        except asyncpg.UniqueViolationError as error:
            raise AccountExists(_what_exists(account, error.constraint_name)) from error

    async def pause(self, account: AccountId, reason: str, kind: FailureKind | None = None) -> None:
        """Stop the account's days from the next one on, and hold back what is approved.

        `kind` says what the platform refused; None when a person paused it. Again: a person's
        new reason is kept; what the platform refuses while it is paused changes nothing.
        Raises UnknownAccount.
        """
        sql = """
            UPDATE instagram_accounts AS account SET status = 'paused', updated_at = now(),
                paused_reason = CASE WHEN stands THEN account.paused_reason ELSE $2 END,
                paused_kind = CASE WHEN stands THEN account.paused_kind ELSE $3 END
            FROM (SELECT id, status = 'paused' AND $3::text IS NOT NULL AS stands
                FROM instagram_accounts WHERE id = $1 FOR UPDATE) AS before
            WHERE account.id = before.id RETURNING account.id
        """
        _known(account, await self.pool.write(sql, account, reason, kind))

    async def resume(self, account: AccountId) -> None:
        """Let the account's days run again. Raises UnknownAccount."""
        sql = """
            UPDATE instagram_accounts SET status = 'active', paused_reason = NULL,
                paused_kind = NULL, paused_telling_at = NULL, paused_told_at = NULL,
                token_trouble = NULL, updated_at = now()
            WHERE id = $1 RETURNING id
        """
        _known(account, await self.pool.write(sql, account))

    async def tell_of_pause(self, account: AccountId, at: datetime) -> str | None:
        """Why the platform's refusal has paused the account, for the one who is to tell people.

        None when there is no such pause, when people were told, or when somebody else has been
        telling them for less than TELLING. `at` names the caller: with the same moment, the same
        answer again. `told_of_pause` ends it.
        """
        sql = """
            UPDATE instagram_accounts SET paused_telling_at = $2
            WHERE id = $1 AND status = 'paused' AND paused_kind IS NOT NULL
                AND paused_told_at IS NULL
                AND (paused_telling_at IS NULL OR paused_telling_at = $2
                    OR paused_telling_at < $2 - $3::interval)
            RETURNING paused_reason
        """
        row = await self.pool.write(sql, account, at, TELLING)
        return row["paused_reason"] if row else None

    async def told_of_pause(self, account: AccountId, at: datetime) -> None:
        """Write down that people were told why the account is paused. Again: as it was."""
        sql = """
            UPDATE instagram_accounts SET paused_told_at = coalesce(paused_told_at, $2)
            WHERE id = $1 AND status = 'paused'
        """
        await self.pool.write(sql, account, at)

    async def sealed_token(self, account: AccountId) -> bytes | None:
        """The sealed token, None when there is no account or no token."""
        sql = "SELECT token_sealed FROM instagram_accounts WHERE id = $1"
        found = await self.pool.row(sql, account)
        return found["token_sealed"] if found else None


def _settings(account: Account) -> tuple[object, ...]:
    review, posting = account.review, account.posting
    return (
        account.id,
        account.handle,
        account.platform_user_id,
        account.login,
        account.theme,
        account.voice,
        account.audience,
        account.language,
        account.banned_topics,
        account.zone,
        account.start_time,
        account.reel_seconds,
        account.video_providers,
        account.daily_budget_micros,
        account.monthly_budget_micros,
        account.trends,
        account.allowed_mentions,
        account.allowed_links,
        account.caption_lead,
        account.share_to_feed,
        account.layout,
        account.top_anchor,
        account.sound.model_dump(),
        account.hook_text,
        review.reviewers,
        review.reminder_hours,
        review.expiry_hours,
        review.silence,
        posting.times,
        posting.collaborators,
        posting.location_id,
        posting.first_comment,
        posting.ai_label,
        review.approvals_needed,
        review.quiet_hours,
        review.channels,
        review.auto_after_posts,
        review.auto_unchanged_share,
        review.auto_sampled_share,
        review.auto_approval,
    )


def _account(row: asyncpg.Record) -> Account:
    review = ReviewPolicy.model_validate(dict(row))
    posting = PostingPolicy.model_validate({**row, "times": row["posting_times"]})
    return Account.model_validate({**row, "review": review, "posting": posting})


def _known(account: AccountId, row: asyncpg.Record | None) -> None:
    if row is None:
        raise UnknownAccount(f"there is no account {account!r}")


def _what_exists(account: Account, constraint: str | None) -> str:
    if constraint == "instagram_accounts_platform_user_id_key":
        return f"another account publishes as the Instagram user {account.platform_user_id}"
    return f"there is an account {account.id!r} already"
