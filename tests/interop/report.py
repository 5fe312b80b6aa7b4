"""report.py make NOW FILE NAME...: a credential report of these users, in a form that AWS does not write but that is one:
every field quoted, columns in another order and one that nobody knows; users with old and young keys, with and without MFA.
report.py wanted FILE NOW: what key_rotated_90 and all_user_mfa say of each of them, as lines CHECK USER STATUS, sorted."""
import csv
import datetime
import sys

COLUMNS = ["mfa_active", "arn", "note, of nobody", "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
           "user", "password_enabled", "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date",
           "user_creation_time", "password_last_used", "password_last_changed"]
DAY = 86400


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def make(now, path, names):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, COLUMNS, quoting=csv.QUOTE_ALL, lineterminator="\n")
        out.writeheader()
        for i, name in enumerate(["<root_account>"] + names):
            out.writerow({
                "user": name, "arn": f"arn:aws:iam::123456789012:user/{name}", "note, of nobody": 'a "b",\nc',
                "user_creation_time": stamp(now - 500 * DAY), "password_enabled": "FALSE", "password_last_used": "N/A",
                "password_last_changed": "N/A", "mfa_active": "TRUE" if i % 3 else "false",
                "access_key_1_active": "true" if i % 2 else "FALSE", "access_key_1_last_rotated": stamp(now - i % 200 * DAY),
                "access_key_1_last_used_date": stamp(now - 2 * DAY), "access_key_2_active": "false",
                "access_key_2_last_rotated": "N/A", "access_key_2_last_used_date": "N/A"})


def wanted(path, now):
    lines = []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = row["user"]
            if name == "<root_account>":
                continue
            age = now - datetime.datetime.fromisoformat(row["access_key_1_last_rotated"]).timestamp()
            old = row["access_key_1_active"].lower() == "true" and age > 90 * DAY
            lines.append(f"key_rotated_90 {name} {'fail' if old else 'pass'}")
            lines.append(f"all_user_mfa {name} {'pass' if row['mfa_active'].lower() == 'true' else 'fail'}")
    print("\n".join(sorted(lines)))


if sys.argv[1] == "make":
    make(int(sys.argv[2]), sys.argv[3], sys.argv[4:] or sys.stdin.read().split())
else:
    wanted(sys.argv[2], int(sys.argv[3]))
