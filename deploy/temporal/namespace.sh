#!/bin/sh
# Makes the namespace and the search attributes of docs/operating.md; again: sets the retention
# and changes nothing else. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are the CLI's own variables.
set -eu

: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}" "${RETENTION:?}"

# Tries a command for a minute: the server needs seconds to come up, and some more to hear of
# a new namespace.
until_done() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 30 ]; then
            echo "namespace.sh: gave up on: $*" >&2
            return 1
        fi
        sleep 2
    done
}

until_done temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

until_done temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name AccountId --type Keyword --name ReelStage --type Keyword \
    --name WaitingSince --type Datetime
