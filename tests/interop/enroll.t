#!/bin/sh
# mfa enroll on the strict peer, in a terminal, by a user that may do what `policy mfa` says and no more: a
# device made and enabled, wrong codes first; one that a killed run left, removed by the next; a second
# one, with a session of the first. And mfa status of one and all, by those who may look.
# shellcheck source=tests/tui/lib.sh
. "$srcdir/tests/tui/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }
asks=$top/tests/interop/policy.py
ask() { "$python" "$asks" "$@"; }
for name in mfa audit; do "$keywright" policy "$name" >"$work/$name.json"; done
serial=arn:aws:iam::123456789012:mfa
code_of() { "$python" "$helper" code "$admin" "$serial/$1" "$2"; }
holder() { # holder NAME FILE
    # shellcheck disable=SC2046 # words are meant
    set -- "$1" $(ask user "$admin" "$1" "$2" 1)
    key_id=$2 secret=$3
    home "$1"
}
received() { grep -c "\"action\": \"$1\"" "$log"; }
front() { grep -ls "^PPid:[[:space:]]*$(t display -p -t "$pane" '#{pane_pid}')\$" /proc/[0-9]*/status | cut -d / -f 3; }

# --- enrolled -----------------------------------------------------------------------------------------
holder eve "$work/mfa.json"
terminal main 80x24 || exit 99
enter_line "keywright mfa enroll --name left --yes; echo status \$?"
wait_for 'about to be shown' && keys Enter
shows "the QR code of a seed as long as AWS's has room at 80x24" 'Scan it with'
kill -KILL "$(front)"
wait_for 'Killed'
enter_line "clear; keywright mfa enroll; echo status \$?"
shows "what a killed run left is removed" "left $serial/left, which nobody has"
shows "and then it is asked" 'Make this MFA device'
is "AWS deleted it" 1 "$(received DeleteVirtualMFADevice)"
enter_line y
wait_for 'about to be shown' && keys Enter
wait_for 'Scan it with' && keys Enter
wait_for 'First code; Enter: stop:$' && enter_line 000000
wait_for 'The code after it; Enter: stop:$' && enter_line 000001
shows "wrong codes are told" 'MFA code was not accepted'
two_codes eve
wait_for 'First code; Enter: stop:$' && enter_line "$first"
wait_for 'The code after it; Enter: stop:$' && enter_line "$second"
shows "two codes enable it" "Enabled: $serial/eve is an MFA device of eve"
shows "with success" '^status 0'
is "policy mfa is enough" "" "$(ask denied "$log" eve)"
is "and each action of it was called, and no other" "$(ask actions "$work/mfa.json")" "$(ask called "$log" eve)"
found=$("$python" "$helper" log "$log" "$key_id")
result $? "every request was verified, without lint" "$found"
run "$keywright" mfa status
is "the user has a device now" 0 "$status" "$out" "$err"
holds "and it is told" "$out" "$serial/eve"

# --- a second one -------------------------------------------------------------------------------------
enter_line "clear; keywright mfa enroll --name spare --yes; echo status \$?"
wait_for "MFA code of $serial/eve; Enter: stop here:$" && enter_line 000000
shows "a wrong code of the first device is told" 'MFA code was not accepted'
tell /config '{"clock_offset": 90}' # beyond the codes that enabled it
wait_for 'stop here:$' && enter_line "$(code_of eve 0)"
wait_for 'about to be shown' && keys Enter
wait_for 'Scan it with' && keys q
shows "who stops leaves nothing" 'mfa/spare was removed again'

# --- a session ------------------------------------------------------------------------------------------
tell /config '{"clock_offset": 180}'
run "$keywright" mfa login --mfa-code 000000 --profile-out work
is "a wrong code is refused" 3 "$status" "$err"
run "$keywright" mfa login --mfa-command "$python $helper code $admin $serial/eve 1" --profile-out work --duration 1h
is "a command prints the code, and the session is written" 0 "$status" "$err"
run "$keywright" mfa status --profile work --endpoint-url "$endpoint"
is "it works" 0 "$status" "$out" "$err"
found=$(head -c "$(wc -c <"$HOME/before")" "$HOME/.aws/credentials" | cmp - "$HOME/before" 2>&1)
is "behind all that was in the file" "" "$found"

# --- by others ----------------------------------------------------------------------------------------
for action in iam:CreateVirtualMFADevice iam:EnableMFADevice; do
    ask without "$work/mfa.json" "$action" >"$work/less.json"
    who=no${action#iam:}
    holder "$who" "$work/less.json"
    enter_line "export HOME=$HOME"
    enter_line "clear; keywright mfa enroll --yes; echo status \$?"
    if [ "$action" = iam:EnableMFADevice ]; then
        wait_for 'about to be shown' && keys Enter
        wait_for 'Scan it|Key: ' && keys Enter
        two_codes "$who"
        wait_for 'First code; Enter: stop:$' && enter_line "$first"
        wait_for 'The code after it; Enter: stop:$' && enter_line "$second"
    fi
    shows "without $action it fails" '^status [1-9]'
    case $action in
    *Enable*) shows "and takes its device away again" "mfa/$who was removed again" ;;
    esac
    is "for want of that action" "$action" "$(ask denied "$log" "$who")"
done
holder ann "$work/audit.json"
run "$keywright" mfa status --all-users
is "policy audit is enough for the status of all" "4 " "$status $(ask denied "$log" ann)" "$err"
holds "who has one and who has none" "$out" "$serial/eve" 'no MFA device'
finish
