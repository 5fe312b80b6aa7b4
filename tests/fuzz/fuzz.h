/* What the harnesses share. A harness is one file with LLVMFuzzerTestOneInput, as libFuzzer and AFL++
 * call it; replay.c calls it with the files of a corpus. It holds what it is given to properties, with
 * CHECK, and aborts where one does not hold: not crashing is not enough.
 *
 * Oracles here are written again, from the standards, and not with the functions that they judge. */
#ifndef KEYWRIGHT_TESTS_FUZZ_H
#define KEYWRIGHT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* The input, taken apart from its front. */
struct feed {
    const uint8_t *at;
    size_t left;
};
/* A byte; 0 at the end. */
unsigned feed_byte(struct feed *feed);
/* The next bytes up to a newline (not included; it is passed) as a string of at most size - 1. NUL
 * bytes are left out. Returns buffer. */
char *feed_line(struct feed *feed, char *buffer, size_t size);
/* All that is left, as a string of its own; NUL bytes are left out. Caller frees. */
char *feed_rest(struct feed *feed);

/* Valid UTF-8 (RFC 3629) and nothing in it that a terminal obeys, that turns or hides (Unicode: Cc,
 * Cf, Zl, Zp): what statement 10 promises of every text on its way out. */
bool fuzz_is_safe(const char *string);
/* A set error: a code, and a safe text of one line that is not empty. */
void fuzz_check_error(const struct error *err);

/* The arena for secrets, once; for harnesses that make any. */
void fuzz_secrets(void);
/* A directory of this process, removed at its end; made when first asked for. */
const char *fuzz_directory(void);

#endif
