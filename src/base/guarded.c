#include "config.h"

#include "base/guarded.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Right before the bytes. */
struct head {
    alignas(16) char *mapping; /* the first guard page */
    size_t size;               /* of the mapping */
};

static size_t page_size(void)
{
    long size = sysconf(_SC_PAGESIZE);
    return size > 0 ? (size_t)size : 4096;
}

static size_t rounded(size_t size, size_t to)
{
    return (size + to - 1) / to * to;
}

void *guarded_new(size_t size)
{
    size_t page = page_size();
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t body = rounded(size, alignof(struct head));
    size_t inside = rounded(sizeof(struct head) + body, page);
    size_t whole = inside + 2 * page;
    char *mapping = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    if (mprotect(mapping + page, inside, PROT_READ | PROT_WRITE) != 0) {
        munmap(mapping, whole);
        return NULL;
    }
#if defined(MADV_DONTDUMP)
    madvise(mapping + page, inside, MADV_DONTDUMP);
#elif defined(MADV_NOCORE)
    madvise(mapping + page, inside, MADV_NOCORE);
#endif
    /* Where this is not allowed the piece stays unlocked, as the arena does. */
    (void)!mlock(mapping + page, inside);
    char *bytes = mapping + page + inside - body;
    struct head *head = (struct head *)(void *)bytes - 1;
    *head = (struct head){.mapping = mapping, .size = whole};
    return bytes;
}

void guarded_free(void *bytes)
{
    if (bytes == NULL)
        return;
    size_t page = page_size();
    struct head head = ((struct head *)bytes)[-1];
    explicit_bzero(head.mapping + page, head.size - 2 * page);
    munmap(head.mapping, head.size);
}
