#!/bin/sh
# A rotation whose N-th request meets a fault of the practice account, for every fault and every N, and
# its resume on a sound network. network.c is the walk, network_rows.c has the table, trial_check.c
# what must hold. Where a strict peer is there, tests/interop/network.t walks the same faults on it.
[ -z "${KEYWRIGHT_SHORT-}" ] || { echo "1..0 # SKIP a short run was asked for (KEYWRIGHT_SHORT)"; exit 0; }
if [ -z "${KEYWRIGHT_LONG-}" ] && "$srcdir/tests/interop/has-peer" "$srcdir" >/dev/null; then
    echo "1..0 # SKIP tests/interop/network walks the same faults on the strict peer (KEYWRIGHT_LONG=1 walks both)"
    exit 0
fi
TMPDIR=$("$srcdir/tests/memory-folder")
export TMPDIR
exec "$builddir/tests/fault/network"
