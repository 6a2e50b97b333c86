"""What was spent, what went wrong, how posts did, and how each daily run went."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _usage()
    _metrics()
    _errors()
    _runs()


def _usage() -> None:
    # Counted against a budget: cost_micros once settled, estimated_micros before, and for
    # good when the outcome stays unknown.
    op.execute("""
        CREATE TABLE api_usage_logs (
            id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
            reel_id text REFERENCES generated_reels (id),
            account_id text NOT NULL REFERENCES instagram_accounts (id),
            day date NOT NULL,
            service text NOT NULL CHECK (service <> ''),
            operation text NOT NULL CHECK (operation <> ''),
            model text NOT NULL,
            step text NOT NULL CHECK (step <> ''),
            state text NOT NULL DEFAULT 'reserved' CHECK (state IN (
                'reserved', 'submitted', 'settled', 'released', 'unknown')),
            estimated_micros bigint NOT NULL CHECK (estimated_micros >= 0),
            cost_micros bigint CHECK (cost_micros >= 0),
            units jsonb NOT NULL DEFAULT '{}',
            job_id text CHECK (job_id <> ''),
            request_id text,
            outcome text,
            reserved_at timestamptz NOT NULL DEFAULT now(),
            submitted_at timestamptz,
            ended_at timestamptz,
            CONSTRAINT one_row_a_step UNIQUE (reel_id, step),
            CHECK (state <> 'submitted' OR job_id IS NOT NULL),
            CHECK (state <> 'released' OR (cost_micros = 0 AND job_id IS NULL)),
            CHECK ((state IN ('settled', 'released')) = (cost_micros IS NOT NULL))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX one_row_a_job
            ON api_usage_logs (service, job_id) WHERE job_id IS NOT NULL
    """)
    op.execute("CREATE INDEX api_usage_logs_by_time ON api_usage_logs (reserved_at, account_id)")


def _metrics() -> None:
    # One row a figure: the platform adds and removes metrics, and a missing figure is not 0.
    op.execute("""
        CREATE TABLE performance_metrics (
            id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            reel_id text NOT NULL REFERENCES generated_reels (id),
            media_id text NOT NULL,
            metric text NOT NULL CHECK (metric <> ''),
            value double precision NOT NULL,
            hours_after integer NOT NULL CHECK (hours_after >= 0),
            measured_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (reel_id, metric, hours_after)
        )
    """)


def _errors() -> None:
    op.execute("""
        CREATE TABLE error_logs (
            id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
            account_id text,
            day date,
            step text NOT NULL,
            kind text NOT NULL,
            message text NOT NULL,
            attempt integer NOT NULL CHECK (attempt >= 1),
            at timestamptz NOT NULL DEFAULT now(),
            CHECK ((account_id IS NULL) = (day IS NULL))
        )
    """)
    op.execute("CREATE INDEX error_logs_by_day ON error_logs (account_id, day)")
    op.execute("CREATE INDEX error_logs_by_time ON error_logs (at)")


def _runs() -> None:
    op.execute("""
        CREATE TABLE daily_runs (
            run_id text PRIMARY KEY CHECK (run_id <> ''),
            start_time text NOT NULL,
            zone text NOT NULL,
            day date NOT NULL,
            started_at timestamptz NOT NULL,
            ended_at timestamptz NOT NULL,
            accounts jsonb NOT NULL,
            saved_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX daily_runs_by_day ON daily_runs (day)")
