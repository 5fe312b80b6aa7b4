/* Memory for libraries through whose buffers secrets pass (expat, libcurl, OpenSSL): wiped before it
 * is given back, also by realloc. The functions have the form that the libraries ask for. For the
 * keeper's rooms only, as base/secret.h is. */
#ifndef KEYWRIGHT_BASE_SCRUB_H
#define KEYWRIGHT_BASE_SCRUB_H

#include <stddef.h>

void *scrub_malloc(size_t size);
void *scrub_calloc(size_t count, size_t size);
void *scrub_realloc(void *memory, size_t size);
char *scrub_strdup(const char *string);
void scrub_free(void *memory);

#endif
