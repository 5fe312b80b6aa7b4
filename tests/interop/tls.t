#!/bin/sh
# TLS: a server whose certificate the operator named is spoken to; any other is refused, and nothing is
# sent to it.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
# shellcheck source=tests/interop/lib.sh
. "$srcdir/tests/interop/lib.sh"
command -v openssl >/dev/null 2>&1 || skip_all "openssl, which makes the certificates, is not installed"

certificate() { # certificate NAME HOST
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$2" \
        -addext "subjectAltName=DNS:$2" -keyout "$work/$1.key" -out "$work/$1.pem" >/dev/null 2>&1
}
certificate own localhost && certificate other localhost && certificate wrong elsewhere.invalid
result $? "certificates are made"
start_peer --tls-cert "$work/own.pem" --tls-key "$work/own.key" || { result 1 "the peer starts"; finish; }
endpoint=https://localhost:$port
rotate() { run "$keywright" rotate --yes --plan now --settle 0; }

user tls
home tls
rotate
is "an unknown certificate: exit status" 1 "$status" "$out"
holds "an unknown certificate is named as the reason" "$out$err" certificate AWS_CA_BUNDLE
AWS_CA_BUNDLE=$work/other.pem
export AWS_CA_BUNDLE
rotate
is "another's certificate: exit status" 1 "$status" "$out"
AWS_CA_BUNDLE=$work/none.pem
rotate
is "a bundle that is not there: exit status" 1 "$status" "$out"
is "no request has reached the server" 0 "$(grep -c '"action"' "$log")"
cmp -s "$HOME/before" "$HOME/.aws/credentials"
result $? "nothing has changed"
AWS_CA_BUNDLE=$work/own.pem
rotate
is "the certificate that was named: exit status" 0 "$status" "$out" "$err"
rotated "over TLS" tls

# The name has to be right, too.
stop "$peer_process"
start_peer --tls-cert "$work/wrong.pem" --tls-key "$work/wrong.key" || { result 1 "the peer starts"; finish; }
endpoint=https://localhost:$port
AWS_CA_BUNDLE=$work/wrong.pem
user name
home name
rotate
is "a certificate for another name: exit status" 1 "$status" "$out"
is "and no request has reached that server" 0 "$(grep -c '"action"' "$log")"
finish
