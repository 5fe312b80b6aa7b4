#!/bin/sh
# The screen in terminals of all kinds: sizes, locales, colours, none at all; and without a network.
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" || skip_all "no practice account"
old=$(key_in "$HOME/.aws/credentials")

terminal main 80x24 || exit 99
enter_line 'keywright; echo status $?'
wait_for "> $old"
resize 60x15
shows "60x15 is usable" "> $old"
holds "with its keys" "$(screen)" 'Enter open' 'q quit'
resize 40x10
shows "smaller says what is needed" 'needs 60x15'
resize 132x43
shows "and larger is whole again" "> $old"
shows "to the last row" '\? help   q quit'
resize 80x24
wait_for '\? help   q quit'
before=$(screen)
keys C-l
sleep 0.3
is "Ctrl-L paints the same" "$before" "$(screen)"
keys '?'
shows "help" 'back one level; never quits'
keys Escape H
shows "history of nothing" 'No rotation yet'
keys / x y Escape
shows "a filter that was left" 'No rotation yet'
keys Escape q
shows "q quits" '^status 0'

terminal ascii 80x24 LC_ALL=C || exit 99
enter_line keywright
wait_for "> $old"
t capture-pane -p -t ascii | grep -q '^-----'
is "a C locale draws lines in ASCII" 0 $?
keys C-c

terminal plain 80x24 NO_COLOR=1 || exit 99
enter_line keywright
wait_for "> $old"
t capture-pane -p -e -t plain | grep -Eq "$(printf '\033')\[[0-9;]*(3[0-7]|38;5)"
is "NO_COLOR is honoured" 1 $?
keys C-c

terminal dumb 80x24 TERM=dumb || exit 99
enter_line 'keywright; echo status $?'
shows "a terminal that can show no screen says so" '(--plain|status 2)'

terminal vt100 80x24 TERM=vt100 || exit 99
enter_line keywright
shows "vt100" "> $old"
keys C-c

stop "$server"
terminal offline 80x24 || exit 99
enter_line 'keywright; echo status $?'
shows "without a network: cause and remedy" 'What to do:' 60
keys H
shows "and the screens work" 'history'
keys C-c
shows "and can be left" '^status 0'
finish
