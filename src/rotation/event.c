#include "rotation/event.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t fields;
    const char *sentence;
} kinds[] = {
#define X(code, name, fields, sentence) [EVENT_##code] = {name, fields, sentence},
    EVENT_TABLE(X)
#undef X
};

const char *event_name(enum event_kind kind)
{
    return kinds[kind].name;
}

const char *event_sentence(enum event_kind kind)
{
    return kinds[kind].sentence;
}

uint32_t event_fields(enum event_kind kind)
{
    return kinds[kind].fields;
}

bool event_kind_from_name(const char *name, enum event_kind *ret_kind)
{
    for (int i = 0; i < EVENT_COUNT; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *ret_kind = (enum event_kind)i;
            return true;
        }
    return false;
}

void event_keep_carried(struct event *event)
{
    uint32_t fields = event_fields(event->kind);
#define LACKS(code) ((fields & F(code)) == 0)
#define FORGET_STRING(member) event->member[0] = '\0'
#define FORGET_TIME(member) event->member = 0
#define FORGET_NUMBER(member) event->member = 0
#define FORGET_STATUS(member) event->member = KEY_STATUS_UNKNOWN
#define FORGET_VERDICT(member) event->member = VERDICT_UNKNOWN
#define FORGET_KEYS(member) event->member.count = 0
#define FORGET_PLAN(member) event->member = NULL
#define X(code, name, member, type)                                                                \
    if (LACKS(code))                                                                               \
        FORGET_##type(member);
    EVENT_FIELD_TABLE(X)
#undef X
}
