#!/bin/sh
# audit and due on the practice account: exit statuses, every form of output, missing permissions, a report
# that is out of date after a rotation.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

begin() { # begin NAME OPTION...: a fresh account
    HOME=$work/$1
    shift
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 --report-delay 0 "$@" ||
        result 1 "the practice account starts"
}
finding() { # finding CHECK RESOURCE: that line of $out
    printf '%s\n' "$out" | grep "\"check\":\"$1\"" | grep "\"resource\":\"$2\""
}
lines() { printf '%s\n' "$1" | grep -c "$2"; }

begin bare --analyzer 0
run "$keywright" audit --profile admin --json
holds "no analyzer" "$(finding access_analyzer_enabled arn:aws:iam::123456789012:root)" '"status":"fail"' '"Security Hub: IAM.28"'
begin plain --users 3 --mfa
run "$keywright" audit --profile admin --json
is "findings give exit status 4" 4 "$status" "$err"
holds "an old key fails" "$(finding key_rotated_90 alice)" '"status":"fail"' '"severity":"medium"' \
    "$(key_in "$HOME/.aws/credentials") (120 days old)" '"remedy":"keywright rotate' '"controls":["CIS 1.2: 1.4",' \
    '"Security Hub: IAM.3","Config: access-keys-rotated"]' '"observed_at":"20' '"permission":null'
holds "a young key passes" "$(finding key_rotated_90 admin)" '"status":"pass"'
holds "a user with a device passes" "$(finding all_user_mfa alice)" '"status":"pass"'
holds "one without fails" "$(finding all_user_mfa admin)" '"status":"fail"'
holds "root is told of" "$(finding root_mfa '<root_account>')" '"status":"pass"'
holds "an account without password policy fails" "$(finding password_min_14 arn:aws:iam::123456789012:root)" \
    '"status":"fail"'
holds "a policy of its own is told of" "$(finding perms_via_groups alice)" '"status":"fail"' 'inline own-keys'
holds "one of a group is not" "$(finding perms_via_groups admin)" '"status":"pass"'
holds "an administrator without MFA fails" "$(finding admin_mfa admin)" '"status":"fail"' \
    'policy AdministratorAccess of the group administrators' '"severity":"high"'
holds "others do not" "$(finding admin_mfa user-00003)" '"status":"pass"' 'is no administrator'
holds "policies are judged" "$(finding no_full_admin_inline arn:aws:iam::123456789012:root)" '"status":"pass"' \
    'none of 4 inline policies'
holds "an analyzer is found" "$(finding access_analyzer_enabled arn:aws:iam::123456789012:root)" '"status":"pass"' \
    'active in us-east-1; other regions were not asked'
holds "a key that was never used is found" "$(finding key_never_used user-00003)" '"status":"fail"'
is "each user has a finding of each check about users" 55 \
    "$(lines "$out" '"resource":"\(alice\|admin\|user-0000[123]\)"')"
is "each line is an object" "" "$(printf '%s\n' "$out" | grep -v '^{.*}$')"
all=$(printf '%s\n' "$out" | wc -l)

run "$keywright" audit --profile admin --csv
is "csv: exit status" 4 "$status" "$err"
is "csv: a row a finding, and the names" $((all + 1)) "$(printf '%s\n' "$out" | wc -l)"
holds "csv: values" "$out" 'check,status,severity,resource,title,detail,remedy,controls,observed_at,permission' \
    '"key_rotated_90","fail","medium","alice",'
run "$keywright" audit --profile admin
is "text: exit status" 4 "$status" "$err"
holds "text" "$out" 'account 123456789012' 'credential report of 20' 'four' 'FAIL     Active access keys' \
    '- alice: over 90 days: ' 'keywright rotate --user NAME' 'asked for by: CIS 1.2: 1.4' 'Not looked at'
holds "text: what policies allow" "$out" 'FAIL     Administrators have MFA (admin_mfa; high: 1 fail' \
    '- admin: an administrator without MFA: policy AdministratorAccess'
is "text: within 80 columns" "" "$(printf '%s\n' "$out" | grep '.\{80\}')"
run "$keywright" audit --profile admin --user alice --json
is "--user: only this one's" 11 "$(printf '%s\n' "$out" | wc -l)" "$out"
run "$keywright" audit --profile admin --user nobody
is "--user: an unknown one is a failure" 1 "$status" "$out"

run "$keywright" audit --profile admin --fail-on critical
is "--fail-on: only lesser findings give 0" 0 "$status" "$out"
holds "--fail-on changes nothing that is printed" "$out" 'FAIL     Active access keys'
run "$keywright" audit --profile admin --fail-on medium
is "--fail-on: findings as severe give 4" 4 "$status"
run "$keywright" audit --profile admin --fail-on grave
is "--fail-on: an unknown severity is a usage error" 2 "$status" "$err"
run "$keywright" audit --profile admin --json --csv
is "two forms at a time are a usage error" 2 "$status" "$err"

if command -v python3 >/dev/null 2>&1; then
    run "$keywright" audit --profile admin --sarif
    told=$(printf '%s' "$out" | python3 -c '
import json, sys
log = json.load(sys.stdin)
run = log["runs"][0]
rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
assert log["version"] == "2.1.0" and len(rules) == len(run["tool"]["driver"]["rules"])
for one in run["results"]:
    assert one["ruleId"] in rules and one["kind"] in ("pass", "fail", "open", "informational") and one["message"]["text"]
    assert (one["kind"] == "fail") == (one["level"] != "none")
    assert one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:iam::")
print(len(run["results"]))' 2>&1)
    is "sarif: a result a finding, each of a rule" "$all" "$told"
    run "$keywright" audit --profile admin --asff
    told=$(printf '%s' "$out" | python3 -c '
import json, sys
count = 0
for line in sys.stdin:
    batch = json.loads(line)
    assert 1 <= len(batch) <= 100
    for one in batch:
        count += 1
        for name, most in (("Id", 512), ("GeneratorId", 512), ("Title", 256), ("Description", 1024)):
            assert 1 <= len(one[name]) <= most, name
        for name in ("ProductArn", "CreatedAt", "UpdatedAt", "Severity", "Types"):
            assert one[name], name
        assert one["SchemaVersion"] == "2018-10-08" and one["AwsAccountId"] == "123456789012"
        assert one["Compliance"]["Status"] in ("PASSED", "FAILED", "NOT_AVAILABLE")
        assert one["Resources"][0]["Type"] in ("AwsIamUser", "AwsIamPolicy", "AwsIamRole", "AwsAccount", "Other") and one["Resources"][0]["Id"]
print(count)' 2>&1)
    is "asff: a finding each, with what is required" "$all" "$told"
    run "$keywright" audit --profile admin --html "$work/page.html"
    told=$(python3 -c '
import sys, xml.sax.saxutils
from html.parser import HTMLParser
class Page(HTMLParser):
    open_tags, seen, text = [], {}, ""
    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        for name, value in attrs:
            assert not name.startswith("on") and name != "src" and (name != "href" or value.startswith("#")), name
    def handle_data(self, data):
        self.text += data
page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
assert page.seen["figure"] == 3 and "script" not in page.seen and "link" not in page.seen, page.seen
for word in ("alice", "over 365 days", "MFA of users", "no MFA", "What to do:"):
    assert word in page.text, word
assert "Only some users" not in page.text
print("good")' "$work/page.html" 2>&1)
    is "html: charts, nothing that runs or is fetched" good "$told"
    run "$keywright" audit --profile admin --html "$work/page.html" --group administrators
    holds "html: an audit of some users says so" "$(cat "$work/page.html")" \
        'Only some users: members of the group <bdi>administrators</bdi>' '<bdi>admin</bdi>'
    is "html: and is of nobody else" 0 "$(grep -c '<bdi>user-0000' "$work/page.html")"
else
    skip "sarif, asff and html" "python3 is not installed"
fi
run "$keywright" audit --profile admin --html "$work/no/page.html"
is "html: a page that cannot be written is a failure" 1 "$status" "$err"

# --- what is not permitted is unknown, never passed ---
plain=$HOME
begin nothing --policy none
run "$keywright" audit --json
is "nothing could be checked: exit status 1" 1 "$status" "$out"
is "nothing is told to pass or fail" 0 "$(lines "$out" '"status":"\(pass\|fail\)"')"
holds "the permissions are named" "$out" '"permission":"iam:GetCredentialReport"' \
    '"permission":"iam:GetAccountSummary"' '"permission":"iam:ListVirtualMFADevices"'
HOME=$plain

# --- due ---
run "$keywright" due
is "due: exit status" 4 "$status" "$err"
holds "due: names the key" "$out" "$(key_in "$HOME/.aws/credentials")" 120d 'the signer'
run "$keywright" due --max-age 121d
is "due: none that old" 0 "$status" "$out"
run "$keywright" due --max-age 300d --all-users --profile admin --json
is "due: an object a key, of none" "0 " "$status $out"
run "$keywright" due --all-users --profile admin --json
is "due --all-users: exit status" 4 "$status" "$err"
holds "due --json" "$out" '"user":"alice"' '"age_days":120' '"due":true' '"rotation":null'
run "$keywright" due --all-users
is "due: what cannot be listed, perhaps for want of MFA, is no list" 3 "$status" "$out"
run "$keywright" due --group administrators --profile admin --max-age 1d --json
holds "due --group: of its members" "$out" '"user":"admin"'
is "due --group: of nobody else" 1 "$(lines "$out" '"user"')" "$out" "$err"
run "$keywright" due --path / --profile admin --json
holds "due --path: all whose path begins so" "$out" '"user":"alice"'
run "$keywright" due --group nobodies --profile admin
is "due --group: one that is not there" 1 "$status" "$out"
holds "due --group: and that is said" "$err" "no group 'nobodies'"
run "$keywright" due --tag team --profile admin
is "due --tag: nobody is left" 1 "$status" "$out"
run "$keywright" due --group administrators
is "due --group: without permission nobody is looked at" "3 " "$status $out"
holds "due --group: and the permission is named" "$err" iam:GetAccountAuthorizationDetails
run "$keywright" keys --group administrators --profile admin --json
is "keys --group" "0 1" "$status $(lines "$out" '"user":"admin"')" "$out"
is "keys --group: nobody else" 1 "$(lines "$out" '"user"')"
run "$keywright" keys --path ops --profile admin
is "keys --path: it begins with a slash" 2 "$status" "$out"
run "$keywright" audit --group administrators --profile admin --json
is "audit --group: only their findings" 11 "$(lines "$out" '"resource":"admin"')" "$out"
is "audit --group: nothing else" 11 "$(printf '%s\n' "$out" | wc -l)"
run "$keywright" audit --group administrators --json
is "audit --group: without permission nothing is told" "1 " "$status $out"
holds "audit --group: and the permission is named" "$err" iam:GetAccountAuthorizationDetails
run "$keywright" audit --group administrators --user alice --profile admin
is "audit: two answers to whose" 2 "$status"
run "$keywright" due --all-users --user alice
is "due: two answers to whose" 2 "$status"

# --- the report is out of date after a rotation ---
stop "$server"
begin rotated
run "$keywright" audit --profile admin --json
holds "before a rotation the old key fails" "$(finding key_rotated_90 alice)" '"status":"fail"'
run "$keywright" rotate --yes --plan now --settle 0 --consistency 0
is "a rotation" 0 "$status" "$err"
run "$keywright" audit --profile admin --json
holds "the list wins, and that is said" "$(finding key_rotated_90 alice)" '"status":"pass"' \
    'seen with ListAccessKeys: the report of 20' 'is out of date here'
stop "$server"
finish
