#!/bin/sh
# Keys of others: an administrator rotates them (--as, --user), and the new pair goes where its owner
# reads it. Never over the administrator's own.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

fresh() { # fresh NAME: an account, and a home for the program
    HOME=$work/$1
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
    old=$(key_in "$HOME/.aws/credentials")
}
pair_of() { # pair_of PROFILE FILE: "ID SECRET"
    sed -n "/^\[$1\]/,/^\[/s/^ *aws_access_key_id *= *//p; /^\[$1\]/,/^\[/s/^ *aws_secret_access_key *= *//p" \
        "$2" | tr '\n' ' ' | sed 's/ $//'
}
nothing_made() {
    is "$1: no key was made" "$old Active" "$(keys_of alice)"
    [ ! -e "$HOME/.local/state/keywright/journal.db" ] || [ -z "$("$keywright" history)" ]
    result $? "$1: nothing is open" "$("$keywright" history)"
}
rotate() { run "$keywright" rotate --as admin --user alice --yes --plan now --settle 0 "$@"; }

# --- show, and nobody to see it
fresh show
rotate --to show
is "show with --yes: exit status" 2 "$status" "$out" "$err"
holds "show with --yes: why" "$err" "nobody is there" "nothing was done"
run "$keywright" rotate --as admin --user alice --to show --json
is "show with --json: exit status" 2 "$status" "$out" "$err"
holds "show with --json: why" "$err" "--json for a program"
run "$keywright" rotate --as admin --user alice --to show
is "show without a terminal: exit status" 2 "$status" "$out" "$err"
holds "show without a terminal: why" "$err" "needs a terminal"
if command -v script >/dev/null 2>&1; then
    run env TERM=dumb script -qec "'$keywright' rotate --plain --as admin --user alice --to show" /dev/null
    is "show on a terminal that cannot wipe: exit status" 2 "$status" "$out" "$err"
    holds "show on a terminal that cannot wipe: why" "$out$err" "TERM=dumb"
else
    skip "show on a terminal that cannot wipe" "script(1) is not installed"
fi
nothing_made "show"
run "$keywright" rotate --as admin --user alice --to show --dry-run
is "show, dry: exit status" 0 "$status" "$out" "$err"
holds "show, dry: the target" "$out" "show (cannot be read back)"

# --- somebody else's profile
before=$(cat "$HOME/.aws/credentials")
rotate --to file:admin
is "the signer's own profile: exit status" 1 "$status" "$out" "$err"
holds "the signer's own profile: why" "$err" "no profile admin in an AWS file holds $old" \
    "it holds $(pair_of admin "$HOME/.aws/credentials" | cut -d ' ' -f 1)" "would be lost"
rotate --to file:nobody
is "a profile that is not there: exit status" 1 "$status" "$out" "$err"
holds "a profile that is not there: why" "$err" "no profile nobody in an AWS file holds $old"
run "$keywright" rotate --profile admin --user alice --to file:admin --yes --plan now
is "without --as: exit status" 1 "$status" "$out" "$err"
run "$keywright" rotate --profile admin --user alice --to file:default --to file:admin --yes --plan now
is "one of two targets: exit status" 1 "$status" "$out" "$err"
is "no file was changed" "$before" "$(cat "$HOME/.aws/credentials")"
nothing_made "somebody else's profile"

# --- the owner's profile
admin=$(pair_of admin "$HOME/.aws/credentials")
rotate --to file:default --to file:backup-job
is "the owner's profiles: exit status" 0 "$status" "$out" "$err"
is "the administrator's pair is as it was" "$admin" "$(pair_of admin "$HOME/.aws/credentials")"
new=$(keys_of alice | cut -d ' ' -f 1)
is "the owner has the new key, twice" "$new $new" \
    "$(pair_of default "$HOME/.aws/credentials" | cut -d ' ' -f 1) $(pair_of backup-job "$HOME/.aws/credentials" | cut -d ' ' -f 1)"

# --- a command: encrypted for its owner
gpg_key() {
    export GNUPGHOME="$work/gpg"
    mkdir -m 700 "$GNUPGHOME" &&
        printf 'Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\nName-Email: alice@example.org\n%%no-protection\n%%commit\n' |
        timeout 60 gpg --batch --quiet --gen-key >"$work/gpg.log" 2>&1
}
if ! command -v gpg >/dev/null 2>&1; then
    skip "encrypted for the owner" "gpg is not installed"
elif ! gpg_key; then
    skip "encrypted for the owner" "gpg makes no key here: $(head -n 1 "$work/gpg.log")"
else
    fresh gpg
    to="command:gpg --batch --yes --quiet --trust-model always --recipient alice@example.org --output '$work/pair.gpg' --encrypt"
    rotate --to "$to" --verify "sh -c 'gpg --batch --quiet --decrypt $work/pair.gpg'"
    is "gpg: exit status" 0 "$status" "$out" "$err"
    new=$(keys_of alice | cut -d ' ' -f 1)
    gpg --batch --quiet --decrypt "$work/pair.gpg" >"$work/pair.json" 2>"$work/gpg.log"
    holds "gpg: what was encrypted is a credential_process" "$(cat "$work/pair.json")" \
        "{\"Version\":1,\"AccessKeyId\":\"$new\",\"SecretAccessKey\":\""
    secret=$(sed 's/.*"SecretAccessKey":"\([^"]*\)".*/\1/' "$work/pair.json")
    printf '[default]\nregion = us-east-1\nendpoint_url = %s\n' "$endpoint" >"$work/config"
    run env AWS_CONFIG_FILE="$work/config" AWS_SHARED_CREDENTIALS_FILE="$work/none" \
        AWS_ACCESS_KEY_ID="$new" AWS_SECRET_ACCESS_KEY="$secret" "$keywright" keys
    is "gpg: the owner's pair works" 0 "$status" "$out" "$err"
    holds "gpg: as the owner" "$out" "$new"
    case $(tr -d '\0' <"$work/pair.gpg") in *"$secret"*) false ;; *) true ;; esac
    result $? "gpg: it is encrypted"
    fresh gpg-nobody
    rotate --to "command:gpg --batch --yes --quiet --trust-model always --recipient bob@example.org --output '$work/bob.gpg' --encrypt"
    is "gpg without the key: exit status" 1 "$status" "$out" "$err"
    holds "gpg without the key: gpg's own words" "$out$err" "gpg ended with status 2" "encryption failed"
    gpgconf --kill all >/dev/null 2>&1
fi

# --- a role signs, which the account lets alice assume; its session is named as the profile says
fresh role
cat >>"$HOME/.aws/config" <<EOF

[profile ops]
region = us-east-1
endpoint_url = $endpoint
role_arn = arn:aws:iam::123456789012:role/rotation
source_profile = default
role_session_name = ops-of-night
external_id = customer-42
duration_seconds = 1800
EOF
run "$keywright" rotate --as ops --user alice --yes --plan now --settle 0 --to file:default --to file:backup-job
is "a role signs: exit status" 0 "$status" "$out" "$err"
holds "a role signs: the session's name" "$out" ":assumed-role/rotation/ops-of-night"
new=$(keys_of alice)
case $new in "$old "*) false ;; *" Active") true ;; *) false ;; esac
result $? "a role signs: rotated" "$new"

# --- a key in wrong hands
fresh compromised
rotate --as rotation-role --compromised --key "$old"
is "a session of the compromised key: exit status" 2 "$status" "$out" "$err"
holds "a session of the compromised key: why" "$err" "a session of the compromised key $old" "--as PROFILE"
run "$keywright" rotate --compromised --yes --dry-run
is "the compromised key itself, dry: exit status" 2 "$status" "$out" "$err"
nothing_made "compromised"
run "$keywright" rotate --compromised --as admin --dry-run
is "compromised, dry: exit status" 0 "$status" "$out" "$err"
is "compromised, dry: in which order" "UpdateAccessKey CreateAccessKey DeleteAccessKey" \
    "$(printf '%s\n' "$out" | sed -n 's/^  W iam:\([A-Za-z]*\) .*/\1/p' | tr '\n' ' ' | sed 's/ $//')"
run "$keywright" rotate --compromised --as admin --yes --settle 0
is "compromised: waits for its soak alone" 3 "$status" "$out" "$err"
holds "compromised: what to do besides" "$out" "sessions" "keywright policy revoke-sessions" "keywright usage $old"
holds "compromised: quiet is not waited for" "$out" "waiting: soak:"
id=$("$keywright" status --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
holds "compromised: the state" "$("$keywright" status --json)" '"state":"tested"'
run "$keywright" rollback "$id" --dry-run
holds "compromised: a rollback says it, dry" "$err" "$old, the compromised key, would be Active again"
if command -v script >/dev/null 2>&1; then
    run sh -c 'echo n | script -qec "$1 rollback --plain $2" /dev/null' - "$keywright" "$id"
    is "compromised: a rollback that is not confirmed" 3 "$status" "$out"
    holds "compromised: and is told what it means" "$out" "A rollback makes $old, the compromised key, Active again"
    holds "compromised: is not done" "$(keys_of alice)" "$old Inactive"
else
    skip "compromised: a rollback that is not confirmed" "script(1) is not installed"
fi
run "$keywright" resume "$id" --yes --override soak_over=seen
is "compromised: goes on to its end" 0 "$status" "$out" "$err"
case $out in *revoke-sessions*) false ;; *) true ;; esac
result $? "compromised: what was said is not said again" "$out"
new=$(keys_of alice)
case $new in "$old "*) false ;; *" Active") true ;; *) false ;; esac
result $? "compromised: rotated" "$new"
old=${new% *}
run "$keywright" rotate --compromised --as admin --yes --settle 0
id=$("$keywright" status --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
run "$keywright" rollback "$id" --yes
is "compromised: a rollback" 0 "$status" "$out" "$err"
holds "compromised: is said, and done" "$out$(keys_of alice)" "Active again" "$old Active"
finish
