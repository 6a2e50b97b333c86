"""Accounts, the gameplay pool and one Reel per account and day."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _gameplay()
    _reels()


def _accounts() -> None:
    op.execute("""
        CREATE TABLE instagram_accounts (
            id text PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
            handle text NOT NULL CHECK (handle <> ''),
            platform_user_id text NOT NULL UNIQUE CHECK (platform_user_id <> ''),
            theme text NOT NULL CHECK (theme <> ''),
            voice text NOT NULL,
            audience text NOT NULL,
            language text NOT NULL,
            banned_topics text[] NOT NULL,
            zone text NOT NULL,
            start_time text NOT NULL CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
            reel_seconds integer NOT NULL CHECK (reel_seconds BETWEEN 3 AND 90),
            video_providers text[] NOT NULL CHECK (cardinality(video_providers) > 0),
            daily_budget_micros bigint CHECK (daily_budget_micros >= 0),
            share_to_feed boolean NOT NULL,
            reviewers text[] NOT NULL,
            reminder_hours integer NOT NULL CHECK (reminder_hours >= 1),
            expiry_hours integer NOT NULL CHECK (expiry_hours >= 1),
            silence text NOT NULL CHECK (silence IN ('expire', 'hold')),
            status text NOT NULL CHECK (status IN ('active', 'paused')),
            paused_reason text,
            token_sealed bytea,
            token_set_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CHECK (status = 'paused' OR paused_reason IS NULL)
        )
    """)
    op.execute("""
        CREATE INDEX instagram_accounts_by_schedule
            ON instagram_accounts (start_time, zone) WHERE status = 'active'
    """)


def _gameplay() -> None:
    op.execute("""
        CREATE TABLE gameplay_videos (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            object_key text NOT NULL UNIQUE,
            title text NOT NULL,
            seconds double precision NOT NULL CHECK (seconds > 0),
            width integer NOT NULL CHECK (width > 0),
            height integer NOT NULL CHECK (height > 0),
            fps double precision NOT NULL CHECK (fps > 0),
            has_audio boolean NOT NULL,
            codec text NOT NULL,
            bytes bigint NOT NULL CHECK (bytes > 0),
            times_used integer NOT NULL DEFAULT 0,
            last_used_at timestamptz,
            imported_at timestamptz NOT NULL DEFAULT now(),
            retired_at timestamptz
        )
    """)
    op.execute("""
        CREATE INDEX gameplay_videos_least_recently_used
            ON gameplay_videos (last_used_at NULLS FIRST, id) WHERE retired_at IS NULL
    """)


def _reels() -> None:
    # published_at and not media_id says that a post is out: its id may be beyond matching.
    op.execute("""
        CREATE TABLE generated_reels (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            day date NOT NULL,
            claim text NOT NULL CHECK (claim <> ''),
            requested_by text NOT NULL,
            stage text NOT NULL DEFAULT 'opening' CHECK (stage IN (
                'opening', 'writing', 'filming', 'composing', 'review', 'publishing',
                'needs-attention', 'closed')),
            stage_at timestamptz NOT NULL DEFAULT now(),
            waiting_for text,
            story jsonb,
            gameplay_id text REFERENCES gameplay_videos (id),
            gameplay_start_seconds double precision CHECK (gameplay_start_seconds >= 0),
            revision text CHECK (revision ~ '^[0-9a-f]{64}$'),
            video_key text,
            poster_key text,
            video_sha256 text CHECK (video_sha256 ~ '^[0-9a-f]{64}$'),
            video_bytes bigint CHECK (video_bytes > 0),
            seconds double precision CHECK (seconds > 0),
            caption text,
            hashtags text[],
            hook_type text,
            cta text,
            container_id text UNIQUE,
            container_revision text,
            container_at timestamptz,
            commit_attempts integer NOT NULL DEFAULT 0,
            commit_attempted_at timestamptz,
            media_id text UNIQUE,
            permalink text,
            published_at timestamptz,
            outcome text CHECK (outcome IN (
                'published', 'rejected', 'expired', 'skipped', 'abandoned', 'cancelled')),
            reason text,
            created_at timestamptz NOT NULL DEFAULT now(),
            closed_at timestamptz,
            CONSTRAINT one_reel_a_day UNIQUE (account_id, day),
            CHECK ((gameplay_id IS NULL) = (gameplay_start_seconds IS NULL)),
            CHECK (revision IS NULL OR num_nulls(
                video_key, poster_key, video_sha256, seconds, caption, hashtags) = 0),
            CHECK ((container_id IS NULL) = (container_revision IS NULL)),
            CHECK (media_id IS NULL OR published_at IS NOT NULL),
            CHECK ((outcome IS NULL) = (closed_at IS NULL)),
            CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
            CONSTRAINT published_means_posted
                CHECK (outcome IS DISTINCT FROM 'published' OR published_at IS NOT NULL),
            CONSTRAINT posted_means_published
                CHECK (outcome IS NULL OR outcome = 'published' OR published_at IS NULL)
        )
    """)
    op.execute("CREATE INDEX generated_reels_by_revision ON generated_reels (revision)")
    op.execute("CREATE INDEX generated_reels_open ON generated_reels (day) WHERE outcome IS NULL")
    op.execute("CREATE INDEX generated_reels_recent ON generated_reels (created_at DESC)")
