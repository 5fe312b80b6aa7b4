#include "profile/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/guarded.h"

struct edit {
    const struct profile_file *file;
    const enum mark *marks;
    const struct credentials *pair;
    char *bytes;
    size_t length;
};

bool profile_can_be_value(const char *value, size_t length)
{
    if (length == 0 || value[0] == '#' || value[0] == ';')
        return false;
    for (size_t i = 0; i < length; i++)
        if (value[i] <= ' ' || value[i] > '~')
            return false;
    return true;
}

static void put(struct edit *edit, const void *bytes, size_t length)
{
    memcpy(edit->bytes + edit->length, bytes, length);
    edit->length += length;
}

/* A line as it was, but for the value that is marked on it. No half of a pair came past measure(). */
static void put_line(struct edit *edit, size_t index)
{
    const struct profile_file *file = edit->file;
    const struct line *line = &file->lines[index];
    enum mark mark = line->property < 0 ? MARK_NONE : edit->marks[line->property];
    if (mark == MARK_TOKEN)
        return;
    const struct property *property = &file->properties[line->property < 0 ? 0 : line->property];
    bool first = line->property >= 0 && property->line == (int)index + 1;
    if (!first || mark == MARK_NONE) {
        put(edit, file->bytes + line->start, line->next - line->start);
        return;
    }
    put(edit, file->bytes + line->start, property->value_start - line->start);
    if (mark == MARK_KEY_ID)
        put(edit, edit->pair->key_id, strlen(edit->pair->key_id));
    else
        put(edit, secret_bytes(edit->pair->secret), secret_length(edit->pair->secret));
    put(edit, file->bytes + property->value_end, line->next - property->value_end);
}

/* The same sections and properties, and of the values only the marked ones differ. */
static bool differs_as_meant(const struct edit *edit, const struct profile_file *now)
{
    const struct profile_file *old = edit->file;
    if (now->section_count != old->section_count || now->marked != old->marked)
        return false;
    for (size_t i = 0; i < old->section_count; i++)
        if (strcmp(now->sections[i].raw, old->sections[i].raw) != 0)
            return false;
    size_t n = 0;
    for (size_t i = 0; i < old->property_count; i++) {
        const struct property *was = &old->properties[i];
        if (edit->marks[i] == MARK_TOKEN)
            continue;
        if (n == now->property_count)
            return false;
        const struct property *is = &now->properties[n++];
        const char *wanted = was->value;
        if (edit->marks[i] == MARK_KEY_ID)
            wanted = edit->pair->key_id;
        else if (edit->marks[i] == MARK_SECRET)
            wanted = secret_bytes(edit->pair->secret);
        if (is->section != was->section || strcmp(is->key, was->key) != 0 ||
            strcmp(is->value, wanted) != 0)
            return false;
    }
    return n == now->property_count;
}

static bool check(const struct edit *edit, struct error *err)
{
    struct profile_file *now = NULL;
    if (!profile_file_parse(edit->file->kind, edit->file->path, edit->bytes, edit->length, &now,
                            err))
        return false;
    bool right = differs_as_meant(edit, now);
    profile_file_free(now);
    char shown[SHOWN_SIZE];
    return right || error_set(err, ERROR_INTERNAL,
                              "%s would not read back as meant after the change; it is left alone",
                              profile_show(shown, edit->file->path));
}

/* A value of several lines that is to be replaced would keep all but its first: no key or secret has
 * lines, and what they mean is not ours to guess. */
static bool one_line(const struct profile_file *file, size_t index, enum mark mark,
                     struct error *err)
{
    char shown[SHOWN_SIZE];
    const struct property *property = &file->properties[index];
    if ((mark != MARK_KEY_ID && mark != MARK_SECRET) || strchr(property->value, '\n') == NULL)
        return true;
    return error_set(err, ERROR_SYNTAX, "%s line %d: the value of %s goes on in the next line",
                     profile_show(shown, file->path), property->line, property->key);
}

/* How much longer the file can get, and whether every place is a whole pair. */
static bool measure(const struct profile_file *file, const char *key_id, const enum mark *marks,
                    const struct credentials *pair, size_t *ret_more, struct error *err)
{
    char shown[SHOWN_SIZE], key[SHOWN_SIZE];
    size_t longest = strlen(pair->key_id) + secret_length(pair->secret);
    size_t places = 0;
    *ret_more = 0;
    for (size_t i = 0; i < file->property_count; i++) {
        if (marks[i] == MARK_HALF)
            return error_set(err, ERROR_PAIR_HALF,
                             "%s line %d: which secret belongs to %s cannot be told",
                             profile_show(shown, file->path), file->properties[i].line,
                             profile_show(key, key_id));
        if (!one_line(file, i, marks[i], err))
            return false;
        places += marks[i] == MARK_KEY_ID;
        *ret_more += marks[i] == MARK_NONE ? 0 : longest;
    }
    return places > 0 || error_set(err, ERROR_NOT_FOUND, "%s does not hold %s",
                                   profile_show(shown, file->path), profile_show(key, key_id));
}

bool profile_file_replace_pair(const struct profile_file *file, const char *old_key_id,
                               const struct credentials *pair, const char *only_profile,
                               char **ret_bytes, size_t *ret_length, struct error *err)
{
    char shown[SHOWN_SIZE];
    if (!profile_can_be_value(pair->key_id, strlen(pair->key_id)) ||
        !profile_can_be_value(secret_bytes(pair->secret), secret_length(pair->secret)))
        return error_set(err, ERROR_SYNTAX, "the new pair has characters that %s cannot hold",
                         profile_show(shown, file->path));
    enum mark *marks = profile_mark_pairs(file, old_key_id, only_profile);
    if (marks == NULL)
        return error_set(err, ERROR_MEMORY, "no room to change %s",
                         profile_show(shown, file->path));
    size_t more = 0;
    struct edit edit = {.file = file, .marks = marks, .pair = pair};
    bool made = measure(file, old_key_id, marks, pair, &more, err);
    if (made) {
        edit.bytes = guarded_new(file->length + more + 1);
        made = edit.bytes != NULL;
        if (!made)
            error_set(err, ERROR_MEMORY, "no room to change %s", profile_show(shown, file->path));
    }
    for (size_t i = 0; made && i < file->line_count; i++)
        put_line(&edit, i);
    if (made) {
        edit.bytes[edit.length] = '\0';
        made = check(&edit, err);
    }
    free(marks);
    if (!made) {
        profile_bytes_free(edit.bytes, edit.length);
        return false;
    }
    *ret_bytes = edit.bytes;
    *ret_length = edit.length;
    return true;
}

void profile_bytes_free(char *bytes, size_t length)
{
    (void)length; /* all of it is wiped */
    guarded_free(bytes);
}
