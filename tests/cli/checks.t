#!/bin/sh
# audit on the practice account: CloudTrail, Access Analyzer's findings and ValidatePolicy, advice, each defect beside
# its clean twin; and permissions taken away one at a time, with which exactly the right checks are unknown.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

begin() { # begin NAME OPTION...: a fresh account, in place of the one before
    [ -z "${server-}" ] || stop "$server"
    HOME=$work/$1
    shift
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 --report-delay 0 "$@" ||
        result 1 "the practice account starts"
}
root=arn:aws:iam::123456789012:root
audit() { run "$keywright" audit --profile admin --json "$@"; }
finding() { # finding CHECK RESOURCE: that line of $out
    printf '%s\n' "$out" | grep "\"check\":\"$1\"" | grep "\"resource\":\"$2\""
}
told() { # told CHECK: STATUS RESOURCE of each finding of it, in a line
    printf '%s\n' "$out" | sed -n "s/.*\"check\":\"$1\",\"status\":\"\([a-z]*\)\".*\"resource\":\"\([^\"]*\)\".*/\1 \2/p" |
        sort | tr '\n' ',' | sed 's/,$//'
}
unknown() { # the checks that could not be told
    printf '%s\n' "$out" | sed -n 's/.*"check":"\([a-z0-9_]*\)","status":"unknown".*/\1/p' | sort -u | tr '\n' ' ' |
        sed 's/ $//'
}

# --- CloudTrail ---------------------------------------------------------------------------------------
for answer in "0 fail|no trail in us-east-1, and none of all regions" \
    "1 pass|trail/practice records all regions" "2 fail|practice is switched off" \
    "3 fail|practice records only some of the management events" \
    "4 fail|no trail of all regions; those of us-east-1 record that region only" \
    "5 pass|trail/practice records all regions"; do
    kind=${answer%% *} rest=${answer#* }
    begin "trail-$kind" --trail "$kind"
    audit
    holds "trail $kind" "$(finding cloudtrail_enabled $root)" "\"status\":\"${rest%|*}\"" "${rest#*|}" \
        '"severity":"high"' '"CIS 1.2: 2.1"' '"CIS 7.0: 4.1"' '"Security Hub: CloudTrail.1"' \
        '"Config: multi-region-cloudtrail-enabled"'
done

# --- what is not used ---------------------------------------------------------------------------------
is "without an analyzer of unused access nothing is told of it" "" "$(told unused_access)$(told unused_roles)"
is "nor of policies that were not to be validated" "" "$(told 'policy_[a-z]*')"
is "and nothing of that is unknown" "" "$(unknown)"
run "$keywright" audit --profile admin
holds "the text says so" "$out" 'What is granted and not used is not told' 'With --validate-policies Access Analyzer is asked'

begin unused --users 4 --unused-analyzer 1 --page-size 2
audit
is "unused access of users, page by page" \
    "fail admin,fail user-00003,pass alice,pass user-00001,pass user-00002,pass user-00004" "$(told unused_access)"
holds "and what it is" "$(finding unused_access user-00003)" \
    'the analyzer unused finds unused for over 90 days: an access key' '"severity":"low"'
holds "of an administrator" "$(finding unused_access admin)" 'for over 90 days: permissions'
is "unused roles" "fail arn:aws:iam::123456789012:role/rotation,fail arn:aws:iam::123456789012:role/rotation-mfa" \
    "$(told unused_roles)"
audit --user alice
is "--user: the user's own" "pass alice" "$(told unused_access)"
is "--user: roles are nobody's" "" "$(told unused_roles)"

# --- ValidatePolicy -----------------------------------------------------------------------------------
begin flawed --flawed-policies 1
audit
is "not asked for: not told" "" "$(told 'policy_[a-z]*')"
audit --validate-policies
policy=arn:aws:iam::123456789012:policy
is "errors" "fail $policy/error" "$(told policy_errors)"
is "security warnings" "fail $policy/security" "$(told policy_security)"
is "warnings" "fail $policy/warning" "$(told policy_warnings)"
is "suggestions are advice, which passes" "pass $policy/suggestion" "$(told policy_suggestions)"
holds "the code and the words" "$(finding policy_security "$policy/security")" \
    'PASS_ROLE_WITH_STAR_IN_RESOURCE: Using the iam:PassRole action' '"severity":"high"'
holds "of an error" "$(finding policy_errors "$policy/error")" 'INVALID_ACTION: ' '"severity":"medium"'
holds "of a suggestion" "$(finding policy_suggestions "$policy/suggestion")" '"detail":"advice: REDUNDANT_ACTION: ' \
    '"severity":"informational"'
is "nothing is unknown" "" "$(unknown)"
run "$keywright" audit --profile admin --validate-policies
holds "as text" "$out" 'advice   Policies say no more than' '- arn:aws:iam::123456789012:policy/suggestion: advice:' \
    'FAIL     Policies have no security warnings'
run "$keywright" audit --profile admin --changes
is "an audit that does not validate mends nothing" "0 " "$status $(printf '%s' "$out" | grep policy_)" "$out"
begin sound
audit --validate-policies
is "sound policies" "pass $root,pass $root,pass $root,pass $root" "$(told 'policy_[a-z]*')"
holds "and how many they were" "$(finding policy_errors $root)" 'none in 1 policy'

# --- advice -------------------------------------------------------------------------------------------
holds "a program's key is advised of, and passes" "$(finding keys_or_roles alice)" '"status":"pass"' \
    '"severity":"informational"' '"detail":"advice: an Active key and no console password'
run "$keywright" audit --profile admin --csv
holds "csv" "$out" '"keys_or_roles","pass","informational","alice",' '"cloudtrail_enabled","pass","high",'
run "$keywright" audit --profile admin --sarif
holds "sarif: SARIF's own word" "$out" '"kind":"informational","level":"none"'
run "$keywright" audit --profile admin --asff
holds "asff" "$out" '"GeneratorId":"keywright/keys_or_roles"' '"GeneratorId":"keywright/cloudtrail_enabled"'
run "$keywright" audit --profile admin --ocsf
holds "ocsf" "$out" '"event_code":"keys_or_roles"' '"event_code":"cloudtrail_enabled"' '"check_severity":"informational","advice":true'
run "$keywright" audit --profile admin --html "$HOME/page.html"
holds "html" "$(cat "$HOME/page.html")" 'CloudTrail records what is done' 'advice: an Active key'
run "$keywright" audit --profile admin --fail-on informational
is "--fail-on informational is a severity" 4 "$status" "$err"

# --- permissions taken away ---------------------------------------------------------------------------
without() { # without ACTION PERMISSION CHECKS: exactly those are unknown, and the permission is named
    begin "no-$1" --unused-analyzer 1 --trail 5 --fault "denied:$1:0:0"
    audit --validate-policies
    is "without $1" "$3" "$(unknown)" "$(printf '%s\n' "$out" | grep unknown | head -n 3)"
    holds "without $1: it is named" "$out" "\"permission\":\"$2\""
}
policies="policy_errors policy_security policy_suggestions policy_warnings"
without DescribeTrails cloudtrail:DescribeTrails cloudtrail_enabled
without GetTrailStatus cloudtrail:GetTrailStatus cloudtrail_enabled
without GetEventSelectors cloudtrail:GetEventSelectors cloudtrail_enabled
without ListAnalyzers access-analyzer:ListAnalyzers "access_analyzer_enabled unused_access unused_roles"
without ListFindingsV2 access-analyzer:ListFindings "unused_access unused_roles"
without ValidatePolicy access-analyzer:ValidatePolicy "$policies"
without ListVirtualMFADevices iam:ListVirtualMFADevices "mfa_shared mfa_unassigned root_hardware_mfa"
without GetAccountPasswordPolicy iam:GetAccountPasswordPolicy "password_min_14 password_reuse_24"
without ListServerCertificates iam:ListServerCertificates expired_certs
without ListEntitiesForPolicy iam:ListEntitiesForPolicy "no_cloudshell_full support_role"
without GetAccountAuthorizationDetails iam:GetAccountAuthorizationDetails \
    "admin_mfa no_full_admin_inline no_full_admin_policy no_service_wildcards no_service_wildcards_inline perms_via_groups $policies"

# --- what else may go wrong ---------------------------------------------------------------------------
begin slow --fault throttle:ValidatePolicy:0:4
audit --validate-policies
is "ValidatePolicy is paced" "pass $root" "$(told policy_errors)" "$err"
begin broken --unused-analyzer 1 --fault cut:ListFindingsV2:0:0 --fault cut:DescribeTrails:0:0
audit
is "an answer that is cut off is no answer" "cloudtrail_enabled unused_access unused_roles" "$(unknown)"
stop "$server"
finish
