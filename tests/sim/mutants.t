#!/bin/sh
# Does the simulation find bugs? Each entry of tests/sim/mutants is a bug that is put into a copy of the
# core; the changed files are compiled and linked before the core's library, and tests/sim/sim has to fail.
# Says which statement broke, and after how many seeds. MUTANT=NAME in the environment: only that one.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
compile=$(cat "$builddir/tests/sim/compile") || skip_all "tests/sim/compile was not built"
most=50000 # seeds; a bug that these do not find is not found
cd "$builddir" || exit 99
objects=
for part in acts faults hands needs run serve shrink sim statements told world; do
    objects="$objects tests/sim/$part.o"
done

build() { # build FOLDER FILE...: the simulation with these files of the core, as FOLDER/sim
    folder=$1
    shift
    changed=
    for file; do
        # shellcheck disable=SC2086 # flags
        $compile -w -c -o "$folder/$file.o" "$folder/$file" || return 1
        changed="$changed $folder/$file.o"
    done
    # shellcheck disable=SC2086
    $compile -w -o "$folder/sim" $changed $objects librunner.a librotation.a libbase.a
}

mkdir "$work/none"
cp "$srcdir/src/rotation/derive.c" "$work/none/"
build "$work/none" derive.c 2>"$work/none/log" ||
    skip_all "the compiler that built this is not here: $(head -n 1 "$work/none/log")"

mutate="awk -v from=$srcdir/src/rotation -f $srcdir/tests/sim/mutate.awk"
names=${MUTANT:-$($mutate "$srcdir/tests/sim/mutants")}
# shellcheck disable=SC2086 # a list
set -- $names

out=$("$work/none/sim" --seeds 2000)
result $? "without a bug the same build passes" "$out"
[ $# -ge 25 ] || [ -n "${MUTANT-}" ]
result $? "there are $# entries, at least 25"
caught=0 largest=0
for name; do
    dir=$work/$name
    mkdir "$dir"
    files=$($mutate -v want="$name" -v to="$dir" "$srcdir/tests/sim/mutants") || {
        result 1 "$name" "$files"
        continue
    }
    # shellcheck disable=SC2086
    log=$(build "$dir" $files 2>&1) || {
        result 1 "$name does not compile" "$log"
        continue
    }
    out=$("$dir/sim" --quick --seeds $most)
    broken=$(printf '%s\n' "$out" | sed -n 's/^not ok 1 - seed [0-9]*: //p')
    seeds=$(printf '%s\n' "$out" | sed -n 's/^# seeds tried: //p')
    rm -rf "$dir"
    [ -n "$broken" ]
    result $? "$name: $broken (${seeds:-$most} seeds)" "not found in $most seeds" || continue
    caught=$((caught + 1))
    [ "$seeds" -le $largest ] || largest=$seeds
done
echo "# $caught of $# bugs found; the last needed $largest seeds"
finish
