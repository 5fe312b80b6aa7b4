/* What writer and reader of the codec share: which member of a struct is called what. */
#ifndef KEYWRIGHT_JOURNAL_CODEC_TABLE_H
#define KEYWRIGHT_JOURNAL_CODEC_TABLE_H

#include "rotation/event.h"

enum codec_type {
    CODEC_STRING, /* char[] */
    CODEC_KEY,    /* char[]; "" is null */
    CODEC_TIME,   /* int64_t; 0 is null */
    CODEC_NUMBER, /* int64_t */
    CODEC_BOOL,
    CODEC_STATUS,
    CODEC_VERDICT,
    CODEC_KEYS,
    CODEC_PLAN
};

struct codec_field {
    const char *name;
    enum codec_type type;
    size_t offset;
    size_t size;
};

extern const struct codec_field codec_event_fields[EVENT_FIELDS_END];
/* The type to write a field as: to the core a key ID is a string, to the outside null for none. */
enum codec_type codec_event_type(enum event_field field);

/* The plan's plain members; its lists, "targets" and "tests", are written by hand. */
extern const struct codec_field codec_plan_fields[];
extern const size_t codec_plan_field_count;

#endif
