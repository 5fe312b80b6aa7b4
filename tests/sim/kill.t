#!/bin/sh
# A rotation on the practice account, ended by SIGKILL at every point where it touches the world, and
# resumed. However it was ended: the user has one key, it is Active, it is the one in the file, it
# works; nothing is left beside the file but what was there; the file is otherwise as before; the
# journal is whole and nothing is open.
#
# tests/sim/killshim.so finds the points: it ends the front after its N-th write to the disk (which is
# what an append to the journal is) and its N-th message to the keeper, and the keeper after its N-th
# send or receive, its N-th file operation and its N-th message to the front. N goes up until a run
# ends by itself, so that no point is left out. The points of one kind are walked in parallel lanes.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
shim=$builddir/tests/sim/killshim.so
[ -f "$shim" ] || skip_all "tests/sim/killshim.so was not built"
LD_PRELOAD=$shim true 2>/dev/null || skip_all "LD_PRELOAD does not work here"

options="--yes --settle 0 --consistency 2s --timeout 5s"
most=400 # points of one kind; far more than there are

# Everything that must hold at the end; prints what does not.
final_state() { # final_state TRIAL OLD-KEY
    keys=$(keys_of alice)
    in_file=$(key_in "$1/home/.aws/credentials")
    [ "$keys" = "$in_file Active" ] || echo "keys are '$keys' and the file holds $in_file"
    [ -z "$2" ] || [ "$in_file" = "$2" ] || echo "the file holds $in_file and not $2"
    masked "$1/home/.aws/credentials" >"$1/after"
    cmp -s "$1/before" "$1/after" || echo "the file has changed elsewhere"
    left=$(ls -A "$1/home/.aws" | grep -v -x -e credentials -e config)
    [ -z "$left" ] || echo "left behind: $left"
    "$keywright" keys >"$1/keys" 2>&1 </dev/null || echo "the key in the file does not work: $(cat "$1/keys")"
    if [ -f "$1/home/.local/state/keywright/journal.db" ]; then
        # A journal that was being made when the front ended may hold nothing yet.
        "$keywright" journal verify >"$1/verify" 2>&1 || grep -q 'nothing was journalled yet' "$1/verify" ||
            echo "journal verify: $(cat "$1/verify")"
        "$keywright" status >"$1/status" 2>&1 || echo "status: $(cat "$1/status")"
    fi
}

# Resume until nothing is open. Prints what went wrong.
resume_all() { # resume_all TRIAL
    tries=0
    while :; do
        timeout 60 "$keywright" resume --yes >>"$1/resume.out" 2>&1 </dev/null
        status=$?
        tries=$((tries + 1))
        [ $status = 0 ] && return
        if [ $tries = 5 ]; then
            echo "resume ends with $status: $(tail -n 5 "$1/resume.out")"
            return
        fi
    done
}

# One point. $trial/killed has content when the point was reached; prints what went wrong.
rotate_killed() { # rotate_killed TRIAL PROGRAM CALLS AT
    env LD_PRELOAD="$shim" KILLSHIM_PROGRAM="$2" KILLSHIM_CALLS="$3" KILLSHIM_AT="$4" \
        KILLSHIM_MARK="$1/killed" timeout 60 "$keywright" rotate --plan now $options \
        >"$1/rotate.out" 2>&1 </dev/null
    status=$?
    [ -s "$1/killed" ] || [ $status = 0 ] ||
        echo "not killed, and rotate ends with $status: $(tail -n 5 "$1/rotate.out")"
    resume_all "$1"
    final_state "$1" ""
}
rollback_killed() {
    old=$(key_in "$1/home/.aws/credentials")
    timeout 60 "$keywright" rotate --quiet 0 --soak 24h $options >"$1/rotate.out" 2>&1 </dev/null
    status=$?
    [ $status = 3 ] || echo "rotate waits with $status: $(tail -n 5 "$1/rotate.out")"
    id=$("$keywright" status --json 2>/dev/null | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' | head -n 1)
    env LD_PRELOAD="$shim" KILLSHIM_PROGRAM="$2" KILLSHIM_CALLS="$3" KILLSHIM_AT="$4" \
        KILLSHIM_MARK="$1/killed" timeout 60 "$keywright" rollback "$id" --yes \
        >"$1/rollback.out" 2>&1 </dev/null
    status=$?
    [ -s "$1/killed" ] || [ $status = 0 ] ||
        echo "not killed, and rollback ends with $status: $(tail -n 5 "$1/rollback.out")"
    # Killed before the decision was on the disk, the rotation still waits: it is decided again.
    state=$("$keywright" status --json 2>/dev/null | sed -n 's/.*"state": *"\([^"]*\)".*/\1/p')
    case $state in
    "" | rolling_back) ;;
    *) timeout 60 "$keywright" rollback "$id" --yes >>"$1/rollback.out" 2>&1 </dev/null ;;
    esac
    resume_all "$1"
    final_state "$1" "$old"
}

# Walk the points FIRST, FIRST + STEP, ... until one is not reached. One line a failure in
# LANE.failed, the number of points reached in LANE.reached.
lane() { # lane NAME HOW PROGRAM CALLS FIRST STEP
    at=$5 reached=0
    while [ "$at" -le $most ]; do
        trial=$work/$1-$at
        mkdir -p "$trial"
        HOME=$trial/home
        if ! start_practice "$trial/home" --new-key-delay 0 --status-delay 0; then
            echo "point $at: no practice account: $(cat "$trial/home/server.out")" >>"$work/$1-$5.failed"
            break
        fi
        masked "$HOME/.aws/credentials" >"$trial/before"
        wrong=$("$2" "$trial" "$3" "$4" "$at")
        [ -z "$wrong" ] || printf '%s\n' "$wrong" | sed "s/^/point $at: /" >>"$work/$1-$5.failed"
        stop "$server"
        [ -s "$trial/killed" ] || break
        rm -rf "$trial"
        reached=$((reached + 1))
        at=$((at + $6))
    done
    [ "$at" -le $most ] || echo "more than $most points" >>"$work/$1-$5.failed"
    echo $reached >"$work/$1-$5.reached"
}

total=0
points() { # points NAME HOW PROGRAM CALLS WORDS
    (lane "$1" "$2" "$3" "$4" 1 2) &
    odd=$!
    (lane "$1" "$2" "$3" "$4" 2 2) &
    even=$!
    wait $odd $even
    reached=$(($(cat "$work/$1-1.reached") + $(cat "$work/$1-2.reached")))
    total=$((total + reached))
    wrong=$(cat "$work/$1"-[12].failed 2>/dev/null | head -n 60)
    [ -z "$wrong" ] && [ $reached -gt 0 ]
    result $? "$5 ($reached points)" "$wrong"
}

points journal rotate_killed keywright sync "the front is killed after each write to the disk"
points asked rotate_killed keywright door "the front is killed after each message to the keeper"
points request rotate_killed keywright-keeper net "the keeper is killed after each send to and receive from AWS"
points file rotate_killed keywright-keeper name "the keeper is killed after each change of a file's name"
points written rotate_killed keywright-keeper sync "the keeper is killed after each write to the disk"
points answered rotate_killed keywright-keeper door "the keeper is killed after each message to the front"
points undo rollback_killed keywright sync "in a rollback, the front is killed after each write to the disk"
points unmade rollback_killed keywright-keeper net "in a rollback, the keeper is killed after each send and receive"
echo "# $total points in all"
finish
