/* Secrets: a type of their own, in the keeper's rooms only (the front must not include this file;
 * build-aux/check-layers holds it to that).
 *
 * The bytes live in OpenSSL's secure heap: one locked, guarded, undumped arena that is set up by
 * secret_arena_init. Capacity is fixed when the secret is made; the bytes are wiped when it is
 * freed. There is no printing function, on purpose. Readers call secret_bytes and are few.
 */
#ifndef KEYWRIGHT_BASE_SECRET_H
#define KEYWRIGHT_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct secret; /* opaque */

/* First act of a program that holds secrets: harden_process, then make OpenSSL wipe whatever memory
 * it gives back (what TLS carried is in its buffers), then the arena. Returns false (INTERNAL) when
 * no arena could be made, or OpenSSL has been used before. `ret_locked` tells if it is locked into
 * memory (RLIMIT_MEMLOCK may forbid it; doctor reports that). */
bool secret_arena_init(bool *ret_locked, struct error *err) MUST_USE;

/* A copy of `length` bytes. Caller frees with secret_free. Errors: MEMORY, LIMIT (over 64 KiB). */
bool secret_new(const void *bytes, size_t length, struct secret **ret_secret, struct error *err) MUST_USE;
/* An empty one with room for `capacity` bytes. */
bool secret_new_empty(size_t capacity, struct secret **ret_secret, struct error *err) MUST_USE;
bool secret_copy(const struct secret *secret, struct secret **ret_secret, struct error *err) MUST_USE;
/* Append; fails with LIMIT when the capacity is passed. */
bool secret_append(struct secret *secret, const void *bytes, size_t length, struct error *err) MUST_USE;

/* Wipe and free. NULL is fine. secret_cleanup is for CLEANUP(). */
void secret_free(struct secret *secret);
void secret_cleanup(struct secret **secret);

/* The bytes (terminated by a NUL that is not counted) and their number. Borrowed. */
const char *secret_bytes(const struct secret *secret);
size_t secret_length(const struct secret *secret);
/* Comparison in constant time. Two NULLs are equal, one is not. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* Wipe memory that carried a secret and is not a struct secret (a parser's buffer). */
void secret_wipe(void *bytes, size_t length);

#endif
