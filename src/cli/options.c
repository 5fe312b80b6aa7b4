#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/text.h"
#include "base/when.h"
#include "rotation/plan.h"

static const struct option_row rows[OPTION_COUNT] = {
#define X(code, name, kind, value, size, help)                                                     \
    [OPTION_##code] = {name, OPTION_##kind, value, size, help},
    OPTION_TABLE(X)
#undef X
};

const struct option_row *option_row(enum option option)
{
    return &rows[option];
}

bool option_given(const struct options *options, enum option option)
{
    return options->given.has[option];
}

const char *option_string(const struct options *options, enum option option)
{
    return options->strings[option];
}

int64_t option_number(const struct options *options, enum option option, int64_t fallback)
{
    return option_given(options, option) ? options->numbers[option] : fallback;
}

size_t names_distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    size_t rows_count = strlen(a), columns = strlen(b);
    if (rows_count > LONGEST || columns > LONGEST)
        return 99;
    size_t line[LONGEST + 1];
    for (size_t j = 0; j <= columns; j++)
        line[j] = j;
    for (size_t i = 1; i <= rows_count; i++) {
        size_t diagonal = line[0];
        line[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t above = line[j];
            size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            if (above + 1 < best)
                best = above + 1;
            if (line[j - 1] + 1 < best)
                best = line[j - 1] + 1;
            line[j] = best;
            diagonal = above;
        }
    }
    return line[columns];
}

/* The option that was probably meant, or NULL. */
static const char *nearest(const char *name)
{
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (int i = 0; i < OPTION_COUNT; i++) {
        size_t distance = names_distance(name, rows[i].name);
        if (distance < least) {
            least = distance;
            best = rows[i].name;
        }
    }
    return best;
}

/* Index of the option of this name and length, or OPTION_COUNT. */
static int seek(const char *name, size_t length)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            return i;
    return OPTION_COUNT;
}

enum option option_seek(const char *name)
{
    return (enum option)seek(name, strlen(name));
}

static bool unknown(const char *name, struct error *err)
{
    if (strcmp(name, "drill") == 0)
        return error_set(err, ERROR_USAGE, "--drill is not in this version");
    const char *meant = nearest(name);
    if (meant == NULL)
        return error_set(err, ERROR_USAGE, "unknown option --%.40s", name);
    return error_set(err, ERROR_USAGE, "unknown option --%.40s; did you mean --%s?", name, meant);
}

/* What the journal keeps in the operator's words. */
static bool is_journalled(int option)
{
    return option == OPTION_REASON || option == OPTION_TICKET || option == OPTION_OVERRIDE ||
           option == OPTION_TO || option == OPTION_TEST || option == OPTION_VERIFY;
}

static bool is_utf8(const char *value)
{
    struct safe_walk walk = {.at = value};
    struct safe_piece piece;
    while (safe_next(&walk, &piece))
        if (!piece.valid)
            return false;
    return true;
}

static bool keep(struct options *options, int option, const char *value, struct error *err)
{
    const struct option_row *row = &rows[option];
    if (*value == '\0')
        return error_set(err, ERROR_USAGE, "--%s needs a value that is not empty", row->name);
    if (strlen(value) > row->longest)
        return error_set(err, ERROR_USAGE, "the value of --%s is longer than %zu bytes", row->name,
                         row->longest);
    if (is_journalled(option) && !is_utf8(value))
        return error_set(err, ERROR_USAGE, "the value of --%s is not UTF-8, as what is journalled has to be",
                         row->name);
    switch (row->kind) {
    case OPTION_FLAG:
        break;
    case OPTION_LIST:
        if (options->counts[option] == LIST_MAX)
            return error_set(err, ERROR_USAGE, "--%s is given more than %d times", row->name,
                             LIST_MAX);
        options->lists[option][options->counts[option]++] = value;
        break;
    case OPTION_DURATION:
        if (!duration_parse(value, &options->numbers[option], err))
            return error_wrap(err, "--%s", row->name);
        break;
    case OPTION_NUMBER: {
        char *end;
        long number = strtol(value, &end, 10);
        if (*end != '\0' || value[0] < '0' || value[0] > '9' || number > 65535)
            return error_set(err, ERROR_USAGE, "--%s: '%.40s' is not a number up to 65535",
                             row->name, value);
        options->numbers[option] = number;
        break;
    }
    case OPTION_STRING:
        break;
    }
    options->strings[option] = value;
    return true;
}

bool options_put(struct options *options, enum option option, const char *value, struct error *err)
{
    if (!keep(options, (int)option, value, err))
        return false;
    options->given.has[option] = true;
    return true;
}

/* One word that begins with two dashes; takes the next one too when it is the value. */
static bool parse_long(int argc, char *const *argv, int *at, struct options *options,
                       struct error *err)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    int option = seek(name, equals != NULL ? (size_t)(equals - name) : strlen(name));
    if (option == OPTION_COUNT) {
        char word[64];
        text_copy(word, sizeof word, name);
        word[strcspn(word, "=")] = '\0';
        return unknown(word, err);
    }
    const struct option_row *row = &rows[option];
    if (row->kind == OPTION_FLAG) {
        if (equals != NULL)
            return error_set(err, ERROR_USAGE, "--%s takes no value", row->name);
        options->given.has[option] = true;
        return true;
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (value == NULL) {
        const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
        /* "--profile --yes" is a forgotten value, not a profile of that name. */
        bool option_next =
            next != NULL && strncmp(next, "--", 2) == 0 &&
            (next[2] == '\0' || seek(next + 2, strcspn(next + 2, "=")) < OPTION_COUNT);
        if (next == NULL || option_next)
            return error_set(err, ERROR_USAGE, "--%s needs a value (%s)", row->name, row->value);
        value = next;
        ++*at;
    }
    return options_put(options, (enum option)option, value, err);
}

static bool parse_word(const char *word, struct options *options, struct error *err)
{
    if (options->command == NULL) {
        options->command = word;
        return true;
    }
    if (options->argument_count == ARGUMENTS_MAX)
        return error_set(err, ERROR_USAGE, "too many arguments, beginning with '%.40s'", word);
    options->arguments[options->argument_count++] = word;
    return true;
}

static bool parse_short(const char *word, struct options *options, struct error *err)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        if (*letter == 'v')
            options->given.has[OPTION_VERBOSE] = true;
        else if (*letter == 'h')
            options->given.has[OPTION_HELP] = true;
        else
            return error_set(err, ERROR_USAGE, "unknown option -%c", *letter);
    }
    return true;
}

bool options_parse(int argc, char *const *argv, struct options *ret_options, struct error *err)
{
    struct options options = {0};
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        bool good;
        if (ended || word[0] != '-' || word[1] == '\0')
            good = parse_word(word, &options, err);
        else if (strcmp(word, "--") == 0)
            good = ended = true;
        else if (word[1] == '-')
            good = parse_long(argc, argv, &i, &options, err);
        else
            good = parse_short(word, &options, err);
        if (!good)
            return false;
    }
    *ret_options = options;
    return true;
}

static bool not_taken(const char *command, int option, struct error *err)
{
    return error_set(err, ERROR_USAGE, "'%s' does not take --%s", command, rows[option].name);
}

bool options_accept(const struct options *options, const char *command,
                    const struct option_set *accepted, struct error *err)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (options->given.has[i] && !accepted->has[i] && i != OPTION_HELP && i != OPTION_VERSION)
            return not_taken(command, i, err);
    return true;
}

bool options_refuse(const struct options *options, const char *command,
                    const struct option_set *refused, struct error *err)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (options->given.has[i] && refused->has[i])
            return not_taken(command, i, err);
    return true;
}

bool is_account_id(const char *value)
{
    return strlen(value) == 12 && strspn(value, "0123456789") == 12;
}

bool is_key_id(const char *value)
{
    size_t length = strlen(value);
    return length >= 16 && length < KEY_ID_SIZE &&
           strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
               length;
}

bool plan_word(const char *word, int64_t *ret_quiet, int64_t *ret_soak, struct error *err)
{
    static const struct {
        const char *word;
        int64_t quiet, soak;
    } plans[] = {
#define X(word, quiet, soak, says) {word, quiet, soak},
        PLAN_WORD_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        if (strcmp(plans[i].word, word) == 0) {
            *ret_quiet = plans[i].quiet;
            *ret_soak = plans[i].soak;
            return true;
        }
    return error_set(err, ERROR_USAGE, "--plan is careful, today or now, not '%.40s'", word);
}

bool override_parse(const char *string, enum gate_id *ret_gate, const char **ret_reason,
                    struct error *err)
{
    char name[WORD_SIZE];
    size_t length = strcspn(string, "=");
    if (string[length] != '=' || string[length + 1] == '\0')
        return error_set(err, ERROR_USAGE, "--override is GATE=REASON, and '%.40s' has no reason",
                         string);
    enum gate_id gate = GATE_COUNT;
    if (length < sizeof name) {
        memcpy(name, string, length);
        name[length] = '\0';
        if (!gate_from_name(name, &gate))
            gate = GATE_COUNT;
    }
    if (gate == GATE_COUNT)
        return error_set(err, ERROR_USAGE, "--override: there is no gate '%.*s'",
                         length < 40 ? (int)length : 40, string);
    if (!gate_overridable(gate))
        return error_set(err, ERROR_USAGE, "--override: the gate %s cannot be overridden", name);
    if (strlen(string + length + 1) >= TEXT_SIZE)
        return error_set(err, ERROR_USAGE, "--override: the reason is longer than %d bytes",
                         TEXT_SIZE - 1);
    *ret_gate = gate;
    *ret_reason = string + length + 1;
    return true;
}
