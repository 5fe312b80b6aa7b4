#!/bin/sh
# No secret is in the state directory, on standard output or error, or in the arguments and the
# environment of either program, also when the credentials came from the environment.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
[ -d /proc/self ] || skip_all "there is no /proc to look into"
start_practice "$HOME" --new-key-delay 2 --status-delay 1 || result 1 "the practice account starts"

secret_in() { sed -n 's/^ *aws_secret_access_key *= *//p' "$1" | head -n 1; }
old_secret=$(secret_in "$HOME/.aws/credentials")
[ ${#old_secret} = 40 ]
result $? "there is a secret to look for"

children_of() { # without pgrep, which not every system has
    grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3
}

# Copies of what the two programs show of themselves, ten times a second, while the front ($child) runs;
# the keeper is its only child. Half a second is left for its first act, which is to hide the secrets.
look() {
    sleep 0.5
    while kill -0 "$child" 2>/dev/null; do
        for process in "$child" $(children_of "$child"); do
            cat "/proc/$process/cmdline" "/proc/$process/environ" >>"$work/proc" 2>/dev/null
            cat "/proc/$process/comm" >>"$work/names" 2>/dev/null
        done
        sleep 0.1
    done
}
absent() { # absent WHAT SECRET
    found=$(grep -rlaF -e "$2" "$work/proc" "$work/run.out" "$work/run.err" "$HOME/.local" 2>/dev/null)
    is "$1" "" "$found"
}
watched() { # watched WHAT COMMAND...
    what=$1
    shift
    : >"$work/proc"
    : >"$work/names"
    "$@" >"$work/run.out" 2>"$work/run.err" </dev/null &
    child=$!
    look
    wait $child
    is "$what: exit status" 0 $? "$(cat "$work/run.out" "$work/run.err")"
    new_secret=$(secret_in "$HOME/.aws/credentials")
    holds "$what: both programs were looked at" "$(sort -u "$work/names")" keywright keywright-keepe
    if [ "$(id -u)" = 0 ]; then
        grep -qaF "$HOME" "$work/proc"
        result $? "$what: their environment was seen"
    else
        skip "$what: their environment" \
            "both are undumpable, so only root sees it: sudo make check TESTS=tests/cli/secrets.t; tests/secrets/watch.t looks without"
    fi
    absent "$what: the old secret is nowhere" "$old_secret"
    absent "$what: the new secret is nowhere" "$new_secret"
    old_secret=$new_secret
}

watched "from the file" "$keywright" rotate --yes --plan now --settle 1s -v
key=$(key_in "$HOME/.aws/credentials")
watched "from the environment" env AWS_ACCESS_KEY_ID="$key" AWS_SECRET_ACCESS_KEY="$old_secret" \
    AWS_ENDPOINT_URL="$endpoint" "$keywright" rotate --yes --plan now --settle 1s --json -v
finish
