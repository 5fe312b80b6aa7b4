# Sourced by the tests of the screen: keywright in a terminal of a private tmux server, which ends with
# the test. A pane runs a shell, so that what the program leaves behind can be seen.
# shellcheck shell=sh
. "$srcdir/tests/lib.sh"

command -v tmux >/dev/null 2>&1 || skip_all "tmux is not installed"
locale -a 2>/dev/null | grep -qi '^C\.utf' || skip_all "there is no C.UTF-8 locale"

socket=keywright-$$
t() { tmux -L "$socket" -f "$work/tmux.conf" "$@"; }
# window-size manual is set on each window: in the configuration it makes tmux 3.3a crash.
cat >"$work/tmux.conf" <<'CONF'
set -g status off
set -g default-terminal "tmux-256color"
set -g escape-time 10
set -g history-limit 2000
CONF
trap 't kill-server 2>/dev/null; cleanup' EXIT

# terminal NAME WxH [VARIABLE=VALUE...]: a shell in a pane of this size; it becomes the one that the
# functions below are about.
terminal() {
    pane=$1 size=$2
    shift 2
    t new-session -d -s "$pane" -x "${size%x*}" -y "${size#*x}" \
        env LC_ALL=C.UTF-8 PS1='ready$ ' "PATH=$builddir:$PATH" "$@" sh -i &&
        t set -t "$pane" window-size manual &&
        resize "$size" && wait_for 'ready\$'
}
resize() { t resize-window -t "$pane" -x "${1%x*}" -y "${1#*x}"; }
keys() { t send-keys -t "$pane" "$@"; }
type_text() { t send-keys -t "$pane" -l -- "$1"; }
enter_line() { type_text "$1" && keys Enter; }
screen() { t capture-pane -p -t "$pane"; }
cursor() { t display -p -t "$pane" '#{cursor_y},#{cursor_x}'; }

# wait_for REGEX [SECONDS (60)]: until the pattern is on the screen; false and the screen when it is not.
wait_for() {
    tries=$((${2:-60} * 10))
    while [ "$tries" -gt 0 ]; do
        screen | grep -Eq -- "$1" && return 0
        sleep 0.1
        tries=$((tries - 1))
    done
    echo "# not seen: $1"
    screen | sed 's/^/# /'
    return 1
}
# shows NAME REGEX [SECONDS]: a test point.
shows() {
    wait_for "$2" "${3-}"
    result $? "$1"
}
# answer TITLE: wait for a dialog and confirm it (the first button after Cancel).
answer() {
    wait_for "$1" 90 && keys Tab Enter
}
# start_now: from the home screen, rotate the marked key with the plan "now".
start_now() {
    keys Enter && wait_for 'Rotate an access key' && keys Down Down Tab Tab Enter
}

# code_of DEVICE STEP: what the practice account's device shows so many steps from now.
code_of() {
    curl -s --max-time 10 "$endpoint/practice/totp?serial=arn:aws:iam::123456789012:mfa/$1&step=$2" |
        sed 's/.*"code":"\([0-9]*\)".*/\1/'
}
# two_codes DEVICE: $first and $second, which follow each other although half a minute may end between the two.
two_codes() {
    while
        first=$(code_of "$1" 0)
        second=$(code_of "$1" 1)
        [ "$first" != "$(code_of "$1" 0)" ]
    do :; done
}
