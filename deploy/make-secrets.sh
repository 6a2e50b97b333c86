#!/bin/sh
# Makes the secrets that can be made, and an empty file for each that has to be pasted.
# Again: leaves every file that has content as it is.
#
#   sudo sh deploy/make-secrets.sh [FOLDER]
#
# Compose mounts a secret as the file it is, so each belongs to the user of its container, and
# one that two containers need is there twice.
set -eu
umask 077

folder=${1:-$(dirname "$0")/secrets}
POSTGRES=999
TEMPORAL=1000
REELS=10001

random_hex() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# fill FILE: what comes in, unless the file has content.
fill() {
    if [ -s "$1" ]; then
        cat >/dev/null
    else
        cat >"$1"
        echo "made $1"
    fi
}

mkdir -p "$folder/postgres" "$folder/temporal" "$folder/reels/token_keys"

for name in superuser temporal reels; do
    random_hex | fill "$folder/postgres/$name"
done
fill "$folder/temporal/postgres" <"$folder/postgres/temporal"
printf 'postgresql://reels:%s@postgresql:5432/reels' "$(cat "$folder/postgres/reels")" |
    fill "$folder/reels/database_url"
random_hex | fill "$folder/reels/decision_key"
if [ -z "$(ls "$folder/reels/token_keys")" ]; then
    random_hex | fill "$folder/reels/token_keys/$(date +%Y-%m-%d)"
fi

for name in anthropic_api_key luma_agents_api_key lumaai_api_key runwayml_api_secret fal_key \
    instagram_app_secret facebook_app_secret s3_access_key_id s3_secret_access_key \
    slack_webhook_url slack_bot_token slack_signing_secret discord_bot_token smtp_url; do
    touch "$folder/reels/$name"
    if [ ! -s "$folder/reels/$name" ]; then
        echo "paste into $folder/reels/$name"
    fi
done

if [ "$(id -u)" -ne 0 ]; then
    echo "not root: run this again with sudo, so that the containers can read the files" >&2
    exit 1
fi
chown -R "$POSTGRES:$POSTGRES" "$folder/postgres"
chown -R "$TEMPORAL:$TEMPORAL" "$folder/temporal"
chown -R "$REELS:$REELS" "$folder/reels"
chmod -R u=rwX,go= "$folder"
