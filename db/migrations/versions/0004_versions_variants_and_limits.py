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
    # The captions of one video lie side by side before the reviewer, each as a revision.
    op.execute("DROP INDEX one_pending_revision")
    op.execute("""
        ALTER TABLE approval_queue
            ADD COLUMN variant text NOT NULL DEFAULT 'A' CHECK (variant IN ('A', 'B')),
            ADD COLUMN hook_type text,
            ADD COLUMN cta text
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_pending_revision
            ON approval_queue (reel_id, variant) WHERE status = 'pending'
    """)
    op.execute("""
        ALTER TABLE generated_reels
            ADD COLUMN variant text NOT NULL DEFAULT 'A' CHECK (variant IN ('A', 'B')),
            ADD COLUMN captions jsonb
    """)


def _spending() -> None:
    op.execute("""
        CREATE INDEX api_usage_logs_by_account ON api_usage_logs (account_id, reserved_at)
    """)
