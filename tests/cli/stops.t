#!/bin/sh
# Runs that stop before the end: by a signal, for an MFA code, because another run has the rotation,
# at a gate, at a failing test; and what it takes to go on.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

fresh() { # fresh NAME OPTION...
    HOME=$work/$1
    shift
    start_practice "$HOME" --status-delay 0 "$@" || result 1 "the practice account starts"
    old=$(key_in "$HOME/.aws/credentials")
}
open_id() { "$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'; }
appears() { # appears WORDS FILE: at most a minute
    for _ in $(seq 600); do
        grep -q "$1" "$2" && return 0
        sleep 0.1
    done
    return 1
}

# --- signals, and a rotation in other hands ---
fresh signals --new-key-delay 10
stopped() { # stopped SIGNAL WORDS COMMAND...: the signal comes when the words have been printed
    signal=$1 words=$2
    shift 2
    : >"$work/e" # the words of the last run may not stand there until this one has begun
    "$@" >"$work/o" 2>"$work/e" </dev/null &
    run_of=$!
    appears "$words" "$work/e"
    kill -"$signal" $run_of
    wait $run_of
    is "SIG$signal: exit status" 130 $? "$(cat "$work/o" "$work/e")"
    id=$(open_id)
    holds "SIG$signal: says how to go on" "$(cat "$work/e")" "keywright resume $id"
    holds "SIG$signal: the object is printed all the same" "$(cat "$work/o")" "\"id\":\"$id\"" '"waiting_for":"'
    run "$keywright" status
    is "SIG$signal: the rotation is open and waits" 3 "$status" "$out"
}
stopped INT "new key handed over" "$keywright" rotate --yes --plan now --json
stopped TERM "target read back" "$keywright" resume --yes --json
stopped HUP "target read back" "$keywright" resume --yes --json
"$keywright" resume --yes >"$work/o" 2>&1 </dev/null &
run_of=$!
appears "target read back" "$work/o"
run "$keywright" resume --yes
is "in other hands: exit status" 3 "$status" "$out" "$err"
holds "in other hands: says so" "$err" "another keywright" "$id"
wait $run_of
is "the one that has it finishes" 0 $? "$(cat "$work/o")"
is "one key is left" "$(key_in "$HOME/.aws/credentials") Active" "$(keys_of alice)"
stop "$server"

# --- MFA ---
fresh mfa --new-key-delay 0 --mfa --policy mfa
code() { curl -s --max-time 10 "$endpoint/practice/totp?user=alice" | sed -n 's/.*"code":"\([0-9]*\)".*/\1/p'; }
run "$keywright" rotate --yes --plan now --settle 0
is "no MFA code: exit status" 3 "$status" "$out" "$err"
holds "no MFA code: says so" "$out" "MFA code"
is "no MFA code: nothing was made" "$old Active" "$(keys_of alice)"
run "$keywright" resume --yes --mfa-code "$(code)"
is "one code is used for one session: exit status" 3 "$status" "$out" "$err"
holds "one code is used for one session: the key is handed over" "$out" "new key handed over" "MFA code"
id=$(open_id)
run "$keywright" rollback --yes "$id"
[ "$status" = 3 ] || [ "$status" = 0 ]
result $? "a rollback asks for a code too, or needs none" "$out" "$err"
run "$keywright" abandon --yes "$id"
stop "$server"

# --- adopting ---
fresh adopt --new-key-delay 0 --keys 2
second=$(keys_of alice | sed "/$old/d; s/ .*//")
cp "$HOME/.aws/credentials" "$work/whole"
sed '/^\[second\]/,/^$/d' "$work/whole" >"$HOME/.aws/credentials"
run "$keywright" rotate --yes --plan now --settle 0 --new-key "$second"
is "--new-key without its pair: exit status" 1 "$status" "$out" "$err"
holds "--new-key without its pair: why and what to do" "$err" "$second" "nowhere here" "--retire"
run "$keywright" status
is "--new-key without its pair: nothing is open" 0 "$status" "$out"
cp "$work/whole" "$HOME/.aws/credentials"
run "$keywright" rotate --yes --plan now --settle 0 --new-key "$second"
is "--new-key: exit status" 0 "$status" "$out" "$err"
is "--new-key: it is the one that is left" "$second Active" "$(keys_of alice)"
is "--new-key: and in the file" "$second" "$(key_in "$HOME/.aws/credentials")"
stop "$server"

# --- tests that fail ---
fresh tests --new-key-delay 0
run "$keywright" rotate --yes --plan now --settle 0 --test 'test -e mended'
is "a failing test: exit status" 5 "$status" "$out" "$err"
holds "a failing test: gate and way out" "$err" tests_passed --override "  do: "
new=$(key_in "$HOME/.aws/credentials")
is "a failing test: the old key is off, not deleted" "$old Inactive
$new Active" "$(keys_of alice)"
run "$keywright" status
holds "a failing test: status says what it waits for" "$out" "test -e mended"
run "$keywright" resume --yes --test 'something else'
is "another test is a conflict" 2 "$status" "$err"
run "$keywright" resume --yes --override "not_last_key=x"
is "a gate that cannot be overridden" 2 "$status" "$err"
run "$keywright" resume --yes --override "tests_passed=seen by eye" --json
is "an override: exit status" 0 "$status" "$out" "$err"
is "an override: one key is left" "$new Active" "$(keys_of alice)"
stop "$server"

# --- a hand-over that fails ---
fresh handover --new-key-delay 0
cp "$HOME/.aws/credentials" "$work/before"
printf '#!/bin/sh\ncat >/dev/null\n[ -e "%s/mended" ]\n' "$work" >"$work/store"
chmod +x "$work/store"
run "$keywright" rotate --yes --plan now --settle 0 --to "command:$work/store"
is "a command that fails: exit status" 1 "$status" "$out" "$err"
holds "a command that fails: what, why, what to do" "$err" "store ended with status 1" "  do: "
is "a command that fails: the old key is as it was" "$old Active" "$(keys_of alice | grep "$old")"
cmp -s "$work/before" "$HOME/.aws/credentials"
result $? "a command that fails: the file is as it was"
id=$(open_id)
touch "$work/mended"
run "$keywright" rollback --yes "$id"
is "a command that fails: rolled back" 0 "$status" "$out" "$err"
is "a command that fails: the old key alone is left" "$old Active" "$(keys_of alice)"
stop "$server"
finish
