#!/bin/sh
# A resume and a rollback speak for whom, and talk to where, the rotation was opened with: whatever the
# environment, the profiles and the options say by then.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

# home NAME: a fresh account; its pair is in [build], the administrator's in [admin]; there is no
# [default], and the config file tells only the region.
home() {
    HOME=$work/$1
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
    sed '/^\[backup-job\]/,/^$/d; s/^\[default\]/[build]/' "$HOME/.aws/credentials" >"$work/credentials"
    cat "$work/credentials" >"$HOME/.aws/credentials"
    printf '[profile build]\nregion = us-east-1\n[profile admin]\nregion = us-east-1\n' >"$HOME/.aws/config"
    old=$(key_in "$HOME/.aws/credentials")
    secret=$(sed -n 's/^aws_secret_access_key *= *//p' "$HOME/.aws/credentials" | head -n 1)
}
config() { printf '[profile build]\nendpoint_url = %s\n[profile admin]\nendpoint_url = %s\n' "$1" "$1" >"$HOME/.aws/config"; }
open_id() { "$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'; }
begin() { # begin NAME WORD...: env(1)'s words, and a rotation that waits for its soak
    name=$1
    shift
    run env "$@" --yes --quiet 0 --soak 1h --settle 0
    is "$name: rotate waits" 3 "$status" "$out" "$err"
    id=$(open_id)
}
# What a command was handed cannot be read back by a later run.
goes_on() { # goes_on NAME WORD...: a resume with env(1)'s words reaches the end
    name=$1
    shift
    run env "$@" "$keywright" resume --yes --override soak_over=tested --override new_key_proven=received "$id"
    is "$name: resume" 0 "$status" "$out" "$err"
}
goes_back() {
    name=$1
    shift
    run env "$@" "$keywright" rollback --yes "$id"
    is "$name: rollback" 0 "$status" "$out" "$err"
}
journalled() { "$keywright" history --json "$id" | head -n 1; }

# --- nobody named a profile, and there is no [default] ---
home as
config "$endpoint"
begin "--as" "$keywright" rotate --as admin --user alice
run "$keywright" resume --yes "$id"
is "--as: a resume that only waits" 3 "$status" "$out" "$err"
goes_back "--as"
begin "--as again" "$keywright" rotate --as admin --user alice
holds "--as: the journal tells that no profile was named" "$(journalled)" '"profile_source":"none"'
goes_on "--as"
begin "--as, to a command" "$keywright" rotate --as admin --user alice --to 'command:sh -c "cat >/dev/null"'
goes_back "--as, to a command"
begin "--as, to a command, again" "$keywright" rotate --as admin --user alice --to 'command:sh -c "cat >/dev/null"'
goes_on "--as, to a command"
stop "$server"

home environment
config "$endpoint"
begin "environment" AWS_ACCESS_KEY_ID="$old" AWS_SECRET_ACCESS_KEY="$secret" AWS_ENDPOINT_URL="$endpoint" "$keywright" rotate
run "$keywright" resume --yes --profile build "$id"
is "environment: a profile that was not named is a conflict" 2 "$status" "$out" "$err"
goes_back "environment, without it"
begin "environment again" AWS_ACCESS_KEY_ID="$old" AWS_SECRET_ACCESS_KEY="$secret" AWS_ENDPOINT_URL="$endpoint" "$keywright" rotate
goes_on "environment, as it was" AWS_ACCESS_KEY_ID="$old" AWS_SECRET_ACCESS_KEY="$secret"
stop "$server"

# --- a profile that was named, or that the identity came from, is held to ---
home named
config "$endpoint"
begin "AWS_PROFILE" AWS_PROFILE=build "$keywright" rotate
holds "AWS_PROFILE: the identity's own" "$(journalled)" '"profile":"build"' '"profile_source":"identity"'
goes_on "AWS_PROFILE, without it" AWS_PROFILE=admin
begin "--profile" "$keywright" rotate --profile build
holds "--profile: by option" "$(journalled)" '"profile":"build"' '"profile_source":"option"'
run "$keywright" resume --yes --profile build "$id"
is "--profile: the same again" 3 "$status" "$out" "$err"
run "$keywright" resume --yes --profile admin "$id"
is "--profile: another" 2 "$status" "$out" "$err"
goes_on "--profile"
stop "$server"

# --- where AWS is ---
elsewhere=http://127.0.0.1:9
home endpoint
begin "AWS_ENDPOINT_URL" AWS_ENDPOINT_URL="$endpoint" AWS_REGION=eu-west-1 "$keywright" rotate --profile build
holds "AWS_ENDPOINT_URL: is journalled" "$(journalled)" '"region":"eu-west-1"' \
    "\"endpoint_iam\":\"$endpoint\"" "\"endpoint_sts\":\"$endpoint\"" \
    "\"endpoint_cloudtrail\":\"$endpoint\"" "\"endpoint_access_analyzer\":\"$endpoint\""
for option in "--endpoint-url $endpoint" "--endpoint-url $endpoint/" "--region eu-west-1"; do
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" resume --yes $option "$id"
    is "resume $option: the same" 3 "$status" "$out" "$err"
done
for option in "--endpoint-url $elsewhere" "--region us-east-1"; do
    # shellcheck disable=SC2086
    run "$keywright" resume --yes $option "$id"
    is "resume $option: another" 2 "$status" "$out" "$err"
done
goes_on "AWS_ENDPOINT_URL, to be another" AWS_ENDPOINT_URL="$elsewhere" AWS_ENDPOINT_URL_IAM="$elsewhere" AWS_USE_FIPS_ENDPOINT=true
begin "AWS_ENDPOINT_URL_IAM" AWS_ENDPOINT_URL_IAM="$endpoint" AWS_ENDPOINT_URL_STS="$endpoint/" "$keywright" rotate --profile build
holds "AWS_ENDPOINT_URL_IAM: each service" "$(journalled)" "\"endpoint_iam\":\"$endpoint\"" "\"endpoint_sts\":\"$endpoint/\""
goes_back "AWS_ENDPOINT_URL_IAM, without it"
config "$endpoint"
begin "by the profile" "$keywright" rotate --profile build
config "$elsewhere"
goes_on "by the profile, which names another by now"

# --- a resume that cannot even begin has failed, and status says so ---
begin "a keeper that cannot begin" "$keywright" rotate --profile build --endpoint-url "$endpoint"
sed -i 's/^\[build\]/[elsewhere]/' "$HOME/.aws/credentials"
printf '' >"$HOME/.aws/config"
failed() { # failed NAME WORD...
    name=$1
    shift
    run env "$@" "$keywright" resume --yes "$id"
    is "$name: resume" 1 "$status" "$out" "$err"
    run "$keywright" status
    is "$name: status" 1 "$status" "$out"
    holds "$name: status says so" "$out" "the last act failed"
    run "$keywright" history --json "$id"
    holds "$name: the journal has why" "$(printf '%s\n' "$out" | tail -n 1)" '"kind":"check_failed"' "$error"
}
error=PROFILE_UNKNOWN failed "the profile is gone"
sed -i 's/^\[elsewhere\]/[build]/' "$HOME/.aws/credentials"
run "$keywright" resume --yes "$id"
is "and it goes on when it is back" 3 "$status" "$out" "$err"
run "$keywright" status
is "status: it only waits again" 3 "$status" "$out"
error=NOT_FOUND failed "the keeper is gone" KEYWRIGHT_KEEPER="$work/nowhere"
goes_back "after failures"
stop "$server"
finish
