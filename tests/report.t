#!/bin/sh
# The credential report through check_report: good ones come back whole, unfit ones are refused in words.
check=$builddir/tests/check_report
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
number=0
header=user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active

is() { # NAME WANTED: what the tool prints for $work/in
    number=$((number + 1))
    printf '%s\n' "$2" >"$work/wanted"
    if "$check" "$work/in" >"$work/out" 2>"$work/err" && cmp -s "$work/wanted" "$work/out"; then
        echo "ok $number - $1"
    else
        sed 's/^/# /' "$work/out" "$work/err"
        echo "not ok $number - $1"
    fi
}

refused() { # NAME WORDS: the tool says no to $work/in with these words
    number=$((number + 1))
    if ! "$check" "$work/in" >"$work/out" 2>"$work/err" && grep -q -- "$2" "$work/err"; then
        echo "ok $number - $1"
    else
        sed 's/^/# /' "$work/out" "$work/err"
        echo "not ok $number - $1"
    fi
}

alice='{"user":"alice","arn":"arn:aws:iam::123456789012:user/alice"}'
echo 1..18
printf 'user,arn\nalice,arn:aws:iam::123456789012:user/alice' >"$work/in"
is "no newline at the end" "$alice"
printf 'user,arn\nalice,arn:aws:iam::123456789012:user/alice\n' >"$work/in"
is "a newline at the end" "$alice"
printf 'user,arn\r\nalice,arn:aws:iam::123456789012:user/alice\r\n' >"$work/in"
is "lines that end in CRLF" "$alice"
printf '\357\273\277user,arn\nalice,arn:aws:iam::123456789012:user/alice\n' >"$work/in"
is "a byte order mark" "$alice"
printf 'arn,new_column,user\na,b,c\n' >"$work/in"
is "another order and an unknown column" '{"arn":"a","new_column":"b","user":"c"}'
printf 'user,arn\n"com,ma","a ""b"" c"\n' >"$work/in"
is "quoted fields" '{"user":"com,ma","arn":"a \"b\" c"}'
printf '%s\n<root_account>,arn:aws:iam::123456789012:root,2020-01-02T03:04:05+00:00,not_supported,TRUE,false\n' "$header" >"$work/in"
is "the root account, as AWS writes it" '{"user":"<root_account>","arn":"arn:aws:iam::123456789012:root","user_creation_time":"2020-01-02T03:04:05+00:00","password_enabled":"not_supported","mfa_active":"TRUE","access_key_1_active":"false"}'
printf 'user,arn\n ann ,\n' >"$work/in"
is "spaces and empty fields are kept" '{"user":" ann ","arn":""}'

: >"$work/in"
refused "nothing at all" "line 1: it is empty"
printf '<html>no</html>\n' >"$work/in"
refused "no report" "lacks 'user' or 'arn'"
printf 'user,arn,user\n' >"$work/in"
refused "a doubled column" "same name"
printf 'user,arn\na,b\na\n' >"$work/in"
refused "too few fields, with the line" "line 3: the row has not as many fields"
printf 'user,arn\r\na,b\r\na\r\n' >"$work/in"
refused "too few fields, lines that end in CRLF" "line 3: the row has not as many fields"
printf 'user,arn\n"a\nb",c\nx\n' >"$work/in"
refused "too few fields, after a field of two lines" "line 4: the row has not as many fields"
printf 'user,arn\na,b,c\n' >"$work/in"
refused "too many fields" "line 2"
printf 'user,arn\n"a,b\n' >"$work/in"
refused "an open quote" "quote"
printf 'user,arn\na\000b,c\n' >"$work/in"
refused "a NUL" "not UTF-8"
printf 'user,arn\n\377,c\n' >"$work/in"
refused "bytes that are not UTF-8" "not UTF-8"
