#!/bin/sh
# usage on the strict peer: the events that it records of our own calls and of others', both of them with the
# region that they were signed for; permissions, the rate, and what goes wrong on the way.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }

user bob self
bob_id=$key_id bob_secret=$secret
home bob
run "$keywright" keys
run "$keywright" keys --all-users # refused
run env AWS_REGION=ap-south-1 "$keywright" doctor --identity
# Another client, with a user agent that is none.
curl -s --max-time 10 --aws-sigv4 aws:amz:us-east-1:iam --user "$bob_id:$bob_secret" \
    -A "$(printf 'evil\033[31m \302\233agent')" \
    -d 'Action=ListAccessKeys&Version=2010-05-08&UserName=bob' "$endpoint/" >/dev/null
user ada admin
home ada
usage() { run "$keywright" usage "$bob_id" "$@"; }
row() { printf '%s\n' "$out" | grep "\"event\":\"$1\"" | grep "$2"; }
# What is wrong with requests for events: unverified, with lint, refused.
requests() { grep '"action": *"LookupEvents"' "$log"; }

usage --json --regions ap-south-1
is "all was read" 0 "$status" "$err"
holds "the last use" "$(printf '%s\n' "$out" | head -n 1)" '"event":null' "\"key\":\"$bob_id\"" '"service":"iam"'
holds "a call of ours" "$(row ListUsers keywright/)" '"service":"iam"' '"region":"us-east-1"' \
    '"source_ip":"127.0.0.1"' '"count":1,"refused":1'
holds "a region of its own" "$(row GetCallerIdentity ap-south-1)" '"service":"sts"' '"user_agent":"keywright/'
holds "another client is another row" "$(row ListAccessKeys evil)" '"count":1,"refused":0' 'evil\u001b[31m '
is "no other key's" "" "$(row LookupEvents .)"
is "three regions, a request each" 3 "$(requests | wc -l | tr -d ' ')"
is "each verified and without lint" 3 "$(requests | grep '"verified": *true' | grep -c '"lint": *\[\]')" "$(requests)"
usage
is "text" 0 "$status" "$err"
holds "text" "$out" "$bob_id of user bob: last used 20" 'ListAccessKeys' 'evil'
is "no control character is shown" 0 "$(printf '%s' "$out" | LC_ALL=C grep -c "$(printf '[\001-\011\013-\037\177]')")"

# --- pages and the rate -------------------------------------------------------------------------------------

HOME=$work/bob
for _ in 1 2 3 4 5 6; do run "$keywright" keys; done
HOME=$work/ada
tell /config '{"page_size":3,"trail_rps":2}'
sleep 1.1
: >"$log"
usage --json --region us-east-1 # the peer counts all regions together
is "pages: all was read" 0 "$status" "$err"
holds "pages: each event once" "$(row ListAccessKeys keywright/)" '"count":7,'
is "pages: the rate was kept" "" "$(requests | grep -v '"status": *200')"
[ "$(requests | wc -l)" -ge 5 ]
result $? "pages: there were some" "$(requests)"
tell /config '{"page_size":0,"trail_rps":0}'

# --- faults -------------------------------------------------------------------------------------------------

# fault FAULT EXIT WORD: LookupEvents goes wrong so, once or for ever.
fault() {
    tell /faults "{\"action\":\"LookupEvents\",$1}"
    usage --region us-east-1
    is "$1: exit status" "$2" "$status" "$out" "$err"
    holds "$1" "$out" "$bob_id of user bob: last used 20" "$3"
    no_faults
}
fault '"fault":"throttle","times":2' 0 ListAccessKeys
fault '"fault":"throttle429","times":1' 0 ListAccessKeys
fault '"fault":"reset_after","times":1' 0 ListAccessKeys
fault '"fault":"truncate","times":1' 0 ListAccessKeys
fault '"fault":"truncate","times":0' 4 'CloudTrail in us-east-1: '
fault '"fault":"malformed","kind":"cut","times":0' 4 'CloudTrail in us-east-1: the reply of'
fault '"fault":"malformed","kind":"garbage","times":0' 4 'CloudTrail in us-east-1: the reply of'
fault '"fault":"gzip","times":0' 4 'compressed'
fault '"fault":"html502","times":1' 0 ListAccessKeys
fault '"fault":"error","status":400,"code":"InvalidNextTokenException","message":"x","times":0' 4 InvalidNextTokenException

# --- permissions --------------------------------------------------------------------------------------------

user carl self
home carl
usage
is "without LookupEvents, and of another user's key: nothing" 1 "$status" "$out"
holds "both permissions are named" "$out" 'cloudtrail:LookupEvents' 'iam:GetAccessKeyLastUsed'
run "$keywright" usage "$key_id"
is "one's own key without LookupEvents" 4 "$status" "$err"
holds "one's own key without LookupEvents" "$out" "$key_id of user carl: last used 20" \
    'CloudTrail in eu-west-1, us-east-1: not allowed without the permission cloudtrail:LookupEvents'
"$keywright" policy audit >"$work/audit.json"
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$top/tests/interop/policy.py" user "$admin" eve "$work/audit.json" 1)
key_id=$1 secret=$2
home eve
usage
is "the policy audit is enough" 0 "$status" "$out" "$err"

# --- a key that is gone -------------------------------------------------------------------------------------

HOME=$work/ada
run "$keywright" usage AKIANOSUCHKEYNOSUCHK
is "a key that nobody knows: exit status" 4 "$status" "$err"
holds "a key that nobody knows" "$out" 'when it was last used is not known' 'CloudTrail shows no event of it'
finish
