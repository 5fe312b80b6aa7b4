/* The scope of a keeper (wire/scope.h): bytes as they stand in the sealed file, read, walked
 * through, and written again. Input: those bytes. */
#include "config.h" /* first: it asks for the seals of memory files */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "tests/fuzz/fuzz.h"
#include "wire/scope.h"

enum { ROWS_MAX = 4096 };

struct row {
    enum scope_kind kind;
    const char *value;
};

struct rows {
    size_t count;
    struct row each[ROWS_MAX];
};

/* The form once more, from the words of scope.h: strings, each ended by a NUL, "KIND=VALUE". */
static void split(const char *bytes, size_t length, struct rows *rows)
{
    static const char *const kinds[] = {"target=", "verify=", "test=", "mfa=", "notify="};
    rows->count = 0;
    for (const char *at = bytes; at < bytes + length; at = strchr(at, '\0') + 1)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            if (strstr(at, kinds[k]) != at)
                continue;
            CHECK(rows->count < ROWS_MAX);
            rows->each[rows->count++] = (struct row){(enum scope_kind)k, at + strlen(kinds[k])};
        }
}

static void check_rows(const struct text *scope, const struct rows *rows)
{
    size_t at = 0;
    enum scope_kind kind;
    const char *value;
    for (size_t i = 0; i < rows->count; i++) {
        CHECK(scope_next(scope, &at, &kind, &value));
        CHECK(kind == rows->each[i].kind && strcmp(value, rows->each[i].value) == 0);
        CHECK(at <= scope->length && value > scope->bytes && value < scope->bytes + scope->length);
    }
    CHECK(!scope_next(scope, &at, &kind, &value) && at == scope->length);
    CHECK(!scope_next(scope, &at, &kind, &value)); /* and it stays at the end */
}

static bool is_among(const struct row *row, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind == row->kind && strcmp(rows[i].value, row->value) == 0)
            return true;
    return false;
}

/* What the writer makes of the rows: each once, in their order, and none that is empty. */
static void check_writer(const struct rows *rows)
{
    static struct rows wanted;
    struct text written CLEANUP(text_release);
    struct text again CLEANUP(text_release);
    struct error err = {0};
    int fd = -7;
    text_init(&written, SCOPE_MAXIMUM);
    text_init(&again, SCOPE_MAXIMUM);
    wanted.count = 0;
    scope_add(&written, SCOPE_TEST, NULL);
    for (size_t i = 0; i < rows->count; i++) {
        scope_add(&written, rows->each[i].kind, rows->each[i].value);
        if (rows->each[i].value[0] != '\0' && !is_among(&rows->each[i], wanted.each, wanted.count))
            wanted.each[wanted.count++] = rows->each[i];
    }
    check_rows(&written, &wanted);
    CHECK(scope_seal(&written, &fd, &err));
    CHECK((fd == -1) == (wanted.count == 0));
#ifdef F_GET_SEALS
    if (fd >= 0 && fcntl(fd, F_GET_SEALS) > 0)
        CHECK(write(fd, "test=x", 7) < 0); /* nobody can add to it */
#endif
    CHECK(scope_read(fd, &again, &err));
    CHECK(again.length == written.length);
    check_rows(&again, &wanted);
    if (fd >= 0)
        close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rows rows;
    struct text scope CLEANUP(text_release);
    struct error err = {0};
    int fd = -1;
    text_init(&scope, SCOPE_MAXIMUM);
    CHECK(env_seal_bytes((const char *)data, size, &fd, &err));
    if (scope_read(fd, &scope, &err)) {
        CHECK(size == 0 || data[size - 1] == '\0');
        CHECK(scope.length == size && (size == 0 || memcmp(scope.bytes, data, size) == 0));
        if (size > 0) {
            split(scope.bytes, scope.length, &rows);
            check_rows(&scope, &rows);
            check_writer(&rows);
        }
    } else {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX && size > 0 && data[size - 1] != '\0');
        CHECK(scope.length == 0);
    }
    close(fd);
    return 0;
}
