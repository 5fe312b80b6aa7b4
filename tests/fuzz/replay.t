#!/bin/sh
# Every input of the corpora, and every one that once broke something (found/), through its harness. The
# harnesses check properties of what they get; see the files there.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
export LC_ALL=C.UTF-8

inputs=0
for harness in $(sed -n '/^fuzz_harnesses/,/[^\\]$/p' "$srcdir/Makefile.am" | tr -s ' \t\\=' '\n' | sed -n 's,^tests/fuzz/,,p'); do
    run "$builddir/tests/fuzz/$harness" "$top/tests/fuzz/corpus/$harness" "$top/tests/fuzz/found/$harness"
    is "$harness: $(printf '%s' "$out" | tail -n 1)" 0 "$status" "$(tail -n 30 "$work/err")"
    inputs=$((inputs + $(printf '%s' "$out" | awk 'END { print $1 + 0 }')))
    [ "$harness" != paint ] || printf '%s\n' "$err" | sed -n 's/^paint: /# paint: /p'
done
echo "# $inputs fuzz inputs replayed"
[ "$inputs" -gt 100 ]
result $? "there were inputs"
finish
