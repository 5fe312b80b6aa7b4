#!/bin/sh
# MFA on the practice account: the device that no profile names, codes of a command, a device that was
# tried too often, a run that is killed between its two sessions.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

HOME=$work/account
start_practice "$HOME" --log "$work/log" --status-delay 0 --new-key-delay 0 --mfa --policy mfa || {
    result 1 "the practice account starts"
    finish
}
old=$(key_in "$HOME/.aws/credentials")
sed -i '/mfa_serial/d' "$HOME/.aws/config" "$HOME/.aws/credentials"
code() { curl -s --max-time 10 "$endpoint/practice/totp?user=alice" | sed -n 's/.*"code":"\([0-9]*\)".*/\1/p'; }
advance() { curl -s --max-time 10 -d "seconds=$1" "$endpoint/practice/advance" >/dev/null; }
open_id() { "$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'; }
resume() { run "$keywright" resume --yes "$@"; }
unchanged() { is "$1: nothing was changed" "$old Active" "$(keys_of alice)"; }

run "$keywright" rotate --yes --mfa-code 123456 --mfa-command true
is "a code and a command exclude each other" 2 "$status" "$err"
run "$keywright" rotate --yes --plan now --settle 0 --mfa-code 000000
is "a wrong code: exit status" 3 "$status" "$out" "$err"
holds "a wrong code: the device was found, the code refused" "$out" ":mfa/alice" "a wrong code"
unchanged "a wrong code"
printf '#!/bin/sh\necho run >>"%s"\necho 000000\n' "$work/ran" >"$work/wrong"
printf '#!/bin/sh\necho 12345\n' >"$work/short"
chmod +x "$work/wrong" "$work/short"
resume --mfa-command "$work/wrong"
is "a command that prints a wrong code: exit status" 3 "$status" "$out" "$err"
is "a command that prints a wrong code: it is not asked again" 1 "$(wc -l <"$work/ran" | tr -d ' ')"
resume --mfa-command "$work/short"
is "a command that prints no code: exit status" 1 "$status" "$out" "$err"
holds "a command that prints no code: says so" "$out$err" "six digits"
for _ in 1 2 3 4 5 6 7; do resume --mfa-code 000000; done
resume --mfa-code "$(code)"
is "a device tried too often: exit status" 3 "$status" "$out" "$err"
holds "a device tried too often: told from a wrong one" "$out$err" "the user's" "too often" "five minutes"
unchanged "a device tried too often"
advance 200

# Killed between the two sessions, then with a command that has to wait for the next code.
resume --mfa-code "$(code)"
is "one code: exit status" 3 "$status" "$out" "$err"
new=$(key_in "$HOME/.aws/credentials")
is "one code: the key is handed over" "$old Active
$new Active" "$(keys_of alice)"
curl -s --max-time 10 -d "spec=delay=1:UpdateAccessKey" "$endpoint/practice/fault" >/dev/null
advance 60
"$keywright" resume --yes --mfa-code "$(code)" >"$work/o" 2>&1 </dev/null &
front=$!
for _ in $(seq 600); do
    grep -q "about to switch a key" "$work/o" 2>/dev/null && break
    sleep 0.1
done
kill -9 $front
wait $front 2>/dev/null
is "killed with the switch on its way" 137 $? "$(cat "$work/o")"
sleep 1.2
resume
is "after the kill, without a code: exit status" 3 "$status" "$out" "$err"
advance 60
resume --mfa-code "$(code)"
is "after the kill, with a fresh code: exit status" 0 "$status" "$out" "$err"
is "after the kill: the new key is left" "$new Active" "$(keys_of alice)"

# A role, which takes its code from the device of the user who assumes it.
role() { run "$keywright" rotate --as rotation-mfa --user alice --key "$new" --yes --plan now --settle 0 "$@"; }
role_home() { # role_home SERIAL
    cp "$work/config" "$HOME/.aws/config"
    printf '\n[profile rotation-mfa]\nregion = us-east-1\nendpoint_url = %s\nsource_profile = default\n' \
        "$endpoint" >>"$HOME/.aws/config"
    printf 'role_arn = arn:aws:iam::123456789012:role/rotation-mfa\nmfa_serial = %s\n' "$1" >>"$HOME/.aws/config"
}
assumed() { grep -c '"action":"AssumeRole"' "$work/log"; }
serial=arn:aws:iam::123456789012:mfa/alice
cp "$HOME/.aws/config" "$work/config"
advance 200
role_home "${serial}x"
before=$(assumed)
role --mfa-code "$(code)"
is "a role with a wrong serial: exit status" 1 "$status" "$out" "$err"
holds "a role with a wrong serial: told from a wrong code, and the user's device named" "$err" \
    "${serial}x is no MFA device of the user, who has $serial"
role_home "$serial"
for number in 1 2 3 4 5 6 7 8 9; do
    role --mfa-code 00000$number
    is "a role with wrong code $number: exit status" 3 "$status" "$out" "$err"
done
holds "a role with a wrong code: says so" "$out$err" "a wrong code, or one that was used already"
role --mfa-code "$(code)"
is "a role whose device was tried too often: exit status" 3 "$status" "$out" "$err"
holds "a role whose device was tried too often: told from a wrong serial" "$err" "no code of $serial for now" \
    "tried too often" "wait five minutes"
is "a role: each code was sent once" $((before + 11)) "$(assumed)"
is "a role: nothing was changed" "$new Active" "$(keys_of alice)"
run "$keywright" status
is "a role: nothing is open" 0 "$status" "$out"
advance 200
role --mfa-code "$(code)"
is "a role with a right code, whose source is the key that is replaced: exit status" 3 "$status" "$out" "$err"
holds "a role with a right code: the new key has to assume it again" "$out" "MFA session taken" "new key handed over" \
    "a code of $serial is needed for the role"
advance 60
resume --mfa-code "$(code)"
is "a role with a fresh code: exit status" 0 "$status" "$out" "$err"
finish
