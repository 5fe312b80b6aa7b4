#!/bin/sh
# A rotation on the practice account on a machine that fails: no room, I/O errors, no descriptors, no
# memory, an fsync that fails, at the N-th call, for every N, once and for ever, in front and keeper; and its
# resume when the machine is sound again. machine.c has the table, trial.c what must hold.
[ -z "${KEYWRIGHT_SHORT-}" ] || { echo "1..0 # SKIP a short run was asked for (KEYWRIGHT_SHORT)"; exit 0; }
shim=$builddir/tests/fault/faultshim.so
[ -f "$shim" ] || { echo "1..0 # SKIP tests/fault/faultshim.so was not built"; exit 0; }
LD_PRELOAD=$shim true 2>/dev/null || { echo "1..0 # SKIP LD_PRELOAD does not work here"; exit 0; }
TMPDIR=$("$srcdir/tests/memory-folder")
export TMPDIR
exec "$builddir/tests/fault/machine"
