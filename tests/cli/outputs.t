#!/bin/sh
# What audit writes, form by form, held to public schemas and to the rules that these do not tell; several at a time; files
# that cannot be written; --fail-on. tests/cli/page.t has the page.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"
command -v python3 >/dev/null 2>&1 || skip_all "python3 is not installed"

held() { # held PYTHON FORM FILE...: what is wrong with it, or how many findings it has
    "$1" "$srcdir/tests/cli/outputs.py" "$2" "$work/$3" ${4+"$4"} 2>&1
}
# spoiled NAME PYTHON FORM FILE SED [MORE]: the same of a file in which that was changed is something else.
spoiled() {
    sed "$5" "$work/$4" >"$work/spoiled"
    told=$(held "$2" "$3" spoiled ${6+"$6"})
    [ "$told" != "$all" ]
    result $? "$1" "nothing was complained of"
}

# --- the forms, of hostile names and of what could not be told ---
python3 "$srcdir/tests/cli/report.py" "$work/report" "$work/names" 120
for form in json sarif asff ocsf csv; do
    "$builddir/tests/print_audit" $form "$work/report" >"$work/$form" 2>"$work/err"
    is "$form is printed" 0 $? "$(cat "$work/err")"
done
all=$(wc -l <"$work/json" | tr -d ' ')
holds "what is told passes, fails and is unknown" "$(cat "$work/json")" '"status":"pass"' '"status":"fail"' '"status":"unknown"'

is "sarif: as OASIS has it" "$all" "$(held python3 sarif sarif)"
python3 "$srcdir/tests/bench/report.py" make 9000 >"$work/many"
"$builddir/tests/print_audit" sarif "$work/many" >"$work/many.sarif" 2>"$work/err"
is "sarif: of 9,000 users, whole" "0 108000 ]}]}" \
    "$? $(grep -c '"name":"user0' "$work/many.sarif") $(tail -n 1 "$work/many.sarif")" "$(cat "$work/err")"
spoiled "sarif: a wrong ruleIndex is seen" python3 sarif sarif 's/"ruleIndex":3/"ruleIndex":4/g'
spoiled "sarif: a wrong level is seen" python3 sarif sarif 's/"level":"none"/"level":"note"/'
spoiled "sarif: a missing fingerprint is seen" python3 sarif sarif 's/"partialFingerprints":{[^}]*}/"partialFingerprints":{}/g'
schema=
for folder in "$builddir" "$top/build"; do
    [ -n "$schema" ] || [ ! -f "$folder/schemas/sarif-2.1.0.json" ] || schema=$folder/schemas/sarif-2.1.0.json
done
if [ -z "$schema" ]; then
    skip "sarif: the public schema" "it is not here (./bootstrap --ci fetches it into build/schemas)"
elif python=$(python_with jsonschema); then
    is "sarif: the public schema" "$all" "$(held "$python" sarif-schema sarif "$schema")"
    spoiled "sarif: a word that the schema lacks is seen" "$python" sarif-schema sarif 's/"kind":"open"/"kind":"unknown"/' "$schema"
    spoiled "sarif: a member that the schema lacks is seen" "$python" sarif-schema sarif 's/"ruleIndex"/"ruleIndx"/' "$schema"
else
    skip "sarif: the public schema" "Python's module jsonschema is not installed (Debian: python3-jsonschema)"
fi

is "asff: within the limits" "$all" "$(held python3 asff asff)"
spoiled "asff: a finding that stands twice is seen" python3 asff asff 's/"Id":"keywright[^"]*"/"Id":"x"/g'
if python=$(python_with botocore); then
    is "asff: the model that botocore validates by" "$all" "$(held "$python" asff-model asff)"
    spoiled "asff: a missing member is seen" "$python" asff-model asff 's/"SchemaVersion":"[^"]*",//'
    spoiled "asff: a member that there is not is seen" "$python" asff-model asff 's/"RecordState"/"RecordStat"/'
else
    skip "asff: the model that botocore validates by" "Python's module botocore is not installed (Debian: python3-botocore)"
fi

is "ocsf: as OCSF 1.3.0 has it" "$all" "$(held python3 ocsf ocsf)"
spoiled "ocsf: a missing member is seen" python3 ocsf ocsf 's/"vendor_name":"[^"]*",//'
spoiled "ocsf: a member that there is not is seen" python3 ocsf ocsf 's/"remediation"/"remedy"/'
spoiled "ocsf: another caption than the number's is seen" python3 ocsf ocsf 's/"status":"Warning"/"status":"Unknown"/'
spoiled "ocsf: seconds for milliseconds are seen" python3 ocsf ocsf 's/"time":\([0-9]*\)000,/"time":\1,/'
spoiled "ocsf: an empty list is seen" python3 ocsf ocsf 's/"standards":\[[^]]*\]/"standards":[]/'
spoiled "ocsf: a finding that stands twice is seen" python3 ocsf ocsf 's/"uid":"keywright[^"]*"/"uid":"x"/'

is "csv: every value, and no formula" "$all" "$(held python3 csv csv "$work/json")"
holds "csv: a name like a formula is made text" "$(cat "$work/csv")" "\"'=1+1\"" "\"'@SUM(A1)\"" "\"'+alice\"" "\"'-2+3\""
spoiled "csv: a formula is seen" python3 csv csv "s/\"'=1/\"=1/" "$work/json"
spoiled "csv: a quote that is not doubled is seen" python3 csv csv 's/""/"/' "$work/json"

# --- several at a time ---
start_practice "$HOME" --new-key-delay 0 --report-delay 0 --users 3 --mfa || result 1 "the practice account starts"
findings() { printf '%s\n' "$out" | grep -c .; }
run "$keywright" audit --profile admin --json
rows=$(findings)
run "$keywright" audit --profile admin --sarif --html "$work/page.html"
printf '%s\n' "$out" >"$work/sarif"
is "a log and a page: status" 4 "$status" "$err"
is "a log and a page: the log" "$rows" "$(held python3 sarif sarif)"
holds "a log and a page: the page" "$(cat "$work/page.html")" '</html>' user-00003
is "the page is private" 600 "$(stat -c %a "$work/page.html" 2>/dev/null || stat -f %Lp "$work/page.html")"
run "$keywright" audit --profile admin --html -
is "--html -: status" 4 "$status" "$err"
case $out in '<!DOCTYPE html>'*'</html>') found=page ;; *) found=other ;; esac
is "--html -: the page and nothing else" page "$found" "$(printf '%s\n' "$out" | head -n 3)"
[ ! -e ./- ]
result $? "--html -: there is no file of that name"
run "$keywright" audit --profile admin --ocsf
is "ocsf of an account: a line a finding" "4 $rows" "$status $(findings)" "$err"
for other in --json --csv --sarif --asff --ocsf --changes; do
    run "$keywright" audit --profile admin --html - $other
    is "--html - and $other: a usage error" "2 " "$status $out"
done
run "$keywright" audit --profile admin --changes --html "$work/changes.html" --json
holds "--changes has a page too" "$(cat "$work/changes.html")" '</html>'

# --- pages that cannot be written ---
printf 'what was there\n' >"$work/there.html"
refused() { # refused NAME FILE WORD
    run "$keywright" audit --profile admin --html "$2"
    is "$1: status" 1 "$status" "$err"
    holds "$1: it is said" "$err" "$3" 'do: '
}
refused "a folder that is not there" "$work/no/page.html" "$work/no"
mkdir "$work/folder"
refused "a folder" "$work/folder" "$work/folder: it is no regular file"
mkfifo "$work/pipe"
refused "a pipe" "$work/pipe" "no regular file"
is "the pipe is still one" pipe "$([ -p "$work/pipe" ] && echo pipe)"
if [ "$(id -u)" = 0 ] && [ -c /dev/full ]; then
    refused "a device" /dev/full "/dev/full: it is no regular file"
    [ -c /dev/full ]
    result $? "a device: it is still one"
else
    skip "a device" "only root could replace it"
fi
if [ -z "${KEYWRIGHT_SHORT-}" ]; then
    (
        ulimit -f 8 # blocks: less than a page
        trap '' XFSZ
        timeout 120 "$keywright" audit --profile admin --dry-run --html "$work/there.html" >/dev/null 2>"$work/err"
        echo $? >"$work/status"
    )
    is "no room: status" 1 "$(cat "$work/status")" "$(cat "$work/err")"
    is "no room: what was there is as it was" "what was there" "$(cat "$work/there.html")"
    is "no room: and nothing is beside it" there.html "$(cd "$work" && echo there.html*)"
else
    skip "no room" "a short run was asked for: the limit would hold for what a coverage build writes, too"
fi
chmod 0644 "$work/there.html"
run "$keywright" audit --profile admin --html "$work/there.html"
is "a file that is there is replaced, and its mode kept" "4 644 </html>" \
    "$status $(stat -c %a "$work/there.html" 2>/dev/null || stat -f %Lp "$work/there.html") $(tail -n 1 "$work/there.html")"

# --- --fail-on: what failed and what could not be told, at each severity ---
# counts SEVERITY: is there a finding of it or above that did not pass?
counts() {
    case $1 in
    informational) words=informational\|low\|medium\|high\|critical ;;
    low) words=low\|medium\|high\|critical ;; medium) words=medium\|high\|critical ;;
    high) words=high\|critical ;; critical) words=critical ;;
    esac
    printf '%s\n' "$printed" | grep -v '"status":"pass"' | grep -E -c "\"severity\":\"($words)\""
}
fail_on() { # fail_on WHAT OPTION...: the exit statuses of all severities, by what is printed and by what is returned
    what=$1
    shift
    run "$keywright" audit "$@" --json
    printed=$out
    for severity in informational low medium high critical; do
        due=0
        [ "$(counts $severity)" = 0 ] || due=4
        run "$keywright" audit "$@" --json --fail-on $severity
        is "--fail-on $severity: $what" "$due $(printf '%s\n' "$printed" | grep -c .)" "$status $(findings)" "$err"
        seen="$seen $due"
    done
}
seen=
fail_on "all is told" --profile admin
is "which gives both statuses" " 4 4 4 4 0" "$seen"
seen=
fail_on "one user" --profile admin --user user-00001
stop "$server"
HOME=$work/partly
start_practice "$HOME" --new-key-delay 0 --report-delay 0 --users 1 --fault denied:ListVirtualMFADevices:0:0 ||
    result 1 "the practice account starts"
seen=
fail_on "what could not be told counts as its severity" --profile admin
is "which is critical" " 4 4 4 4 4" "$seen"
holds "and is unknown" "$printed" '"check":"root_hardware_mfa","status":"unknown","severity":"critical"'
stop "$server"
finish
