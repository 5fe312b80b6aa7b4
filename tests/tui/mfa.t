#!/bin/sh
# mfa enroll on a terminal: the QR code stands on its other screen, asked for, and is gone with it; two
# codes enable the device; who stops or is killed leaves nothing that the next run does not remove; and
# the seed is in no file, argument list, environment, scrollback, nor in the front.
# shellcheck source=tests/tui/lib.sh
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" --secrets "$work/secrets" --log "$work/log" || skip_all "no practice account"
serial=arn:aws:iam::123456789012:mfa
received() { grep -c "\"action\":\"$1\"" "$work/log"; }
children_of() { # without pgrep, which not every system has
    grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3
}
seed() { sed -n 's/^secret-MFASEED //p' "$work/secrets" | tail -n 1; }
nowhere() { # nowhere WHERE FILE...
    where=$1
    shift
    found=$(grep -rlaF -e "$(seed)" -e "$(printf %s "$(seed)" | sed 's/..../& /g')" "$@" 2>/dev/null)
    is "$where" "" "$found"
}

# --- stopped: by an answer, then killed ---------------------------------------------------------------
terminal main 80x24 || exit 99
enter_line "keywright mfa enroll --name stopped; echo status \$?"
shows "it asks before anything is made" 'Make this MFA device'
is "nothing is made yet" 0 "$(received CreateVirtualMFADevice)"
enter_line y
shows "it asks whether the operator is ready" 'a secret is about to be shown'
is "nothing is drawn yet" "" "$(screen | grep '[▀▄█]')"
keys Enter
shows "the QR code is drawn" '▀▄█|█▄▀|▄▄▄▄▄▄▄'
shows "and what to do said" 'Scan it with the authenticator app'
screen >"$work/qr"
is "at 80x24 all of it is there" 22 "$(grep -c . "$work/qr")" "$(cat "$work/qr")"
nowhere "the letters of the seed are not on the screen unasked" "$work/qr"
keys q
shows "who stops leaves no device behind" 'mfa/stopped was removed again'
shows "and is told by the exit status" '^status 1'
is "it was deleted" 1 "$(received DeleteVirtualMFADevice)"
if t capture-pane -p -S - -t "$pane" | grep -q '[▀▄█]'; then
    result 1 "the QR code is gone from the terminal and its scrollback"
else
    result 0 "the QR code is gone from the terminal and its scrollback"
fi

t clear-history -t "$pane"
enter_line "clear; keywright mfa enroll --name declined --yes; echo status \$?"
wait_for 'about to be shown' && keys q
shows "who is not ready is shown nothing, and nothing stays" 'mfa/declined was removed again'

enter_line "clear; keywright mfa enroll --name killed --yes; echo status \$?"
wait_for 'about to be shown' && keys Enter
wait_for 'Scan it with' || exit 99
front=$(children_of "$(t display -p -t "$pane" '#{pane_pid}')")
keeper=$(children_of "$front")
kill -KILL "$front"
tries=600
while [ "$tries" -gt 0 ] && [ -d "/proc/$keeper" ]; do
    sleep 0.1
    tries=$((tries - 1))
done
if screen | grep -q '[▀▄█]'; then
    result 1 "its keeper wipes the code off the screen" "$(screen)"
else
    result 0 "its keeper wipes the code off the screen"
fi
enter_line "clear; keywright mfa enroll --name told --yes; echo status \$?"
shows "the next run removes what the killed one left" 'about to be shown' 60
keys Enter
wait_for 'Scan it with' || exit 99
kill -TERM "$(children_of "$(t display -p -t "$pane" '#{pane_pid}')")"
shows "told to end, the terminal is wiped and what is left is said" 'interrupted; .*mfa/told is there'
is "of the code nothing is left" "" "$(t capture-pane -p -S - -t "$pane" | grep '[▀▄█]')"
shows "it ends as interrupted" '^status 130'
enter_line "clear; keywright mfa enroll --yes; echo status \$?"
wait_for 'about to be shown' && keys Enter
shows "the next run goes on from there" 'Scan it with' 60
is "that device is gone" "" "$(code_of killed 0 | grep -o '^[0-9]*$')"

# --- looked into while the seed is known ---------------------------------------------------------------
front=$(children_of "$(t display -p -t "$pane" '#{pane_pid}')")
keeper=$(children_of "$front")
[ -n "$front" ] && [ -n "$keeper" ]
result $? "both programs run" "$front" "$keeper"
for process in $front $keeper; do
    cat "/proc/$process/cmdline" "/proc/$process/environ" >>"$work/proc" 2>/dev/null
done
nowhere "the seed is in no argument list and environment" "$work/proc"
nowhere "in no file of ours" "$HOME" "$work/log"
scan=$builddir/tests/secrets/scan
if [ "${KEYWRIGHT_SHORT:-}" = 1 ] || [ ! -x "$scan" ] ||
    grep -q '^#define WITH_SANITIZERS' "$builddir/config.h"; then
    skip "not in the memory of the front" "it is left to the plain build, with the scanner"
else
    run "$scan" memory "$work/secrets" "$front"
    if [ "$status" = 2 ]; then
        skip "not in the memory of the front" "$err; run as root: sudo make check TESTS=tests/tui/mfa.t"
    else
        is "not in the memory of the front" 0 "$status" "$out"
        run "$scan" memory "$work/secrets" --arena "$keeper"
        is "nor in that of the keeper but in its arena" 0 "$status" "$out"
    fi
fi
keys t
shows "asked for, the key is shown as letters" "Key: $(seed | sed 's/\(....\)\(....\).*/\1 \2/')"

# --- the codes ----------------------------------------------------------------------------------------
keys t
shows "and as a code again" 'Scan it with'
keys t
wait_for 'Key: ' && keys Enter
shows "it asks for the first code" 'First code'
enter_line 12345
shows "five digits are no code" 'A code has six digits'
enter_line 000000
wait_for 'The code after it'
enter_line 000001
shows "wrong codes are told" 'MFA code was not accepted'
is "and were sent once" 1 "$(received EnableMFADevice)"
two_codes alice
wait_for 'First code.*$' && enter_line "$first"
wait_for 'The code after it'
enter_line "$second"
shows "two codes enable it" "Enabled: $serial/alice is an MFA device of alice"
shows "with success" '^status 0'
t capture-pane -p -S - -t "$pane" >"$work/scrollback"
nowhere "the seed is not in the scrollback" "$work/scrollback"
nowhere "nor in a file" "$HOME" "$work/log"
run "$keywright" mfa status
is "the user has a device now" 0 "$status" "$out" "$err"
holds "and it is shown" "$out" "$serial/alice" virtual
is "each intent has its outcome in the log" \
    "creating created removing removed creating created removing removed creating created removing removed creating created removing removed creating created enabling enabling enabled" \
    "$(sed -n 's/.*"step":"\([a-z]*\)".*/\1/p' "$HOME/.local/state/keywright/journal.db-mfa" | tr '\n' ' ' | sed 's/ $//')"

# --- a second device wants MFA; a small terminal --------------------------------------------------------------------------
resize 60x12
enter_line "clear; keywright mfa enroll --name small --yes --mfa-code $(code_of alice 0); echo status \$?"
wait_for 'about to be shown' 30 && keys Enter
shows "where there is no room for the code there are letters" 'Key: '
shows "and it is said" 'no room here for a QR code'
keys q
wait_for 'removed again'
resize 80x24
enter_line "clear; keywright mfa enroll --name second --yes; echo status \$?"
shows "a second device wants a code of the first" 'MFA code of .*mfa/alice'
enter_line "$(code_of alice 1)"
wait_for 'about to be shown' && keys Enter
shows "and is made in a session" 'Scan it with'
keys Enter
two_codes second
wait_for 'First code' && enter_line "$first"
wait_for 'The code after it' && enter_line "$second"
shows "it is enabled, too" "Enabled: $serial/second"

# --- for another user, by a role that wants a code ------------------------------------------------------------------------
cat >>"$HOME/.aws/config" <<END
[profile by-role]
endpoint_url = $endpoint
role_arn = arn:aws:iam::123456789012:role/rotation-mfa
source_profile = default
mfa_serial = $serial/alice
END
assumed=$(received AssumeRole)
enter_line "clear; keywright mfa enroll --as by-role --user alice --name third --yes --mfa-code 000000; echo status \$?"
shows "a wrong code of the role is told" 'code was not accepted' 60
shows "with its exit status" '^status 3'
enter_line "clear; keywright mfa enroll --as by-role --user alice --name third --yes; echo status \$?"
shows "the code of a role is asked for" "MFA code of $serial/alice, for the role" 60
curl -s --max-time 10 -X POST "$endpoint/practice/advance?seconds=60" >/dev/null
enter_line "$(code_of alice 0)"
wait_for 'about to be shown' 60 && keys Enter
shows "and the role makes the device" 'Scan it with|Key: '
keys q
wait_for 'mfa/third was removed again'
is "one code, one session" $((assumed + 2)) "$(received AssumeRole)"

# --- the screens, by the role ---------------------------------------------------------------------------------------------
advance() { curl -s --max-time 10 -X POST "$endpoint/practice/advance?seconds=$1" >/dev/null; }
advance 60
assumed=$(received AssumeRole)
enter_line "clear; keywright --as by-role --user alice; echo status \$?"
shows "the screen asks for the code of a role before it looks" "Device     $serial/alice"
enter_line 12345
shows "what is no code is told" 'A code has six digits'
enter_line 000000
shows "a wrong code is told" 'MFA code was not accepted'
enter_line 000000
shows "and a used one from it" 'MFA code was used already'
is "it is not sent again" $((assumed + 1)) "$(received AssumeRole)"
keys Escape
shows "who has none may leave" 'No code was given. R asks for it again'
keys R
wait_for 'It is wanted before anything can be looked at'
for wrong in 10 11 12 13 14 15 16 17 18 19; do # the account's own limit is reached before these are used up
    sent=$(received AssumeRole)
    enter_line 0000$wrong
    for _ in $(seq 600); do
        [ "$(received AssumeRole)" -gt "$sent" ] && break
        sleep 0.1
    done
    wait_for 'MFA code was not accepted|tried too often' || break
    screen | grep -q 'MFA device was tried too often' && break
done
shows "a device that was tried too often is told from a wrong code" 'MFA device was tried too often'
screen | grep -q 'MFA code ──' && result 1 "and it is not asked on" "$(screen)"
advance 600
keys R
shows "and it may be tried again" 'It is wanted before anything can be looked at'
sent=$(received AssumeRole)
enter_line "$(code_of alice 0)"
shows "with a good one the keys are shown" '^ > AKIA'
keys a
shows "audit and rotation ask for none again" 'passed' 90
keys q
wait_for 'Enter rotates this key' && keys Enter
wait_for 'Rotate an access key' && keys Down Down Tab Tab Enter
shows "and the session's end is shown" 'MFA session ends in'
wait_for 'Create the new key'
is "one session for all that" $((sent + 1)) "$(received AssumeRole)"
advance 3400
keys Tab Enter
wait_for "What to do: set the clock" && keys r # a clock that jumps is learnt of by that
shows "before it ends in mid-step a new code is asked for" 'MFA code ──' 90
enter_line "$(code_of alice 0)"
shows "and the rotation goes on with it" 'new key AKIA' 90
is "by a session more" $((sent + 2)) "$(received AssumeRole)"
shows "the new key of the role's source assumes it anew" 'proven' 90
wait_for 'MFA code ──' && advance 60 && enter_line "$(code_of alice 0)"
shows "by a code of its own" 'Switch the old key off' 90
keys Escape
wait_for 'Nothing was done' && keys q
wait_for 'Being rotated' && keys q

# --- the screens, by one's own key under a policy that wants MFA -----------------------------------------------------------------
wait_for '^status' || exit 99
stop "$server"
rm -rf "$HOME/.aws" "$HOME/.local"
start_practice "$HOME" --mfa --policy mfa --log "$work/own-log" || result 1 "a second practice account starts"
own_sessions() { grep -c '"action":"GetSessionToken"' "$work/own-log"; }
enter_line "clear; AWS_PROFILE=backup-job AWS_ACCESS_KEY_ID=$(key_in "$HOME/.aws/credentials") \
AWS_SECRET_ACCESS_KEY=$(sed -n 's/^aws_secret_access_key *= *//p' "$HOME/.aws/credentials" | head -n 1) keywright"
shows "what is denied to look at may want MFA" 'perhaps for want of MFA'
shows "the home screen says whose keys count" 'AWS_ACCESS_KEY_ID in the environment is used'
enter_line "$(code_of alice 0)"
shows "with a code it is looked at" '^ > AKIA'
keys Enter
wait_for 'Rotate an access key' && keys Down Down Tab Tab Enter
shows "the session signs the rotation" 'Create the new key'
is "one code, one session" 1 "$(own_sessions)"
keys Escape
wait_for 'Nothing was done' && keys q
wait_for 'Open rotations' && keys q
wait_for 'is open'

# --- where it cannot be ----------------------------------------------------------------------------------
enter_line "clear; TERM=dumb keywright mfa enroll; echo status \$?"
shows "a dumb terminal cannot hide it again" '^status 2'
run "$keywright" mfa enroll
is "without a terminal it is a usage error" 2 "$status" "$err"
finish
