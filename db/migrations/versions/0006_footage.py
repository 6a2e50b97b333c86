"""Originals and their rights, the window ledger, the pool's own format, and music beds."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _sources()
    _clips()
    _windows()
    _music()


def _sources() -> None:
    # What was imported, as it was: an hour of footage is one source and many clips. cut_at is
    # set when all of its clips are in the pool; until then an import may be taken up again.
    op.execute("""
        CREATE TABLE gameplay_sources (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            title text NOT NULL DEFAULT '',
            source text NOT NULL DEFAULT '',
            licence text NOT NULL DEFAULT '',
            credit text NOT NULL DEFAULT '',
            added_by text NOT NULL DEFAULT '',
            anchor text NOT NULL DEFAULT 'center'
                CHECK (anchor IN ('center', 'left', 'right', 'top', 'bottom')),
            seconds double precision NOT NULL CHECK (seconds > 0),
            width integer NOT NULL CHECK (width > 0),
            height integer NOT NULL CHECK (height > 0),
            fps double precision NOT NULL CHECK (fps > 0),
            has_audio boolean NOT NULL,
            codec text NOT NULL,
            bytes bigint NOT NULL CHECK (bytes > 0),
            imported_at timestamptz NOT NULL DEFAULT now(),
            cut_at timestamptz
        )
    """)
    op.execute("""
        INSERT INTO gameplay_sources (sha256, title, seconds, width, height, fps, has_audio,
            codec, bytes, imported_at, cut_at)
        SELECT sha256, title, seconds, width, height, fps, has_audio, codec, bytes,
            imported_at, imported_at
        FROM gameplay_videos
    """)


def _clips() -> None:
    # usable_seconds is what both the clip as it was imported and its copy in the pool's format
    # hold. It stands in the index, so that a pick reads no row that it does not take.
    op.execute("""
        ALTER TABLE gameplay_videos
            ADD COLUMN source_id text REFERENCES gameplay_sources (id),
            ADD COLUMN part integer NOT NULL DEFAULT 0 CHECK (part >= 0),
            ADD COLUMN pool_key text UNIQUE,
            ADD COLUMN pool_sha256 text CHECK (pool_sha256 ~ '^[0-9a-f]{64}$'),
            ADD COLUMN pool_bytes bigint CHECK (pool_bytes > 0),
            ADD COLUMN pool_seconds double precision CHECK (pool_seconds > 0),
            ADD COLUMN normalised_at timestamptz,
            ADD COLUMN normalising_until timestamptz,
            ADD COLUMN usable_seconds double precision
                GENERATED ALWAYS AS (least(seconds, pool_seconds)) STORED,
            ADD CONSTRAINT normalised_whole CHECK (num_nulls(
                pool_key, pool_sha256, pool_bytes, pool_seconds, normalised_at) IN (0, 5))
    """)
    op.execute("""
        UPDATE gameplay_videos clip SET source_id = source.id
        FROM gameplay_sources source WHERE source.sha256 = clip.sha256
    """)
    op.execute("""
        ALTER TABLE gameplay_videos
            ALTER COLUMN source_id SET NOT NULL,
            ADD CONSTRAINT one_clip_a_part UNIQUE (source_id, part)
    """)
    op.execute("DROP INDEX gameplay_videos_least_recently_used")
    op.execute("""
        CREATE INDEX gameplay_videos_least_recently_used
            ON gameplay_videos (last_used_at NULLS FIRST, id)
            INCLUDE (usable_seconds, times_used) WHERE retired_at IS NULL
    """)
    op.execute("""
        CREATE INDEX gameplay_videos_to_normalise ON gameplay_videos (imported_at, id)
            WHERE pool_key IS NULL AND retired_at IS NULL
    """)


def _windows() -> None:
    # Which stretch each Reel took, and when. A window that is given back stays, so that it is
    # seen; only those that are held count. generated_reels.gameplay_id stays too, unread: a
    # worker of the version before still writes it while the new one is rolled out.
    op.execute("""
        CREATE TABLE gameplay_windows (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            clip_id text NOT NULL REFERENCES gameplay_videos (id),
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            reel_id text NOT NULL REFERENCES generated_reels (id),
            start_seconds double precision NOT NULL CHECK (start_seconds >= 0),
            seconds double precision NOT NULL CHECK (seconds > 0),
            repeated boolean NOT NULL DEFAULT false,
            taken_at timestamptz NOT NULL DEFAULT now(),
            given_back_at timestamptz
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_window_a_reel ON gameplay_windows (reel_id)
            WHERE given_back_at IS NULL
    """)
    op.execute("""
        CREATE INDEX gameplay_windows_of_an_account ON gameplay_windows (account_id, taken_at)
            WHERE given_back_at IS NULL
    """)
    op.execute("""
        INSERT INTO gameplay_windows (clip_id, account_id, reel_id, start_seconds, seconds,
            taken_at)
        SELECT reel.gameplay_id, reel.account_id, reel.id, reel.gameplay_start_seconds,
            coalesce(reel.seconds, account.reel_seconds), reel.created_at
        FROM generated_reels reel JOIN instagram_accounts account ON account.id = reel.account_id
        WHERE reel.gameplay_id IS NOT NULL
    """)


def _music() -> None:
    # A bed without a licence is not a licensed bed.
    op.execute("""
        CREATE TABLE music_tracks (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            object_key text NOT NULL UNIQUE,
            title text NOT NULL,
            source text NOT NULL,
            licence text NOT NULL CHECK (licence <> ''),
            credit text NOT NULL,
            added_by text NOT NULL,
            seconds double precision NOT NULL CHECK (seconds > 0),
            codec text NOT NULL,
            bytes bigint NOT NULL CHECK (bytes > 0),
            times_used integer NOT NULL DEFAULT 0,
            last_used_at timestamptz,
            imported_at timestamptz NOT NULL DEFAULT now(),
            retired_at timestamptz
        )
    """)
    op.execute("""
        CREATE INDEX music_tracks_least_recently_used
            ON music_tracks (last_used_at NULLS FIRST, id) WHERE retired_at IS NULL
    """)
    op.execute("""
        ALTER TABLE generated_reels ADD COLUMN music_id text REFERENCES music_tracks (id)
    """)
