#!/usr/bin/env python3
"""replay.py boto3|awscli ENDPOINT ID SECRET LOG: make the calls of a rotation that is in the log of a practice account, with
another client, on a user's key; print the seconds that it took. boto3 works in this one process, whose start and imports do not
count; awscli is a process a call, as a script would have it."""
import json
import os
import subprocess
import sys
import time

how, endpoint, old_id, old_secret, log = sys.argv[1:6]
rows = [json.loads(line) for line in open(log)]
first_key = rows[0]["access_key"]
user = "alice"
pairs = {"old": (old_id, old_secret)}
OPERATIONS = {"GetCallerIdentity": ("sts", "get_caller_identity"), "GetUser": ("iam", "get_user"),
              "ListAccessKeys": ("iam", "list_access_keys"), "CreateAccessKey": ("iam", "create_access_key"),
              "UpdateAccessKey": ("iam", "update_access_key"), "DeleteAccessKey": ("iam", "delete_access_key"),
              "GetAccessKeyLastUsed": ("iam", "get_access_key_last_used"), "ListMFADevices": ("iam", "list_mfa_devices")}


def arguments(action):
    if action in ("GetCallerIdentity",):
        return {}
    if action == "GetAccessKeyLastUsed":
        return {"AccessKeyId": old_id}
    more = {"UpdateAccessKey": {"AccessKeyId": old_id, "Status": "Inactive"}, "DeleteAccessKey": {"AccessKeyId": old_id}}
    return {"UserName": user, **more.get(action, {})}


def by_boto3():
    import boto3
    import botocore.config
    import botocore.exceptions
    clients = {}

    def call(role, action):
        service, method = OPERATIONS[action]
        if (role, service) not in clients:
            clients[role, service] = boto3.client(service, endpoint_url=endpoint, region_name="us-east-1",
                                                  aws_access_key_id=pairs[role][0], aws_secret_access_key=pairs[role][1],
                                                  config=botocore.config.Config(retries={"total_max_attempts": 1}))
        try:
            return getattr(clients[role, service], method)(**arguments(action))
        except botocore.exceptions.ClientError:
            return None  # the old key being refused is a part of a rotation

    return call


def by_awscli():
    def call(role, action):
        service, method = OPERATIONS[action]
        words = ["aws", "--output", "json", "--endpoint-url", endpoint, "--region", "us-east-1", service, method.replace("_", "-")]
        for name, value in arguments(action).items():
            words += ["--" + "".join("-" + c.lower() if c.isupper() else c for c in name).strip("-"), value]
        done = subprocess.run(words, capture_output=True, env={**os.environ, "AWS_ACCESS_KEY_ID": pairs[role][0],
                                                               "AWS_SECRET_ACCESS_KEY": pairs[role][1], "AWS_MAX_ATTEMPTS": "1"})
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None

    return call


call = {"boto3": by_boto3, "awscli": by_awscli}[how]()
if how == "boto3":
    import boto3  # its start is not what is compared
begun = time.monotonic()
for row in rows:
    reply = call("old" if row["access_key"] == first_key else "new", row["action"])
    if row["action"] == "CreateAccessKey":
        pairs["new"] = (reply["AccessKey"]["AccessKeyId"], reply["AccessKey"]["SecretAccessKey"])
print(f"{time.monotonic() - begun:.4f}")
