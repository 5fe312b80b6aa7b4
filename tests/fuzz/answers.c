/* What the front makes of the keeper's replies. Input: a byte for the effect, a byte for the state, then
 * the JSON of the body. Whatever comes back, it becomes an event that the journal can hold. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"
#include "journal/codec.h"
#include "runner/translate.h"
#include "tests/fuzz/fuzz.h"

static void set_stage(struct rotation *rotation, struct effect *effect, unsigned kind,
                      unsigned state)
{
    rotation_init(rotation);
    rotation->state = (enum rotation_state)(state % ROTATION_STATE_COUNT);
    text_copy(rotation->plan.account, ACCOUNT_SIZE, "111122223333");
    text_copy(rotation->plan.user, USER_SIZE, "alice");
    text_copy(rotation->plan.old_key, KEY_ID_SIZE, "AKIAOLDOLDOLDOLD0001");
    text_copy(rotation->plan.targets[0].spec, TEXT_SIZE, "file:/home/alice/.aws/credentials");
    rotation->plan.target_count = rotation->plan.test_count = 1;
    text_copy(rotation->plan.tests[0], TEXT_SIZE, "true");
    *effect = (struct effect){.kind = (enum effect_kind)(kind % (EFFECT_BLOCKED + 1)),
                              .status = KEY_STATUS_INACTIVE,
                              .role = SIGNER_OLD,
                              .count = 3,
                              .gate = GATE_COUNT};
    text_copy(effect->key, KEY_ID_SIZE, rotation->plan.old_key);
    text_copy(effect->signer, KEY_ID_SIZE, rotation->plan.old_key);
}

/* A time without a written form is kept as not known. */
static int64_t kept(int64_t time)
{
    char form[WHEN_TEXT_SIZE];
    return when_format(time, form)[0] != '\0' ? time : 0;
}

static void check_event(const struct event *event)
{
    struct text text CLEANUP(text_release);
    struct error err = {0};
    struct event again = {.kind = event->kind};
    text_init(&text, 256 * 1024);
    CHECK(event->kind < EVENT_COUNT);
    CHECK(codec_write_detail(event, &text, &err));
    CHECK(codec_read_detail(text.bytes, &again, &err));
    /* A date that the kind does not carry is not kept, and rotation_apply does not look at it. */
    bool dated = (event_fields(event->kind) & 1u << EVENT_FIELD_DATE) != 0;
    CHECK(again.date == (dated ? kept(event->date) : 0) && again.used_at == kept(event->used_at));
    CHECK(again.created == kept(event->created) && again.keys.count == event->keys.count);
    for (size_t i = 0; i < event->keys.count; i++)
        CHECK(again.keys.keys[i].created == kept(event->keys.keys[i].created));
    free(again.plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rotation rotation;
    static struct effect effect;
    struct feed feed = {data, size};
    unsigned kind = feed_byte(&feed), state = feed_byte(&feed);
    char *string = feed_rest(&feed);
    struct json_object *body = json_tokener_parse(string), *request = NULL;
    struct event event = {.kind = EVENT_CLOSED};
    struct error err = {0}, reply_error = {0};
    enum message_kind message;
    static const struct mfa_answer mfa = {.code = "123456"};
    set_stage(&rotation, &effect, kind, state);
    if (json_object_is_type(body, json_type_object) &&
        translate_request(&effect, &rotation, &mfa, &message, &request)) {
        bool ok = body_bool(body, "ok");
        if (!ok)
            body_get_error(body, &reply_error);
        int64_t date = body_number(body, "date");
        if (translate_reply(&effect, &rotation, ok ? body : NULL, ok ? NULL : &reply_error, date,
                            &event, &err))
            check_event(&event);
        else
            fuzz_check_error(&err);
    }
    json_object_put(request);
    json_object_put(body);
    free(string);
    return 0;
}
