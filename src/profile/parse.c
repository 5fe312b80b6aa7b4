/* The grammar of facts that the AWS SDKs share, line by line. */
#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guarded.h"
#include "base/safe.h"
#include "base/words.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

struct span {
    const char *at;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_comment(char c)
{
    return c == '#' || c == ';';
}

static struct span trim(struct span span)
{
    while (span.length > 0 && is_blank(span.at[0]))
        span.at++, span.length--;
    while (span.length > 0 && is_blank(span.at[span.length - 1]))
        span.length--;
    return span;
}

/* Without surrounding blanks and what a comment character begins: any one, or only those that
 * stand after white space. */
static struct span before_comment(struct span span, bool after_space_only)
{
    span = trim(span);
    for (size_t i = 0; i < span.length; i++) {
        bool after_space = i > 0 && strchr(" \t\r\f\v", span.at[i - 1]) != NULL;
        if (is_comment(span.at[i]) && (after_space || !after_space_only)) {
            span.length = i;
            break;
        }
    }
    return trim(span);
}

static bool is_identifier(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_-/.%@:+";
    return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

const char *profile_show(char buffer[SHOWN_SIZE], const char *name)
{
    return safe_copy(buffer, SHOWN_SIZE, name);
}

/* --- strings -----------------------------------------------------------------------------------*/

/* The pool is large enough from the start, see profile_file_parse: nothing secret is ever moved. */
static char *keep(struct profile_file *file, struct span span)
{
    char *string = file->pool + file->pool_used;
    memcpy(string, span.at, span.length);
    string[span.length] = '\0';
    file->pool_used += span.length + 1;
    return string;
}

/* Join a continuation to the string that was kept last. */
static void keep_more(struct profile_file *file, struct span span)
{
    file->pool[file->pool_used - 1] = '\n';
    keep(file, span);
}

static bool fault(const struct profile_file *file, size_t line, const char *what, struct error *err)
{
    char shown[SHOWN_SIZE];
    return error_set(err, ERROR_SYNTAX, "%s line %zu: %s", profile_show(shown, file->path), line,
                     what);
}

/* --- sections ----------------------------------------------------------------------------------*/

static struct span first_word(struct span *rest)
{
    struct span word = *rest;
    size_t length = 0;
    while (length < word.length && !is_blank(word.at[length]))
        length++;
    word.length = length;
    *rest = trim((struct span){rest->at + length, rest->length - length});
    return word;
}

static bool span_is(struct span span, const char *string)
{
    return span.length == strlen(string) && memcmp(span.at, string, span.length) == 0;
}

/* botocore splits [profile "my prof"] as a shell would. */
static const char *unquoted(struct profile_file *file, const char *name)
{
    char **words = NULL;
    struct error ignored;
    if (!words_split(name, &words, &ignored))
        return NULL;
    char *found = NULL;
    if (words[0] != NULL && words[1] == NULL)
        found = keep(file, (struct span){words[0], strlen(words[0])});
    words_free(words);
    return found;
}

static void classify(struct profile_file *file, struct section *section, struct span inside)
{
    struct span rest = trim(inside);
    struct span whole = rest;
    struct span word = first_word(&rest);
    section->type = SECTION_IGNORED;
    section->name = section->raw;
    if (file->kind == PROFILE_CREDENTIALS_FILE) {
        bool typed = rest.length > 0 && (span_is(word, "profile") || span_is(word, "sso-session") ||
                                         span_is(word, "services"));
        if (typed || whole.length == 0)
            return;
        section->type = SECTION_PROFILE;
        section->name = keep(file, whole);
        section->shared = is_identifier(section->name);
    } else if (rest.length == 0) {
        if (!span_is(word, "default"))
            return;
        section->type = SECTION_PROFILE;
        section->name = keep(file, word);
        section->shared = true;
    } else {
        const char *name = keep(file, rest);
        section->prefixed = span_is(word, "profile");
        section->shared = is_identifier(name);
        if (!section->shared && section->prefixed)
            name = unquoted(file, name);
        if (name == NULL)
            return;
        section->name = name;
        if (section->prefixed)
            section->type = SECTION_PROFILE;
        else if (section->shared && span_is(word, "sso-session"))
            section->type = SECTION_SSO_SESSION;
        else if (section->shared && span_is(word, "services"))
            section->type = SECTION_SERVICES;
    }
}

static bool read_section(struct profile_file *file, struct span text, size_t number,
                         struct error *err)
{
    struct span header = before_comment(text, false);
    if (header.length < 2 || header.at[header.length - 1] != ']')
        return fault(file, number, "Profile definition must end with ']'", err);
    struct span inside = {header.at + 1, header.length - 2};
    struct section *section = &file->sections[file->section_count++];
    *section = (struct section){.line = (int)number, .raw = keep(file, inside)};
    classify(file, section, inside);
    return true;
}

/* --- properties --------------------------------------------------------------------------------*/

struct parser {
    struct profile_file *file;
    size_t number; /* of the line, from 1 */
    int property;  /* that a continuation belongs to, or -1 */
    bool sub;      /* its value is empty so far: continuations are a map */
};

static bool split_property(const struct parser *parser, struct span text, bool sub,
                           struct span *ret_key, struct span *ret_value, struct error *err)
{
    struct span body = before_comment(text, true);
    const char *equals = memchr(body.at, '=', body.length);
    if (equals == NULL)
        return fault(parser->file, parser->number,
                     sub ? "Expected an '=' sign defining a sub-property"
                         : "Expected an '=' sign defining a property",
                     err);
    struct span key = trim((struct span){body.at, (size_t)(equals - body.at)});
    if (key.length == 0)
        return fault(parser->file, parser->number,
                     sub ? "Sub-property did not have a name" : "Property did not have a name",
                     err);
    size_t left = body.length - (size_t)(equals - body.at) - 1;
    *ret_key = key;
    *ret_value = trim((struct span){equals + 1, left});
    return true;
}

bool profile_is_pair_key(const char *key)
{
    static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key",
                                       "aws_session_token", "aws_security_token"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* White space that botocore alone leaves out is in no key, secret or token: a copied key is found with
 * what was copied behind it. */
static struct span trim_odd(struct span value)
{
    const char *start = value.at;
    const char *end = value.at + value.length;
    for (size_t length = 1; length > 0;) {
        struct span rest = trim((struct span){start, (size_t)(end - start)});
        start = rest.at;
        end = rest.at + rest.length;
        length = profile_odd_space(start, end);
        start += length;
        size_t behind = profile_odd_space_before(start, end);
        end -= behind;
        length += behind;
    }
    return (struct span){start, (size_t)(end - start)};
}

/* A key in small letters. */
static char *keep_name(struct profile_file *file, struct span key)
{
    size_t used = file->pool_used;
    struct span plain = trim_odd(key);
    char *name = keep(file, plain);
    for (char *c = name; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    if (plain.length == key.length || profile_is_pair_key(name))
        return name;
    file->pool_used = used; /* of other names it is a part */
    name = keep(file, key);
    for (char *c = name; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    return name;
}

static bool read_property(struct parser *parser, struct span text, struct error *err)
{
    struct profile_file *file = parser->file;
    if (file->section_count == 0)
        return fault(file, parser->number, "Expected a profile definition, found a property", err);
    struct span key, value;
    if (!split_property(parser, text, false, &key, &value, err))
        return false;
    struct property *property = &file->properties[file->property_count];
    char *name = keep_name(file, key);
    bool remarked = trim(text).at + trim(text).length != value.at + value.length;
    if (profile_is_pair_key(name))
        value = trim_odd(value);
    *property = (struct property){
        .section = file->section_count - 1,
        .key = name,
        .value = keep(file, value),
        .named = is_identifier(name),
        .remarked = remarked,
        .line = (int)parser->number,
        .value_start = (size_t)(value.at - file->bytes),
        .value_end = (size_t)(value.at - file->bytes) + value.length,
    };
    parser->property = (int)file->property_count++;
    parser->sub = value.length == 0;
    return true;
}

static bool read_continuation(struct parser *parser, struct span text, struct error *err)
{
    struct profile_file *file = parser->file;
    if (file->section_count == 0)
        return fault(file, parser->number, "Expected a profile definition, found a continuation",
                     err);
    if (parser->property < 0)
        return fault(file, parser->number, "Expected a property definition, found continuation",
                     err);
    struct span key, value;
    if (parser->sub && !split_property(parser, text, true, &key, &value, err))
        return false;
    keep_more(file, trim(text));
    return true;
}

static bool read_line(struct parser *parser, struct line *line, struct error *err)
{
    struct profile_file *file = parser->file;
    struct span text = {file->bytes + line->start, line->next - line->start};
    if (text.length > 0 && text.at[text.length - 1] == '\n')
        text.length--;
    if (text.length > 0 && text.at[text.length - 1] == '\r')
        text.length--;
    if (line->start == 0 && file->marked)
        text = (struct span){text.at + 3, text.length - 3};
    line->property = -1;
    if (trim(text).length == 0 || is_comment(text.at[0]))
        return true;
    if (text.at[0] == '[') {
        parser->property = -1;
        return read_section(file, text, parser->number, err);
    }
    bool read = is_blank(text.at[0]) ? read_continuation(parser, text, err)
                                     : read_property(parser, text, err);
    line->property = parser->property;
    return read;
}

/* An indented comment is a comment to botocore and a part of the value to the others. No key,
 * secret or token has lines, so there it can only be meant as a comment. */
static void cut_comments(const struct profile_file *file)
{
    for (size_t i = 0; i < file->property_count; i++) {
        char *first = strchr(file->properties[i].value, '\n');
        bool pair = profile_is_pair_key(file->properties[i].key);
        bool comments = pair && first != NULL;
        for (const char *at = first; comments && at != NULL; at = strchr(at + 1, '\n'))
            comments = is_comment(at[1]);
        if (comments)
            *first = '\0';
    }
}

/* --- a whole file ------------------------------------------------------------------------------*/

static bool make_room(struct profile_file *file, const char *path, const char *bytes, size_t length)
{
    size_t lines = 1;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    file->path = strdup(path);
    file->bytes = guarded_new(length + 1);
    /* at most three strings a line (a section's raw, trimmed and unquoted name), each with a NUL */
    file->pool_size = 3 * length + 4 * lines;
    file->pool = guarded_new(file->pool_size);
    file->lines = calloc(lines, sizeof *file->lines);
    file->sections = calloc(lines, sizeof *file->sections);
    file->properties = calloc(lines, sizeof *file->properties);
    if (file->path == NULL || file->bytes == NULL || file->pool == NULL || file->lines == NULL ||
        file->sections == NULL || file->properties == NULL)
        return false;
    memcpy(file->bytes, bytes, length);
    file->bytes[length] = '\0';
    file->length = length;
    file->exists = true;
    return true;
}

static void file_cleanup(struct profile_file **file)
{
    profile_file_free(*file);
}

bool profile_file_parse(enum profile_file_kind kind, const char *path, const char *bytes,
                        size_t length, struct profile_file **ret_file, struct error *err)
{
    char shown[SHOWN_SIZE];
    if (length > PROFILE_FILE_MAXIMUM)
        return error_set(err, ERROR_LIMIT, "%s is larger than 1 MiB", profile_show(shown, path));
    CLEANUP(file_cleanup) struct profile_file *file = calloc(1, sizeof *file);
    if (file == NULL || !make_room(file, path, bytes, length))
        return error_set(err, ERROR_MEMORY, "no room to read %s", profile_show(shown, path));
    file->kind = kind;
    file->marked = length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0;
    struct parser parser = {.file = file, .property = -1};
    for (size_t start = 0; start < length;) {
        const char *end = memchr(file->bytes + start, '\n', length - start);
        size_t next = end == NULL ? length : (size_t)(end - file->bytes) + 1;
        struct line *line = &file->lines[file->line_count++];
        *line = (struct line){.start = start, .next = next};
        parser.number = file->line_count;
        if (memchr(file->bytes + start, '\0', next - start) != NULL)
            return fault(file, parser.number, "a NUL byte: this is not a text file", err);
        if (!read_line(&parser, line, err))
            return false;
        start = next;
    }
    cut_comments(file);
    file->scratch = calloc(file->property_count + 1, sizeof *file->scratch);
    if (file->scratch == NULL)
        return error_set(err, ERROR_MEMORY, "no room to read %s", profile_show(shown, path));
    *ret_file = file;
    file = NULL;
    return true;
}

bool profile_file_read(enum profile_file_kind kind, const char *path,
                       struct profile_file **ret_file, struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error cause;
    if (!file_read(path, PROFILE_FILE_MAXIMUM, &bytes, &length, &cause)) {
        if (cause.code != ERROR_NOT_FOUND) {
            if (err != NULL)
                *err = cause;
            return false;
        }
        if (!profile_file_parse(kind, path, "", 0, ret_file, err))
            return false;
        (*ret_file)->exists = false;
        return true;
    }
    bool parsed = profile_file_parse(kind, path, bytes, length, ret_file, err);
    file_bytes_free(bytes, length);
    return parsed;
}

void profile_file_free(struct profile_file *file)
{
    if (file == NULL)
        return;
    free(file->path);
    guarded_free(file->bytes);
    guarded_free(file->pool);
    free(file->lines);
    free(file->sections);
    free(file->properties);
    free(file->scratch);
    free(file);
}

bool profile_file_exists(const struct profile_file *file)
{
    return file->exists;
}

const char *profile_file_path(const struct profile_file *file)
{
    return file->path;
}
