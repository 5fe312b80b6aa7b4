#include "runner/reminder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { FILE_MOST = 256 * 1024, WORDS = 4, WORD_MOST = 160 };

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 " REMINDER_MARKS;

static bool find_file(const char *journal, char path[PATH_MAX])
{
    const char *slash = strrchr(journal, '/');
    int folder = slash != NULL ? (int)(slash - journal) + 1 : 0;
    int made = snprintf(path, PATH_MAX, "%.*sdue", folder, journal);
    return made > 0 && made < PATH_MAX;
}

/* One word: what must not be in the file, and a blank, becomes "_". */
static void put_word(struct text *text, const char *word)
{
    size_t length = 0;
    text_append_char(text, ' ');
    for (; *word != '\0' && length < WORD_MOST; word++, length++)
        text_append_char(text, *word != ' ' && strchr(allowed, *word) != NULL ? *word : '_');
    if (length == 0)
        text_append_char(text, '-');
}

/* --- the lines ---------------------------------------------------------------------------------*/

struct line {
    char words[WORDS][WORD_MOST + 1]; /* "key", account, user, ID ("-": not known) */
};

struct lines {
    size_t count;
    struct line *list; /* of REMINDER_KEYS_MAX; NULL when there is no memory */
};

static void lines_release(struct lines *lines)
{
    free(lines->list);
}

static bool read_line(const char *text, size_t length, struct line *ret_line)
{
    const char *at = text, *end = text + length;
    for (int i = 0; i < WORDS; i++) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        const char *stop = i + 1 == WORDS ? end : blank;
        if (stop == NULL || stop == at || stop - at > WORD_MOST)
            return false;
        memcpy(ret_line->words[i], at, (size_t)(stop - at));
        ret_line->words[i][stop - at] = '\0';
        if (strspn(ret_line->words[i], allowed) != (size_t)(stop - at))
            return false;
        at = stop + (stop < end);
    }
    return strcmp(ret_line->words[0], "key") == 0 && strchr(ret_line->words[WORDS - 1], ' ') == NULL;
}

/* What is no line of ours is left out. *ret_there: there was a file. */
static void load(const char *path, struct lines *lines, bool *ret_there)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error ignored;
    lines->list = calloc(REMINDER_KEYS_MAX, sizeof *lines->list);
    *ret_there = file_read(path, FILE_MOST, &bytes, &length, &ignored) || ignored.code != ERROR_NOT_FOUND;
    const char *at = bytes != NULL ? strchr(bytes, '\n') : NULL;
    while (at != NULL && lines->list != NULL && lines->count < REMINDER_KEYS_MAX) {
        const char *end = strchr(++at, '\n');
        if (end != NULL && read_line(at, (size_t)(end - at), &lines->list[lines->count]))
            lines->count++;
        at = end;
    }
    file_bytes_free(bytes, length);
}

/* --- the first line ----------------------------------------------------------------------------*/

/* Of names that are long it would be too long for one: then it tells only how many there are. */
static void put_summary(struct text *text, const struct lines *lines)
{
    const struct line *first = lines->list;
    char line[2 * REMINDER_LINE_MAX];
    int length = 0;
    bool known = lines->count == 1 && strcmp(first->words[3], "-") != 0;
    line[0] = '\0';
    if (lines->count == 1)
        length = snprintf(line, sizeof line, "keywright: %s%s of %s is due for rotation (keywright due)",
                          known ? "access key " : "an access key", known ? first->words[3] : "",
                          first->words[2]);
    else if (lines->count > 1)
        length = snprintf(line, sizeof line,
                          "keywright: %zu access keys are due for rotation, the first of %s (keywright due)",
                          lines->count, first->words[2]);
    if (length > REMINDER_LINE_MAX)
        snprintf(line, sizeof line, "keywright: %zu access keys are due for rotation (keywright due)",
                 lines->count);
    text_append(text, line);
    text_append_char(text, '\n');
}

static void save(const char *path, const struct lines *lines)
{
    CLEANUP(text_release) struct text text;
    text_init(&text, FILE_MOST);
    put_summary(&text, lines);
    for (size_t i = 0; i < lines->count; i++) {
        text_append(&text, "key");
        for (int word = 1; word < WORDS; word++)
            put_word(&text, lines->list[i].words[word]);
        text_append_char(&text, '\n');
    }
    if (text_ok(&text, NULL))
        (void)!file_write(path, text.bytes, text.length, 0600, NULL);
}

/* --- what the header promises ------------------------------------------------------------------*/

static void clean(const char *word, char to[WORD_MOST + 1])
{
    CLEANUP(text_release) struct text text;
    text_init(&text, 2 * WORD_MOST);
    put_word(&text, word);
    text_copy(to, WORD_MOST + 1, text.length > 0 ? text.bytes + 1 : "-");
}

static void drop(struct lines *lines, const char *account, const char *user, const char *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->list[i];
        bool meant = (account == NULL || strcmp(line->words[1], account) == 0) &&
                     (user == NULL || strcmp(line->words[2], user) == 0) &&
                     (key == NULL || strcmp(line->words[3], key) == 0);
        if (!meant)
            lines->list[kept++] = *line;
    }
    lines->count = kept;
}

void reminder_put(const char *journal, const char *account, const char *user,
                  const struct reminder_key *keys, size_t count)
{
    CLEANUP(lines_release) struct lines lines = {0};
    char path[PATH_MAX], in[WORD_MOST + 1], of[WORD_MOST + 1];
    bool there;
    if (!find_file(journal, path))
        return;
    load(path, &lines, &there);
    if (lines.list == NULL || (!there && count == 0))
        return;
    clean(account, in);
    clean(user != NULL ? user : "", of);
    drop(&lines, in, user != NULL ? of : NULL, NULL);
    for (size_t i = 0; i < count && lines.count < REMINDER_KEYS_MAX; i++) {
        struct line *line = &lines.list[lines.count++];
        text_copy(line->words[0], sizeof line->words[0], "key");
        text_copy(line->words[1], sizeof line->words[1], in);
        clean(keys[i].user, line->words[2]);
        clean(keys[i].key, line->words[3]);
    }
    save(path, &lines);
}

void reminder_forget(const char *journal, const char *key)
{
    CLEANUP(lines_release) struct lines lines = {0};
    char path[PATH_MAX], id[WORD_MOST + 1];
    bool there;
    if (!find_file(journal, path))
        return;
    load(path, &lines, &there);
    size_t before = lines.count;
    clean(key, id);
    if (lines.list != NULL)
        drop(&lines, NULL, NULL, id);
    if (lines.count < before)
        save(path, &lines);
}

void reminder_line(const char *journal, char ret_line[REMINDER_LINE_MAX + 1])
{
    char path[PATH_MAX], *bytes = NULL;
    size_t length = 0;
    ret_line[0] = '\0';
    if (!find_file(journal, path) || !file_read(path, FILE_MOST, &bytes, &length, NULL))
        return;
    size_t line = strcspn(bytes, "\n");
    if (line <= REMINDER_LINE_MAX && bytes[line] == '\n' && strspn(bytes, allowed) == line) {
        memcpy(ret_line, bytes, line);
        ret_line[line] = '\0';
    }
    file_bytes_free(bytes, length);
}
