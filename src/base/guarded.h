/* Memory for bytes that hold secrets and are too many, or too unlike each other in size, for the
 * arena of struct secret: the AWS files as they were read and are to be written, the sealed
 * environment.
 *
 * Each piece has pages of its own: left out of core files, locked where RLIMIT_MEMLOCK allows,
 * between two pages that nobody can touch (the second right after its end, which is rounded up to
 * 16 bytes), and wiped before they go back. That costs a handful of system calls a piece: not for
 * small things. */
#ifndef KEYWRIGHT_BASE_GUARDED_H
#define KEYWRIGHT_BASE_GUARDED_H

#include <stddef.h>

/* `size` bytes of zero, the caller's; NULL without memory. */
void *guarded_new(size_t size);
/* Wipe all of it and give it back. NULL is fine. */
void guarded_free(void *bytes);

#endif
