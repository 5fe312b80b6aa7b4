#!/bin/sh
# The answer of an act is lost, late or spoiled after the act took effect. However often that happens,
# the user ends with one key, that of the file, and every key that was made besides is gone.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }

# finish_it WHAT: rotate, and resume until nothing is open, five times at most.
finish_it() {
    what=$1
    run "$keywright" rotate --yes --plan now --settle 0 --consistency 2s --timeout 3s
    said="rotate: $status $out $err"
    tries=0
    while [ "$status" != 0 ] && [ $tries -lt 5 ]; do
        run "$keywright" resume --yes
        said="$said
resume: $status $out $err"
        tries=$((tries + 1))
    done
    is "$what: comes to its end" 0 "$status" "$said"
    run "$keywright" status
    is "$what: nothing is open" 0 "$status" "$out"
    run "$keywright" journal verify
    is "$what: the journal is whole" 0 "$status" "$err"
}

number=0
lost() { # lost FAULT ACTION [MORE]
    number=$((number + 1))
    user "user$number"
    home "user$number"
    tell /faults "{\"fault\":\"$1\",\"action\":\"$2\",\"times\":1${3-}}"
    finish_it "$1 on $2"
    no_faults
    rotated "$1 on $2" "user$number"
}

lost reset_after CreateAccessKey
made=$("$python" "$helper" count "$log" CreateAccessKey)
deleted=$("$python" "$helper" count "$log" DeleteAccessKey)
is "reset_after on CreateAccessKey: two keys made, the orphan and the old one deleted" "2 2" "$made $deleted"
lost close_after CreateAccessKey
is "close_after on CreateAccessKey: it was not sent again by itself" 2 \
    "$("$python" "$helper" count "$log" CreateAccessKey)"
lost hang_after CreateAccessKey
lost error_after CreateAccessKey
lost truncate CreateAccessKey
lost malformed CreateAccessKey ',"kind":"no_secret"'
lost reset_before CreateAccessKey
lost reset_after UpdateAccessKey
lost hang_after UpdateAccessKey
lost reset_after DeleteAccessKey
lost truncate DeleteAccessKey
finish
