/* The reminder's file (runner/reminder.h). Input: a byte for what is done to it, a line each for account, user and key
 * ID, then the file. Prompts show its first line, and shells expand what is in prompts: so whatever the file holds, what is
 * read of it and what is written into it is only letters, digits, blanks and a few marks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/reminder.h"
#include "tests/fuzz/fuzz.h"

enum { WORD = 300, FILE_MOST = 1 << 20, LINES_MOST = REMINDER_KEYS_MAX };

static char journal[300], file[300];

static void remove_file(void)
{
    unlink(file);
}

static void put_file(const char *bytes, size_t size)
{
    if (file[0] == '\0') {
        snprintf(journal, sizeof journal, "%s/journal", fuzz_directory());
        snprintf(file, sizeof file, "%s/due", fuzz_directory());
        atexit(remove_file);
    }
    FILE *to = fopen(file, "wb");
    CHECK(to != NULL && fwrite(bytes, 1, size, to) == size && fclose(to) == 0);
}

/* As a string that the caller frees; NUL bytes would be lost, and there are none in what we wrote. */
static char *get_file(void)
{
    FILE *from = fopen(file, "rb");
    char *bytes = calloc(1, FILE_MOST);
    CHECK(from != NULL && bytes != NULL);
    size_t length = fread(bytes, 1, FILE_MOST - 1, from);
    CHECK(fclose(from) == 0 && strlen(bytes) == length);
    return bytes;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           (c != '\0' && strchr("_+=,.@:()/-", c) != NULL);
}

/* The first line of a file with an end, when it may be shown. */
static void check_line(const char *bytes, size_t size)
{
    char line[REMINDER_LINE_MAX + 1];
    size_t length = 0;
    reminder_line(journal, line);
    while (length < size && is_plain(bytes[length]))
        length++;
    bool good = length < size && bytes[length] == '\n' && length <= REMINDER_LINE_MAX;
    CHECK(strlen(line) == (good ? length : 0) && memcmp(line, bytes, strlen(line)) == 0);
}

/* What we wrote: a line to show, and the keys, of four words each. Returns how many keys. */
static size_t check_written(const char *bytes)
{
    size_t lines = 0;
    check_line(bytes, strlen(bytes));
    for (const char *at = bytes; *at != '\0'; lines++) {
        size_t length = strcspn(at, "\n"), blanks = 0;
        CHECK(at[length] == '\n');
        for (size_t i = 0; i < length; i++) {
            CHECK(is_plain(at[i]));
            blanks += at[i] == ' ';
        }
        CHECK(lines > 0 ? strncmp(at, "key ", 4) == 0 && blanks == 3 && at[length - 1] != ' '
                        : length <= REMINDER_LINE_MAX);
        at += length + 1;
    }
    CHECK(lines >= 1 && lines - 1 <= LINES_MOST);
    CHECK((lines == 1) == (bytes[0] == '\n')); /* nothing is shown when nothing is due */
    return lines - 1;
}

static bool has_line(const char *bytes, const char *account, const char *user, const char *key)
{
    char line[4 * WORD];
    snprintf(line, sizeof line, "\nkey %s %s %s\n", account, user, key);
    return strstr(bytes, line) != NULL;
}

static bool is_word(const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++)
        if (!is_plain(word[i]) || word[i] == ' ')
            return false;
    return length > 0 && length <= 160;
}

/* What is put in twice is there once; what is forgotten is gone. */
static void check_put(const char *account, const char *user, const char *key, bool all)
{
    const struct reminder_key keys[] = {{user, key}};
    bool words = is_word(account) && is_word(user) && is_word(key);
    reminder_put(journal, account, all ? NULL : user, keys, 1);
    char *once = get_file();
    size_t count = check_written(once);
    CHECK(count >= 1);
    CHECK(!words || count == LINES_MOST || has_line(once, account, user, key));
    reminder_put(journal, account, all ? NULL : user, keys, 1);
    char *twice = get_file();
    CHECK(check_written(twice) <= count);
    free(twice);
    free(once);
    reminder_forget(journal, key);
    char *left = get_file();
    CHECK(check_written(left) <= count);
    CHECK(!words || !has_line(left, account, user, key));
    free(left);
}

/* Nothing is due in this account: nothing of it stays. */
static void check_none(const char *account)
{
    char line[WORD + 8];
    reminder_put(journal, account, NULL, NULL, 0);
    char *left = get_file();
    check_written(left);
    snprintf(line, sizeof line, "\nkey %s ", account);
    CHECK(!is_word(account) || strstr(left, line) == NULL);
    free(left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    char account[WORD], user[WORD], key[WORD];
    unsigned what = feed_byte(&feed);
    feed_line(&feed, account, sizeof account);
    feed_line(&feed, user, sizeof user);
    feed_line(&feed, key, sizeof key);
    put_file((const char *)feed.at, feed.left);
    check_line((const char *)feed.at, feed.left);
    if (feed.left > 200 * 1024) /* over what it reads, or nearly: only the line */
        return 0;
    if (what % 3 == 0)
        check_put(account, user, key, what % 2 == 0);
    else if (what % 3 == 1)
        check_none(account);
    else
        reminder_forget(journal, key);
    return 0;
}
