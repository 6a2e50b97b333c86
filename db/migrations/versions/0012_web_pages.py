"""Sign-in to the review pages, tokens of scripts, and the order of the queue."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sign_in()
    _limits()
    _pages()


def _sign_in() -> None:
    # Whoever reads these tables can sign in as nobody: they hold digests of random secrets.
    op.execute("""
        CREATE TABLE sign_in_links (
            digest bytea PRIMARY KEY CHECK (length(digest) = 32),
            person_id text NOT NULL REFERENCES people (id),
            made_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            used_at timestamptz
        )
    """)
    op.execute("""
        CREATE TABLE sessions (
            digest bytea PRIMARY KEY CHECK (length(digest) = 32),
            person_id text NOT NULL REFERENCES people (id),
            begun_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            ended_at timestamptz
        )
    """)
    op.execute("CREATE INDEX sessions_of_a_person ON sessions (person_id)")
    op.execute("""
        CREATE TABLE api_tokens (
            digest bytea PRIMARY KEY CHECK (length(digest) = 32),
            person_id text NOT NULL REFERENCES people (id),
            label text NOT NULL,
            made_at timestamptz NOT NULL,
            revoked_at timestamptz
        )
    """)


def _limits() -> None:
    # How often somebody did something in one stretch of time; nobody is named, only digests.
    op.execute("""
        CREATE TABLE door_counts (
            subject bytea NOT NULL CHECK (length(subject) = 32),
            since timestamptz NOT NULL,
            times integer NOT NULL DEFAULT 1,
            PRIMARY KEY (subject, since)
        )
    """)
    op.execute("CREATE INDEX door_counts_by_time ON door_counts (since)")


def _pages() -> None:
    op.execute("""
        CREATE INDEX approval_queue_pages ON approval_queue (created_at, reel_id)
            INCLUDE (account_id) WHERE status = 'pending' AND variant = 'A'
    """)
    op.execute("CREATE INDEX generated_reels_by_day ON generated_reels (day, account_id)")
