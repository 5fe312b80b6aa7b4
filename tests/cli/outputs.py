"""Holds an audit in one of its forms to the rules of that form. Prints what is wrong, a line each, and then how many
findings there are.

usage: outputs.py sarif LOG             the OASIS standard, of what we write
       outputs.py sarif-schema LOG SCHEMA   its JSON schema (needs python's jsonschema)
       outputs.py asff FINDINGS         limits of the Security Hub User Guide
       outputs.py asff-model FINDINGS   botocore's model of BatchImportFindings (needs botocore)
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


FORMS = {"sarif": sarif, "sarif-schema": sarif_schema, "asff": asff, "asff-model": asff_model, "csv": rows}
for told in FORMS[sys.argv[1]](*sys.argv[2:]):
    print(told)
