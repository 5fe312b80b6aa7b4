#!/bin/sh
# Rotations on the practice account from the command line: whole, waiting and resumed, rolled back,
# abandoned, with two keys; and what the other commands tell of them.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

fields() { # fields LINE: names of the members of an object, in order
    printf '%s\n' "$1" | head -n 1 | sed 's/"detail":{.*},"hash"/"detail":0,"hash"/; s/"where":\[.*\]/"where":0/' |
        grep -o '"[a-z_]*":' | tr -d '":' | tr '\n' ' '
}
member() { # member NAME LINE: the value of a string member
    printf '%s\n' "$2" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}
# A fresh account and a fresh home for the program.
fresh() { # fresh NAME OPTION...
    HOME=$work/$1
    shift
    start_practice "$HOME" --new-key-delay 1 --status-delay 0 "$@" || result 1 "the practice account starts"
    old=$(key_in "$HOME/.aws/credentials")
}
rotation_fields="id account partition user old_key new_key state step waiting_for opened_at updated_at closed_at reason ticket "

# --- a whole one ---
fresh whole
masked "$HOME/.aws/credentials" >"$work/before"
run "$keywright" rotate --yes --dry-run
is "dry run: exit status" 0 "$status" "$out" "$err"
holds "dry run: calls and permissions" "$out" sts:GetCallerIdentity iam:ListAccessKeys iam:CreateAccessKey \
    iam:UpdateAccessKey iam:DeleteAccessKey "$old" credentials
is "dry run: changes no key" "$old Active" "$(keys_of alice)"
[ ! -e "$HOME/.local" ]
result $? "dry run: makes no journal"
promised=$out
run "$keywright" rotate --dry-run --json --yes
holds "dry run as JSON" "$out" '"call":"iam:CreateAccessKey","permission":"iam:CreateAccessKey","writes":true'
is "dry run: no message" "" "$err"

run "$keywright" keys --json
is "keys: exit status" 0 "$status" "$err"
is "keys: members" "user key status created_at age_days last_used_at last_used_state last_used_service last_used_region due rotation where " "$(fields "$out")"
holds "keys: who holds it" "$out" '"where":[{"place":"credentials-file"' '"profile":"default"'
holds "keys: an old key is due" "$out" "\"key\":\"$old\"" '"age_days":120' '"due":true' '"rotation":null'
run "$keywright" keys --max-age 365d
is "keys: exit status" 0 "$status" "$err"
case $out in *" due"*) false ;; *) true ;; esac
result $? "keys: --max-age" "$out"

run "$keywright" where "$old" --json
is "where: members" "key place path profile line " "$(fields "$out")"
holds "where: file, profile" "$out" "\"path\":\"$HOME/.aws/credentials\"" '"profile":"default"' '"profile":"backup-job"'

run "$keywright" rotate --yes --plan now --settle 0 --json --reason "because" --ticket T-1 --to file
is "rotate: exit status" 0 "$status" "$out" "$err"
is "rotate: one object, with the members of the contract" "$rotation_fields" "$(fields "$out")"
is "rotate: one line" 1 "$(printf '%s\n' "$out" | wc -l | tr -d ' ')"
new=$(key_in "$HOME/.aws/credentials")
id=$(member id "$out")
is "rotate: the object tells it" "$old $new done because T-1" \
    "$(member old_key "$out") $(member new_key "$out") $(member state "$out") $(member reason "$out") $(member ticket "$out")"
is "rotate: one key is left, Active, and it is the one in the file" "$new Active" "$(keys_of alice)"
[ "$new" != "$old" ] && [ -n "$new" ]
result $? "rotate: it is a new one" "$old" "$new"
masked "$HOME/.aws/credentials" >"$work/after"
cmp -s "$work/before" "$work/after"
result $? "rotate: the file is otherwise as before" "$(diff "$work/before" "$work/after")"
is "rotate: no back-up is left" "config credentials" "$(ls -A "$HOME/.aws" | tr '\n' ' ' | sed 's/ $//')"
holds "rotate: progress goes to standard error with --json" "$err" "new key created" "key deleted"
run "$keywright" rotate --yes --plan now --settle 0 -v
is "rotate again: exit status" 0 "$status" "$out" "$err"
holds "rotate -v tells the requests" "$out" "request iam:CreateAccessKey" "HTTP 200" "-- create-new" "-- delete" "done: user alice"
is "rotate -v: nothing on standard error" "" "$err"
made=$(printf '%s\n' "$out" | sed -n 's/.*request \([a-z]*:[A-Za-z]*\).*/\1/p' | sort -u)
unsaid=$(for call in $made; do case $promised in *"$call"*) ;; *) echo "$call" ;; esac; done)
[ -n "$made" ] && [ -z "$unsaid" ]
result $? "the dry run had named every call that was then made" "made: $made" "not named: $unsaid"

run "$keywright" history --json
is "history: two rotations" 2 "$(printf '%s\n' "$out" | wc -l | tr -d ' ')"
is "history: members" "$rotation_fields" "$(fields "$out")"
run "$keywright" history --json "$id"
is "history ID: members" "seq at rotation kind step actor detail hash " "$(fields "$out")"
holds "history ID: the story" "$out" '"kind":"opened"' '"kind":"create_intended"' '"kind":"created"' '"kind":"deleted"' '"kind":"closed"'
run "$keywright" history "$id"
holds "history ID for people" "$out" "rotation $id" "about to create the new key" "$old" "$new"
run "$keywright" history "$(printf '%.10s' "$id")"
[ $status = 0 ] || [ $status = 2 ]
result $? "an ID may be shortened, or is said to be ambiguous" "$err"
run "$keywright" resume --yes "$id"
is "resume of one that is done: exit status" 0 "$status" "$err"
run "$keywright" resume --yes --json "$id"
is "resume of one that is done: its object" "$id done" "$(member id "$out") $(member state "$out")" "$err"
run "$keywright" rollback --yes --json "$id"
is "rollback of one that is done: exit status" 1 "$status" "$err"
is "rollback of one that is done: its object" "$id done" "$(member id "$out") $(member state "$out")" "$err"
holds "rollback of one that is done: what to do" "$err" "keywright: rotation $id is closed" "  do: keywright history $id"
run "$keywright" journal verify
is "journal verify" 0 "$status" "$err"
holds "journal verify tells the head" "$out" whole head
run "$keywright" journal export --head
head=$out
run "$keywright" journal verify --against "$head"
is "journal verify --against a head" 0 "$status" "$err"
run "$keywright" journal export
is "journal export: members" "seq at rotation kind step actor detail hash " "$(fields "$out")"
run "$keywright" journal backup "$work/first.db" --json
is "journal backup --json" "{\"path\":\"$work/first.db\"}" "$out" "$err"
run "$keywright" journal backup "$work/copy.db"
is "journal backup" 0 "$status" "$err"
run "$keywright" --journal "$work/copy.db" history --json
is "the copy can be read" 2 "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" "$err"
run "$keywright" journal backup "$work/copy.db"
is "a backup never overwrites" 2 "$status" "$out"
stop "$server"

# --- one that waits ---
fresh waits
run "$keywright" rotate --yes --quiet 0 --soak 1h --settle 0 --json
is "soak: exit status" 3 "$status" "$out" "$err"
id=$(member id "$out")
holds "soak: the object tells what it waits for" "$out" '"state":"tested"' '"waiting_for":"' soak
holds "soak: how to go on" "$err" "keywright resume $id"
new=$(key_in "$HOME/.aws/credentials")
is "soak: the old key is off" "$old Inactive
$new Active" "$(keys_of alice)"
run "$keywright" status --user nobody
is "status of somebody else" "no rotation of user nobody is open" "$out" "$err"
run "$keywright" history --user nobody
is "history of somebody else" "no rotation of user nobody was ever opened here" "$out" "$err"
run "$keywright" status
is "status: exit status" 3 "$status" "$err"
holds "status: step and next command" "$out" "$id" delete "keywright resume $id"
run "$keywright" status --json
is "status: members" "$rotation_fields" "$(fields "$out")"
run "$keywright" keys --json
holds "keys: the rotation" "$out" "\"rotation\":\"$id\""
run "$keywright" rotate --yes --plan now --key "$new"
is "a second rotation of the user: exit status" 3 "$status" "$out" "$err"
holds "a second rotation of the user: names the first" "$err" "resume $id" "rollback $id" "open rotation"
case $err in *"another program"* | *"wait until"*) false ;; *) true ;; esac
result $? "a second rotation of the user: nobody is to be waited for" "$err"
run "$keywright" rotate --yes --plan now --key "$new" --json
is "a second rotation of the user, as JSON: exit status" 3 "$status" "$out" "$err"
is "a second rotation of the user, as JSON: the first one's object" "$id" "$(member id "$out")"
run "$keywright" rotate --yes --dry-run --key "$new"
is "dry run of a second rotation: ends as that would" 3 "$status" "$out" "$err"
holds "dry run of a second rotation: names the first" "$err" "$id" "keywright resume $id"
run "$keywright" resume --yes
is "resume: still waits" 3 "$status" "$out" "$err"
run "$keywright" resume --yes --endpoint-url http://127.0.0.1:1 "$id"
is "resume: a conflicting option" 2 "$status" "$out" "$err"
holds "resume: says which" "$err" --endpoint-url "$id"
run "$keywright" resume --yes --dry-run "$id"
is "resume --dry-run" 0 "$status" "$err"
holds "resume --dry-run: what is left" "$out" iam:DeleteAccessKey "$new"
case $out in *CreateAccessKey*) false ;; *) true ;; esac
result $? "resume --dry-run: not what is done" "$out"
run "$keywright" resume --yes --override "soak_over=the practice is over" "$id"
is "resume with an override" 0 "$status" "$out" "$err"
is "resume: the old key is gone" "$new Active" "$(keys_of alice)"
run "$keywright" history --json "$id"
holds "the override is in the journal" "$out" '"kind":"overridden"' "the practice is over"
stop "$server"

# --- back ---
fresh back
cp "$HOME/.aws/credentials" "$work/before"
run "$keywright" rotate --yes --quiet 0 --soak 1h --settle 0 --json
id=$(member id "$out")
run "$keywright" rollback --yes --dry-run "$id"
holds "rollback --dry-run" "$out" iam:UpdateAccessKey iam:DeleteAccessKey
run "$keywright" rollback --yes --json --reason "second thoughts" "$id"
is "rollback: exit status" 0 "$status" "$out" "$err"
is "rollback: the object" "rolled_back, second thoughts" "$(member state "$out"), $(member reason "$out")"
is "rollback: the old key alone, Active" "$old Active" "$(keys_of alice)"
cmp -s "$work/before" "$HOME/.aws/credentials"
result $? "rollback: the file is as it was" "$(masked "$HOME/.aws/credentials")"
run "$keywright" rollback --yes "$id"
is "rollback of one that is rolled back" 0 "$status" "$err"
run "$keywright" status
is "rollback: nothing is open" 0 "$status" "$out"

# A rollback that did not come to its end is one that succeeded when a resume has ended it.
run "$keywright" rotate --yes --quiet 0 --soak 1h --settle 0 --json
id=$(member id "$out")
curl -s -X POST "$endpoint/practice/fault?spec=denied:DeleteAccessKey" >/dev/null
run "$keywright" rollback --yes --json "$id"
is "rollback that is refused a call" 1 "$status" "$out" "$err"
is "it stays open" rolling_back "$(member state "$out")"
run "$keywright" resume --yes --json
is "resume of a rollback: exit status" 0 "$status" "$out" "$err"
is "resume of a rollback: the object" rolled_back "$(member state "$out")"

# --- abandoned ---
run "$keywright" rotate --yes --quiet 0 --soak 1h --settle 0 --json
id=$(member id "$out")
before=$(keys_of alice)
run "$keywright" abandon --json --reason "cannot go on" "$id"
is "abandon without a terminal: exit status" 2 "$status" "$out" "$err"
holds "abandon without a terminal: names --yes" "$err" --yes
run "$keywright" status
is "abandon without a terminal: it stays open" 3 "$status" "$out"
run "$keywright" abandon --yes --json --reason "cannot go on" "$id"
is "abandon: exit status" 0 "$status" "$out" "$err"
is "abandon: the object" "abandoned, cannot go on" "$(member state "$out"), $(member reason "$out")"
holds "abandon: what is left where" "$err" "$old" Inactive credentials
is "abandon: touches no key" "$before" "$(keys_of alice)"
run "$keywright" abandon "$id"
is "abandon twice" 0 "$status" "$err"
run "$keywright" resume --yes "$id"
is "resume of an abandoned one" 1 "$status" "$err"
stop "$server"

# --- two keys ---
fresh two --keys 2
second=$(keys_of alice | sed -n "s/ .*//; /$old/!p")
before=$(keys_of alice)
run "$keywright" rotate --yes --plan now --settle 0 --key "$old" --json
is "two keys: exit status" 5 "$status" "$out" "$err"
holds "two keys: names both and the choice" "$err" "$old" "$second" --new-key --retire
is "two keys: nothing was changed" "$before" "$(keys_of alice)"
run "$keywright" status
is "two keys: nothing is open" 0 "$status" "$out"
run "$keywright" rotate --yes --dry-run --key "$old"
is "two keys: the dry run ends as rotate would" 5 "$status" "$out" "$err"
holds "two keys: the dry run names both and the choice" "$err" "$old" "$second" --new-key --retire
run "$keywright" rotate --yes --dry-run --key "$old" --new-key "$second"
is "two keys: dry run of --new-key" 0 "$status" "$err"
case $out in *CreateAccessKey*) false ;; *"adopted as the new one"*) true ;; *) false ;; esac
result $? "two keys: dry run of --new-key makes no key" "$out"
run "$keywright" rotate --yes --dry-run --json --key "$old" --retire "$second"
is "two keys: dry run of --retire deletes two keys" 2 "$(printf '%s\n' "$out" | grep -c '"call":"iam:DeleteAccessKey"')" "$out"
is "two keys: the dry runs changed nothing" "$before" "$(keys_of alice)"
run "$keywright" rotate --yes --quiet 0 --soak 1h --settle 0 --key "$old" --new-key "$second" --reason first
is "two keys: --new-key waits" 3 "$status" "$out" "$err"
id=$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
run "$keywright" rollback --yes --json --reason later "$id"
holds "the opening reason is the one that is shown" "$out" '"reason":"first"'
run "$keywright" rotate --yes --plan now --settle 0 --key "$old" --retire "$second"
is "two keys: --retire" 0 "$status" "$out" "$err"
is "two keys: one is left" "$(key_in "$HOME/.aws/credentials") Active" "$(keys_of alice)"
stop "$server"

# --- what is odd is said before anything is changed ---
fresh odd
printf '\n[other]\nregion = us-east-1\n[other]\noutput = json\n' >>"$HOME/.aws/credentials"
run "$keywright" rotate --yes --plan now --settle 0 --json
is "a section twice: exit status" 0 "$status" "$out" "$err"
holds "a section twice: is the first thing that is said" "$(printf '%s\n' "$err" | head -n 1)" "keywright: note: " other
secret=$(sed -n 's/^ *aws_secret_access_key *= *//p' "$HOME/.aws/credentials" | head -n 1)
run env AWS_PROFILE=admin AWS_ACCESS_KEY_ID="$(key_in "$HOME/.aws/credentials")" AWS_SECRET_ACCESS_KEY="$secret" \
    "$keywright" rotate --yes --plan now --settle 0 --json --user alice --endpoint-url "$endpoint"
holds "environment keys beat the profile that was named: said" "$err" "keywright: note: " AWS_PROFILE
stop "$server"

# --- what cannot be read back, over several runs that do not have the secret ---
advance() { curl -s --max-time 10 -X POST -d "seconds=$1" "$endpoint/practice/advance" >"$work/advanced"; }
fresh blind --new-key-delay 0
run "$keywright" rotate --as admin --user alice --to "command:/usr/bin/tee $work/got" --yes --settle 1s --quiet 10m --soak 10m
is "not read back: the quiet time is waited for" 3 "$status" "$out" "$err"
advance 620
run "$keywright" resume --yes
is "not read back: the soak is waited for" 3 "$status" "$out" "$err"
holds "not read back: the end of the test step says what it rests on" "$out" \
    "everything was seen to work without the old key" "delivered, not read back"
advance 620
run "$keywright" resume --yes
is "not read back: a later run finishes" 0 "$status" "$out" "$err"
new=$(sed -n 's/.*"AccessKeyId" *: *"\([A-Z0-9]*\)".*/\1/p' "$work/got")
is "not read back: the key that was handed over is left" "$new Active" "$(keys_of alice)"
stop "$server"
fresh blind_self --new-key-delay 0
run "$keywright" rotate --to "command:/usr/bin/tee $work/got" --yes --settle 1s --quiet 10m --soak 0
is "not read back, for itself: the quiet time is waited for" 3 "$status" "$out" "$err"
advance 620
run "$keywright" resume --yes
is "not read back, for itself: nobody is left to sign" 1 "$status" "$out" "$err"
new=$(sed -n 's/.*"AccessKeyId" *: *"\([A-Z0-9]*\)".*/\1/p' "$work/got")
holds "not read back, for itself: what to do" "$err" "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of $new"
secret=$(sed -n 's/.*"SecretAccessKey" *: *"\([^"]*\)".*/\1/p' "$work/got")
run env "AWS_ACCESS_KEY_ID=$new" "AWS_SECRET_ACCESS_KEY=$secret" "$keywright" resume --yes
is "not read back, for itself: so it is finished" 0 "$status" "$out" "$err"
is "not read back, for itself: one key is left" "$new Active" "$(keys_of alice)"
stop "$server"
# --- killed in the switch-off, and another program has overwritten the new pair ---
lost_in_the_switch() { # lost_in_the_switch NAME PAIR: old, other: what is written over the new pair
    fresh "$1" --new-key-delay 0
    cp "$HOME/.aws/credentials" "$work/old-pairs"
    curl -s --max-time 10 --data-urlencode "spec=hang_before:UpdateAccessKey" "$endpoint/practice/fault" >"$work/faulted"
    "$keywright" rotate --yes --plan now --settle 0 --to file >"$work/o" 2>&1 </dev/null &
    front=$!
    for _ in $(seq 600); do
        grep -q "about to switch a key" "$work/o" && break
        sleep 0.1
    done
    sleep 0.5
    keepers=$(ps -o pid= --ppid $front)
    # shellcheck disable=SC2086 # a list
    kill -9 $front $keepers
    wait $front 2>/dev/null
    curl -s --max-time 10 --data-urlencode "spec=" "$endpoint/practice/fault" >"$work/faulted"
    new=$(key_in "$HOME/.aws/credentials")
    sed "s/$old/AKIAOTHEROTHEROTHER1/" "$work/old-pairs" >"$work/other-pairs"
    cat "$work/$2-pairs" >"$HOME/.aws/credentials"
    is "$1: both keys are Active" "$old Active
$new Active" "$(keys_of alice)" "$(cat "$work/o")"
    advance 620
}
lost_in_the_switch lost_goes_on old
run "$keywright" resume --yes
is "lost in the switch-off: another new key is made" 0 "$status" "$out" "$err"
is "lost in the switch-off: it is the one that is left" "$(key_in "$HOME/.aws/credentials") Active" "$(keys_of alice)"
stop "$server"
lost_in_the_switch lost_goes_back other
id=$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
run "$keywright" rollback --yes "$id"
is "lost in the switch-off: it can be rolled back" 0 "$status" "$out" "$err"
is "lost in the switch-off: the old key is left" "$old Active" "$(keys_of alice)"
stop "$server"
# --- what is said of targets ---
fresh told --new-key-delay 0
curl -s --max-time 10 -X POST "$endpoint/practice/fault?spec=denied:ListAccessKeys" >"$work/faulted"
run "$keywright" rotate --yes --plan now --settle 0 --to file
is "denied: exit status" 1 "$status" "$out" "$err"
line=$(printf '%s\n' "$out" | grep "could not be read")
holds "denied: says what" "$line" AccessDenied
case $line in *file:*) false ;; *) true ;; esac
result $? "denied: of no target" "$line"
run "$keywright" history --json "$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')"
case $(printf '%s\n' "$out" | grep check_failed) in *'"target":-1'*) true ;; *) false ;; esac
result $? "denied: of no target, in the journal too" "$out"
curl -s --max-time 10 -X POST "$endpoint/practice/fault?spec=" >"$work/faulted"
run "$keywright" resume --yes
is "denied: it can be finished" 0 "$status" "$out" "$err"
stop "$server"
fresh handed --new-key-delay 0
run "$keywright" rotate --as admin --user alice --to "command:/bin/cat" --yes --settle 0 --quiet 10m
run "$keywright" rollback --yes "$("$keywright" status --json | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')"
holds "a command: what it was handed" "$out$err" "command:/bin/cat was handed $old, not read back"
case $out in *"command:/bin/cat held"*) false ;; *) true ;; esac
result $? "a command: nothing is said to have been read" "$out"
stop "$server"
finish
