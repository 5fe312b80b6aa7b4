#!/bin/sh
# An audit of an account on the strict peer with each defect once and a clean user beside it, and with
# permissions taken away.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer --managed-policies || { result 1 "the peer starts"; finish; }

finding() { printf '%s\n' "$out" | grep "\"check\":\"$1\"" | grep "\"resource\":\"$2\""; }
failing() { # failing USER: the checks that fail for them
    printf '%s\n' "$out" | grep "\"resource\":\"$1\"" | sed -n 's/.*"check":"\([a-z0-9_]*\)","status":"fail".*/\1/p' |
        tr '\n' ' ' | sed 's/ $//'
}
audit() { run "$keywright" audit --json; }
unknown() { # the checks that could not be told
    printf '%s\n' "$out" | sed -n 's/.*"check":"\([a-z0-9_]*\)","status":"unknown".*/\1/p' | sort -u | tr '\n' ' ' |
        sed 's/ $//'
}

read_actions='"iam:GenerateCredentialReport","iam:GetCredentialReport","iam:GetAccountSummary","iam:GetAccountPasswordPolicy","iam:ListUsers","iam:ListAccessKeys","iam:GetAccessKeyLastUsed","iam:ListVirtualMFADevices","iam:ListServerCertificates","iam:ListEntitiesForPolicy","iam:GetAccountAuthorizationDetails","cloudtrail:DescribeTrails","cloudtrail:GetTrailStatus","cloudtrail:GetEventSelectors"'
# Access Analyzer is not the peer's: it is a server of our own, which knows what each key is to be told.
analyzers=$work/analyzers
: >"$analyzers"
mkfifo "$work/analyzers-port"
"$python" "$top/tests/interop/analyzers.py" "$analyzers" >"$work/analyzers-port" 2>"$work/analyzers-log" &
children="$children $!"
read -r AWS_ENDPOINT_URL_ACCESSANALYZER <"$work/analyzers-port"
export AWS_ENDPOINT_URL_ACCESSANALYZER
analyzer() { printf '%s %s %s\n' "$key_id" "$secret" "$1" >"$analyzers"; }
policy() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[%s],"Resource":"*"}]}' "$1"; }

tell /config '{"report_delay": 2, "root_mfa": true}'
made=$(curl -sf --max-time 10 -X POST "$admin/seed" -d "{\"users\":[
    {\"name\":\"auditor\",\"keys\":1,\"age_days\":[1],\"used_days\":[0],\"mfa\":true,\"policy\":$(policy "$read_actions")},
    {\"name\":\"clean\",\"keys\":1,\"age_days\":[10],\"used_days\":[1],\"mfa\":true,\"password\":true},
    {\"name\":\"bare\",\"password\":true},
    {\"name\":\"old\",\"path\":\"/ops/eu/\",\"tags\":{\"team\":\"red\",\"empty\":\"\"},\"keys\":1,\"age_days\":[120],\"used_days\":[1],\"mfa\":true},
    {\"name\":\"two\",\"keys\":2,\"age_days\":[10,5],\"used_days\":[1,1],\"mfa\":true},
    {\"name\":\"idle\",\"keys\":1,\"age_days\":[60],\"mfa\":true},
    {\"name\":\"off\",\"keys\":1,\"status\":[\"Inactive\"],\"age_days\":[400],\"mfa\":true},
    {\"name\":\"com,ma\",\"keys\":1,\"age_days\":[120],\"used_days\":[1],\"mfa\":true}]}")
pair() { # pair NAME: key ID and secret of a user that was made
    printf '%s' "$made" | "$python" -c 'import json, sys
for key in json.load(sys.stdin)[sys.argv[1]]["keys"]: print(key["id"], key["secret"])' "$1"
}
auditor_pair=$(pair auditor)
# shellcheck disable=SC2086 # words are meant
set -- $auditor_pair
key_id=$1 secret=$2
home auditor
analyzer active
# Each defect of what policies allow, once, and its clean twin.
"$python" "$top/tests/interop/access.py" "$admin" "$endpoint" "$srcdir/tests/interop/access.json" >"$work/access" 2>&1
result $? "users, groups, roles and policies are made" "$(cat "$work/access")"
: >"$log"
# A finding about something that is no user, as CHECK STATUS NAME.
about() {
    printf '%s\n' "$out" | sed -n 's/.*"check":"\([a-z0-9_]*\)","status":"\([a-z]*\)".*"resource":"arn:aws:iam::[0-9]*:\([^"]*\)".*/\1 \2 \3/p' |
        grep "^$1 " | sort | tr '\n' ',' | sed 's/,$//'
}

audit
is "exit status" 4 "$status" "$err"
holds "the report was waited for" "$err" "AWS makes a credential report"
is "a clean user passes all" "" "$(failing clean)"
is "a console password without MFA" "console_user_mfa all_user_mfa" "$(failing bare)"
is "an old key" "key_rotated_90" "$(failing old)"
is "two Active keys" "one_active_key" "$(failing two)"
is "an unused key" "unused_45_days key_never_used" "$(failing idle)"
is "an Inactive key is none" "" "$(failing off)"
is "a comma in the name" "key_rotated_90" "$(failing com,ma)"
holds "no password policy" "$(finding password_min_14 'arn:aws:iam::[0-9]*:root')" '"status":"fail"'
is "policies through a group pass all" "" "$(failing grouped)"
is "a policy of one's own" "perms_via_groups" "$(failing owner)"
is "an attached policy" "perms_via_groups" "$(failing holder)"
for name in boss-inline boss-list boss-attached boss-aws boss-not; do
    is "an administrator without MFA: $name" "all_user_mfa perms_via_groups admin_mfa" "$(failing $name)"
done
is "an administrator by a group" "all_user_mfa admin_mfa" "$(failing boss-group)"
is "an administrator with MFA" "" "$(failing boss-mfa)"
is "who may do all of a service only" "all_user_mfa" "$(failing power)"
is "who is denied all of IAM" "all_user_mfa perms_via_groups" "$(failing denied)"
is "full access by a policy of the account" \
    "no_full_admin_policy fail policy/everything,no_full_admin_policy fail policy/everything-if" "$(about no_full_admin_policy)"
is "full access by an inline policy" \
    "no_full_admin_inline fail role/deploy,no_full_admin_inline fail user/boss-inline,no_full_admin_inline fail user/boss-list" \
    "$(about no_full_admin_inline)"
is "all of a service by a policy of the account" "no_service_wildcards fail policy/store" "$(about no_service_wildcards)"
is "all of a service by an inline policy" "no_service_wildcards_inline fail group/power,no_service_wildcards_inline fail user/boss-not" \
    "$(about no_service_wildcards_inline)"
is "a device of one user that is named after another" "mfa_shared fail mfa/power" "$(about mfa_shared)"
is "whose user has MFA" "" "$(failing sharer)"
is "a device of nobody" "mfa_unassigned fail mfa/left-over" "$(about mfa_unassigned)"
holds "which policies, and of which group" "$(finding admin_mfa boss-group)" 'policy everything of the group bosses'
is "nothing is unknown" "" "$(printf '%s\n' "$out" | grep '"status":"unknown"')"
"$python" -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
rows = [row for row in rows if row.get("action")]
bad = [row["action"] for row in rows if row["code"] or not row["verified"] or row["lint"]]
bad = [name for name in bad if name != "GetAccountPasswordPolicy"] # that there is none is an answer
sys.exit(f"{len(rows)} requests; refused or with lint: {bad}" if bad or len(rows) < 15 else 0)' "$log" >"$work/told" 2>&1
result $? "every request was allowed, verified and without lint" "$(cat "$work/told")"

verdict() { printf '%s\n' "$out" | sed -n 's/.*"check":"access_analyzer_enabled","status":"\([a-z]*\)".*/\1/p'; }
is "an analyzer of external access" pass "$(verdict)"
holds "and in which region" "$(finding access_analyzer_enabled '[^"]*')" 'active in eu-west-1; other regions'
for answer in "none fail" "unused fail" "creating fail" "paged pass" "organization pass" "broken unknown" "circle unknown" "deny unknown"; do
    analyzer "${answer% *}"
    audit
    is "analyzers: ${answer% *}" "${answer#* }" "$(verdict)" "$(finding access_analyzer_enabled '[^"]*')"
done
holds "analyzers: the permission is named" "$(finding access_analyzer_enabled '[^"]*')" '"permission":"access-analyzer:ListAnalyzers"'
is "every request to the analyzers was signed as it should be" "" "$(grep -v '^ok' "$work/analyzers-log")"
[ "$(grep -c '^ok' "$work/analyzers-log")" -ge 9 ]
result $? "and there were some" "$(cat "$work/analyzers-log")"

# --- what is not used ---
analyzer active
audit
is "without an analyzer of unused access nothing is told of it" "" \
    "$(printf '%s\n' "$out" | grep '"check":"unused_[ar]')"
analyzer theirs
audit
is "unused access: exactly those of this account, page by page" "old" \
    "$(printf '%s\n' "$out" | sed -n 's/.*"check":"unused_access","status":"fail".*"resource":"\([^"]*\)".*/\1/p')"
holds "unused access: both findings, in one" "$(finding unused_access old)" \
    'finds unused for over 30 days: an access key, permissions'
is "unused access of roles" "unused_roles fail role/deploy" "$(about unused_roles)"
analyzer deny-findings
audit
is "without access-analyzer:ListFindings" "unused_access unused_roles" "$(unknown)"
holds "and it is named" "$out" '"permission":"access-analyzer:ListFindings"'

# --- validated ---
analyzer active
run "$keywright" audit --json --validate-policies
is "policies with a security warning" \
    "policy_security fail policy/bucket,policy_security fail policy/everything,policy_security fail policy/everything-if,policy_security fail role/deploy,policy_security fail user/boss-inline" \
    "$(about policy_security)"
is "the second page of what is said: suggestions, as advice" \
    "policy_suggestions pass policy/bucket,policy_suggestions pass policy/everything,policy_suggestions pass policy/everything-if,policy_suggestions pass role/deploy,policy_suggestions pass user/boss-inline" \
    "$(about policy_suggestions)"
is "no errors" "policy_errors pass root" "$(about policy_errors)"
is "nothing is unknown" "" "$(unknown)"
analyzer deny-validation
run "$keywright" audit --json --validate-policies
is "without access-analyzer:ValidatePolicy" "policy_errors policy_security policy_suggestions policy_warnings" "$(unknown)"
is "every request to Access Analyzer was as it should be" "" "$(grep -v '^ok' "$work/analyzers-log")"

# --- CloudTrail ---
trail() { "$python" "$top/tests/interop/trails.py" "$admin" "$endpoint" "$@" >"$work/trail" 2>&1 || cat "$work/trail"; }
recorded() { printf '%s\n' "$out" | sed -n 's/.*"check":"cloudtrail_enabled","status":"\([a-z]*\)".*"detail":"\([^"]*\)".*/\1 \2/p'; }
analyzer active
audit
is "CloudTrail: no trail" "fail no trail in eu-west-1, and none of all regions" "$(recorded)"
while read -r words verdict; do
    # shellcheck disable=SC2086 # words are meant
    trail $(echo "$words" | tr , ' ')
    audit
    is "CloudTrail: $words" "$verdict" "$(recorded)"
done <<'CASES'
make fail no trail records all regions: whole is switched off
start pass arn:aws:cloudtrail:us-east-1:123456789012:trail/whole records all regions
writes fail no trail records all regions: whole records only some of the management events
advanced pass arn:aws:cloudtrail:us-east-1:123456789012:trail/whole records all regions
stop fail no trail records all regions: whole is switched off
start,all pass arn:aws:cloudtrail:us-east-1:123456789012:trail/whole records all regions
CASES

made=$(curl -sf --max-time 10 -X POST "$admin/seed" -d "{\"users\":[{\"name\":\"no-printed\",\"keys\":1,\"mfa\":true,
    \"policy\":$("$keywright" policy audit)}]}")
# shellcheck disable=SC2046 # words are meant
set -- $(pair no-printed)
key_id=$1 secret=$2
home printed
analyzer active
audit
out=$(printf '%s\n' "$out" | grep -v '"resource":"no-printed"') # who came after the report is not in it
is "the policy that is printed is enough" "" "$(printf '%s\n' "$out" | grep '"status":"unknown"')"

# --- each permission away: just what needs it is unknown ---
without() { # without ACTION CHECKS: exactly those are unknown, and the permission is named
    made=$(curl -sf --max-time 10 -X POST "$admin/seed" -d "{\"users\":[{\"name\":\"no-${1#*:}\",\"keys\":1,\"mfa\":true,
        \"policy\":$(policy "$(printf '%s' "$read_actions" | sed "s/\"$1\",//; s/,\"$1\"//")")}]}")
    without_action=$1 without_checks=$2
    # shellcheck disable=SC2046 # words are meant
    set -- $(pair "no-${1#*:}")
    key_id=$1 secret=$2
    home "no-${without_action#*:}"
    analyzer active
    audit
    out=$(printf '%s\n' "$out" | grep -v '"resource":"no-') # who came after the report is not in it
    is "without $without_action" "$without_checks" "$(unknown)" "$(printf '%s\n' "$out" | grep unknown | head -n 3)"
    [ -z "$without_checks" ] || holds "without $without_action: it is named" "$out" "\"permission\":\"$without_action\""
}
without iam:GetAccountPasswordPolicy "password_min_14 password_reuse_24"
without iam:ListVirtualMFADevices "mfa_shared mfa_unassigned root_hardware_mfa"
without iam:ListServerCertificates "expired_certs"
without iam:ListEntitiesForPolicy "no_cloudshell_full support_role"
without iam:GetAccountAuthorizationDetails "admin_mfa no_full_admin_inline no_full_admin_policy no_service_wildcards no_service_wildcards_inline perms_via_groups"
without iam:GetCredentialReport "admin_mfa all_user_mfa avoid_root_use console_user_mfa key_never_used key_rotated_90 keys_or_roles no_initial_keys one_active_key unused_45_days unused_90_days"
without iam:GenerateCredentialReport ""
holds "without iam:ListMFADevices: MFA is as the report has it, and that is said" "$err" \
    'MFA is told as the report has it' iam:ListMFADevices
without cloudtrail:DescribeTrails "cloudtrail_enabled"
without cloudtrail:GetTrailStatus "cloudtrail_enabled"
without cloudtrail:GetEventSelectors "cloudtrail_enabled"

run "$keywright" due --all-users
is "due needs two permissions only" 4 "$status" "$out" "$err"
holds "due names the old" "$out" old com,ma
# shellcheck disable=SC2086 # words are meant
set -- $auditor_pair
key_id=$1 secret=$2
home auditor
analyzer active
for narrow in "--path /ops/" "--tag team" "--tag team=red" "--tag empty=" "--path /ops/ --tag team=red"; do
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" due --json $narrow
    is "due $narrow: the one who is meant" "4 old" "$status $(printf '%s\n' "$out" | sed -n 's/.*"user":"\([^"]*\)".*/\1/p')" "$err"
done
for narrow in "--path /op/" "--tag tea" "--tag team=" "--tag team=blue" "--path /ops/ --group readers" "--group reader"; do
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" due --json $narrow
    is "due $narrow: nobody is meant" "1 " "$status $out" "$err"
done
run "$keywright" audit --json --group bosses
is "audit --group: its members and nobody else" "boss-group boss-mfa" "$(printf '%s\n' "$out" | sed -n 's/.*"resource":"\([^"]*\)".*/\1/p' | sort -u | tr '\n' ' ' | sed 's/ $//')" "$err"
run "$keywright" audit --asff
told=$(printf '%s' "$out" | "$python" -c 'import json, sys
rows = [one for line in sys.stdin for one in json.loads(line)]
ids = [row["Id"] for row in rows]
kinds = {row["Resources"][0]["Type"] for row in rows if row["Compliance"]["Status"] == "FAILED"}
print(len(ids) - len(set(ids)), *sorted(kinds))' 2>&1)
is "asff: no ID twice; what policies hang on" "0 AwsAccount AwsIamGroup AwsIamPolicy AwsIamRole AwsIamUser Other" "$told"
finish
