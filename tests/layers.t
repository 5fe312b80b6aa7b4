#!/bin/sh
# The walls of the house: build-aux/check-layers passes on this tree, finds each kind of planted
# violation, and the libraries that were built want nothing from beyond their walls.
check=$srcdir/build-aux/check-layers
trial=$(mktemp -d) || exit 99
trap 'rm -rf "$trial"' EXIT
count=0

result() { # result STATUS NAME [DETAIL]
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        [ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

found=$("$check" "$srcdir" 2>&1)
result $? "this tree keeps its walls" "$found"

# planted NAME MESSAGE: the tree that stands in $trial is refused with this message.
planted() {
    found=$("$check" "$trial" 2>&1)
    status=$?
    case $found in *"$2"*) [ $status = 1 ] ;; *) false ;; esac
    result $? "$1" "status $status: $found"
    rm -rf "$trial/src"
}
file() { # file PATH LINE...: a file of the planted tree
    path=$trial/$1
    shift
    mkdir -p "${path%/*}"
    printf '%s\n' "$@" >"$path"
}

file src/rotation/next.c '#include "base/text.h"' '#include <string.h>'
file src/journal/journal.c '#include <sqlite3.h>' '#include "rotation/event.h"'
file src/tui/paint.c '#include <curses.h>'
found=$("$check" "$trial" 2>&1)
result $? "what is allowed passes" "$found"
rm -rf "$trial/src"

file src/rotation/next.c '#include <sqlite3.h>'
planted "SQLite in the core" "src/rotation/next.c:1: includes sqlite3.h"
file src/tui/screen.c '#include "tui/cell.h"' '# include <ncurses.h>'
planted "curses outside the painter" "src/tui/screen.c:2: includes ncurses.h"
file src/keeper/main.c '#include <curl/curl.h>'
planted "curl outside aws/" "src/keeper/main.c:1: includes curl/curl.h"
file src/profile/read.c '#include <expat.h>'
planted "expat outside aws/" "src/profile/read.c:1: includes expat.h"
file src/cli/serve.c '#include <microhttpd.h>'
planted "libmicrohttpd outside practice/" "src/cli/serve.c:1: includes microhttpd.h"
file src/aws/client.c '#include <openssl/ssl.h>'
planted "TLS of our own" "src/aws/client.c:1: includes openssl/ssl.h"
file src/rotation/next.c '#include <time.h>'
planted "a clock in the core" "src/rotation/next.c:1: is pure and includes time.h"
file src/practice/account.c '#include "sign/sign.h"'
planted "more than base in the model of the practice account" "src/practice/account.c:1: is pure"
file src/base/text.c '#include "rotation/event.h"'
planted "an upward arrow" "src/base/text.c:1: base/ may not see rotation/"
file src/cli/rotate.c '#include "aws/client.h"'
planted "the keeper's room in the front" "src/cli/rotate.c:1: cli/ may not see aws/"
file src/tui/app.c '#include "cli/rotate.h"'
planted "the screen on the command line" "src/tui/app.c:1: tui/ may not see cli/"
file src/runner/runner.c '#include "base/secret.h"'
planted "secrets in the front" "src/runner/runner.c:1: is in the front and reaches base/secret.h"
file src/base/handy.h '#include "base/secret.h"'
file src/cli/rotate.c '#include "base/handy.h"'
planted "secrets in the front by a detour" "src/cli/rotate.c:1: is in the front and reaches"
file src/base/a.h '#include "base/b.h"'
file src/base/b.h '#include "base/c.h"'
file src/base/c.h '#include "base/a.h"'
planted "a circle of headers" "circle: src/base/a.h src/base/b.h src/base/c.h src/base/a.h"
file src/base/a.c '#include "base/b.c"'
planted "an included source file" "src/base/a.c:1: includes base/b.c, which is no header"
file src/attic/old.c '#include "base/text.h"'
planted "a room that is not in the table" "src/attic/ is no room"
file src/base/a.c '#include "text.h"'
planted "an include without its room" "src/base/a.c:1: includes text.h without its room"

# A file that calls one which calls it back: two that can only be understood, and changed, as one.
compile=$(cat "$builddir/tests/sim/compile" 2>/dev/null)
if command -v nm >/dev/null 2>&1 && command -v tsort >/dev/null 2>&1; then
    found=$("$srcdir/build-aux/check-circles" "$builddir" 2>&1)
    result $? "no files call each other in a circle" "$found"
    mkdir -p "$trial/src/base"
    for part in 'a.c int b(void); int a(void) { return b(); }' 'b.c int a(void); int b(void) { return a(); }'; do
        echo "${part#* }" >"$trial/${part%% *}"
        # shellcheck disable=SC2086 # the compiler and its flags
        (cd "$builddir" && $compile -w -c -o "$trial/src/base/libbase_a-${part%%.*}.o" "$trial/${part%% *}")
    done
    found=$("$srcdir/build-aux/check-circles" "$trial" 2>&1)
    case $? in 1) case $found in *base/a.c*base/b.c* | *base/b.c*base/a.c*) true ;; *) false ;; esac ;; *) false ;; esac
    result $? "two files that do are found" "$found"
    rm -rf "$trial/src"
else
    for name in "files in a circle" "two files in a circle"; do
        count=$((count + 1))
        echo "ok $count - $name # SKIP nm or tsort is not installed"
    done
fi

# What the linker says. A sanitizer's build has symbols of its own, which no rule here names.
wants() { # wants FILE PATTERN: the undefined symbols of FILE that match
    nm -u "$builddir/$1" 2>/dev/null | awk -v pattern="$2" '$NF ~ pattern { print $NF }' | sort -u
}
wall() { # wall NAME FILE PATTERN
    if [ ! -f "$builddir/$2" ]; then
        result 1 "$1" "$2 was not built"
        return
    fi
    found=$(wants "$2" "$3")
    test -z "$found"
    result $? "$1" "$2 wants: $found"
}
if command -v nm >/dev/null 2>&1; then
    impure='^(open|openat|read|write|fopen|fopen64|open64|socket|connect|time|clock_gettime|gettimeofday|getenv|printf|puts|fork|execve|sqlite3_|curl_|rand|random|getrandom)(@|$)'
    wall "the core calls no clock, file or network" librotation.a "$impure"
    wall "signing calls no clock, file or network" libsign.a "$impure"
    wall "the practice account calls no clock, file or network" libaccount.a "$impure"
    wall "the front wants no curl, TLS, expat or secret" keywright '^(curl_|SSL_|XML_|secret_|MHD_)'
    wall "the keeper wants no curses, SQLite or journal" keywright-keeper '^(initscr|newterm|wrefresh|doupdate|sqlite3_|journal_|MHD_)'
else
    for wall in core sign account front keeper; do
        count=$((count + 1))
        echo "ok $count - wall of $wall # SKIP nm is not installed"
    done
fi
echo "1..$count"
