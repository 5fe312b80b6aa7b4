#!/bin/sh
# Our reader of AWS files against botocore's: 5,000 generated pairs of files, read by both, edited by us
# and read again by botocore. tests/interop/profiles.py has the differences there may be, and why.
# $KEYWRIGHT_SEED chooses other files.
seed=${KEYWRIGHT_SEED:-1}
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
python=${PEER_PYTHON:-python3}
[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"
"$python" -c 'import botocore.session' >/dev/null 2>&1 ||
    skip_all "$python has no botocore (PEER_PYTHON names another)"
"$python" -c 'import botocore.configloader, sys
sys.exit("services" not in botocore.configloader.build_profile_map({"services x": {}}))' ||
    skip_all "the botocore of $python is too old: it knows no sections [services] (PEER_PYTHON names another)"
[ -x "$builddir/tests/read_profiles" ] || { echo "Bail out! tests/read_profiles is not built"; exit 99; }
mkdir "$work/files"
PYTHONUTF8=1 PYTHONDONTWRITEBYTECODE=1 "$python" "$top/tests/interop/profiles.py" "$builddir/tests/read_profiles" \
    "$work/files" 5000 "$seed"
