#!/bin/sh
# Reminders on the practice account: calendars, what systemd and cron are given, and the line that shells show.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

HOME=$work/account
start_practice "$HOME" --new-key-delay 0 --status-delay 0 --report-delay 0 --users 2 || result 1 "the practice account starts"
state=$HOME/.local/state/keywright
key=$(key_in "$HOME/.aws/credentials")
profile=$top/data/profile.d/keywright.sh

# --- the line for shells ---
# shown SHELL [INTERACTIVE]: what the function sets, and what a beginning shell says
shown() {
    case $1 in
    bash) "$@" --norc --noprofile -c ". '$profile'; keywright_due; printf '%s' \"\$KEYWRIGHT_DUE\"" ;;
    *) "$@" -c ". '$profile'; keywright_due; printf '%s' \"\$KEYWRIGHT_DUE\"" ;;
    esac 2>&1
}
shells=
for shell in dash bash busybox ksh zsh sh; do
    case $shell in busybox) command="busybox sh" ;; *) command=$shell ;; esac
    $command -c : >/dev/null 2>&1 && shells="$shells $shell"
done
echo "# shells:$shells"
each() { # each NAME EXPECTED: what every shell shows
    for shell in $shells; do
        case $shell in busybox) set -- "$1" "$2" busybox sh ;; *) set -- "$1" "$2" "$shell" ;; esac
        name=$1 expected=$2
        shift 2
        is "$shell: $name" "$expected" "$(shown "$@")"
        set -- "$name" "$expected"
    done
}
each "nothing is shown when nobody has looked" ""
run "$keywright" due --prompt
is "--prompt: nothing, and status 0" "0  " "$status $out $err"
run "$keywright" due
is "due: a key is" 4 "$status" "$err"
told="keywright: access key $key of alice is due for rotation (keywright due)"
each "the key that is due" "$told"
run "$keywright" due --prompt
is "--prompt: the same line" "4 $told" "$status $out" "$err"
run "$keywright" due --max-age 300d
each "nothing when nothing is due any more" ""
run "$keywright" audit --profile admin --json
each "an audit tells it too" "$told"
is "the file is private" 600 "$(stat -c %a "$state/due" 2>/dev/null || stat -f %Lp "$state/due")"
run "$keywright" due --all-users
is "what cannot be listed changes nothing" "1 $told" "$status $(head -n 1 "$state/due")" "$err"
run "$keywright" due --dry-run --max-age 300d
is "--dry-run changes nothing" "$told" "$(head -n 1 "$state/due")"
sh -i -c ". '$profile'" 2>"$work/said" >/dev/null </dev/null
holds "an interactive shell says it at its beginning" "$(cat "$work/said")" "$told"
dash=$(printf '%s' "$shells" | tr ' ' '\n' | sed -n 2p)
if command -v strace >/dev/null 2>&1 && strace -o /dev/null true 2>/dev/null; then
    strace -f -qq -e trace=fork,vfork,clone,clone3,execve,socket,connect -o "$work/calls" "$dash" -c \
        ". '$profile'; keywright_due; keywright_due"
    is "it starts no process and opens no socket" 1 "$(grep -c . "$work/calls")" "$(cat "$work/calls")"
else
    skip "it starts no process and opens no socket" "strace is not here"
fi

# --- hostile files ---
hostile() { # hostile NAME PRINTF-TEXT
    # shellcheck disable=SC2059 # it is a format
    printf "$2" >"$state/due"
    each "$1" ""
    run "$keywright" due --prompt
    is "--prompt: $1" "0 " "$status $out"
}
# shellcheck disable=SC2016 # they are meant as they stand
hostile "a command substitution is not shown" 'keywright: $(touch %s)\n'
hostile "nor backticks" 'keywright: `reboot`\n'
hostile "nor what a terminal obeys" 'key \033]0;x\007 due\n'
hostile "nor a backslash" 'a \\\\u b\n'
hostile "nor what is no ASCII" 'cl\303\251\n'
hostile "nor a line without an end" 'keywright: due'
hostile "nor more than a line's worth" "$(printf '%0300d' 7)\n"
hostile "nor quotes" "keywright: \"x\" 'y'\n"
rm -f "$state/due" && mkdir "$state/due"
each "a folder is nothing" ""
rmdir "$state/due" && mkfifo "$state/due"
each "nor is a pipe, which is not waited for" ""
rm "$state/due"
run "$keywright" due >/dev/null
each "and is found again" "$told"
XDG_STATE_HOME=$work/xdg
export XDG_STATE_HOME
each "XDG_STATE_HOME counts" ""
unset XDG_STATE_HOME
KEYWRIGHT_JOURNAL=$state/other.db
export KEYWRIGHT_JOURNAL
each "KEYWRIGHT_JOURNAL counts" "$told"
unset KEYWRIGHT_JOURNAL

# --- a rotation takes it away ---
run "$keywright" rotate --yes --plan now --settle 0 --consistency 0
is "a rotation" 0 "$status" "$err"
each "takes the key out" ""

# --- a calendar ---
if command -v python3 >/dev/null 2>&1; then
    calendar() { python3 "$top/tests/cli/ical.py" "$1" 2>&1; }
    run "$keywright" due --all-users --profile admin --ical "$work/keys.ics"
    is "--ical: none is due" 0 "$status" "$err"
    holds "and the table is there" "$out" '0 of '
    first=$(calendar "$work/keys.ics")
    is "a day for each Active key" 4 "$(printf '%s\n' "$first" | grep -c '^due-AKIA[A-Z0-9]*@123456789012.keywright 20')" "$first"
    day=$(date -u -d '+90 days' +%Y%m%d 2>/dev/null || date -u -v+90d +%Y%m%d)
    holds "in ninety days for a key of today" "$first" " $day Access key " 'of alice becomes due for rotation -P7D,PT8H'
    sleep 1
    run "$keywright" due --all-users --profile admin --ical -
    printf '%s\r\n' "$out" | sed 's/\r\r$/\r/' >"$work/again.ics"
    is "written again it is the same" "$first" "$(calendar "$work/again.ics")" "$(cat "$work/again.ics")"
    is "but for the time of writing" "" "$(diff "$work/keys.ics" "$work/again.ics" | grep '^[<>]' | grep -v DTSTAMP)"
    chmod 0644 "$work/keys.ics"
    run "$keywright" due --all-users --profile admin --max-age 0 --ical "$work/keys.ics"
    is "what is due: status" 4 "$status" "$err"
    holds "stands on today, without a week's notice" "$(calendar "$work/keys.ics")" \
        " $(date -u +%Y%m%d) Access key " 'of alice is due for rotation PT8H'
    is "the file's mode is kept" 644 "$(stat -c %a "$work/keys.ics" 2>/dev/null || stat -f %Lp "$work/keys.ics")"
    if python=$(python_with icalendar); then
        is "python-icalendar reads it" 4 "$("$python" -c 'import icalendar, sys
print(len(icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read()).walk("VEVENT")))' "$work/keys.ics")"
    else
        skip "python-icalendar reads it" "Python's module icalendar is not installed (Debian: python3-icalendar)"
    fi
else
    skip "calendars" "python3 is not installed"
fi
run "$keywright" due --ical "$work/no/keys.ics"
is "a calendar that cannot be written is a failure" 1 "$status" "$out"
run "$keywright" due --ical - --json
is "two outputs at a time are a usage error" 2 "$status"
run "$keywright" due --prompt --timer cron
is "so are two wishes" 2 "$status"

# --- timers ---
run "$keywright" due --timer systemd --group 'on call' --profile 'a "b" $c %d' --max-age 30d
is "--timer systemd" 0 "$status" "$err"
holds "with what was said here" "$out" 'OnCalendar=Mon..Fri' \
    "ExecStart=$(readlink -f "$keywright" | sed 's/%/%%/g') due --profile \"a \\\"b\\\" \$\$c %%d\" --group \"on call\" --max-age 30d" \
    'SuccessExitStatus=4' 'enable --now keywright-due.timer'
if command -v systemd-analyze >/dev/null 2>&1; then
    mkdir "$work/units"
    printf '%s\n' "$out" | sed -n '1,/keywright-due.timer$/p' | sed '$d' >"$work/units/keywright-due.service"
    printf '%s\n' "$out" | sed -n '/keywright-due.timer$/,/WantedBy/p' >"$work/units/keywright-due.timer"
    run systemd-analyze verify --man=no "$work/units/keywright-due.service" "$work/units/keywright-due.timer"
    is "systemd takes both units" "0 " "$status $err"
else
    skip "systemd takes both units" "systemd-analyze is not here"
fi
run "$keywright" due --timer cron --user "o'neil 50%"
line=$(printf '%s\n' "$out" | grep -v '^#')
holds "--timer cron" "$line" '0 7 * * 1-5 ' "--user 'o'\\''neil 50\\%'"
is "no % that cron would take for a newline" "" "$(printf '%s' "$line" | sed 's/\\%//g' | grep %)"
run "$keywright" due --timer cron --max-age 0
printf '%s\n' "$out" | grep -v '^#' | sed 's/^0 7 \* \* 1-5 //; s/\\%/%/g' >"$work/line"
run sh "$work/line"
holds "the line prints what is due" "$out" 'account 123456789012' 'is due'
run "$keywright" due --timer cron --max-age 300d
printf '%s\n' "$out" | grep -v '^#' | sed 's/^0 7 \* \* 1-5 //; s/\\%/%/g' >"$work/line"
run sh "$work/line"
is "and nothing when nothing is" "0  " "$status $out $err"
run "$keywright" due --timer cron --user "$(printf 'a\nb')"
is "a line break is refused" 2 "$status" "$out"
run "$keywright" due --timer launchd
is "another timer is a usage error" 2 "$status"
stop "$server"
finish
