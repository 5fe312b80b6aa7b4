#!/bin/sh
# mfa status and mfa login on the practice account: who has a device, what could not be checked, codes
# that are wrong, used and of no device told apart, and the session in a profile of its own.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

start_practice "$HOME" --users 2 --mfa --page-size 1 --log "$work/log" ||
    result 1 "the practice account starts"
serial=arn:aws:iam::123456789012:mfa/alice
file=$HOME/.aws/credentials
code() {
    curl -s --max-time 10 "$endpoint/practice/totp?user=alice&step=${1:-0}" |
        sed 's/.*"code":"\([0-9]*\)".*/\1/'
}
advance() { curl -s --max-time 10 -X POST "$endpoint/practice/advance?seconds=$1" >/dev/null; }
taken() { grep -c '"action":"GetSessionToken"' "$work/log"; }

# --- status -------------------------------------------------------------------------------------------
run "$keywright" mfa status
is "a user with a device" 0 "$status" "$err"
holds "is shown with it" "$out" alice "$serial" virtual
run "$keywright" mfa status -v
holds "with -v the requests are told on standard error" "$err" "ListMFADevices"
run "$keywright" mfa status --json
holds "and as JSON" "$out" '"user":"alice"' "\"serial\":\"$serial\"" '"type":"virtual"' \
    '"state":"enabled"' '"enabled_at":"20'
run "$keywright" mfa status --all-users --profile admin
is "users without one need attention" 4 "$status" "$err"
holds "and are shown" "$out" 'user-00002  no MFA device' "$serial"
run "$keywright" mfa status --user user-00001
is "what may not be read, perhaps for want of MFA, is none" 3 "$status" "$out"
holds "and not 'none'" "$out" 'could not be checked'
holds "whose code might help is said" "$err" "a code of $serial is needed"
run "$keywright" mfa status --user user-00001 --json
holds "nor in JSON" "$out" '"state":"unknown"' 'AccessDenied'
run "$keywright" mfa status --user nobody --profile admin
is "an unknown user is a failure" 1 "$status" "$out"

# --- login --------------------------------------------------------------------------------------------
cp "$file" "$work/before"
code=$(code)
run "$keywright" mfa login --mfa-code "$code"
is "a session is taken" 0 "$status" "$err"
holds "and told" "$out" 'user/alice' 'in 12 h' 'ends with this run'
run "$keywright" mfa login --mfa-code "$code"
is "a code that was used is refused" 3 "$status" "$out"
holds "and why is said" "$err" 'a code works once'
is "each was sent once" 2 "$(taken)"
for bad in 12345 abcdef; do
    run "$keywright" mfa login --mfa-code $bad
    is "$bad is no code" 2 "$status" "$err"
done
run "$keywright" mfa login
is "without a terminal it waits for a code" 3 "$status" "$err"
run "$keywright" mfa login --duration 10m --mfa-code 123456
is "AWS has no session of 10 minutes" 2 "$status" "$err"
run "$keywright" mfa login --profile rotation-role --mfa-code 123456
is "a role has no keys for a session" "not 0" "$([ "$status" != 0 ] && echo 'not 0')" "$out"
run "$keywright" mfa login --dry-run --profile-out work
holds "--dry-run names the call and the file" "$out" sts:GetSessionToken "$file"
is "and sends nothing" 2 "$(taken)"
sed -i "s|^mfa_serial = .*|mfa_serial = ${serial}x|" "$HOME/.aws/config"
run "$keywright" mfa login --mfa-code 123456
is "a wrong serial is refused" 1 "$status" "$out"
holds "and told from a wrong code" "$err" "${serial}x is no MFA device of the user, who has $serial"
sed -i '/^mfa_serial/d' "$HOME/.aws/config"
is "the file is as it was" "" "$(diff "$file" "$work/before")"

# --- into a profile -----------------------------------------------------------------------------------
for held in default admin; do
    run "$keywright" mfa login --mfa-code "$(code 1)" --profile-out $held
    is "long-term keys of $held are not replaced" 2 "$status" "$out"
done
run "$keywright" mfa login --mfa-code "$(code 1)" --profile-out 'a]b'
is "nor is a name taken that a file cannot hold" 2 "$status" "$out"
is "no code was spent on that" 3 "$(taken)"
is "and nothing written" "" "$(diff "$file" "$work/before")"
run "$keywright" mfa login --mfa-code "$(code 1)" --profile-out work --duration 1h
is "a session is written, of the one device there is" 0 "$status" "$err"
is "after all that was there" "" "$(head -c "$(wc -c <"$work/before")" "$file" | diff - "$work/before")"
is "the file's mode is kept" 600 "$(stat -c %a "$file")"
holds "it is whole" "$(sed -n '/^\[work\]/,$p' "$file")" 'aws_access_key_id = ASIA' \
    aws_secret_access_key aws_session_token 'x_keywright_expires = 20'
run "$keywright" mfa status --profile work --endpoint-url "$endpoint"
is "and it works" 0 "$status" "$err"
first=$(sed -n 's/^aws_access_key_id = ASIA/ASIA/p' "$file")
advance 90
run "$keywright" mfa login --mfa-code "$(code)" --profile-out work --json
is "another one takes its place" 0 "$status" "$err"
holds "told as JSON" "$out" '"profile":"work"' '"expires_at":"20' "\"serial\":\"$serial\""
is "alone" 1 "$(grep -c '^aws_access_key_id = ASIA' "$file")"
[ "$first" != "$(sed -n 's/^aws_access_key_id = ASIA/ASIA/p' "$file")" ]
result $? "and is another one"
for word in $(sed -n '/^\[work\]/,$s/^aws_secret_access_key = //p; /^\[work\]/,$s/^aws_session_token = //p' "$file"); do
    case $out$err in *"$word"*) false ;; esac
    result $? "no part of it is printed"
done

# --- the command ----------------------------------------------------------------------------------------
run "$keywright" mfa
is "a verb is needed" 2 "$status" "$err"
run "$keywright" mfa stattus
is "and one that is there" 2 "$status" "$err"
run "$keywright" mfa status --duration 1h
is "each verb has options of its own" 2 "$status" "$err"
run "$keywright" mfa status --user a --all-users
is "one user or all" 2 "$status" "$err"
run "$keywright" mfa --help
holds "it has a help" "$out" --profile-out --duration enroll
finish
