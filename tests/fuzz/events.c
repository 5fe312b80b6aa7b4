/* The detail of events as the journal holds it, and the core on what was read. Input: lines, each a byte
 * for the kind and then the JSON. */
#include <stdlib.h>
#include <string.h>

#include "journal/codec.h"
#include "rotation/rotation.h"
#include "tests/fuzz/fuzz.h"

enum { DETAIL_MAX = 256 * 1024, LINE_MAX_BYTES = 8192 };

/* The codec writes every field that a kind carries; what it wrote reads back as the same. */
static void check_written(const struct event *event)
{
    struct text first CLEANUP(text_release), second CLEANUP(text_release);
    struct error err = {0};
    text_init(&first, DETAIL_MAX);
    text_init(&second, DETAIL_MAX);
    if (!codec_write_detail(event, &first, &err)) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX); /* a plan that is not UTF-8 */
        return;
    }
    struct event again = {.kind = event->kind};
    CHECK(codec_read_detail(first.bytes, &again, &err));
    CHECK(codec_write_detail(&again, &second, &err));
    CHECK(strcmp(first.bytes, second.bytes) == 0);
    CHECK(again.at == 0 && again.count == event->count && again.date == event->date);
    CHECK(again.used_at == event->used_at && again.created == event->created);
    CHECK(strcmp(again.key, event->key) == 0 || !fuzz_is_safe(event->key));
    CHECK((again.plan != NULL) == (event->plan != NULL));
    free(again.plan);
}

/* Whatever was read, the core goes on or refuses, and chooses something. */
static void check_core(struct rotation *rotation, struct event *event, struct effect *effect)
{
    struct error err = {0};
    event->seq = rotation->last_seq + 1;
    event->at = 1768480496 + event->seq;
    if (!rotation_apply(rotation, event, &err)) {
        fuzz_check_error(&err);
        return;
    }
    CHECK(rotation->last_seq == event->seq);
    CHECK(rotation->state < ROTATION_STATE_COUNT);
    rotation_next(rotation, event->at, effect);
    CHECK(memchr(effect->text, '\0', sizeof effect->text) != NULL);
    CHECK(rotation_closed(rotation) == (effect->kind == EFFECT_NONE));
    /* Statement 3: what is deleted is Inactive. */
    if (effect->kind == EFFECT_DELETE)
        CHECK(effect->key[0] != '\0' && strcmp(effect->key, effect->signer) != 0);
    struct event intent = {0};
    if (effect_intent(effect, rotation, &intent))
        CHECK(intent.kind < EVENT_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rotation rotation;
    static struct effect effect;
    struct feed feed = {data, size};
    char line[LINE_MAX_BYTES];
    rotation_init(&rotation);
    for (int count = 0; feed.left > 0 && count < 64; count++) {
        struct event event = {.kind = (enum event_kind)(feed_byte(&feed) % EVENT_COUNT)};
        struct error err = {0};
        feed_line(&feed, line, sizeof line);
        if (!codec_read_detail(line, &event, &err)) {
            fuzz_check_error(&err);
            CHECK(err.code == ERROR_JOURNAL_DAMAGED);
            continue;
        }
        check_written(&event);
        check_core(&rotation, &event, &effect);
        free(event.plan);
    }
    return 0;
}
