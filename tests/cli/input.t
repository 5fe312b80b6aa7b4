#!/bin/sh
# Bad input: each a clear message (what, why, what to do) with the right exit status, nothing done.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
start_practice "$HOME" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
old=$(key_in "$HOME/.aws/credentials")
cp -R "$HOME/.aws" "$work/aws"
restore() { rm -rf "$HOME/.aws"; cp -R "$work/aws" "$HOME/.aws"; }

# fails WHAT STATUS WORDS COMMAND...: status, a word on what to do, and no change.
fails() {
    what=$1 expected=$2 words=$3
    shift 3
    run "$@"
    is "$what: exit status" "$expected" "$status" "$out" "$err"
    # shellcheck disable=SC2086 # words are meant
    holds "$what: what, why, what to do" "$err" "keywright: " "  do: " $words
    is "$what: no key was changed" "$old Active" "$(keys_of alice)"
}
rotate="rotate --yes --plan now --settle 0"

# shellcheck disable=SC2086
{
    fails "unknown profile" 2 "nobody" "$keywright" $rotate --profile nobody
    fails "unknown key" 1 "AKIAAAAAAAAAAAAAAAAA" "$keywright" $rotate --key AKIAAAAAAAAAAAAAAAAA --to file:default
    fails "no network" 1 "" "$keywright" $rotate --endpoint-url http://127.0.0.1:9
    fails "no key ID" 2 "--key ID" "$keywright" $rotate --key iMnQHXSauMtkYhqzqMoZ/g1YyVd0bj+PqZ/5HWRO
    case $err in *iMnQ*) false ;; *) true ;; esac
    result $? "no key ID: what may be a secret is not repeated" "$err"
    fails "a reason that is not UTF-8" 2 "--reason UTF-8" "$keywright" $rotate --reason "$(printf 'x\377')"
    fails "no key ID to retire" 2 "--retire ID" "$keywright" $rotate --retire x
    fails "endpoint in the clear" 2 "" "$keywright" $rotate --endpoint-url http://192.0.2.1/
    fails "another user's key" 1 "" "$keywright" $rotate --user bob --key "$old"
    fails "unknown target" 2 "" "$keywright" $rotate --to pigeon:coo

    sed '/aws_secret_access_key/d' "$work/aws/credentials" >"$HOME/.aws/credentials"
    fails "half a pair" 1 "" "$keywright" $rotate
    restore
    printf '[default\naws_access_key_id = x\n' >"$HOME/.aws/credentials"
    fails "malformed file" 1 "credentials 1" "$keywright" $rotate
    restore
    rm "$HOME/.aws/credentials"
    fails "no credentials" 1 "--profile" "$keywright" $rotate
    restore

    curl -s --max-time 10 "$endpoint/practice/state" >/dev/null
    fails "a journal that is a directory" 1 "journal" "$keywright" $rotate --journal "$HOME"
    echo 'this is no database, but it is long enough to be one' >"$work/damaged.db"
    fails "a damaged journal" 1 "damaged" "$keywright" $rotate --journal "$work/damaged.db"
    run "$keywright" status --journal "$work/damaged.db"
    is "status of a damaged journal" 1 "$status" "$out" "$err"
    is "the damaged journal is kept as it is" "this is no database, but it is long enough to be one" "$(cat "$work/damaged.db")"
    if [ "$(id -u)" = 0 ]; then
        skip "a read-only journal" "root may write everywhere"
    else
        mkdir "$work/locked"
        chmod 500 "$work/locked"
        fails "a directory without write permission" 1 "" "$keywright" $rotate --journal "$work/locked/journal.db"
        chmod 700 "$work/locked"
    fi
}

chmod 644 "$HOME/.aws/credentials"
run "$keywright" doctor
is "doctor: an open file: exit status" 4 "$status" "$out" "$err"
holds "doctor: an open file: what to do" "$out" "do: credentials_file: chmod 600 $HOME/.aws/credentials"
restore
# Without HOME, as a service may be started: where the user database says.
home=$(getent passwd "$(id -u)" | cut -d: -f6)
run env -u HOME "$keywright" journal path
is "without HOME the journal is in the home directory" "$home/.local/state/keywright/journal.db" "$out" "$err"

# -v tells of each request beside what was asked for, with commands that look, too.
run "$keywright" keys -v --json
holds "keys -v: requests" "$err" "request sts:GetCallerIdentity signed by $old, attempt 1: HTTP 200" "request iam:ListAccessKeys"
is "keys -v: the object alone on standard output" 1 "$(printf '%s\n' "$out" | grep -c '^{"user":')" "$out"

# What cannot be written down is no success.
if [ -c /dev/full ]; then
    for words in keys "keys --json" "where $old --json" "policy self" --version "keys --help"; do
        # shellcheck disable=SC2086 # words are meant
        timeout 120 "$keywright" $words >/dev/full 2>"$work/err" </dev/null
        is "$words to a full disk: exit status" 1 $?
        holds "$words to a full disk: why" "$(cat "$work/err")" "standard output: No space left" "  do: "
    done
    timeout 120 "$keywright" due >/dev/full 2>"$work/err" </dev/null
    is "due to a full disk: exit status" 1 $? "$(cat "$work/err")"
else
    skip "output to a full disk" "there is no /dev/full"
fi

# What does nothing leaves nothing: no journal of no rotations.
journal=$HOME/.local/state/keywright/journal.db
for words in "$rotate --to pigeon:coo" "$rotate --profile nobody" "resume zzz --yes" "rollback zzz --yes" "abandon zzz --yes"; do
    # shellcheck disable=SC2086 # words are meant
    run "$keywright" $words
    [ "$status" != 0 ] && [ ! -e "$journal" ]
    result $? "$words: makes no journal" "$status" "$out" "$err"
done

run "$keywright" $rotate
is "and then it works" 0 "$status" "$out" "$err"
# Nothing of ours becomes standard output when there is none, such as the socket to the keeper.
# shellcheck disable=SC2086 # words are meant
timeout 120 "$keywright" $rotate <&- >&- 2>&-
is "without standard descriptors: exit status" 0 $? "$("$keywright" status)"
run "$keywright" journal verify
is "without standard descriptors: the journal is whole" 0 "$status" "$err"
# A reader who leaves does not end it between two acts.
# shellcheck disable=SC2086 # words are meant
(timeout 120 "$keywright" $rotate 2>"$work/err"; echo $? >"$work/status") </dev/null | head -n 1 >/dev/null
is "a reader who leaves: exit status" 0 "$(cat "$work/status")" "$(cat "$work/err")"
is "a reader who leaves: nothing stays open" "" "$("$keywright" status --json)"
if command -v sqlite3 >/dev/null 2>&1; then
    journal=$HOME/.local/state/keywright/journal.db
    old=$(key_in "$HOME/.aws/credentials")
    cp "$journal" "$work/newer.db"
    sqlite3 "$work/newer.db" 'PRAGMA user_version = 9999' >/dev/null
    # shellcheck disable=SC2086
    fails "a newer journal" 1 "newer" "$keywright" $rotate --journal "$work/newer.db"

    # An event that was changed by hand: shown, with a warning, and not acted on.
    run "$keywright" rotate --yes --settle 0 --quiet 0 --soak 24h
    is "a rotation that waits for its soak" 3 "$status" "$err"
    id=$("$keywright" status --json | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')
    keys=$(keys_of alice)
    triggers=$(sqlite3 "$journal" "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_master WHERE type = 'trigger'")
    sqlite3 "$journal" "$triggers; UPDATE event SET detail = replace(detail, '\"soak\":86400', '\"soak\":1')
        WHERE rotation = '$id' AND seq = 1;"
    run "$keywright" resume --yes
    is "an event that was changed opens no gate" 1 "$status" "$out" "$err"
    holds "it is said which" "$err" "the journal is damaged" "event" "is not what was written" "  do: "
    is "nothing was done" "$keys" "$(keys_of alice)"
    run "$keywright" status
    is "status of a changed journal" 3 "$status" "$err"
    holds "status warns" "$err" "the journal is damaged" "event" "not acted on"
    run "$keywright" history "$id"
    is "the history is shown" 0 "$status" "$err"
    holds "with a warning" "$err" "the journal is damaged"
else
    skip "a newer journal" "sqlite3 is not installed"
    skip "a changed journal" "sqlite3 is not installed"
fi
finish
