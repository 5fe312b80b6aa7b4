#!/bin/sh
# The reader of AWS files against cases of our own, and the SDKs' own where they are at hand
# ($KEYWRIGHT_VECTORS, or vectors/ in $KEYWRIGHT_SHARED or ../shared).
check=$builddir/tests/check_profiles
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
official=
for folder in "$KEYWRIGHT_VECTORS" "$KEYWRIGHT_SHARED/vectors" "$srcdir/../shared/vectors"; do
    if [ -z "$official" ] && [ -f "$folder/profiles/profile-parser-cases.json" ]; then
        official=$folder/profiles/profile-parser-cases.json
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

echo 1..4
"$check" "$srcdir/tests/cases/profiles.json" >"$work/out" 2>&1
result $? "cases of our own: $(tail -n 1 "$work/out")"

if [ -n "$official" ]; then
    "$check" "$official" >"$work/out" 2>&1
    result $? "cases of the SDKs: $(tail -n 1 "$work/out")"
else
    number=$((number + 1))
    echo "ok $number # SKIP profile-parser-cases.json is not at hand"
fi

# The tool itself: it must be able to fail.
cat >"$work/wrong.json" <<'EOF'
{"tests": [
  {"name": "right", "input": {"configFile": "[profile a]\nb = c"}, "output": {"profiles": {"a": {"b": "c"}}}},
  {"name": "a value", "input": {"configFile": "[profile a]\nb = c"}, "output": {"profiles": {"a": {"b": "d"}}}},
  {"name": "a profile", "input": {"configFile": "[profile a]"}, "output": {"config": {"profiles": {}}}},
  {"name": "no error", "input": {"configFile": "[profile a]"}, "output": {"errorContaining": "Expected"}},
  {"name": "another error", "input": {"configFile": "[profile a"}, "output": {"errorContaining": "Expected"}},
  {"name": "an error", "input": {"configFile": "[profile a"}, "output": {"profiles": {}}},
  {"name": "a session", "input": {}, "output": {"profiles": {}, "sso_sessions": {"x": {}}}},
  {"name": "nothing to compare", "input": {}, "output": {}}
]}
EOF
"$check" "$work/wrong.json" >"$work/out" 2>&1
[ $? = 1 ] && [ "$(tail -n 1 "$work/out")" = "1 passed, 6 failed, 1 skipped" ]
result $? "wrong cases are told from right ones"

echo '{"tests": []}' >"$work/empty.json"
"$check" "$work/empty.json" >"$work/out" 2>&1
[ $? = 1 ] && ! "$check" "$work/none.json" >>"$work/out" 2>&1
result $? "no case at all is not a success"
