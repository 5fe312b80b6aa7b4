# Sourced by the tests that look for secrets in memory and files.
# shellcheck shell=sh
command -v start_practice >/dev/null 2>&1 || . "$srcdir/tests/lib.sh"

scan=$builddir/tests/secrets/scan
[ -x "$scan" ] || skip_all "the scanner needs Linux and a C library that knows PTRACE_GET_SYSCALL_INFO"
[ "${KEYWRIGHT_SHORT:-}" = 1 ] && skip_all "KEYWRIGHT_SHORT leaves it to the plain build"
grep -q '^#define WITH_SANITIZERS' "$builddir/config.h" &&
    skip_all "sanitizers keep freed memory and map terabytes: run it in the plain build"

# held SECRETS FORM WHERE: a control process that holds the secrets so; sets $holder. It ends with
# release.
held() {
    mkfifo "$work/hold.in" "$work/hold.out"
    "$scan" hold "$1" "$2" "$3" <"$work/hold.in" >"$work/hold.out" &
    holder=$!
    children="$children $holder"
    exec 8>"$work/hold.in"
    timeout 120 head -n 1 "$work/hold.out" >/dev/null
}
release() {
    exec 8>&-
    wait "$holder" 2>/dev/null
    rm -f "$work/hold.in" "$work/hold.out"
}

# A canary of our own, with the characters that encodings change.
canary() {
    printf 'canary %s\n' 'kW9/xq+Tz7Lm/0RfPv4bNcJ8YdHs2GaEo5+iUu1w' >"$1"
}
