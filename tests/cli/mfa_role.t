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
run "$keywright" keys --mfa-code 123456
is "a code that no role wants: exit status" 2 "$status" "$out"
holds "a code that no role wants: what takes a session" "$err" "mfa login --profile-out"
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

# doctor shows the way with its last steps.
advance 60
run "$keywright" doctor --identity --as rotation-role
is "doctor, without a code: exit status" 4 "$status" "$err"
holds "doctor, without a code: says what is needed" "$out" "a code of $serial is needed"
run "$keywright" doctor --identity --as rotation-role --mfa-code "$("$work/device")"
holds "doctor, with a code: the role was assumed" "$out" "AssumeRole arn:aws:iam::123456789012:role/rotation" \
    "gives ASIA" ":assumed-role/rotation/"
finish
