/* A command of the operator as words. Pure. */
#ifndef KEYWRIGHT_BASE_WORDS_H
#define KEYWRIGHT_BASE_WORDS_H

#include "base/error.h"

/* Split as shlex does, without a shell (credential_process, command:): at least one word, NULL at
 * the end. Caller frees with words_free. SYNTAX for an open quote, a last backslash, or nothing at
 * all. */
bool words_split(const char *command, char ***ret_words, struct error *err) MUST_USE;
void words_free(char **words);

#endif
