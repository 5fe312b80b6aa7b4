#!/bin/sh
# A rotation whose N-th request meets a fault of the strict peer, for every fault and every N, and its
# resume on a sound network (tests/fault/network.c).
[ -z "${KEYWRIGHT_SHORT-}" ] || { echo "1..0 # SKIP a short run was asked for (KEYWRIGHT_SHORT)"; exit 0; }
peer=$("$srcdir/tests/interop/has-peer" "$srcdir") || { echo "1..0 # SKIP $peer"; exit 0; }
TMPDIR=$("$srcdir/tests/memory-folder")
export TMPDIR
exec "$builddir/tests/fault/network" --peer "$peer"
