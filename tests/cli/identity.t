#!/bin/sh
# doctor --identity: the way to the credentials step by step, whom they speak for, and no secret.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
start_practice "$HOME" --new-key-delay 0 --status-delay 0 || result 1 "the practice account starts"
key=$(key_in "$HOME/.aws/credentials")
secrets=$(sed -n 's/^aws_secret_access_key *= *//p' "$HOME/.aws/credentials")
arn=arn:aws:iam::123456789012

# identity WHAT STATUS [NAME=VALUE...] [OPTION...]: sets $out; holds the status, and that no secret is told.
identity() {
    what=$1 expected=$2
    shift 2
    assignments=
    while :; do
        case ${1-} in [A-Z]*=*) assignments="$assignments $1" && shift ;; *) break ;; esac
    done
    # shellcheck disable=SC2086 # words are meant
    run env $assignments "$keywright" doctor --identity "$@"
    is "$what: exit status" "$expected" "$status" "$out" "$err"
    told=
    for secret in $secrets hush-hush; do
        case $out$err in *"$secret"*) told="$told $secret" ;; esac
    done
    is "$what: no secret is told" "" "$told"
}
# step PLACE RESULT: the detail of a step of $out, which is JSON.
step() {
    printf '%s\n' "$out" | sed -n "s|.*\"place\":\"$1\",\"result\":\"$2\",\"detail\":\"\\(.*\\)\"}|\\1|p"
}

identity "keys of a profile" 0
holds "keys of a profile: where they are" "$out" "profile default: credentials file" taken \
    "aws_access_key_id is $key, $HOME/.aws/credentials line " "$arn:user/alice in account 123456789012"

identity "as JSON" 0 --json --profile admin
is "as JSON: which profile" "by option: admin" "$(step 'name of the profile' taken)"
is "as JSON: whose they are" "$arn:user/admin" "$(step GetCallerIdentity 'done')"
holds "as JSON: the end" "$(printf '%s\n' "$out" | tail -n 1)" "{\"arn\":\"$arn:user/admin\",\"account\":\"123456789012\",\"key\":\"AKIA"
is "as JSON: steps are counted" "$(printf '%s\n' "$out" | grep -c '"step":')" \
    "$(printf '%s\n' "$out" | sed -n 's/.*"step":\([0-9]*\),.*/\1/p' | tail -n 1)"

identity "a role" 0 --json --profile rotation-role
is "a role: whose keys" "role_arn is $arn:role/rotation, to be assumed with source_profile default" \
    "$(step 'profile rotation-role: role' taken)"
holds "a role: the session" "$(step "AssumeRole $arn:role/rotation" 'done')" "gives ASIA" ", good until 2"
holds "a role: whom it speaks for" "$(step GetCallerIdentity 'done')" "arn:aws:sts::123456789012:assumed-role/rotation/"

set -- AWS_ACCESS_KEY_ID=AKIAELSEWHERE AWS_SECRET_ACCESS_KEY=hush-hush
identity "keys of the environment" 4 "$@" AWS_PROFILE=admin --json
holds "keys of the environment: they win" "$(step environment taken)" "AWS_ACCESS_KEY_ID is AKIAELSEWHERE"
holds "keys of the environment: that is warned of" "$out" '"check":"credentials","status":"warn"' \
    "is used, not profile admin (AWS_PROFILE); to use the profile, give it with --profile"
identity "a profile by option" 0 "$@" --profile admin --json
holds "a profile by option wins" "$(step environment skipped)" "AKIAELSEWHERE" "named by option"
is "a profile by option: whose" "$arn:user/admin" "$(step GetCallerIdentity 'done')"

identity "no endpoint" 4 --endpoint-url http://127.0.0.1:9 --json
holds "no endpoint: what that means" "$(step GetCallerIdentity failed)" \
    "http://127.0.0.1:9 cannot be reached, so whom $key speaks for is not known"
holds "no endpoint: the end" "$(printf '%s\n' "$out" | tail -n 1)" '{"arn":null,"account":null,"key":null}'

identity "no files" 4 AWS_CONFIG_FILE=/nowhere/a AWS_SHARED_CREDENTIALS_FILE=/nowhere/b --json
is "no files: the config file" "no aws_access_key_id, no aws_secret_access_key" "$(step 'profile default: config file' none)"
is "no files: no container" "no AWS_CONTAINER_CREDENTIALS_*" "$(step container none)"
holds "no files: no instance" "$(step 'instance metadata' skipped)" AWS_EC2_METADATA_DISABLED
holds "no files: the reason" "$(step credentials failed)" "profile default is in neither AWS file"

printf '[default]\nnonsense hush-hush\n' >"$work/bad"
identity "a file that cannot be read" 4 AWS_SHARED_CREDENTIALS_FILE="$work/bad" --json
holds "a file that cannot be read: where" "$(step credentials failed)" "$work/bad line 2:"

printf '[profile a]\nrole_arn = %s\nsource_profile = b\n[profile b]\nrole_arn = %s\nsource_profile = a\n' \
    "$arn:role/rotation" "$arn:role/rotation" >"$work/loop"
identity "a loop" 4 AWS_CONFIG_FILE="$work/loop" --profile a --json
holds "a loop: it is one" "$(step credentials failed)" "leads back to a" loop

printf '[profile s]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n[sso-session x]\nsso_region = us-east-1\nsso_start_url = https://x.example\n' >"$work/sso"
identity "nobody has signed in" 4 AWS_CONFIG_FILE="$work/sso" --profile s --json
# shellcheck disable=SC2016 # no expansion is meant
holds "nobody has signed in: what to do" "$(step 'IAM Identity Center' failed)" 'run `aws sso login --profile s`'

mkdir "$work/process"
printf '#!/bin/sh\necho "$1" is not JSON\n' >"$work/process/print"
chmod 700 "$work/process/print"
printf '[profile p]\ncredential_process = %s hush-hush\nlogin_session = none\n' "$work/process/print" >"$work/conf"
identity "a process after a sign-in" 4 AWS_CONFIG_FILE="$work/conf" --profile p --json
holds "a process after a sign-in is shadowed" "$(step 'profile p: process' shadowed)" "$work/conf line 2"
printf '[profile p]\ncredential_process = %s hush-hush\n' "$work/process/print" >"$work/conf"
identity "a process that prints something else" 4 AWS_CONFIG_FILE="$work/conf" --profile p --json
holds "a process that prints something else" "$(step credential_process failed)" "credential_process of profile p"

printf '%s\n' '#!/bin/sh' "echo '{\"Version\":1,\"AccessKeyId\":\"$(key_in "$HOME/.aws/credentials")\",\"SecretAccessKey\":\"x\"," \
    "\"Expiration\":\"2020-01-01T00:00:00Z\"}'" >"$work/process/print"
identity "a process whose credentials have ended" 4 AWS_CONFIG_FILE="$work/conf" --profile p --json
holds "a process whose credentials have ended: is told before AWS is asked" "$(step credential_process failed)" \
    "ended at 2020-01-01T00:00:00Z already"

# Names that botocore alone takes: a role of one is a user of the key, too.
printf '[profile "two words"]\nrole_arn = %s\nsource_profile = default\n' "$arn:role/rotation" >>"$HOME/.aws/config"
run "$keywright" where "$(key_in "$HOME/.aws/credentials")"
holds "a role of a profile with white space in its name is found" "$out" "two words"

run "$keywright" status --identity
is "--identity is doctor's" 2 "$status" "$out" "$err"
finish
