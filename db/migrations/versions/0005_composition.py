"""How an account composes its Reels, and which picture of a Reel is its cover."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _reels()


def _accounts() -> None:
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN layout text NOT NULL DEFAULT 'split-60-40'
                CHECK (layout IN ('split-60-40', 'split-50-50', 'top-blurred')),
            ADD COLUMN top_anchor text NOT NULL DEFAULT 'center'
                CHECK (top_anchor IN ('center', 'left', 'right', 'top', 'bottom')),
            ADD COLUMN sound jsonb NOT NULL DEFAULT '{"gameplay": 0}',
            ADD COLUMN hook_text boolean NOT NULL DEFAULT true
    """)


def _reels() -> None:
    op.execute("""
        ALTER TABLE generated_reels
            ADD COLUMN cover_seconds double precision CHECK (cover_seconds >= 0)
    """)
