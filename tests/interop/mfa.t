#!/bin/sh
# MFA against the strict peer: a rotation of one's own key under a policy that wants MFA, and one by a
# chain of two roles whose first wants a code. Each without a code, with a wrong one, killed in the
# middle, and gone on with by a fresh one.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }

later() { tell /advance '{"seconds": 30}'; }
code() { "$python" "$helper" code "$admin" "$serial" "$@"; }
sessions() { "$python" "$helper" count "$log" "$1"; }
unchanged() { # unchanged NAME USER
    is "$1: the keys are as before" "$key_id Active" "$("$python" "$helper" keys "$admin" "$2")"
    cmp -s "$HOME/before" "$HOME/.aws/credentials"
    result $? "$1: the file is as before"
}
waits() { # waits WORD...: what status says
    run "$keywright" status --json
    holds "status says what it waits for" "$out" '"waiting_for":"' "$@"
}

# killed EVENT COMMAND...: the front is killed once the event is in the journal; the peer answers late.
killed() {
    event=$1
    shift
    "$@" >"$work/o" 2>&1 </dev/null &
    front=$!
    for _ in $(seq 600); do
        "$keywright" history --json "$(open_id)" 2>/dev/null | grep -q "\"kind\":\"$event\"" && break
        sleep 0.1
    done
    kill -9 $front
    wait $front 2>/dev/null
    is "killed after '$event'" 137 $? "$(cat "$work/o")"
    no_faults
    sleep 1.5 # the keeper finishes what it has in hand
}
open_id() { "$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'; }

# --- one's own key ------------------------------------------------------------------------------------
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$helper" seed-mfa "$admin" alice)
key_id=$1 secret=$2 serial=$3
home alice
own() { run "$keywright" "$@" --yes; }
own rotate --plan now --settle 0 --consistency 2s
is "no code: exit status" 3 "$status" "$out" "$err"
holds "no code: the device was found" "$out" "MFA devices" "an MFA code of $serial"
waits "an MFA code of $serial"
unchanged "no code" alice
own resume --mfa-code 000000
is "a wrong code: exit status" 3 "$status" "$out" "$err"
holds "a wrong code: says so" "$out" "a wrong code, or one that was used already"
waits "a wrong code"
unchanged "a wrong code" alice
is "a wrong code is sent once" 1 "$(grep -c '"action": *"GetSessionToken"' "$log")"
first=$(code)
own resume --mfa-code "$first"
is "one code: exit status" 3 "$status" "$out" "$err"
holds "one code: it says how long the session lasts, and the new key wants another" "$out" \
    "MFA session taken" "(in 12h)" "new key handed over" "waiting: an MFA code of $serial"
is "one code: one session" 1 "$(sessions GetSessionToken)"
own resume --mfa-code "$first"
is "the code again: exit status" 3 "$status" "$out" "$err"
holds "the code again: says that it was used" "$out" "the one that the last session was taken with"
later
tell /faults '{"fault":"delay_before","action":"UpdateAccessKey","ms":1500}'
killed status_intended "$keywright" resume --yes --mfa-code "$(code)"
own resume
is "after the kill, without a code: exit status" 3 "$status" "$out" "$err"
later
own resume --mfa-code "$(code)"
is "after the kill, with a fresh code: exit status" 0 "$status" "$out" "$err"
is "a session of the old key, and one of the new one a run" 3 "$(sessions GetSessionToken)"
is "one key was made" 1 "$(sessions CreateAccessKey)"
rotated "a rotation under a policy that wants MFA" alice

# --- which device -------------------------------------------------------------------------------------
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$helper" seed-mfa "$admin" carol)
key_id=$1 secret=$2 serial=$3
home carol
sed -i "s|^\[default\]|&\nmfa_serial = arn:aws:iam::123456789012:mfa/somebody|" "$HOME/.aws/config"
own rotate --plan now --settle 0 --consistency 2s --mfa-code "$(code)"
is "a wrong serial: exit status" 3 "$status" "$out" "$err"
holds "a wrong serial: it is said, and the user's device found" "$out" "not the user's" \
    "an MFA code of $serial"
spare=$("$python" "$helper" device "$admin" "$endpoint" carol spare)
run "$keywright" abandon --yes "$(open_id)"
cp "$HOME/before-config" "$HOME/.aws/config"
own rotate --plan now --settle 0 --consistency 2s --mfa-code "$(code)"
is "two devices: exit status" 3 "$status" "$out" "$err"
waits "which MFA device of carol" "$serial" "$spare"
unchanged "two devices" carol
sed -i "s|^\[default\]|&\nmfa_serial = $spare|" "$HOME/.aws/config"
serial=$spare
later
later
own resume --mfa-code "$(code)"
is "a device that the profile names by now: exit status" 3 "$status" "$out" "$err"
holds "a device that the profile names by now: it is taken" "$out" "new key handed over" \
    "waiting: an MFA code of $spare"
run "$keywright" abandon --yes "$(open_id)"

# --- a chain of two roles -----------------------------------------------------------------------------
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$helper" seed-chain "$admin" boss worker first second)
key_id=$1 secret=$2 serial=$3
home worker
printf '\n[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$4" "$5" \
    >>"$HOME/.aws/credentials"
cat >>"$HOME/.aws/config" <<END
[profile first]
role_arn = arn:aws:iam::123456789012:role/first
source_profile = base
mfa_serial = $serial
[profile second]
role_arn = arn:aws:iam::123456789012:role/second
source_profile = first
endpoint_url = $endpoint
END
cp "$HOME/.aws/credentials" "$HOME/before"
cp "$HOME/.aws/config" "$HOME/before-config"
chain() {
    run "$keywright" rotate --as second --user worker --key "$key_id" --yes --plan now --settle 0 \
        --consistency 2s "$@"
}
chain
is "a role without a code: exit status" 3 "$status" "$out" "$err"
holds "a role without a code: says whose" "$out" "$serial" "nothing was done"
chain --mfa-code 000000
is "a role with a wrong code: exit status" 3 "$status" "$out" "$err"
holds "a role with a wrong code: says so" "$out" "a wrong code, or one that was used already" "nothing was done"
unchanged "a role with a wrong code" worker
run "$keywright" status
is "a role with a wrong code: nothing is open" 0 "$status" "$out"
sed -i "s|^mfa_serial = .*|&x|" "$HOME/.aws/config"
chain --mfa-code "$(code)"
is "a role with a wrong serial, its user's devices not to be seen: exit status" 3 "$status" "$out" "$err"
holds "a role with a wrong serial, its user's devices not to be seen: says so" "$err" "unable to validate MFA code" \
    "not known whether the device is the user's" "AccessDenied"
"$python" "$helper" allow "$admin" "$endpoint" boss iam:ListMFADevices
later
chain --mfa-code "$(code)"
is "a role with a wrong serial: exit status" 1 "$status" "$out" "$err"
holds "a role with a wrong serial: told from a wrong code, and the user's device named" "$err" \
    "${serial}x is no MFA device of the user, who has $serial"
cp "$HOME/before-config" "$HOME/.aws/config"
# The peer knows no device that was tried too often: AWS's words for one.
tell /faults '{"fault":"error","action":"AssumeRole","status":403,"code":"AccessDenied","message":"MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."}'
later
chain --mfa-code "$(code)"
is "a role whose device was tried too often: exit status" 3 "$status" "$out" "$err"
holds "a role whose device was tried too often: told from a wrong serial" "$err" "no code of $serial for now" \
    "wait five minutes"
no_faults
unchanged "a role without a device" worker
later
cat >"$work/device" <<END
#!/bin/sh
echo asked >>"$work/asked"
exec "$python" "$helper" code "$admin" "$serial" \$1
END
chmod +x "$work/device"
printf '#!/bin/sh\nexit 4\n' >"$work/broken"
chmod +x "$work/broken"
chain --mfa-command "$work/broken"
is "a command that fails: exit status" 1 "$status" "$out" "$err"
holds "a command that fails: says so" "$err" "command for MFA codes" "status 4"
tell /faults '{"fault":"delay_after","action":"CreateAccessKey","ms":1500}'
killed create_intended "$keywright" rotate --as second --user worker --key "$key_id" --yes --plan now \
    --settle 0 --consistency 2s --mfa-command "$work/device 0"
later
run "$keywright" resume --yes --mfa-code 000000
is "a role, resumed with a wrong code: exit status" 3 "$status" "$out" "$err"
sed -i "s|^mfa_serial = .*|&x|" "$HOME/.aws/config"
run "$keywright" resume --yes --mfa-code "$(code)"
is "a role, resumed with a wrong serial: exit status" 1 "$status" "$out" "$err"
holds "a role, resumed with a wrong serial: says so" "$out$err" "${serial}x is no MFA device of the user, who has $serial"
cp "$HOME/before-config" "$HOME/.aws/config"
run "$keywright" resume --yes --mfa-command "$work/device 0"
is "a role, after the kill: exit status" 0 "$status" "$out" "$err"
is "a role: the command was run once a run" 2 "$(wc -l <"$work/asked" | tr -d ' ')"
is "a role: both roles were assumed in each run" 4 "$(sessions AssumeRole)"
rotated "a rotation by a chain of two roles" worker

# --- another user's only key, by an administrator under a policy that wants MFA -----------------------
user gina
gina_id=$key_id gina_secret=$secret
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$helper" seed-mfa "$admin" chief)
serial=$3
key_id=$gina_id secret=$gina_secret
home gina
printf '\n[chief]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$1" "$2" >>"$HOME/.aws/credentials"
printf '[profile chief]\nendpoint_url = %s\nregion = us-east-1\n' "$endpoint" >>"$HOME/.aws/config"
cp "$HOME/.aws/credentials" "$HOME/before"
cp "$HOME/.aws/config" "$HOME/before-config"
only() {
    run "$keywright" rotate --as chief --user gina --yes --plan now --settle 0 --consistency 2s "$@"
}
only
is "a list of keys that wants MFA: exit status" 3 "$status" "$out" "$err"
holds "a list of keys that wants MFA: says whose code" "$out" "denied to list" "$serial" "nothing was done"
only --mfa-code 000000
is "a list of keys, a wrong code: exit status" 3 "$status" "$out" "$err"
holds "a list of keys, a wrong code: says so" "$out" "a wrong code, or one that was used already" "nothing was done"
is "a list of keys, a wrong code: it is sent once" 1 "$(grep -c '"action": *"GetSessionToken"' "$log")"
unchanged "a list of keys, a wrong code" gina
tell /faults '{"fault":"delay_after","action":"CreateAccessKey","ms":1500}'
killed create_intended "$keywright" rotate --as chief --user gina --yes --plan now --settle 0 --consistency 2s \
    --mfa-code "$(code)"
later
run "$keywright" resume --yes --mfa-code "$(code)"
is "a list of keys, after the kill: exit status" 0 "$status" "$out" "$err"
is "a list of keys: one session a run" 2 "$(sessions GetSessionToken)"
rotated "a rotation of another user's only key under MFA" gina
run "$keywright" history "$("$keywright" history --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)"
holds "a list of keys: the session before there was a rotation is told" "$out" "MFA session taken"
spare=$("$python" "$helper" device "$admin" "$endpoint" chief spare-of-chief)
later
only --mfa-code "$(code)"
is "a list of keys, two devices: exit status" 1 "$status" "$out" "$err"
holds "a list of keys, two devices: says what to name" "$err" "mfa_serial" "$serial" "$spare"
# --- a session that ends in the middle of a run --------------------------------------------------------
# shellcheck disable=SC2046 # words are meant
set -- $("$python" "$helper" seed-mfa "$admin" erin)
key_id=$1 secret=$2 serial=$3
home erin
cat >"$work/device" <<END
#!/bin/sh
echo asked >>"$work/asked-erin"
exec "$python" "$helper" code "$admin" "$serial"
END
cat >"$work/passing" <<END
#!/bin/sh
exec curl -sf --max-time 10 -X POST "$admin/advance" -d '{"seconds": 43210}'
END
chmod +x "$work/device" "$work/passing"
own rotate --plan now --settle 0 --consistency 2s --mfa-command "$work/device" --test "$work/passing"
is "twelve hours go by in a test: exit status" 0 "$status" "$out" "$err"
is "twelve hours go by in a test: the new key's session was renewed" 3 "$(sessions GetSessionToken)"
is "twelve hours go by in a test: each by a code of its own" 3 "$(wc -l <"$work/asked-erin" | tr -d ' ')"
is "twelve hours go by in a test: one key is left, that of the file" "$(sed -n 's/^aws_access_key_id *= *//p' \
    "$HOME/.aws/credentials" | head -n 1) Active" "$("$python" "$helper" keys "$admin" erin)"

run "$keywright" journal verify
is "the journal is whole" 0 "$status" "$err"
finish
