#!/bin/sh
# The practice account over HTTP: curl and, where it is installed, the real aws command against it.
# Every credential here is made by the program under test and opens nothing else.

program=${builddir:-.}/keywright-practice
work=$(mktemp -d) || exit 99
n=0
failed=0
server=

finish() {
    exec 9>&-
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# Home must be a place without settings, and nothing here may look for an instance's credentials.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN \
    AWS_ENDPOINT_URL AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_CA_BUNDLE
export AWS_EC2_METADATA_DISABLED=true AWS_PAGER= AWS_MAX_ATTEMPTS=1 no_proxy=127.0.0.1
real_home=$HOME

ok() { # ok STATUS NAME
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        echo "not ok $n - $2"
        failed=1
    fi
}

skip() { # skip NAME REASON
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

# start OPTION...: the server's input is a pipe that this script holds open as descriptor 9.
start() {
    rm -f "$work/stdin"
    mkfifo "$work/stdin"
    : >"$work/ready"
    "$program" --ready-fd 3 "$@" <"$work/stdin" 3>"$work/ready" 2>"$work/errors" 9>&- &
    server=$!
    exec 9>"$work/stdin"
    tries=0
    until [ -s "$work/ready" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
            echo "Bail out! the server does not start: $(cat "$work/errors")"
            exit 1
        fi
        sleep 0.1
    done
    endpoint=$(sed 's/.*"endpoint":"\([^"]*\)".*/\1/' "$work/ready")
    key=$(sed 's/.*"key":"\([^"]*\)".*/\1/' "$work/ready")
}

# stop HOW: end the server, and say if it went within five seconds and with status 0.
stop() {
    case $1 in
    term) kill -TERM "$server" ;;
    pipe) exec 9>&- ;;
    esac
    tries=0
    while kill -0 "$server" 2>/dev/null && [ $tries -lt 600 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    [ $tries -lt 600 ] && wait "$server"
    stopped=$?
    [ $tries -lt 600 ] || kill -KILL "$server"
    server=
    exec 9>&-
    return $stopped
}

# secret PROFILE: the secret that the throw-away home holds.
secret() {
    sed -n "/^\[$1\]/,/^\[/s/^aws_secret_access_key = //p" "$work/home/.aws/credentials"
}

# call SERVICE KEY SECRET BODY [CURL OPTION]...: a request that curl signs; the pair goes in by a pipe.
call() {
    service=$1 pair="$2:$3" body=$4
    shift 4
    printf 'user = "%s"\n' "$pair" |
        curl -s --max-time 20 -K - --aws-sigv4 "aws:amz:us-east-1:$service" -d "$body" "$@" \
            "$endpoint/"
}

control() { curl -s --max-time 10 "$@"; }
executed() {
    control "$endpoint/practice/state" | sed "s/.*\"$1\":{\"received\":[0-9]*,\"executed\":\([0-9]*\).*/\1/"
}

command -v curl >/dev/null || { echo '1..0 # SKIP curl is not installed'; exit 0; }

start --home "$work/home" --log "$work/log" --mfa --new-key-delay 0 --status-delay 0
create='Action=CreateAccessKey&Version=2010-05-08&UserName=alice'
whoami='Action=GetCallerIdentity&Version=2011-06-15'
pass=$(secret default)

grep -q '"endpoint":"http://127.0.0.1:[0-9]*"' "$work/ready" && ! grep -qF "$pass" "$work/ready"
ok $? 'the ready line names the endpoint and no secret'

[ "$(ls -ld "$work/home/.aws" "$work/home/.aws/credentials" "$work/home/.aws/config" | cut -c1-10 | tr '\n' ' ')" = \
    'drwx------ -rw------- -rw------- ' ]
ok $? 'the throw-away home is private'

HOME=$work/home "$program" --home "$work/home" </dev/null >/dev/null 2>"$work/errors"
[ $? -eq 1 ] && grep -q 'left alone' "$work/errors"
ok $? 'a home that is lived in is left alone'

"$program" --no-such-option </dev/null >/dev/null 2>&1
[ $? -eq 2 ] && { "$program" --fault nonsense </dev/null >/dev/null 2>&1; [ $? -eq 2 ]; } &&
    { "$program" --page-size 0 </dev/null >/dev/null 2>&1; [ $? -eq 2 ]; }
ok $? 'usage errors are exit 2'

if [ -r /proc/net/tcp ]; then
    port=$(printf '%04X' "${endpoint##*:}")
    [ "$(awk -v p=":$port" '$4 == "0A" && index($2, p) { print $2 }' /proc/net/tcp /proc/net/tcp6)" = "0100007F:$port" ]
    ok $? 'it listens on 127.0.0.1 and nowhere else'
else
    skip 'it listens on 127.0.0.1 and nowhere else' 'no /proc/net/tcp'
fi

reply=$(control -i -d "$whoami" "$endpoint/")
case $reply in
*'403 Forbidden'*x-amzn-RequestId:*'<Code>MissingAuthenticationToken</Code>'*) ok 0 'unsigned is refused' ;;
*) ok 1 'unsigned is refused' ;;
esac

if curl --help all | grep -q aws-sigv4; then
    call sts "$key" "$pass" "$whoami" | grep -q '<Arn>arn:aws:iam::123456789012:user/alice</Arn>'
    ok $? 'what curl signs is accepted'
    call sts "$key" "wrong$pass" "$whoami" | grep -q '<Code>SignatureDoesNotMatch</Code>'
    ok $? 'a wrong secret is refused'
    call sts AKIAUNKNOWNUNKNOWN22 "$pass" "$whoami" | grep -q '<Code>InvalidClientTokenId</Code>'
    ok $? 'an unknown key is refused'
    control -X POST "$endpoint/practice/advance?seconds=1000" >/dev/null
    call sts "$key" "$pass" "$whoami" | grep -q '<Message>Signature expired: '
    ok $? 'a date more than 15 minutes off is refused'
    control -X POST "$endpoint/practice/config?max-skew=100000" >/dev/null

    control -X POST "$endpoint/practice/fault?spec=close_before:CreateAccessKey" >/dev/null
    call iam "$key" "$pass" "$create" >/dev/null
    [ $? -eq 52 ] && [ "$(executed CreateAccessKey)" = 0 ]
    ok $? 'close_before: no answer, not executed'
    control -X POST "$endpoint/practice/fault?spec=reset_after:CreateAccessKey" >/dev/null
    call iam "$key" "$pass" "$create" >/dev/null
    [ $? -eq 56 ] && [ "$(executed CreateAccessKey)" = 1 ]
    ok $? 'reset_after: connection reset, executed'
    call iam "$key" "$pass" "$create" | grep -q '<Code>LimitExceeded</Code>'
    ok $? 'the lost key counts'
    control -X POST "$endpoint/practice/fault?spec=truncate:GetCallerIdentity" >/dev/null
    call sts "$key" "$pass" "$whoami" >/dev/null
    [ $? -eq 18 ]
    ok $? 'truncate: half an answer'
    control -X POST "$endpoint/practice/fault?spec=huge=3:GetCallerIdentity" >/dev/null
    [ "$(call sts "$key" "$pass" "$whoami" | wc -c)" -gt 3145728 ]
    ok $? 'huge: so many MiB'
    control -X POST "$endpoint/practice/fault?spec=hang_after=60:GetCallerIdentity" >/dev/null
    call sts "$key" "$pass" "$whoami" --max-time 1 >/dev/null
    [ $? -eq 28 ] && call sts "$key" "$pass" "$whoami" | grep -q '<Account>'
    ok $? 'hang_after: one waits, others do not'
else
    for name in accepted wrong unknown date close_before reset_after counts truncate huge hang_after; do
        skip "signed by curl: $name" 'this curl cannot sign'
    done
fi

stop term
ok $? 'it ends on SIGTERM, though a request still hangs'

[ -s "$work/log" ] && ! grep -qF "$pass" "$work/log" && ! grep -qF "$(secret admin)" "$work/log" &&
    ! grep -qv '^{"seq":[0-9]*,.*"why":"[a-z-]*"}$' "$work/log"
ok $? 'the log is one object a line, without secrets'

start --home "$work/home2" --keys 2 --users 5 --page-size 2
rm -rf "$work/home" && mv "$work/home2" "$work/home"
if command -v aws >/dev/null && aws --version >/dev/null 2>&1; then
    HOME=$work/home
    aws iam list-access-keys --output text >"$work/out" 2>&1 && [ "$(grep -c "	Active	" "$work/out")" = 2 ]
    ok $? 'aws lists the keys'
    aws iam create-access-key --user-name alice >"$work/out" 2>&1
    grep -q '(LimitExceeded)' "$work/out"
    ok $? 'aws is told of the limit'
    second=$(sed 's/.*"second_key":"\([^"]*\)".*/\1/' "$work/ready")
    aws iam update-access-key --user-name alice --access-key-id "$second" --status Inactive &&
        aws iam delete-access-key --user-name alice --access-key-id "$second"
    ok $? 'aws deactivates and deletes a key'
    new=$(aws iam create-access-key --user-name alice --query AccessKey.AccessKeyId --output text) &&
        aws iam list-access-keys --user-name alice --output text | grep -q "	$new	"
    ok $? 'aws makes a key'
    names=$(aws iam list-users --profile admin --query 'Users[].UserName' --output text | tr '\n' '\t')
    [ "$(echo $names)" = 'alice admin user-00001 user-00002 user-00003 user-00004 user-00005' ]
    ok $? 'aws follows the pages of a list'
    names=$(aws iam get-account-authorization-details --profile admin --filter User Group \
        --query '[UserDetailList[].UserName, GroupDetailList[].GroupName, RoleDetailList[].RoleName][]' \
        --output text | tr '\n' '\t')
    [ "$(echo $names)" = 'alice admin administrators auditors user-00001 user-00002 user-00003 user-00004 user-00005' ]
    ok $? 'aws lists who has which policies, page by page'
    [ "$(aws iam get-account-authorization-details --profile admin --max-items 1 \
        --query 'UserDetailList[0].UserPolicyList[0].PolicyDocument.Statement[0].Effect' --output text | head -n 1)" = Allow ]
    ok $? 'aws reads the encoded policy'
    aws sts get-caller-identity --profile rotation-role --query Arn --output text | grep -q ':assumed-role/rotation/'
    ok $? 'aws assumes a role'
    HOME=$real_home
else
    for name in list limit delete create pages details policy role; do
        skip "aws: $name" 'the aws command is not installed'
    done
fi

stop pipe
ok $? 'it ends when the pipe at its input is closed'

"$program" --serve </dev/null >"$work/out" 2>&1 9>&- &
server=$!
tries=0
until grep -q '^# state' "$work/out" || [ $tries -gt 600 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
"$program" --port "$(sed -n 's/^export AWS_ENDPOINT_URL=.*://p' "$work/out")" </dev/null >"$work/second" 2>&1 9>&- &
second=$!
(sleep 60; kill "$second") 2>/dev/null &
wait "$second"
[ $? -eq 1 ] && grep -q 'Address already in use' "$work/second"
ok $? 'a second account does not take the port of the first'
kill $! 2>/dev/null
(. "$work/out" && [ -n "$AWS_SECRET_ACCESS_KEY" ] && control "$AWS_ENDPOINT_URL/practice/state" | grep -q "$AWS_ACCESS_KEY_ID")
ok $? '--serve prints exports that a shell can read'
stop term >/dev/null

echo "1..$n"
exit $failed
