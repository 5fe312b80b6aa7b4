# Sourced by the shell tests, which `make check` starts in the build tree with $srcdir and $builddir.
# Gives a folder and a home of the test's own, TAP, and servers that end with the test.
# shellcheck shell=sh
set -u

keywright=$builddir/keywright
practice_server=$builddir/keywright-practice
top=$(cd "$srcdir" && pwd)
work=$(mktemp -d) || exit 99
HOME=$work/home
mkdir "$HOME"
export HOME

# Nothing of the one who runs the tests is to be seen by the program.
for name in $(env | sed -n 's/^\(AWS_[A-Z_]*\|KEYWRIGHT_[A-Z_]*\|XDG_[A-Z_]*\|[A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]\)=.*/\1/p'); do
    case $name in KEYWRIGHT_SHARED | KEYWRIGHT_SHORT | KEYWRIGHT_LONG) continue ;; esac
    unset "$name"
done

# Nothing but loopback is ever asked.
AWS_EC2_METADATA_DISABLED=true
export AWS_EC2_METADATA_DISABLED

count=0 failures=0 children=
cleanup() {
    for child in $children; do kill "$child" 2>/dev/null; done
    wait 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' HUP INT TERM

# result STATUS NAME [DETAIL...]: one test point; the details are shown when it failed.
result() {
    count=$((count + 1))
    status=$1 name=$2
    shift 2
    if [ "$status" = 0 ]; then
        echo "ok $count - $name"
        return 0
    fi
    failures=$((failures + 1))
    echo "not ok $count - $name"
    for detail; do printf '%s\n' "$detail" | sed 's/^/# /'; done
    return 1
}

# is NAME EXPECTED ACTUAL [DETAIL...]
is() {
    name=$1 expected=$2 actual=$3
    shift 3
    [ "$expected" = "$actual" ]
    result $? "$name" "expected: $expected" "found:    $actual" "$@"
}

# holds NAME TEXT WORD...: every word is in the text.
holds() {
    name=$1 text=$2
    shift 2
    lacking=
    for word; do
        case $text in *"$word"*) ;; *) lacking="$lacking '$word'" ;; esac
    done
    [ -z "$lacking" ]
    result $? "$name" "lacks$lacking:" "$text"
}

# python_with MODULE: prints the first python that has it.
python_with() {
    for program in python3 /usr/bin/python3; do
        if "$program" -c "import $1" >/dev/null 2>&1; then
            echo "$program"
            return 0
        fi
    done
    return 1
}

skip() { # skip NAME REASON
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
finish() {
    echo "1..$count"
    [ "$failures" = 0 ]
    exit
}

# run COMMAND...: $status, $out and $err of it; at most two minutes.
run() {
    timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
}

# start_practice HOME OPTION...: a practice account whose credentials are written to HOME/.aws. Sets
# $server (its process) and $endpoint.
start_practice() {
    practice_home=$1
    shift
    mkdir -p "$practice_home"
    rm -f "$practice_home/ready"
    mkfifo "$practice_home/ready"
    timeout 600 "$practice_server" --home "$practice_home" --ready-fd 3 "$@" \
        3>"$practice_home/ready" </dev/null >"$practice_home/server.out" 2>&1 &
    server=$!
    children="$children $server"
    ready=$(timeout 120 head -n 1 "$practice_home/ready")
    endpoint=$(printf '%s\n' "$ready" | sed -n 's/.*"endpoint": *"\([^"]*\)".*/\1/p')
    rm -f "$practice_home/ready"
    [ -n "$endpoint" ]
}
# stop PID: end a process of ours.
stop() {
    kill "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    children=$(printf '%s' "$children" | sed "s/ $1\$//; s/ $1 / /")
}

# keys_of USER: "ID STATUS" lines of a practice account.
keys_of() {
    curl -s --max-time 10 "$endpoint/practice/state" | sed 's/.*"keys": *\[//; s/\].*//' | tr '}' '\n' |
        sed -n "s/.*\"user\":\"$1\",\"key\":\"\([A-Z0-9]*\)\",\"status\":\"\([A-Za-z]*\)\".*/\1 \2/p"
}

# The first key ID of a credentials file; masked FILE: the file with every pair made the same.
key_in() { sed -n 's/^ *aws_access_key_id *= *\([A-Z0-9]*\) *$/\1/p' "$1" | head -n 1; }
masked() { sed 's/^\( *aws_access_key_id *= *\).*/\1ID/; s/^\( *aws_secret_access_key *= *\).*/\1SECRET/' "$1"; }
