#!/usr/bin/env python3
"""Small questions to the strict peer, asked by the interop tests.

ports                                two free ports
seed ADMIN NAME POLICY KEYS          make a user; prints ID and secret of each key
seed-mfa ADMIN NAME                  the same with an MFA device and a policy that wants it; prints its serial too
seed-chain ADMIN BOSS WORKER A B     WORKER with a key; BOSS, who may assume role A with MFA, which may assume
                                     role B, which may do all in IAM. Prints ID and secret of the worker, the
                                     serial of the boss, his ID and secret
device ADMIN ENDPOINT NAME DEVICE    one MFA device more; prints its serial
code ADMIN SERIAL [STEP]             the code that a device shows, or shows STEP half minutes later
keys ADMIN NAME                      "ID STATUS" of each key, a line each
same-but BEFORE AFTER ID SECRET      AFTER is BEFORE with another pair for this one; prints the new ID
log FILE OLD-ID                      what is wrong with the requests in a log; exit 1 if anything
count FILE ACTION                    how often an action was executed
acts FILE                            the actions that changed a key, in order
signed FILE ID                       the actions that a key signed, each once
search FOLDER NEEDLE...              the files below a folder that hold a needle; exit 1 if any
watch FOLDER CREDENTIALS NEEDLE... -- COMMAND...
                                     run a command; look into arguments and environment of it and of the
                                     keeper, and into the memory of the front, all the time; standard
                                     output and error go to FOLDER. Prints where a needle, or a secret
                                     of the credentials file as it is at the end, was seen; exit 99
                                     if anywhere, else the status of the command
"""
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as reply:
        return json.load(reply)


def ports():
    sockets = [socket.socket() for _ in range(2)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    print(*(one.getsockname()[1] for one in sockets))


def seed(admin, name, policy, keys):
    user = {"name": name, "keys": int(keys), "age_days": 120}
    if policy != "none":
        user["policy"] = policy
    made = ask(admin + "/seed", {"users": [user]})
    print(*(word for key in made[name]["keys"] for word in (key["id"], key["secret"])))


def seed_mfa(admin, name):
    user = {"name": name, "keys": 1, "age_days": 120, "policy": "mfa", "mfa": True}
    made = ask(admin + "/seed", {"users": [user]})[name]
    print(made["keys"][0]["id"], made["keys"][0]["secret"], made["serial"])


def document(**statement):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def seed_chain(admin, boss, worker, a, b):
    arn = "arn:aws:iam::123456789012:"
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    made = ask(admin + "/seed", {
        "users": [{"name": worker, "keys": 1, "age_days": 120},
                  {"name": boss, "keys": 1, "mfa": True,
                   "policy": document(Action="sts:AssumeRole", Resource=f"{arn}role/{a}")}],
        "roles": [{"name": a, "policy": document(Action="sts:AssumeRole", Resource=f"{arn}role/{b}"),
                   "trust": document(Action="sts:AssumeRole", Principal={"AWS": f"{arn}user/{boss}"},
                                     Condition=mfa)},
                  {"name": b, "policy": document(Action="iam:*", Resource="*"),
                   "trust": document(Action="sts:AssumeRole", Principal={"AWS": f"{arn}role/{a}"})}]})
    pairs = {who: made[who]["keys"][0] for who in (boss, worker)}
    print(pairs[worker]["id"], pairs[worker]["secret"], made[boss]["serial"], pairs[boss]["id"],
          pairs[boss]["secret"])


def code_of(admin, serial, step=0):
    return ask(f"{admin}/totp?serial={serial}&step={step}")["code"]


def device(admin, endpoint, name, label):
    import boto3
    root = ask(admin + "/healthz")["root"]
    iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1",
                       aws_access_key_id=root["ak"], aws_secret_access_key=root["sk"])
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=label)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=name, SerialNumber=serial,
                          AuthenticationCode1=code_of(admin, serial),
                          AuthenticationCode2=code_of(admin, serial, 1))
    print(serial)


def allow(admin, endpoint, name, *actions):
    import boto3
    root = ask(admin + "/healthz")["root"]
    iam = boto3.client("iam", endpoint_url=endpoint, region_name="us-east-1",
                       aws_access_key_id=root["ak"], aws_secret_access_key=root["sk"])
    iam.put_user_policy(UserName=name, PolicyName="more", PolicyDocument=json.dumps(document(
        Action=list(actions), Resource="*")))


def code(admin, serial, step=0):
    print(code_of(admin, serial, step))


def keys(admin, name):
    for key in ask(admin + "/state")[name]["keys"]:
        print(key["id"], key["status"])


def same_but(before, after, old_id, old_secret):
    old, new = open(before, "rb").read(), open(after, "rb").read()
    def value(line):
        return line.split(b"=", 1)[1].strip()
    pairs = [(value(a), value(b)) for a, b in zip(old.splitlines(), new.splitlines()) if a != b]
    ids = {b for a, b in pairs if a == old_id.encode()}
    secrets = {b for a, b in pairs if a == old_secret.encode()}
    if len(ids) != 1 or len(secrets) != 1:
        sys.exit(f"expected one new pair, found {len(ids)} IDs and {len(secrets)} secrets")
    new_id, new_secret = ids.pop(), secrets.pop()
    if old.replace(old_id.encode(), new_id).replace(old_secret.encode(), new_secret) != new:
        sys.exit("the file differs elsewhere")
    print(new_id.decode())


def log(path, old_id):
    # A line without an action tells of a connection that was no request, such as a refused handshake.
    rows = [row for line in open(path) for row in [json.loads(line)] if "action" in row]
    wrong, create_connections, reused = [], set(), 0
    if not rows:
        wrong.append("no request at all")
    deactivated = False
    for row in rows:
        refused = row["code"] == "InvalidClientTokenId"
        # What the test itself had refused or cut off was not looked at by the peer.
        struck = row["faults"] and not row["executed"]
        if not row["verified"] and not refused and not struck:
            wrong.append(f"not verified: {row}")
        if refused and deactivated and row["access_key"] != old_id:
            wrong.append(f"refused: {row}")
        if row["lint"]:
            wrong.append(f"lint {row['lint']}: {row['action']}")
        if row["action"] == "UpdateAccessKey" and row["executed"]:
            deactivated = True
        if row["action"] == "CreateAccessKey":
            create_connections.add(row["conn"])
            if row["nth"] != 1:
                wrong.append("CreateAccessKey went on a connection that had been used")
        elif row["nth"] > 1:
            reused += 1
    for row in rows:
        if row["action"] != "CreateAccessKey" and row["conn"] in create_connections:
            wrong.append(f"{row['action']} went on the connection of CreateAccessKey")
    others = [row for row in rows if row["action"] != "CreateAccessKey"]
    connections = {row["conn"] for row in others}
    if reused < len(others) // 2:
        wrong.append(f"{len(others)} requests on {len(connections)} connections: {reused} reused one")
    print("\n".join(wrong) or f"{len(rows)} requests on {len(connections)} connections")
    sys.exit(1 if wrong else 0)


def count(path, action):
    print(sum(1 for line in open(path) for row in [json.loads(line)] if row.get("action") == action and row["executed"]))


def acts(path):
    """What changed something, in order."""
    rows = [row for line in open(path) for row in [json.loads(line)] if row.get("executed")]
    print(" ".join(row["action"] for row in rows
                   if row["action"] in ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")))


def signed(path, key):
    """The actions that a key signed, each once."""
    print(" ".join(sorted({row["action"] for line in open(path) for row in [json.loads(line)]
                           if row.get("access_key") == key})))


def forms(needle):
    """A secret as it may stand in memory: plain, and as four-byte characters."""
    return [needle.encode(), needle.encode("utf-32-le")]


def search(folder, *needles):
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            data = open(os.path.join(where, name), "rb").read()
            found += [f"{where}/{name}" for needle in needles for form in forms(needle) if form in data]
    print("\n".join(found))
    sys.exit(1 if found else 0)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def memory(pid):
    """What is writable in a process, as far as this system lets us look."""
    parts = []
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                span, rights = line.split()[:2]
                start, end = (int(x, 16) for x in span.split("-"))
                if rights.startswith("rw") and end - start <= 64 << 20:
                    try:
                        mem.seek(start)
                        parts.append(mem.read(end - start))
                    except OSError:
                        pass
    except OSError:
        pass
    return b"".join(parts)


def processes(session):
    for name in os.listdir("/proc"):
        if name.isdigit():
            program = read(f"/proc/{name}/comm").strip().decode(errors="replace")
            if program.startswith("keywright") and f"KEYWRIGHT_WATCHED={session}".encode() in read(
                    f"/proc/{name}/environ").split(b"\0"):
                yield int(name), program


def watch(folder, credentials, *rest):
    needles, command = list(rest[:rest.index("--")]), rest[rest.index("--") + 1:]
    session = f"{os.getpid()}-{time.monotonic_ns()}"
    seen, looks = {}, {}
    with open(f"{folder}/out", "wb") as out, open(f"{folder}/err", "wb") as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 env={**os.environ, "KEYWRIGHT_WATCHED": session})
        end = time.monotonic() + 120
        time.sleep(0.15)  # its first act is to hide what the environment holds
        while child.poll() is None and time.monotonic() < end:
            for pid, program in processes(session):
                looks[program] = looks.get(program, 0) + 1
                seen.setdefault(f"arguments of {program}", set()).add(read(f"/proc/{pid}/cmdline"))
                seen.setdefault(f"environment of {program}", set()).add(read(f"/proc/{pid}/environ"))
                if pid == child.pid:
                    seen.setdefault("memory of the front", set()).add(memory(pid))
            time.sleep(0.05)
        if child.poll() is None:
            child.kill()
    needles += re.findall(r"aws_secret_access_key *= *(\S+)", open(credentials).read())
    found = {where for where, texts in seen.items() for text in texts
             if any(form in text for needle in needles for form in forms(needle))}
    status = child.wait()
    for program in ("keywright", "keywright-keeper"[:15]):  # as much of a name as the kernel keeps
        if status == 0 and looks.get(program, 0) < 3:
            found.add(f"(looked at {program} only {looks.get(program, 0)} times)")
    if not any(len(text) > 100000 for text in seen.get("memory of the front", ())):
        print("the memory of the front cannot be read here")
    print("\n".join(sorted(found)))
    sys.exit(99 if found else status)


if __name__ == "__main__":
    {"ports": ports, "seed": seed, "seed-mfa": seed_mfa, "seed-chain": seed_chain, "device": device, "allow": allow,
     "code": code, "keys": keys, "same-but": same_but, "log": log, "count": count, "acts": acts, "signed": signed,
     "search": search, "watch": watch}[sys.argv[1]](*sys.argv[2:])
