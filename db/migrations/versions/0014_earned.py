"""Which channels reach an account's people."""

from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _channels()


def _channels() -> None:
    # No list of names here: schemas/account.py has it, and a channel is added without a migration.
    op.execute("""
        ALTER TABLE instagram_accounts ADD COLUMN channels text[] NOT NULL DEFAULT '{}'
    """)
