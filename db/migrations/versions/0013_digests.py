"""The digest by e-mail: when each person gets it, and what became of each day's."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # digest_at: by the person's own clock; NULL is never.
    op.execute("""
        ALTER TABLE people
            ADD COLUMN zone text NOT NULL DEFAULT 'UTC' CHECK (length(zone) BETWEEN 1 AND 64),
            ADD COLUMN digest_at text DEFAULT '08:00'
                CHECK (digest_at ~ '^([01]\\d|2[0-3]):[0-5]\\d$')
    """)
    # day: the date of the person's calendar. sending_at: from when on the letter may be out.
    # A row is "sending" from just before the letter's text is sent until the server has said
    # what it makes of it, so that an answer that got lost is known to be.
    op.execute("""
        CREATE TABLE digests (
            person_id text NOT NULL REFERENCES people (id),
            day date NOT NULL,
            state text NOT NULL DEFAULT 'begun' CHECK (state IN (
                'begun', 'sending', 'sent', 'empty', 'refused', 'unknown')),
            reels integer NOT NULL DEFAULT 0 CHECK (reels >= 0),
            reason text NOT NULL DEFAULT '',
            begun_at timestamptz NOT NULL,
            sending_at timestamptz,
            ended_at timestamptz,
            PRIMARY KEY (person_id, day),
            CHECK ((ended_at IS NULL) = (state IN ('begun', 'sending'))),
            CHECK (sending_at IS NOT NULL OR state NOT IN ('sending', 'sent', 'unknown'))
        )
    """)
    op.execute("CREATE INDEX digests_by_day ON digests (day)")
    # The last word on "never twice": what was sent, or may have been, is not begun again.
    op.execute("""
        CREATE FUNCTION digests_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT (OLD.state = 'unknown' AND NEW.state = 'sent') THEN
                RAISE EXCEPTION 'a digest does not go from % to %', OLD.state, NEW.state
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'digest_moves_forward';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER digests_move_forward BEFORE UPDATE ON digests FOR EACH ROW
            WHEN (OLD.state NOT IN ('begun', 'sending') AND NEW.state <> OLD.state)
            EXECUTE FUNCTION digests_move_forward()
    """)
