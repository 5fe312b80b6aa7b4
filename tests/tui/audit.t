#!/bin/sh
# The audit screen on the practice account: findings, their order, a message, a remedy, a rotation of another
# user's key that begins at its finding, and an audit that is stopped.
. "$srcdir/tests/tui/lib.sh"

start_practice "$HOME" || skip_all "no practice account"
old=$(key_in "$HOME/.aws/credentials")

terminal main 80x24 || exit 99
enter_line 'keywright --profile admin; echo status $?'
wait_for '> AKIA'
keys a
shows "an audit tells how many fail" '[0-9]+ failed, 0 unknown, [0-9]+ passed'
shows "of which account, and how old its report is" 'audit of [0-9]{12}' 1
holds "the report's age" "$(screen)" 'Credential report of' 'old; R asks again'
first=$(screen | sed -n '5p')
holds "the worst first, and marked" "$first" '>' 'high'
is "what passed is hidden" "" "$(screen | grep 'The root user has no access keys')"
keys p
shows "p shows what passed" 'The root user has no access keys'
keys p '?'
shows "help" 'show what passed too'
keys Escape /
type_text 'no such thing'
shows "a filter that leaves nothing" 'No finding has this text'
keys Escape
shows "and is left" 'Administrators have MFA'
keys Enter
shows "a missing device: a message for the user" 'keywright mfa enroll'
keys Escape Down Enter
shows "a password policy: its remedy" 'update-account-password-policy'
keys Escape /
type_text '90 days old'
keys Enter
shows "the old key of another user" "Enter rotates $old of alice"
keys Space
shows "a finding is marked" '1 marked'
keys Enter
shows "and leads to the dialog of its rotation" 'As a command: keywright rotate --profile admin --user alice --key'
keys Down Down Tab Tab Enter
answer 'Create the new key'
result $? "another user's rotation begins"
answer 'Switch the old key off'
result $? "and goes on"
wait_for 'Delete the old key' 90
type_text "$(printf '%s' "$old" | tail -c 4)"
keys Enter
shows "to its end" 'rotation .* done' 60
keys Escape
shows "and leads back to the findings" 'A rotation of this key was begun here'
is "the old key is gone" "" "$(keys_of alice | grep "$old")"
keys R
shows "looked at again, the finding is gone" 'Failed: 0 of' 60
shows "and what changed is counted" '[0-9]+ changes: c shows them'
keys c
shows "and told" 'alice has a new key AKIA'
keys Escape
keys Escape
keys q
wait_for 'Access keys of admin'
keys q
shows "q leaves" '^status 0'

# alice may read the virtual devices, and nothing else that an audit needs: nothing but that passes.
terminal alice 80x24 NO_COLOR=1 || exit 99
enter_line keywright
wait_for '> AKIA'
keys a
shows "missing permissions are named" 'permission iam:[A-Za-z]* is missing' 60
holds "and nothing else passes" "$(screen)" '0 failed' ' 1 passed'
t capture-pane -p -e -t alice | grep -Eq "$(printf '\033')\[[0-9;]*(3[0-7]|38;5)"
is "NO_COLOR is honoured" 1 $?
keys C-c

# A report that is not ready: the screen goes on meanwhile, with what is known, and Esc stops the audit.
stop "$server"
start_practice "$work/slow" --report-delay 60 || skip_all "no practice account"
terminal slow 80x24 "HOME=$work/slow" || exit 99
enter_line 'keywright --profile admin; echo status $?'
wait_for '> AKIA'
keys a
shows "what is waited for is told" '[0-9]+ of 1[0-9]. Esc stops' 4
shows "findings that do not rest on it are there" '> +medium +Passwords have at least 14'
holds "and it is said that there are more to come" "$(screen)" 'Passed: told at the end'
keys '?'
shows "keys are answered meanwhile" 'show what passed too' 2
keys Escape
wait_for 'Esc stops'
keys Escape
shows "Esc stops it" 'Access keys of admin' 2
keys q
shows "and one can leave" '^status 0' 15
finish
