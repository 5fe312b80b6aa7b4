#!/bin/sh
# The page of audit --html in headless Chromium: shown without an error, with nothing asked of anybody, whatever users are
# called; in a wide and a narrow window, in the dark and on paper.
# shellcheck source=tests/lib.sh
. "$srcdir/tests/lib.sh"

browser=
for name in chromium chromium-browser google-chrome; do
    [ -n "$browser" ] || browser=$(command -v $name)
done
[ -n "$browser" ] || skip_all "no Chromium is installed (Debian: chromium)"
command -v python3 >/dev/null 2>&1 || skip_all "python3 is not installed"
[ -z "${KEYWRIGHT_SHORT-}" ] || skip_all "a short run was asked for (KEYWRIGHT_SHORT)"

start_practice "$HOME" --new-key-delay 0 --report-delay 0 --users 12 --mfa || result 1 "the practice account starts"
run "$keywright" audit --profile admin --html "$work/account.html"
is "a page of the practice account" 4 "$status" "$err"
stop "$server"
printf '%s\n' "Audit of account 123456789012" "Administrators have MFA" user-00012 "What to do:" >"$work/account-words"
python3 "$srcdir/tests/cli/report.py" "$work/report" "$work/hostile-words" 100
"$builddir/tests/print_audit" html "$work/report" >"$work/hostile.html" 2>"$work/err"
is "a page of hostile names" 0 $? "$(cat "$work/err")"

# What is planted into it, for each thing that is looked for.
cat >"$work/planted" <<'END'
s,<html lang="en">,<html>,
s,; script-src .none.,,
s,<h2>At a glance</h2>,<h4>deep</h4><script>0</script><p style="color:red" onclick="0">,
s,<h2>Findings</h2>,<img src="http://keywright.test/planted.png"><p class="planted">pale</p>,
s,<th scope="col">check</th>,<th>planted</th>,
s,href="#admin_mfa",href="#planted",
s,aria-describedby="chart-mfa-numbers",,
s,<text x="0",<text x="999",
s,^[.]wide{,&width:9rem;,
s,^body{.*,&color:#999;width:120rem;max-width:none;,
END
sed -f "$work/planted" "$work/account.html" | sed 's,<desc id="chart-mfa-numbers">.*</desc>,,' >"$work/bad.html"
echo "not there" >"$work/bad-words"

mkdir "$work/shown"
timeout 300 python3 "$srcdir/tests/cli/browser.py" "$browser" "$work/shown" "$work/account.html" "$work/account-words" \
    "$work/hostile.html" "$work/hostile-words" "$work/bad.html" "$work/bad-words" >"$work/told" 2>"$work/err"
is "the browser shows them" 0 $? "$(tail -n 20 "$work/err" "$work/shown/chromium.log")"
told() { sed -n "s/^$1.html: //p" "$work/told"; }
is "the account's page: nothing to complain of" "" "$(told account)"
is "hostile names: nothing to complain of, and all are shown" "" "$(told hostile)"
for complaint in "not shown: not there" "no language" "a heading skips a level: deep" "an element that runs or fetches: SCRIPT" \
    "an element that runs or fetches: IMG" "an attribute that runs or fetches: src" "an attribute that runs or fetches: style" \
    "an attribute that runs or fetches: onclick" "a link to nothing: Administrators have MFA" \
    "a heading of a table without scope: planted" "a picture without description" "narrow: wider than its window" \
    "wide: a table wider than its window" "wide: cut off: critical" "wide: contrast of" "paper: contrast of" "log: .*keywright.test" "log: .*Executing inline"; do
    told bad | grep -q "^$complaint"
    result $? "what is planted is found: $complaint" "$(told bad)"
done
[ -z "${PAGE_PICTURES-}" ] || cp "$work"/shown/*.png "$work"/shown/*.pdf "$PAGE_PICTURES"
finish
