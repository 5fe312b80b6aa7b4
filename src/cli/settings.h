/* The settings file: options that are the same every time, `$XDG_CONFIG_HOME/keywright/config`.
 *
 * How an option gets its value, the one rule. The first of these counts:
 *   1. the command line;
 *   2. the environment, where a variable says the same as the option (SETTING_TABLE names them);
 *   3. the settings file;
 *   4. the AWS files, for what stands in them; else the default.
 * A list (`to`, `test`) comes from one of them as a whole. --plan on the command line is quiet and soak in
 * one word, so it beats those settings too. A rotation that is open goes by the journal: `resume`, `rollback`
 * and `abandon` take SETTINGS_OF_OPEN and nothing else from the file.
 *
 * A line is `name = value`, blank, or a comment that begins with #. A name is an option's without dashes in
 * front; `_` is as good as `-`. The value is all after the =, without blanks at its ends: no quotes, no
 * escapes, and a # in it belongs to it. A flag is true or false. Lists take a line for each; any other
 * name stands at most once.
 *
 * The file names commands that will be run, so a file that others than its reader and root may write is
 * refused, and so is one in a folder where others could put another in its place.
 */
#ifndef KEYWRIGHT_CLI_SETTINGS_H
#define KEYWRIGHT_CLI_SETTINGS_H

#include "cli/options.h"

/* X(option, variables that say the same) */
#define SETTING_TABLE(X)                                                                           \
    X(PROFILE, "AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ACCESS_KEY_ID AWS_WEB_IDENTITY_TOKEN_FILE")    \
    X(AS, "")                                                                                      \
    X(REGION, "AWS_REGION AWS_DEFAULT_REGION")                                                     \
    X(ENDPOINT_URL, "AWS_ENDPOINT_URL AWS_ENDPOINT_URL_IAM AWS_ENDPOINT_URL_STS")                  \
    X(EXPECT_ACCOUNT, "")                                                                          \
    X(TO, "")                                                                                      \
    X(VERIFY, "")                                                                                  \
    X(TEST, "")                                                                                    \
    X(PLAN, "")                                                                                    \
    X(QUIET, "")                                                                                   \
    X(SOAK, "")                                                                                    \
    X(SETTLE, "")                                                                                  \
    X(CONSISTENCY, "")                                                                             \
    X(MAX_AGE, "")                                                                                 \
    X(NOTIFY, "")                                                                                  \
    X(JOURNAL, "KEYWRIGHT_JOURNAL")                                                                \
    X(PLAIN, "")                                                                                   \
    X(NO_COLOR, "")                                                                                \
    X(TIMEOUT, "")

#define SETTINGS_OF_OPEN WITH(EXPECT_ACCOUNT), WITH(JOURNAL), WITH(PLAIN), WITH(NO_COLOR)

enum { SETTINGS_MAX = 64, SETTINGS_PATH_SIZE = 1024 };

struct setting {
    enum option option;
    const char *value;  /* in the file's bytes */
    int line;           /* counted from 1 */
    bool off;           /* a flag that is false */
    char beaten_by[64]; /* "AWS_REGION", "the command line"; "" when it counts */
};

struct settings {
    char path[SETTINGS_PATH_SIZE];
    bool exists;
    char *bytes;
    size_t length, count;
    struct setting list[SETTINGS_MAX];
};

/* Read and check it all. A file that is not there is no failure. SETTINGS, with file and line; nothing to
 * release then. */
bool settings_load(struct settings *ret_settings, struct error *err) MUST_USE;
void settings_release(struct settings *settings);

/* Give the options in the set `accepted` their values, and note in each setting what beats it. Strings are
 * borrowed from the settings. */
void settings_apply(struct settings *settings, const struct option_set *accepted,
                    struct options *options);

/* The setting that an option has its value from, NULL for none. */
const struct setting *settings_source(const struct settings *settings, enum option option);

#endif
