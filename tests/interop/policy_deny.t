#!/bin/sh
# The printed policies that refuse, put beside one that allows all, on users of the strict peer: each refuses what it
# says and nothing else. (The peer knows no organizations: what a service control policy denies is denied
# in the same way when it hangs on a user.)
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }
asks=$top/tests/interop/policy.py
ask() { "$python" "$asks" "$@"; }
echo '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}' >"$work/all.json"

# holder NAME POLICY [MORE...]: a user who may do all but what this policy denies; its home. Sets $key_id,
# $secret, $serial. A time in the policy is $until, when that is set.
holder() {
    "$keywright" policy "$2" | sed "s/20[0-9T:-]*Z/${until:-&}/" >"$work/policy.json"
    ask merge "$work/all.json" "$work/policy.json" >"$work/both.json"
    name=$1
    shift 2
    # shellcheck disable=SC2046 # words are meant
    set -- $(ask user "$admin" "$name" "$work/both.json" 1 "$@")
    key_id=$1 secret=$2 serial=${3-}
    home "$name"
}
rotate() { run "$keywright" rotate --yes --settle 0 --consistency 2s --plan now "$@"; }

holder carl scp-deny-create-key
rotate
is "scp-deny-create-key: without the tag no key is made" "1 iam:CreateAccessKey" "$status $(ask denied "$log" carl)" "$err"
holder cora scp-deny-create-key tag=keywright-may-create-keys=true
rotate
is "scp-deny-create-key: with the tag a key is replaced" "0 " "$status $(ask denied "$log" cora)" "$err"
holder cole scp-deny-create-key tag=keywright-may-create-keys=no
rotate
is "scp-deny-create-key: the value of the tag counts" "1 iam:CreateAccessKey" "$status $(ask denied "$log" cole)" "$err"

holder rita scp-deny-root
rotate
is "scp-deny-root: a user is not concerned" "0 " "$status $(ask denied "$log" rita)" "$err"

# A session that is taken before the time is one that was taken before the policy was printed.
holder rena revoke-sessions
rotate
is "revoke-sessions: a key is not concerned" "0 " "$status $(ask denied "$log" rena)" "$err"
until=2099-01-01T00:00:00Z
holder rolf revoke-sessions mfa
until=
sed -i "s|^\[default\]|&\nmfa_serial = $serial|" "$HOME/.aws/config"
rotate --mfa-code "$(ask totp "$admin" "$serial")"
[ "$status" != 0 ] && ! grep -q '"action": "CreateAccessKey"' "$log"
result $? "revoke-sessions: a session that was taken before makes no key" "status $status" "$err"
is "revoke-sessions: and the list is what was refused" "iam:ListAccessKeys" \
    "$(ask denied "$log" rolf | tr ' ' '\n' | grep -v LastUsed)"

for policy in require-mfa scp-require-mfa; do
    holder "no-code-$policy" $policy
    rotate
    [ "$status" != 0 ] && ! grep -q '"action": "CreateAccessKey"' "$log"
    result $? "$policy: without MFA no key is made" "status $status" "$err"
    is "$policy: and the list is what was refused" "iam:ListAccessKeys" \
        "$(ask denied "$log" "no-code-$policy" | tr ' ' '\n' | grep -v LastUsed)"
    holder "code-$policy" $policy mfa
    sed -i "s|^\[default\]|&\nmfa_serial = $serial|" "$HOME/.aws/config"
    rotate --mfa-code "$(ask totp "$admin" "$serial")"
    [ "$status" = 3 ] && grep -q '"action": "CreateAccessKey"' "$log"
    result $? "$policy: with a code a key is made, and the next code is waited for" "status $status" "$out" "$err"
done
finish
