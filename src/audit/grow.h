/* Arrays that grow. Private to audit/. */
#ifndef KEYWRIGHT_AUDIT_GROW_H
#define KEYWRIGHT_AUDIT_GROW_H

#include <stddef.h>

#include "base/error.h"

/* The array, moved, with room for one more element; NULL, and the array as it was, when there is
 * none. */
void *audit_grown(void *array, size_t *room, size_t count, size_t size, struct error *err) MUST_USE;

#endif
