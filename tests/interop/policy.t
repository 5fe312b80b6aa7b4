#!/bin/sh
# The policies that `keywright policy` prints, put on users of the strict peer: self and admin are enough
# for all that Keywright does for their holders, and each action in them is needed; require-mfa and the
# policies of an organization refuse what they say and nothing else.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }
asks=$top/tests/interop/policy.py
ask() { "$python" "$asks" "$@"; }
for name in self admin require-mfa scp-deny-create-key scp-deny-root scp-require-mfa; do
    "$keywright" policy "$name" >"$work/$name.json"
done
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}' >"$work/all.json"

# holder NAME FILE KEYS [MORE...]: a user of the peer with this document. Sets $key_id, $secret, $serial.
holder() {
    # shellcheck disable=SC2046 # words are meant
    set -- "$3" $(ask user "$admin" "$@")
    key_id=$2 secret=$3 serial=
    [ "$1" = 2 ] && serial=${6-} || serial=${4-}
}
# The account's alias is asked for where somebody is asked to confirm, and done without.
needed() { ask actions "$1" | sed 's/iam:ListAccountAliases *//; s/ *$//'; }
# After a refusal an MFA device is looked for, which may help.
refused() { ask denied "$log" "$1" | sed 's/iam:ListMFADevices *//; s/ *$//'; }
quiet=2s
rotate() { run "$keywright" rotate --yes --settle 0 --consistency 2s --quiet $quiet --soak 0 "$@"; }
# The last use of a key is needed where the quiet time is waited for; elsewhere that costs time only.
quiet_for() { [ "$1" = iam:GetAccessKeyLastUsed ] && quiet=2s || quiet=0; }
undo() { run "$keywright" rollback --yes "$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)"; }

# --- self ---------------------------------------------------------------------------------------------

holder alice "$work/self.json" 1
home alice
rotate
is "self is enough for a rotation" 0 "$status" "$out" "$err"
run "$keywright" rotate --yes --settle 0 --plan today
is "self: a rotation that waits" 3 "$status" "$out" "$err"
undo
is "self is enough for a rollback" 0 "$status" "$out" "$err"
run "$keywright" keys
is "self is enough for keys" 0 "$status" "$out" "$err"
is "self: nothing was refused for want of permission" "" "$(ask denied "$log" alice)"
is "self: every action of it was called, and no other" "$(needed "$work/self.json")" "$(ask called "$log" alice)"

number=0
for action in $(needed "$work/self.json"); do
    ask without "$work/self.json" "$action" >"$work/less.json"
    number=$((number + 1))
    quiet_for "$action"
    holder "less$number" "$work/less.json" 1
    home less
    rotate
    denied=$(refused "less$number")
    [ "$status" != 0 ] && [ "$denied" = "$action" ]
    result $? "self without $action is not enough, for that action" "status $status, denied: $denied" "$out" "$err"
done

# --- admin --------------------------------------------------------------------------------------------

# boss NAME FILE: an administrator with this document, in a home that has a worker's key. Sets $worker.
boss() {
    holder "$1" "$2" 1
    boss_id=$key_id boss_secret=$secret worker=worker-of-$1
    user "$worker" none
    home "$1"
    printf '\n[boss]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$boss_id" "$boss_secret" \
        >>"$HOME/.aws/credentials"
    printf '[profile boss]\nendpoint_url = %s\n' "$endpoint" >>"$HOME/.aws/config"
}
# Everything that only an administrator does; $status of the first that fails.
administer() {
    rotate --as boss --user "$worker" --key "$key_id"
    [ "$status" = 0 ] || return 0
    run "$keywright" keys --profile boss --all-users
    [ "$status" = 0 ] || return 0
    run "$keywright" usage --profile boss "$boss_id"
}
quiet=2s
boss ada "$work/admin.json"
administer
is "admin is enough to replace another user's key, to see all and who used them" 0 "$status" "$out" "$err"
is "admin: nothing was refused for want of permission" "" "$(ask denied "$log" ada)"
is "admin: every action of it was called, and no other" "$(needed "$work/admin.json")" "$(ask called "$log" ada)"
number=0
for action in $(needed "$work/admin.json"); do
    ask without "$work/admin.json" "$action" >"$work/less.json"
    number=$((number + 1))
    quiet_for "$action"
    boss "lessadmin$number" "$work/less.json"
    administer
    denied=$(refused "lessadmin$number")
    [ "$status" != 0 ] && [ "$denied" = "$action" ]
    result $? "admin without $action is not enough, for that action" "status $status, denied: $denied" "$out" "$err"
done
finish
