/* The log of enrolments of MFA devices: JOURNAL-mfa beside the journal, one JSON object a line, only
 * ever appended to, each line on the disk before anything else is done.
 *
 * It is no part of the hash chain, whose events are those of rotations. What it is for: the intention
 * to make a device stands in it before the device is there, so that what an interrupted run left is
 * known to be ours by the next one and can be removed. A line that a crash cut short is no line. */
#ifndef KEYWRIGHT_JOURNAL_ENROLMENT_H
#define KEYWRIGHT_JOURNAL_ENROLMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* X(code, name, over): over: nothing is left to be done after it. Names are for ever. */
#define ENROLMENT_TABLE(X)                                                                         \
    X(CREATING, "creating", false)                                                                 \
    X(CREATED, "created", false)                                                                   \
    X(ENABLING, "enabling", false)                                                                 \
    X(ENABLED, "enabled", true)                                                                    \
    X(REMOVING, "removing", false)                                                                 \
    X(REMOVED, "removed", true)

enum enrolment_step {
#define X(code, name, over) ENROLMENT_##code,
    ENROLMENT_TABLE(X)
#undef X
};

enum { ENROLMENT_SERIAL_SIZE = 257 };

struct enrolment {
    const char *account, *user, *serial, *actor; /* borrowed */
};

struct enrolment_log;

/* Open it, made 0600 (and its folder 0700) when it is missing, and hold its lock: BUSY while another
 * process enrols. Caller frees. PERMISSION, IO. */
bool enrolment_open(const char *journal_path, struct enrolment_log **ret_log,
                    struct error *err) MUST_USE;
void enrolment_close(struct enrolment_log **log); /* for CLEANUP() */

/* Append one line; on the disk when it returns true. `at` is the time. IO, JOURNAL_FULL. */
bool enrolment_note(struct enrolment_log *log, enum enrolment_step step,
                    const struct enrolment *enrolment, int64_t at, struct error *err) MUST_USE;

/* The serials of the account whose last line is not the end of it, in the order they came; their
 * number, of which at most `room` are filled in. */
bool enrolment_left(struct enrolment_log *log, const char *account,
                    char (*ret_serials)[ENROLMENT_SERIAL_SIZE], size_t room, size_t *ret_count,
                    struct error *err) MUST_USE;

#endif
