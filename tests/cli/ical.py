"""A strict reader of the part of RFC 5545 that `keywright due --ical` writes; no library is asked.

usage: ical.py FILE      prints "UID DAY SUMMARY ALARMS" of each event, or what is wrong
"""
import re
import sys


def fail(why):
    sys.exit(f"ical: {why}")


def lines_of(raw):
    if raw.startswith(b"\xef\xbb\xbf"):
        fail("a byte order mark")
    if not raw.endswith(b"\r\n"):
        fail("the end is no CRLF")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        fail("a bare CR or LF")
    folded = raw[:-2].split(b"\r\n")
    for line in folded:
        if len(line) > 75:
            fail(f"a line of {len(line)} octets: {line!r}")
        line.decode()  # folding parts no character here
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line):
            fail(f"a control character: {line!r}")
        if line.strip() == b"":
            fail("an empty line")
    whole = []
    for line in folded:
        if line[:1] in b" \t":
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return [line.decode() for line in whole]


def text_of(value):
    if re.search(r"(?<!\\)(?:\\\\)*\\[^\\;,nN]|(?:^|[^\\])(?:\\\\)*[;,]|(?<!\\)(?:\\\\)*\\$", value):
        fail(f"TEXT is not escaped well: {value}")
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


NAME = re.compile(r"^([A-Z-]+)((?:;[A-Z-]+=[A-Za-z0-9-]+)*):(.*)$")
# of a component: properties that must be there once, and those that may
RULES = {
    "VCALENDAR": ({"VERSION", "PRODID"}, {"CALSCALE"}),
    "VEVENT": ({"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION"}, {"TRANSP", "CATEGORIES"}),
    "VALARM": ({"ACTION", "TRIGGER", "DESCRIPTION"}, set()),
}
INSIDE = {"VCALENDAR": None, "VEVENT": "VCALENDAR", "VALARM": "VEVENT"}
TEXTS = {"UID", "SUMMARY", "DESCRIPTION", "PRODID", "CATEGORIES"}


def day_of(params, value):
    if params != ";VALUE=DATE" or not re.fullmatch(r"\d{8}", value):
        fail(f"no date: {params}:{value}")
    import datetime
    return datetime.date(int(value[:4]), int(value[4:6]), int(value[6:]))


def check_event(properties):
    start, end = day_of(*properties["DTSTART"]), day_of(*properties["DTEND"])
    if (end - start).days != 1:
        fail("an all-day event that is not a day long")
    if not re.fullmatch(r"\d{8}T\d{6}Z", properties["DTSTAMP"][1]):
        fail("DTSTAMP is not in UTC")


def check_alarm(properties):
    if properties["ACTION"][1] != "DISPLAY":
        fail("an alarm of another kind")
    if not re.fullmatch(r"-?P(\d+D|T\d+H)", properties["TRIGGER"][1]):
        fail(f"no duration: {properties['TRIGGER'][1]}")


def main():
    with open(sys.argv[1], "rb") as file:
        lines = lines_of(file.read())
    stack, uids, told = [], set(), []
    for line in lines:
        found = NAME.match(line)
        if not found:
            fail(f"no content line: {line}")
        name, params, value = found.groups()
        if name == "BEGIN":
            if value not in RULES or INSIDE[value] != (stack[-1][0] if stack else None):
                fail(f"{value} stands in the wrong place")
            if value == "VCALENDAR" and told:
                fail("two calendars")
            stack.append((value, {}, []))
        elif name == "END":
            kind, properties, alarms = stack.pop()
            needed, may = RULES[kind]
            if kind != value or not needed <= set(properties) <= needed | may:
                fail(f"{kind} has {sorted(properties)}")
            if kind == "VALARM":
                check_alarm(properties)
                stack[-1][2].append(properties["TRIGGER"][1])
            if kind == "VEVENT":
                check_event(properties)
                uid = text_of(properties["UID"][1])
                if uid in uids:
                    fail(f"two events {uid}")
                uids.add(uid)
                told.append(" ".join([uid, properties["DTSTART"][1], text_of(properties["SUMMARY"][1]),
                                      ",".join(alarms)]))
            if kind == "VCALENDAR" and (properties["VERSION"][1] != "2.0" or not told):
                fail("another version, or nothing in it")
        else:
            if not stack or name in stack[-1][1]:
                fail(f"{name} stands twice or nowhere")
            if name in TEXTS:
                text_of(value)
            stack[-1][1][name] = (params, value)
    if stack:
        fail("it does not end")
    print("\n".join(told))


main()
