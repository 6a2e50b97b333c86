"""Which login an account has, what is known of its tokens and of secrets, and why it is paused."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tokens()
    _secrets()
    _connections()


def _tokens() -> None:
    # token_sealed publishes: an Instagram user's token, or a Facebook Page's. Issue, end and
    # scopes are those of the token that is renewed: with Facebook Login that is the user token
    # in reading_token_sealed, since a Page's has no end. No issue: not known; no end: never.
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN login text NOT NULL DEFAULT 'instagram'
                CHECK (login IN ('instagram', 'facebook')),
            ADD COLUMN reading_token_sealed bytea,
            ADD COLUMN token_issued_at timestamptz,
            ADD COLUMN token_expires_at timestamptz,
            ADD COLUMN token_scopes text[] NOT NULL DEFAULT '{}',
            ADD COLUMN token_checked_at timestamptz,
            ADD COLUMN token_trouble text,
            ADD COLUMN token_warned_days smallint,
            ADD COLUMN paused_kind text,
            ADD CONSTRAINT paused_for_a_kind CHECK (status = 'paused' OR paused_kind IS NULL)
    """)
    # Nobody wrote down when these were issued. Sixty days is the longest that one lives.
    op.execute("""
        UPDATE instagram_accounts SET token_expires_at = token_set_at + interval '60 days'
        WHERE token_sealed IS NOT NULL
    """)


def _secrets() -> None:
    # One that comes back is as old as it was: hence a row for each that was ever seen.
    op.execute("""
        CREATE TABLE secret_fingerprints (
            name text NOT NULL,
            fingerprint text NOT NULL,
            first_seen_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            reminded_at timestamptz,
            PRIMARY KEY (name, fingerprint)
        )
    """)


def _connections() -> None:
    # What is good once and was used: links that connect an account, and ways back from Meta.
    op.execute("""
        CREATE TABLE connection_uses (
            nonce text PRIMARY KEY,
            used_at timestamptz NOT NULL
        )
    """)
