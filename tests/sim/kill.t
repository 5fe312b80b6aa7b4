#!/bin/sh
# Keywright on the practice account, ended by SIGKILL before and after every system call by which it
# touches the world, and resumed: over a whole rotation and over a rollback, front and keeper by turns.
# tests/sim/kill (kill.h) does it all; here it gets a folder. One in memory is as good as one on a disk:
# what a killed process had written stays, whether it was synced or not. (Power cuts are another test.)
TMPDIR=$(
    for folder in /dev/shm "${TMPDIR-}" /tmp; do
        free=$(df -Pk "$folder" 2>/dev/null | awk 'NR == 2 { print $4 }')
        [ -w "$folder" ] && [ "${free:-0}" -gt 100000 ] && echo "$folder" && break
    done
)
export TMPDIR="${TMPDIR:-/tmp}"
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
kill=$builddir/tests/sim/kill
[ -x "$kill" ] || skip_all "this system has no ptrace that tells of system calls"
"$kill" --work "$work"
