/* The grammar that the AWS SDKs share, written a second time and in another way, as an oracle. */
#ifndef KEYWRIGHT_TESTS_FUZZ_GRAMMAR_H
#define KEYWRIGHT_TESTS_FUZZ_GRAMMAR_H

#include "profile/profile.h"

/* Reads the bytes and aborts when `file`, what our parser made of them (NULL: an error), is something
 * else. */
void grammar_check(enum profile_file_kind kind, const char *bytes, size_t length,
                   const struct profile_file *file);

#endif
