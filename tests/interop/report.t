#!/bin/sh
# Credential reports that are large or of a hostile form, from a strict peer to the findings: judged right, or refused in
# words; never passed.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }

# Without ListAccessKeys, so that what is told of keys is the report's.
actions='"iam:GenerateCredentialReport","iam:GetCredentialReport","iam:GetAccountSummary","iam:GetAccountPasswordPolicy","iam:ListUsers","iam:ListVirtualMFADevices","iam:ListServerCertificates","iam:ListEntitiesForPolicy","iam:GetAccountAuthorizationDetails"'
policy="{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[$actions],\"Resource\":\"*\"}]}"
report=$work/report.csv
tell /config "{\"report_delay\": 0, \"report_file\": \"$report\"}"
pair=$(curl -sf --max-time 60 -X POST "$admin/seed" -d "{\"users\":[
    {\"name\":\"auditor\",\"keys\":1,\"age_days\":[1],\"used_days\":[0],\"mfa\":true,\"policy\":$policy},
    {\"name\":\"com,ma\"},{\"name\":\"a=b@c\"}]}" | "$python" -c 'import json, sys
key = json.load(sys.stdin)["auditor"]["keys"][0]; print(key["id"], key["secret"])')
key_id=${pair% *} secret=${pair#* }
home auditor
AWS_ENDPOINT_URL_ACCESSANALYZER=http://127.0.0.1:9 # nobody is there
export AWS_ENDPOINT_URL_ACCESSANALYZER
advanced=0
audit() { # a look at a fresh report
    advanced=$((advanced + 1))
    tell /advance '{"seconds": 15000}'
    run "$keywright" audit --json --dry-run
}
told() { # CHECK USER STATUS, sorted
    printf '%s\n' "$out" | sed -n 's/.*"check":"\(key_rotated_90\|all_user_mfa\)","status":"\([a-z]*\)".*"resource":"\([^"]*\)".*/\1 \3 \2/p' |
        LC_ALL=C sort
}
# --- missing columns, and what is no report ---
unfit() { # unfit NAME WORDS: no user passes, and the words say why
    audit
    is "$1: exit status" 4 "$status" "$err"
    is "$1: nobody passes or fails" "" "$(told | grep -v ' unknown$')"
    holds "$1: and it is said why" "$out" "$2"
}
{
    echo 'user,arn,user_creation_time'
    echo 'auditor,arn:aws:iam::123456789012:user/auditor,2026-01-02T03:04:05+00:00'
    echo '"com,ma",arn:aws:iam::123456789012:user/com,2026-01-02T03:04:05+00:00'
} >"$report"
unfit "a report without the columns" 'the report does not say'
printf 'user,arn,mfa_active\n"auditor,arn,true\n' >"$report"
unfit "an open quote" 'the credential report, line 2: a quote is left open'
printf 'user,arn,mfa_active\nau"dit"or,arn,true\n' >"$report"
unfit "a quote in a field" 'the credential report, line 2: '
printf 'user,arn,mfa_active\nauditor,arn,true\ncom,ma,arn,true\n' >"$report"
unfit "a comma that is not quoted" 'the credential report, line 3: the row has not as many fields as the header'
printf 'user,mfa_active\nauditor,true\n' >"$report"
unfit "no column for the ARN" "the credential report, line 1: this is no header of a report: it lacks 'user' or 'arn'"
printf 'user,arn,mfa_active,mfa_active\nauditor,arn,true,false\n' >"$report"
unfit "a column twice" 'the credential report, line 1: two columns have the same name'
printf '<root_account>,arn:aws:iam::123456789012:root,true\n' >"$report"
unfit "no header" 'the credential report, line 1: this is no header'
: >"$report"
audit
is "an empty report: nobody passes or fails" "" "$(told | grep -v ' unknown$')"

# --- 5,000 users ---
curl -sf --max-time 120 -X POST "$admin/seed" -d '{"bulk":{"n":4997,"keys":0}}' >/dev/null
now=$(($(date +%s) + (advanced + 1) * 15000)) # the peer's clock at the next audit
{
    printf '%s\n' auditor com,ma a=b@c
    seq -f 'u%05g' 0 4996
} >"$work/names"
"$python" "$srcdir/tests/interop/report.py" make "$now" "$report" <"$work/names"
audit
is "5,000 users: exit status" 4 "$status" "$err"
told >"$work/told"
"$python" "$srcdir/tests/interop/report.py" wanted "$report" "$now" | LC_ALL=C sort >"$work/wanted"
is "each has a verdict of each check" 10000 "$(grep -c . "$work/told")"
cmp "$work/wanted" "$work/told" >"$work/differ" 2>&1
result $? "5,000 users, quoted, commas in names, lines in fields: just as Python reads it" "$(cat "$work/differ")" \
    "$(diff "$work/wanted" "$work/told" | head -n 5)"
finish
