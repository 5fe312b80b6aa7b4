/* Memory for libraries through whose buffers secrets pass (expat, libcurl): wiped before it is
 * given back, also by realloc. The functions have the form that both libraries ask for. Private to
 * aws/. */
#ifndef KEYWRIGHT_AWS_SCRUB_H
#define KEYWRIGHT_AWS_SCRUB_H

#include <stddef.h>

void *scrub_malloc(size_t size);
void *scrub_calloc(size_t count, size_t size);
void *scrub_realloc(void *memory, size_t size);
char *scrub_strdup(const char *string);
void scrub_free(void *memory);

#endif
