/* Events as JSON: the `detail` object of the journal and of `history ID --json`. Driven by
 * EVENT_TABLE and EVENT_FIELD_TABLE: a field that a kind carries is always written. */
#ifndef KEYWRIGHT_JOURNAL_CODEC_H
#define KEYWRIGHT_JOURNAL_CODEC_H

#include "base/error.h"
#include "base/text.h"
#include "rotation/event.h"

/* Append the detail object, keys in the order of the table, no spaces. Times as RFC 3339, a time of
 * 0 and an unused key as null; states and verdicts by name; the plan as an object of all its
 * members, durations in seconds. Text from outside that is not UTF-8 gets '?' for the bad bytes; in
 * a plan, which a resume acts on, it is SYNTAX. On failure nothing is appended but the text may
 * have failed. */
bool codec_write_detail(const struct event *event, struct text *text, struct error *err) MUST_USE;

/* Fill the fields of event->kind from the object; the others become empty, and seq, at, step and
 * actor stay. For `opened` a plan is allocated and stored in event->plan; the caller frees it with
 * free(). Unknown members are ignored (a newer version wrote them), a missing one reads as empty
 * (an older version wrote it), a wrong type, a value out of range or a string that does not fit is
 * JOURNAL_DAMAGED. */
bool codec_read_detail(const char *detail, struct event *event, struct error *err) MUST_USE;

#endif
