#!/bin/sh
# policy: every document is JSON that begins as its kind does; it is of the partition asked for; nothing
# is needed to print it, and nothing is made.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

run env -i "$keywright" policy list
is "the list needs no environment" 0 "$status" "$err"
names=$(printf '%s\n' "$out" | sed -n 's/^\([a-z-]*\)  *\(iam\|scp\|cloudformation\)  .*/\1 \2/p')
is "the list has every document" 11 "$(printf '%s\n' "$names" | wc -l)" "$out"
run "$keywright" policy list --json
holds "the list as JSON" "$out" '{"name":"self","kind":"iam","what":"a user replaces' \
    '{"name":"scp-deny-root","kind":"scp",' '{"name":"guardduty","kind":"cloudformation",'

python=${PEER_PYTHON:-python3}
"$python" -c pass 2>/dev/null || python=
echo "$names" >"$work/names"
while read -r name kind; do
    run env -i "$keywright" policy "$name"
    is "$name needs no environment, network or credentials" 0 "$status" "$err"
    printf '%s\n' "$out" >"$work/$name.json"
    if [ -z "$python" ]; then
        skip "$name is JSON of its kind" "no Python here"
    else
        why=$("$python" - "$work/$name.json" "$kind" 2>&1 <<'PY'
import json, re, sys
document = json.load(open(sys.argv[1]))
if sys.argv[2] == "cloudformation":
    assert document["AWSTemplateFormatVersion"] == "2010-09-09" and document["Description"]
    assert all(r["Type"].startswith("AWS::") and r["Properties"] for r in document["Resources"].values())
    assert len(document["Description"]) <= 1024
    sys.exit(0)
assert list(document) == ["Version", "Statement"] and document["Version"] == "2012-10-17"
sids = [s["Sid"] for s in document["Statement"]]
assert len(set(sids)) == len(sids) and all(re.fullmatch("[A-Za-z0-9]+", s) for s in sids), sids
for s in document["Statement"]:
    assert s["Effect"] in ("Allow", "Deny") and s["Resource"]
    assert ("Action" in s) != ("NotAction" in s)
    if sys.argv[2] == "scp":  # an organization's policy allows nothing by itself
        assert s["Effect"] == "Deny"
    actions = s.get("Action", s.get("NotAction"))
    for action in actions if isinstance(actions, list) else [actions]:
        assert re.fullmatch("[a-z-]+:[A-Za-z]+", action) or (action == "*" and s["Effect"] == "Deny"), action
# What AWS takes at most, without blanks: 2,048 for a user's own, 5,120 for a service control policy.
assert len(json.dumps(document, separators=(",", ":"))) <= (2048 if sys.argv[2] == "iam" else 5120)
PY
        )
        result $? "$name is JSON of its kind" "$why" "$out"
    fi
    run "$keywright" policy "$name" --json
    is "$name --json is one line" 1 "$(printf '%s\n' "$out" | wc -l)"
    run "$keywright" policy "$name" --region cn-north-1
    case $out in *arn:aws:*) false ;; *) true ;; esac
    result $? "$name of another partition has no ARN of this one" "$out"
done <"$work/names"

run "$keywright" policy self
holds "self is about who signs, with a path or without" "$out" \
    '"arn:aws:iam::*:user/${aws:username}"' '"arn:aws:iam::*:user/*/${aws:username}"'
case $out in *'"*"'*) false ;; *) true ;; esac
result $? "self has no resource of all" "$out"
run "$keywright" policy self --region us-gov-west-1 --user ann
holds "self of one user in another partition" "$out" '"arn:aws-us-gov:iam::*:user/ann"' \
    '"arn:aws-us-gov:iam::*:user/*/ann"'
run env AWS_DEFAULT_REGION=eusc-de-east-1 "$keywright" policy admin
holds "the variable names the region" "$out" '"arn:aws-eusc:iam::*:user/*"'
run env AWS_REGION=us-east-1 AWS_DEFAULT_REGION=cn-north-1 "$keywright" policy admin
holds "AWS_REGION wins" "$out" '"arn:aws:iam::*:user/*"'
run "$keywright" policy admin --region aws-cn --user 'o.n+e@x'
holds "a partition's own name" "$out" '"arn:aws-cn:iam::*:user/o.n+e@x"'

# The dry run names the permissions of a rotation; self is these and no others.
acts=$("$keywright" policy self --json | grep -o 'iam:[A-Z][A-Za-z]*' | sort -u)
start_practice "$work/account" || { result 1 "the practice account starts"; finish; }
AWS_SHARED_CREDENTIALS_FILE=$work/account/.aws/credentials
AWS_CONFIG_FILE=$work/account/.aws/config
export AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
run "$keywright" rotate --dry-run --yes --json
is "a dry run" 0 "$status" "$err"
is "self is what a dry run names" "$(printf '%s\n' "$out" | sed -n 's/.*"permission":"\([^"]*\)".*/\1/p' | sort -u)" \
    "$acts"

[ ! -e "$HOME/.local" ] && [ ! -e "$HOME/.aws" ]
result $? "none of these made a file" "$(find "$HOME")"
finish
