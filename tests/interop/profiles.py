"""profiles.py READER FOLDER COUNT SEED: holds our reader of AWS files against botocore's.

COUNT pairs of files (config, credentials) are generated from SEED into FOLDER. READER
(tests/read_profiles) says what we make of them; botocore reads them in this process. Where the two
differ, the difference must be one of the tables below, and our reader must have told of it: by its error,
with file and line, or by a warning. After a pair has been replaced by us, botocore must read the file as
before but for that pair. Prints TAP, and how often each difference was met; one that is listed and
was never met by the files of seed 1 is a failure too, since nobody would notice when it has gone."""
import collections
import json
import os
import random
import re
import subprocess
import sys

import botocore.configloader
import botocore.exceptions
import botocore.session

OLD, NEW = "AKIAOLDOLDOLDOLD0001", "AKIANEWNEWNEWNEW0002"
OLD_SECRET = "oldsecretoldsecretoldsecretoldsecret0001"
NEW_SECRET = "newsecret/newsecret+newsecret=newsecr0002"
ID, SECRET = "aws_access_key_id", "aws_secret_access_key"
TOKENS = ("aws_session_token", "aws_security_token")

# What we refuse and botocore reads: part of our error, and why that is so.
REFUSED = {
    "found continuation": "an indented line where no property is: the other SDKs refuse it",
    "found a continuation": "the same before any section",
    "Expected an '=' sign defining a property": "a name that ends at a colon, or has no '=' at all in [DEFAULT]",
    "Profile definition must end with ']'": "text after ]: only botocore ignores it",
    "Expected an '=' sign defining a sub-property": "an indented comment in a map is no comment elsewhere",
    "Sub-property did not have a name": "the same of a map",
    "a NUL byte": "not a text file",
}
# What botocore refuses and we read: part of our warning.
REJECTS = {
    "stands on line": "a section or key twice: the others merge them",
    "byte order mark": "a byte order mark at the beginning",
    "not valid UTF-8": "bytes that are not UTF-8",
    "[] has no name": "a section without a name: the others ignore it",
    "begins a line of its own": "a carriage return ends a line for Python only",
    "neither blank nor tab": "white space alone is an empty value for Python, and what follows is then no map",
}


def names(key, text):
    return re.search(r"(^|[^\w])%s($|[^\w])" % re.escape(key), text) is not None


# Read by both, to another end: part of our warning; may it explain a difference of this profile and key?
DIFFERENT = {
    "takes the comment for a part of": lambda profile, key, line: names(key, line),
    "is a part of": lambda profile, key, line: names(key, line),
    "keeps the empty line": lambda profile, key, line: names(key, line),
    "gives the keys of [DEFAULT]": lambda profile, key, line: True,
    "is overridden by [profile default]": lambda profile, key, line: profile == "default",
    "make it another name for botocore": lambda profile, key, line: True,
    "takes the last one only": lambda profile, key, line: True,
    "is a profile of that whole name for botocore": lambda profile, key, line: True,
    "is read by botocore only": lambda profile, key, line: True,
    "the name ends at the colon": lambda profile, key, line: True,
    "goes on after the bracket for botocore": lambda profile, key, line: True,
    "begins a line of its own": lambda profile, key, line: True,
    "neither blank nor tab": lambda profile, key, line: True,
}


# The only difference that is not told.
UNREAD = "letters beyond ASCII in a key: small ones for botocore; nobody reads such a key"


# --- files ------------------------------------------------------------------------------------------------

class Maker:
    """Files as people have them, and with a rate of its own as they should not."""

    def __init__(self, seed, number):
        self.random = random.Random("%s/%d" % (seed, number))
        self.rate = self.random.choice((0, 0, 0.01, 0.03, 0.1))

    def odd(self):
        return self.random.random() < self.rate

    def pick(self, *choices):
        return self.random.choice(choices)

    def header(self, config, name):
        pick = self.pick
        if not config:
            if self.odd():
                return pick("[ %s ]" % name, "[profile %s]" % name, "[DEFAULT]", "[]", "[ ]", "[%s" % name,
                            "[%s] # c ]" % name, "[%s] text" % name, "[%s]]" % name, "  [%s]" % name,
                            "[sso-session %s]" % name, "[my %s]" % name, "[%s\t]" % name, "[a#b]")
            return "[%s]" % name + pick("", "", "", " # comment", " ; comment", "  ")
        if self.odd():
            return pick("[ profile %s ]" % name, "[%s]" % name, "[DEFAULT]", "[]", "[profile]", "[default ]",
                        "[profile  %s]" % name, "[profiles %s]" % name, "[profilex]", "[profile %s %s]" % (name, name),
                        "[profile '%s']" % name, "[profile \"my %s\"]" % name, "[profile '%s]" % name,
                        "[profile %s] # ]" % name, "[profile %s]]" % name, "[profile %s] x" % name,
                        "  [profile %s]" % name, "[profile %s" % name, "[profile default]", "[profile default]", "[sso-sessionx y]",
                        "[services %s ]" % name, "[profile\u00a0%s]" % name, "[profile \u00e9]")
        if name == "default":
            return "[default]"
        return pick("[profile %s]", "[profile %s]", "[profile %s]", "[profile\t%s]", "[sso-session %s]",
                    "[services %s]", "[preview %s]") % name + pick("", "", "", " # comment", " ;x")

    def value(self):
        return self.pick("eu-west-1", "json", "a b", "100%", "%(x)s", "\"quoted\"", "a;b", "x#y", "", "arn:aws:iam::1:role/r",
                         "https://x.example/?a=b", "\u00e9", "v%d" % self.random.randrange(100))

    def property(self, key, value):
        pick = self.pick
        if self.odd():
            return pick("%s : %s", "%s", "%s = %s # comment", "%s = %s ; comment", " %s = %s", "%s = %s\r", "%s = \r%s",
                        "%s = %s\u00a0", "%s = %s\x0c", "%s\u00a0= %s", "= %s", "%s = %s\x1cz", "%s:x = %s", "\u00c9%s = %s",
                        "%s = a\x85b%s") .replace("%s", key, 1).replace("%s", value, 1)
        return pick("%s = %s", "%s = %s", "%s=%s", "%s =%s  ", "%s\t=\t%s") % (key, value)

    def more(self):
        """Lines after a property."""
        pick = self.pick
        if self.odd():
            return pick(["  more"], ["  # indented comment"], ["", "  after an empty line"], ["  [inside]"], ["\tmore", "  \tand more"],
                        ["# comment", "  after a comment"], ["  = x"], ["  more # c"], ["  more\x85x"])
        return []

    def body(self, config):
        keys = ["region", "output", "role_arn", "s3", "endpoint_url", "Sso_Region", "my key", "x/y"]
        self.random.shuffle(keys)
        lines = []
        for key in keys[:self.random.randrange(4)]:
            if key == "s3" and not self.odd():
                lines += [self.pick("s3 =", "s3=", "s3 = ")]
                for n in range(self.random.randrange(3)):
                    lines += ["  k%d = %s" % (n, self.pick("v", "a b", "x=y"))]
                    if self.odd():
                        lines += self.pick(["  no equals"], [""], ["  # c = d"], ["# c"], ["  k = v # c"], 
                                           ["  = v"], ["  k : v"])
                continue
            lines += [self.property(key, self.value())] + self.more()
            if self.odd():
                lines += [self.property(key, self.value())]
        if self.random.random() < (0.25 if config else 0.8):
            lines += self.pair()
        for _ in range(self.random.randrange(3)):
            lines.insert(self.random.randrange(len(lines) + 1) if self.odd() or not lines else len(lines),
                         self.pick("", "# comment", "; comment", "   ", "#"))
        return lines

    def pair(self):
        ours = self.random.random() < 0.6
        key, secret = (OLD, OLD_SECRET) if ours else ("AKIAOTHEROTHEROTHER1", "othersecret")
        lines = [self.property(self.pick(ID, ID, ID, ID.upper()), key),
                 self.property(self.pick(SECRET, SECRET, SECRET.title()), secret)]
        if self.odd():
            lines.pop(self.random.randrange(2))
        if self.random.random() < 0.15:
            lines += [self.property(self.pick(*TOKENS), "token")]
        if self.odd():
            lines.insert(1, self.pick("", "# between", "region2 = x", "  # indented", "  x"))
        if self.random.random() < 0.3:
            self.random.shuffle(lines)
        return lines

    def file(self, config):
        pool = ["default", "a", "b", "work-1", "x.y@z", "c"]
        self.random.shuffle(pool)
        lines = [self.pick("# my keys", "")] if self.random.random() < 0.3 else []
        if self.odd():
            lines += self.pick(["x = 1"], ["  x"], ["  [early]"], ["  # c"])
        for name in pool[:self.random.randrange(1, 5)]:
            lines += [self.header(config, name)] + self.body(config)
            if self.odd():
                pool.append(name)
                lines += [self.header(config, name)] + self.body(config)
        text = self.pick("\n", "\n", "\n", "\r\n").join(lines) + self.pick("\n", "\n", "")
        data = text.encode()
        if self.odd():
            data = self.pick(b"\xef\xbb\xbf" + data, data + b"\n# \xff\n", data.replace(b"=", b"\x00=", 1), data.replace(b"json", b"\xc3", 1))
        return data


# --- botocore -----------------------------------------------------------------------------------------------

SESSION = botocore.session.Session()


def botocore_reads(folder, number):
    """(error or None of each file), and what it makes of both: profiles, sso_sessions, services."""
    paths = {kind: "%s/%d.%s" % (folder, number, kind) for kind in ("config", "credentials")}
    errors = {}
    for kind, path in paths.items():
        try:
            (botocore.configloader.load_config if kind == "config" else botocore.configloader.raw_config_parse)(path)
            errors[kind] = None
        except botocore.exceptions.ConfigParseError as error:
            errors[kind] = str(error)
    if any(errors.values()):
        return errors, None
    SESSION.set_config_variable("config_file", paths["config"])
    SESSION.set_config_variable("credentials_file", paths["credentials"])
    SESSION._config = None  # a new session takes longer than the reading
    return errors, SESSION.full_config


def as_map(value):
    """A value of ours that is a map, as botocore has it."""
    return botocore.configloader._parse_nested(value) if value.startswith("\n") else value


# --- comparing ----------------------------------------------------------------------------------------------

class Counts:
    def __init__(self):
        self.met = collections.Counter()
        self.wrong = []
        self.same = self.both_refuse = self.edits = self.pairs = self.refused_edits = 0

    def fail(self, number, what):
        self.wrong.append("case %d: %s" % (number, what))


def explain(table, lines):
    return next((part for part in table if any(part in line for line in lines)), None)


def compare_errors(counts, number, kind, error, ours):
    """Does the comparison of this file go on?"""
    if error is None and ours["error"] is None:
        wrong = [line for line in ours["warnings"] if "reject the whole file" in line]
        if wrong:
            counts.fail(number, "%s: botocore reads it, but: %s" % (kind, wrong[0]))
        return True
    if error is not None and ours["error"] is not None:
        counts.both_refuse += 1
        return False
    if error is None:
        part = explain(REFUSED, [ours["error"]])
        if part is None or " line " not in ours["error"]:
            counts.fail(number, "%s: refused by us: %s" % (kind, ours["error"]))
        counts.met["refused: %s" % part] += 1
        return False
    part = explain(REJECTS, ours["warnings"])
    if part is None:
        counts.fail(number, "%s: not told: %s; told: %s" % (kind, error, ours["warnings"]))
    counts.met["rejected: %s" % part] += 1
    return False


def compare_values(counts, number, theirs, ours):
    lines = [line for file in ours["files"].values() for line in file["warnings"]]
    same = True
    for table in ("profiles", "sso_sessions", "services"):
        left, right = theirs.get(table, {}), ours[table]
        for name in sorted(set(left) | set(right)):
            for key in sorted(set(left.get(name, {})) | set(right.get(name, {})) | {""}):
                a = left.get(name, {}).get(key) if key else name in left
                b = right.get(name, {}).get(key) if key else name in right
                if isinstance(b, str):
                    try:
                        b = as_map(b)
                    except ValueError:
                        pass
                if a == b:
                    continue
                same = False
                if not key.isascii():
                    counts.met["different: " + UNREAD] += 1
                    continue
                part = next((part for part, fits in DIFFERENT.items()
                             if any(part in line and fits(name, key, line) for line in lines)), None)
                if part is None:
                    counts.fail(number, "%s %r key %r: botocore has %r, we %r; told: %s" % (table, name, key, a, b, lines))
                counts.met["different: %s" % part] += 1
    counts.same += same


# --- editing ------------------------------------------------------------------------------------------------

# Sections that are profiles for botocore alone, and whose pair is left alone; that is told.
LEFT_ALONE = ("the keys in it are left alone", "is read by botocore only")


def is_profile(kind, name):
    return kind == "credentials" or len(botocore.configloader.build_profile_map({name: {}})["profiles"]) == 1


def holds_old(section):
    return section.get(ID) == OLD


def compare_edit(counts, number, folder, kind, ours):
    """A file that botocore could read, and that we have changed or not."""
    path = "%s/%d.%s" % (folder, number, kind)
    before = botocore.configloader.raw_config_parse(path)
    lines = ours["warnings"]
    holders = [name for name, section in before.items() if is_profile(kind, name) and holds_old(section)]
    if ours["edit"] != "made":
        if holders and ours["edit"] == "none" and explain(DIFFERENT, lines) is None:
            counts.fail(number, "%s: not seen by us, told nothing: %s" % (kind, holders))
        counts.refused_edits += ours["edit"] != "none"
        return
    counts.edits += 1
    try:
        after = botocore.configloader.raw_config_parse(path + ".new")
    except botocore.exceptions.ConfigParseError as error:
        counts.fail(number, "%s: botocore cannot read what we wrote: %s" % (kind, error))
        return
    if list(before) != list(after):
        counts.fail(number, "%s: other sections: %s, %s" % (kind, list(before), list(after)))
        return
    for name, section in before.items():
        counts.pairs += compare_section(counts, number, kind, name, section, after[name], lines)


def compare_section(counts, number, kind, name, old, new, lines):
    """1 when it held the pair and holds the new one."""
    changed = old != new
    exact = is_profile(kind, name) and holds_old(old) and old.get(SECRET) == OLD_SECRET
    if exact and new == old and any(reason in line and "[%s]" % name in line for line in lines for reason in LEFT_ALONE):
        counts.met["left alone"] += 1
        return 0
    if exact and (new.get(ID), new.get(SECRET)) != (NEW, NEW_SECRET):
        counts.fail(number, "%s [%s]: held the old pair, now %s" % (kind, name, new))
    for key in set(old) | set(new):
        a, b = old.get(key), new.get(key)
        if a == b:
            continue
        replaced = isinstance(a, str) and b == a.replace(OLD, NEW).replace(OLD_SECRET, NEW_SECRET) and key in (ID, SECRET)
        dropped = key in TOKENS and b is None and changed
        whole = key == SECRET and b is not None and b.startswith(NEW_SECRET) and new.get(ID, "").startswith(NEW)
        # Two sections that are one to us and another to botocore: the secrets of both are the key's.
        of_twin = key == SECRET and b == NEW_SECRET and any("make it another name" in line for line in lines)
        if not (replaced or dropped or whole or of_twin):
            counts.fail(number, "%s [%s] %s: was %r, is %r; told: %s" % (kind, name, key, a, b, lines))
    # A token that is one for botocore alone: under another name of ours, or of [DEFAULT].
    foreign = any(part in line for part in ("[DEFAULT]", "the name ends at the colon") for line in lines)
    if exact and not foreign and any(token in new for token in TOKENS):
        counts.fail(number, "%s [%s]: the old session token is still there" % (kind, name))
    return exact


# --- all ----------------------------------------------------------------------------------------------------

def main():
    reader, folder, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    print("# %d pairs of files, seed %s, botocore %s" % (count, seed, botocore.__version__))
    for number in range(count):
        maker = Maker(seed, number)
        for config in (True, False):
            with open("%s/%d.%s" % (folder, number, "config" if config else "credentials"), "wb") as file:
                file.write(maker.file(config))
    said = subprocess.run([reader, folder, str(count), OLD, NEW, NEW_SECRET], check=True, stdout=subprocess.PIPE).stdout
    said = said.decode("utf-8", "surrogateescape").split("\n")[:-1]
    assert len(said) == count, "read_profiles has answered %d of %d" % (len(said), count)
    counts = Counts()
    for number, line in enumerate(said):
        ours = json.loads(line)
        errors, theirs = botocore_reads(folder, number)
        goes_on = [compare_errors(counts, number, kind, errors[kind], ours["files"][kind]) for kind in errors]
        for kind, good in zip(errors, goes_on):
            if good:
                compare_edit(counts, number, folder, kind, ours["files"][kind])
        if all(goes_on):
            compare_values(counts, number, theirs, ours)
    report(counts, count, seed)


def report(counts, count, seed):
    for name, times in sorted(counts.met.items()):
        print("# %6d  %s" % (times, name))
    for line in counts.wrong[:int(os.environ.get("SHOW", "12"))]:
        print("# " + line)
    listed = (["refused: %s" % part for part in REFUSED] + ["rejected: %s" % part for part in REJECTS] +
              ["different: %s" % part for part in [*DIFFERENT, UNREAD]])
    unmet = [name for name in listed if counts.met[name] == 0]
    points = (
        (not counts.wrong, "%d pairs of files: %d read alike, %d files refused by both; every difference is listed and told" %
         (count, counts.same, counts.both_refuse)),
        (counts.same > count // 3 and counts.both_refuse > 0, "most files are read alike"),
        (counts.edits > count // 4 and counts.pairs > count // 4,
         "%d files edited (%d refused): botocore reads each, with the new pair in %d places and nothing else changed" %
         (counts.edits, counts.refused_edits, counts.pairs)),
        (not unmet or count < 5000 or seed != "1", "every listed difference was met%s" % (": not " + ", ".join(unmet) if unmet else "")),
    )
    for n, (good, name) in enumerate(points, 1):
        print("%sok %d - %s" % ("" if good else "not ", n, name))
    print("1..%d" % len(points))
    sys.exit(not all(good for good, _ in points))


main()
