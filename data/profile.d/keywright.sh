# keywright(1): says at the beginning of an interactive shell when access keys are due for rotation.
# For /etc/profile.d, or to be sourced from ~/.profile or ~/.bashrc; any POSIX shell.
#
# keywright_due sets KEYWRIGHT_DUE to the line that `keywright due` or `keywright audit` left last, "" when nothing
# is due. It reads one small file with builtins: no process, no network. In a prompt of bash:
#     PROMPT_COMMAND=keywright_due
#     PS1='${KEYWRIGHT_DUE:+(key due) }\u@\h:\w\$ '
# The file holds nothing that a shell would expand, and a line that holds anything else is not taken.
# shellcheck shell=sh

keywright_due() {
    KEYWRIGHT_DUE=
    case ${KEYWRIGHT_JOURNAL-} in
    */*) keywright_due_file=${KEYWRIGHT_JOURNAL%/*}/due ;;
    ?*) keywright_due_file=./due ;;
    *)
        case ${XDG_STATE_HOME-} in
        /*) keywright_due_file=$XDG_STATE_HOME/keywright/due ;;
        *) keywright_due_file=${HOME-}/.local/state/keywright/due ;;
        esac
        ;;
    esac
    if [ -f "$keywright_due_file" ] && [ -r "$keywright_due_file" ]; then
        IFS= read -r KEYWRIGHT_DUE <"$keywright_due_file" || KEYWRIGHT_DUE=
    fi
    unset keywright_due_file
    # Spelt out, since a range means other letters in some locales.
    case $KEYWRIGHT_DUE in
    *[!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\ _+=,.@:\(\)/-]*) KEYWRIGHT_DUE= ;;
    esac
    [ ${#KEYWRIGHT_DUE} -le 200 ] || KEYWRIGHT_DUE=
}

case $- in
*i*)
    keywright_due
    [ -z "$KEYWRIGHT_DUE" ] || printf '%s\n' "$KEYWRIGHT_DUE" >&2
    ;;
esac
