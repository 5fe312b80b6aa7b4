#!/bin/sh
# Line by line on a terminal: numbered prompts, no byte that moves a cursor, Enter changes nothing.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
script=$(command -v script) || skip_all "script(1) is not installed"
"$script" --version 2>/dev/null | grep -q util-linux || skip_all "this script(1) is not util-linux's"
start_practice "$HOME" --new-key-delay 1 --status-delay 0 || result 1 "the practice account starts"
old=$(key_in "$HOME/.aws/credentials")

# on_terminal COMMAND: answers come from the pipe, one when each prompt is there.
on_terminal() {
    timeout 300 "$script" -qefc "$1" "$work/typescript" >"$work/screen" 2>&1
    status=$?
    out=$(tr -d '\r' <"$work/screen")
}
# answers WORD...: each after a prompt was printed that was not there before.
answers() {
    prompts=0
    for answer; do
        prompts=$((prompts + 1))
        for _ in $(seq 600); do
            [ "$(grep -c -e 'Choice: ' -e 'Enter: stop here: ' -e '\[y/N\] ' "$work/screen" 2>/dev/null || :)" -ge $prompts ] && break
            sleep 0.1
        done
        sleep 0.2
        printf '%s\n' "$answer"
    done
    sleep 1
}
: >"$work/screen"
command="$keywright rotate --plain --quiet 0 --soak 0 --settle 0"

answers "" | on_terminal "$command"
out=$(tr -d '\r' <"$work/screen")
holds "the first question shows who and what" "$out" "alice" "$old" "Choice: " "1. create the new key"
is "Enter leaves everything as it is" "$old Active" "$(keys_of alice)"
holds "and says how to go on" "$out" "keywright resume"
run "$keywright" status
is "the rotation is open" 3 "$status" "$out"
id=$(printf '%s\n' "$out" | sed -n 's/^rotation \([^ ]*\).*/\1/p')

: >"$work/screen"
last=$(printf '%s' "$old" | sed 's/.*\(....\)$/\1/')
answers 7 1 1 nope "$last" | on_terminal "$keywright resume --plain $id"
out=$(tr -d '\r' <"$work/screen")
holds "every step is asked and told" "$out" "is none of these" "switch the old key off" "last four characters of $old" "that is not an answer" "done: user alice"
is "the old key is gone" "$(key_in "$HOME/.aws/credentials") Active" "$(keys_of alice)"
escapes=$(tr -d '\r' <"$work/screen" | LC_ALL=C grep -c "$(printf '\033')" || :)
is "no escape sequence" 0 "$escapes"
stop "$server"

# --- abandon asks, with every key in sight; Enter is no ---
HOME=$work/two
start_practice "$HOME" --keys 2 --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
old=$(key_in "$HOME/.aws/credentials")
second=$(keys_of alice | sed "/$old/d; s/ .*//")
: >"$work/screen"
answers 1 "" | on_terminal "$keywright rotate --plain --quiet 0 --soak 0 --settle 0 --key $old"
id=$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
: >"$work/screen"
answers "" | on_terminal "$keywright abandon $id"
holds "abandon: asks, and names every key" "$(cat "$work/screen")" "$old" "$second" "[y/N]" "stays open"
run "$keywright" status
is "abandon: Enter leaves it open" 3 "$status" "$out"
: >"$work/screen"
answers y | on_terminal "$keywright abandon $id"
holds "abandon: yes closes it" "$(cat "$work/screen")" "is abandoned" "$second"
run "$keywright" status
is "abandon: and nothing is open" 0 "$status" "$out"
finish
