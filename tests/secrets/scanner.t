#!/bin/sh
# The scanner finds what it is to find, in control processes that hide as the product does, and
# nothing where nothing is. Without this, the silence of the other tests would prove nothing.
# shellcheck source=tests/secrets/lib.sh
. "$srcdir/tests/secrets/lib.sh"

canary "$work/secrets"
printf 'other %s\n' '0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3' >"$work/other"

# --- files
mkdir "$work/hay" "$work/clean"
secret=$(cut -d ' ' -f 2 "$work/secrets")
in_file() { # in_file FORM BYTES
    printf 'x%sy' "$2" >"$work/hay/file"
    run "$scan" files "$work/secrets" "$work/hay"
    is "a file: $1" 1 "$status" "$out" "$err"
    holds "a file: $1 is named" "$out" "canary as $1"
}
in_file raw "$secret"
in_file raw "$(printf %s "$secret" | cut -c 17-24)"
in_file base64 "$(printf %s "$secret" | base64)"
in_file base64 "$(printf 'a%s' "$secret" | base64)"
in_file base64 "$(printf 'ab%s' "$secret" | base64)"
in_file percent "$(printf %s "$secret" | sed 's|/|%2F|g; s|+|%2B|g')"
in_file percent-small "$(printf %s "$secret" | sed 's|/|%2f|g; s|+|%2b|g')"
in_file json "$(printf %s "$secret" | sed 's|/|\\/|g')"
in_file hex "$(printf %s "$secret" | od -An -v -tx1 | tr -d ' \n')"
in_file hex-large "$(printf %s "$secret" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F)"
for form in utf-16le utf-16be utf-32le utf-32be; do
    command -v iconv >/dev/null 2>&1 || { skip "a file: $form" "iconv is not installed"; continue; }
    printf %s "$secret" | iconv -f ascii -t "$form" >"$work/hay/file"
    run "$scan" files "$work/secrets" "$work/hay"
    holds "a file: $form is named" "$status $out" "1 " "canary as $form"
done
printf %s "$secret" | cut -c 17-23 >"$work/hay/file"
run "$scan" files "$work/secrets" "$work/hay"
is "seven bytes are no find" 0 "$status" "$out"
{ head -c 1048560 /dev/zero; printf %s "$secret"; } >"$work/hay/file"
run "$scan" files "$work/secrets" "$work/hay"
holds "a find across the pieces in which a file is read" "$status $out" "1 " "canary as raw, 40 bytes"
rm "$work/hay/file"
: >"$work/hay/$(printf %s "$secret" | cut -c 5-20 | tr / _)"
: >"$work/hay/$(printf %s "$secret" | cut -c 18-30)"
run "$scan" files "$work/secrets" "$work/hay"
holds "a find in a file's name" "$status $out" "1 " "a file's name"
echo 'nothing here' >"$work/clean/file"
run "$scan" files "$work/secrets" "$work/clean"
is "nothing where nothing is" 0 "$status" "$out"
run "$scan" files "$work/secrets" "$work/none"
is "a file that is not there is not looked at, and that is told" 2 "$status" "$out"
run "$scan" files "$work/clean/file" "$work/clean"
is "without secrets to look for it does not look" 2 "$status" "$out"

# --- memory
can_look=yes
held "$work/secrets" raw heap
run "$scan" memory "$work/secrets" "$holder"
release
if [ "$status" = 2 ]; then
    can_look=
    skip "the memory of processes that hide" \
        "$err; run as root, or with CAP_SYS_PTRACE: sudo make check TESTS=tests/secrets/scanner.t"
fi
if [ -n "$can_look" ]; then
    for form in raw base64/0 base64/1 base64/2 percent percent-small json hex hex-large \
        utf-16le utf-16be utf-32le utf-32be; do
        held "$work/secrets" $form heap
        run "$scan" memory "$work/secrets" "$holder"
        holds "memory: $form on the heap" "$status $out" "1 " "[heap]" "canary as ${form%/*}"
        release
    done
    for place in stack locked; do
        held "$work/secrets" raw $place
        run "$scan" memory "$work/secrets" "$holder"
        holds "memory: in $place memory" "$status $out" "1 " "canary as raw"
        run "$scan" memory "$work/secrets" --arena "$holder"
        [ $place = locked ]
        expected=$?
        is "memory: in $place memory, when locked memory may hold it" $expected "$status" "$out"
        release
    done
    held "$work/other" raw heap
    run "$scan" memory "$work/secrets" "$holder"
    is "memory: nothing where nothing is" 0 "$status" "$out"
    if command -v setpriv >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        chmod 755 "$work"
        run setpriv --reuid=65534 --clear-groups "$scan" memory "$work/secrets" "$holder"
        is "another user cannot look, and that is told" 2 "$status" "$out"
    else
        skip "another user cannot look" "it takes root and setpriv"
    fi
    release
fi

# --- watch
watched() { run "$scan" watch "$work/secrets" "$@"; }
watched --front none --keeper none -- true
if [ "$status" = 2 ]; then
    skip "what a command does while it runs" "$err"
    finish
fi
holds "watch: a command without our programs" "$status $err" "0 " "front: 0 started" "ended with 0"
watched --front scan -- "$scan" hold "$work/secrets" utf-32be heap
holds "watch: what comes into the front, and what it holds" "$status $err" "1 " \
    "a read brings in: canary as raw" "while it waits: [heap]" "canary as utf-32be"
watched --keeper scan -- "$scan" hold "$work/secrets" raw heap
holds "watch: the keeper's heap" "$status $err" "1 " "keeper" "while it waits: [heap]"
watched --keeper scan -- "$scan" hold "$work/secrets" raw locked
holds "watch: the keeper's locked memory" "$status $err" "0 " " 0 leaks, 1 secrets where they may be"
watched --keeper scan --excuse can -- "$scan" hold "$work/secrets" raw heap
is "watch: names are excused only while the network is awaited" 1 "$status"
secret_environment() { X=$secret "$@"; }
X=$secret
export X
watched --keeper scan -- "$scan" dump
holds "watch: the keeper's environment" "$status $err" "1 " "when it begins: [stack]"
watched --front scan -- "$scan" dump
is "watch: the front is not looked at before it has hidden its environment" 0 "$status" "$err"
unset X
watched --front none --keeper none -- sh -c 'exit 7'
holds "watch: how the command ended" "$err" "ended with 7"
finish
