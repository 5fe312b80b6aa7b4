#!/bin/sh
# audit of an account of many users: never more than a few requests in flight; what AWS throttles is asked again, and
# neither lost nor told twice; what the lists tell is printed before the keys are looked at; how far it is, on a
# terminal.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

begin() { # begin NAME OPTION...: a fresh account
    HOME=$work/$1
    shift
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 --report-delay 0 "$@" ||
        result 1 "the practice account starts"
}
post() { curl -s --max-time 10 -X POST "$endpoint/practice/$1" >/dev/null; }
number() { # number NAME: of the state of the account
    curl -s --max-time 10 "$endpoint/practice/state" | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"
}
executed() { # executed ACTION: how often it took effect
    curl -s --max-time 10 "$endpoint/practice/state" |
        sed -n "s/.*\"$1\": *{ *\"received\": *[0-9]*, *\"executed\": *\([0-9]*\).*/\1/p"
}
# Key IDs and times are each account's own, and which check comes first is up to the network.
alike() { sed 's/"observed_at":"[^"]*"//; s/AKIA[A-Z0-9]*/AKIA/g' | LC_ALL=C sort; }

begin plain --users 40
run "$keywright" audit --profile admin --json
is "an account of many users" 4 "$status" "$err"
plain=$(printf '%s\n' "$out" | alike)
looked=$(executed ListAccessKeys)
[ "${looked:-0}" -gt 20 ]
result $? "the keys of many of them are looked at" "$looked"
is "each user has one finding of each check about users" 1 \
    "$(printf '%s\n' "$out" | sed -n 's/.*"check":"\(key_rotated_90\)".*"resource":"\(user-00007\)".*/\1 \2/p' | wc -l | tr -d ' ')"
is "uses that change nothing are not asked for" yes \
    "$([ "$(executed GetAccessKeyLastUsed)" -lt "$looked" ] && echo yes)"
holds "none of all this is progress for a file" "$err" 'keywright: reading the account'
case $err in *' of '*' users'*) result 1 "progress is for terminals" "$err" ;; *) result 0 "progress is for terminals" ;; esac
stop "$server"

# --- in flight ---
begin slow --users 40 --latency 20
run "$keywright" audit --profile admin --json
is "with answers that take their time: the same findings" "$plain" "$(printf '%s\n' "$out" | alike)"
most=$(number in_flight_most)
[ "${most:-0}" -gt 1 ] && [ "$most" -le 8 ]
result $? "several requests are in flight, and never more than eight" "$most"
stop "$server"

# --- throttled ---
begin throttled --users 40 --rate 8
run "$keywright" audit --profile admin --json
is "eight requests a second and action: the same findings, each once" "$plain" "$(printf '%s\n' "$out" | alike)" "$err"
case $err in *'as the report has them'*) result 1 "nobody is left out" "$err" ;; *) result 0 "nobody is left out" ;; esac
[ "$(number in_flight_most)" -le 8 ]
result $? "and never more than eight in flight"
stop "$server"

# --- what is there first ---
# in_time FILE PATTERN: until it is in the file.
in_time() {
    for second in $(seq 1 600); do
        grep -q "$2" "$1" && return 0
        sleep 0.1
    done
    return 1
}
audit_aside() { # audit_aside OPTION...: into part, while the test goes on
    "$keywright" audit --profile admin "$@" >"$work/part" 2>"$work/part.err" </dev/null &
    audit=$!
    children="$children $audit"
}
begin first --users 40
post 'fault?spec=throttle:ListAccessKeys:12:0'
audit_aside --json
in_time "$work/part" '"check":"perms_via_groups"' && in_time "$work/part" '"check":"key_rotated_90"'
part=$(alike <"$work/part")
is "some users' keys were seen, not all" 12 "$(executed ListAccessKeys)"
holds "what the lists tell is printed" "$part" '"check":"root_mfa"' '"check":"all_user_mfa"' '"check":"perms_via_groups"'
rotated() { grep -c "\"check\":\"key_rotated_90\".*\"resource\":\"$1\"" "$work/part"; }
is "and what is about keys of those who come first, not of the last one" "1 0" "$(rotated admin) $(rotated user-00040)"
post 'fault?spec='
wait "$audit"
is "it goes on when AWS lets it" 4 "$?" "$(cat "$work/part.err")"
is "the findings are the same, each once" "$plain" "$(alike <"$work/part")"

# Neither the report nor what policies allow is waited for by what does not rest on them.
post 'fault?spec=throttle:GenerateCredentialReport:0:0'
audit_aside --json
in_time "$work/part" '"check":"no_full_admin_policy"' && in_time "$work/part" '"check":"password_min_14"'
result $? "without a report: what does not rest on it" "$(cat "$work/part.err")"
is "and nothing about users" "" "$(grep '"check":"console_user_mfa"' "$work/part")"
kill -INT "$audit"
wait "$audit"
is "an audit is interrupted" 130 "$?"
holds "and tells what that means" "$(cat "$work/part.err")" 'nothing was changed' 'run it again'
is "which is not to resume" "" "$(grep resume "$work/part.err")"
post 'fault?spec='
post 'fault?spec=throttle:GetAccountAuthorizationDetails:0:0'
audit_aside
in_time "$work/part" '(all_user_mfa'
result $? "without policies: what users do, as text" "$(cat "$work/part" "$work/part.err")"
is "and nothing about policies" "" "$(grep 'no_full_admin_policy' "$work/part")"
post 'fault?spec='
wait "$audit"
is "text: the rest follows" "1 1" \
    "$(grep -c '^account ' "$work/part") $(grep -c '(no_full_admin_policy' "$work/part")"
stop "$server"

# --- throttled lists ---
begin lists --users 5 --fault throttle:ListUsers:0:4 --fault throttle:GetAccountAuthorizationDetails:0:4 \
    --fault throttle:GetCallerIdentity:0:4 --fault throttle:GetAccountSummary:0:4
run "$keywright" audit --profile admin --json
is "lists that are throttled are asked for again" "4 " "$status $(printf '%s\n' "$out" | grep -i throttl)" "$err"
stop "$server"

# --- text ---
begin text --users 10 --latency 5
run "$keywright" audit --profile admin
order=$(printf '%s\n' "$out" | sed -n 's/^\(FAIL\|UNKNOWN\|advice\|pass\) .*/\1/p' | uniq | tr '\n' ' ')
is "text: what passes comes last, once" "FAIL advice pass " "$order" "$out"
is "text: one beginning" 1 "$(printf '%s\n' "$out" | grep -c '^account ')"
is "text: the counts of both parts" "$(printf '%s\n' "$out" | grep -c '^\(FAIL\|UNKNOWN\|advice\|pass\) ')" \
    "$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) checks: .*/\1/p')"
run "$keywright" audit --profile admin --csv
is "csv: one line of names" 1 "$(printf '%s\n' "$out" | grep -c '^check,status,')"

# --- a terminal ---
if command -v python3 >/dev/null 2>&1; then
    post 'config?latency=150'
    told=$(timeout 120 python3 - "$keywright" <<'END'
import os, pty, re, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "audit", "--profile", "admin", "--fail-on", "critical"])
told = b""
while True:
    try:
        piece = os.read(fd, 65536)
    except OSError:
        break
    if not piece:
        break
    told += piece
os.waitpid(pid, 0)
shown = re.findall(rb"keywright: \d+ of \d+ (lists|users)", told)
# What a terminal shows in the end: each line after its last carriage return, blanks over what stood there.
lines = []
for line in told.replace(b"\r\n", b"\n").split(b"\n"):
    screen = b""
    for piece in line.split(b"\r"):
        screen = piece + screen[len(piece):]
    lines.append(screen.rstrip())
left = [line for line in lines if re.search(rb"\d+ of \d+ (lists|users)", line)]
print(b" ".join(sorted(set(shown))).decode(), len(left), "findings" if b"FAIL " in told else "none")
END
)
    is "a terminal is told how far it is, and nothing of that stays" "lists users 0 findings" "$told"
else
    skip "progress on a terminal" "python3 is not installed"
fi
finish
