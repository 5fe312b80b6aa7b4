#!/bin/sh
# A role that wants an MFA code, for the commands that look and open nothing: each takes one code, from an
# option, a command or the terminal, and says what it lacks without one.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

start_practice "$HOME" --mfa --log "$work/log" || result 1 "the practice account starts"
old=$(key_in "$HOME/.aws/credentials")
serial=arn:aws:iam::123456789012:mfa/alice
advance() { curl -s --max-time 10 -X POST "$endpoint/practice/advance?seconds=$1" >/dev/null; }
cat >"$work/device" <<END
#!/bin/sh
echo asked >>"$work/asked"
curl -s --max-time 10 "$endpoint/practice/totp?user=alice" | sed 's/.*"code":"\([0-9]*\)".*/\1/'
END
chmod +x "$work/device"
assumed() { grep -c '"action":"AssumeRole"' "$work/log"; }

while read -r command; do
    : >"$work/asked"
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" $command --as rotation-role
    is "$command, without a code: exit status" 3 "$status" "$err"
    holds "$command, without a code: whose" "$err" "a code of $serial" --mfa-code
    before=$(assumed)
    advance 60
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" $command --as rotation-role --mfa-command "$work/device"
    case $status in 0 | 4) true ;; *) false ;; esac
    result $? "$command, with a code: it is done" "$status $err"
    is "$command: one code, one session" "1 $((before + 1))" \
        "$(wc -l <"$work/asked" | tr -d ' ') $(assumed)"
done <<END
keys --user alice
audit
due --all-users
usage $old
mfa status --all-users
rotate --user alice --key $old --dry-run
END
holds "a dry run: signed by the role" "$out" "by ASIA" iam:DeleteAccessKey
is "nothing was changed" "$old Active" "$(keys_of alice)"

advance 60
run "$keywright" keys --as rotation-role --user alice --mfa-code 000000
is "a wrong code: exit status" 3 "$status" "$out"
holds "a wrong code: says so" "$err" "was not accepted"
run "$keywright" keys --as rotation-role --user alice --mfa-code 12345
is "no code: exit status" 2 "$status" "$out"
run "$keywright" keys --as rotation-role --user alice --mfa-code 123456 --mfa-command true
is "a code and a command exclude each other" 2 "$status" "$out"
before=$(assumed)
run "$keywright" keys --mfa-code "$("$work/device")"
is "a code that no role wants: exit status" 0 "$status" "$err"
is "a code that no role wants: it is for a session of one's own key" "1 $before" \
    "$(grep -c '"action":"GetSessionToken"' "$work/log") $(assumed)"
run "$keywright" keys --profile admin --mfa-code 123456
is "a code of somebody without a device: exit status" 1 "$status" "$out"
holds "a code of somebody without a device: says so" "$err" "no MFA device" "mfa enroll"

# What hangs, credentials or codes, is told alike.
cat >>"$HOME/.aws/config" <<END
[profile hangs]
endpoint_url = $endpoint
credential_process = sleep 60
END
run "$keywright" keys --profile hangs --timeout 1s
is "a credential_process that hangs: exit status" 1 "$status" "$out"
words='it did not end within 1 s and was killed; --timeout gives it longer'
holds "a credential_process that hangs: is told" "$err" "credential_process of profile hangs: $words"
run "$keywright" keys --as rotation-role --user alice --mfa-command 'sleep 60' --timeout 1s
is "an MFA command that hangs: exit status" 1 "$status" "$out"
holds "an MFA command that hangs: is told alike" "$err" "the command for MFA codes: $words"

# Keys of the environment that beat the profile that was asked for.
surprise='AWS_ACCESS_KEY_ID in the environment is used, not profile backup-job (AWS_PROFILE)'
while read -r command; do
    # shellcheck disable=SC2086 # words are meant
    run env AWS_PROFILE=backup-job AWS_ACCESS_KEY_ID="$old" AWS_SECRET_ACCESS_KEY="$(sed -n \
        's/^aws_secret_access_key *= *//p' "$HOME/.aws/credentials" | head -n 1)" "$keywright" $command
    is "$command: says once whose keys count, beside its output" "1 0" \
        "$(grep -c "note: $surprise" "$work/err") $(grep -c "$surprise" "$work/out")" "$err"
done <<END
keys --json
mfa status
usage $old
due
rotate --dry-run
END
if command -v script >/dev/null 2>&1; then
    advance 60
    : >"$work/screen"
    number=0
    # shellcheck disable=SC2094 # what was asked is looked for while it is written
    for line in 12345 000000 "$("$work/device")"; do # each when a prompt is there that was not there before
        number=$((number + 1))
        for _ in $(seq 200); do
            [ "$(grep -c 'Enter: stop here: ' "$work/screen" || :)" -ge $number ] && break
            sleep 0.1
        done
        printf '%s\n' "$line"
    done | timeout 90 script -qefc "'$keywright' keys --plain --as rotation-role --user alice" /dev/null \
        >"$work/screen" 2>&1
    status=$?
    out=$(tr -d '\r' <"$work/screen")
    is "on a terminal: exit status" 0 "$status" "$out"
    holds "on a terminal: it is asked for, until it is right" "$out" "MFA code of $serial" "six digits" \
        "was not accepted" "$old"
else
    skip "on a terminal" "script(1) is not installed"
fi

# One's own keys under a policy that wants MFA: a look that is denied is made again in a session; nobody is asked twice,
# and nothing is asked for where it is allowed.
role_endpoint=$endpoint role_home=$HOME
HOME=$work/own
start_practice "$HOME" --mfa --policy mfa --log "$work/own-log" || result 1 "a second practice account starts"
old=$(key_in "$HOME/.aws/credentials")
own_sessions() { grep -c '"action":"GetSessionToken"' "$work/own-log"; }
while read -r command; do
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" $command
    is "$command, denied, without a code: exit status" 3 "$status" "$out" "$err"
    holds "$command, denied, without a code: says why and whose" "$err" "for want of MFA" \
        "a code of $serial is needed" --mfa-code
    advance 60
    before=$(own_sessions)
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" $command --mfa-code "$(curl -s --max-time 10 "$endpoint/practice/totp?user=alice" |
        sed 's/.*"code":"\([0-9]*\)".*/\1/')"
    case $status in 0 | 4) true ;; *) false ;; esac
    result $? "$command, denied, with a code: it is done" "$status $err"
    is "$command, denied, with a code: one session" $((before + 1)) "$(own_sessions)"
done <<END
keys
due
usage $old
rotate --dry-run
END
before=$(own_sessions)
run "$keywright" mfa status
is "what is allowed without a code takes none" "0 $before" "$status $(own_sessions)" "$err"
run "$keywright" mfa status --all-users
is "a list of users that may not be read: exit status" 3 "$status" "$out" "$err"
holds "a list of users that may not be read: whose code might help is said" "$err" "a code of $serial is needed"
run "$keywright" audit
is "an audit of the little that may be read: exit status" 4 "$status" "$out" "$err"
holds "an audit of the little that may be read: whose code might help is said" "$err" "a code of $serial is needed"
endpoint=$role_endpoint HOME=$role_home

# doctor shows the way with its last steps.
advance 60
run "$keywright" doctor --identity --as rotation-role
is "doctor, without a code: exit status" 4 "$status" "$err"
holds "doctor, without a code: says what is needed" "$out" "a code of $serial is needed"
run "$keywright" doctor --identity --as rotation-role --mfa-code "$("$work/device")"
holds "doctor, with a code: the role was assumed" "$out" "AssumeRole arn:aws:iam::123456789012:role/rotation" \
    "gives ASIA" ":assumed-role/rotation/"
finish
