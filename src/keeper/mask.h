/* Secrets in what an operator's command printed. */
#ifndef KEYWRIGHT_KEEPER_MASK_H
#define KEYWRIGHT_KEEPER_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "sign/credentials.h"

/* Replace every occurrence of the pair's secret and token in the `length` bytes at `text` (which
 * end with a NUL that is not counted) by "[secret]", in place. When the beginning is missing
 * (`cut`), as much of it is dropped as could be the end of a secret. Returns the new length; the
 * NUL follows. */
size_t mask_secrets(char *text, size_t length, const struct credentials *pair, bool cut);

#endif
