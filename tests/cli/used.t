#!/bin/sh
# usage: who used a key, on the practice account and at an endpoint that misbehaves: rows, blind spots, exit
# statuses, pages, the rate, missing permissions.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

start_practice "$HOME" --new-key-delay 0 --status-delay 0 --page-size 6 ||
    { result 1 "the practice account starts"; finish; }
key=$(key_in "$HOME/.aws/credentials")
usage() { run "$keywright" usage "$key" --profile admin "$@"; }
row() { printf '%s\n' "$out" | grep "\"event\":\"$1\""; }

# --- the account's own record of what the key did -----------------------------------------------------------

for _ in 1 2 3 4 5; do run "$keywright" keys; done
run "$keywright" audit
sleep 1
run env AWS_REGION=eu-west-1 "$keywright" doctor --identity
usage --json
is "all that was asked was read: 0" 0 "$status" "$err"
holds "the first line is the last use" "$(printf '%s\n' "$out" | head -n 1)" "\"key\":\"$key\"" '"service":"sts"' \
    '"event":null' '"region":"eu-west-1"' '"source_ip":null' '"user_agent":null' '"count":null'
holds "calls are counted over pages" "$(row ListAccessKeys)" '"service":"iam"' '"region":"us-east-1"' \
    '"source_ip":"127.0.0.1"' '"user_agent":"keywright/' '"count":5,' '"refused":0'
holds "what was refused is told of" "$(row GenerateCredentialReport)" '"count":1,"refused":1'
holds "the region of the last use is looked in" "$(row GetCallerIdentity | grep eu-west-1)" '"service":"sts"'
is "another key's calls are not there" "" "$(row LookupEvents)"
is "each line is an object" "" "$(printf '%s\n' "$out" | grep -v '^{.*}$')"
holds "blind spots are told" "$out" '{"blind_spot":"regions other than us-east-1, eu-west-1 were not asked' \
    '"blind_spot":"data events' '"blind_spot":"sessions that' '"blind_spot":"what happened before 20'
state=$(curl -s "$endpoint/practice/state" | tr -d ' \n')
printf '%s' "$state" | grep -q '"LookupEvents":{"received":\([0-9]*\),"executed":\1}'
result $? "two requests a second: none was refused for its rate" "$state"

usage
is "text: exit status" 0 "$status" "$err"
holds "text" "$out" "$key of user alice: last used 20" ', sts in eu-west-1' 'LAST ' ' COUNT' ' USER AGENT' \
    'ListAccessKeys' 'not seen:' '- services that do not report'
usage --since 1m --json
is "--since" 0 "$status" "$err"
usage --limit 2 --json
is "--limit: what is cut off gives 4" 4 "$status" "$err"
holds "--limit: it is said" "$out" '"blind_spot":"CloudTrail in us-east-1: only the newest 2 events were counted, back to 20'
usage --regions ap-south-1,eu-west-1 --json
holds "--regions" "$out" 'regions other than us-east-1, eu-west-1, ap-south-1 were not asked'

usage --all-regions --json
is "--all-regions" 0 "$status" "$err"
holds "--all-regions: each is asked, once" "$out" 'regions other than us-east-1, eu-west-1, af-south-1, ap-east-1, ' \
    'sa-east-1, us-east-2, us-west-1, us-west-2 were not asked"'

curl -s -X POST "$endpoint/practice/config?trail-delay=3600" >/dev/null
usage
is "events that are late: exit status" 0 "$status"
holds "events that are late" "$out" 'CloudTrail shows no event of it' ': last used 20'
curl -s -X POST "$endpoint/practice/config?trail-delay=0" >/dev/null

# --- usage errors -------------------------------------------------------------------------------------------

bad() { # bad WORD ARGUMENT...
    word=$1
    shift
    run "$keywright" usage "$@"
    is "usage $*: exit status" 2 "$status" "$out" "$err"
    holds "usage $*" "$err" "$word"
}
bad "argument is missing"
bad "not an access key ID" hello
bad "from 1m to 90d" "$key" --since 91d
bad "from 1m to 90d" "$key" --since 0
bad "at least 1" "$key" --limit 0
bad "a list such as" "$key" --regions us-east-1,
usage --regions 'no/region'
is "a region that can be none is a blind spot" 4 "$status" "$err"
holds "and is named" "$out" "CloudTrail in no/region: 'no/region' is not the name of a region"

# --- permissions --------------------------------------------------------------------------------------------

run "$keywright" usage "$key"
is "without LookupEvents: exit status" 4 "$status" "$err"
holds "without LookupEvents" "$out" ': last used 20' \
    'CloudTrail in us-east-1: not allowed without the permission cloudtrail:LookupEvents'
curl -s -X POST "$endpoint/practice/fault?spec=denied:GetAccessKeyLastUsed:0:1" >/dev/null
usage
is "without GetAccessKeyLastUsed: exit status" 4 "$status" "$err"
holds "without GetAccessKeyLastUsed" "$out" "$key: when it was last used is not known" 'ListAccessKeys' \
    'when the key was last used: not allowed without the permission iam:GetAccessKeyLastUsed'
curl -s -X POST "$endpoint/practice/fault?spec=denied:GetAccessKeyLastUsed:0:1" >/dev/null
run "$keywright" usage "$key"
is "with neither: exit status" 1 "$status" "$out"
holds "with neither" "$err" 'nothing could be seen'

# --- faults -------------------------------------------------------------------------------------------------

curl -s -X POST "$endpoint/practice/config?trail-rate=0" >/dev/null
# fault SPEC EXIT WORD: LookupEvents goes wrong so.
fault() {
    curl -s -X POST "$endpoint/practice/fault?spec=$1" >/dev/null
    usage --limit 1000
    is "$1: exit status" "$2" "$status" "$out" "$err"
    holds "$1" "$out" "$3"
    curl -s -X POST "$endpoint/practice/fault?spec=" >/dev/null
}
fault throttle:LookupEvents:0:2 0 ListAccessKeys
fault reset_after:LookupEvents:1:1 0 ListAccessKeys
fault cut:LookupEvents:0:1 4 'CloudTrail in us-east-1: '
fault cut:LookupEvents:1:1 4 'CloudTrail in us-east-1, before 20'

# --- an endpoint that misbehaves ----------------------------------------------------------------------------

if ! command -v python3 >/dev/null 2>&1; then
    skip "an endpoint that misbehaves" "python3 is not installed"
    finish
fi
python3 "$srcdir/tests/cli/trail_server.py" "$work/case" >"$work/port" 2>/dev/null &
children="$children $!"
for _ in $(seq 600); do
    [ -s "$work/port" ] && break
    sleep 0.1
done
AWS_ENDPOINT_URL_CLOUDTRAIL=http://127.0.0.1:$(cat "$work/port")
export AWS_ENDPOINT_URL_CLOUDTRAIL
# case NAME EXIT WORD...: the words are in the output.
case_of() {
    echo "$1" >"$work/case"
    rm -f "$work/case.log"
    name=$1 expected=$2
    shift 2
    # shellcheck disable=SC2086 # words are meant
    usage --region us-east-1 $options
    is "$name: exit status" "$expected" "$status" "$out" "$err"
    holds "$name" "$out" ': last used 20' "$@"
}
options=
curl -s -X POST "$endpoint/practice/advance?seconds=1" >/dev/null
run "$keywright" keys # the last use is in us-east-1 again
case_of same-token 4 'only the newest 2 events were counted' 'AWS gave one page token twice'
is "same-token: it is asked twice" 2 "$(wc -l <"$work/case.log" | tr -d ' ')"
holds "the same question for every page" "$(sed 's/,"NextToken":"7"//' "$work/case.log" | sort -u | wc -l)" 1
holds "what is asked" "$(head -n 1 "$work/case.log")" \
    "{\"LookupAttributes\":[{\"AttributeKey\":\"AccessKeyId\",\"AttributeValue\":\"$key\"}]" '"MaxResults":50}'
case_of truncated 4 'CloudTrail in us-east-1: the reply of 127.0.0.1' 'not one JSON object'
case_of nested 4 'CloudTrail in us-east-1: '
case_of values 4 'more than 200000 values'
case_of huge 4 'more than 32768 KiB of body'
case_of xml 4 'not one JSON object'
case_of refused 4 'CloudTrail in us-east-1: the key that asks is not known there'
case_of records 4 'not known of 1 events, whose record cannot be read' '203.0.113.7'
case_of too-many 4 'CloudTrail in us-east-1: '
case_of kinds 0 'agent 0' 'agent 49'
case_of hostile 0 'DescribeInstances'
is "hostile: no control character is shown" "" "$(printf '%s' "$out" | LC_ALL=C grep -c "$(printf '[\001-\011\013-\037\177]')" | grep -v '^0$')"
usage --json --region us-east-1
holds "hostile: JSON has it escaped" "$out" '"user_agent":"\u001b[31m\u202ered\n\u0007"' '"refused":1'
options='--limit 120'
case_of many 4 'only the newest 120 events were counted, back to 20' 'there are more; --limit takes them'
is "many: three pages" 3 "$(wc -l <"$work/case.log" | tr -d ' ')"
[ -n "${KEYWRIGHT_SHORT-}" ] && finish
options='--limit 1'
case_of endless 4 'only the newest 0 events were counted: ' "AWS's list does not end"
case_of throttled 4 'CloudTrail in us-east-1: AWS: ThrottlingException'
finish
