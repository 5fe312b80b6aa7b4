#!/bin/sh
# keywright practice --auto: a whole rotation on an account of its own, with nothing of the operator's
# touched and nothing left.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
TMPDIR=$work/tmp
mkdir "$TMPDIR" "$HOME/.aws"
export TMPDIR
printf '[default]\naws_access_key_id = AKIAMINEMINEMINEMINE\naws_secret_access_key = mineminemine\n' >"$HOME/.aws/credentials"
cp "$HOME/.aws/credentials" "$work/mine"

AWS_ACCESS_KEY_ID=AKIAMINEMINEMINEMINE AWS_SECRET_ACCESS_KEY=mineminemine AWS_PROFILE=mine \
    run "$keywright" practice --auto
is "exit status" 0 "$status" "$out" "$err"
holds "each step" "$out" "-- create-new" "-- deactivate-old" "-- test" "-- delete" "done: user alice"
holds "each request" "$out" "request iam:CreateAccessKey" "request iam:UpdateAccessKey" "request iam:DeleteAccessKey" "request sts:GetCallerIdentity"
holds "a summary" "$out" "practice: rotation" "hash chain whole"
case $out$err in *MINE* | *mineminemine*) false ;; *) true ;; esac
result $? "nothing of the operator's own was used" "$out"
cmp -s "$work/mine" "$HOME/.aws/credentials"
result $? "the operator's file is as before"
is "nothing is left" "" "$(ls -A "$TMPDIR")"
[ ! -e "$HOME/.local" ]
result $? "no journal in the operator's home"

run "$keywright" practice --auto --json
is "--json: exit status" 0 "$status" "$err"
is "--json: one object" 1 "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" "$out"
holds "--json: done" "$out" '"state":"done"' '"reason":"practice"'

# Faults on demand: the first answers are late, and a wrong SPEC is a usage error of the account.
run "$keywright" practice --auto --fault throttle:ListAccessKeys --fault=reset_before:UpdateAccessKey
is "--fault: exit status" 0 "$status" "$out" "$err"
holds "--fault: the faults struck" "$out" Throttling "HTTP 400"
run "$keywright" practice --auto --fault no_such:ListAccessKeys
is "a fault that there is not: exit status" 2 "$status" "$out" "$err"
holds "a fault that there is not: says how one is written" "$err" no_such 'KIND[=VALUE]:ACTION[:SKIP[:TIMES]]'

run "$keywright" practice --fault no_such:ListAccessKeys
is "the same without a terminal: exit status" 2 "$status" "$out" "$err"
holds "the same without a terminal: the fault is what is wrong" "$err" no_such 'KIND[=VALUE]:ACTION[:SKIP[:TIMES]]'
run "$keywright" practice --fault throttle:ListAccessKeys
is "a fault without a terminal: exit status" 2 "$status" "$out" "$err"
holds "a fault without a terminal: that is what is missing" "$err" "no terminal"

run "$keywright" practice --serve --json
is "--serve has no --json: exit status" 2 "$status" "$out" "$err"
is "--serve has no --json: no secret" "" "$out"

# Ended in the middle: the account ends, the home goes.
timeout 60 "$keywright" practice --auto >"$work/out" 2>&1 </dev/null &
child=$!
children="$children $child"
for _ in $(seq 600); do
    grep -q "new key created" "$work/out" && break
    sleep 0.1
done
front=$(pgrep -P "$child" | head -n 1)
kill -TERM "${front:-$child}"
wait "$child"
is "ended in the middle: exit status" 130 $? "$(cat "$work/out")"
is "ended in the middle: nothing is left" "" "$(ls -A "$TMPDIR")"
finish
