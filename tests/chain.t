#!/bin/sh
# From a profile to its credentials, against the SDKs' own cases where they are at hand
# ($KEYWRIGHT_VECTORS, or vectors/ in $KEYWRIGHT_SHARED or ../shared). Our own are in
# tests/unit/profile.c and tests/unit/keeper_sources.c.
check=$builddir/tests/check_chain
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
official=
for folder in "${KEYWRIGHT_VECTORS-}" "${KEYWRIGHT_SHARED-}/vectors" "$srcdir/../shared/vectors"; do
    if [ -z "$official" ] && [ -f "$folder/chain/assume-role-tests.json" ]; then
        official=$folder/chain/assume-role-tests.json
    fi
done

echo 1..2
if [ -n "$official" ]; then
    "$check" "$official" >"$work/out" 2>&1
    status=$?
    sed 's/^/# /' "$work/out"
    [ $status = 0 ] || printf 'not '
    echo "ok 1 - cases of the SDKs: $(tail -n 1 "$work/out")"
else
    echo "ok 1 # SKIP assume-role-tests.json is not at hand"
fi

# The tool itself: it must be able to fail.
cat >"$work/wrong.json" <<'EOF'
[{"docs": "right", "input": {"profiles": {"A": {"aws_access_key_id": "k", "aws_secret_access_key": "s"}}, "selected_profile": "A"},
  "output": {"ProfileChain": [{"AccessKey": {"access_key_id": "k", "secret_access_key": "s"}}]}},
 {"docs": "another key", "input": {"profiles": {"A": {"aws_access_key_id": "k", "aws_secret_access_key": "s"}}, "selected_profile": "A"},
  "output": {"ProfileChain": [{"AccessKey": {"access_key_id": "x", "secret_access_key": "s"}}]}},
 {"docs": "no error", "input": {"profiles": {"A": {"aws_access_key_id": "k", "aws_secret_access_key": "s"}}, "selected_profile": "A"},
  "output": {"Error": "loop"}},
 {"docs": "an error", "input": {"profiles": {"A": {"region": "r"}}, "selected_profile": "A"},
  "output": {"ProfileChain": [{"AccessKey": {"access_key_id": "k", "secret_access_key": "s"}}]}}]
EOF
"$check" "$work/wrong.json" >"$work/out" 2>&1
[ $? = 1 ] && [ "$(tail -n 1 "$work/out")" = "1 passed, 3 failed, 0 skipped" ] || {
    sed 's/^/# /' "$work/out"
    printf 'not '
}
echo "ok 2 - wrong cases are told from right ones"
