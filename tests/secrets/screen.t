#!/bin/sh
# A rotation on the screen: at each question, and at home, both programs are looked into while they wait;
# nothing secret is in the scrollback of the terminal, then or after the end.
# shellcheck source=tests/tui/lib.sh
. "$srcdir/tests/tui/lib.sh"
# shellcheck source=tests/secrets/lib.sh
. "$srcdir/tests/secrets/lib.sh"
trap 't kill-server 2>/dev/null; cleanup' EXIT

start_practice "$HOME" --new-key-delay 1 --status-delay 1 --secrets "$work/secrets" ||
    skip_all "no practice account"

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

# look WHERE: into the front, the keeper and what it started, and the scrollback.
look() {
    where=$1
    front=$(named keywright $(children_of "$(t display -p -t "$pane" '#{pane_pid}')"))
    keeper=$(children_of "$front")
    [ -n "$front" ] && [ -n "$keeper" ]
    result $? "$where: both programs run" "$front" "$keeper"
    run "$scan" memory "$work/secrets" "$front"
    if [ "$status" = 2 ]; then
        skip "$where: the memory of both" "$err; run as root: sudo make check TESTS=tests/secrets/screen.t"
    else
        is "$where: nothing in the front" 0 "$status" "$out"
        # shellcheck disable=SC2086
        run "$scan" memory "$work/secrets" --arena $keeper $(children_of "$keeper")
        is "$where: nothing but in the keeper's arenas" 0 "$status" "$out"
    fi
    scrollback
}
scrollback() {
    t capture-pane -e -p -S - -t "$pane" >"$work/scrollback"
    run "$scan" files "$work/secrets" "$work/scrollback"
    is "$where: nothing in the scrollback" 0 "$status" "$out"
}

printf '%s\n' "$(sed -n 's/^secret-[A-Z0-9]* //p' "$work/secrets" | head -n 1)" >"$work/planted"
terminal main 80x24 || exit 99
enter_line "cat $work/planted"
wait_for "$(cut -c 1-10 "$work/planted" | sed 's/[+]/./g')"
t capture-pane -e -p -S - -t "$pane" >"$work/scrollback"
run "$scan" files "$work/secrets" "$work/scrollback"
is "a secret that is on the screen is found" 1 "$status" "$out"
enter_line clear
sleep 0.5
t clear-history -t "$pane"

old=$(key_in "$HOME/.aws/credentials")
enter_line "keywright; echo status \$?"
wait_for "> $old" 30
look "home"
start_now
wait_for 'Create the new key\?' 30
look "before the new key is made"
answer 'Create the new key\?'
wait_for 'Switch the old key off\?' 90
look "after the hand-over"
answer 'Switch the old key off\?'
wait_for 'Last four characters of the key' 90
look "before the end"
type_text "$(printf %s "$old" | tail -c 4)"
keys Enter
wait_for 'Done: the old key is deleted' 90
look "done"
keys Escape
wait_for 'Access keys of alice' 30
keys q
wait_for '^status 0' 30
where="after the end"
scrollback
run "$scan" files "$work/secrets" "$HOME/.local"
is "after the end: nothing in the journal" 0 "$status" "$out"
finish
