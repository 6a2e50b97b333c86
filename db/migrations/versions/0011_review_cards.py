"""The card of a day in each channel: where it is, what it shows, and all that it showed."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # reference is what the channel calls the message. It is empty from just before the message
    # is sent until the answer came, so that an answer that got lost is known to be.
    op.execute("""
        CREATE TABLE review_cards (
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            day date NOT NULL,
            channel text NOT NULL CHECK (length(channel) BETWEEN 1 AND 40),
            reference text NOT NULL DEFAULT '' CHECK (length(reference) <= 200),
            revision text CHECK (revision ~ '^[0-9a-f]{64}$'),
            state text CHECK (state IN (
                'asked', 'approved', 'rejected', 'edited', 'changes', 'expired', 'published',
                'closed')),
            words text NOT NULL DEFAULT '',
            history jsonb NOT NULL DEFAULT '[]',
            begun_at timestamptz NOT NULL DEFAULT now(),
            changed_at timestamptz,
            PRIMARY KEY (account_id, day, channel),
            CHECK ((state IS NULL) = (changed_at IS NULL))
        )
    """)
