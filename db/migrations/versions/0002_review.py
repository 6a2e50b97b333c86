"""The approval queue, the log of every decision, and what guards a post."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _approval_queue()
    _approvals_move_forward()
    _decision_log()
    _posts_need_approval()
    _door_events()


def _approval_queue() -> None:
    op.execute("""
        CREATE TABLE approval_queue (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            reel_id text NOT NULL REFERENCES generated_reels (id),
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            day date NOT NULL,
            revision text NOT NULL CHECK (revision ~ '^[0-9a-f]{64}$'),
            round text NOT NULL DEFAULT '',
            video_key text NOT NULL,
            poster_key text NOT NULL,
            video_sha256 text NOT NULL,
            seconds double precision NOT NULL,
            caption text NOT NULL,
            hashtags text[] NOT NULL,
            metadata jsonb NOT NULL DEFAULT '{}',
            status text NOT NULL DEFAULT 'pending' CHECK (status IN (
                'pending', 'approved', 'rejected', 'expired', 'superseded')),
            decision_id text,
            reviewed_by text,
            channel text,
            notes text,
            reviewed_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (reel_id, revision),
            CONSTRAINT a_decision_has_a_person CHECK (
                status NOT IN ('approved', 'rejected') OR num_nulls(
                    decision_id, reviewed_by, channel, reviewed_at) = 0)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_approved_revision
            ON approval_queue (reel_id) WHERE status = 'approved'
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_pending_revision
            ON approval_queue (reel_id) WHERE status = 'pending'
    """)
    op.execute("""
        CREATE INDEX approval_queue_waiting
            ON approval_queue (created_at) WHERE status = 'pending'
    """)
    op.execute("""
        CREATE INDEX approval_queue_rejections
            ON approval_queue (account_id, reviewed_at DESC) WHERE status = 'rejected'
    """)


def _approvals_move_forward() -> None:
    # What a person saw is what was decided on: the row's content is never changed, and a
    # refusal or an expiry never becomes an approval. A new round, which is another run of the
    # day's workflow, asks people anew and knows no decision yet.
    op.execute("""
        CREATE FUNCTION approvals_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.reel_id, NEW.revision, NEW.video_key, NEW.poster_key, NEW.video_sha256,
                NEW.caption, NEW.hashtags)
                IS DISTINCT FROM
                (OLD.reel_id, OLD.revision, OLD.video_key, OLD.poster_key, OLD.video_sha256,
                OLD.caption, OLD.hashtags)
            THEN
                RAISE EXCEPTION 'a revision in the approval queue is never changed'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_is_fixed';
            END IF;
            IF OLD.round <> NEW.round THEN
                IF NEW.status <> 'pending' OR num_nonnulls(
                    NEW.decision_id, NEW.reviewed_by, NEW.channel, NEW.reviewed_at) > 0
                THEN
                    RAISE EXCEPTION 'a new round begins undecided'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'review_begins_undecided';
                END IF;
            ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (
                ('pending', 'approved'), ('pending', 'rejected'), ('pending', 'expired'),
                ('pending', 'superseded'), ('approved', 'superseded'), ('superseded', 'pending'))
            THEN
                RAISE EXCEPTION 'a review does not go from % to %', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'review_moves_forward';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER approvals_move_forward BEFORE UPDATE ON approval_queue
            FOR EACH ROW EXECUTE FUNCTION approvals_move_forward()
    """)


def _decision_log() -> None:
    # No foreign keys: a refused decision may name a day that does not exist.
    op.execute("""
        CREATE TABLE decision_log (
            id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            event_key text UNIQUE,
            account_id text NOT NULL,
            day date NOT NULL,
            revision text,
            decision_id text,
            verdict text CHECK (verdict IN ('approve', 'reject')),
            reviewer text,
            channel text NOT NULL,
            note text,
            decided_at timestamptz,
            accepted boolean NOT NULL,
            refusal text,
            at timestamptz NOT NULL,
            CHECK (accepted = (refusal IS NULL)),
            CHECK (NOT accepted OR decision_id IS NOT NULL)
        )
    """)
    op.execute("CREATE INDEX decision_log_by_day ON decision_log (account_id, day, id)")
    op.execute("CREATE INDEX decision_log_counted ON decision_log (decision_id) WHERE accepted")
    op.execute("""
        CREATE FUNCTION decision_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'decision_log only grows'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_log_is_append_only';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER decision_log_is_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_log
            FOR EACH STATEMENT EXECUTE FUNCTION decision_log_is_append_only()
    """)


def _posts_need_approval() -> None:
    # The last word on "nothing is published without an approval of exactly these bytes":
    # it holds for every writer, also for one that goes around the application. The approval
    # is locked, so that it cannot be superseded between this look and the commit.
    op.execute("""
        CREATE FUNCTION posts_need_approval() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.published_at IS NOT NULL THEN
                IF NEW.published_at IS NULL
                    OR NEW.revision IS DISTINCT FROM OLD.revision
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
                FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no approval for this revision' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'post_needs_approval';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER posts_need_approval BEFORE UPDATE ON generated_reels FOR EACH ROW
            WHEN (NEW.published_at IS NOT NULL OR OLD.published_at IS NOT NULL
                OR NEW.commit_attempts IS DISTINCT FROM OLD.commit_attempts
                OR (NEW.container_id IS NOT NULL
                    AND NEW.container_id IS DISTINCT FROM OLD.container_id))
            EXECUTE FUNCTION posts_need_approval()
    """)
    _reels_begin_unpublished()


def _reels_begin_unpublished() -> None:
    op.execute("""
        CREATE FUNCTION reels_begin_unpublished() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'a row cannot begin as a post' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'post_needs_approval';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER reels_begin_unpublished BEFORE INSERT ON generated_reels FOR EACH ROW
            WHEN (NEW.published_at IS NOT NULL OR NEW.container_id IS NOT NULL
                OR NEW.commit_attempts <> 0)
            EXECUTE FUNCTION reels_begin_unpublished()
    """)


def _door_events() -> None:
    op.execute("""
        CREATE TABLE door_events (
            event_key text PRIMARY KEY,
            seen_at timestamptz NOT NULL DEFAULT now()
        )
    """)
