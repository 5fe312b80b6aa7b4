/* What other readers of the same file would make of it: botocore (Python's RawConfigParser, with
 * its strict rules) above all, since the aws command reads with it. */
#include "profile/parts.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"

struct warning {
    const struct profile_file *file;
    struct text *lines;
    char path[SHOWN_SIZE];
};

static void start(const struct warning *warning, int line)
{
    text_appendf(warning->lines, "%s line %d: ", warning->path, line);
}

static bool holds_keys(const struct profile_file *file, size_t section)
{
    for (size_t i = 0; i < file->property_count; i++)
        if (file->properties[i].section == section &&
            strcmp(file->properties[i].key, "aws_access_key_id") == 0)
            return true;
    return false;
}

/* The name of a section for botocore: up to the last bracket of its line, whatever stands between. */
static size_t botocore_name(const struct profile_file *file, const struct section *section,
                            const char **ret_name)
{
    const struct line *line = &file->lines[section->line - 1];
    const char *name = memchr(file->bytes + line->start, '[', line->next - line->start);
    const char *end = file->bytes + line->next;
    while (end[-1] != ']')
        end--;
    *ret_name = name + 1;
    return (size_t)(end - 1 - *ret_name);
}

static bool is_same_section(const struct profile_file *file, const struct section *a,
                            const struct section *b)
{
    const char *name, *other;
    size_t length = botocore_name(file, a, &name);
    return length == botocore_name(file, b, &other) && memcmp(name, other, length) == 0;
}

/* In a config file botocore takes every name that begins so, and has two words, for a section of that
 * kind. */
static bool has_meaning_for_botocore(const char *raw)
{
    static const char *const kinds[] = {"profile", "sso-session", "services"};
    char **words = NULL;
    bool kind = false;
    for (size_t i = 0; i < 3; i++)
        kind = kind || strncmp(raw, kinds[i], strlen(kinds[i])) == 0;
    if (!kind || !words_split(raw, &words, NULL))
        return false;
    bool two = words[0] != NULL && words[1] != NULL && words[2] == NULL;
    words_free(words);
    return two;
}

/* Names of sections that botocore takes for others. */
static void warn_name(const struct warning *warning, const struct section *section,
                      const char *name)
{
    const struct profile_file *file = warning->file;
    bool config = file->kind == PROFILE_CONFIG_FILE;
    bool early = config && (section->raw[0] == ' ' || section->raw[0] == '\t');
    bool spaces = section->type == SECTION_PROFILE && !section->prefixed &&
                  strcmp(section->name, section->raw) != 0;
    const char *whole;
    if (section->raw[0] == '\0') {
        start(warning, section->line);
        text_append(warning->lines,
                    "[] has no name; botocore and the aws command reject the whole file\n");
    }
    if (spaces || (early && section->type != SECTION_IGNORED)) {
        start(warning, section->line);
        text_appendf(warning->lines, "the spaces in [%s] make it another name for botocore\n",
                     name);
    }
    if (botocore_name(file, section, &whole) != strlen(section->raw)) {
        start(warning, section->line);
        text_appendf(warning->lines, "the name [%s] goes on after the bracket for botocore, to the "
                                     "last one of the line\n", name);
    }
    if (section->type != SECTION_IGNORED || section->raw[0] == '\0')
        return;
    if (!config) {
        start(warning, section->line);
        text_appendf(warning->lines, "[%s] is a profile of that whole name for botocore, and none "
                                     "for the other SDKs\n", name);
    } else if (has_meaning_for_botocore(section->raw)) {
        start(warning, section->line);
        text_appendf(warning->lines, "[%s] is read by botocore only; the other SDKs ignore it\n",
                     name);
    }
}

/* The same profile under another spelling: [profile a] and [profile  a]. */
static void warn_twin(const struct warning *warning, size_t index, const char *name)
{
    const struct profile_file *file = warning->file;
    const struct section *section = &file->sections[index];
    for (size_t i = 0; i < index && file->kind == PROFILE_CONFIG_FILE; i++) {
        const struct section *other = &file->sections[i];
        if (section->type == SECTION_IGNORED || other->type != section->type ||
            other->prefixed != section->prefixed || strcmp(other->name, section->name) != 0 ||
            strcmp(other->raw, section->raw) == 0)
            continue;
        start(warning, section->line);
        text_appendf(warning->lines, "[%s] is the section of line %d again; botocore takes the last "
                                     "one only\n", name, other->line);
        return;
    }
}

static void warn_section(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    const struct section *section = &file->sections[index];
    char name[SHOWN_SIZE];
    profile_show(name, section->raw);
    for (size_t i = 0; i < index; i++) {
        /* Of [DEFAULT] there may be several. */
        if (!is_same_section(file, &file->sections[i], section) || section->raw[0] == '\0' ||
            strcmp(section->raw, "DEFAULT") == 0)
            continue;
        start(warning, section->line);
        text_appendf(warning->lines,
                     "section [%s] stands on line %d already; botocore and the aws command reject "
                     "the whole file\n",
                     name, file->sections[i].line);
        break;
    }
    if (strcmp(section->raw, "DEFAULT") == 0) {
        start(warning, section->line);
        text_append(warning->lines,
                    "botocore gives the keys of [DEFAULT] to every other section too\n");
    }
    if (profile_file_overridden(file, section)) {
        start(warning, section->line);
        text_append(warning->lines, "[default] is overridden by [profile default], except for "
                                    "botocore, which takes the last one\n");
    }
    warn_name(warning, section, name);
    warn_twin(warning, index, name);
    if (section->type == SECTION_IGNORED && holds_keys(file, index)) {
        start(warning, section->line);
        text_appendf(warning->lines,
                     "[%s] is no profile in a %s file; the keys in it are left alone\n", name,
                     file->kind == PROFILE_CONFIG_FILE ? "config" : "credentials");
    }
    if (section->type == SECTION_PROFILE && !section->shared) {
        start(warning, section->line);
        text_appendf(warning->lines, "[%s] is read by botocore only; the other SDKs ignore it\n",
                     name);
    }
}

/* To botocore a name ends at a colon too; and all [DEFAULT] are one. */
static bool is_same_for_botocore(const struct profile_file *file, const struct property *a,
                                 const struct property *b)
{
    size_t lengths[2] = {strcspn(a->key, ":"), strcspn(b->key, ":")};
    for (size_t i = 0; i < 2; i++) {
        const char *key = i == 0 ? a->key : b->key;
        while (lengths[i] > 0 && strchr(" \t", key[lengths[i] - 1]) != NULL)
            lengths[i]--;
    }
    bool defaults = strcmp(file->sections[a->section].raw, "DEFAULT") == 0 &&
                    strcmp(file->sections[b->section].raw, "DEFAULT") == 0;
    return (a->section == b->section || defaults) && lengths[0] == lengths[1] &&
           memcmp(a->key, b->key, lengths[0]) == 0;
}

static void warn_property(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    const struct property *property = &file->properties[index];
    char key[SHOWN_SIZE];
    profile_show(key, property->key);
    for (size_t i = 0; i < index; i++) {
        const struct property *other = &file->properties[i];
        if (!is_same_for_botocore(file, other, property))
            continue;
        start(warning, property->line);
        text_appendf(warning->lines,
                     "%s stands on line %d already; botocore and the aws command reject the whole "
                     "file\n",
                     key, other->line);
        break;
    }
    if (strchr(property->key, ':') != NULL) {
        start(warning, property->line);
        text_appendf(warning->lines, "to botocore the name ends at the colon: %s\n", key);
    }
    if (property->remarked) {
        start(warning, property->line);
        text_appendf(warning->lines, "botocore takes the comment for a part of %s\n", key);
    }
}

static const char *line_text(const struct profile_file *file, size_t index)
{
    const char *at = file->bytes + file->lines[index].start;
    return at + strspn(at, " \t");
}

static bool is_empty(const struct profile_file *file, size_t index)
{
    const struct line *line = &file->lines[index];
    return line_text(file, index) + strspn(line_text(file, index), " \t\r\n") >=
           file->bytes + line->next;
}

static bool is_remark(const struct profile_file *file, size_t index)
{
    return *line_text(file, index) == '#' || *line_text(file, index) == ';';
}

/* Comments between do not count. */
static bool after_empty_line(const struct profile_file *file, size_t index)
{
    while (index > 0 && is_remark(file, index - 1))
        index--;
    return index > 0 && is_empty(file, index - 1);
}

/* Of a map empty lines are left out by everybody. */
static bool is_map(const struct property *property)
{
    return property->value[0] == '\n';
}

static bool has_odd_space(const char *at, const char *end)
{
    while (at < end && (*at == '\r' || profile_odd_space(at, end) == 0))
        at++;
    return at < end;
}

static void warn_characters(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    const struct line *line = &file->lines[index];
    const char *at = file->bytes + line->start;
    const char *end = file->bytes + line->next;
    end -= end > at && end[-1] == '\n';
    end -= end > at && end[-1] == '\r';
    if (memchr(at, '\r', (size_t)(end - at)) != NULL) {
        start(warning, (int)index + 1);
        text_append(warning->lines,
                    "what follows a carriage return begins a line of its own for botocore\n");
    }
    if (line->property >= 0 && has_odd_space(at, end)) {
        char key[SHOWN_SIZE];
        start(warning, (int)index + 1);
        text_appendf(warning->lines,
                     "there is white space that is neither blank nor tab; botocore leaves it out at "
                     "the ends of %s\n",
                     profile_show(key, file->properties[line->property].key));
    }
}

static void warn_line(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    int number = (int)index + 1;
    int property = file->lines[index].property;
    warn_characters(warning, index);
    if (property < 0 || file->properties[property].line == number)
        return;
    char key[SHOWN_SIZE];
    profile_show(key, file->properties[property].key);
    if (after_empty_line(file, index) && !is_map(&file->properties[property])) {
        start(warning, number);
        text_appendf(warning->lines, "botocore keeps the empty line before it in %s\n", key);
    }
    const char *text = line_text(file, index);
    if (*text == '[') {
        start(warning, number);
        text_appendf(warning->lines, "an indented section begins no section; it belongs to %s\n",
                     key);
    } else if (is_remark(file, index)) {
        start(warning, number);
        text_appendf(warning->lines,
                     "an indented comment is a part of %s for the SDKs other than botocore\n", key);
    }
}

/* The length of a valid UTF-8 sequence at `at` (no overlong form, no surrogate), or 0. */
static size_t sequence(const unsigned char *at, const unsigned char *end)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length == 0 || at[0] > 0xf4 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
               (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f);
    return bad ? 0 : length;
}

static bool is_utf8(const struct profile_file *file, const struct line *line)
{
    const unsigned char *at = (const unsigned char *)file->bytes + line->start;
    const unsigned char *end = (const unsigned char *)file->bytes + line->next;
    for (size_t length; at < end; at += length)
        if ((length = sequence(at, end)) == 0)
            return false;
    return true;
}

void profile_file_warnings(const struct profile_file *file, struct text *ret_lines)
{
    struct warning warning = {.file = file, .lines = ret_lines};
    profile_show(warning.path, file->path);
    if (file->marked) {
        start(&warning, 1);
        text_append(ret_lines, "the file begins with a byte order mark; botocore and the aws "
                               "command reject the whole file\n");
    }
    for (size_t i = 0; i < file->section_count; i++)
        warn_section(&warning, i);
    for (size_t i = 0; i < file->property_count; i++)
        warn_property(&warning, i);
    for (size_t i = 0; i < file->line_count; i++) {
        warn_line(&warning, i);
        if (is_utf8(file, &file->lines[i]))
            continue;
        start(&warning, (int)i + 1);
        text_append(ret_lines, "not valid UTF-8; botocore and other SDKs reject the whole file\n");
    }
}
