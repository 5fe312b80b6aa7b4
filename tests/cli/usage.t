#!/bin/sh
# What the command line refuses before it does anything, what it says, and the exit status of it.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

refuses() { # refuses STATUS WORDS ARGUMENT...
    expected=$1 words=$2
    shift 2
    run "$keywright" "$@"
    is "keywright $*: exit status" "$expected" "$status" "$out" "$err"
    is "keywright $*: nothing on standard output" "" "$out"
    holds "keywright $*: says why" "$err" "keywright: " "$words"
}

refuses 2 "did you mean 'status'?" statsu
refuses 2 "unknown command 'xyzzy'" xyzzy
refuses 2 "did you mean --profile?" status --profil x
refuses 2 "'status' does not take --settle" status --settle 1s
refuses 2 "needs a value" rotate --key
refuses 2 "not a duration" rotate --yes --soak 24
refuses 2 "careful, today or now" rotate --yes --plan sometime
refuses 2 "exclude each other" rotate --yes --new-key AKIAAAAAAAAAAAAAAAAA --retire AKIAAAAAAAAAAAAAAAAB
refuses 2 "cannot be overridden" rotate --yes --override identity=because
refuses 2 "no gate 'mood'" rotate --yes --override mood=bad
refuses 2 "has no reason" rotate --yes --override soak_over
refuses 2 "six digits" rotate --yes --mfa-code 12
refuses 2 "no terminal" rotate
refuses 2 "no terminal" rotate --plain
refuses 2 "no terminal" rotate --json
refuses 2 "no terminal" resume
refuses 2 "no terminal" rollback 20260101-aaaa
refuses 2 "needs a terminal" --profile x
refuses 2 "--auto" practice
refuses 2 "exclude each other" practice --auto --serve
refuses 2 "goes with --serve" practice --auto --port 1
refuses 2 "not in this version" practice --drill leak
refuses 2 "argument is missing" where
refuses 2 "too many arguments" keys more
refuses 2 "not an access key ID" where /etc/passwd
refuses 2 "argument is missing" policy
refuses 2 "no policy 'root'" policy root
refuses 2 "not about one user" policy scp-deny-root --user ann
refuses 2 "none that IAM allows" policy self --user '*'
refuses 2 "no 'mend'" journal mend
refuses 2 "name of a new file" journal backup
refuses 2 "no further argument" journal verify more

refuses 1 "no rotation" abandon 20260101-aaaa
refuses 1 "no journal yet" history 20260101-aaaa
refuses 1 "no journal yet" status 20260101-aaaa
refuses 1 "keywright" journal verify
refuses 1 "keywright" resume --yes 20260101-aaaa

[ ! -e "$HOME/.local" ]
result $? "none of these made a journal" "$(find "$HOME")"

for command in rotate resume rollback abandon status history keys usage where policy journal practice doctor; do
    run env -i "$keywright" "$command" --help
    is "$command --help needs no environment" 0 "$status" "$err"
    holds "$command --help tells usage and options" "$out" "Usage: keywright $command" "Options:" "--journal FILE"
    run "$keywright" help "$command"
    holds "help $command is the same" "$out" "Usage: keywright $command"
done
run env -i "$keywright" --version
is "--version: exit status" 0 "$status"
holds "--version" "$out" "keywright "
run "$keywright" --help
holds "--help lists the commands" "$out" rotate resume rollback abandon status history keys usage where policy journal practice doctor

run "$keywright" status
is "nothing open: status is 0" 0 "$status" "$err"
run "$keywright" status --json
is "nothing open: status --json prints nothing" "" "$out"
run "$keywright" resume --yes
is "nothing open: resume is 0" 0 "$status" "$err"
run "$keywright" journal path
is "the journal is in the state directory" "$HOME/.local/state/keywright/journal.db" "$out"
run env XDG_STATE_HOME="$work/state" "$keywright" journal path
is "XDG_STATE_HOME moves it" "$work/state/keywright/journal.db" "$out"
run env KEYWRIGHT_JOURNAL="$work/here.db" "$keywright" journal path
is "KEYWRIGHT_JOURNAL names it" "$work/here.db" "$out"
run "$keywright" journal path --json --journal "$work/there.db"
is "--journal names it, as JSON" "{\"path\":\"$work/there.db\"}" "$out"
finish
