#!/bin/sh
# Whole rotations against the strict peer: a user's own key, an administrator's, an `aws` that is asked
# afterwards, propagation that takes its time, throttling, server errors.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
start_peer || { result 1 "the peer starts"; finish; }

settle=0
rotate() { run "$keywright" rotate --yes --plan now --settle $settle --consistency 2s "$@"; }

user alice
home alice
rotate
is "a user's own key: exit status" 0 "$status" "$out" "$err"
rotated "a user's own key" alice
run "$keywright" journal verify
is "the journal is whole" 0 "$status" "$err"
run "$keywright" status
is "nothing is open" 0 "$status" "$out" "$err"
if aws=$(command -v aws); then
    for profile in default backup; do
        run env AWS_PROFILE=$profile "$aws" --endpoint-url "$endpoint" --region us-east-1 \
            sts get-caller-identity
        holds "the aws command works with profile $profile of the new file" "$out$err" ":user/alice"
    done
else
    skip "the aws command works with the new file" "aws is not installed"
fi
run "$keywright" rotate --dry-run --yes
holds "a dry run names calls and permissions" "$out" iam:CreateAccessKey iam:UpdateAccessKey \
    iam:DeleteAccessKey GetCallerIdentity
is "a dry run changes nothing" "$new_id Active" "$("$python" "$helper" keys "$admin" alice)"

user slow
home slow
tell /config '{"ec_new_key": 3, "ec_list": 2, "ec_status": 2, "ec_flap": true}'
settle=2s
rotate
settle=0
is "slow and disagreeing replicas: exit status" 0 "$status" "$out" "$err"
tell /config '{"ec_new_key": 0, "ec_list": 0, "ec_status": 0, "ec_flap": false}'
rotated "slow and disagreeing replicas" slow

user busy
home busy
for action in ListAccessKeys CreateAccessKey UpdateAccessKey DeleteAccessKey GetCallerIdentity; do
    tell /faults "{\"fault\":\"throttle\",\"action\":\"$action\",\"times\":1}"
done
rotate
is "throttled at every action: exit status" 0 "$status" "$out" "$err"
rotated "throttled at every action" busy
is "throttled: one key was made" 1 "$("$python" "$helper" count "$log" CreateAccessKey)"
no_faults

user ill
home ill
for action in ListAccessKeys UpdateAccessKey DeleteAccessKey GetCallerIdentity GetAccessKeyLastUsed; do
    tell /faults "{\"fault\":\"internal\",\"action\":\"$action\",\"times\":1}"
    tell /faults "{\"fault\":\"unavailable\",\"action\":\"$action\",\"skip\":1,\"times\":1}"
done
rotate
is "500 and 503 at every action that may be repeated: exit status" 0 "$status" "$out" "$err"
rotated "500 and 503" ill
no_faults

user boss admin
boss_id=$key_id boss_secret=$secret
user worker none
home worker
printf '\n[boss]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$boss_id" "$boss_secret" \
    >>"$HOME/.aws/credentials"
printf '[profile boss]\nendpoint_url = %s\n' "$endpoint" >>"$HOME/.aws/config"
cp "$HOME/.aws/credentials" "$HOME/before"
cp "$HOME/.aws/config" "$HOME/before-config"
rotate --as boss --user worker --key "$key_id"
is "an administrator's rotation: exit status" 0 "$status" "$out" "$err"
rotated "an administrator's rotation" worker
run "$keywright" history --json
holds "history has it" "$out" '"state":"done"' '"user":"worker"'

# --- a key in wrong hands: off before there is a new one, and it signs nothing ---------------------------
stolen() { # stolen NAME: a user, and boss in the files
    user "$1"
    home "$1"
    printf '\n[boss]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$boss_id" "$boss_secret" \
        >>"$HOME/.aws/credentials"
    printf '[profile boss]\nendpoint_url = %s\n' "$endpoint" >>"$HOME/.aws/config"
    cp "$HOME/.aws/credentials" "$HOME/before"
    cp "$HOME/.aws/config" "$HOME/before-config"
}
clean() { # clean WHAT
    is "$1: the old key signs its refused probe, and nothing else" GetCallerIdentity \
        "$("$python" "$helper" signed "$log" "$key_id")"
}
stolen leaked
rotate --compromised --as boss
is "a compromised key: exit status" 0 "$status" "$out" "$err"
rotated "a compromised key" leaked
is "a compromised key: off, made, deleted" "UpdateAccessKey CreateAccessKey DeleteAccessKey" \
    "$("$python" "$helper" acts "$log")"
clean "a compromised key"

stolen killed
tell /faults '{"fault":"hang_after","action":"UpdateAccessKey","times":1}'
"$keywright" rotate --yes --plan now --settle 0 --consistency 2s --timeout 20s --compromised --as boss \
    >"$work/killed.out" 2>&1 &
front=$!
for _ in $(seq 600); do
    case $("$python" "$helper" keys "$admin" killed) in *" Inactive") break ;; esac
    kill -0 $front 2>/dev/null || break
    sleep 0.1
done
kill -9 $front
wait $front 2>/dev/null
no_faults
run "$keywright" status
holds "killed after the switch-off: it is open" "$out" "(opened)" "$key_id"
is "killed after the switch-off: no key was made" "$key_id Inactive" "$("$python" "$helper" keys "$admin" killed)"
run "$keywright" resume --yes
is "killed after the switch-off: resumed" 0 "$status" "$out" "$err" "$(cat "$work/killed.out")"
rotated "killed after the switch-off" killed
clean "killed after the switch-off"

stolen alone
rotate --compromised
is "the compromised key itself: exit status" 2 "$status" "$out" "$err"
holds "the compromised key itself: why, and what to do" "$err" "$key_id is the compromised key itself" \
    "--as PROFILE" "Nothing was done"
is "the compromised key itself: nothing was changed" "" "$("$python" "$helper" acts "$log")"
is "the compromised key itself: nothing is open" "" "$("$keywright" history --json)"

# --- root's own key is not rotated ---------------------------------------------------------------------
key_id=AKIAROOTROOTROOTROOT secret=rootsecretrootsecretrootsecretrootsecret0
home root
run "$keywright" rotate --yes --plan now --settle 0
is "root's key: exit status" 1 "$status" "$out" "$err"
holds "root's key: it is refused, and why" "$err" ":root is the root user" "not rotated but deleted"
cmp -s "$HOME/before" "$HOME/.aws/credentials"
result $? "root's key: the file is as before"
is "root's key: nothing was asked that changes anything" "0 0" \
    "$("$python" "$helper" count "$log" CreateAccessKey) $("$python" "$helper" count "$log" UpdateAccessKey)"
run "$keywright" status
is "root's key: nothing is open" 0 "$status" "$out"
run "$keywright" rotate --dry-run
is "root's key, a dry run: exit status" 1 "$status" "$out" "$err"
holds "root's key, a dry run: says the same" "$err" ":root is the root user" "not rotated but deleted"
finish
