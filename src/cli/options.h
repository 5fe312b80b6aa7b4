/* Options and arguments of the command line. OPTION_TABLE is the one list of them: the parser, the
 * help texts and the check of what a command accepts are made from it.
 *
 * `--name VALUE` and `--name=VALUE` are the same; `--` ends the options; the first argument that is
 * no option is the command. Of an option that is given again the last value counts, so that a
 * wrapper's can be overruled; a LIST keeps them all. An option means the same with every command
 * that takes it.
 */
#ifndef KEYWRIGHT_CLI_OPTIONS_H
#define KEYWRIGHT_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "rotation/names.h"

/* X(code, name, kind, value in the help, longest value in bytes, what it does)
 * Kinds: FLAG takes no value; STRING one; LIST one each time it is given; DURATION such as 15m;
 * NUMBER a whole number from 0 to 65535. */
#define OPTION_TABLE(X)                                                                            \
    X(PROFILE, "profile", STRING, "P", WORD_SIZE * 2 - 1, "use profile P of the AWS files")        \
    X(AS, "as", STRING, "PROFILE", WORD_SIZE * 2 - 1, "sign with the identity of another profile") \
    X(MFA_CODE, "mfa-code", STRING, "CODE", 16, "code of the MFA device, used once")               \
    X(MFA_COMMAND, "mfa-command", STRING, "CMD", TEXT_SIZE - 1, "prints a code when one is needed")  \
    X(REGION, "region", STRING, "R", WORD_SIZE - 1, "use region R")                                \
    X(ENDPOINT_URL, "endpoint-url", STRING, "URL", TEXT_SIZE - 1, "talk to this endpoint")         \
    X(EXPECT_ACCOUNT, "expect-account", STRING, "ID", 12,                                          \
      "stop when the credentials are of another account")                                          \
    X(USER, "user", STRING, "U", USER_SIZE - 1, "IAM user (default: the signer's own)")            \
    X(ALL_USERS, "all-users", FLAG, "", 0, "every user of the account")                            \
    X(GROUP, "group", STRING, "NAME", 128, "only users of this group")                             \
    X(PATH, "path", STRING, "PREFIX", 512, "only users whose path begins so (/ops/)")              \
    X(TAG, "tag", STRING, "KEY[=VALUE]", 385, "only users with this tag")                          \
    X(KEY, "key", STRING, "ID", KEY_ID_SIZE - 1,                                                   \
      "access key to replace (default: the profile's, else the only one)")                         \
    X(TO, "to", LIST, "TARGET", TEXT_SIZE - 1,                                                     \
      "hand over to file, file:PROFILE, command:CMD or show (repeatable)")                         \
    X(VERIFY, "verify", STRING, "CMD", TEXT_SIZE - 1,                                              \
      "must print the new key ID after a hand-over by command")                                    \
    X(TEST, "test", LIST, "CMD", TEXT_SIZE - 1,                                                    \
      "must succeed with only the new key (repeatable)")                                           \
    X(PLAN, "plan", STRING, "WORD", 16,                                                            \
      "quiet/soak in a word: careful (24h/24h), today (1h/4h), now (0/0)")                         \
    X(QUIET, "quiet", DURATION, "DUR", 24, "no use of the old key for so long (default 24h)")      \
    X(SOAK, "soak", DURATION, "DUR", 24, "from deactivate to delete (default 24h)")                \
    X(SETTLE, "settle", DURATION, "DUR", 24, "the new key must keep working so long (default 5s)") \
    X(CONSISTENCY, "consistency", DURATION, "DUR", 24,                                             \
      "lists must agree so long before a key is absent (default 60s)")                             \
    X(NEW_KEY, "new-key", STRING, "ID", KEY_ID_SIZE - 1, "adopt the user's other key")             \
    X(RETIRE, "retire", STRING, "ID", KEY_ID_SIZE - 1, "remove the user's other key first")        \
    X(OVERRIDE, "override", LIST, "GATE=REASON", TEXT_SIZE + WORD_SIZE - 1,                        \
      "pass a gate that does not open; recorded (repeatable)")                                     \
    X(REASON, "reason", STRING, "TEXT", TEXT_SIZE - 1, "why, for the journal")                     \
    X(TICKET, "ticket", STRING, "TEXT", WORD_SIZE * 2 - 1, "ticket, for the journal")              \
    X(COMPROMISED, "compromised", FLAG, "", 0, "the old key is in wrong hands: switch it off first")     \
    X(MAX_AGE, "max-age", DURATION, "DUR", 24, "a key is due from this age on (default 90d)")      \
    X(FAIL_ON, "fail-on", STRING, "SEVERITY", 16,                                                  \
      "exit status 4 from this severity on: low, medium, high, critical (default: any)")           \
    X(VALIDATE_POLICIES, "validate-policies", FLAG, "", 0,                                         \
      "also have Access Analyzer validate each policy (a call each)")                              \
    X(CSV, "csv", FLAG, "", 0, "comma-separated rows on standard output")                          \
    X(SARIF, "sarif", FLAG, "", 0, "SARIF 2.1.0 on standard output")                               \
    X(ASFF, "asff", FLAG, "", 0, "findings for Security Hub (ASFF) on standard output")            \
    X(OCSF, "ocsf", FLAG, "", 0, "compliance findings of OCSF on standard output")                 \
    X(HTML, "html", STRING, "FILE", TEXT_SIZE - 1, "also write a page with charts")                \
    X(SINCE, "since", STRING, "WHEN", 64,                                                          \
      "look back so far (usage: at most 90d; audit: a date or number too)")                        \
    X(LIMIT, "limit", NUMBER, "N", 8, "at most N events of each region (default 1000)")            \
    X(REGIONS, "regions", STRING, "R,R", TEXT_SIZE - 1, "look in these regions too")               \
    X(ALL_REGIONS, "all-regions", FLAG, "", 0, "look in every region of the partition")            \
    X(LASTS, "duration", DURATION, "DUR", 24, "of the MFA session (15m to 36h; default 12h)")      \
    X(PROFILE_OUT, "profile-out", STRING, "NAME", 64,                                              \
      "write the MFA session into this profile, for other programs")                               \
    X(NAME, "name", STRING, "DEVICE", 128, "name of the virtual MFA device (default: the user's)") \
    X(CHANGES, "changes", FLAG, "", 0, "only what changed since the last audit")                   \
    X(NOTIFY, "notify", STRING, "CMD", TEXT_SIZE - 1, "tell this command what changed")            \
    X(ICAL, "ical", STRING, "FILE|-", TEXT_SIZE - 1, "also write a calendar of coming due dates")   \
    X(TIMER, "timer", STRING, "WORD", 16, "print a timer of systemd, or a line for cron")          \
    X(PROMPT, "prompt", FLAG, "", 0, "only the line that a shell shows; asks nobody")              \
    X(HEAD, "head", FLAG, "", 0, "print only the head of the chain, to be kept elsewhere")         \
    X(AGAINST, "against", STRING, "HEAD", TEXT_SIZE - 1, "check against a head that was kept")     \
    X(IDENTITY, "identity", FLAG, "", 0, "only whom the credentials speak for, step by step")      \
    X(AUTO, "auto", FLAG, "", 0, "a whole rotation, unattended and printed")                       \
    X(SERVE, "serve", FLAG, "", 0, "only the account")                                             \
    X(PORT, "port", NUMBER, "N", 8, "with --serve: listen on this port of loopback")               \
    X(FAULT, "fault", LIST, "SPEC", 159,                                                           \
      "KIND[=VALUE]:ACTION[:SKIP[:TIMES]]: something goes wrong there (repeatable)")               \
    X(JOURNAL, "journal", STRING, "FILE", TEXT_SIZE - 1, "use this journal")                       \
    X(JSON, "json", FLAG, "", 0, "one JSON object a line on standard output")                      \
    X(PLAIN, "plain", FLAG, "", 0, "line by line, no full screen")                                 \
    X(NO_COLOR, "no-color", FLAG, "", 0, "no colour")                                              \
    X(DRY_RUN, "dry-run", FLAG, "", 0, "change nothing; name every call and permission")           \
    X(YES, "yes", FLAG, "", 0, "unattended: answer every confirmation, pass no gate")              \
    X(TIMEOUT, "timeout", DURATION, "DUR", 24, "of one request")                                   \
    X(VERBOSE, "verbose", FLAG, "", 0, "also show every request to AWS (-v)")                      \
    X(HELP, "help", FLAG, "", 0, "this text (-h)")                                                 \
    X(VERSION, "version", FLAG, "", 0, "the version")

enum option {
#define X(code, name, kind, value, size, help) OPTION_##code,
    OPTION_TABLE(X)
#undef X
        OPTION_COUNT
};

/* A set of options: `{{WITH(JSON), WITH(YES)}}`. Lists of members can be macros; the compiler warns of an option
 * that two of them have. */
struct option_set {
    bool has[OPTION_COUNT];
};

#define WITH(code) [OPTION_##code] = true

enum option_kind { OPTION_FLAG, OPTION_STRING, OPTION_LIST, OPTION_DURATION, OPTION_NUMBER };

struct option_row {
    const char *name; /* without the dashes */
    enum option_kind kind;
    const char *value; /* "DUR", "" for a flag */
    size_t longest;    /* bytes of a value */
    const char *help;
};

enum { ARGUMENTS_MAX = 4, LIST_MAX = 16 };

/* What was on the command line, and what settings.h adds. All strings are borrowed. */
struct options {
    struct option_set given;
    const char *strings[OPTION_COUNT]; /* STRING; DURATION and NUMBER as written */
    int64_t numbers[OPTION_COUNT];     /* DURATION in seconds, NUMBER */
    const char *lists[OPTION_COUNT][LIST_MAX];
    size_t counts[OPTION_COUNT];
    const char *command; /* NULL for none */
    const char *arguments[ARGUMENTS_MAX];
    size_t argument_count;
};

const struct option_row *option_row(enum option option);

/* USAGE with the reason, and with the nearest name for an unknown one. */
bool options_parse(int argc, char *const *argv, struct options *ret_options,
                   struct error *err) MUST_USE;

/* The option of this name without dashes, or OPTION_COUNT. */
enum option option_seek(const char *name);
/* Give an option that is no flag a value, which is borrowed; one more for a list. USAGE. */
bool options_put(struct options *options, enum option option, const char *value,
                 struct error *err) MUST_USE;

bool option_given(const struct options *options, enum option option);
/* NULL when it was not given. */
const char *option_string(const struct options *options, enum option option);
int64_t option_number(const struct options *options, enum option option, int64_t fallback);

/* USAGE when an option is given that is not in the set `accepted`; --help and --version are in every
 * set. */
bool options_accept(const struct options *options, const char *command,
                    const struct option_set *accepted, struct error *err) MUST_USE;
/* USAGE when one is given that is in the set `refused`. */
bool options_refuse(const struct options *options, const char *command,
                    const struct option_set *refused, struct error *err) MUST_USE;

/* How many letters differ (inserted, removed or changed) between two names of at most 31 letters;
 * 99 when one is longer. */
size_t names_distance(const char *a, const char *b);

/* Twelve digits. */
bool is_account_id(const char *value);
/* As long as an access key ID can be, of its letters. */
bool is_key_id(const char *value);
/* quiet and soak of a --plan word. */
bool plan_word(const char *word, int64_t *ret_quiet, int64_t *ret_soak, struct error *err) MUST_USE;
/* Split GATE=REASON; the reason is borrowed. USAGE for an unknown gate, one that cannot be
 * overridden, or no reason. */
bool override_parse(const char *string, enum gate_id *ret_gate, const char **ret_reason,
                    struct error *err) MUST_USE;

#endif
