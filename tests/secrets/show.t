#!/bin/sh
# A pair that is shown on the terminal: while it stands there the front has nothing of it, and afterwards
# neither the screen, nor its scrollback, nor the journal has; also when the front or the keeper is killed
# in the middle. What nobody confirmed is replaced.
# shellcheck source=tests/tui/lib.sh
. "$srcdir/tests/tui/lib.sh"
# shellcheck source=tests/secrets/lib.sh
. "$srcdir/tests/secrets/lib.sh"
trap 't kill-server 2>/dev/null; cleanup' EXIT

start_practice "$HOME" --new-key-delay 0 --status-delay 0 --secrets "$work/secrets" ||
    skip_all "no practice account"
old=$(key_in "$HOME/.aws/credentials")

children_of() { # without pgrep, which not every system has
    grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3
}
named() { # named NAME PID...: those of the processes that have this name
    name=$1
    shift
    for process; do
        [ "$(cat "/proc/$process/comm" 2>/dev/null)" = "$name" ] && echo "$process"
    done
}
find_both() {
    front=$(named keywright $(children_of "$(t display -p -t "$pane" '#{pane_pid}')"))
    # the screen's keepers are children of the starter
    keeper=$(named keywright-keepe $(children_of "$front"))
    [ -n "$keeper" ] || keeper=$(named keywright-keepe $(children_of "$(children_of "$front")"))
    [ -n "$front" ] && [ -n "$keeper" ]
}
look() {
    find_both
    result $? "$1: both programs run" "$front" "$keeper"
    run "$scan" memory "$work/secrets" "$front"
    if [ "$status" = 2 ]; then
        skip "$1: the memory of both" "$err; run as root: sudo make check TESTS=tests/secrets/show.t"
    else
        is "$1: nothing in the front" 0 "$status" "$out"
        run "$scan" memory "$work/secrets" --arena "$keeper"
        is "$1: nothing but in the keeper's arena" 0 "$status" "$out"
    fi
}
clean() { # clean WHERE: the screen and all that can be scrolled to
    t capture-pane -e -p -S - -t "$pane" >"$work/scrollback"
    run "$scan" files "$work/secrets" "$work/scrollback"
    is "$1: nothing on the terminal" 0 "$status" "$out"
}
history_clean() { # only what was scrolled away
    t capture-pane -e -p -S - -E -1 -t "$pane" >"$work/scrollback"
    run "$scan" files "$work/secrets" "$work/scrollback"
    is "$1: nothing in the scrollback" 0 "$status" "$out"
}
stands_there() {
    t capture-pane -p -t "$pane" >"$work/screen"
    run "$scan" files "$work/secrets" "$work/screen"
    is "$1: the secret stands on the screen" 1 "$status" "$out"
}
pick() { wait_for 'Choice:$' 60 && type_text "$1" && keys Enter; }
usable() { # the terminal takes lines again, and shows them
    enter_line "clear; stty -a | grep -o ' icanon\| echo ' | tr -d '\\n '"
    shows "$1: the terminal is as before" '^icanonecho|^echoicanon'
}

# --- on the screen
terminal main 80x24 || exit 99
enter_line "keywright rotate --as admin --user alice --to show --plan now --settle 0; echo status \$?"
answer 'Create the new key\?'
wait_for 'Enter: show it now' 30
look "before it is shown"
clean "before it is shown"
keys q
shows "q shows nothing, and the screen is back" 'the new secret was not shown'
clean "not shown"
keys r
wait_for 'Enter: show it now' 30
keys Enter
shows "the new pair is shown" 'Enter: I have it' 30
stands_there "shown"
look "shown"
history_clean "shown"
keys Enter
shows "the receipt is asked for" 'Was the new key received\?'
clean "wiped"
keys Tab Tab Enter # Again
wait_for 'Enter: show it now' 30
keys Enter
wait_for 'Enter: I have it' 30
keys Enter
answer 'Was the new key received\?'
answer 'Switch the old key off\?'
wait_for 'Last four characters of the key' 60
look "after the receipt"
type_text "$(printf %s "$old" | tail -c 4)"
keys Enter
wait_for 'Done: the old key is deleted' 60
keys Escape
wait_for 'Access keys of alice' 30
keys q
wait_for '^status 0' 30
clean "after the end"
new=$(keys_of alice | cut -d ' ' -f 1)
[ "$(keys_of alice)" = "$new Active" ] && [ "$new" != "$old" ]
result $? "the new key is the only one" "$(keys_of alice)"

# --- line by line, and killed
# shown_plain: up to the page with the secret.
shown_plain() {
    wait_for 'Enter: show it now' 60 && keys Enter && wait_for 'Enter: I have it' 30 && find_both
}
enter_line "clear; keywright rotate --plain --as admin --user alice --to show --plan now --settle 0; echo status \$?"
pick 1
shown_plain
result $? "line by line: shown"
kill -9 "$keeper"
shows "the keeper is killed: the front says so" '^status 1'
clean "the keeper is killed"
usable "the keeper is killed"
first=$(keys_of alice | grep -v "^$new" | cut -d ' ' -f 1)
enter_line "clear; keywright resume --plain; echo status \$?"
pick 1 # switch the lost key off
wait_for 'Type the last four' 60
type_text "$(printf %s "$first" | tail -c 4)"
keys Enter
shown_plain
result $? "resumed: the lost key was replaced, and the next one is shown"
second=$(keys_of alice | grep -v "^$new" | cut -d ' ' -f 1)
[ -n "$second" ] && [ "$second" != "$first" ]
result $? "another key was made" "$(keys_of alice)"
kill -9 "$front"
# What the shell says of it may stand on the alternate screen, which the keeper then leaves.
tries=600
while [ -d "/proc/$keeper" ] && [ "$tries" -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
[ ! -d "/proc/$keeper" ]
result $? "the front is killed: the keeper has ended with it"
clean "the front is killed"
usable "the front is killed"
enter_line "clear; keywright resume --plain; echo status \$?"
pick 1
wait_for 'Type the last four' 60
type_text "$(printf %s "$second" | tail -c 4)"
keys Enter
shown_plain && kill -TERM "$front"
shows "the front is told to end: that is said where it stays" 'interrupted' 60
shows "the front is told to end: and how to go on" 'Go on with: keywright resume .*|keywright resume'
shows "the front is told to end: its exit status" '^status 130'
clean "the front is told to end"
usable "the front is told to end"
third=$(keys_of alice | grep -v "^$new" | cut -d ' ' -f 1)
enter_line "clear; keywright resume --plain; echo status \$?"
pick 1
wait_for 'Type the last four' 60
type_text "$(printf %s "$third" | tail -c 4)"
keys Enter
shown_plain && keys C-c
pick 1 # received
pick 1 # switch the old key off
wait_for 'Type the last four' 60
keys Enter # stop here
shows "and stopped before the end" '^status 3' 30
clean "stopped"
is "two keys are there, the old one off" "2 1" \
    "$(keys_of alice | grep -c .) $(keys_of alice | grep -c "^$new Inactive")"
run "$scan" files "$work/secrets" "$HOME/.local"
is "nothing in the journal" 0 "$status" "$out"
run "$keywright" resume --yes
is "what was received needs no terminal any more" 0 "$status" "$err"
finish
