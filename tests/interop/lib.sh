# Sourced by the interop tests, after tests/lib.sh: a strict peer of our own and users on it.
# shellcheck shell=sh

python=${PEER_PYTHON:-python3}
[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
peer=$("$top/tests/interop/has-peer" "$top") || skip_all "$peer"
helper=$top/tests/interop/peer.py
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE

# start_peer OPTION...: sets $port, $endpoint and $admin, and $log, the file of requests.
start_peer() {
    for _ in 1 2 3 4 5; do
        ports=$("$python" "$helper" ports)
        port=${ports% *}
        admin=http://127.0.0.1:${ports#* }
        log=$work/requests-$port.jsonl
        timeout 900 "$python" "$peer" --port "$port" --admin-port "${ports#* }" --log "$log" "$@" \
            >"$work/peer-$port.out" 2>&1 </dev/null &
        peer_process=$!
        children="$children $peer_process"
        for _ in $(seq 600); do
            curl -sf --max-time 2 "$admin/healthz" >/dev/null && break
            kill -0 $peer_process 2>/dev/null || break
            sleep 0.1
        done
        if curl -sf --max-time 2 "$admin/healthz" >/dev/null; then
            endpoint=http://127.0.0.1:$port
            return 0
        fi
        stop $peer_process
    done
    sed 's/^/# /' "$work/peer-$port.out"
    return 1
}

tell() { # tell PATH JSON: to the peer's own control port
    curl -sf --max-time 10 -X POST "$admin$1" -d "$2" >/dev/null
}
no_faults() { curl -sf --max-time 10 -X DELETE "$admin/faults" >/dev/null; }

# user NAME [POLICY [KEYS]]: a fresh user of the peer. Sets $key_id and $secret (of the first key) and
# $key_id_2 and $secret_2.
user() {
    set -- "$1" "${2:-self}" "${3:-1}"
    # shellcheck disable=SC2046 # words are meant
    set -- $("$python" "$helper" seed "$admin" "$1" "$2" "$3")
    key_id=$1 secret=$2 key_id_2=${3-} secret_2=${4-}
}

# A home with both AWS files as people have them, and a journal of its own. The key of $key_id is in
# two profiles, among comments, other profiles, odd blanks and a line without an end.
home() { # home NAME
    HOME=$work/$1
    export HOME
    rm -rf "$HOME"
    mkdir -p "$HOME/.aws"
    printf '%s\n' '# keys of this machine; do not sort' '' '[default]' "aws_access_key_id = $key_id" \
        "aws_secret_access_key = $secret" 'region=eu-west-1   ' '' '; the night job' '[backup]' \
        "aws_access_key_id=$key_id" '# between' "aws_secret_access_key=$secret" '' '[other]' \
        'aws_access_key_id = AKIAOTHEROTHEROTHER1' \
        'aws_secret_access_key = otherotherotherotherotherotherotherother' >"$HOME/.aws/credentials"
    printf '# the end' >>"$HOME/.aws/credentials"
    printf '%s\n' '[default]' "endpoint_url = $endpoint" 'region = us-east-1' '[profile backup]' \
        "endpoint_url = $endpoint" 'output = json' >"$HOME/.aws/config"
    chmod 600 "$HOME/.aws/credentials" "$HOME/.aws/config"
    cp "$HOME/.aws/credentials" "$HOME/before"
    cp "$HOME/.aws/config" "$HOME/before-config"
    : >"$log"
}

# What must hold after a whole rotation of NAME; one test point each.
rotated() { # rotated WHAT NAME
    new_id=$("$python" "$helper" same-but "$HOME/before" "$HOME/.aws/credentials" "$key_id" "$secret")
    result $? "$1: the file holds a new key and is otherwise byte for byte as before" "$new_id" \
        "$(masked "$HOME/.aws/credentials")"
    cmp -s "$HOME/before-config" "$HOME/.aws/config"
    result $? "$1: the config file is untouched"
    is "$1: modes are kept" "600 600" "$(stat -c %a "$HOME/.aws/credentials" "$HOME/.aws/config" | tr '\n' ' ' | sed 's/ $//')"
    is "$1: nothing is left beside the file" "config credentials" \
        "$(ls -A "$HOME/.aws" | tr '\n' ' ' | sed 's/ $//')"
    is "$1: the user has one key, Active, that of the file" "$new_id Active" \
        "$("$python" "$helper" keys "$admin" "$2")"
    found=$("$python" "$helper" log "$log" "$key_id")
    result $? "$1: every request was verified, without lint, over kept connections" "$found"
}
