"""Versions of a story, variants of a caption, trends, and limits of an account."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _stories()
    _trends()
    _variants()
    _spending()


def _accounts() -> None:
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN monthly_budget_micros bigint CHECK (monthly_budget_micros >= 0),
            ADD COLUMN trends boolean NOT NULL DEFAULT false,
            ADD COLUMN allowed_mentions text[] NOT NULL DEFAULT '{}',
            ADD COLUMN allowed_links text[] NOT NULL DEFAULT '{}',
            ADD COLUMN caption_lead text NOT NULL DEFAULT 'first'
                CHECK (caption_lead IN ('first', 'alternate'))
    """)


def _stories() -> None:
    # Every version that was paid for, with what was said of it; the one that is filmed stands
    # in generated_reels.story, too.
    op.execute("""
        CREATE TABLE story_versions (
            reel_id text NOT NULL REFERENCES generated_reels (id),
            version integer NOT NULL CHECK (version >= 1),
            story jsonb NOT NULL,
            similarity double precision NOT NULL CHECK (similarity BETWEEN 0 AND 1),
            too_close_to text,
            critique jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (reel_id, version)
        )
    """)


def _trends() -> None:
    op.execute("""
        CREATE TABLE trends (
            theme text NOT NULL,
            language text NOT NULL,
            day date NOT NULL,
            found jsonb NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (theme, language, day)
        )
    """)


def _variants() -> None:
    # The captions of one video lie side by side before the reviewer, each as a revision. What
    # is laid at once shares the number of its laying, and is decided on once.
    op.execute("DROP INDEX one_pending_revision")
    op.execute("""
        ALTER TABLE approval_queue
            ADD COLUMN variant text NOT NULL DEFAULT 'A' CHECK (variant IN ('A', 'B')),
            ADD COLUMN hook_type text,
            ADD COLUMN cta text,
            ADD COLUMN laying integer NOT NULL DEFAULT 1 CHECK (laying >= 1)
    """)
    op.execute("""
        UPDATE approval_queue SET laying = counted.number
        FROM (SELECT id, row_number() OVER (
                PARTITION BY reel_id ORDER BY status = 'superseded' DESC, created_at, id
            ) AS number FROM approval_queue) AS counted
        WHERE counted.id = approval_queue.id
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_pending_revision
            ON approval_queue (reel_id, variant) WHERE status = 'pending'
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_decision_a_laying
            ON approval_queue (reel_id, laying) WHERE status IN ('approved', 'rejected')
    """)
    op.execute("DROP INDEX generated_reels_by_revision")
    op.execute("CREATE INDEX approval_queue_by_revision ON approval_queue (revision)")
    op.execute("""
        ALTER TABLE generated_reels
            ADD COLUMN variant text NOT NULL DEFAULT 'A' CHECK (variant IN ('A', 'B')),
            ADD COLUMN captions jsonb
    """)
    _posts_are_what_was_approved()


def _posts_are_what_was_approved() -> None:
    # A Reel's row changes from one variant to the other when that one is approved, so the
    # last look before a post compares the words and the bytes, not their digest alone.
    op.execute("""
        CREATE OR REPLACE FUNCTION posts_need_approval() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.published_at IS NOT NULL THEN
                IF NEW.published_at IS NULL
                    OR (NEW.revision, NEW.video_sha256, NEW.caption, NEW.hashtags, NEW.variant)
                        IS DISTINCT FROM
                        (OLD.revision, OLD.video_sha256, OLD.caption, OLD.hashtags, OLD.variant)
                    OR NEW.media_id IS DISTINCT FROM coalesce(OLD.media_id, NEW.media_id)
                    OR NEW.container_id IS DISTINCT FROM OLD.container_id
                    OR NEW.commit_attempts <> OLD.commit_attempts
                THEN
                    RAISE EXCEPTION 'the Reel is out' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'published_reel_is_fixed';
                END IF;
                RETURN NEW;
            END IF;
            PERFORM FROM approval_queue
                WHERE reel_id = NEW.id AND revision = NEW.revision
                    AND revision = NEW.container_revision AND status = 'approved'
                    AND video_sha256 = NEW.video_sha256
                    AND caption = NEW.caption AND hashtags = NEW.hashtags
                FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no approval for this revision' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'post_needs_approval';
            END IF;
            RETURN NEW;
        END $$
    """)


def _spending() -> None:
    op.execute("""
        CREATE INDEX api_usage_logs_by_account ON api_usage_logs (account_id, reserved_at)
    """)
