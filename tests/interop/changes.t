#!/bin/sh
# From one audit to the next on the strict peer: users who come, go, are renamed and made again, MFA that is lost, a
# password, and a permission that is taken away in between.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
curl --help all 2>/dev/null | grep -q aws-sigv4 || skip_all "curl cannot sign (--aws-sigv4)"
start_peer || { result 1 "the peer starts"; finish; }
tell /config '{"report_delay": 0, "root_mfa": true, "max_skew": 31000000}'

read_all='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Generate*","iam:Get*","iam:List*"],"Resource":"*"}]}'
made=$(curl -sf --max-time 10 -X POST "$admin/seed" -d "{\"users\":[
    {\"name\":\"auditor\",\"keys\":1,\"age_days\":[1],\"used_days\":[0],\"mfa\":true,\"policy\":$read_all},
    {\"name\":\"alice\",\"keys\":1,\"age_days\":[10],\"used_days\":[1],\"mfa\":true},
    {\"name\":\"bob\",\"keys\":1,\"age_days\":[10],\"used_days\":[1],\"mfa\":true},
    {\"name\":\"carol\",\"mfa\":false}]}")
# shellcheck disable=SC2046 # words are meant
set -- $(printf '%s' "$made" | "$python" -c 'import json, sys
for key in json.load(sys.stdin)["auditor"]["keys"]: print(key["id"], key["secret"])')
key_id=$1 secret=$2
home auditor

root() { # root PARAMETER=VALUE...: a call by root, as somebody else would make it
    for parameter; do set -- "$@" --data-urlencode "$parameter"; shift; done
    curl -s --max-time 10 --aws-sigv4 aws:amz:us-east-1:iam \
        --user AKIAROOTROOTROOTROOT:rootsecretrootsecretrootsecretrootsecret0 "$@" \
        --data-urlencode Version=2010-05-08 "$endpoint/" >"$work/answer"
    ! grep -q '<Error>' "$work/answer"
    result $? "root: $*" "$(cat "$work/answer")"
}
changes() { tell /advance '{"seconds": 15000}'; run "$keywright" audit --changes --json "$@"; }
told() { printf '%s\n' "$out" | sed -n 's/^{"change":"\([a-z_]*\)","account":"[0-9]*","resource":"\([^"]*\)".*/\1 \2/p'; }
about() { told | grep " $1\$" | sort | tr '\n' ' '; }

changes
is "the first audit" "0 " "$status $out" "$err"
serial=$(printf '%s' "$made" | "$python" -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["alice"]))' |
    sed -n 's/.*"\(arn:aws:iam::[0-9]*:mfa\/[^"]*\)".*/\1/p')
root Action=DeactivateMFADevice UserName=alice "SerialNumber=$serial"
root Action=CreateUser UserName=dora
root Action=CreateLoginProfile UserName=carol 'Password=Correct-horse-battery-9'
changes
is "changes: exit status" 4 "$status" "$err"
holds "MFA that was lost" "$(about alice)" 'mfa_lost alice' 'finding_new alice'
holds "a new user" "$(about dora)" 'user_new dora'
holds "a password" "$(about carol)" 'password_enabled carol'
is "nobody else" "" "$(told | grep ' bob$')"

# --- what cannot be seen is no change ---
root Action=PutUserPolicy UserName=auditor PolicyName=deny \
    'PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:GetCredentialReport","iam:GenerateCredentialReport","iam:ListUsers","iam:ListVirtualMFADevices"],"Resource":"*"}]}'
changes
is "a permission that is gone changes nothing" "" "$(told)" "$err"
root Action=DeleteUserPolicy UserName=auditor PolicyName=deny
changes
is "nor when it is back" "" "$(told)" "$err"

# --- renamed, made again ---
root Action=UpdateUser UserName=bob NewUserName=robert
root Action=DeleteUser UserName=dora
sleep 1
root Action=CreateUser UserName=dora
changes
holds "a new name" "$(told)" 'user_renamed robert'
holds "with the old one" "$out" '"was":"bob"'
holds "the same name, somebody else" "$(told)" 'user_recreated dora'
changes --since 1
holds "since the first: all of it" "$(told)" 'mfa_lost alice' 'user_new dora' 'user_renamed robert'
finish
