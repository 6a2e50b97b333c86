"""An approval may move to a file that was made anew, when nobody would notice the difference."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _recuts_only_grow()
    _approvals_are_given_or_carried()


def _recuts_only_grow() -> None:
    # What was judged of a file is never judged again, and only of a file that was laid. The
    # table may go with all accounts at once, as those of their Reels and reviews do.
    op.execute("""
        ALTER TABLE recuts ADD CONSTRAINT recuts_are_of_what_was_laid
            FOREIGN KEY (reel_id, from_revision) REFERENCES approval_queue (reel_id, revision)
    """)
    op.execute("""
        CREATE FUNCTION recuts_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'recuts only grows'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'recuts_only_grow';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER recuts_only_grow BEFORE UPDATE OR DELETE ON recuts
            FOR EACH STATEMENT EXECUTE FUNCTION recuts_only_grow()
    """)


def _approvals_are_given_or_carried() -> None:
    # carried_from: the revision that the person decided on. It stays the same when a file is
    # made anew twice, so that every file is held against the one that was seen.
    op.execute("""
        ALTER TABLE approval_queue
            ADD COLUMN carried_from text CHECK (carried_from ~ '^[0-9a-f]{64}$'),
            ADD CONSTRAINT carried_from_another CHECK (carried_from <> revision),
            ADD CONSTRAINT only_approvals_are_carried
                CHECK (carried_from IS NULL OR status IN ('approved', 'superseded'))
    """)
    # A decision is on one revision; whoever wants it to count for another has to carry it.
    op.execute("""
        CREATE UNIQUE INDEX one_revision_a_decision
            ON approval_queue (decision_id) WHERE carried_from IS NULL
    """)
    # posts_need_approval asks for an approval of exactly these bytes and these words; here is
    # what such an approval may be, for every writer. A carried one takes the place of the one
    # that it is carried from, in the same moment: there are never two, and one that was taken
    # back has nothing left to be carried.
    op.execute("""
        CREATE FUNCTION approvals_need_a_person() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.status = 'approved' THEN
                IF (NEW.carried_from, NEW.decision_id, NEW.reviewed_by, NEW.channel,
                    NEW.reviewed_at)
                    IS DISTINCT FROM
                    (OLD.carried_from, OLD.decision_id, OLD.reviewed_by, OLD.channel,
                    OLD.reviewed_at)
                THEN
                    RAISE EXCEPTION 'an approval is never changed'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_is_fixed';
                END IF;
                RETURN NEW;
            END IF;
            IF NEW.carried_from IS NULL THEN
                IF TG_OP = 'INSERT' THEN
                    RAISE EXCEPTION 'a review begins undecided'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needs_a_person';
                END IF;
                RETURN NEW;
            END IF;
            PERFORM FROM recuts
                WHERE reel_id = NEW.reel_id AND from_revision = NEW.carried_from
                    AND revision = NEW.revision AND NOT material;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no file that could be taken for the approved one'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needs_a_person';
            END IF;
            UPDATE approval_queue SET status = 'superseded'
                WHERE reel_id = NEW.reel_id AND status = 'approved'
                    AND coalesce(carried_from, revision) = NEW.carried_from
                    AND (caption, hashtags, variant, decision_id, reviewed_by, channel,
                        reviewed_at)
                    = (NEW.caption, NEW.hashtags, NEW.variant, NEW.decision_id,
                        NEW.reviewed_by, NEW.channel, NEW.reviewed_at);
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no approval stands that could be carried'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_needs_a_person';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER approvals_need_a_person BEFORE INSERT OR UPDATE ON approval_queue
            FOR EACH ROW WHEN (NEW.status = 'approved')
            EXECUTE FUNCTION approvals_need_a_person()
    """)
