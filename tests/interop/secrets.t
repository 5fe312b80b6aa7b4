#!/bin/sh
# No secret, old or new, is ever in the state directory, on the outputs, in the arguments or the
# environment of either program, or in the memory of the front; also when the credentials came from
# the environment.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
[ -d /proc/self ] || skip_all "there is no /proc to look into"
[ "$(id -u)" = 0 ] ||
    skip_all "the programs are undumpable, so only root looks into them from outside: sudo make check TESTS=tests/interop/secrets.t"
start_peer || { result 1 "the peer starts"; finish; }
tell /config '{"latency_ms": 60}' # so that there is time to look

# Is the needle found where it is? Otherwise nothing below would prove anything.
mkdir "$work/hay"
echo 'x needleneedle y' >"$work/hay/a"
"$python" "$helper" search "$work/hay" needleneedle >/dev/null
is "the search finds a needle that is there" 1 $?

watched() { # watched WHAT OLD-SECRET EXIT-STATUS COMMAND...
    what=$1 old=$2 expected=$3
    shift 3
    mkdir -p "$HOME/watch"
    found=$(timeout 150 "$python" "$helper" watch "$HOME/watch" "$HOME/.aws/credentials" "$old" -- "$@")
    is "$what: no secret in arguments, environment and the front's memory; exit status" "$expected" $? "$found" \
        "$(cat "$HOME/watch/err")"
    new=$(sed -n 's/^aws_secret_access_key *= *//p' "$HOME/.aws/credentials" | head -n 1)
    for place in .local watch; do
        [ -d "$HOME/$place" ] || continue
        found=$("$python" "$helper" search "$HOME/$place" "$old" "$new")
        result $? "$what: no secret in $place" "$found"
    done
}

user file
home file
watched "from the file" "$secret" 0 "$keywright" rotate --yes --plan now --settle 0 -v
rotated "from the file" file

user env
home env
AWS_ACCESS_KEY_ID=$key_id AWS_SECRET_ACCESS_KEY=$secret
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
AWS_ENDPOINT_URL=$endpoint
export AWS_ENDPOINT_URL
watched "from the environment" "$secret" 0 "$keywright" rotate --yes --plan now --settle 0 --json -v
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
rotated "from the environment" env

user json
home json
watched "a failure" "$secret" 1 "$keywright" rotate --yes --plan now --user nobody --key "$key_id" -v
[ -n "$(cat "$HOME/watch/err")" ]
result $? "a failure says something"
finish
