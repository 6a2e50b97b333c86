"""Which channels reach an account's people, and approvals that an account has earned."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _channels()
    _policies()
    _nobody_has_the_name()
    _records()
    _weighings()
    _recalls()
    _automatic_approvals_are_earned()
    _posts_keep_their_trust()


def _channels() -> None:
    # No list of names here: schemas/account.py has it, and a channel is added without a migration.
    op.execute("""
        ALTER TABLE instagram_accounts ADD COLUMN channels text[] NOT NULL DEFAULT '{}'
    """)


def _policies() -> None:
    # auto_approval_since: from when on automatic approval is allowed; an approval from before
    # doesn't count, so that one that was taken back stays so when it is allowed again.
    op.execute("""
        ALTER TABLE instagram_accounts
            ADD COLUMN auto_approval_since timestamptz,
            ADD COLUMN auto_approval_stopped_by text,
            ADD COLUMN auto_after_posts integer NOT NULL DEFAULT 50
                CHECK (auto_after_posts BETWEEN 50 AND 1000),
            ADD COLUMN auto_unchanged_share double precision NOT NULL DEFAULT 0.95
                CHECK (auto_unchanged_share BETWEEN 0.95 AND 1),
            ADD COLUMN auto_sampled_share double precision NOT NULL DEFAULT 0.1
                CHECK (auto_sampled_share BETWEEN 0.05 AND 1),
            ADD CONSTRAINT automatic_approval_passes_nobody_over
                CHECK (auto_approval_since IS NULL OR approvals_needed = 1)
    """)


def _nobody_has_the_name() -> None:
    op.execute("""
        ALTER TABLE people ADD CONSTRAINT people_are_no_policy CHECK (id <> 'auto-approval')
    """)
    op.execute("""
        ALTER TABLE approval_queue ADD CONSTRAINT only_the_policy_is_automatic
            CHECK ((lower(reviewed_by) = 'auto-approval') = (channel = 'policy'))
    """)


def _records() -> None:
    # What an account's record is read by: db/trust.py.
    op.execute("""
        CREATE INDEX approval_queue_of_people ON approval_queue (account_id, day DESC)
            WHERE status = 'approved' AND channel <> 'policy'
    """)
    op.execute("""
        CREATE INDEX decision_log_sent_back ON decision_log (account_id, day)
            WHERE accepted AND verdict IN ('reject', 'edit', 'changes')
    """)
    op.execute("""
        CREATE INDEX generated_reels_expired ON generated_reels (account_id, day)
            WHERE outcome = 'expired'
    """)


def _weighings() -> None:
    # What was found when a draft of an account that allows automatic approval was laid. The
    # floor of ADR-003 holds for every writer. A day's round is weighed once.
    op.execute("""
        CREATE TABLE trust_weighings (
            reel_id text NOT NULL,
            revision text NOT NULL,
            round text NOT NULL,
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            posts integer NOT NULL CHECK (posts >= 0),
            reviewed integer NOT NULL,
            unchanged integer NOT NULL,
            earned boolean NOT NULL,
            sampled boolean NOT NULL,
            weighed_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (reel_id, revision, round),
            FOREIGN KEY (reel_id, revision) REFERENCES approval_queue (reel_id, revision),
            CHECK (0 <= unchanged AND unchanged <= posts AND posts <= reviewed),
            CONSTRAINT trust_has_a_floor
                CHECK (NOT earned OR (posts >= 50 AND unchanged >= 0.95 * reviewed))
        )
    """)
    op.execute("""
        CREATE INDEX trust_weighings_of_an_account ON trust_weighings (account_id, weighed_at DESC)
    """)
    op.execute("""
        CREATE FUNCTION trust_weighings_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows', TG_TABLE_NAME
                USING ERRCODE = 'check_violation', CONSTRAINT = 'trust_weighings_only_grow';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER trust_weighings_only_grow BEFORE UPDATE OR DELETE ON trust_weighings
            FOR EACH STATEMENT EXECUTE FUNCTION trust_weighings_only_grow()
    """)


def _recalls() -> None:
    # Who wants people to decide on one Reel that was approved automatically.
    op.execute("""
        CREATE TABLE trust_recalls (
            reel_id text NOT NULL,
            revision text NOT NULL,
            round text NOT NULL,
            reviewer text NOT NULL,
            channel text NOT NULL,
            recalled_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (reel_id, revision, round),
            FOREIGN KEY (reel_id, revision, round) REFERENCES trust_weighings
        )
    """)
    op.execute("""
        CREATE TRIGGER trust_recalls_only_grow BEFORE UPDATE OR DELETE ON trust_recalls
            FOR EACH STATEMENT EXECUTE FUNCTION trust_weighings_only_grow()
    """)


def _automatic_approvals_are_earned() -> None:
    # Beside what every approval needs. The account is locked: whoever takes the way back
    # comes before the approval or after it, and then it doesn't count.
    op.execute("""
        CREATE FUNCTION automatic_approvals_are_earned() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM trust_weighings AS weighed
                JOIN instagram_accounts AS account ON account.id = NEW.account_id
                WHERE weighed.reel_id = NEW.reel_id AND weighed.revision = NEW.revision
                    AND weighed.round = NEW.round AND weighed.earned AND NOT weighed.sampled
                    AND account.auto_approval_since <= weighed.weighed_at
                    AND NEW.approvals_needed = 1
                FOR SHARE OF account;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no automatic approval was earned'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'automatic_approval_is_earned';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER automatic_approvals_are_earned BEFORE UPDATE ON approval_queue
            FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved'
                AND NEW.channel = 'policy' AND NEW.carried_from IS NULL)
            EXECUTE FUNCTION automatic_approvals_are_earned()
    """)


def _posts_keep_their_trust() -> None:
    # The last word on the way back, for every writer: before a container is made and before it
    # is published, an automatic approval has to be one that the account allows ever since, of a
    # Reel that nobody has called back: who does so holds its row, as this trigger does.
    op.execute("""
        CREATE FUNCTION posts_keep_their_trust() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            approval approval_queue%ROWTYPE;
        BEGIN
            SELECT * INTO approval FROM approval_queue
                WHERE reel_id = NEW.id AND revision = NEW.revision
                    AND status = 'approved' AND channel = 'policy';
            IF NOT FOUND THEN
                RETURN NEW;
            END IF;
            PERFORM FROM trust_weighings AS weighed
                JOIN instagram_accounts AS account ON account.id = NEW.account_id
                WHERE weighed.reel_id = NEW.id AND weighed.round = approval.round
                    AND weighed.revision = coalesce(approval.carried_from, approval.revision)
                    AND account.auto_approval_since <= weighed.weighed_at
                    AND NOT EXISTS (SELECT FROM trust_recalls AS recalled
                        WHERE recalled.reel_id = weighed.reel_id
                            AND recalled.revision = weighed.revision
                            AND recalled.round = weighed.round)
                FOR SHARE OF account;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'automatic approval was taken back'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'post_keeps_its_trust';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER posts_keep_their_trust BEFORE UPDATE ON generated_reels FOR EACH ROW
            WHEN (NEW.commit_attempts IS DISTINCT FROM OLD.commit_attempts
                OR (NEW.container_id IS NOT NULL
                    AND NEW.container_id IS DISTINCT FROM OLD.container_id))
            EXECUTE FUNCTION posts_keep_their_trust()
    """)
