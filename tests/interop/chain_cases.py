#!/usr/bin/env python3
"""chain_cases.py KEYWRIGHT CASES WORK: every case of the SDK for Rust's default-credential-provider-chain,
met by `keywright doctor --identity`. Prints a test point a case and the plan.

A case has an environment, files, the traffic that is expected and the credentials, or the error, that must
come of it. The traffic is played by a server on the loopback address; that the right credentials came is
seen from GetCallerIdentity, which the program signs with them: key, token and signature have to be right.
What was signed or shown on the way there, with credentials or a token that the traffic or the environment
gave, is held to it too.
What is changed in a case so that it can be met here: the hosts are all that server, /token.jwt is in the
case's own folder, and credentials that ended long ago end in an hour. FIPS and dual-stack, which no
endpoint of one's own can have, are left to tests/unit/aws_endpoint.c, and the output says so.
"""
import datetime
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse

# What we say where the SDK says something else: a part of the step that failed, in our words.
ERRORS = {
    "imds_default_chain_error": "the instance has no role",
    "imds_disabled": "AWS_EC2_METADATA_DISABLED",
    "imds_token_fail": "the instance's metadata service: HTTP 403",
    "profile_overrides_web_identity": "credential_source = Environment: AWS_ACCESS_KEY_ID is not in the environment",
    "sso_no_token_file": "nobody has signed in; run `aws sso login --profile sso-test`",
    "web_identity_source_profile_no_env": "profile B has web_identity_token_file but no role_arn",
}
# What a request shows has to be what the case shows.
SHOWN = ("x-amz-sso_bearer_token", "x-aws-ec2-metadata-token")
# Where botocore, whose order is ours, goes another way than the SDK for Rust: what is asked besides, how it
# is answered, and why that is asked.
DIFFERENCES = {
    "imds_token_fail": ("GET /latest/meta-data/iam/security-credentials/", 403,
                        "where no token is to be had, botocore goes on without one"),
}
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/case</Arn><UserId>AIDACASE</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
    "</GetCallerIdentityResponse>"
)


def in_an_hour(text):
    """The same text, in which everything that ends does so in an hour."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    stamp = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = re.sub(r"(<Expiration>)[^<]*", r"\g<1>" + stamp, text)
    text = re.sub(r'("(?:Expiration|expiresAt)"\s*:\s*")[^"]*', r"\g<1>" + stamp, text)
    return re.sub(r'("expiration"\s*:\s*)\d+', r"\g<1>" + str(int(end.timestamp() * 1000)), text)


def exchanges(events):
    """[(method, path and query, body asked, status, headers, body answered, shown)] of a case's traffic."""
    by_connection = {}
    for event in events:
        one = by_connection.setdefault(event["connection_id"], {"Request": "", "Response": ""})
        for name, what in event["action"].items():
            if name == "Request":
                one["request"] = what["request"]
            elif name == "Response":
                one["response"] = what["response"]["Ok"]
            elif name == "Data":
                one[what["direction"]] += what["data"]["Utf8"]
    found = []
    for one in by_connection.values():
        uri = urllib.parse.urlsplit(one["request"]["uri"])
        target = uri.path + ("?" + uri.query if uri.query else "")
        headers = {name: values[0] for name, values in one["response"]["headers"].items()}
        asked = {name.lower(): values[0] for name, values in one["request"]["headers"].items()}
        found.append((one["request"]["method"], target, one["Request"], one["response"]["status"], headers,
                      in_an_hour(one["Response"]), {name: asked.get(name) for name in SHOWN}))
    return found


def container_authorization(case):
    """(path, Authorization) of the container's service: None where the case names no token. What a case's
    traffic shows is without it."""
    with open(os.path.join(case, "env.json"), encoding="utf-8") as file:
        environment = json.load(file)
    uri = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                          environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    named = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if named is not None:
        with open(os.path.join(case, "fs", named.lstrip("/")), encoding="utf-8") as file:
            token = file.read().strip()
    return (urllib.parse.urlsplit(uri).path if uri else None), token


def action(body):
    return urllib.parse.parse_qs(body).get("Action", [""])[0]


def is_signed_with(request, secret):
    """Whether a request (a POST to /) has the signature that this secret gives. Source: SigV4."""
    fields = dict(part.split("=", 1) for part in request["authorization"].split(" ", 1)[1].split(", "))
    _, day, region, service, end = fields["Credential"].split("/")
    names = fields["SignedHeaders"].split(";")
    headers = "".join(f"{name}:{request['headers'][name].strip()}\n" for name in names)
    digest = hashlib.sha256(request["body"].encode()).hexdigest()
    canonical = f"POST\n/\n\n{headers}\n{';'.join(names)}\n{digest}"
    text = "\n".join(["AWS4-HMAC-SHA256", request["headers"]["x-amz-date"], f"{day}/{region}/{service}/{end}",
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == fields["Signature"]


def given(text):
    """{key: secret} that an answer, JSON or XML, gives."""
    found = {}
    for name in ("AccessKeyId", "SecretAccessKey"):
        match = re.search(rf'(?:<{name}>|"{name}"\s*:\s*")([^<"]*)', text)
        found[name] = match[1] if match else None
    return {found["AccessKeyId"]: found["SecretAccessKey"]} if all(found.values()) else {}


def parts(target):
    """A path and its parameters, whose order says nothing."""
    path, _, query = target.partition("?")
    return path, sorted(urllib.parse.parse_qsl(query))


class Server(http.server.ThreadingHTTPServer):
    """Plays a case's traffic and notes what it was asked."""

    def __init__(self, traffic, besides):
        super().__init__(("127.0.0.1", 0), Handler)
        self.left, self.signed, self.strange, self.wrong = list(traffic), [], [], []
        self.besides, self.given = besides, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, method, target, body, headers):
        if action(body) == "GetCallerIdentity":
            return 200, {}, IDENTITY
        for one in self.left:
            if one[0] == method and parts(one[1]) == parts(target) and action(one[2]) == action(body):
                self.left.remove(one)
                for name, value in one[6].items():
                    if headers.get(name) != value:
                        self.wrong.append(f"{method} {target} with {name} {headers.get(name)}")
                self.given.update(given(one[5]))
                return one[3], one[4], one[5]
        asked = f"{method} {target} {action(body)}".rstrip()
        self.strange.append(asked)
        return self.besides[1] if asked == self.besides[0] else 404, {}, ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("authorization", "").startswith("AWS4-"):
            self.server.signed.append({"action": action(body), "body": body, "headers": headers,
                                       "authorization": headers["authorization"]})
        status, extra, text = self.server.answer(self.command, self.path, body, headers)
        self.send_response(status)
        for name, value in extra.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = handle_any

    def log_message(self, *_):
        pass


def run(keywright, case, folder, server):
    """The program's end and output in a copy of the case's files and its environment."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.isdir(os.path.join(case, "fs")):
        shutil.copytree(os.path.join(case, "fs"), folder)
    os.makedirs(os.path.join(folder, "home", ".aws"), exist_ok=True)
    token = os.path.join(folder, "token.jwt")
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            os.chmod(path, 0o600)
            with open(path, "w", encoding="utf-8") as file:
                file.write(in_an_hour(text).replace("/token.jwt", token))
    here = f"http://127.0.0.1:{server.server_port}"
    with open(os.path.join(case, "env.json"), encoding="utf-8") as file:
        environment = json.load(file)
    environment = {name: value.replace("/token.jwt", token) for name, value in environment.items()}
    for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"):
        if environment.pop(name, None) is not None:
            print(f"# without {name}: the endpoint is on the loopback address")
    environment["HOME"] = os.path.join(folder, "home")
    relative = environment.pop("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", None)
    full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative is not None:
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = here + relative
    elif full is not None:
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = here + urllib.parse.urlsplit(full).path
    for service in ("IAM", "STS", "SSO"):
        environment["AWS_ENDPOINT_URL_" + service] = here
    environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = here
    return subprocess.run([keywright, "doctor", "--identity", "--json"], env=environment, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)


def complaints(case, result, server, ended):
    """What is not as the case wants it."""
    told = json.loads(ended.stdout.splitlines()[-1])
    last = [one for one in server.signed if one["action"] == "GetCallerIdentity"]
    besides, _, why = server.besides
    if besides in server.strange:
        server.strange.remove(besides)
        print(f"# {besides}: {why}")
    if server.strange:
        yield "asked what the case does not have: " + ", ".join(server.strange)
    if server.left:
        yield "did not ask: " + ", ".join(f"{one[0]} {one[1]} {action(one[2])}" for one in server.left)
    yield from server.wrong
    if "Ok" not in result:
        if server.signed or ended.returncode == 0 or told["key"] is not None:
            yield "credentials were found where there are none"
        steps = [json.loads(line) for line in ended.stdout.splitlines()]
        told = [one["detail"] for one in steps if one.get("result") == "failed"]
        reason = ERRORS.get(os.path.basename(case))
        if reason is None or not any(reason in one for one in told):
            yield f"the reason is not told: {reason}; the SDK says: {result['ErrorContains']}"
        return
    wanted = result["Ok"]
    for one in server.signed:
        key = one["authorization"].partition("Credential=")[2].partition("/")[0]
        if one not in last and not is_signed_with(one, server.given.get(key, "")):
            yield f"{one['action']} is not signed with what was given"
    if ended.returncode != 0 or told["key"] != wanted["access_key_id"]:
        yield f"ended with {ended.returncode} and the key {told['key']}"
    if not last:
        yield "nothing was signed"
        return
    if f"Credential={wanted['access_key_id']}/" not in last[-1]["authorization"]:
        yield "signed with another key: " + last[-1]["authorization"]
    elif not is_signed_with(last[-1], wanted["secret_access_key"]):
        yield "signed with another secret"
    if last[-1]["headers"].get("x-amz-security-token") != wanted.get("session_token"):
        yield "signed with another session token"


def main():
    keywright, cases, work = sys.argv[1:]
    good = True
    names = sorted(os.listdir(cases))
    for number, name in enumerate(names, 1):
        case = os.path.join(cases, name)
        with open(os.path.join(case, "test-case.json"), encoding="utf-8") as file:
            result = json.load(file)["result"]
        with open(os.path.join(case, "http-traffic.json"), encoding="utf-8") as file:
            traffic = exchanges(json.load(file)["events"])
        path, token = container_authorization(case)
        for one in traffic:
            if one[0] == "GET" and one[1] == path:
                one[6]["authorization"] = token
                print(f"# the container's service is shown {'a token' if token else 'no token'}")
        server = Server(traffic, DIFFERENCES.get(name, (None, None, None)))
        ended = run(keywright, case, os.path.join(work, name), server)
        wrong = list(complaints(case, result, server, ended))
        server.shutdown()
        server.server_close()
        for line in wrong + ((ended.stdout + ended.stderr).splitlines() if wrong else []):
            print("#", line)
        print(f"{'not ' if wrong else ''}ok {number} - {name}", flush=True)
        good = good and not wrong
    print(f"1..{len(names)}")
    return 0 if good and names else 1


sys.exit(main())
