#include "tests/fuzz/grammar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/fuzz/fuzz.h"

enum { ENTRIES_MAX = 4096, BYTES_MAX = 32 * 1024 };

/* A section (key NULL), or a property of the section before it. Strings are owned. */
struct entry {
    char *type; /* "profile", ..., "" for one that is no such thing; of a property NULL */
    char *name;
    bool prefixed;
    char *key;
    char *value;
};

struct reading {
    enum profile_file_kind kind;
    struct entry entries[ENTRIES_MAX];
    size_t count;
    bool in_section, in_property, in_map;
};

static char *piece(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (from < to && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    char *string = strndup(from, (size_t)(to - from));
    CHECK(string != NULL);
    return string;
}

static char *whole(const char *line)
{
    return piece(line, line + strlen(line));
}

static bool is_name(const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        char c = name[length];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && strchr("-_/.%@:+", c) == NULL)
            return false;
    }
    return length > 0;
}

static struct entry *add(struct reading *reading)
{
    CHECK(reading->count < ENTRIES_MAX);
    struct entry *entry = &reading->entries[reading->count++];
    memset(entry, 0, sizeof *entry);
    return entry;
}

/* What is between the brackets: a name, or a type and a name. */
static void name_section(const struct reading *reading, struct entry *entry, const char *inside)
{
    char *text = whole(inside);
    size_t word = strcspn(text, " \t");
    char *rest = whole(text + word);
    text[word] = '\0';
    bool typed = rest[0] != '\0';
    const char *type = "";
    if (reading->kind == PROFILE_CREDENTIALS_FILE && !typed && is_name(text))
        type = "profile";
    if (reading->kind == PROFILE_CONFIG_FILE && !typed && strcmp(text, "default") == 0)
        type = "profile";
    if (reading->kind == PROFILE_CONFIG_FILE && typed && is_name(rest) &&
        (strcmp(text, "profile") == 0 || strcmp(text, "sso-session") == 0 ||
         strcmp(text, "services") == 0))
        type = text;
    entry->type = strdup(type);
    entry->name = strdup(typed ? rest : text);
    entry->prefixed = typed;
    free(text);
    free(rest);
}

static bool read_header(struct reading *reading, const char *line)
{
    char *header = piece(line, line + strcspn(line, "#;"));
    size_t length = strlen(header);
    bool good = length >= 2 && header[length - 1] == ']';
    if (good) {
        header[length - 1] = '\0';
        name_section(reading, add(reading), header + 1);
        reading->in_section = true;
        reading->in_property = false;
    }
    free(header);
    return good;
}

/* KEY = VALUE, up to a comment that follows white space. False: there is none. */
static bool read_assignment(const char *line, char **ret_key, char **ret_value)
{
    char *text = whole(line);
    for (char *at = text; *at != '\0'; at++)
        if ((*at == '#' || *at == ';') && at > text && strchr(" \t\r\f\v", at[-1]) != NULL)
            *at = '\0', at--;
    char *equals = strchr(text, '=');
    char *key = equals != NULL ? piece(text, equals) : strdup("");
    bool good = key[0] != '\0';
    *ret_key = key;
    *ret_value = equals != NULL ? whole(equals + 1) : strdup("");
    free(text);
    return good;
}

static bool is_of_pair(const char *key)
{
    static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key",
                                       "aws_session_token", "aws_security_token"};
    bool found = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        found = found || strcasecmp(key, keys[i]) == 0;
    return found;
}

/* White space beyond ASCII's blank and tab (str.isspace of Python) at `at`: its bytes, or 0. */
static size_t odd_space(const char *at)
{
    static const unsigned code_points[] = {0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0, 0x1680,
                                           0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
                                           0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f,
                                           0x205f, 0x3000};
    for (size_t i = 0; i < sizeof code_points / sizeof *code_points; i++) {
        unsigned code = code_points[i];
        char bytes[4] = {(char)code};
        if (code >= 0x800)
            snprintf(bytes, sizeof bytes, "%c%c%c", (int)(0xe0 | code >> 12),
                     (int)(0x80 | (code >> 6 & 0x3f)), (int)(0x80 | (code & 0x3f)));
        else if (code >= 0x80)
            snprintf(bytes, sizeof bytes, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
        if (strncmp(at, bytes, strlen(bytes)) == 0)
            return strlen(bytes);
    }
    return 0;
}

static size_t odd_space_behind(const char *text, size_t length)
{
    for (size_t tail = 1; tail <= 3 && tail <= length; tail++)
        if (odd_space(text + length - tail) == tail)
            return tail;
    return 0;
}

/* Of what belongs to a pair such white space is no part: in place. */
static void strip_odd(char *text)
{
    size_t length = strlen(text);
    for (size_t cut = 1; cut > 0;) {
        cut = length > 0 && strchr(" \t", text[length - 1]) != NULL ? 1 : odd_space_behind(text, length);
        text[length -= cut] = '\0';
    }
    for (size_t cut = 1; cut > 0;) {
        cut = strspn(text, " \t");
        cut = cut > 0 ? cut : odd_space(text);
        memmove(text, text + cut, strlen(text + cut) + 1);
    }
}

static void strip_pair(char **key, char *value)
{
    char *plain = strdup(*key);
    strip_odd(plain);
    if (is_of_pair(plain)) {
        strcpy(*key, plain);
        strip_odd(value);
    }
    free(plain);
}

static bool read_property(struct reading *reading, const char *line)
{
    char *key, *value;
    bool good = reading->in_section;
    good = read_assignment(line, &key, &value) && good;
    if (!good) {
        free(key);
        free(value);
        return false;
    }
    strip_pair(&key, value);
    for (char *at = key; *at != '\0'; at++)
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
    struct entry *entry = add(reading);
    entry->key = key;
    entry->value = value;
    reading->in_property = true;
    reading->in_map = value[0] == '\0';
    return true;
}

static bool read_continuation(struct reading *reading, const char *line)
{
    if (!reading->in_property)
        return false;
    if (reading->in_map) {
        char *key, *value;
        bool good = read_assignment(line, &key, &value);
        free(key);
        free(value);
        if (!good)
            return false;
    }
    struct entry *entry = &reading->entries[reading->count - 1];
    char *more = whole(line);
    char *joined = malloc(strlen(entry->value) + strlen(more) + 2);
    CHECK(joined != NULL);
    strcpy(joined, entry->value);
    strcat(joined, "\n");
    strcat(joined, more);
    free(entry->value);
    free(more);
    entry->value = joined;
    return true;
}

static bool read_line(struct reading *reading, char *line)
{
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = '\0';
    if (strspn(line, " \t") == length || line[0] == '#' || line[0] == ';')
        return true;
    if (line[0] == '[')
        return read_header(reading, line);
    return line[0] == ' ' || line[0] == '\t' ? read_continuation(reading, line)
                                             : read_property(reading, line);
}

static bool read_all(struct reading *reading, const char *bytes, size_t length)
{
    if (memchr(bytes, '\0', length) != NULL)
        return false;
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3, length -= 3;
    char *copy = strndup(bytes, length);
    bool good = true;
    for (char *line = copy, *next; good && line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        good = read_line(reading, line);
    }
    free(copy);
    return good;
}

/* No key, secret or token has lines: comments after one are comments (profile/parse.c says why). */
static void drop_comments(struct entry *entry)
{
    char *first = entry->key != NULL ? strchr(entry->value, '\n') : NULL;
    bool only = first != NULL && is_of_pair(entry->key);
    for (char *at = first; only && at != NULL; at = strchr(at + 1, '\n'))
        only = at[1] == '#' || at[1] == ';';
    if (only)
        *first = '\0';
}

/* [profile default] puts [default] aside. */
static bool is_aside(const struct reading *reading, const struct entry *section)
{
    if (reading->kind != PROFILE_CONFIG_FILE || section->prefixed ||
        strcmp(section->name, "default") != 0)
        return false;
    for (size_t i = 0; i < reading->count; i++) {
        const struct entry *other = &reading->entries[i];
        if (other->type != NULL && other->prefixed && strcmp(other->type, "profile") == 0 &&
            strcmp(other->name, "default") == 0)
            return true;
    }
    return false;
}

/* The last value of a key ("": the section itself), or NULL. */
static const char *look_up(const struct reading *reading, const char *type, const char *name,
                           const char *key)
{
    const char *found = NULL;
    bool inside = false;
    for (size_t i = 0; i < reading->count; i++) {
        const struct entry *entry = &reading->entries[i];
        if (entry->type != NULL)
            inside = strcmp(entry->type, type) == 0 && strcmp(entry->name, name) == 0 &&
                     !is_aside(reading, entry);
        if (inside && entry->type != NULL && key[0] == '\0')
            found = "";
        if (inside && entry->key != NULL && is_name(entry->key) && strcmp(entry->key, key) == 0)
            found = entry->value;
    }
    return found;
}

struct comparing {
    const struct reading *reading;
    size_t visited;
};

static bool compare(void *context, const char *type, const char *name, const char *key,
                    const char *value, int line)
{
    struct comparing *comparing = context;
    const char *wanted = look_up(comparing->reading, type, name, key);
    CHECK(line >= 1);
    CHECK(wanted != NULL && strcmp(wanted, value) == 0);
    comparing->visited++;
    return true;
}

/* How many different sections and keys there are to visit. */
static size_t count_visible(const struct reading *reading)
{
    size_t count = 0;
    const struct entry *section = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        const struct entry *entry = &reading->entries[i];
        if (entry->type != NULL)
            section = entry;
        if (section->type[0] == '\0' || is_aside(reading, section))
            continue;
        const char *key = entry->key != NULL ? entry->key : "";
        /* The first of its kind counts: nothing before it is found. */
        struct reading *before = (struct reading *)(uintptr_t)reading;
        bool first = entry->key == NULL || is_name(entry->key);
        const struct entry *other_section = NULL;
        for (size_t k = 0; first && k < i; k++) {
            const struct entry *other = &before->entries[k];
            if (other->type != NULL)
                other_section = other;
            first = !(other_section != NULL && strcmp(other_section->type, section->type) == 0 &&
                      strcmp(other_section->name, section->name) == 0 &&
                      !is_aside(reading, other_section) &&
                      strcmp(other->key != NULL ? other->key : "", key) == 0);
        }
        count += first;
    }
    return count;
}

void grammar_check(enum profile_file_kind kind, const char *bytes, size_t length,
                   const struct profile_file *file)
{
    static struct reading reading;
    if (length > BYTES_MAX)
        return;
    size_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    if (lines + 1 > ENTRIES_MAX / 8)
        return;
    reading.kind = kind;
    reading.count = 0;
    reading.in_section = reading.in_property = reading.in_map = false;
    bool good = read_all(&reading, bytes, length);
    CHECK(good == (file != NULL));
    for (size_t i = 0; i < reading.count; i++)
        drop_comments(&reading.entries[i]);
    if (good) {
        struct comparing comparing = {&reading, 0};
        CHECK(profile_file_visit(file, compare, &comparing));
        CHECK(comparing.visited == count_visible(&reading));
    }
    for (size_t i = 0; i < reading.count; i++) {
        free(reading.entries[i].type);
        free(reading.entries[i].name);
        free(reading.entries[i].key);
        free(reading.entries[i].value);
    }
}
