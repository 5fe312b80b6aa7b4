#!/bin/sh
# The SDK for Rust's cases of the default chain, each met by the real programs. chain_cases.py has what is
# played, what must come of it, and where botocore goes another way.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
python=${PEER_PYTHON:-python3}
[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
"$python" -c pass 2>/dev/null || skip_all "there is no $python (PEER_PYTHON names another)"
cases=
for folder in "${KEYWRIGHT_VECTORS-}" "${KEYWRIGHT_SHARED-}/vectors" "$top/../shared/vectors"; do
    found=$folder/chain/default-credential-provider-chain
    [ -z "$cases" ] && [ -d "$found" ] && cases=$found
done
[ -n "$cases" ] || skip_all "default-credential-provider-chain is not at hand"
PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 "$python" "$top/tests/interop/chain_cases.py" "$keywright" "$cases" "$work/cases"
