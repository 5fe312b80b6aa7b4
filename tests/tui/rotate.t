#!/bin/sh
# A whole rotation on the screen at 80x24, on a practice account: every question answered by keys.
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" --new-key-delay 1 --status-delay 1 --report-delay 0 --log "$work/log" || skip_all "no practice account"
file=$HOME/.aws/credentials
old=$(key_in "$file")
last=$(printf '%s' "$old" | tail -c 4)
before=$(masked "$file")

terminal main 80x24 || exit 99
enter_line "keywright; echo status \$?"
shows "home lists the keys of the user" 'Access keys of alice'
shows "the full key ID, its age and that it is due" "> $old +Active +120 d due"
is "the cursor is on the marked key" "$(screen | grep -n "> $old" | cut -d: -f1)" \
    "$(($(cursor | cut -d, -f1) + 1))"
shows "the place that holds the key" 'credentials'

start_now
shows "the question names identity and target before anything is made" 'Create the new key\?' 60
holds "account, user, key and target" "$(screen)" 'User       alice' "Old key    $old" "file"
is "nothing is made yet" "$old Active" "$(keys_of alice)"
keys Enter
shows "Enter alone cancels" 'Nothing was done\. Enter asks again\.'
is "nothing is made by it" "$old Active" "$(keys_of alice)"
keys Enter
answer 'Create the new key\?'

wait_for 'Switch the old key off\?' 60
new=$(key_in "$file")
holds "both full key IDs at 80x24" "$(screen)" "old key $old" "new key $new"
holds "deactivate says that it can be undone" "$(screen)" 'This can be undone'
answer 'Switch the old key off\?'

shows "delete asks for the last four characters" 'Last four characters of the key' 90
holds "and says that it cannot be undone" "$(screen)" 'This cannot be undone.' "$old" alice 'Last used'
type_text zzzz
keys Enter
shows "other characters delete nothing" 'Nothing was deleted'
holds "the old key is still there" "$(keys_of alice)" "$old Inactive"
type_text "$last"
keys Enter
shows "done" 'Done: the old key is deleted' 60
holds "all four steps are done" "$(screen)" '[x] 1 create-new' '[x] 2 deactivate-old' '[x] 3 test' '[x] 4 delete'
is "one working key is left, the one in the file" "$new Active" "$(keys_of alice)"
is "the file is otherwise as it was" "$before" "$(masked "$file")"

keys e
shows "the events of the rotation" 'rotation opened'
keys Escape
keys Escape
shows "back home with the new key" "$new +Active +0 d" 60
keys H
shows "history has the rotation" 'done +alice'
keys Escape q
shows "q quits with 0" '^status 0'
screen | grep -q 'Go on with'
is "nothing is left to resume" 1 $?

# --- a command that is typed: nothing is run that the operator was not asked about, on the terminal itself ---
enter_line 'clear; keywright; echo status $?'
wait_for "> $new"
start_command() { # start_command CMD: rotate the marked key, handing it over to a command, with the plan "now"
    keys Enter && wait_for 'Rotate an access key' && keys BTab Down Down Down && type_text "$1" &&
        keys Tab Down Down Tab Tab Enter
}
start_command "sh -c 'cat >\"\$0\"' $work/handed"
shows "a typed command is asked about" 'May it be run\?'
holds "and shown whole" "$(screen)" "sh -c 'cat >\"\$0\"' $work/handed" 'outside of the sandbox'
keys Enter
shows "Enter is a no" 'Nothing was begun'
shows "and the home screen is back" "> $new"
start_command "sh -c 'cat >\"\$0\"' $work/handed"
wait_for 'May it be run\?' && keys Down
shows "an arrow is a no" 'Nothing was begun'
start_command "sh -c 'cat >\"\$0\"' $work/handed"
wait_for 'May it be run\?' && kill -TERM "$(pgrep -P "$(t display -p -t "$pane" "#{pane_pid}")")"
shows "a signal is a no, and ends the program" '^status 143'
[ ! -e "$work/handed" ]
result $? "the command was not run"
enter_line 'clear; keywright; echo status $?'
wait_for "> $new"
start_command "sh -c 'cat >\"\$0\"' $work/handed"
wait_for 'May it be run\?' && type_text y
answer 'Create the new key\?'
shows "after a yes the key is handed over" 'Switch the old key off\?' 60
third=$(keys_of alice | grep -v "$new" | cut -d ' ' -f 1)
holds "to the command" "$(cat "$work/handed")" "$third"
keys Escape q
wait_for 'Open rotations' && keys q
shows "which the journal has: it can be gone on with" 'Go on with'

# --- a screen that goes on with a rotation asks where that one was opened, for all services ---
sed -i 's|^endpoint_url.*|endpoint_url = http://127.0.0.1:9|' "$HOME/.aws/config"
enter_line "clear; keywright resume; echo status \$?"
wait_for 'a abandon' && keys q
wait_for 'Open rotations' && keys a
shows "an audit beside it, by one who may not" 'Could not be checked: [0-9]'
is "which asks CloudTrail and Access Analyzer there" 2 "$(grep -c 'DescribeTrails\|ListAnalyzers' "$work/log")"
keys Escape q
finish
