#!/usr/bin/env python3
"""What tests/interop/policy.t asks the strict peer and policy documents.

merge FILE...                     one document with the statements of all
without FILE ACTION               the document without an action
actions FILE                      the actions that a document allows
user ADMIN NAME FILE KEYS [mfa] [tag=KEY=VALUE]
                                  make a user with that document; prints ID and secret of each key, and
                                  the serial of its MFA device
totp ADMIN SERIAL                 the code of now
called LOG NAME                   the permissions of the calls that were let through for a user
denied LOG NAME                   those of the calls that were refused to it
"""
import json
import sys
import urllib.request


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as reply:
        return json.load(reply)


def load(path):
    return json.load(open(path))


def merge(*paths):
    print(json.dumps({"Version": "2012-10-17", "Statement": [s for p in paths for s in load(p)["Statement"]]}))


def without(path, action):
    document = load(path)
    for statement in document["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    document["Statement"] = [s for s in document["Statement"] if s["Action"]]
    print(json.dumps(document))


def actions(path):
    print(*sorted({one for s in load(path)["Statement"] for one in s["Action"]}))


def user(admin, name, path, keys, *more):
    tags = dict(one.split("=")[1:] for one in more if one.startswith("tag="))
    made = ask(admin + "/seed", {"users": [{"name": name, "keys": int(keys), "age_days": 120, "policy": load(path),
                                            "mfa": "mfa" in more, "tags": tags}]})[name]
    print(*(word for key in made["keys"] for word in (key["id"], key["secret"])), made.get("serial", ""))


def totp(admin, serial):
    print(ask(f"{admin}/totp?serial={serial}")["code"])


def permissions(path, name, *verdicts):
    rows = [row for line in open(path) for row in [json.loads(line)] if row.get("action")]
    print(*sorted({f"{row['service']}:{row['action']}" for row in rows
                   if row["authz"] in verdicts and (row["principal"] or "").endswith("/" + name)}))


def called(path, name):
    permissions(path, name, "allow")


def denied(path, name):
    permissions(path, name, "none", "deny")


if __name__ == "__main__":
    {"merge": merge, "without": without, "actions": actions, "user": user, "totp": totp, "called": called,
     "denied": denied}[sys.argv[1]](*sys.argv[2:])
