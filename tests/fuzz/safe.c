/* base/safe and base/show: any bytes on their way to a terminal. Input: the bytes; for safe_copy the
 * first byte is the size of the buffer, less one. */
#include <stdlib.h>
#include <string.h>

#include "base/safe.h"
#include "base/show.h"
#include "tests/fuzz/fuzz.h"

static size_t longest_row_of_marks(const char *string)
{
    struct safe_walk walk = {.at = string};
    struct safe_piece piece;
    size_t longest = 0;
    while (safe_next(&walk, &piece))
        longest = walk.marks > longest ? walk.marks : longest;
    return longest;
}

static void check_append(const char *string)
{
    struct text once CLEANUP(text_release), twice CLEANUP(text_release);
    text_init(&once, 16 * strlen(string));
    text_init(&twice, 16 * strlen(string));
    text_append_safe(&once, string);
    CHECK(text_ok(&once, NULL));
    CHECK(fuzz_is_safe(once.bytes));
    CHECK(longest_row_of_marks(once.bytes) <= SAFE_MARKS);
    text_append_safe(&twice, once.bytes);
    CHECK(strcmp(once.bytes, twice.bytes) == 0);
    /* Printable ASCII is itself, and nothing is dropped. */
    CHECK(once.length >= strlen(string));
    CHECK((once.length == 0) == (string[0] == '\0'));
    CHECK(show_columns(once.bytes) <= once.length);
}

static void check_copy(const char *string, size_t size)
{
    char *buffer = malloc(size);
    struct text whole CLEANUP(text_release);
    CHECK(buffer != NULL);
    text_init(&whole, 16 * strlen(string));
    text_append_safe(&whole, string);
    CHECK(safe_copy(buffer, size, string) == buffer);
    CHECK(strlen(buffer) < size);
    CHECK(fuzz_is_safe(buffer));
    CHECK(strncmp(buffer, whole.bytes, strlen(buffer)) == 0);
    /* Cut only when the next piece, of at most ten bytes, did not fit. */
    CHECK(strlen(buffer) == whole.length || strlen(buffer) + 10 >= size);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    size_t room = feed_byte(&feed) + 1;
    char *string = feed_rest(&feed);
    check_append(string);
    check_copy(string, room);
    free(string);
    return 0;
}
