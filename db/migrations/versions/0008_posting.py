"""How Reels go out: when, with whom, under which label; and what was made on the way."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _reels()
    _containers()
    _recuts()


def _accounts() -> None:
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN posting_times text[] NOT NULL DEFAULT '{}',
            ADD COLUMN collaborators text[] NOT NULL DEFAULT '{}'
                CHECK (cardinality(collaborators) <= 3),
            ADD COLUMN location_id text CHECK (location_id ~ '^[0-9]{1,32}$'),
            ADD COLUMN first_comment text NOT NULL DEFAULT ''
                CHECK (length(first_comment) <= 300),
            ADD COLUMN ai_label boolean NOT NULL DEFAULT true,
            ADD COLUMN paused_telling_at timestamptz,
            ADD COLUMN paused_told_at timestamptz,
            ADD CONSTRAINT told_of_a_pause CHECK (
                status = 'paused' OR num_nonnulls(paused_telling_at, paused_told_at) = 0)
    """)


def _reels() -> None:
    # upload_uri: where the bytes of a container are brought that fetches none itself.
    op.execute("""
        ALTER TABLE generated_reels
            ADD COLUMN upload_uri text,
            ADD COLUMN comment_id text,
            ADD COLUMN comment_attempted_at timestamptz,
            ADD CONSTRAINT comments_need_posts
                CHECK (comment_attempted_at IS NULL OR published_at IS NOT NULL)
    """)
    # Posts of an account in the last 24 hours: the own side of the platform's quota.
    op.execute("""
        CREATE INDEX generated_reels_by_post
            ON generated_reels (account_id, published_at) WHERE published_at IS NOT NULL
    """)


def _containers() -> None:
    # Every container that was ever made, for the quota of 400 in 24 hours and for the books.
    op.execute("""
        CREATE TABLE containers (
            id text PRIMARY KEY CHECK (id <> ''),
            reel_id text NOT NULL REFERENCES generated_reels (id),
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            revision text NOT NULL CHECK (revision ~ '^[0-9a-f]{64}$'),
            made_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX containers_by_account ON containers (account_id, made_at)")
    op.execute("""
        INSERT INTO containers (id, reel_id, account_id, revision, made_at)
        SELECT container_id, id, account_id, container_revision, coalesce(container_at, stage_at)
        FROM generated_reels WHERE container_id IS NOT NULL
    """)


def _recuts() -> None:
    # A file that was made anew after a person had approved it. One that a person would take for
    # the same goes out under the approval of the first; see schemas/recut.py for the rule.
    op.execute("""
        CREATE TABLE recuts (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            reel_id text NOT NULL REFERENCES generated_reels (id),
            from_revision text NOT NULL CHECK (from_revision ~ '^[0-9a-f]{64}$'),
            revision text NOT NULL CHECK (revision ~ '^[0-9a-f]{64}$'),
            repair text NOT NULL CHECK (repair IN ('trim', 'shrink', 'trim and shrink')),
            material boolean NOT NULL,
            seconds_before double precision NOT NULL CHECK (seconds_before > 0),
            seconds_after double precision NOT NULL CHECK (seconds_after > 0),
            bytes_before bigint NOT NULL CHECK (bytes_before > 0),
            bytes_after bigint NOT NULL CHECK (bytes_after > 0),
            similarity double precision NOT NULL CHECK (similarity BETWEEN 0 AND 1),
            why text NOT NULL,
            made_at timestamptz NOT NULL,
            UNIQUE (reel_id, from_revision, revision),
            CHECK (from_revision <> revision)
        )
    """)
