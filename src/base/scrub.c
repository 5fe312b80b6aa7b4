#include "base/scrub.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* How many bytes follow; as long as the strictest alignment, so that they stay aligned. */
union head {
    size_t size;
    max_align_t align;
};

void *scrub_malloc(size_t size)
{
    if (size > SIZE_MAX - sizeof(union head))
        return NULL;
    union head *head = malloc(sizeof *head + size);
    if (head == NULL)
        return NULL;
    head->size = size;
    return head + 1;
}

void *scrub_calloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *memory = scrub_malloc(count * size);
    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

void *scrub_realloc(void *memory, size_t size)
{
    void *larger = scrub_malloc(size);
    if (larger == NULL || memory == NULL)
        return larger;
    size_t old = ((union head *)memory - 1)->size;
    memcpy(larger, memory, old < size ? old : size);
    scrub_free(memory);
    return larger;
}

char *scrub_strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = scrub_malloc(size);
    if (copy != NULL)
        memcpy(copy, string, size);
    return copy;
}

void scrub_free(void *memory)
{
    if (memory == NULL)
        return;
    union head *head = (union head *)memory - 1;
    OPENSSL_cleanse(memory, head->size);
    free(head);
}
