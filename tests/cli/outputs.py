"""Holds an audit in one of its forms to the rules of that form. Prints what is wrong, a line each, and then how many
findings there are.

usage: outputs.py sarif LOG             the OASIS standard, of what we write
       outputs.py sarif-schema LOG SCHEMA   its JSON schema (needs python's jsonschema)
       outputs.py asff FINDINGS         limits of the Security Hub User Guide
       outputs.py asff-model FINDINGS   botocore's model of BatchImportFindings (needs botocore)
       outputs.py ocsf FINDINGS         OCSF 1.3.0, class 2003, of what we write
       outputs.py csv ROWS JSON         RFC 4180, each value that of the same row of --json
"""
import csv
import io
import json
import re
import sys

LEVELS = ("none", "note", "warning", "error")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def once(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), "a member stands twice"
    return dict(pairs)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=once)


def sarif(path):
    """SARIF 2.1.0, sections 3.13 (log), 3.14 (run), 3.19 (driver), 3.27 (result), 3.49 (rule)."""
    log = read(path)
    if log.get("version") != "2.1.0":
        yield "version"
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    rules = driver["rules"]
    ids = [rule["id"] for rule in rules]
    if not driver["name"] or len(set(ids)) != len(ids):
        yield "rules: an id stands twice"
    for rule in rules:
        for name in ("shortDescription", "fullDescription", "help"):
            if not rule[name]["text"]:
                yield f"rule {rule['id']}: {name}"
        if rule["defaultConfiguration"]["level"] not in LEVELS[1:]:
            yield f"rule {rule['id']}: level"
        tags = rule["properties"]["tags"]
        if len(set(tags)) != len(tags):
            yield f"rule {rule['id']}: a tag stands twice"
    for call in run["invocations"]:
        if call["executionSuccessful"] is not True or not TIME.fullmatch(call["endTimeUtc"]):
            yield "invocation"
    prints = set()
    for result in run["results"]:
        name = f"result {result['ruleId']}"
        rule = rules[result["ruleIndex"]]
        if rule["id"] != result["ruleId"]:
            yield f"{name}: ruleIndex is that of {rule['id']}"
        if result["kind"] not in ("pass", "fail", "open", "informational") or (result["kind"] == "fail") != (result["level"] != "none"):
            yield f"{name}: kind {result['kind']}, level {result['level']}"
        if result["kind"] == "fail" and result["level"] != rule["defaultConfiguration"]["level"]:
            yield f"{name}: not the level of its rule"
        if not result["message"]["text"] or not result["locations"]:
            yield f"{name}: message or locations"
        if any(not one["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:") for one in result["locations"]):
            yield f"{name}: where"
        prints.add(json.dumps(result["partialFingerprints"], sort_keys=True))
    if len(prints) != len(run["results"]):
        yield "two results have the same fingerprints"
    yield len(run["results"])


def sarif_schema(path, schema):
    import jsonschema
    with open(schema, encoding="utf-8") as file:
        rules = json.load(file)
    kind = jsonschema.validators.validator_for(rules)
    kind.check_schema(rules)
    log = read(path)
    for error in kind(rules, format_checker=kind.FORMAT_CHECKER).iter_errors(log):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
    yield len(log["runs"][0]["results"])


def batches(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line, object_pairs_hook=once) for line in file]


def asff(path):
    ids, count = set(), 0
    for batch in batches(path):
        if not 1 <= len(batch) <= 100:
            yield f"a batch of {len(batch)}"
        for one in batch:
            count += 1
            ids.add(one["Id"])
            for name, most in (("Id", 512), ("GeneratorId", 512), ("Title", 256), ("Description", 1024), ("ProductArn", 2048)):
                if not 1 <= len(one[name]) <= most:
                    yield f"{name} of {len(one[name])}"
            if len(json.dumps(one)) > 240 * 1024:
                yield "a finding of more than 240 KB"
            for name in ("CreatedAt", "UpdatedAt"):
                if not TIME.fullmatch(one[name]):
                    yield f"{name}: {one[name]}"
            if one["CreatedAt"] > one["UpdatedAt"]:
                yield "updated before it was made"
            if one["Severity"]["Label"] not in ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"):
                yield "Severity"
            if one["Compliance"]["Status"] not in ("PASSED", "FAILED", "NOT_AVAILABLE"):
                yield "Compliance"
            if any(len(text) > 64 for text in one["Compliance"].get("RelatedRequirements", [])):
                yield f"RelatedRequirements of more than 64: {one['Compliance']['RelatedRequirements']}"
            if not 1 <= len(one["Remediation"]["Recommendation"]["Text"]) <= 512:
                yield f"Recommendation of {one['GeneratorId']}"
            if any(part.count("/") > 2 for part in one["Types"]):
                yield f"Types: {one['Types']}"
            account, region = one["AwsAccountId"], one["Resources"][0]["Region"]
            if one["ProductArn"] != f"arn:aws:securityhub:{region}:{account}:product/{account}/default":
                yield one["ProductArn"]
    if len(ids) != count:
        yield "two findings have the same Id"
    yield count


def asff_model(path):
    import botocore.session
    from botocore.validate import ParamValidator
    model = botocore.session.Session().get_service_model("securityhub").operation_model("BatchImportFindings").input_shape
    check = ParamValidator()
    assert check.validate({"Findings": [{"Id": 1}]}, model).has_errors()
    known = set(model.members["Findings"].member.members)
    count = 0
    for batch in batches(path):
        errors = check.validate({"Findings": batch}, model)
        if errors.has_errors():
            yield errors.generate_report()[:1000]
        for one in batch:
            count += 1
            if not set(one) <= known:
                yield f"members that are none: {set(one) - known}"
    yield count


# OCSF 1.3.0: of each object its members with their types, "!" for what is required; an enumeration has its captions.
# No package has the schema, so these are its facts, of what we write: schema.ocsf.io/1.3.0/classes/compliance_finding.
# What is not named here is complained of, also where OCSF knows it.
OCSF = {
    "compliance_finding": {
        "activity_id!": {1: "Create", 2: "Update", 3: "Close", 0: "Unknown", 99: "Other"}, "activity_name": str,
        "category_uid!": {2: "Findings"}, "category_name": str, "class_uid!": {2003: "Compliance Finding"}, "class_name": str,
        "type_uid!": {200301: "Compliance Finding: Create", 200302: "Compliance Finding: Update", 200303: "Compliance Finding: Close"},
        "type_name": str, "time!": int, "message": str, "severity": str,
        "severity_id!": {0: "Unknown", 1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical", 6: "Fatal", 99: "Other"},
        "status_id": {0: "Unknown", 1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved", 99: "Other"}, "status": str,
        "metadata!": "metadata", "finding_info!": "finding_info", "compliance!": "compliance", "cloud!": "cloud",
        "resources": ["resource_details"], "remediation": "remediation", "unmapped": dict},
    "metadata": {"version!": str, "product!": "product", "profiles": [str], "event_code": str},
    "product": {"vendor_name!": str, "name": str, "version": str},
    "finding_info": {"uid!": str, "title!": str, "desc": str, "created_time": int, "last_seen_time": int, "types": [str], "analytic": "analytic"},
    "analytic": {"type_id!": {1: "Rule"}, "type": str, "uid": str, "name": str, "desc": str},
    "compliance": {"standards!": [str], "control": str, "requirements": [str], "status": str, "status_detail": str,
                   "status_id": {1: "Pass", 2: "Warning", 3: "Fail", 99: "Other"}},
    "cloud": {"provider!": str, "account": "account", "region": str},
    "account": {"uid": str, "type_id": {3: "AWS IAM User", 4: "AWS IAM Role", 10: "AWS Account"}, "type": str},
    "resource_details": {"uid": str, "name": str, "type": str, "cloud_partition": str},
    "remediation": {"desc!": str},
}
# Which caption is the name of which number, where it is not the name without "_id".
OCSF_NAMES = {"category_uid": "category_name", "class_uid": "class_name", "type_uid": "type_name", "activity_id": "activity_name"}


def ocsf_value(where, value, kind, owner):
    if isinstance(kind, str):
        yield from ocsf_object(where, value, kind)
    elif isinstance(kind, list):
        if not isinstance(value, list) or not value:
            yield f"{where}: no list, or an empty one"
        else:
            for one in value:
                yield from ocsf_value(where, one, kind[0], owner)
    elif isinstance(kind, dict):
        name = where.rpartition(".")[2]
        if type(value) is not int or kind.get(value) is None:
            yield f"{where}: {value}"
        elif owner.get(OCSF_NAMES.get(name, name.removesuffix("_id")), kind[value]) != kind[value]:
            yield f"{where}: {value} is called {kind[value]}"
    elif type(value) is not kind or value == "":
        yield f"{where}: {value!r}"
    elif kind is int and not 10**12 < value < 10**13:
        yield f"{where}: {value} are no milliseconds of this time"


def ocsf_object(where, value, kind):
    if not isinstance(value, dict):
        yield f"{where}: no object"
        return
    members = {name.rstrip("!"): name.endswith("!") for name in OCSF[kind]}
    for name, required in members.items():
        if required and name not in value:
            yield f"{where}: lacks {name}"
    for name, one in value.items():
        if name not in members:
            yield f"{where}: {name} is no member"
        else:
            yield from ocsf_value(f"{where}.{name}", one, OCSF[kind][name + "!" * members[name]], value)


def ocsf(path):
    uids, count, statuses = set(), 0, set()
    with open(path, encoding="utf-8") as file:
        for line in file:
            one = json.loads(line, object_pairs_hook=once)
            count += 1
            yield from ocsf_object("finding", one, "compliance_finding")
            if one["type_uid"] != one["class_uid"] * 100 + one["activity_id"]:
                yield f"type_uid: {one['type_uid']}"
            if one["metadata"]["version"] != "1.3.0" or one["metadata"]["profiles"] != ["cloud"]:
                yield "metadata"
            status, severity = one["compliance"]["status_id"], one["severity_id"]
            statuses.add(status)
            if (status == 1) and severity != 1:
                yield f"what passes is of severity {severity}"
            if status != 1 and one["severity"].lower() != one["unmapped"]["check_severity"]:
                yield f"severity of {one['finding_info']['uid']}"
            if len(one["compliance"]["standards"]) != len(set(one["compliance"]["standards"])):
                yield "a standard stands twice"
            if not one["resources"][0]["uid"].startswith(("arn:aws:iam::", "AWS::::Account:")):
                yield f"resource {one['resources'][0]['uid']}"
            uids.add(one["finding_info"]["uid"])
    if len(uids) != count:
        yield "two findings have the same uid"
    if statuses != {1, 2, 3}:
        yield f"statuses: {statuses}"
    yield count


def rows(path, other):
    with open(path, "rb") as file:
        raw = file.read()
    # Every record ends with CRLF; without the quoted values no quote and no other line end is left.
    if re.sub(rb'"(?:[^"]|"")*"', b"", raw).replace(b"\r\n", b"").strip(b",abcdefghijklmnopqrstuvwxyz_"):
        yield "not as in RFC 4180"
    if not raw.endswith(b"\r\n"):
        yield "the last record has no end"
    table = list(csv.DictReader(io.StringIO(raw.decode(), newline=""), strict=True))
    with open(other, encoding="utf-8") as file:
        findings = [json.loads(line) for line in file]
    if len(table) != len(findings):
        yield f"{len(table)} rows of {len(findings)}"
    for row, finding in zip(table, findings):
        finding["controls"] = ", ".join(finding["controls"])
        if list(row) != list(finding) and sorted(row) != sorted(finding):
            yield f"columns: {list(row)}"
        for name, value in row.items():
            if value and value[0] in "=+-@\t\r":
                yield f"a formula: {value}"
            expected = escaped(finding[name] or "")
            if value != ("'" if expected[:1] in tuple("=+-@") else "") + expected:
                yield f"{name} is {value!r} and not {expected!r}"
    yield len(table)


def escaped(text):
    """As people are shown text: of what the names of the tests have."""
    return text.replace("\u202e", "\\u{202e}").replace("\u0085", "\\x85")


FORMS = {"sarif": sarif, "sarif-schema": sarif_schema, "asff": asff, "asff-model": asff_model, "ocsf": ocsf, "csv": rows}
for told in FORMS[sys.argv[1]](*sys.argv[2:]):
    print(told)
