/* The hash chain: SHA-256 over the hash of the event before and the canonical text of this one.
 *
 * The canonical text is a row of netstrings, LENGTH ":" BYTES ",", of: the previous hash in hex (64
 * zeros for the first event), number, rotation, seq, at (seconds), kind, step, actor, detail;
 * numbers in decimal. Every column of the event table is in it, so no column can be changed alone.
 * Pure. */
#ifndef KEYWRIGHT_JOURNAL_CHAIN_H
#define KEYWRIGHT_JOURNAL_CHAIN_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum { CHAIN_HASH_SIZE = 32, CHAIN_HEX_SIZE = 65 };

struct chain_hash {
    unsigned char bytes[CHAIN_HASH_SIZE];
};

/* A row of the event table, strings borrowed. */
struct chain_event {
    int64_t number;
    const char *rotation;
    int64_t seq;
    int64_t at;
    const char *kind;
    const char *step;
    const char *actor;
    const char *detail;
};

/* `scratch` is cleared and used for the canonical text. */
bool chain_next(const struct chain_hash *previous, const struct chain_event *event,
                struct text *scratch, struct chain_hash *ret_hash, struct error *err) MUST_USE;

/* In hex, lower case. Returns buffer. */
const char *chain_hex(const struct chain_hash *hash, char buffer[CHAIN_HEX_SIZE]);

#endif
