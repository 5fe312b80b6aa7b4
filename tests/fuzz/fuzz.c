#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

unsigned feed_byte(struct feed *feed)
{
    if (feed->left == 0)
        return 0;
    feed->left--;
    return *feed->at++;
}

char *feed_line(struct feed *feed, char *buffer, size_t size)
{
    size_t length = 0;
    while (feed->left > 0) {
        unsigned byte = feed_byte(feed);
        if (byte == '\n')
            break;
        if (byte != 0 && length + 1 < size)
            buffer[length++] = (char)byte;
    }
    buffer[length] = '\0';
    return buffer;
}

char *feed_rest(struct feed *feed)
{
    char *string = malloc(feed->left + 1);
    size_t length = 0;
    CHECK(string != NULL);
    while (feed->left > 0) {
        unsigned byte = feed_byte(feed);
        if (byte != 0)
            string[length++] = (char)byte;
    }
    string[length] = '\0';
    return string;
}

/* --- safe text ---------------------------------------------------------------------------------- */

/* Table 3-7 of the Unicode standard, row by row: the first byte, then the range of the second. */
static const struct {
    unsigned char first, last, second_least, second_most;
    size_t length;
} well_formed[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t length_of(const unsigned char *at)
{
    for (size_t i = 0; i < sizeof well_formed / sizeof *well_formed; i++) {
        size_t length = well_formed[i].length;
        if (at[0] < well_formed[i].first || at[0] > well_formed[i].last)
            continue;
        if (length > 1 &&
            (at[1] < well_formed[i].second_least || at[1] > well_formed[i].second_most))
            return 0;
        for (size_t k = 2; k < length; k++)
            if (at[k] < 0x80 || at[k] > 0xbf)
                return 0;
        return length;
    }
    return 0;
}

/* Cc, Cf, Zl and Zp of the Unicode Character Database, version 14. */
static bool obeyed(uint32_t point)
{
    static const uint32_t ranges[][2] = {
        {0x0, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x600, 0x605},
        {0x61c, 0x61c},    {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
        {0x8e2, 0x8e2},    {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x2064},  {0x2066, 0x206f},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
        {0xfff9, 0xfffb},  {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x13438},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

bool fuzz_is_safe(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    while (*at != '\0') {
        size_t length = length_of(at);
        if (length == 0)
            return false;
        uint32_t point = length == 1 ? at[0] : at[0] & (0x7fu >> length);
        for (size_t i = 1; i < length; i++)
            point = point << 6 | (at[i] & 0x3fu);
        if (obeyed(point))
            return false;
        at += length;
    }
    return true;
}

void fuzz_check_error(const struct error *err)
{
    CHECK(err->code > ERROR_NONE && err->code < ERROR_COUNT);
    CHECK(memchr(err->text, '\0', sizeof err->text) != NULL);
    CHECK(err->text[0] != '\0');
    CHECK(fuzz_is_safe(err->text));
    CHECK(fuzz_is_safe(err->aws_code));
    CHECK(fuzz_is_safe(err->request_id));
    CHECK(fuzz_is_safe(err->op));
}

/* --- a directory -------------------------------------------------------------------------------- */

static char directory[64];

static void remove_directory(void)
{
    DIR *entries = opendir(directory);
    char path[sizeof directory + 300];
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(path);
    }
    if (entries != NULL)
        closedir(entries);
    rmdir(directory);
}

const char *fuzz_directory(void)
{
    if (directory[0] == '\0') {
        bool memory = access("/dev/shm", W_OK) == 0;
        strcpy(directory, memory ? "/dev/shm/keywright-fuzz-XXXXXX" : "/tmp/keywright-fuzz-XXXXXX");
        CHECK(mkdtemp(directory) != NULL);
        atexit(remove_directory);
    }
    return directory;
}
