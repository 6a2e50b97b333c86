#!/bin/sh
# Runs once, when PostgreSQL's volume is empty: a role for Temporal and one for Reels, and
# their databases. psql reads the passwords itself, since an argument would show them in `ps`.
set -eu

secrets=${SECRETS:-/run/secrets}
for name in postgres_temporal postgres_reels; do
    if [ ! -s "$secrets/$name" ]; then
        echo "roles.sh: $secrets/$name is missing or empty: run deploy/make-secrets.sh" >&2
        exit 1
    fi
done

export secrets
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname "${POSTGRES_DB:-$POSTGRES_USER}" <<'SQL'
-- A statement that fails is logged with its text, and these hold passwords.
SET log_min_error_statement = panic;
\set temporal_password `cat "$secrets/postgres_temporal"`
\set reels_password `cat "$secrets/postgres_reels"`
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE reels LOGIN PASSWORD :'reels_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE reels OWNER reels;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, reels FROM PUBLIC;
SQL
