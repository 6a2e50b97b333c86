"""People with roles; what they may decide beside yes and no, and how many of them it takes."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _policies()
    _reviews()
    _attempts()
    _approvals_move_forward()
    _approvals_need_their_people()
    _posts_have_the_picked_cover()


def _people() -> None:
    # id: the name that decisions carry, in lower case. A person who left is disabled, never
    # deleted: what they decided stays theirs.
    op.execute("""
        CREATE TABLE people (
            id text PRIMARY KEY CHECK (id = lower(id) AND length(id) BETWEEN 1 AND 100),
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            email text UNIQUE CHECK (email = lower(email)),
            slack_user_id text UNIQUE,
            discord_user_id text UNIQUE,
            role text NOT NULL DEFAULT 'reviewer' CHECK (role IN ('admin', 'reviewer', 'viewer')),
            created_at timestamptz NOT NULL DEFAULT now(),
            disabled_at timestamptz
        )
    """)


def _policies() -> None:
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN approvals_needed smallint NOT NULL DEFAULT 1
                CHECK (approvals_needed BETWEEN 1 AND 2),
            ADD COLUMN quiet_hours text CHECK (quiet_hours ~ '^\\d\\d:\\d\\d-\\d\\d:\\d\\d$')
    """)


def _reviews() -> None:
    # ended_by: how a person ended the review of a superseded revision, who is in reviewed_by.
    # picked_cover_seconds: the cover frame that a person picked; part of what is approved.
    op.execute("""
        ALTER TABLE approval_queue
            ADD COLUMN approvals_needed smallint NOT NULL DEFAULT 1
                CHECK (approvals_needed BETWEEN 1 AND 2),
            ADD COLUMN picked_cover_seconds double precision CHECK (picked_cover_seconds >= 0),
            ADD COLUMN hold_until timestamptz,
            ADD COLUMN ended_by text CHECK (ended_by IN ('edit', 'changes')),
            ADD CONSTRAINT ended_by_a_person CHECK (ended_by IS NULL
                OR (status = 'superseded' AND reviewed_by IS NOT NULL))
    """)
    # What counted of several approvals that one revision needs; a new laying begins at none.
    op.execute("""
        CREATE TABLE approvals_given (
            reel_id text NOT NULL,
            revision text NOT NULL,
            laying integer NOT NULL,
            reviewer text NOT NULL CHECK (reviewer = lower(reviewer)),
            decision_id text NOT NULL UNIQUE,
            channel text NOT NULL,
            given_at timestamptz NOT NULL,
            PRIMARY KEY (reel_id, revision, laying, reviewer),
            FOREIGN KEY (reel_id, revision) REFERENCES approval_queue (reel_id, revision)
        )
    """)


def _attempts() -> None:
    op.execute("""
        ALTER TABLE decision_log
            DROP CONSTRAINT decision_log_verdict_check,
            ADD CONSTRAINT decision_log_verdict_check
                CHECK (verdict IN ('approve', 'reject', 'edit', 'changes', 'hold')),
            ADD COLUMN edits jsonb,
            ADD COLUMN change text,
            ADD COLUMN hold_until timestamptz
    """)


def _approvals_move_forward() -> None:
    # As in 0002, and a picked cover is content like the words.
    op.execute("""
        CREATE OR REPLACE FUNCTION approvals_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (NEW.reel_id, NEW.revision, NEW.video_key, NEW.poster_key, NEW.video_sha256,
                NEW.caption, NEW.hashtags, NEW.picked_cover_seconds)
                IS DISTINCT FROM
                (OLD.reel_id, OLD.revision, OLD.video_key, OLD.poster_key, OLD.video_sha256,
                OLD.caption, OLD.hashtags, OLD.picked_cover_seconds)
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


def _approvals_need_their_people() -> None:
    # The last word on "two different people", for every writer: an approval that is not
    # carried needs as many of approvals_given, each of another reviewer, as were asked for.
    op.execute("""
        CREATE FUNCTION approvals_need_their_people() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT count(*) FROM approvals_given
                WHERE reel_id = NEW.reel_id AND revision = NEW.revision
                    AND laying = NEW.laying) < NEW.approvals_needed
            THEN
                RAISE EXCEPTION 'more people have to approve'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needs_its_people';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER approvals_need_their_people BEFORE UPDATE ON approval_queue
            FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status = 'pending'
                AND NEW.carried_from IS NULL AND NEW.approvals_needed > 1)
            EXECUTE FUNCTION approvals_need_their_people()
    """)


def _posts_have_the_picked_cover() -> None:
    op.execute("""
        CREATE FUNCTION posts_have_the_picked_cover() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM approval_queue
                WHERE reel_id = NEW.id AND revision = NEW.revision
                    AND picked_cover_seconds IS DISTINCT FROM NEW.cover_seconds
                    AND picked_cover_seconds IS NOT NULL;
            IF FOUND THEN
                RAISE EXCEPTION 'another cover was approved' USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'post_needs_approval';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER posts_have_the_picked_cover BEFORE UPDATE ON generated_reels FOR EACH ROW
            WHEN (NEW.container_id IS DISTINCT FROM OLD.container_id
                AND NEW.container_id IS NOT NULL)
            EXECUTE FUNCTION posts_have_the_picked_cover()
    """)
