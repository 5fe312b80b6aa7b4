#!/usr/bin/env python3
"""analyzers.py FILE: Access Analyzer on loopback: ListAnalyzers, ListFindingsV2, ValidatePolicy; prints its address.

FILE has a line "KEY-ID SECRET ANSWER"; it is read again for each request. Every signature is made again with
botocore and compared. One line a request goes to standard error: "ok ANSWER", or what is wrong with it.
"""
import json
import sys
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOKEN = "a+b/=&c d"


def analyzer(kind, status="ACTIVE"):
    made = {"arn": f"arn:aws:access-analyzer:eu-west-1:1:analyzer/{kind}", "name": kind, "type": kind,
            "createdAt": "2026-01-15T12:34:56Z", "status": status}
    if kind.endswith("UNUSED_ACCESS"):
        made["configuration"] = {"unusedAccess": {"unusedAccessAge": 30}}
    return made


ACCOUNT = "123456789012"


def found(kind, resource, owner=ACCOUNT):
    return {"id": "i", "findingType": kind, "resource": f"arn:aws:iam::{owner}:{resource}", "resourceOwnerAccount": owner,
            "resourceType": "AWS::IAM::User", "status": "ACTIVE", "analyzedAt": "2026-01-15T12:34:56Z",
            "createdAt": "2026-01-15T12:34:56Z", "updatedAt": "2026-01-15T12:34:56Z"}


# Pages of what is not used. Of the organization's analyzer another account's is among them.
FOUND = [[found("UnusedIAMUserAccessKey", "user/old"), found("UnusedPermission", "user/clean", "210987654321")],
         [found("UnusedPermission", "user/ops/eu/old"), found("UnusedIAMRole", "role/deploy")]]


def flaw(kind, code):
    return {"findingType": kind, "issueCode": code, "findingDetails": f"see {code}", "learnMoreLink": "https://x",
            "locations": []}


def flaws(document):
    """Something to say of policies that allow everything, a page each."""
    statements = json.loads(document)["Statement"]
    lists = [one.get("Action", []) for one in statements if one["Effect"] == "Allow"]
    every = any("*" in ([one] if isinstance(one, str) else one) for one in lists)
    return [[flaw("SECURITY_WARNING", "EVERYTHING")], [flaw("SUGGESTION", "LESS")]] if every else [[]]


ANSWERS = {
    "active": [analyzer("ACCOUNT")],
    "organization": [analyzer("ORGANIZATION")],
    "none": [],
    "unused": [analyzer("ACCOUNT_UNUSED_ACCESS"), analyzer("ORGANIZATION_INTERNAL_ACCESS")],
    "theirs": [analyzer("ACCOUNT"), analyzer("ORGANIZATION_UNUSED_ACCESS")],
    "creating": [analyzer("ACCOUNT", "CREATING"), analyzer("ORGANIZATION", "FAILED")],
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, code=None):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.end_headers()
        self.wfile.write(data)

    def expected(self, key_id, secret, body):
        parts = urlsplit(self.path)
        signed = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}", data=body,
                             headers={name: self.headers[name] for name in signed if name != "host"})
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials(key_id, secret), "access-analyzer",
                           self.headers["Authorization"].split("/")[2])
        canonical = signer.canonical_request(request)
        string = signer.string_to_sign(request, canonical)
        return parts.path, dict(parse_qsl(parts.query)), signer.signature(string, request)

    def wrong_body(self, path, query, body):
        if self.command == "GET":
            return "body" if body else ""
        asked = json.loads(body)
        if self.headers["Content-Type"] != "application/json":
            return "type"
        if path == "/findingv2":
            good = asked.keys() - {"nextToken"} == {"analyzerArn", "filter", "maxResults"}
            return "" if good and not query and asked["filter"] == {"status": {"eq": ["ACTIVE"]}} else "question"
        good = asked.keys() == {"policyDocument", "policyType", "locale"} and asked["policyType"] == "IDENTITY_POLICY"
        return "" if good and json.loads(asked["policyDocument"])["Statement"] else "question"

    def wrong(self, path, query, signature, body):
        authorization = self.headers["Authorization"]
        age = abs((datetime.now(timezone.utc) - datetime.strptime(
            self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)).total_seconds())
        known = {"GET": ["/analyzer"], "POST": ["/findingv2", "/policy/validation"]}[self.command]
        return ("path" if path not in known else "signature" if signature != authorization.split("Signature=")[1]
                else "scope" if authorization.split("/")[2:4] != ["eu-west-1", "access-analyzer"]
                else "date" if age > 60 else "parameters" if set(query) - {"nextToken"} else
                self.wrong_body(path, query, body))

    def refuse(self, action):
        self.answer(403, json.dumps({"message": f"User: x is not authorized to perform: access-analyzer:{action}"}),
                    "AccessDeniedException:http://internal.amazon.com/coral/")

    def list_analyzers(self, what, query):
        what = "theirs" if what.startswith("deny-") else what
        if what == "deny":
            self.refuse("ListAnalyzers")
        elif what == "broken":
            self.answer(200, '{"analyzers": [{"name": "x"')
        elif what == "circle" or (what == "paged" and "nextToken" not in query):
            self.answer(200, json.dumps({"analyzers": ANSWERS["unused"], "nextToken": TOKEN}))
        elif what == "paged":
            self.answer(200, json.dumps({"analyzers": ANSWERS["active" if query["nextToken"] == TOKEN else "none"]}))
        else:
            self.answer(200, json.dumps({"analyzers": ANSWERS[what]}))

    def list_findings(self, what, asked):
        page = 1 if asked.get("nextToken") == TOKEN else 0
        if what == "deny-findings":
            self.refuse("ListFindings")
        else:
            self.answer(200, json.dumps({"findings": FOUND[page], **({} if page else {"nextToken": TOKEN})}))

    def validate(self, what, query, asked):
        pages = flaws(asked["policyDocument"])
        page = 1 if query.get("nextToken") == TOKEN else 0
        if what == "deny-validation":
            self.refuse("ValidatePolicy")
        else:
            self.answer(200, json.dumps({"findings": pages[page],
                                         **({"nextToken": TOKEN} if page + 1 < len(pages) else {})}))

    def take(self, body):
        key_id, secret, what = open(sys.argv[1]).read().split()
        path, query, signature = self.expected(key_id, secret, body)
        wrong = self.wrong(path, query, signature, body)
        print(f"wrong {wrong}: {self.path}" if wrong else f"ok {what} {path}", file=sys.stderr, flush=True)
        if wrong:
            self.refuse("what is asked so")
        elif path == "/analyzer":
            self.list_analyzers(what, query)
        elif path == "/findingv2":
            self.list_findings(what, json.loads(body))
        else:
            self.validate(what, query, json.loads(body))

    def do_GET(self):
        self.take(b"")

    def do_POST(self):
        self.take(self.rfile.read(int(self.headers["Content-Length"])))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
