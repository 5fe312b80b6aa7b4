#!/bin/sh
# From a finding to its fix where this machine holds nothing: another user's key is rotated and shown, a message is
# had as plain text, the operator enrols a device of its own; whom the audit is about; and what an audit on the screen
# leaves for shells.
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" --new-key-delay 0 --status-delay 0 || skip_all "no practice account"
old=$(key_in "$HOME/.aws/credentials")

# The administrator's machine has the administrator's profile, and no other.
only=$work/only
mkdir -p "$only/.aws"
for file in credentials config; do
    awk '/^\[/ { mine = $0 ~ /admin\]/ } mine' "$HOME/.aws/$file" >"$only/.aws/$file"
done
grep -q "$old" "$only/.aws/credentials"
is "the machine does not hold the key" 1 $?

terminal main 80x24 "HOME=$only" || exit 99
due=$only/.local/state/keywright/due
enter_line 'keywright --profile admin; echo status $?'
wait_for '> AKIA'
keys a
wait_for '[0-9]+ failed'
tries=100
while ! grep -q "$old" "$due" 2>/dev/null && [ "$tries" -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
holds "what shells show is kept" "$(cat "$due" 2>/dev/null)" "key " "alice $old"
keys /
type_text '90 days old'
keys Enter Enter
shows "no profile holds the key: this is said" 'no profile here holds the old key'
shows "and to show the new one is proposed" '\(\*\) show'
shows "and a command can be typed" '\( \) command'
keys BTab Up Up Tab Tab Tab Enter
shows "file cannot be chosen" 'No profile here holds the old key: choose where'
keys Down Down Tab Down Down Tab Tab Enter
wait_for 'Create the new key\?' 60
shows "where it goes is confirmed" 'Goes to +show'
keys Tab Enter
shows "the keeper asks whether somebody is ready" 'Enter: show it now' 60
keys Enter
wait_for 'Enter: I have it' 60
keys Enter
answer 'Was the new key received\?'
answer 'Switch the old key off\?'
wait_for 'Delete the old key' 90
type_text "$(printf '%s' "$old" | tail -c 4)"
keys Enter
shows "the rotation comes to its end" 'rotation .* done' 60
keys Escape
shows "and leads back to the findings" 'A rotation of this key was begun here'
is "the old key is gone" "" "$(keys_of alice | grep "$old")"

# A message to copy, without the frame of a dialog.
keys Escape /
type_text 'has an MFA device'
keys Enter
wait_for 'Enter shows a message for alice'
keys Enter
wait_for 'As plain text' && keys Tab Enter
shows "the message as plain text" '^Your user alice in the AWS account'
keys Enter
shows "and back" 'Enter shows a message for alice'

# One's own device.
keys Down
shows "the operator is known" 'Enter leads to the enrolment of a device for you, admin'
keys Enter
wait_for '\[ Enrol \]' && keys Tab Enter
shows "the enrolment asks first" 'Make this MFA device\? \[y/N\]'
keys C-c
shows "Ctrl-C leaves it, and not the program" 'No device was enrolled'
keys Enter
wait_for '\[ Enrol \]' && keys Tab Enter
wait_for 'Make this MFA device'
enter_line y
wait_for 'Enter: show it now' 60
keys Enter
wait_for 'Enter: I have it' && keys Enter
two_codes admin
wait_for 'First code' && enter_line "$first"
wait_for 'The code after it' && enter_line "$second"
shows "the device is enabled" 'Enabled: arn:aws:iam::[0-9]+:mfa/admin' 60
keys Enter
shows "and the screen tells of it" 'The device is enrolled'
shows "and what there is to do" 'You have a device by now. R looks again'
is "until then two have none" 1 "$(screen | grep -c 'Failed: 2 of')"
keys R
shows "looked at again it is there, whatever the report says" 'Failed: 1 of' 60
keys p End
shows "and that is said" 'seen with ListMFADevices' 10
keys p

# Whom the audit is about.
keys Escape u
wait_for 'Whom is the audit about' && keys Down Down
type_text 'administrators'
keys Tab Tab Enter
shows "a group" 'audit of [0-9]{12}, group administrators' 60
wait_for 'Failed: ' 60
is "and nobody else" "" "$(screen | grep ' alice')"
keys u
wait_for 'Whom is the audit about' && keys Down Down
type_text 'nobodies'
keys Tab Tab Enter
shows "a group that is not there is no clean bill" "there is no group 'nobodies'" 30
keys q
wait_for 'Access keys of admin' && keys q
shows "q leaves" '^status 0'
enter_line 'clear; keywright --profile admin --group administrators; echo status $?'
wait_for '> AKIA' && keys a
shows "and on the command line" 'audit of [0-9]{12}, group administrators' 60
keys c
shows "what changed is told" 'Nothing changed since|changes? since the audit of'
keys C-c
enter_line 'clear; keywright --profile admin --group administrators --user alice; echo status $?'
shows "not together with a user" '--user excludes --group'
finish
