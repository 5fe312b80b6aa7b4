/* The AWS files: edited without loss, and the way to credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/words.h"
#include "profile/profile.h"

#define OLD        "AKIAOLDOLDOLDOLDOLD1"
#define OLD_SECRET "oldsecretoldsecretoldsecretoldsecret+/xx"
#define NEW        "AKIANEWNEWNEWNEWNEW1"
#define NEW_SECRET "newsecretnewsecretnewsecretnewsecret+/=="

static struct credentials new_pair;

static struct profile_file *parse_as(enum profile_file_kind kind, const char *bytes, size_t length)
{
    struct profile_file *file = NULL;
    struct error err = {0};
    if (!profile_file_parse(kind, "/home/u/.aws/file", bytes, length, &file, &err))
        fail_msg("%s", err.text);
    return file;
}

static struct profile_file *parse(enum profile_file_kind kind, const char *bytes)
{
    return parse_as(kind, bytes, strlen(bytes));
}

/* --- replacing ---------------------------------------------------------------------------------*/

#define CRED PROFILE_CREDENTIALS_FILE
#define CONF PROFILE_CONFIG_FILE

struct edit_case {
    char name[128];
    char kind[16];
    char only[128];
    char before[2048];
    char after[2048];
    bool fails;
    char code[32];
    char text[128];
};

/* A line of content: escapes and the placeholders are resolved. */
static void add_line(char *to, size_t size, const char *line)
{
    static const char *const names[][2] = {
        {"@OLD@", OLD}, {"@NEW@", NEW}, {"@OLD_SECRET@", OLD_SECRET}, {"@NEW_SECRET@", NEW_SECRET}};
    struct text text;
    text_init(&text, size - 1);
    text_append(&text, to);
    bool newline = true;
    while (*line != '\0') {
        size_t name = 0;
        while (name < 4 && strncmp(line, names[name][0], strlen(names[name][0])) != 0)
            name++;
        if (name < 4) {
            text_append(&text, names[name][1]);
            line += strlen(names[name][0]);
        } else if (*line != '\\') {
            text_append_char(&text, *line++);
        } else if (line[1] == 'x') {
            char digits[3] = {line[2], line[3], '\0'};
            text_append_char(&text, (char)strtol(digits, NULL, 16));
            line += 4;
        } else {
            if (line[1] == 'c')
                newline = false;
            else
                text_append_char(&text, line[1] == 't' ? '\t' : '\r');
            line += 2;
        }
    }
    text_append(&text, newline ? "\n" : "");
    assert_true(text_ok(&text, NULL));
    text_copy(to, size, text.bytes);
    text_release(&text);
}

static void run_edit(const struct edit_case *it)
{
    struct profile_file *file = parse(strcmp(it->kind, "config") == 0 ? CONF : CRED, it->before);
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    const char *only = it->only[0] == '\0' ? NULL : it->only;
    bool done = profile_file_replace_pair(file, OLD, &new_pair, only, &bytes, &length, &err);
    if (done == it->fails)
        fail_msg("%s: %s", it->name, done ? "went through" : err.text);
    if (done && (strcmp(bytes, it->after) != 0 || length != strlen(it->after)))
        fail_msg("%s: got\n%s", it->name, bytes);
    if (!done) {
        if (err.code != error_from_name(it->code) || strstr(err.text, it->text) == NULL)
            fail_msg("%s: %s", it->name, err.text);
        assert_null(bytes);
        assert_null(strstr(err.text, OLD_SECRET));
    }
    profile_bytes_free(bytes, length);
    profile_file_free(file);
}

static void test_edits(void **state)
{
    (void)state;
    const char *source = getenv("srcdir");
    char path[512], line[512];
    snprintf(path, sizeof path, "%s/tests/cases/edits.txt", source == NULL ? ".." : source);
    FILE *cases = fopen(path, "r");
    assert_non_null(cases);
    struct edit_case it = {0};
    bool second = false;
    int count = 0;
    while (fgets(line, sizeof line, cases) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '|')
            add_line(second ? it.after : it.before, sizeof it.before, line + 1);
        else if (strncmp(line, "case ", 5) == 0)
            text_copy(it.name, sizeof it.name, line + 5);
        else if (strcmp(line, "becomes") == 0)
            second = true;
        else if (sscanf(line, "in %15s %127[^\n]", it.kind, it.only) >= 1)
            continue;
        else if (sscanf(line, "fails %31s %127[^\n]", it.code, it.text) == 2)
            it.fails = true;
        else if (line[0] == '\0' && it.name[0] != '\0') {
            run_edit(&it);
            count++;
            memset(&it, 0, sizeof it);
            second = false;
        } else if (line[0] != '#' && line[0] != '\0') {
            fail_msg("%s: %s", path, line);
        }
    }
    fclose(cases);
    run_edit(&it);
    assert_in_range(count + 1, 20, 1000);
}

static void test_values_that_cannot_be_written(void **state)
{
    (void)state;
    static const char *const secrets[] = {"", "a b", "a\nb", "#a", ";a", "a\t", "\xc3\xa9", " a",
                                        "a\x7f"};
    struct profile_file *file =
        parse(CRED, "[a]\naws_access_key_id = " OLD "\naws_secret_access_key = " OLD_SECRET "\n");
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        struct credentials pair;
        credentials_init(&pair);
        struct error err = {0};
        char *bytes = NULL;
        size_t length = 0;
        strcpy(pair.key_id, NEW);
        assert_true(secret_new(secrets[i], strlen(secrets[i]), &pair.secret, &err));
        assert_false(profile_file_replace_pair(file, OLD, &pair, NULL, &bytes, &length, &err));
        assert_int_equal(err.code, ERROR_SYNTAX);
        credentials_release(&pair);
    }
    static const char *const key_ids[] = {"", "AKIA NEW", "#AKIA", "AKIA\n[b]"};
    struct credentials pair = new_pair;
    for (size_t i = 0; i < sizeof key_ids / sizeof *key_ids; i++) {
        struct error err = {0};
        char *bytes = NULL;
        size_t length = 0;
        strcpy(pair.key_id, key_ids[i]);
        assert_false(profile_file_replace_pair(file, OLD, &pair, NULL, &bytes, &length, &err));
        assert_int_equal(err.code, ERROR_SYNTAX);
    }
    profile_file_free(file);
}

/* Generated files: exactly the lines of the old pair differ after the change. */

struct maker {
    unsigned seed;
    char before[8192];
    char after[8192];
};

static unsigned pick(struct maker *maker, unsigned count)
{
    return (unsigned)rand_r(&maker->seed) / 7 % count;
}

static void add(struct maker *maker, const char *before, const char *after)
{
    assert_true(strlen(maker->before) + strlen(before) < sizeof maker->before);
    assert_true(strlen(maker->after) + strlen(after) < sizeof maker->after);
    strcat(maker->before, before);
    strcat(maker->after, after);
}

static void add_pair(struct maker *maker, const char *end)
{
    static const char *const ids[] = {"aws_access_key_id", "AWS_ACCESS_KEY_ID",
                                      "Aws_access_Key_id"};
    static const char *const secrets[] = {"aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"};
    static const char *const equals[] = {"=", " = ", "\t=", "   =\t "};
    static const char *const tails[] = {"", " ", "\t", " # c", " ;;", "\t#x = y"};
    bool ours = pick(maker, 2) == 0;
    bool swapped = pick(maker, 2) == 0;
    char lines[2][2][256];
    const char *id = ids[pick(maker, 3)], *secret = secrets[pick(maker, 2)];
    const char *first = equals[pick(maker, 4)], *second = equals[pick(maker, 4)];
    const char *tail = tails[pick(maker, 6)], *other_tail = tails[pick(maker, 6)];
    for (int now = 0; now < 2; now++) {
        snprintf(lines[now][0], 256, "%s%s%s%s%s", id, first,
                 !ours ? "AKIAOTHER"
                 : now ? NEW
                       : OLD,
                 tail, end);
        snprintf(lines[now][1], 256, "%s%s%s%s%s", secret, second,
                 !ours ? "other"
                 : now ? NEW_SECRET
                       : OLD_SECRET,
                 other_tail, end);
    }
    add(maker, lines[0][swapped], lines[1][swapped]);
    if (pick(maker, 3) == 0)
        add(maker, "region = x # " OLD, "region = x # " OLD), add(maker, end, end);
    if (pick(maker, 3) == 0) {
        char token[64];
        snprintf(token, sizeof token, "aws_session_token = t%s", end);
        add(maker, token, ours ? "" : token);
    }
    add(maker, lines[0][!swapped], lines[1][!swapped]);
}

static void test_generated_files(void **state)
{
    (void)state;
    static const char *const fillers[] = {"",
                                          "# " OLD,
                                          "; aws_access_key_id = " OLD,
                                          " \t",
                                          "x = " OLD_SECRET,
                                          "y=1",
                                          "aws_access_key_id_x = " OLD};
    struct maker maker = {.seed = 20260115};
    size_t changed = 0;
    for (int round = 0; round < 3000; round++) {
        const char *end = pick(&maker, 4) == 0 ? "\r\n" : "\n";
        maker.before[0] = maker.after[0] = '\0';
        unsigned sections = pick(&maker, 5);
        for (unsigned s = 0; s < sections; s++) {
            char header[64];
            snprintf(header, sizeof header, "%sp%u]%s%s", pick(&maker, 2) ? "[" : "[ ", s,
                     pick(&maker, 3) ? "" : " # note", end);
            add(&maker, header, header);
            for (unsigned f = pick(&maker, 4); f > 0; f--) {
                const char *filler = fillers[pick(&maker, 7)];
                add(&maker, filler, filler);
                add(&maker, end, end);
            }
            if (pick(&maker, 4) != 0)
                add_pair(&maker, end);
        }
        if (pick(&maker, 2) == 0)
            add(&maker, "# the end", "# the end");
        struct profile_file *file = parse(CRED, maker.before);
        char *bytes = NULL;
        size_t length = 0;
        struct error err = {0};
        bool there = strcmp(maker.before, maker.after) != 0;
        bool done = profile_file_replace_pair(file, OLD, &new_pair, NULL, &bytes, &length, &err);
        if (done != there)
            fail_msg("round %d: %s\n%s", round, err.text, maker.before);
        if (done && (length != strlen(maker.after) || memcmp(bytes, maker.after, length) != 0))
            fail_msg("round %d:\n%s\nbecame\n%s", round, maker.before, bytes);
        changed += done;
        profile_bytes_free(bytes, length);
        profile_file_free(file);
    }
    assert_in_range(changed, 1000, 2900);
}

/* --- reading -----------------------------------------------------------------------------------*/

static void test_find_and_read(void **state)
{
    (void)state;
    struct profile_file *file =
        parse(CRED, "[a]\naws_access_key_id = " OLD "\n[b]\n\naws_access_key_id = " OLD
                    "\naws_secret_access_key = " OLD_SECRET
                    "\n[c]\naws_secret_access_key = zz\naws_access_key_id = AKIAC\n");
    struct profile_place places[3] = {0};
    assert_int_equal(profile_file_find_key(file, OLD, places, 3), 2);
    assert_string_equal(places[0].profile, "a");
    assert_int_equal(places[0].line, 2);
    assert_false(places[0].has_secret);
    assert_string_equal(places[1].profile, "b");
    assert_int_equal(places[1].line, 5);
    assert_true(places[1].has_secret);
    assert_string_equal(places[2].profile, "");
    assert_int_equal(profile_file_find_key(file, OLD, places, 1), 2);
    assert_int_equal(profile_file_find_key(file, "AKIANONE", places, 3), 0);
    assert_int_equal(profile_file_count_key(file, OLD, "b"), 1);
    assert_int_equal(profile_file_count_key(file, OLD, "c"), 0);
    struct error err = {0};
    struct credentials pair;
    credentials_init(&pair);
    assert_true(profile_file_read_pair(file, OLD, &pair, &err));
    assert_string_equal(pair.key_id, OLD);
    assert_string_equal(secret_bytes(pair.secret), OLD_SECRET);
    assert_null(pair.token);
    credentials_release(&pair);
    assert_false(profile_file_read_pair_in(file, OLD, "a", &pair, &err));
    assert_int_equal(err.code, ERROR_PAIR_HALF);
    assert_false(profile_file_read_pair_in(file, OLD, "c", &pair, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(profile_file_read_pair(file, "AKIANONE", &pair, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_null(pair.secret);
    profile_file_free(file);
}

static void test_bad_bytes(void **state)
{
    (void)state;
    struct profile_file *file = NULL;
    struct error err = {0};
    assert_false(profile_file_parse(CRED, "f\x1b", "[a]\nx=\0y\n", 9, &file, &err));
    assert_int_equal(err.code, ERROR_SYNTAX);
    assert_non_null(strstr(err.text, "line 2: "));
    assert_null(strchr(err.text, '\x1b'));
    char *big = malloc((1 << 20) + 1);
    memset(big, '#', (1 << 20) + 1);
    assert_true(profile_file_parse(CRED, "f", big, 1 << 20, &file, &err));
    profile_file_free(file);
    file = NULL;
    assert_false(profile_file_parse(CRED, "f", big, (1 << 20) + 1, &file, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_null(file);
    free(big);
}

static void test_warnings(void **state)
{
    (void)state;
    static const struct {
        enum profile_file_kind kind;
        const char *bytes;
        const char *warning; /* NULL: none */
    } cases[] = {
        {CRED, "[a]\nx = 1\n[b]\nx = 1\naws_access_key_id = A\n", NULL},
        {CRED, "[a]\nx = 1\n\n[a]\ny = 1\n", "file line 4: section [a] stands on line 1 already"},
        {CRED, "[a]\nx = 1\nX = 2\n", "file line 3: x stands on line 2 already"},
        {CRED, "\xef\xbb\xbf[a]\n", "file line 1: the file begins with a byte order mark"},
        {CRED, "[a]\nx:y = 1\n", "file line 2: to botocore the name ends at the colon"},
        {CRED, "[DEFAULT]\nx = 1\n", "file line 1: botocore gives the keys of [DEFAULT]"},
        {CRED, "[ default ]\nx = 1\n", "file line 1: the spaces in"},
        {CRED, "[a]\naws_access_key_id = A # b\n", "file line 2: botocore takes the comment"},
        {CRED, "[a]\nregion = A # b\n", "file line 2: botocore takes the comment for a part of region"},
        {CRED, "[a]\nregion = A\n\n  b\n", "file line 4: botocore keeps the empty line before it in region"},
        {CRED, "[a]\ns3 =\n\n  b = c\n", NULL},
        {CRED, "[a]\nregion = A\rb = c\n", "file line 2: what follows a carriage return"},
        {CRED, "[a]\r\nregion = A\r\n", NULL},
        {CRED, "[a]\nregion = A\n# c\n\n# c\n  b\n", "file line 6: botocore keeps the empty line"},
        {CRED, "[a]\nregion = A\n# c\n  b\n", NULL},
        {CRED, "[a]\n[a] # ]\n", "file line 2: the name [a] goes on"},
        {CRED, "[a]\nregion = A\xc2\xa0\n", "file line 2: there is white space that is neither"},
        {CRED, "[a]\n# A\xc2\xa0\n", NULL},
        {CRED, "[]\n", "file line 1: [] has no name"},
        {CRED, "[a]\nx = 1\nx : y = 2\n", "file line 3: x : y stands on line 2 already"},
        {CRED, "[DEFAULT]\nx = 1\n[DEFAULT]\nx = 2\n", "file line 4: x stands on line 2 already"},
        {CRED, "[a] # [b]\n", "file line 1: the name [a] goes on after the bracket"},
        {CONF, "[ profile a ]\n", "file line 1: the spaces in [ profile a ]"},
        {CONF, "[profiles a]\n", "file line 1: [profiles a] is read by botocore only"},
        {CONF, "[profile a b]\n", NULL},
        {CONF, "[profile a]\n[profile  a]\n", "file line 2: [profile  a] is the section of line 1"},
        {CRED, "[DEFAULT]\n[DEFAULT]\n", "file line 1: botocore gives the keys of [DEFAULT]"},
        {CRED, "[a]\naws_secret_access_key = A\n  ; b\n", "file line 3: an indented comment"},
        {CRED, "[a]\nx = A\n  [b]\n", "file line 3: an indented section"},
        {CRED, "[profile a]\naws_access_key_id = A\n", "file line 1: [profile a] is no profile"},
        {CRED, "[profile a]\nregion = A\n", "file line 1: [profile a] is a profile of that whole name"},
        {CONF, "[a]\naws_access_key_id = A\n", "file line 1: [a] is no profile in a config file"},
        {CONF, "[default]\n[profile default]\n", "file line 1: [default] is overridden"},
        {CRED, "[a b]\nx = 1\n", "file line 1: [a b] is read by botocore only"},
        {CRED, "[a]\n#\n# \xff\n", "file line 3: not valid UTF-8"},
        {CRED, "[a]\n# \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\n", NULL},
        {CRED, "[a]\n# \xed\xa0\x80\n", "file line 2: not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct profile_file *file = parse(cases[i].kind, cases[i].bytes);
        struct text lines;
        text_init(&lines, 10000);
        profile_file_warnings(file, &lines);
        if (cases[i].warning == NULL)
            assert_string_equal(lines.bytes, "");
        else if (strstr(lines.bytes, cases[i].warning) == NULL)
            fail_msg("case %zu: %s", i, lines.bytes);
        text_release(&lines);
        profile_file_free(file);
    }
}

/* --- both files --------------------------------------------------------------------------------*/

static char folder[64];

struct variables {
    const char *pairs[24]; /* NAME, value, NAME, value, ... */
};

static const char *look_up(void *context, const char *name)
{
    static char path[128];
    const struct variables *variables = context;
    for (size_t i = 0; variables->pairs[i] != NULL; i += 2)
        if (strcmp(variables->pairs[i], name) == 0)
            return variables->pairs[i + 1];
    if (strcmp(name, "HOME") == 0) {
        snprintf(path, sizeof path, "%s", folder);
        return path;
    }
    return NULL;
}

static void put(const char *name, const char *content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static struct profile_set *read_set(struct variables *variables, const char *config,
                                    const char *credentials)
{
    struct profile_set *set = NULL;
    struct error err = {0};
    put(".aws/config", config);
    put(".aws/credentials", credentials);
    if (!profile_set_read(look_up, variables, &set, &err))
        fail_msg("%s", err.text);
    return set;
}

static int set_up(void **state)
{
    (void)state;
    char path[128];
    strcpy(folder, "/tmp/keywright-profile-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/.aws", folder);
    return mkdir(path, 0700);
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void test_set(void **state)
{
    (void)state;
    struct variables none = {{NULL}};
    struct profile_set *set =
        read_set(&none,
                 "[default]\nregion = eu-west-1\nservices = s\n[profile x]\nregion = r\n"
                 "[services s]\niam =\n  endpoint_url = http://a\n  other = 1\nsts =\n"
                 "  endpoint_url=http://b # c\n"
                 "s3 = odd\n  = no name\n  no value\n  outer = 1\n  other\t=\t2\n",
                 "[default]\nregion = eu-west-2\naws_access_key_id = K\n");
    char buffer[64];
    assert_string_equal(profile_set_get(set, "default", "region"), "eu-west-2");
    assert_string_equal(profile_set_get(set, "x", "region"), "r");
    assert_null(profile_set_get(set, "y", "region"));
    assert_true(profile_set_has(set, "x"));
    assert_false(profile_set_has(set, "s"));
    assert_string_equal(profile_set_service(set, "default", "iam", "endpoint_url", buffer, 64),
                        "http://a");
    assert_string_equal(profile_set_service(set, "default", "iam", "other", buffer, 64), "1");
    assert_null(profile_set_service(set, "default", "iam", "endpoint", buffer, 64));
    assert_string_equal(profile_set_service(set, "default", "s3", "other", buffer, 64), "2");
    assert_null(profile_set_service(set, "default", "s3", "no value", buffer, 64));
    assert_string_equal(profile_set_service(set, "default", "s3", "", buffer, 64), "no name");
    assert_null(profile_set_service(set, "default", "ssm", "endpoint_url", buffer, 64));
    assert_null(profile_set_service(set, "x", "iam", "endpoint_url", buffer, 64));
    assert_null(profile_set_service(set, "default", "iam", "endpoint_url", buffer, 4));
    profile_set_free(set);
}

static void test_set_paths(void **state)
{
    (void)state;
    char here[96];
    snprintf(here, sizeof here, "%s", folder);
    struct variables variables = {{"AWS_CONFIG_FILE", "~/elsewhere", "AWS_SHARED_CREDENTIALS_FILE",
                                   "$WHERE/${NAME}.$UNKNOWN", "WHERE", here, "NAME", "cred", NULL}};
    put("elsewhere", "[profile a]\nx = 1\n");
    put("cred.$UNKNOWN", "[a]\ny = 2\n");
    struct profile_set *set = NULL;
    struct error err = {0};
    assert_true(profile_set_read(look_up, &variables, &set, &err));
    assert_string_equal(profile_set_get(set, "a", "x"), "1");
    assert_string_equal(profile_set_get(set, "a", "y"), "2");
    assert_true(profile_file_exists(profile_set_file(set, CRED)));
    profile_set_free(set);
    struct variables missing = {{"AWS_CONFIG_FILE", "/nowhere/at/all", NULL}};
    assert_true(profile_set_read(look_up, &missing, &set, &err));
    assert_false(profile_file_exists(profile_set_file(set, CONF)));
    assert_string_equal(profile_file_path(profile_set_file(set, CONF)), "/nowhere/at/all");
    profile_set_free(set);
    put("elsewhere", "zzz\n");
    set = NULL;
    assert_false(profile_set_read(look_up, &variables, &set, &err));
    assert_int_equal(err.code, ERROR_SYNTAX);
    assert_non_null(strstr(err.text, "/elsewhere line 1: Expected a profile definition"));
    assert_null(set);
    struct variables directory = {{"AWS_CONFIG_FILE", here, NULL}};
    assert_false(profile_set_read(look_up, &directory, &set, &err));
    assert_int_equal(err.code, ERROR_IO);
}

static void test_split_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        const char *credentials;
        enum error_code code;
    } cases[] = {
        {"", "[a]\naws_access_key_id = " OLD "\naws_secret_access_key = s\n", ERROR_NONE},
        {"[profile a]\naws_access_key_id = " OLD "\naws_secret_access_key = s\n",
         "[a]\naws_access_key_id = " OLD "\naws_secret_access_key = s\n", ERROR_NONE},
        {"[profile a]\naws_secret_access_key = s\n", "[a]\naws_access_key_id = " OLD "\n",
         ERROR_PAIR_SPLIT},
        {"[profile a]\naws_access_key_id = " OLD "\n", "[a]\naws_secret_access_key = s\n",
         ERROR_PAIR_SPLIT},
        {"[profile b]\naws_secret_access_key = s\n", "[a]\naws_access_key_id = " OLD "\n",
         ERROR_PAIR_HALF},
        {"[profile a]\naws_access_key_id = OTHER\n", "", ERROR_NONE},
    };
    struct variables none = {{NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct profile_set *set = read_set(&none, cases[i].config, cases[i].credentials);
        struct error err = {0};
        bool whole = profile_set_check_pairs(set, OLD, &err);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(whole, cases[i].code == ERROR_NONE);
        profile_set_free(set);
    }
}

/* --- the chain ---------------------------------------------------------------------------------*/

struct chain_case {
    const char *name;
    const char *profile; /* --profile */
    struct variables variables;
    const char *config;
    const char *credentials;
    const char *links; /* "role ARN < static a KEY SECRET [TOKEN]", or NULL */
    enum error_code code;
    const char *text; /* a part of the error, or of the warning */
};

#define WEB "AWS_WEB_IDENTITY_TOKEN_FILE", "/t", "AWS_ROLE_ARN", "ER"
#define SSO_PROFILE "[profile s]\nsso_session = x\nsso_account_id = 0123\nsso_role_name = Role\n"
#define SSO_SESSION "[sso-session x]\nsso_region = us-east-2\nsso_start_url = https://x.example\n"
#define ENV_KEYS "AWS_ACCESS_KEY_ID", "EK", "AWS_SECRET_ACCESS_KEY", "ES"
#define PAIR     "aws_access_key_id = K\naws_secret_access_key = S\n"

/* clang-format off */
static const struct chain_case chain_cases[] = {
    {"default profile", NULL, {{NULL}}, "", "[default]\n" PAIR, "static default K S", 0, NULL},
    {"from the config file", NULL, {{NULL}}, "[default]\n" PAIR, "", "static default K S", 0, NULL},
    {"with a token", NULL, {{NULL}}, "", "[default]\n" PAIR "aws_session_token = T\n",
     "static default K S T", 0, NULL},
    {"--profile", "a", {{NULL}}, "", "[a]\n" PAIR, "static a K S", 0, NULL},
    {"--profile beats environment keys", "a", {{ENV_KEYS, NULL}}, "", "[a]\n" PAIR, "static a K S",
     0, NULL},
    {"AWS_PROFILE", NULL, {{"AWS_PROFILE", "a", NULL}}, "", "[a]\n" PAIR, "static a K S", 0, NULL},
    {"AWS_DEFAULT_PROFILE first", NULL, {{"AWS_PROFILE", "b", "AWS_DEFAULT_PROFILE", "a", NULL}},
     "", "[a]\n" PAIR "[b]\n", "static a K S", 0, "AWS_DEFAULT_PROFILE (a)"},
    {"environment keys", NULL, {{ENV_KEYS, "AWS_SESSION_TOKEN", "ET", NULL}}, "", "",
     "environment EK ES ET", 0, NULL},
    {"the older token name", NULL, {{ENV_KEYS, "AWS_SESSION_TOKEN", "ET", "AWS_SECURITY_TOKEN",
     "EU", NULL}}, "", "", "environment EK ES EU", 0, NULL},
    {"environment keys beat AWS_PROFILE", NULL, {{ENV_KEYS, "AWS_PROFILE", "a", NULL}}, "", "[a]\n"
     PAIR, "environment EK ES", 0, "not profile a (AWS_PROFILE)"},
    {"environment keys beat the default profile", NULL, {{ENV_KEYS, NULL}}, "", "[default]\n" PAIR,
     "environment EK ES", 0, "not the keys of profile default"},
    {"blank is unset", NULL, {{"AWS_ACCESS_KEY_ID", " ", "AWS_SECRET_ACCESS_KEY", "",
     "AWS_PROFILE", "\t", NULL}}, "", "[default]\n" PAIR, "static default K S", 0, NULL},
    {"half an environment", NULL, {{"AWS_ACCESS_KEY_ID", "EK", NULL}}, "", "[default]\n" PAIR,
     NULL, ERROR_PAIR_HALF, "AWS_SECRET_ACCESS_KEY"},
    {"a secret alone is no key", NULL, {{"AWS_SECRET_ACCESS_KEY", "ES", NULL}}, "", "[default]\n"
     PAIR, "static default K S", 0, NULL},
    {"unknown profile", "z", {{NULL}}, "", "[a]\n" PAIR, NULL, ERROR_PROFILE_UNKNOWN,
     "z (--profile)"},
    {"unknown AWS_PROFILE", NULL, {{ENV_KEYS, "AWS_PROFILE", "z", NULL}}, "", "", NULL,
     ERROR_PROFILE_UNKNOWN, "z (AWS_PROFILE)"},
    {"nothing at all", NULL, {{NULL}}, "", "", "metadata http://169.254.169.254", 0, NULL},
    {"nothing at all, and no metadata", NULL, {{"AWS_EC2_METADATA_DISABLED", "TRUE", NULL}}, "", "",
     NULL, ERROR_NO_CREDENTIALS, "default is in neither AWS file"},
    {"an empty profile, and no metadata", "a", {{"AWS_EC2_METADATA_DISABLED", "true", NULL}}, "",
     "[a]\n", NULL, ERROR_NO_CREDENTIALS, "a holds no credentials"},
    {"metadata by IPv6", "a", {{NULL}}, "[profile a]\nec2_metadata_service_endpoint_mode = IPv6\n"
     "ec2_metadata_v1_disabled = true\n", "", "metadata http://[fd00:ec2::254] v2", 0, NULL},
    {"metadata elsewhere", "a", {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9/", NULL}},
     "[profile a]\nec2_metadata_service_endpoint = http://no\n", "", "metadata http://127.0.0.1:9",
     0, NULL},
    {"metadata at no URL", NULL, {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "file:///x", NULL}}, "", "",
     NULL, ERROR_ENDPOINT, "metadata"},
    {"an empty source has no surroundings", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = e\n[profile e]\nregion = x\n", "", NULL,
     ERROR_NO_CREDENTIALS, "e holds no credentials"},
    {"container before metadata", NULL, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x/y", NULL}},
     "", "", "container http://169.254.170.2/x/y ", 0, NULL},
    {"the relative URI wins", NULL, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x",
     "AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://h/y", NULL}}, "", "",
     "container http://169.254.170.2/x ", 0, NULL},
    {"a token file wins over a token", NULL, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI",
     "http://[fd00:ec2::23]/y", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "T",
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/t", NULL}}, "", "",
     "container http://[fd00:ec2::23]/y /t", 0, NULL},
    {"a token", NULL, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8/y",
     "AWS_CONTAINER_AUTHORIZATION_TOKEN", "T", NULL}}, "", "",
     "container http://127.0.0.1:8/y  T", 0, NULL},
    {"a container that is far", NULL, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI",
     "http://127.0.0.1.example.com/y", NULL}}, "", "", NULL, ERROR_ENDPOINT, "FULL_URI"},
    {"no URI of a container", NULL, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "file:///y", NULL}}, "",
     "", NULL, ERROR_ENDPOINT, "FULL_URI"},
    {"half a pair, no secret", NULL, {{NULL}}, "", "[default]\naws_access_key_id = K\n", NULL,
     ERROR_PAIR_HALF, "no aws_secret_access_key"},
    {"half a pair, no key", NULL, {{NULL}}, "", "[default]\naws_secret_access_key = S\n", NULL,
     ERROR_PAIR_HALF, "no aws_access_key_id"},
    {"split", NULL, {{NULL}}, "[default]\naws_secret_access_key = S\n",
     "[default]\naws_access_key_id = K\n", NULL, ERROR_PAIR_SPLIT, "credentials file"},
    {"split, the other way", NULL, {{NULL}}, "[default]\naws_access_key_id = K\n",
     "[default]\naws_secret_access_key = S\n", NULL, ERROR_PAIR_SPLIT, "config file"},
    {"half in one file does not take the other's half", NULL, {{NULL}}, "[default]\n" PAIR,
     "[default]\naws_access_key_id = K2\n", NULL, ERROR_PAIR_SPLIT, "default"},
    {"process", NULL, {{NULL}}, "[default]\ncredential_process = get it\n", "",
     "process default get it", 0, NULL},
    {"keys in the credentials file shadow the process", NULL, {{NULL}},
     "[default]\ncredential_process = get it\n", "[default]\n" PAIR, "static default K S", 0,
     NULL},
    {"the process shadows keys in the config file", NULL, {{NULL}},
     "[default]\ncredential_process = get it\n" PAIR, "", "process default get it", 0, NULL},
    {"role", "r", {{NULL}}, "[profile r]\nrole_arn = R\nsource_profile = a\n", "[a]\n" PAIR,
     "role r R < static a K S", 0, NULL},
    {"a role is not its profile's own keys", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = a\naws_access_key_id = no\n", "[a]\n" PAIR,
     "role r R < static a K S", 0, NULL},
    {"two roles", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = Q\nsource_profile = "
     "a\n", "[a]\n" PAIR, "role r R < role q Q < static a K S", 0, NULL},
    {"on the way, keys end it", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = Q\nsource_profile = "
     "a\n", "[q]\n" PAIR "[a]\n", "role r R < static q K S", 0, NULL},
    {"a source's sign-on comes before its keys", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = s\n" SSO_PROFILE SSO_SESSION, "[s]\n" PAIR,
     "role r R < sso us-east-2 0123 Role "
     "/.aws/sso/cache/11f6ad8ec52a2984abaafd7c3b516503785c2072.json", 0, NULL},
    {"a source's process comes before its keys in the config file", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = p\n[profile p]\ncredential_process = c\n" PAIR,
     "", "role r R < process p c", 0, NULL},
    {"its own source has a process before its keys", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = r\ncredential_process = c\n" PAIR, "",
     "role r R < process r c", 0, NULL},
    {"the other file's token belongs to another session", NULL, {{NULL}},
     "[default]\naws_session_token = T\n", "[default]\n" PAIR, "static default K S", 0, NULL},
    {"a token of the old name", NULL, {{NULL}}, "",
     "[default]\naws_session_token = T\naws_security_token = O\n" PAIR, "static default K S O", 0,
     NULL},
    {"its own source", "r", {{NULL}}, "[profile r]\nrole_arn = R\nsource_profile = r\n" PAIR, "",
     "role r R < static r K S", 0, NULL},
    {"its own source without keys", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = r\n", "", NULL, ERROR_PAIR_HALF, "profile r"},
    {"loop", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = q\n[profile q]\nrole_arn = Q\nsource_profile = "
     "r\n", "", NULL, ERROR_SYNTAX, "loop"},
    {"missing source", "r", {{NULL}}, "[profile r]\nrole_arn = R\nsource_profile = q\n", "", NULL,
     ERROR_SYNTAX, "q, which is not there"},
    {"no source", "r", {{NULL}}, "[profile r]\nrole_arn = R\n", "", NULL, ERROR_SYNTAX,
     "neither source_profile nor credential_source"},
    {"two sources", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = a\ncredential_source = Environment\n", "[a]\n"
     PAIR, NULL, ERROR_SYNTAX, "both"},
    {"source from the environment", "r", {{ENV_KEYS, NULL}},
     "[profile r]\nrole_arn = R\ncredential_source = Environment\n", "",
     "role r R < environment EK ES", 0, NULL},
    {"source from an empty environment", "r", {{NULL}},
     "[profile r]\nrole_arn = R\ncredential_source = Environment\n", "", NULL,
     ERROR_NO_CREDENTIALS, "AWS_ACCESS_KEY_ID"},
    {"source from a process", "r", {{NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = p\n[profile p]\ncredential_process = c\n", "",
     "role r R < process p c", 0, NULL},
    {"instance metadata", "r", {{NULL}},
     "[profile r]\nrole_arn = R\ncredential_source = Ec2InstanceMetadata\n", "",
     "role r R < metadata http://169.254.169.254", 0, NULL},
    {"container", "r", {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x", NULL}},
     "[profile r]\nrole_arn = R\ncredential_source = EcsContainer\n", "",
     "role r R < container http://169.254.170.2/x ", 0, NULL},
    {"no container", "r", {{NULL}}, "[profile r]\nrole_arn = R\ncredential_source = EcsContainer\n",
     "", NULL, ERROR_NO_CREDENTIALS, "AWS_CONTAINER_CREDENTIALS"},
    {"unknown source", "r", {{NULL}}, "[profile r]\nrole_arn = R\ncredential_source = Sky\n", "",
     NULL, ERROR_SYNTAX, "Sky"},
    {"web identity", "r", {{NULL}}, "[profile r]\nrole_arn = R\nweb_identity_token_file = /t\n"
     "role_session_name = me\nsource_profile = x\n", "", "web R /t as me", 0, NULL},
    {"web identity without role", "r", {{NULL}}, "[profile r]\nweb_identity_token_file = /t\n", "",
     NULL, ERROR_SYNTAX, "no role_arn"},
    {"web identity as a source", "r", {{WEB, NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = w\n[profile w]\nrole_arn = Q\n"
     "web_identity_token_file = /q\n", "", "role r R < web Q /q ", 0, NULL},
    {"a source does not look into the environment", "r", {{WEB, NULL}},
     "[profile r]\nrole_arn = R\nsource_profile = w\n[profile w]\nweb_identity_token_file = /q\n",
     "", NULL, ERROR_SYNTAX, "no role_arn"},
    {"web identity of the environment", NULL, {{WEB, "AWS_ROLE_SESSION_NAME", "s", NULL}}, "",
     "[default]\n" PAIR, "web ER /t as s", 0, "not the keys of profile default"},
    {"an explicit profile wins over it", "a", {{WEB, NULL}}, "", "[a]\n" PAIR, "static a K S", 0,
     NULL},
    {"web identity of the environment without role", NULL, {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t",
     NULL}}, "", "", NULL, ERROR_SYNTAX, "AWS_ROLE_ARN"},
    {"sign-on", "s", {{NULL}}, SSO_PROFILE SSO_SESSION, "[s]\n" PAIR,
     "sso us-east-2 0123 Role /.aws/sso/cache/11f6ad8ec52a2984abaafd7c3b516503785c2072.json", 0,
     NULL},
    {"sign-on of old", "s", {{NULL}}, "[profile s]\nsso_start_url = https://x.example\n"
     "sso_region = us-east-2\nsso_account_id = 0123\nsso_role_name = Role\n", "",
     "sso us-east-2 0123 Role /.aws/sso/cache/c55719e72de215dafe81437949af223c7ad440aa.json", 0,
     NULL},
    {"sign-on without a role", "s", {{NULL}}, "[profile s]\nsso_session = x\nsso_account_id = 1\n"
     SSO_SESSION, "", NULL, ERROR_SYNTAX, "no sso_role_name"},
    {"sign-on without account and role", "s", {{NULL}}, "[profile s]\nsso_session = x\n" SSO_SESSION,
     "", NULL, ERROR_SYNTAX, "no sso_account_id"},
    {"a session beside keys is for other things", "s", {{NULL}}, "[profile s]\nsso_session = x\n"
     SSO_SESSION, "[s]\n" PAIR, "static s K S", 0, NULL},
    {"sign-on with two regions", "s", {{NULL}}, SSO_PROFILE "sso_region = eu-west-1\n" SSO_SESSION,
     "", NULL, ERROR_SYNTAX, "different values of sso_region"},
    {"sign-on to a session that is not there", "s", {{NULL}}, SSO_PROFILE, "", NULL, ERROR_SYNTAX,
     "sso-session x, which is not there"},
    {"login", "s", {{"AWS_LOGIN_CACHE_DIRECTORY", "/l", NULL}}, "[profile s]\nlogin_session = x\n",
     "", "login /l/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.json", 0, NULL},
    {"a name that botocore alone reads", "my prof", {{NULL}}, "[profile 'my prof']\n" PAIR, "",
     "static my prof K S", 0, NULL},
    {"a name with a control character", "a\x1b[31m", {{NULL}}, "", "", NULL, ERROR_PROFILE_UNKNOWN,
     "a\\x1b[31m"},
};
/* clang-format on */

static void describe(const struct chain *chain, char *buffer, size_t size)
{
    struct text text;
    text_init(&text, size - 1);
    for (size_t i = 0; i < chain->count; i++) {
        const struct chain_link *link = &chain->links[i];
        text_append(&text, i == 0 ? "" : " < ");
        switch (link->kind) {
        case CHAIN_ENVIRONMENT:
            text_append(&text, "environment");
            break;
        case CHAIN_STATIC:
            text_appendf(&text, "static %s", link->profile);
            break;
        case CHAIN_PROCESS:
            text_appendf(&text, "process %s %s", link->profile, link->command);
            break;
        case CHAIN_ROLE:
            text_appendf(&text, "role %s %s", link->profile, link->role_arn);
            break;
        case CHAIN_WEB_IDENTITY:
            text_appendf(&text, "web %s %s %s%s", link->role_arn, link->path,
                         link->session_name[0] != '\0' ? "as " : "", link->session_name);
            break;
        case CHAIN_SSO:
            text_appendf(&text, "sso %s %s %s %s", link->sso_region, link->sso_account,
                         link->sso_role, strstr(link->path, "/.aws/"));
            break;
        case CHAIN_LOGIN:
            text_appendf(&text, "login %s", link->path);
            break;
        case CHAIN_CONTAINER:
            text_appendf(&text, "container %s %s", link->url, link->path);
            break;
        case CHAIN_METADATA:
            text_appendf(&text, "metadata %s%s", link->url, link->v1_disabled ? " v2" : "");
            break;
        }
        if (link->pair.secret != NULL)
            text_appendf(&text, " %s %s", link->pair.key_id, secret_bytes(link->pair.secret));
        if (link->pair.token != NULL)
            text_appendf(&text, " %s", secret_bytes(link->pair.token));
    }
    text_copy(buffer, size, text.bytes);
    text_release(&text);
}

static void test_chain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chain_cases / sizeof *chain_cases; i++) {
        struct chain_case it = chain_cases[i];
        struct profile_set *set = read_set(&it.variables, it.config, it.credentials);
        struct chain chain = {0};
        struct error err = {0};
        bool found = profile_chain(set, look_up, &it.variables, it.profile, &chain, &err);
        if (found != (it.links != NULL))
            fail_msg("%s: %s", it.name, found ? "found" : err.text);
        char links[512];
        describe(&chain, links, sizeof links);
        if (found) {
            assert_string_equal(links, it.links);
            assert_string_not_equal(chain.explanation, "");
            if (it.text == NULL ? chain.warning[0] != '\0' : !strstr(chain.warning, it.text))
                fail_msg("%s: warning: %s", it.name, chain.warning);
        } else if (err.code != it.code || strstr(err.text, it.text) == NULL) {
            fail_msg("%s: %s", it.name, err.text);
        }
        if (!found)
            assert_int_equal(chain.count, 0);
        chain_release(&chain);
        profile_set_free(set);
    }
}

static void hear(void *context, const char *place, const char *verdict, const char *text)
{
    text_appendf(context, "%s|%s|%s\n", place, verdict, text);
}

/* What is told of the way, the folder's name left out. */
static void check_told(struct variables *variables, const char *profile, const char *config,
                       const char *credentials, const char *wanted)
{
    struct profile_set *set = read_set(variables, config, credentials);
    struct chain chain = {0};
    struct error err = {0};
    struct text heard;
    char plain[4096] = "";
    text_init(&heard, 4096);
    bool found =
        profile_chain_told(set, look_up, variables, profile, hear, &heard, &chain, &err);
    for (const char *at = heard.bytes; *at != '\0';) {
        if (strncmp(at, folder, strlen(folder)) == 0)
            at += strlen(folder);
        else
            strncat(plain, at++, 1);
    }
    assert_string_equal(plain, wanted);
    assert_null(strstr(plain, "SECRET"));
    if (found)
        chain_release(&chain);
    text_release(&heard);
    profile_set_free(set);
}

static void test_chain_told(void **state)
{
    (void)state;
    struct variables environment = {{"AWS_ACCESS_KEY_ID", "EK", "AWS_SECRET_ACCESS_KEY", "SECRET",
                                     "AWS_PROFILE", "a", NULL}};
    const char *credentials = "[a]\naws_access_key_id = AK\naws_secret_access_key = SECRET\n";
    check_told(&environment, NULL, "", credentials,
               "name of the profile|taken|AWS_PROFILE names a\n"
               "environment|taken|AWS_ACCESS_KEY_ID is EK, without a session token\n");
    check_told(&environment, "r",
               "[profile r]\nrole_arn = R\nsource_profile = a\nmfa_serial = M\n"
               "[profile a]\ncredential_process = get SECRET\n",
               credentials,
               "name of the profile|taken|by option: r\n"
               "environment|skipped|AWS_ACCESS_KEY_ID is EK, without a session token; it does not "
               "count since the profile was named by option\n"
               "profile r: role|taken|role_arn is R, to be assumed with source_profile a and a code "
               "of M\n"
               "profile a: role|none|no role_arn\n"
               "profile a: web identity|none|no web_identity_token_file\n"
               "profile a: IAM Identity Center|none|no sso_account_id, no sso_role_name\n"
               "profile a: credentials file|taken|aws_access_key_id is AK, /.aws/credentials line 2\n"
               "profile a: process|shadowed|credential_process, /.aws/config line 6\n");
    struct variables nothing = {{"AWS_EC2_METADATA_DISABLED", "true", "BOTO_CONFIG", "x", NULL}};
    check_told(&nothing, NULL, "", "",
               "name of the profile|none|neither --profile nor AWS_DEFAULT_PROFILE nor AWS_PROFILE: "
               "it is default\n"
               "environment|none|AWS_ACCESS_KEY_ID is not set\n"
               "profile default: role|none|no role_arn\n"
               "profile default: web identity of the environment|none|no "
               "AWS_WEB_IDENTITY_TOKEN_FILE\n"
               "profile default: web identity|none|no web_identity_token_file\n"
               "profile default: IAM Identity Center|none|no sso_account_id, no sso_role_name\n"
               "profile default: credentials file|none|no aws_access_key_id\n"
               "profile default: aws login|none|no login_session\n"
               "profile default: process|none|no credential_process\n"
               "profile default: config file|none|no aws_access_key_id, no aws_secret_access_key\n"
               "profile default: sign-on without a role|none|no sso_session\n"
               "BOTO_CONFIG|skipped|set, and of all SDKs read by botocore only; it is not read here\n"
               "container|none|no AWS_CONTAINER_CREDENTIALS_*\n"
               "instance metadata|skipped|the instance's metadata service is switched off "
               "(AWS_EC2_METADATA_DISABLED)\n");
}

static void test_chain_details(void **state)
{
    (void)state;
    struct variables variables = {
        {ENV_KEYS, "AWS_CREDENTIAL_EXPIRATION", "2030-01-01T00:00:00Z", NULL}};
    struct profile_set *set = read_set(
        &variables,
        "[profile r]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = "
        "Environment\n"
        "role_session_name = me\nexternal_id = ext\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n"
        "duration_seconds = 1800\n[profile s]\nrole_arn = R\nsource_profile = r\n"
        "duration_seconds = 1h\n",
        "");
    struct chain chain = {0};
    struct error err = {0};
    assert_true(profile_chain(set, look_up, &variables, "s", &chain, &err));
    assert_int_equal(chain.count, 3);
    assert_int_equal(chain.links[0].duration, 0);
    assert_string_equal(chain.links[1].session_name, "me");
    assert_string_equal(chain.links[1].external_id, "ext");
    assert_string_equal(chain.links[1].mfa_serial, "arn:aws:iam::111122223333:mfa/me");
    assert_int_equal(chain.links[1].duration, 1800);
    assert_int_equal(chain.links[2].pair.expires, 1893456000);
    assert_string_equal(chain.explanation,
                        "profile s assumes R with profile r assumes "
                        "arn:aws:iam::111122223333:role/x with the keys in the environment");
    chain_release(&chain);
    assert_int_equal(chain.count, 0);
    profile_set_free(set);

    char config[2048] = "";
    for (int i = 0; i < 9; i++) {
        char part[96];
        snprintf(part, sizeof part, "[profile p%d]\nrole_arn = R%d\nsource_profile = p%d\n", i, i,
                 i + 1);
        strcat(config, part);
    }
    set = read_set(&variables, config, "[p9]\n" PAIR);
    assert_false(profile_chain(set, look_up, &variables, "p0", &chain, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_true(profile_chain(set, look_up, &variables, "p2", &chain, &err));
    assert_int_equal(chain.count, 8);
    chain_release(&chain);
    profile_set_free(set);
}

/* --- words and processes -----------------------------------------------------------------------*/

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        const char *words; /* joined by '|'; NULL: an error */
    } cases[] = {
        {"a", "a"},
        {"  a \t b\n", "a|b"},
        {"a 'b c' \"d e\"", "a|b c|d e"},
        {"a'b'\"c\"d", "abcd"},
        {"a '' \"\"", "a||"},
        {"a \\' \\\" \\\\ \\n x\\ y", "a|'|\"|\\|n|x y"},
        {"'a\\n'", "a\\n"},
        {"\"a\\n\\\"\\\\\"", "a\\n\"\\"},
        {"a # b", "a|#|b"},
        {"a $HOME `x` *", "a|$HOME|`x`|*"},
        {"'a", NULL},
        {"\"a", NULL},
        {"a\\", NULL},
        {"\"a\\", NULL},
        {"", NULL},
        {" \t", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char **words = NULL;
        struct error err = {0};
        bool split = words_split(cases[i].command, &words, &err);
        if (split != (cases[i].words != NULL))
            fail_msg("%s", cases[i].command);
        if (!split) {
            assert_int_equal(err.code, ERROR_SYNTAX);
            assert_null(words);
            continue;
        }
        char joined[256] = "";
        for (size_t w = 0; words[w] != NULL; w++) {
            strcat(joined, w == 0 ? "" : "|");
            strcat(joined, words[w]);
        }
        assert_string_equal(joined, cases[i].words);
        words_free(words);
    }
    words_free(NULL);
}

static void test_process(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "x",
        "{",
        "[]",
        "{}",
        "null",
        "{\"Version\":1}",
        "{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\"}",
        "{\"Version\":\"1\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\"}",
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\"}",
        "{\"Version\":1,\"AccessKeyId\":\"\",\"SecretAccessKey\":\"sesame\"}",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":7}",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\\u0000x\"}",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\"} x",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"sesame\"}{}",
        "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}",
        "{'Version':1,'AccessKeyId':'A','SecretAccessKey':'sesame'}",
    };
    struct error err = {0};
    struct credentials found;
    credentials_init(&found);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct error){0};
        if (profile_parse_process(bad[i], strlen(bad[i]), &found, &err))
            fail_msg("%s", bad[i]);
        assert_int_equal(err.code, ERROR_SYNTAX);
        assert_null(strstr(err.text, "sesame"));
        assert_null(found.secret);
    }
    const char *good =
        " {\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"a\\/b+\","
        "\"SessionToken\":\"T\",\"Expiration\":\"2030-01-01T00:00:00Z\",\"Other\":[\"x\"]}\n";
    assert_true(profile_parse_process(good, strlen(good), &found, &err));
    assert_string_equal(found.key_id, "A");
    assert_string_equal(secret_bytes(found.secret), "a/b+");
    assert_string_equal(secret_bytes(found.token), "T");
    assert_int_equal(found.expires, 1893456000);
    credentials_release(&found);
    const char *shortest = "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
                           "\"SessionToken\":null}";
    assert_true(profile_parse_process(shortest, strlen(shortest), &found, &err));
    assert_null(found.token);
    assert_int_equal(found.expires, 0);
    credentials_release(&found);
    char *big = malloc(100000);
    memset(big, ' ', 100000);
    assert_false(profile_parse_process(big, 100000, &found, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    free(big);
}

static int start(void **state)
{
    (void)state;
    bool locked;
    struct error err;
    credentials_init(&new_pair);
    strcpy(new_pair.key_id, NEW);
    return secret_arena_init(&locked, &err) &&
                   secret_new(NEW_SECRET, strlen(NEW_SECRET), &new_pair.secret, &err)
               ? 0
               : -1;
}

static int finish(void **state)
{
    (void)state;
    credentials_release(&new_pair);
    return 0;
}

int main(void)
{
#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_values_that_cannot_be_written),
        cmocka_unit_test(test_generated_files),
        cmocka_unit_test(test_find_and_read),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_warnings),
        IN_FOLDER(test_set),
        IN_FOLDER(test_set_paths),
        IN_FOLDER(test_split_pairs),
        IN_FOLDER(test_chain),
        IN_FOLDER(test_chain_told),
        IN_FOLDER(test_chain_details),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_process),
    };
    return cmocka_run_group_tests_name("profile", tests, start, finish);
}
