#!/usr/bin/env python3
"""report.py make ROWS: a credential report of so many users, on standard output.
report.py read FILE: seconds of the processor that Python's csv module takes to read one, row by row as dictionaries."""
import csv
import sys
import time

COLUMNS = ("user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
           "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
           "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
           "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
           "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
           "cert_2_active,cert_2_last_rotated")


def row(i):
    console = "true,2025-10-02T03:04:05Z,2025-01-02T03:04:05Z,N/A" if i % 3 else "false,N/A,N/A,N/A"
    first = f"true,2025-{1 + i % 12:02d}-02T03:04:05Z,2025-11-02T03:04:00Z,eu-west-1,s3"
    second = "false,N/A,N/A,N/A,N/A" if i % 7 else "true,2025-06-02T03:04:05Z,N/A,N/A,N/A"
    return (f"user{i:07d},arn:aws:iam::123456789012:user/user{i:07d},2024-03-04T05:06:07Z,{console},"
            f"{'true' if i % 2 else 'false'},{first},{second},false,N/A,false,N/A")


def make(count):
    print(COLUMNS)
    for i in range(count):
        print(row(i))


def read(path):
    begun = time.process_time()
    with open(path, newline="", encoding="utf-8") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    print(f"{rows} {time.process_time() - begun:.2f}")


if sys.argv[1] == "make":
    make(int(sys.argv[2]))
else:
    read(sys.argv[2])
