#!/bin/sh
# Where AWS is, as the whole program has it: regions, the variables and properties of endpoints, FIPS and
# dual-stack, certificates and proxies, each from inside of the keeper's cage.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

mkdir -p "$HOME/.aws"
printf '[default]\naws_access_key_id = AKIAEXAMPLEEXAMPLE00\naws_secret_access_key = %s\n' \
    wJalrXUtnFEMIexampleexampleexampleexample >"$HOME/.aws/credentials"
chmod 600 "$HOME/.aws/credentials"
# doctor asks AWS who we are: a port where nobody is, for whatever the case says nothing else about.
nobody=http://127.0.0.1:9
config() { printf '%s\n' "$@" >"$HOME/.aws/config"; }
# endpoint SERVICE: what doctor says about it.
doctor() { AWS_MAX_ATTEMPTS=1 run "$keywright" doctor --json --timeout 1s "$@"; }
says() { printf '%s\n' "$out" | sed -n "s/.*\"endpoint_$1\".*\"detail\": *\"\([^\"]*\)\".*/\1/p"; }

config '[default]' 'region = eu-west-1'
run "$keywright" keys --region eu-wset-1x
is "a region that can be none: exit status" 2 "$status" "$err"
holds "and it says where regions come from" "$err" "'eu-wset-1x'" --region AWS_REGION
AWS_REGION=nowhere run "$keywright" rotate --yes
is "the same from the environment" 2 "$status" "$err"
test ! -e "$HOME/.local/state/keywright/journal.db" || ! grep -q opened "$HOME/.local/state/keywright/journal.db"
result $? "and nothing was begun"
# Names only: these hosts do not exist, and nobody is asked (the proxy is a port where nobody is).
export HTTPS_PROXY=http://127.0.0.1:9
doctor --region eu-atlantis-7
holds "a region that is newer than the rules" "$(says sts)" https://sts.eu-atlantis-7.amazonaws.com
AWS_USE_FIPS_ENDPOINT=true doctor --region us-gov-west-1
holds "FIPS in GovCloud" "$(says sts)$(says iam)" https://sts.us-gov-west-1.amazonaws.com https://iam.us-gov
config '[default]' 'region = eu-west-1' 'use_fips_endpoint = true' 'use_dualstack_endpoint = true'
doctor
holds "FIPS and dual-stack of a profile" "$(says sts)$(says iam)" https://sts-fips.eu-west-1.api.aws \
    https://iam-fips.global.api.aws
AWS_USE_FIPS_ENDPOINT=false doctor
holds "a variable beats the profile" "$(says sts)" https://sts.eu-west-1.api.aws
unset HTTPS_PROXY

config '[default]' 'region = nowhere' "endpoint_url = $nobody/profile" 'services = s' \
    '[services s]' 'iam =' "  endpoint_url = $nobody/section"
doctor
holds "a section beats endpoint_url, and the region may be any" "$(says iam)" "$nobody/section, signed for us-east-1"
holds "endpoint_url is for the rest" "$(says sts)" "$nobody/profile, signed for nowhere"
AWS_ENDPOINT_URL=$nobody/all AWS_ENDPOINT_URL_STS=$nobody/sts doctor
holds "variables beat both" "$(says iam) $(says sts) $(says sso)" "$nobody/all" "$nobody/sts" "$nobody/all"
AWS_ENDPOINT_URL=$nobody/all AWS_ENDPOINT_URL_STS=$nobody/sts doctor --endpoint-url "$nobody/option"
holds "an option beats all" "$(says iam) $(says sts)" "$nobody/option, signed" "$nobody/option, signed for nowhere"
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true run "$keywright" keys --region nowhere
is "endpoints that are passed over need a region" 2 "$status" "$err"
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true HTTPS_PROXY=$nobody doctor --region eu-west-1
holds "and are AWS's own" "$(says iam)" https://iam.amazonaws.com

# --- certificates and proxies ----------------------------------------------------------------------
if ! command -v python3 >/dev/null 2>&1 || ! command -v openssl >/dev/null 2>&1; then
    skip "certificates and proxies" "python3 and openssl, which make the servers, are not both here"
    finish
fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
    -addext "subjectAltName=DNS:localhost,DNS:iam.test" -keyout "$work/key" -out "$work/pem" >/dev/null 2>&1
result $? "a certificate is made"
start_practice "$work/practice" || { result 1 "the account starts"; finish; }
# serve NAME PROGRAM...: a server that ends with its standard input; its port is in $port.
serve() {
    mkfifo "$work/$1.in" "$work/$1.out"
    timeout 300 python3 "$2" "$3" "$4" "$5" <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
    children="$children $!"
}
serve tls "$srcdir/tests/secrets/tls.py" "$work/pem" "$work/key" "${endpoint##*:}"
exec 8>"$work/tls.in"
tls=$(timeout 120 head -n 1 "$work/tls.out")
serve proxy "$srcdir/tests/cli/proxy.py" "$work/asked" "" ""
exec 9>"$work/proxy.in"
proxy=$(timeout 120 head -n 1 "$work/proxy.out")
cp "$work/practice/.aws/credentials" "$HOME/.aws/credentials"
chmod 600 "$HOME/.aws/credentials"
profile=$(sed -n 's/^\[\(.*\)\]$/\1/p' "$HOME/.aws/credentials" | head -n 1)
# keys URL [OPTION...]: one look through TLS.
keys() {
    url=$1
    shift
    config '[default]' 'region = us-east-1' "endpoint_url = $url" "ca_bundle = $work/pem"
    sed -i "s/^\[default\]/[${profile_header:-default}]/" "$HOME/.aws/config"
    : >"$work/asked"
    AWS_PROFILE=$profile AWS_MAX_ATTEMPTS=1 run "$keywright" keys --json "$@"
}
[ "$profile" = default ] || profile_header="profile $profile"
keys "https://localhost:$tls"
is "ca_bundle: exit status" 0 "$status" "$err"
holds "ca_bundle: and an answer" "$out" '"status"'
config "[${profile_header:-default}]" "endpoint_url = https://localhost:$tls"
AWS_PROFILE=$profile AWS_MAX_ATTEMPTS=1 run "$keywright" keys
is "without it the certificate is refused" 1 "$status" "$err"
AWS_PROFILE=$profile REQUESTS_CA_BUNDLE=$work/pem run "$keywright" keys
is "REQUESTS_CA_BUNDLE counts last" 0 "$status" "$err"
AWS_CA_BUNDLE=$work/none REQUESTS_CA_BUNDLE=$work/pem AWS_PROFILE=$profile AWS_MAX_ATTEMPTS=1 run "$keywright" keys
is "and AWS_CA_BUNDLE first" 1 "$status" "$err"

# A name that only the proxy knows: the request can have gone no other way.
HTTPS_PROXY=http://127.0.0.1:$proxy keys "https://iam.test:$tls"
is "a proxy, at a port that the cage lets pass: exit status" 0 "$status" "$err"
holds "and it was asked for the tunnel" "$(cat "$work/asked")" "CONNECT iam.test:$tls"
https_proxy=http://user:pass@127.0.0.1:$proxy HTTPS_PROXY=$nobody keys "https://iam.test:$tls"
is "small letters win, with a name and a password: exit status" 0 "$status" "$err"
holds "which the proxy was given" "$(cat "$work/asked")" "CONNECT iam.test:$tls" Basic
case "$out$err" in *user:pass*) false ;; esac
result $? "and which are not shown"
ALL_PROXY=127.0.0.1:$proxy keys "https://iam.test:$tls"
is "ALL_PROXY, without a scheme: exit status" 0 "$status" "$err"
HTTPS_PROXY=$nobody keys "https://localhost:$tls"
is "a proxy that is not there: exit status" 1 "$status" "$out"
HTTPS_PROXY=$nobody NO_PROXY=example.org,localhost keys "https://localhost:$tls"
is "NO_PROXY: exit status" 0 "$status" "$err"
is "NO_PROXY: nobody asked the proxy" "" "$(cat "$work/asked")"
for list in "localhost:$tls" ".localhost" "iam.test localhost" "*"; do
    HTTPS_PROXY=$nobody NO_PROXY=$list keys "https://localhost:$tls"
    is "NO_PROXY=$list: exit status" 0 "$status" "$err"
done
for list in "localhost:1$tls" "xlocalhost" "host" "localhost.example"; do
    HTTPS_PROXY=$nobody NO_PROXY=$list keys "https://localhost:$tls"
    is "NO_PROXY=$list is for another host: exit status" 1 "$status" "$out"
done
# Without a port: those of the aws command, which libcurl does not have.
HTTPS_PROXY=http://127.3.2.1 keys "https://iam.test:$tls"
holds "a proxy without a port" "$err" "127.3.2.1 port 80 "
HTTPS_PROXY=https://127.3.2.1/ keys "https://iam.test:$tls"
holds "a proxy without a port, over TLS" "$err" "127.3.2.1 port 443 "
if serve proxy80 "$srcdir/tests/cli/proxy.py" "$work/asked" 127.3.2.1 80 && exec 7>"$work/proxy80.in" &&
    [ "$(timeout 20 head -n 1 "$work/proxy80.out")" = 80 ]; then
    HTTPS_PROXY=127.3.2.1 keys "https://iam.test:$tls"
    is "a proxy at port 80, which the cage lets pass: exit status" 0 "$status" "$err"
    holds "a proxy at port 80: it was asked" "$(cat "$work/asked")" "CONNECT iam.test:$tls"
else
    skip "a proxy at port 80" "nobody but root may listen there: $(tail -n 1 "$work/proxy80.err")"
fi
HTTPS_PROXY=http://127.0.0.1:$proxy keys "https://other.example:$tls"
is "a proxy that refuses: exit status" 1 "$status" "$out"
exec 7>&- 8>&- 9>&-
finish
