#!/bin/sh
# What both programs hold while they work, at every moment that counts (tests/secrets/watch.h): nothing
# secret ever comes into the front; the keeper has secrets in its arenas only, and none when it ends.
# Over every way that credentials come in and the new pair goes out, and over the ways to fail. After
# each, no secret is in the journal and what belongs to it, in temporary files or on the outputs.
# shellcheck source=tests/secrets/lib.sh
. "$srcdir/tests/secrets/lib.sh"

canary "$work/canary"
"$scan" watch "$work/canary" --front none --keeper scan -- \
    "$scan" hold "$work/canary" raw heap </dev/null >/dev/null 2>"$work/err"
case $? in
1) result 0 "a control process is found out" ;;
2) skip_all "$(cat "$work/err"); run where ptrace is allowed: make check TESTS=tests/secrets/watch.t" ;;
*) result 1 "a control process is found out" "$(cat "$work/err")" ;;
esac

TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
scenarios=0 inputs=0 waits=0
secrets=$work/none

# fresh NAME OPTION...: a home and a practice account; $secrets has all that it makes.
fresh() {
    HOME=$work/$1
    secrets=$work/$1.secrets
    shift
    [ -z "${server-}" ] || stop "$server"
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 --secrets "$secrets" "$@" ||
        result 1 "a practice account starts" "$(cat "$HOME/server.out")"
    old=$(key_in "$HOME/.aws/credentials")
}
number() { sed -n "s/^# $1:.* \([0-9]*\) $2.*/\1/p" "$work/report"; }

# watched NAME EXIT-STATUS ARGUMENT...: keywright is run with them. Session tokens may be in libcurl's
# buffers while an answer is awaited that they sign for.
watched() {
    what=$1 wanted=$2
    shift 2
    timeout 120 "$scan" watch "$secrets" --excuse token --report "$work/report" -- \
        "$keywright" "$@" </dev/null >"$work/out" 2>"$work/err"
    is "$what: nothing is where it may not be" 0 $? "$(head -n 30 "$work/report")"
    is "$what: exit status" "$wanted" "$(sed -n 's/^# the command ended with //p' "$work/report")" \
        "$(cat "$work/out" "$work/err")"
    scenarios=$((scenarios + 1))
    inputs=$((inputs + $(number front inputs))) waits=$((waits + $(number front waits) + $(number keeper waits)))
    mkdir -p "$HOME/.local"
    nowhere=$("$scan" files "$secrets" "$HOME/.local" "$TMPDIR" "$work/out" "$work/err")
    is "$what: nothing in journal, temporary files and outputs" 0 $? "$nowhere"
}
now="--yes --plan now --settle 0"

# --- where credentials come from
fresh file
watched "from a file" 0 rotate $now -v
grep -q '^# keeper: 1 started.* [1-9][0-9]* secrets where they may be' "$work/report"
result $? "from a file: its secrets were seen in the arenas" "$(cat "$work/report")"

fresh environment
AWS_ACCESS_KEY_ID=$old
AWS_SECRET_ACCESS_KEY=$(sed -n "s/^secret-$old //p" "$secrets")
AWS_ENDPOINT_URL=$endpoint
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL
watched "from the environment" 0 rotate $now --json
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL

fresh mfa --mfa --policy mfa
code() { curl -s --max-time 10 "$endpoint/practice/totp?user=alice" | sed -n 's/.*"code":"\([0-9]*\)".*/\1/p'; }
watched "an MFA session" 3 rotate $now --mfa-code "$(code)"
curl -s -X POST "$endpoint/practice/advance?seconds=60" >/dev/null
watched "a second MFA session" 0 resume --yes --mfa-code "$(code)"
grep -q '^token-' "$secrets"
result $? "an MFA session: there was a token to look for"
AWS_ACCESS_KEY_ID=$(sed -n 's/^token-\([A-Z0-9]*\) .*/\1/p' "$secrets" | tail -n 1)
AWS_SECRET_ACCESS_KEY=$(sed -n "s/^secret-$AWS_ACCESS_KEY_ID //p" "$secrets")
AWS_SESSION_TOKEN=$(sed -n "s/^token-$AWS_ACCESS_KEY_ID //p" "$secrets")
AWS_ENDPOINT_URL=$endpoint
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL
watched "a session from the environment" 0 keys
AWS_ENDPOINT_URL=http://127.0.0.1:9
watched "a session, and nobody answers" 1 keys
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ENDPOINT_URL

fresh role
watched "an assumed role" 0 rotate $now --as rotation-role
grep -q '^token-' "$secrets"
result $? "an assumed role: there was a token to look for"

fresh process
admin=$(sed -n '/^\[admin\]/,$ s/^aws_access_key_id = //p' "$HOME/.aws/credentials")
printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s"}\n' "$admin" \
    "$(sed -n "s/^secret-$admin //p" "$secrets" | sed 's|/|\\/|g')" >"$HOME/pair.json"
printf '[profile printed]\ncredential_process = cat %s\nendpoint_url = %s\n' "$HOME/pair.json" \
    "$endpoint" >>"$HOME/.aws/config"
watched "a credential_process" 0 rotate $now --as printed --user alice --key "$old"

# --- where the new pair goes
fresh command
cat >"$HOME/take" <<'SH'
#!/bin/sh
cat >"$HOME/taken"
echo "said while it took: $(cat "$HOME/taken")" >&2
cat "$HOME/taken"
SH
chmod 700 "$HOME/take"
watched "a command's input, and a test that prints its environment" 0 rotate $now \
    --to file --to "command:$HOME/take" \
    --verify "cat $HOME/taken" --test 'env; env >&2; exit 0' -v
[ -s "$HOME/taken" ]
result $? "the command was given the pair"

fresh failing
printf '#!/bin/sh\ncat >&2\nexit 1\n' >"$HOME/take"
chmod 700 "$HOME/take"
watched "a command that prints what it was given, and fails" 1 rotate $now --to "command:$HOME/take" -v
fresh untested
watched "a test that prints its environment, and fails" 5 rotate $now --test 'env; env >&2; exit 1' -v

# --- errors
for fault in denied truncate malformed doubled entity html throttle close_after huge=2; do
    fresh "fault-$fault" --fault "$fault:CreateAccessKey"
    timeout 60 "$scan" watch "$secrets" --report "$work/report" -- \
        "$keywright" rotate $now --consistency 0 --timeout 3s </dev/null >"$work/out" 2>"$work/err"
    is "CreateAccessKey, $fault: nothing is where it may not be" 0 $? "$(head -n 30 "$work/report")"
    nowhere=$("$scan" files "$secrets" "$HOME/.local" "$TMPDIR" "$work/out" "$work/err")
    is "CreateAccessKey, $fault: nothing in journal, temporary files and outputs" 0 $? "$nowhere"
    scenarios=$((scenarios + 1))
    inputs=$((inputs + $(number front inputs))) waits=$((waits + $(number front waits) + $(number keeper waits)))
done
fresh wrong
sed -e 's/^\(aws_secret_access_key = .\{10\}\)x/\1y/;t' -e 's/^\(aws_secret_access_key = .\{10\}\)./\1x/' "$HOME/.aws/credentials" >"$HOME/c" &&
    cat "$HOME/c" >"$HOME/.aws/credentials"
rm "$HOME/c"
watched "a mistyped secret" 1 keys -v
printf '[default]\naws_access_key_id = %s\naws_secret_access_key %s\n' "$old" \
    "$(sed -n "s/^secret-$old //p" "$secrets")" >"$HOME/.aws/credentials"
watched "a file that cannot be parsed" 1 rotate $now
watched "doctor on it" 4 doctor

# --- ended while it writes: the journal's log is still there, and perhaps a temporary file
fresh killed
"$keywright" rotate --yes --plan now --settle 30s </dev/null >"$work/out" 2>"$work/err" &
child=$!
for _ in $(seq 600); do
    [ "$(key_in "$HOME/.aws/credentials")" = "$old" ] || break
    sleep 0.1
done
kill -9 $child
wait $child 2>/dev/null
wal=$(find "$HOME/.local" -name '*-wal' -size +0)
result $((${#wal} == 0)) "killed: the journal's log was left"
nowhere=$("$scan" files "$secrets" "$HOME/.local" "$TMPDIR" "$work/out" "$work/err")
is "killed: nothing in journal, its log, temporary files and outputs" 0 $? "$nowhere"
sed -n 's/^secret-[A-Z0-9]* //p' "$secrets" | head -n 1 >"$wal.planted"
"$scan" files "$secrets" "$HOME/.local" >/dev/null
is "killed: a secret planted beside the log is found" 1 $?
rm -f "$wal.planted"
watched "killed, and resumed" 0 resume --yes

# --- other commands
fresh rollback
watched "a rotation that waits" 3 rotate --yes --plan careful --quiet 0 --settle 0
watched "where" 0 where "$old"
watched "doctor" 0 doctor
watched "status" 3 status --json
watched "history" 0 history
watched "a rollback" 0 rollback --yes "$("$keywright" status --json | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' | head -n 1)"

# --- TLS
if command -v openssl >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1; then
    fresh tls
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -keyout "$work/key" -out "$work/pem" >/dev/null 2>&1
    mkfifo "$work/tls.in" "$work/tls.out"
    python3 "$srcdir/tests/secrets/tls.py" "$work/pem" "$work/key" "${endpoint##*:}" \
        <"$work/tls.in" >"$work/tls.out" &
    children="$children $!"
    exec 9>"$work/tls.in"
    tls=$(timeout 120 head -n 1 "$work/tls.out")
    AWS_CA_BUNDLE=$work/pem
    AWS_ENDPOINT_URL=https://localhost:$tls
    export AWS_CA_BUNDLE AWS_ENDPOINT_URL
    watched "over TLS" 0 rotate $now
    watched "over TLS: doctor" 0 doctor
    holds "over TLS: it was" "$(cat "$work/out")" "https://localhost:$tls"
    unset AWS_CA_BUNDLE AWS_ENDPOINT_URL
    exec 9>&-
else
    skip "over TLS" "openssl and python3 are not both installed"
fi
echo "# $scenarios scenarios: $inputs inputs of the front, $waits waits of both programs looked into"
finish
