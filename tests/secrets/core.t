#!/bin/sh
# Front, keeper and launcher leave no core file when they crash, whatever the limit was.
# shellcheck source=tests/secrets/lib.sh
. "$srcdir/tests/secrets/lib.sh"

case $(cat /proc/sys/kernel/core_pattern) in
"|"* | /* | "") skip_all "core files go elsewhere on this machine: set kernel.core_pattern to 'core' to run it" ;;
esac
ulimit -c unlimited 2>/dev/null || skip_all "the limit on core files cannot be raised here"
mkdir "$work/here"
cd "$work/here" || exit 99

mkfifo "$work/in" "$work/out.fifo"
"$scan" dump <"$work/in" >"$work/out.fifo" &
control=$!
exec 8>"$work/in"
timeout 120 head -n 1 "$work/out.fifo" >/dev/null
kill -SEGV "$control"
wait "$control" 2>/dev/null
exec 8>&-
[ -n "$(ls)" ] || skip_all "a process that crashes leaves no core file here: kernel.core_pattern, or the file system"
result 0 "a control process leaves a core file"
rm -f -- *

children_of() { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3; }

# crash NAME SIGNAL WHICH: a rotation is held in its test, and one of its processes crashes.
crash() {
    rm -f "$work/held"
    HOME=$work/$2-$3
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
    "$keywright" rotate --yes --plan now --settle 0 --test "touch $work/held; exec sleep 30" \
        >"$work/run.out" 2>&1 </dev/null &
    front=$!
    children="$children $front"
    tries=600
    while [ ! -e "$work/held" ] && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
    keeper=$(children_of $front | head -n 1)
    launcher=$(children_of "$keeper" | head -n 1)
    case $3 in
    front) victim=$front ;;
    keeper) victim=$keeper ;;
    *) victim=$launcher ;;
    esac
    [ -n "$victim" ] && kill "-$2" "$victim"
    result $? "$1 is there to crash" "$(cat "$work/run.out")"
    tries=600
    while kill -0 "$victim" 2>/dev/null && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
    kill "$front" 2>/dev/null
    wait "$front" 2>/dev/null
    children=$(printf '%s' "$children" | sed "s/ $front\$//")
    is "$1, SIG$2: no core file" "" "$(ls "$work/here" "$HOME" | grep -i core)"
    stop "$server"
}
crash "the keeper" ABRT keeper
crash "the keeper" SEGV keeper
crash "the front" SEGV front
crash "the launcher" SEGV launcher
finish
