#!/bin/sh
# The manual: mandoc has nothing to complain of, and every command and every option that the program
# knows is in it; and the tests that SECURITY.md names are there.
keywright=$builddir/keywright
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

for page in "$srcdir"/man/*.1; do
    if command -v mandoc >/dev/null 2>&1; then
        found=$(mandoc -T lint -W warning "$page" 2>&1)
        result $? "${page##*/} is clean" "$found"
    else
        count=$((count + 1))
        echo "ok $count - ${page##*/} # SKIP mandoc is not installed"
    fi
done

# The page of a command; some share one.
page_of() {
    case $1 in
    rollback | abandon) echo "$srcdir/man/keywright-resume.1" ;;
    *) echo "$srcdir/man/keywright-$1.1" ;;
    esac
}

listed=0
for command in rotate resume rollback abandon status history keys audit due usage where policy mfa journal practice doctor; do
    page=$(page_of "$command")
    help=$("$keywright" "$command" --help 2>&1)
    status=$?
    if [ $status != 0 ]; then
        result 1 "$command --help exits 0" "status $status: $help"
        continue
    fi
    listed=$((listed + 1))
    grep -q "^\.It Ic $command$" "$srcdir/man/keywright.1" && grep -q "keywright.$command" "$page"
    result $? "$command is in keywright.1 and has a page"

    told=$(cat "$page" "$srcdir/man/keywright.1" | tr -d '\\' | grep -oE '(Fl|,) +-[a-z][a-z-]+( |$)' | sed 's/.* -/--/' | tr -s '\n ' ' ')
    lost=
    for option in $(printf '%s\n' "$help" | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
        case " $told " in
        *" $option "*) ;;
        *) lost="$lost $option" ;;
        esac
    done
    test -z "$lost"
    result $? "every option of $command is in the manual" "not in the manual:$lost"
done
main=$("$keywright" --help 2>&1 | awk '/^  [a-z]+ / { print $1 }' | sort -u)
unknown=
for command in $main; do
    case " rotate resume rollback abandon status history keys audit due usage where policy mfa journal practice doctor " in
    *" $command "*) ;;
    *) unknown="$unknown $command" ;;
    esac
done
test -z "$unknown" && test $listed = 16
result $? "keywright --help lists no command without a page" "$unknown ($listed)"

# What SECURITY.md names as shown by tests: each file is there, and each test in one of the files of its row.
lost='' rows=0 files=''
# shellcheck disable=SC2016,SC2086 # backquotes of Markdown; words are meant
for word in $(sed -n '/^| *[0-9]/p' "$srcdir/SECURITY.md" | sed 's/^/ROW /' | grep -oE '^ROW|`[a-z0-9_/.-]*`' | tr -d '`'); do
    case $word in
    ROW) files='' rows=$((rows + 1)) ;;
    tests/*)
        file=$srcdir/$word
        [ -e "$file" ] || file=$file.c
        [ -e "$file" ] || lost="$lost $word"
        files="$files $file"
        ;;
    *_*_*) grep -qs "$word(void \*\*state)" $files || lost="$lost $word" ;;
    test_*) grep -qs "TEST($word)" $files || lost="$lost $word" ;;
    [a-z]*-*-*) grep -qs "$word" "$srcdir/tests/sim/mutants" || lost="$lost $word" ;;
    esac
done
test -z "$lost" && test $rows -ge 33
result $? "every test that SECURITY.md names is there" "$rows rows; not found:$lost"
echo "1..$count"
