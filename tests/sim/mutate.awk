# Put one entry of tests/sim/mutants into a copy of the files that it changes.
#   awk -v want=NAME -v from=src/rotation -v to=FOLDER -f mutate.awk tests/sim/mutants
# Prints the names of the files that were written. Ends with 1, and says why, when old lines are not found
# exactly once. Without want: prints the names of all entries.
function slurp(file,    line, all) {
    all = ""
    while ((getline line < (from "/" file)) > 0)
        all = all line "\n"
    close(from "/" file)
    return all
}
function fail(why) {
    print want ": " why
    failed = 1
    exit 1
}
# The lines gathered so far are one change.
function change(    at, rest) {
    if (old == "" || failed)
        return
    if (!(file in text)) {
        text[file] = slurp(file)
        order[++files] = file
    }
    at = index(text[file], old)
    if (at == 0)
        fail("its old lines are not in " file)
    rest = substr(text[file], at + length(old))
    if (index(rest, old) > 0)
        fail("its old lines are in " file " more than once")
    text[file] = substr(text[file], 1, at - 1) new rest
    old = new = ""
    made = 0
}
/^#/ { next }
/^mutant / {
    if (want == "")
        print $2
    change()
    mine = want != "" && $2 == want
    next
}
mine && /^in / { change(); file = $2; next }
mine && /^- / {
    if (made)
        change()
    old = old substr($0, 3) "\n"
}
mine && /^\+ / { made = 1; new = new substr($0, 3) "\n" }
END {
    if (failed)
        exit 1
    if (want == "")
        exit 0
    change()
    if (failed)
        exit 1
    if (files == 0)
        fail("changes nothing")
    if (failed)
        exit 1
    for (i = 1; i <= files; i++) {
        printf "%s", text[order[i]] > (to "/" order[i])
        print order[i]
    }
}
