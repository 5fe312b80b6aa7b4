#!/bin/sh
# The cages around the whole program: who is in one and who is not, what doctor says, and that
# everything which a cage could break still works: files elsewhere and behind links, journals
# elsewhere, the operator's commands, the system's certificates. What a cage refuses, call by call, is
# in tests/unit/cage and cage_calls; what the launcher refuses in tests/unit/launcher.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

fresh() { # fresh NAME OPTION...
    HOME=$work/$1
    shift
    start_practice "$HOME" --new-key-delay 0 --status-delay 0 "$@" || result 1 "the practice account starts"
    old=$(key_in "$HOME/.aws/credentials")
}
appears() { # appears WORDS FILE: at most a minute
    for _ in $(seq 600); do
        grep -q "$1" "$2" 2>/dev/null && return 0
        sleep 0.1
    done
    return 1
}
open_ids() { "$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'; }
quick="--yes --plan now --settle 0 --consistency 2s"

# --- what doctor says ---
fresh doctor
run "$keywright" doctor
front=$(printf '%s\n' "$out" | sed -n 's/^sandbox_front *\([a-z]*\) .*/\1/p')
keeper=$(printf '%s\n' "$out" | sed -n 's/^sandbox_keeper *\([a-z]*\) .*/\1/p')
printf '%s\n' "$out" | sed -n 's/^sandbox/# &/p'
holds "doctor: both programs" "$out" "sandbox_front " "this program: files" "sandbox_keeper " "the keeper: files"
holds "doctor: which part" "$out" "Landlock" "seccomp"
case $front$keeper in okok | oknote | noteok | notenote) true ;; *) false ;; esac
result $? "doctor: whole, or with a notice of what this kernel lacks" "$front $keeper" "$out"
run "$keywright" doctor --json
holds "doctor --json: both programs" "$out" '"check":"sandbox_front"' '"check":"sandbox_keeper"'
run env KEYWRIGHT_SANDBOX=off "$keywright" doctor
is "switched off: exit status" 4 "$status" "$out"
holds "switched off: doctor says it of both, and how to mend it" "$out" \
    "this program: switched off by KEYWRIGHT_SANDBOX" "the keeper: switched off by KEYWRIGHT_SANDBOX" \
    "do: sandbox_front: unset KEYWRIGHT_SANDBOX"
stop "$server"
whole=no
[ "$front" = ok ] && [ "$keeper" = ok ] && whole=yes

# --- who is in a cage ---
# The test is run by the launcher, the launcher was started by the keeper, and that by the front.
fresh whose
cat >"$work/who" <<'EOF'
#!/bin/sh
say() { echo "$1 $(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$2/status")"; }
above() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"; }
launcher=$(above $$) && keeper=$(above "$launcher") && front=$(above "$keeper")
{
    say command $$
    say launcher "$launcher"
    say keeper "$keeper"
    say front "$front"
} >"$1"
EOF
chmod 700 "$work/who"
run "$keywright" rotate $quick --test "exec $work/who $work/who.out"
is "with a test: exit status" 0 "$status" "$out" "$err"
if [ -r /proc/self/status ] && grep -q '^Seccomp:' /proc/self/status && [ $whole = yes ]; then
    is "command and launcher are free, keeper and front are caged" \
        "command 0 launcher 0 keeper 2 front 2" "$(tr '\n' ' ' <"$work/who.out" | sed 's/ $//')"
else
    skip "command and launcher are free, keeper and front are caged" "this kernel has not all of the cage"
fi
stop "$server"

children_of() { # children_of PID NAME: their numbers
    for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
        grep -q "^Name:[[:space:]]*$2" "/proc/$child/status" 2>/dev/null && echo "$child"
    done
}
if [ -r /proc/$$/task/$$/children ]; then
    fresh none --fault delay=3:DeleteAccessKey:0:0
    for with in "" "--test true"; do
        rm -f "$work/o"
        "$keywright" rotate $quick $with >"$work/o" 2>&1 </dev/null &
        run_of=$!
        appears "new key handed over" "$work/o"
        its_keeper=$(children_of $run_of keywright-keepe)
        found=$(children_of "$its_keeper" kw-launcher | grep -c .)
        kill -0 "$its_keeper"
        result $? "the keeper is seen, and still there" "keeper: $its_keeper" "$(cat "$work/o")"
        is "launchers of a keeper whose tests are: ${with:-none}" "$([ -z "$with" ] && echo 0 || echo 1)" "$found"
        wait $run_of
        is "and the rotation ends well" 0 $? "$(cat "$work/o")"
    done
    stop "$server"
else
    skip "launchers" "this kernel does not list the children of a process"
fi

# --- what they leave to be read ---
# Umask, core files, and whether another process of the same user can read it. The limit and the umask are
# given a value before, that could be seen. A command stands for a process that can be read.
fresh hard
cat >"$work/look" <<'EOF'
#!/bin/sh
say() {
    mask=$(sed -n 's/^Umask:[[:space:]]*//p' "/proc/$2/status")
    core=$(sed -n 's/^Max core file size *\([^ ]*\) *\([^ ]*\) .*/\1 \2/p' "/proc/$2/limits")
    read=closed
    cat "/proc/$2/environ" >/dev/null 2>&1 && read=open
    echo "$1: umask $mask, core $core, $read"
}
above() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"; }
launcher=$(above $$) && keeper=$(above "$launcher") && front=$(above "$keeper")
{
    say command $$
    say launcher "$launcher"
    say keeper "$keeper"
    say front "$front"
} >"$1"
EOF
chmod 700 "$work/look"
# Privileges read everything, so the look is without: CapEff is all zeros, or is made so.
as=
case $(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status 2>/dev/null) in
*[!0]*) as="setpriv --bounding-set -all" ;;
esac
seen() { sed -n "s/^$1: //p" "$work/look.out"; }
hard="what front and keeper leave to be read"
if ! grep -q '^Umask:' /proc/self/status 2>/dev/null || ! [ -r /proc/self/limits ]; then
    skip "$hard" "this kernel does not tell umask and limits of a process"
elif ! (ulimit -S -c 512) 2>/dev/null; then
    skip "$hard" "core files are limited to 0 already"
elif ! $as true 2>/dev/null; then
    skip "$hard" "who runs this reads every process, and setpriv is not there to change that"
else
    run sh -c "umask 022; ulimit -S -c 512; exec $as '$keywright' rotate $quick --test 'exec $work/look $work/look.out'"
    is "looked at while they run: exit status" 0 "$status" "$out" "$err"
    for who in front keeper launcher; do
        is "$who: its files are the owner's, no core file, not to be read" \
            "umask 0077, core 0 0, closed" "$(seen $who)" "$(cat "$work/look.out")"
    done
    is "the command: umask and limit are passed on, and the look can tell what is to be read" \
        "umask 0077, core 0 0, open" "$(seen command)" "$(cat "$work/look.out")"
fi
stop "$server"

# --- files and journals elsewhere ---
fresh places
mkdir -p "$work/far/away" "$work/elsewhere" "$work/state"
mv "$HOME/.aws/credentials" "$work/far/away/creds"
ln -s "$work/far/away/creds" "$HOME/.aws/credentials"
mv "$HOME/.aws/config" "$work/elsewhere/conf"
AWS_CONFIG_FILE=$work/elsewhere/conf
export AWS_CONFIG_FILE
run "$keywright" rotate $quick --journal "$work/elsewhere/its.db" --to file \
    --to "command:sh -c 'cat >$work/far/given; echo \$HOME >$work/far/home'" --verify "cat $work/far/given" \
    --test "test -n \"\$AWS_SECRET_ACCESS_KEY\" && echo x >$work/far/tested"
is "a link, files and a journal elsewhere, commands: exit status" 0 "$status" "$out" "$err"
new=$(key_in "$work/far/away/creds")
is "the file behind the link has the new key" "$new Active" "$(keys_of alice)"
[ -L "$HOME/.aws/credentials" ] && [ "$new" != "$old" ]
result $? "the link is still one, and the key another"
holds "the command was given it" "$(cat "$work/far/given")" "$new"
is "the test was run" x "$(cat "$work/far/tested")"
is "no back-up is left" creds "$(ls -A "$work/far/away")"
run "$keywright" journal backup "$work/state/copy.db" --journal "$work/elsewhere/its.db"
is "a copy of the journal in another folder: exit status" 0 "$status" "$out" "$err"
XDG_STATE_HOME=$work/state/of/its/own
export XDG_STATE_HOME
run "$keywright" rotate $quick
is "a journal by XDG_STATE_HOME, in folders to be made: exit status" 0 "$status" "$out" "$err"
[ -f "$XDG_STATE_HOME/keywright/journal.db" ]
result $? "it is there"
unset XDG_STATE_HOME AWS_CONFIG_FILE
AWS_SHARED_CREDENTIALS_FILE=far/away/creds
AWS_CONFIG_FILE=$work/elsewhere/conf
export AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
run sh -c "cd '$work' && '$keywright' rotate $quick"
is "a credentials file with a relative name: exit status" 0 "$status" "$out" "$err"
unset AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE
stop "$server"

# --- a rotation of another folder is gone on with: its targets are in the scope ---
fresh later
mkdir "$work/gone"
cp "$HOME/.aws/credentials" "$work/gone/creds"
run env AWS_SHARED_CREDENTIALS_FILE="$work/gone/creds" "$keywright" rotate $quick --soak 24h \
    --to file --to "command:sh -c 'cat >>$work/gone/given'"
is "a rotation that waits: exit status" 3 "$status" "$out" "$err"
run "$keywright" rollback "$(open_ids)" --yes
is "rolled back without its variable: exit status" 0 "$status" "$out" "$err"
is "the old key is back in its file" "$old" "$(key_in "$work/gone/creds")"
is "and was handed to the command again" 2 "$(grep -c Version "$work/gone/given")"
stop "$server"

# --- two at one time: their keepers are started by the starter ---
fresh two --policy admin
admin=$(sed -n '/^\[admin\]/,/^\[/s/^aws_access_key_id = //p' "$HOME/.aws/credentials")
run "$keywright" rotate $quick --quiet 24h --test "echo one >>$work/two.out"
is "the first one waits" 3 "$status" "$out" "$err"
run "$keywright" rotate $quick --quiet 24h --profile admin --test "echo two >>$work/two.out"
is "the second one waits" 3 "$status" "$out" "$err"
[ ! -f "$work/two.out" ]
result $? "no test was run yet"
run "$keywright" resume --yes --override "old_key_quiet=a test"
is "both are resumed: exit status" 0 "$status" "$out" "$err"
is "both are done" "" "$(open_ids)"
is "and each ran its command" "one two" "$(sort -u "$work/two.out" | tr '\n' ' ' | sed 's/ $//')"
[ -n "$admin" ] && ! grep -q "$admin" "$HOME/.aws/credentials" && ! grep -q "$old" "$HOME/.aws/credentials"
result $? "and both keys are others now"
stop "$server"

# --- credential_process ---
fresh outside
pair=$(sed -n '/^\[admin\]/,/^\[/p' "$HOME/.aws/credentials")
id=$(printf '%s\n' "$pair" | sed -n 's/^aws_access_key_id = //p')
secret=$(printf '%s\n' "$pair" | sed -n 's/^aws_secret_access_key = //p')
cat >"$work/process" <<EOF
#!/bin/sh
echo ran >$work/process.out
echo '{"Version":1,"AccessKeyId":"$id","SecretAccessKey":"$secret"}'
EOF
chmod 700 "$work/process"
printf '[profile outside]\nregion = us-east-1\nendpoint_url = %s\ncredential_process = %s\n' \
    "$endpoint" "$work/process" >>"$HOME/.aws/config"
run "$keywright" rotate $quick --as outside --user alice
is "signed by a credential_process: exit status" 0 "$status" "$out" "$err"
is "it was run, outside of the cage" ran "$(cat "$work/process.out")"
stop "$server"

# --- certificates ---
# That an unknown one is refused for what it is shows that the system's were read.
if command -v openssl >/dev/null 2>&1; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.pem" >/dev/null 2>&1
    mkfifo "$work/held"
    timeout 120 openssl s_server -accept 127.0.0.1:0 -cert "$work/tls.pem" -key "$work/tls.key" \
        >"$work/tls.out" 2>&1 <"$work/held" &
    children="$children $!"
    exec 9>"$work/held"
    appears ACCEPT "$work/tls.out"
    port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$work/tls.out" | head -n 1)
    HOME=$work/outside
    run "$keywright" keys --endpoint-url "https://127.0.0.1:$port" --timeout 3s
    refusal=$err
    run env KEYWRIGHT_SANDBOX=off "$keywright" keys --endpoint-url "https://127.0.0.1:$port" --timeout 3s
    is "an unknown certificate is refused for the same reason as outside of the cage" "$err" "$refusal"
    holds "an unknown certificate is refused" "$refusal" "certificate was not accepted"
    run env AWS_CA_BUNDLE="$work/tls.pem" "$keywright" keys --endpoint-url "https://127.0.0.1:$port" --timeout 3s
    case $err in *certificate*) false ;; *) true ;; esac
    result $? "the one that AWS_CA_BUNDLE names is accepted" "$err"
    exec 9>&-
else
    skip "certificates" "openssl is not installed"
fi
finish
