"""A credential report of users with hostile names, and of N others.

usage: report.py REPORT WORDS [N]      WORDS gets each hostile name as it is to be shown, one a line
"""
import csv
import datetime
import sys

# As AWS would tell it, and as it is to be shown.
NAMES = [
    ("<script>document.title='x'</script>", None),
    ("\"'><img src=http://keywright.test/x onerror=alert(1)>", None),
    ("&lt;b&gt;&amp;", None),
    ("</td></table><style>*{display:none}</style>", None),
    ("=1+1", None),
    ("@SUM(A1)", None),
    ("+alice", None),
    ("-2+3", None),
    ("com,ma", None),
    ("a\u202eb", "a\\u{202e}b"),
    ("x\u0085y", "x\\x85y"),
    ("\u05d0\u05d1\u05d2", None),
    ("wide" * 40, None),
]
COLUMNS = """user arn user_creation_time password_enabled password_last_used password_last_changed mfa_active
    access_key_1_active access_key_1_last_rotated access_key_1_last_used_date access_key_2_active
    access_key_2_last_rotated access_key_2_last_used_date""".split()
now = datetime.datetime.now(datetime.timezone.utc)


def ago(days):
    return (now - datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def row(name, number):
    password = "true" if number % 3 else "false"
    return [name, f"arn:aws:iam::111122223333:user/{name}", ago(500), password, ago(1) if number % 3 else "N/A", ago(100),
            "true" if number % 2 else "false", "true", ago(number * 37 % 600), ago(number % 100), "false", "N/A", "N/A"]


with open(sys.argv[1], "w", encoding="utf-8", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerow(["<root_account>", "arn:aws:iam::111122223333:root", ago(900), "not_supported", "no_information",
                   "not_supported", "true", *["false", "N/A", "N/A"] * 2])
    others = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for number, name in enumerate([name for name, _ in NAMES] + [f"user-{i:05}" for i in range(others)]):
        rows.writerow(row(name, number))
with open(sys.argv[2], "w", encoding="utf-8") as file:
    file.writelines(f"{shown or name}\n" for name, shown in NAMES)
