#!/bin/sh
# Brings Temporal's two schemas to the version of this image; again: changes nothing.
# The databases and their owner come from deploy/postgres/roles.sh.
set -eu

SQL_PASSWORD=$(cat "$SQL_PASSWORD_FILE")
export SQL_PASSWORD

schemas=${SCHEMAS:-/etc/temporal/schema/postgresql/v12}
for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%%:*}
    temporal-sql-tool --db "$database" setup-schema -v 0.0
    temporal-sql-tool --db "$database" update-schema -d "$schemas/${pair##*:}/versioned"
done
