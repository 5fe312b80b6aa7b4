/* Bounded, growing text.
 *
 * A struct text has a maximum from the start. An append that would pass it, or that finds no
 * memory, fails and stays failed ("sticky"): a caller appends as often as it likes and asks once,
 * with text_ok. The bytes are always terminated by a NUL that is not counted.
 * Not for secrets: those are struct secret.
 */
#ifndef KEYWRIGHT_BASE_TEXT_H
#define KEYWRIGHT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct text {
    char *bytes; /* never NULL after init */
    size_t length;
    size_t capacity;
    size_t maximum;
    bool failed;
    bool starved; /* failed, and for want of memory */
};

/* Start empty; no memory is taken yet. `maximum` is in bytes without the NUL. */
void text_init(struct text *text, size_t maximum);
/* Give the memory back; the text is empty and may be used again. */
void text_release(struct text *text);
/* Empty it, keep the memory, forget a failure. */
void text_clear(struct text *text);

void text_append(struct text *text, const char *string);
void text_append_bytes(struct text *text, const void *bytes, size_t length);
void text_append_char(struct text *text, char c);
void text_appendf(struct text *text, const char *format, ...) FORMAT_LIKE(2, 3);
/* Text from outside, with what may not reach a terminal written as escapes (base/safe.h). */
void text_append_safe(struct text *text, const char *string);

/* True unless an append failed; then err says LIMIT or MEMORY. */
bool text_ok(const struct text *text, struct error *err) MUST_USE;

/* Whether anything was appended, also when there was no room for it: what is decided by that must not depend on memory. */
static inline bool text_any(const struct text *text)
{
    return text->length > 0 || text->failed;
}

/* Hand the bytes to the caller, who frees them with free(); the text is empty afterwards.
 * NULL when an append had failed. */
char *text_steal(struct text *text);

/* Copy at most size-1 bytes of string and terminate. Returns false when it did not fit. */
bool text_copy(char *to, size_t size, const char *string);

#endif
