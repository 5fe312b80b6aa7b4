#!/usr/bin/env python3
"""analyzers.py FILE: Access Analyzer's ListAnalyzers on loopback; prints its address.

FILE has a line "KEY-ID SECRET ANSWER"; it is read again for each request. Every signature is made again with
botocore and compared. One line a request goes to standard error: "ok ANSWER", or what is wrong with it.
"""
import json
import sys
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOKEN = "a+b/=&c d"


def analyzer(kind, status="ACTIVE"):
    return {"arn": f"arn:aws:access-analyzer:eu-west-1:1:analyzer/{kind}", "name": kind, "type": kind,
            "createdAt": "2026-01-15T12:34:56Z", "status": status}


ANSWERS = {
    "active": [analyzer("ACCOUNT")],
    "organization": [analyzer("ORGANIZATION")],
    "none": [],
    "unused": [analyzer("ACCOUNT_UNUSED_ACCESS"), analyzer("ORGANIZATION_INTERNAL_ACCESS")],
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

    def expected(self, key_id, secret):
        parts = urlsplit(self.path)
        signed = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        request = AWSRequest("GET", f"http://{self.headers['Host']}{self.path}",
                             headers={name: self.headers[name] for name in signed if name != "host"})
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials(key_id, secret), "access-analyzer",
                           self.headers["Authorization"].split("/")[2])
        canonical = signer.canonical_request(request)
        string = signer.string_to_sign(request, canonical)
        return parts.path, dict(parse_qsl(parts.query)), signer.signature(string, request)

    def wrong(self, path, query, signature):
        authorization = self.headers["Authorization"]
        age = abs((datetime.now(timezone.utc) - datetime.strptime(
            self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)).total_seconds())
        return ("path" if path != "/analyzer" else "signature" if signature != authorization.split("Signature=")[1]
                else "scope" if authorization.split("/")[2:4] != ["eu-west-1", "access-analyzer"]
                else "date" if age > 60 else "parameters" if set(query) - {"nextToken"} else
                "body" if self.headers["Content-Length"] else "")

    def do_GET(self):
        key_id, secret, what = open(sys.argv[1]).read().split()
        path, query, signature = self.expected(key_id, secret)
        wrong = self.wrong(path, query, signature)
        print(f"wrong {wrong}: {self.path}" if wrong else f"ok {what}", file=sys.stderr, flush=True)
        if wrong or what == "deny":
            self.answer(403, '{"message": "User: x is not authorized to perform: access-analyzer:ListAnalyzers"}',
                        "AccessDeniedException:http://internal.amazon.com/coral/")
        elif what == "broken":
            self.answer(200, '{"analyzers": [{"name": "x"')
        elif what == "circle" or (what == "paged" and "nextToken" not in query):
            self.answer(200, json.dumps({"analyzers": ANSWERS["unused"], "nextToken": TOKEN}))
        elif what == "paged":
            self.answer(200, json.dumps({"analyzers": ANSWERS["active" if query["nextToken"] == TOKEN else "none"]}))
        else:
            self.answer(200, json.dumps({"analyzers": ANSWERS[what]}))


server = HTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
