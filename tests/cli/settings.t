#!/bin/sh
# The settings file: what it may say, what beats it, and that a mistake in it stops everything with file and
# line; and the account that is expected.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

start_practice "$work/practice" || { result 1 "the account starts"; finish; }
mkdir -p "$HOME/.aws" "$HOME/.config/keywright"
umask 022
file=$HOME/.config/keywright/config
settings() { printf '%s\n' "$@" >"$file"; }
fresh() { # the AWS files and the journal as at first
    cp "$work/practice/.aws/credentials" "$HOME/.aws/credentials"
    cp "$work/practice/.aws/config" "$HOME/.aws/config"
    chmod 600 "$HOME/.aws/credentials"
    rm -rf "$HOME/.local"
}
fresh
account=$(run "$keywright" keys; printf '%s\n' "$out" | sed -n 's/^account \([0-9]*\).*/\1/p')

# --- mistakes --------------------------------------------------------------------------------------
bad() { # bad NAME WORDS LINE...: exit status 2, the words, and nothing on standard output
    what=$1 says=$2
    shift 2
    settings "$@"
    run "$keywright" keys
    [ "$status" = 2 ] && [ -z "$out" ] && case $err in *"$file"*"$says"*) ;; *) false ;; esac
    result $? "$what" "status $status" "$out" "$err"
}
bad "an unknown name, and the nearest" "line 3: there is no setting 'proflie'; did you mean 'profile'?" '' '# x' 'proflie = x'
bad "an unknown name like no other" "line 1: there is no setting 'zzzzzzzzzz'" 'zzzzzzzzzz = 1'
bad "an option that is no setting" "line 1: 'yes' is said on the command line" 'yes = true'
bad "no value" "line 1: --region" 'region ='
bad "no equals sign" "line 2: a line is 'name = value'" 'region = us-east-1' 'profile default'
bad "a name twice" "line 2: this setting was given above" 'region = us-east-1' 'region = eu-west-1'
bad "a time that is none" "line 1: --soak" 'soak = soon'
bad "a plan that is none" "line 1: plan is careful" 'plan = soon'
bad "a flag that is neither" "line 1: it is true or false" 'plain = maybe'
bad "an account that is none" "line 1: an account is its ID" 'expect_account = 1234'
bad "a journal in no certain place" "line 1: the path of the journal" 'journal = j.db'
bad "an endpoint that is none" "line 1: an endpoint begins" 'endpoint-url = localhost'
bad "a region with blanks in it" "line 1: that is not the name" 'region = us east'
bad "a control character" "line 1: there is a control" "$(printf 'profile = a\033[2J')"
bad "more targets than a rotation takes" "there are too many of these" $(for i in $(seq 40); do echo "to=file:$i"; done)
settings 'profile = nobody'
run "$keywright" keys
is "a profile that is not there: exit status" 2 "$status" "$err"
holds "and the line that names it" "$err" "profile is set in $file, line 1"
settings 'region = nowhere-at-1'
AWS_ENDPOINT_URL='' AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true run "$keywright" keys
is "a region that can be none: exit status" 2 "$status" "$err"
holds "and the line that names it, too" "$err" "region is set in $file, line 1"
settings 'bad = 1'
run "$keywright" --help
is "--help needs no settings" 0 "$status" "$err"
run "$keywright" doctor --json
is "doctor goes on without them, and says so" 4 "$status" "$err"
holds "doctor: file and line" "$(printf '%s\n' "$out" | grep '"settings"')" attention "$file, line 1"

# --- whose the file is -----------------------------------------------------------------------------
settings 'region = us-east-1'
chmod g+w "$file"
run "$keywright" keys
is "a file that others may write is refused" 2 "$status" "$err"
holds "and the way out is named" "$err" "chmod go-w $file"
chmod 644 "$file"
chmod o+w "$HOME/.config/keywright"
run "$keywright" keys
is "a folder in which others may put another is refused" 2 "$status" "$err"
chmod +t "$HOME/.config/keywright"
run "$keywright" keys
is "with the sticky bit they cannot" 0 "$status" "$err"
chmod 755 "$HOME/.config/keywright"
mv "$file" "$work/elsewhere"
chmod 666 "$work/elsewhere"
ln -s "$work/elsewhere" "$file"
run "$keywright" keys
is "behind a link, the file itself counts" 2 "$status" "$err"
chmod 644 "$work/elsewhere"
run "$keywright" keys
is "and a link is no fault" 0 "$status" "$err"
rm "$file"
mkfifo "$file"
run "$keywright" keys
is "what is no file is refused" 2 "$status" "$err"
rm "$file"
printf 'region = us-east-1\0x\n' >"$file"
run "$keywright" keys
is "a NUL is refused" 2 "$status" "$err"

# --- what counts -----------------------------------------------------------------------------------
mkdir -p "$work/set"
journal=$work/set/j.db
settings '# mine' '   plan = now' 'settle=0' '' "test = test -n \"\$AWS_ACCESS_KEY_ID\" # one" 'test = true' \
    "journal =  $journal  " "expect-account = $account" 'no_color = true' 'to = file'
# shellcheck disable=SC1003 # a carriage return at a line's end
printf 'plain = true\r\n' >>"$file"
run "$keywright" rotate --yes
is "a rotation by its settings: exit status" 0 "$status" "$out" "$err"
run "$keywright" journal export --journal "$journal"
holds "what it was opened with" "$(printf '%s\n' "$out" | head -n 1)" '"soak":0' '"quiet":0' '"settle":0' '# one' \
    '"tests":["test'
test ! -e "$HOME/.local"
result $? "the journal is where the settings say"
run "$keywright" journal path
is "journal: the setting" "$journal" "$out"
KEYWRIGHT_JOURNAL=$work/env.db run "$keywright" journal path
is "journal: the variable beats it" "$work/env.db" "$out"
KEYWRIGHT_JOURNAL=$work/env.db run "$keywright" journal path --journal "$work/option.db"
is "journal: and the option beats both" "$work/option.db" "$out"
fresh_key() { key_in "$HOME/.aws/credentials"; }
before=$(fresh_key)
run "$keywright" rotate --yes --settle 1s --plan today --test false
is "options beat settings: it waits as --plan says" 3 "$status" "$out" "$err"
run "$keywright" history --json "$("$keywright" status --json | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')"
holds "which beats quiet and soak too, and --test the tests" "$(printf '%s\n' "$out" | head -n 1)" '"soak":14400' \
    '"quiet":3600' '"settle":1' '"tests":["false"]'

# An open rotation goes by the journal.
settings 'plan = now' 'settle = 3s' 'test = false' "journal = $journal" 'region = eu-north-1' 'profile = nobody' 'to = command:x'
run "$keywright" resume --yes
is "resume takes its plan from the journal" 3 "$status" "$out" "$err"
settings "journal = $journal" 'expect-account = 999999999999'
run "$keywright" resume --yes
is "resume in an account that is not expected: exit status" 2 "$status" "$out" "$err"
holds "both accounts are named, and the line" "$err" "account 999999999999 is expected" "of account $account" "line 2"
run "$keywright" rollback --yes "$("$keywright" status --json | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')"
is "and a rollback" 2 "$status" "$out" "$err"
settings "journal = $journal"
run "$keywright" rollback --yes "$("$keywright" status --json | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')"
is "the setting away, it rolls back" 0 "$status" "$out" "$err"
is "to the key of before" "$before" "$(fresh_key)"

# --- the account -----------------------------------------------------------------------------------
settings 'expect_account = 999999999999' 'region = us-east-1'
rm -rf "$HOME/.local"
cp "$HOME/.aws/credentials" "$work/before"
asked() { curl -s --max-time 10 "$endpoint/practice/state"; }
asked >"$work/state"
run "$keywright" rotate --yes --plan now --settle 0
is "another account than expected: exit status" 2 "$status" "$out" "$err"
holds "both IDs are named" "$err" "999999999999" "account $account" "line 1"
cmp -s "$work/before" "$HOME/.aws/credentials"
result $? "no file has changed"
is "nothing is journalled" "" "$("$keywright" history 2>&1 | grep -i "AKIA")"
run "$keywright" rotate --dry-run
is "--dry-run ends the same" 2 "$status" "$out" "$err"
run "$keywright" rotate --yes --plan now --expect-account 12
is "an account that is none on the command line" 2 "$status" "$out" "$err"
run "$keywright" doctor --json
is "doctor: exit status" 4 "$status" "$err"
holds "doctor: the accounts" "$(printf '%s\n' "$out" | grep '"expect_account"')" attention 999999999999 "$account"
AWS_REGION=us-east-1 run "$keywright" doctor --json --expect-account "$account"
holds "doctor: as expected" "$(printf '%s\n' "$out" | grep '"expect_account"')" '"ok"'
holds "doctor: what beats a setting" "$(printf '%s\n' "$out" | grep '"setting"')" "expect-account = 999999999999 (line 1), but the command line" \
    "region = us-east-1 (line 2), but AWS_REGION"
run "$keywright" rotate --yes --plan now --settle 0 --expect-account "$account"
is "the account that is expected: exit status" 0 "$status" "$out" "$err"

# The alias is for who looks on; a user who may not see it does without.
settings ''
run "$keywright" rotate --dry-run --plan now
is "an alias that may not be seen: exit status" 0 "$status" "$err"
holds "and it is left out" "$out" "account  $account ("
start_practice "$work/admin" --policy admin
cp "$work/admin/.aws/credentials" "$work/admin/.aws/config" "$HOME/.aws"
run "$keywright" rotate --dry-run --plan now
holds "one that may" "$out" "account  practice-account, $account ("
run "$keywright" rotate --dry-run --plan now --yes
holds "unattended it is not asked for" "$out" "account  $account ("
rm -rf "$HOME/.local"

# The practice account is a world of its own.
settings 'expect_account = 999999999999' 'profile = nobody'
run "$keywright" practice --auto
is "practice does not go by the settings" 0 "$status" "$err"
XDG_CONFIG_HOME=relative run "$keywright" doctor
is "a relative XDG_CONFIG_HOME is passed over" 1 "$(printf '%s' "$out" | grep -c "$file")"
mkdir -p "$work/xdg/keywright"
printf 'nothing here\n' >"$work/xdg/keywright/config"
XDG_CONFIG_HOME=$work/xdg run "$keywright" keys
is "XDG_CONFIG_HOME counts" 2 "$status" "$err"
finish
