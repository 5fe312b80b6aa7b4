/* What other readers of the same file would make of it: botocore (Python's RawConfigParser, with
 * its strict rules) above all, since the aws command reads with it. */
#include "profile/parts.h"

#include <stdio.h>
#include <string.h>

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

static void warn_section(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    const struct section *section = &file->sections[index];
    char name[SHOWN_SIZE];
    profile_show(name, section->raw);
    for (size_t i = 0; i < index; i++) {
        if (strcmp(file->sections[i].raw, section->raw) != 0)
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
    if (section->type == SECTION_PROFILE && !section->prefixed &&
        strcmp(section->name, section->raw) != 0) {
        start(warning, section->line);
        text_appendf(warning->lines, "the spaces in [%s] make it another name for botocore\n",
                     name);
    }
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

static bool is_pair_key(const char *key)
{
    return strcmp(key, "aws_access_key_id") == 0 || strcmp(key, "aws_secret_access_key") == 0 ||
           strcmp(key, "aws_session_token") == 0;
}

static void warn_property(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    const struct property *property = &file->properties[index];
    char key[SHOWN_SIZE];
    profile_show(key, property->key);
    for (size_t i = 0; i < index; i++) {
        const struct property *other = &file->properties[i];
        if (other->section != property->section || strcmp(other->key, property->key) != 0)
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
    if (is_pair_key(property->key) && property->remarked) {
        start(warning, property->line);
        text_appendf(warning->lines, "botocore takes the comment for a part of %s\n", key);
    }
}

static const char *line_text(const struct profile_file *file, size_t index)
{
    const char *at = file->bytes + file->lines[index].start;
    return at + strspn(at, " \t");
}

static void warn_line(const struct warning *warning, size_t index)
{
    const struct profile_file *file = warning->file;
    int number = (int)index + 1;
    int property = file->lines[index].property;
    if (property < 0 || file->properties[property].line == number)
        return;
    char key[SHOWN_SIZE];
    profile_show(key, file->properties[property].key);
    const char *text = line_text(file, index);
    if (*text == '[') {
        start(warning, number);
        text_appendf(warning->lines, "an indented section begins no section; it belongs to %s\n",
                     key);
    } else if ((*text == '#' || *text == ';') && is_pair_key(file->properties[property].key)) {
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
