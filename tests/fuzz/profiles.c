/* The AWS files. Input: a byte for the kind (config or credentials), then the file. Held to: nothing is
 * lost (the lines, put together, are the file), what is seen is what the grammar of the SDKs says
 * (grammar.c says it again), and a replaced pair changes nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/parts.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/grammar.h"

static const char new_id[] = "AKIANEWNEWNEWNEW0002";
static const char new_secret[] = "newsecretnewsecretnewsecretnewsecret0002";

static void check_lossless(const struct profile_file *file, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    CHECK(file->length == size && memcmp(file->bytes, bytes, size) == 0);
    for (size_t i = 0; i < file->line_count; i++) {
        CHECK(file->lines[i].start == at && file->lines[i].next > at);
        at = file->lines[i].next;
        CHECK(file->lines[i].property < (int)file->property_count);
    }
    CHECK(at == size);
    for (size_t i = 0; i < file->property_count; i++) {
        const struct property *property = &file->properties[i];
        CHECK(property->section < file->section_count);
        CHECK(property->value_start <= property->value_end && property->value_end <= size);
        CHECK(property->line >= 1 && (size_t)property->line <= file->line_count);
    }
}

static void check_warnings(const struct profile_file *file)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 64 * 1024 * 1024);
    profile_file_warnings(file, &text);
    CHECK(text_ok(&text, NULL));
    for (char *line = text.bytes, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        CHECK(end != NULL);
        *end = '\0';
        CHECK(strncmp(line, "FILE line ", 10) == 0 && fuzz_is_safe(line));
    }
}

/* --- replacing ---------------------------------------------------------------------------------- */

static bool names_pair(const char *line, size_t length)
{
    char lower[200];
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < sizeof lower; i++)
        lower[used++] = (char)(line[i] >= 'A' && line[i] <= 'Z' ? line[i] + 32 : line[i]);
    lower[used] = '\0';
    return strstr(lower, "aws_access_key_id") != NULL || strstr(lower, "aws_secret_") != NULL;
}

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline != NULL ? (size_t)(newline - at) + 1 : (size_t)(end - at);
}

/* Line by line the same, but for lines of key IDs and secrets, and session tokens that are gone. */
static void check_difference(const struct profile_file *file, const char *now, size_t length)
{
    const char *end = now + length;
    for (size_t i = 0; i < file->line_count; i++) {
        const char *was = file->bytes + file->lines[i].start;
        size_t was_length = file->lines[i].next - file->lines[i].start;
        size_t now_length = line_length(now, end);
        if (now_length == was_length && memcmp(was, now, was_length) == 0) {
            now += now_length;
            continue;
        }
        int property = file->lines[i].property;
        CHECK(property >= 0);
        const char *key = file->properties[property].key;
        if (strcmp(key, "aws_session_token") == 0 || strcmp(key, "aws_security_token") == 0)
            continue;
        CHECK(strcmp(key, "aws_access_key_id") == 0 || strcmp(key, "aws_secret_access_key") == 0);
        CHECK(names_pair(was, was_length) && names_pair(now, now_length));
        now += now_length;
    }
    CHECK(now == end);
}

static void check_replaced(const struct profile_file *file, const char *old_id,
                           const struct credentials *pair)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    struct profile_place places[4];
    struct credentials held;
    size_t count = profile_file_find_key(file, old_id, places, 4);
    for (size_t i = 0; i < count && i < 4; i++)
        CHECK(places[i].line >= 1 && (size_t)places[i].line <= file->line_count);
    if (!profile_file_replace_pair(file, old_id, pair, NULL, &bytes, &length, &err)) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_NOT_FOUND || err.code == ERROR_PAIR_HALF ||
              (err.code == ERROR_SYNTAX && strncmp(err.text, "FILE line ", 10) == 0));
        CHECK(err.code != ERROR_NOT_FOUND || count == 0);
        return;
    }
    check_difference(file, bytes, length);
    struct profile_file *now = NULL;
    CHECK(profile_file_parse(file->kind, "FILE", bytes, length, &now, &err));
    CHECK(strcmp(old_id, new_id) == 0 || profile_file_find_key(now, old_id, NULL, 0) == 0);
    CHECK(profile_file_find_key(now, new_id, places, 4) >= count);
    CHECK(profile_file_read_pair(now, new_id, &held, &err));
    CHECK(secret_equal(held.secret, pair->secret));
    credentials_release(&held);
    profile_file_free(now);
    profile_bytes_free(bytes, length);
}

static void check_pairs(const struct profile_file *file)
{
    CLEANUP(credentials_release) struct credentials pair;
    struct error err = {0};
    credentials_init(&pair);
    strcpy(pair.key_id, new_id);
    CHECK(secret_new(new_secret, strlen(new_secret), &pair.secret, &err));
    int replaced = 0;
    for (size_t i = 0; i < file->property_count && replaced < 4; i++)
        if (strcmp(file->properties[i].key, "aws_access_key_id") == 0) {
            check_replaced(file, file->properties[i].value, &pair);
            replaced++;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_secrets();
    struct feed feed = {data, size};
    enum profile_file_kind kind =
        feed_byte(&feed) % 2 == 0 ? PROFILE_CREDENTIALS_FILE : PROFILE_CONFIG_FILE;
    struct profile_file *file = NULL;
    struct error err = {0};
    bool good = profile_file_parse(kind, "FILE", (const char *)feed.at, feed.left, &file, &err);
    grammar_check(kind, (const char *)feed.at, feed.left, good ? file : NULL);
    if (!good) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX || err.code == ERROR_LIMIT);
        CHECK(err.code != ERROR_SYNTAX || strncmp(err.text, "FILE line ", 10) == 0);
        return 0;
    }
    check_lossless(file, feed.at, feed.left);
    check_warnings(file);
    check_pairs(file);
    profile_file_free(file);
    return 0;
}
