#!/bin/sh
# From one audit to the next on the practice account: what is stored, what is told to have changed, and what happens
# when the journal cannot be used.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
curl --help all 2>/dev/null | grep -q aws-sigv4 || skip_all "curl cannot sign (--aws-sigv4)"

HOME=$work/account
start_practice "$HOME" --new-key-delay 0 --status-delay 0 --report-delay 0 --users 3 --mfa ||
    result 1 "the practice account starts"
admin_id=$(sed -n '/^\[admin\]/,/^\[/s/^ *aws_access_key_id *= *//p' "$HOME/.aws/credentials")
admin_secret=$(sed -n '/^\[admin\]/,/^\[/s/^ *aws_secret_access_key *= *//p' "$HOME/.aws/credentials")
iam() { # iam PARAMETER=VALUE...: a call by the administrator, as somebody else would make it
    for parameter; do set -- "$@" --data-urlencode "$parameter"; shift; done
    curl -s --max-time 10 --aws-sigv4 aws:amz:us-east-1:iam --user "$admin_id:$admin_secret" "$@" \
        --data-urlencode Version=2010-05-08 "$endpoint/" >"$work/answer"
    grep -q '<Error>' "$work/answer" && { sed 's/^/# /' "$work/answer"; return 1; }
    return 0
}
control() { curl -s --max-time 10 -X POST -d "$2" "$endpoint/practice/$1" >/dev/null; }
next_report() { control advance seconds=15000; } # AWS keeps one for four hours
control config max-skew=31000000
journal=$HOME/.local/state/keywright/journal.db
changes() { run "$keywright" audit --profile admin --changes "$@"; }
told() { # told: "CHANGE RESOURCE" of each row of $out
    printf '%s\n' "$out" | sed -n 's/^{"change":"\([a-z_]*\)","account":"[0-9]*","resource":"\([^"]*\)".*/\1 \2/p'
}

changes
is "a first audit changes nothing" 0 "$status" "$err"
holds "and says that it is the first" "$out" 'credential report of 20' 'No audit of this account was stored before'
changes --json
is "nothing changed: status and rows" "0 " "$status $out" "$err"
is "the journal is private" 600 "$(stat -c %a "$journal" 2>/dev/null || stat -f %Lp "$journal")"
run "$keywright" journal verify
is "the chain has nothing of it" 0 "$status" "$err"
holds "nor the events" "$out" '0 events'

iam Action=CreateAccessKey UserName=user-00002 && key=$(sed -n 's/.*<AccessKeyId>\([A-Z0-9]*\)<.*/\1/p' "$work/answer")
old_key=$(key_in "$HOME/.aws/credentials")
iam Action=UpdateAccessKey UserName=alice "AccessKeyId=$old_key" Status=Inactive
result $? "one gets a second key, another's is switched off"
changes --json
is "what is seen live is told at once" 4 "$status" "$err"
is "and what only the report tells is not yet" 'finding_mended alice
key_deactivated alice' "$(told | sort -u)"
holds "a row has its audits" "$out" "\"user\":\"alice\",\"key\":\"$old_key\"" '"since_audit":2,' '"audit":3}'
next_report
run "$keywright" audit --profile admin
holds "an audit ends with what changed" "$out" 'Since audit 3 of 20' 'user-00002 has a new key' \
    'user-00002 fails a check: ' '(one_active_key, '
is "within 80 columns" "" "$(printf '%s\n' "$out" | grep '.\{80\}')"
changes --json --since 2
is "--since: exit status" 4 "$status" "$err"
holds "--since: all since then" "$(told)" 'key_new user-00002' 'key_deactivated alice' 'finding_new user-00002'
holds "a finding has its check" "$out" '"check":"one_active_key","severity":"'
is "each line is an object" "" "$(printf '%s\n' "$out" | grep -v '^{.*}$')"
changes --json --since 2 --user alice
is "--user narrows it" "" "$(told | grep -v alice)"
changes --since 2020-01-01
holds "--since a day before all that is kept: the oldest" "$out" 'Since audit 1 of '
changes --since 6h
holds "--since so long ago" "$out" 'Since audit '
changes --since 99
is "--since an audit that is not kept: exit status" 1 "$status" "$out"
holds "and which ones are" "$err" 'audit 99 of account 123456789012 is not kept' 'begin with 1 (20'
changes --since yesterday
is "--since neither: exit status" 2 "$status" "$out"
run "$keywright" audit --profile admin --since 1
is "--since without --changes" 2 "$status" "$out"
changes --csv
is "--changes as rows for a table: exit status" 2 "$status" "$out"

iam Action=UpdateAccessKey UserName=alice "AccessKeyId=$old_key" Status=Active &&
    iam Action=DeleteAccessKey UserName=user-00002 "AccessKeyId=$key"
result $? "the key comes back, the second one goes"
next_report
changes
is "text: exit status" 4 "$status" "$err"
holds "text: what came and went" "$out" "alice has a key that came back $old_key" 'user-00002 has a key less'
next_report
changes --dry-run
is "--dry-run stores nothing" "0 " "$status $(printf '%s\n' "$out" | grep -v 'nothing changed' | grep Since)" "$out"
first=$(printf '%s\n' "$out" | sed -n 's/^Since \(audit [0-9]*\) .*/\1/p')
changes --dry-run
holds "--dry-run: and compares with the same" "$out" "Since $first of"

run "$keywright" rotate --yes --plan now --settle 0 --consistency 0 --as admin
changes --json
is "a rotation is seen at once where the report is older" 'finding_mended alice key_gone alice key_new alice ' \
    "$(told | sort -u | tr '\n' ' ')" "$out" "$err"

# --- --notify ---
cat >"$work/tell" <<'END'
#!/bin/sh
printf 'called %s\n' "$*" >>"$1"
env | grep '^AWS_.*KEY\|^AWS_.*TOKEN' >>"$1"
cat >>"$1"
[ ! -e "$1.refuses" ] || { echo "the room is closed" >&2; exit 9; }
END
chmod +x "$work/tell"
notify() { # notify OPTION...: an audit that tells; $called: what the command got
    rm -f "$work/called"
    run "$keywright" audit --profile admin --notify "$work/tell $work/called 'two words'" "$@"
    called=$(cat "$work/called" 2>/dev/null)
}
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=notasecretnotasecretnotasecretnotasecret
notify
is "--notify: nothing changed, nobody is called" "4 " "$status $called" "$err"
key=$(key_in "$HOME/.aws/credentials")
iam Action=UpdateAccessKey UserName=alice "AccessKeyId=$key" Status=Inactive
next_report
run "$keywright" audit --profile admin >/dev/null
touch "$work/called.refuses"
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
notify
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
is "--notify: a command that fails is exit status 1" 1 "$status"
holds "and its status is told" "$err" 'tell ended with status 9: the room is closed'
holds "it is told what an audit without it saw first" "$called" "$(printf 'called %s two words\n{"change":"key_deactivated"' "$work/called")" \
    "\"key\":\"$key\""
is "it gets no credentials" "" "$(printf '%s' "$called" | grep '^AWS_')"
rm "$work/called.refuses"
notify --json
is "and is told again what it did not take" 1 "$(printf '%s\n' "$called" | grep -c '"change":"key_deactivated"')" "$err"
is "its rows are objects" "" "$(printf '%s\n' "$called" | tail -n +2 | grep -v '^{.*}$')"
notify
is "but once" "" "$called" "$err"
iam Action=UpdateAccessKey UserName=alice "AccessKeyId=$key" Status=Active
next_report
notify --dry-run
is "--dry-run tells nobody" "" "$called"
mkdir -p "$HOME/.config/keywright" && chmod 700 "$HOME/.config/keywright"
echo "notify = $work/tell $work/called" >"$HOME/.config/keywright/config"
run "$keywright" audit --profile admin --user admin
holds "as a setting; with --user it is told of everybody" "$(cat "$work/called" 2>/dev/null)" '"change":"key_reactivated"'
rm -r "$HOME/.config"
iam Action=UpdateAccessKey UserName=alice "AccessKeyId=$key" Status=Inactive
next_report
notify --notify "no-such-program-$$"
holds "the last one counts; one that is not there is said" "$err" "no-such-program-$$" 'cannot be started'

# --- a journal that cannot be used stops no audit ---
copy=$work/broken.db
printf 'no database at all, but long enough to be looked at as one ...................................' >"$copy"
run "$keywright" audit --profile admin --journal "$copy" --json
is "a damaged journal: the findings are there" 4 "$status" "$err"
holds "and that it was not stored is said" "$err" 'this audit was not stored'
run "$keywright" audit --profile admin --journal "$copy" --changes
is "what was asked for cannot be told" 1 "$status" "$out"
is "and nothing is written there" 'no database' "$(head -c 11 "$copy")"
mkdir "$work/folder"
run "$keywright" audit --profile admin --journal "$work/folder"
is "a folder for a journal: the findings are there" 4 "$status" "$err"
holds "and it says what it cannot tell" "$out" 'What changed since the last audit cannot be told'

# --- one of the version before ---
if command -v sqlite3 >/dev/null 2>&1; then
    run "$keywright" journal export --head
    head=$out
    sqlite3 "$journal" 'DROP TABLE account_state; DROP TABLE credential_report; PRAGMA user_version = 1'
    run "$keywright" journal verify --against "$head"
    is "a journal of version 1 can be verified" 0 "$status" "$err"
    changes
    is "and is migrated by an audit" "0 2" "$status $(sqlite3 "$journal" 'PRAGMA user_version')" "$err"
    run "$keywright" journal verify --against "$head"
    is "with the same chain" 0 "$status" "$err"
    is "the report is kept as AWS gave it" 'user,arn' \
        "$(sqlite3 "$journal" 'SELECT substr(csv, 1, 8) FROM credential_report')"
else
    skip "a journal of version 1" "sqlite3 is not installed"
fi
stop "$server"
finish
