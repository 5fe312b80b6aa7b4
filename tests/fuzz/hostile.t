#!/bin/sh
# Somebody else's text in every place that we show: names and errors of an endpoint, profiles of a file,
# options, the environment, a command's last words, a journal. Whatever is written to a file, a pipe or a
# terminal is safe text, JSON is JSON, and the screen gets no sequence but those that curses writes.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
[ -z "${KEYWRIGHT_SHORT:-}" ] || skip_all "left to the plain build (KEYWRIGHT_SHORT)"
locale -a 2>/dev/null | grep -qi '^C\.utf' || skip_all "there is no C.UTF-8 locale"
export LC_ALL=C.UTF-8 AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1
check=$builddir/tests/fuzz/hostile_check server_program=$builddir/tests/fuzz/hostile_server
pty=$builddir/tests/fuzz/pty
key=AKIAOLDOLDOLDOLD0001
outputs=0 bad=

text() { # NAME: bytes of that kind, at most 100 of them, without a newline
    case $1 in
    escapes) printf 'a\033[2J\033]0;owned\007\033P1$q\033\\b\033[6n\033c' ;;
    controls) printf 'a\001\002\010\013\014\015\016\017\032\034\177b\tc' ;;
    c1) printf 'a\302\233 31m\302\220q\302\234\302\205\302\235 0;x\302\234b' ;;
    raw) printf 'a\233 2J\220\235 0;x\234\300\257\340\200\257\355\240\200\364\220\200\200\376\346\227' ;;
    hidden) printf 'a\342\200\256ecila\342\200\254\342\201\246x\342\200\213\357\273\277\302\255\342\200\250\363\240\201\201b' ;;
    piled) printf '\314\201e\314\201\314\202\314\203\314\204\314\205\314\206\314\207\314\210\314\211\314\212\314\213x\322\211' ;;
    wide) printf '\346\227\245\346\234\254\350\252\236\357\275\206\360\237\230\200\342\230\272\357\270\217\355\225\234' ;;
    esac
}
# Which of them XML 1.0 can carry; with the others the whole answer is refused.
in_xml() { case $1 in c1 | hidden | piled | wide) true ;; *) false ;; esac; }

# looked_at HOW WHAT: $work/out and $work/err of a run.
looked_at() {
    outputs=$((outputs + 1))
    for stream in out err; do
        how=text
        [ "$1:$stream" != json:out ] || how=json
        complaint=$("$check" $how <"$work/$stream") || bad="$bad
$2, std$stream: $complaint"
    done
}
# try COMMAND...: both ways of output.
try() {
    run "$keywright" "$@"
    shown=$out$err
    looked_at text "$kind: $*"
}
both() {
    try "$@"
    run "$keywright" "$@" --json
    looked_at json "$kind: $* --json"
}
no_complaint() {
    is "$1" "" "$bad"
    bad=
}
serve() { # names|errors
    text "$kind" >"$work/text"
    "$server_program" "$work/text" "$1" >"$work/port" 2>/dev/null </dev/null &
    server=$!
    children="$children $server"
    for _ in $(seq 600); do [ -s "$work/port" ] && break; sleep 0.05; done
    AWS_ENDPOINT_URL=http://127.0.0.1:$(cat "$work/port")
    export AWS_ENDPOINT_URL
}
mkdir -p "$HOME/.aws"
credentials() { # NAME
    printf '[default]\naws_access_key_id = %s\naws_secret_access_key = oldsecret\n[%s]\naws_access_key_id = %s\naws_secret_access_key = oldsecret\n' \
        $key "$1" $key >"$HOME/.aws/credentials"
    chmod 600 "$HOME/.aws/credentials"
}
# on_screen NAME ROWS COLUMNS KEYS WORD COMMAND...: a point.
on_screen() {
    name=$1
    shift
    complaint=$("$pty" "$@" 2>&1)
    is "$name" 0 $? "$complaint"
    outputs=$((outputs + 1))
}

for kind in escapes controls c1 raw hidden piled wide; do
    export KEYWRIGHT_JOURNAL="$work/$kind.db"
    t=$(text $kind)
    serve names
    credentials "$(printf %s "$t" | tr -d ';')" # which would begin a comment
    both keys
    ! in_xml $kind || holds "$kind: the name was shown" "$shown" "$key" "111122223333"
    both keys --all-users
    both where $key
    both rotate --yes --plan now --settle 0 --consistency 0 --reason "why $t" --ticket "$t" --to file:default
    both status
    both history
    id=$("$keywright" history --json 2>/dev/null | sed -n 's/.*"id":"\([^"]*\)".*/\1/p' | head -n 1)
    [ -z "$id" ] || both history "$id"
    try journal export
    try journal verify
    try doctor
    no_complaint "$kind: names of an endpoint, profiles of a file, reasons in the journal"
    word=Keywright
    ! in_xml $kind || word=$key
    on_screen "$kind: the screens" 24 80 '?\eH\r\e\eq' $word "$keywright"
    stop $server

    serve errors
    both keys
    both rotate --yes --plan now --settle 0 --reason "$t"
    try doctor
    no_complaint "$kind: errors of an endpoint"
    on_screen "$kind: the screen of an error" 24 80 'q' "Keywright" "$keywright"
    on_screen "$kind: a plain terminal" -p 24 200 '' "keywright: " "$keywright" keys --plain
    stop $server

    unset AWS_ENDPOINT_URL
    try keys --profile "$t" --endpoint-url http://127.0.0.1:9
    try keys --region "$t" --endpoint-url http://127.0.0.1:9
    try keys --endpoint-url "http://127.0.0.1:9/$t"
    try keys --user "$t" --endpoint-url http://127.0.0.1:9
    try "--$t"
    try "$t"
    try rotate --yes --to "$t" --endpoint-url http://127.0.0.1:9
    try rotate --yes --to "command:$t" --endpoint-url http://127.0.0.1:9
    try rotate --yes --soak "$t"
    try rotate --yes --override "$t=x"
    try status --journal "$work/$t.none"
    try journal backup "$work/$t/x"
    try journal verify --against "$t"
    AWS_PROFILE=$t try keys
    AWS_REGION=$t try doctor
    printf '[default\nx%s\n' "$t" >"$HOME/.aws/credentials"
    try keys
    mkdir -p "$work/home $t/.aws" && printf 'x\n' >"$work/home $t/.aws/credentials"
    HOME="$work/home $t" try keys
    printf '#!/bin/sh\ncat "%s" >&2\nexit 3\n' "$work/text" >"$work/process"
    chmod 700 "$work/process"
    printf '[default]\ncredential_process = %s\n' "$work/process" >"$HOME/.aws/config"
    rm "$HOME/.aws/credentials"
    try keys
    rm "$HOME/.aws/config"
    no_complaint "$kind: options, environment, broken files, a command's last words"
done

# --- a journal of somebody else's -----------------------------------------------------------------------
for file in hostile-row hostile-event long-values; do
    kind=$file
    tail -c +2 "$top/tests/fuzz/corpus/journal/$file" >"$work/journal.db"
    chmod 600 "$work/journal.db"
    export KEYWRIGHT_JOURNAL="$work/journal.db"
    both status
    [ $file != hostile-row ] || holds "the name in the journal is shown" "$shown" 'x1b'
    both history
    both history 2
    try journal export
    try journal verify
    try resume
done
no_complaint "journals of somebody else's"
tail -c +2 "$top/tests/fuzz/corpus/journal/hostile-row" >"$work/journal.db"
credentials work
on_screen "the screen on such a journal" 24 80 'H\r\e\eq' "Keywright" "$keywright" --endpoint-url http://127.0.0.1:9

# --- what an operator's commands say on their way out ------------------------------------------------------
unset KEYWRIGHT_JOURNAL AWS_ENDPOINT_URL
for kind in escapes c1 raw piled; do
    text $kind >"$work/text"
    start_practice "$work/practice-$kind" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
    HOME=$work/practice-$kind
    rotate="rotate --yes --plan now --settle 0 --consistency 0 --profile default"
    # shellcheck disable=SC2086 # words are meant
    {
        try $rotate --to "command:$work/process"
        [ $kind != escapes ] || holds "what a command said is shown" "$shown" 'x1b'
        both status
        try history "$("$keywright" history --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')"
        try rollback "$("$keywright" history --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')" --yes
        try $rotate --test "$work/process; $(text $kind)"
    }
    both status
    try journal export
    stop $server
done
no_complaint "what commands say, in messages and in the journal"

# --- a terminal of another encoding -----------------------------------------------------------------------
kind=wide LC_ALL=C
credentials "$(text wide)"
try keys --profile "$(text piled)"
result "$(LC_ALL=C grep -c '[^ -~]' "$work/err")" "in a C locale all is ASCII" "$err"
on_screen "and the screen takes it" 24 80 'q' "Keywright" "$keywright" --endpoint-url http://127.0.0.1:9
no_complaint "text in a C locale"

echo "# $outputs outputs with somebody else's text looked at"
finish
