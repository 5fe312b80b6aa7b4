/* The question whether a command that was typed on the screen may be run. It is put by the starter, which is outside of
 * the cage, on the terminal itself: a front that was taken over can write there too, but nothing that it does is the
 * answer. */
#ifndef KEYWRIGHT_RUNNER_ALLOW_H
#define KEYWRIGHT_RUNNER_ALLOW_H

#include <stdbool.h>

#include "base/error.h"

/* Can it be asked about: does it come apart into words, and is all of it shown as it is? USAGE. */
bool allow_can_ask(const char *command, struct error *err) MUST_USE;

/* Ask, on the alternate screen of a terminal, which is left as it was. True for the key y and nothing else: another
 * key, a terminal that is gone, and whatever can be read from `socket` (the other side wants the terminal back, or has
 * ended) are a no. Both are borrowed. */
bool allow_ask(int terminal, int socket, const char *command);

#endif
