/* What is stored of an audit. Input: the text; it is read, compared with nothing and with itself, and written. */
#include <stdlib.h>
#include <string.h>

#include "audit/changes.h"
#include "tests/fuzz/fuzz.h"

static void count(void *context, const struct change *change)
{
    CHECK(change->kind < CHANGE_KIND_COUNT);
    CHECK(change->resource != NULL && change->key != NULL && change->check != NULL);
    ++*(size_t *)context;
}

static size_t changes(const struct state *before, const struct state *now)
{
    size_t seen = 0, told = 0;
    CHECK(changes_tell(before, now, count, &seen, &told, NULL));
    CHECK(seen == told);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state one, two, empty;
    struct text text, again;
    struct error err = {0};
    char *input = malloc(size + 1);
    CHECK(input != NULL);
    memcpy(input, data, size);
    input[size] = '\0';
    state_init(&empty);
    empty.all_users = true;
    if (!state_read(input, &one, &err)) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX);
        free(input);
        return 0;
    }
    text_init(&text, 8 * size + 4096);
    text_init(&again, 8 * size + 4096);
    state_write(&one, &text);
    CHECK(text_ok(&text, NULL));
    CHECK(state_read(text.bytes, &two, &err));
    state_write(&two, &again);
    CHECK(strcmp(text.bytes, again.bytes) == 0);
    CHECK(changes(&one, &two) == 0);
    CHECK(changes(&empty, &one) <= one.finding_count + one.user_count * (2 + FACTS_KEYS_MAX));
    CHECK(state_carry(&two, &one, &err));
    CHECK(changes(&one, &two) == 0);
    CHECK(state_carry(&empty, &one, &err));
    (void)changes(&one, &empty);
    state_release(&one);
    state_release(&two);
    state_release(&empty);
    text_release(&text);
    text_release(&again);
    free(input);
    return 0;
}
