#!/bin/sh
# Keywright on the practice account, ended by SIGKILL before and after every system call by which it
# touches the world, and resumed: over a whole rotation and over a rollback, front and keeper by turns.
# tests/sim/kill (kill.h) does it all; here it gets a folder.
TMPDIR=$("$srcdir/tests/memory-folder")
export TMPDIR
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
kill=$builddir/tests/sim/kill
[ -x "$kill" ] || skip_all "this system has no ptrace that tells of system calls"
"$kill" --work "$work"
