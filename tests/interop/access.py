#!/usr/bin/env python3
"""access.py ADMIN ENDPOINT FILE: make the users, groups, roles and policies of a JSON file on the strict peer.

A user may have "mfa", "groups", "inline" (statements, each Allow if it does not say otherwise) and "attached"
(names of policies of the file, or ARNs), and "device": the name of its MFA device. The last version of a policy is its
default. "devices" are MFA devices that nobody has.
"""
import json
import sys
import urllib.request

import boto3


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as reply:
        return json.load(reply)


def document(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def new_device(iam, name):
    return iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]


def main(admin, endpoint, path):
    plan = json.load(open(path))
    root = ask(admin + "/healthz")["root"]
    iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=root["ak"],
                       aws_secret_access_key=root["sk"])
    arns = {}
    for policy in plan["policies"]:
        first, *more = policy["versions"]
        arn = iam.create_policy(PolicyName=policy["name"], PolicyDocument=document(first))["Policy"]["Arn"]
        for version in more:
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(version), SetAsDefault=True)
        arns[policy["name"]] = arn
    ask(admin + "/seed", {"users": [{"name": user["name"], "mfa": user.get("mfa", False)} for user in plan["users"]]})
    trust = {"Version": "2012-10-17",
             "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]}
    kinds = [("groups", "GroupName", iam.create_group, iam.put_group_policy, iam.attach_group_policy),
             ("roles", "RoleName", iam.create_role, iam.put_role_policy, iam.attach_role_policy),
             ("users", "UserName", None, iam.put_user_policy, iam.attach_user_policy)]
    for kind, member, create, put, attach in kinds:
        for one in plan[kind]:
            who = {member: one["name"]}
            if create:
                create(**who, **({"AssumeRolePolicyDocument": json.dumps(trust)} if kind == "roles" else {}))
            if "inline" in one:
                put(**who, PolicyName="own", PolicyDocument=document(one["inline"]))
            for name in one.get("attached", []):
                attach(**who, PolicyArn=arns.get(name, name))
            for group in one.get("groups", []):
                iam.add_user_to_group(GroupName=group, UserName=one["name"])
            if "device" in one:
                serial = new_device(iam, one["device"])
                codes = [ask(f"{admin}/totp?serial={serial}&step={step}")["code"] for step in (0, 1)]
                iam.enable_mfa_device(UserName=one["name"], SerialNumber=serial, AuthenticationCode1=codes[0],
                                      AuthenticationCode2=codes[1])
    for name in plan["devices"]:
        new_device(iam, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
