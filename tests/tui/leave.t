#!/bin/sh
# Leaving at any point: Ctrl-C says how to resume, and resuming or rolling back works; Ctrl-Z and fg;
# Esc never quits; the terminal is as it was. The user may see the account's alias.
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" --policy admin --new-key-delay 1 --status-delay 1 || skip_all "no practice account"
file=$HOME/.aws/credentials
old=$(key_in "$file")

terminal main 80x24 || exit 99
# One job for the shell, so that Ctrl-Z stops it as a whole.
cat >"$HOME/session" <<'SH'
stty -g >~/before
keywright
echo status $?
stty -g >~/after
SH
enter_line 'sh ~/session'
wait_for "> $old" || exit 99
keys Escape Escape Escape
sleep 0.3
shows "Esc never quits" 'Access keys of alice'
keys C-z
shows "Ctrl-Z suspends" 'ready\$'
enter_line fg
shows "fg comes back" 'Access keys of alice'
start_now
shows "the account is named by its alias, too" 'Account +practice-account, [0-9]{12} \(aws\)' 60
answer 'Create the new key\?'
wait_for 'Switch the old key off\?' 60
keys C-c
shows "Ctrl-C in a dialog leaves with 130" '^status 130' 60
shows "and says how to go on" 'Go on with: keywright resume 2'
wait_for '^ready\$$'
cmp -s "$HOME/before" "$HOME/after"
is "the terminal's modes are as they were" 0 $?
holds "both keys are there" "$(keys_of alice)" "$old Active"

id=$("$keywright" status | grep -o '2[0-9]*-[a-z0-9]*' | head -n 1)
enter_line 'clear; keywright; echo status $?'
shows "home has the open rotation on top" "> $id +alice +proven"
keys Enter
shows "Enter goes on with it" 'Switch the old key off\?' 60
keys Escape b
shows "rollback asks first" 'Roll back\?'
keys Enter
wait_for 'Next'
keys b
answer 'Roll back\?'
shows "rolled back" 'Rolled back: the old key is in its place again' 90
is "the old key works alone" "$old Active" "$(keys_of alice)"
is "and is back in the file" "$old" "$(key_in "$file")"
keys q q
shows "quits with 0" '^status 0'

# Signals from elsewhere: the terminal is given back, and the alternate screen left.
command -v pgrep >/dev/null 2>&1 || finish
for signal in TERM SEGV; do
    rm -f "$HOME/after"
    enter_line 'clear; sh ~/session'
    wait_for 'Access keys of alice'
    pid=$(pgrep -n -x -t "$(t display -p -t "$pane" "#{pane_tty}" | sed "s|/dev/||")" keywright)
    kill "-$signal" "$pid"
    shows "SIG$signal ends it" '^status 1(43|39)'
    wait_for '^ready\$$'
    cmp -s "$HOME/before" "$HOME/after"
    is "and the terminal's modes are as they were" 0 $?
done
finish
