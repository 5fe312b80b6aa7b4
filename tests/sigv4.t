#!/bin/sh
# The signer against cases of our own, and AWS's own suites where they are at hand ($KEYWRIGHT_VECTORS,
# or vectors/ in $KEYWRIGHT_SHARED or ../shared).
check=$builddir/tests/check_sigv4
cases=$srcdir/tests/cases/sigv4
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
official=
for folder in "${KEYWRIGHT_VECTORS:-}" "${KEYWRIGHT_SHARED:-/nowhere}/vectors" "$srcdir/../shared/vectors"; do
    if [ -z "$official" ] && [ -n "$folder" ] && [ -d "$folder/sigv4" ]; then
        official=$folder/sigv4
    fi
done
number=0

result() { # STATUS NAME
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        sed 's/^/# /' "$work/out"
        echo "not ok $number - $2"
    fi
}

last() {
    tail -n 1 "$work/out"
}

echo 1..6
"$check" "$cases/golden" >"$work/out" 2>&1 && [ "$(last)" = "31 passed, 0 failed, 0 skipped" ]
result $? "our calls: $(last)"

"$check" "$cases/folders" "$cases/older" >"$work/out" 2>&1 && [ "$(last)" = "5 passed, 0 failed, 3 skipped" ]
result $? "cases of our own: $(last)"

if [ -n "$official" ]; then
    "$check" "$official" >"$work/out" 2>&1
    result $? "AWS's suites: $(last)"
else
    number=$((number + 1))
    echo "ok $number # SKIP AWS's suites are not at hand"
fi

# The tool itself: it must be able to fail, in every stage.
cp -R "$cases/folders/query-order" "$work/case" && chmod -R u+w "$work/case"
failures=0
for stage in canonical-request string-to-sign signature signed-request; do
    cp "$cases/folders/query-order/header-$stage.txt" "$work/kept"
    tr 0 1 <"$work/kept" >"$work/case/header-$stage.txt"
    "$check" "$work/case" >"$work/out" 2>&1
    [ $? = 1 ] && [ "$(last)" = "0 passed, 1 failed, 0 skipped" ] && failures=$((failures + 1))
    cp "$work/kept" "$work/case/header-$stage.txt"
done
[ "$failures" = 4 ]
result $? "a wrong result is found in each stage"

"$check" "$work/none" >"$work/out" 2>&1
[ $? = 1 ] && [ "$(last)" = "0 passed, 1 failed, 0 skipped" ]
result $? "a path that is not there fails"

"$check" "$cases/folders/presigned-only" >"$work/out" 2>&1
[ $? = 1 ] && [ "$(last)" = "0 passed, 0 failed, 1 skipped" ]
result $? "nothing but skips is not a success"
