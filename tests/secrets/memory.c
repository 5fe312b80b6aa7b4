#define _GNU_SOURCE
#include "tests/secrets/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, PAGE = 4096, TEXT_MAX = 4 << 20, SHOWN_MAX = 40 };

struct mapping {
    unsigned long start, end;
    char flags[8];
    unsigned long inode;
    const char *name;
};

bool memory_open(pid_t pid, struct memory *ret_memory)
{
    static const char *const files[3] = {"mem", "maps", "smaps"};
    int fds[3] = {-1, -1, -1};
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, files[i]);
        fds[i] = open(path, O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0) {
            int saved = errno;
            for (int k = 0; k < i; k++)
                close(fds[k]);
            errno = saved;
            return false;
        }
    }
    *ret_memory = (struct memory){pid, fds[0], fds[1], fds[2]};
    return true;
}

void memory_close(struct memory *memory)
{
    close(memory->mem);
    close(memory->maps);
    close(memory->smaps);
}

size_t memory_read(const struct memory *memory, unsigned long address, void *ret_bytes,
                   size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got =
            pread(memory->mem, (char *)ret_bytes + done, length - done, (off_t)(address + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* A file of /proc from its beginning, ended by a NUL; it is asked for anew each time. */
static char *read_text(int fd)
{
    size_t length = 0, room = 64 * 1024;
    char *text = malloc(room + 1);
    if (lseek(fd, 0, SEEK_SET) != 0 || text == NULL) {
        free(text);
        return NULL;
    }
    for (;;) {
        ssize_t got = read(fd, text + length, room - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
        if (length == room) {
            room *= 2;
            char *larger = room > TEXT_MAX ? NULL : realloc(text, room + 1);
            if (larger == NULL) {
                free(text);
                return NULL;
            }
            text = larger;
        }
    }
    text[length] = '\0';
    return text;
}

static bool parse_line(char *line, struct mapping *ret_mapping)
{
    int name = 0;
    struct mapping mapping = {.name = ""};
    if (sscanf(line, "%lx-%lx %7s %*x %*s %lu %n", &mapping.start, &mapping.end, mapping.flags,
               &mapping.inode, &name) < 4)
        return false;
    mapping.name = line + name;
    *ret_mapping = mapping;
    return true;
}

/* Is it left out of core files (VmFlags dd)? That is how the arenas of secrets are known. */
static bool is_arena(const struct memory *memory, unsigned long start)
{
    char *text = read_text(memory->smaps);
    char wanted[32];
    int length = snprintf(wanted, sizeof wanted, "%lx-", start);
    bool found = false;
    for (char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, wanted, (size_t)length) == 0) {
            const char *flags = strstr(line, "\nVmFlags:");
            const char *end = flags != NULL ? strchr(flags + 1, '\n') : NULL;
            const char *undumped = flags != NULL ? strstr(flags, " dd") : NULL;
            found = undumped != NULL && (end == NULL || undumped < end);
            break;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    free(text);
    return found;
}

struct look {
    const struct memory *memory;
    const struct memory_rule *rule;
    struct memory_sum *sum;
    const struct mapping *mapping;
    unsigned long base; /* address of the piece */
    int arena;          /* -1: not asked yet */
};

/* What stays in its place is told once. */
static bool is_new(const struct hit *hit, const struct look *look)
{
    static struct {
        unsigned long at;
        const char *form;
        char name[32];
    } told[SHOWN_MAX];
    static size_t count;
    unsigned long at = look->base + hit->at;
    for (size_t i = 0; i < count; i++)
        if (told[i].at == at && told[i].form == hit->form &&
            strncmp(told[i].name, hit->name, sizeof told[i].name - 1) == 0)
            return false;
    if (count == SHOWN_MAX)
        return false;
    told[count].at = at;
    told[count].form = hit->form;
    snprintf(told[count++].name, sizeof told[0].name, "%.31s", hit->name);
    return true;
}

static void found(void *context, const struct hit *hit)
{
    struct look *look = context;
    const struct memory_rule *rule = look->rule;
    bool excused =
        rule->excused != NULL && strncmp(hit->name, rule->excused, strlen(rule->excused)) == 0;
    if (rule->arena && !excused && look->arena < 0)
        look->arena = is_arena(look->memory, look->mapping->start);
    if (excused || (rule->arena && look->arena == 1)) {
        look->sum->allowed++;
        return;
    }
    look->sum->leaks++;
    if (is_new(hit, look))
        fprintf(rule->report, "%s (%d), %s: %s (%s) +0x%lx: %s as %s, %zu bytes, from its byte %zu\n",
                rule->who, (int)look->memory->pid, rule->when,
                look->mapping->name[0] != '\0' ? look->mapping->name : "(no name)",
                look->mapping->flags, look->base + hit->at - look->mapping->start, hit->name,
                hit->form, hit->length, hit->of);
}

static void scan_mapping(struct look *look, const struct needles *needles)
{
    static unsigned char piece[PIECE];
    unsigned long at = look->mapping->start;
    while (at < look->mapping->end) {
        size_t wanted = look->mapping->end - at < PIECE ? look->mapping->end - at : PIECE;
        size_t got = memory_read(look->memory, at, piece, wanted);
        look->base = at;
        needles_search(needles, piece, got, found, look);
        look->sum->bytes += got;
        if (got < wanted) /* a page that cannot be read */
            at = (at + got + PAGE) & ~(unsigned long)(PAGE - 1);
        else
            at += got < PIECE ? got : got - NEEDLES_OVERLAP;
    }
}

bool memory_scan(const struct memory *memory, const struct needles *needles, enum memory_what what,
                 const struct memory_rule *rule, struct memory_sum *sum)
{
    char *text = read_text(memory->maps);
    if (text == NULL || text[0] == '\0') {
        free(text);
        return false;
    }
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        struct mapping mapping;
        if (!parse_line(line, &mapping) || strncmp(mapping.name, "[v", 2) == 0)
            continue; /* the kernel's own pages: vvar, vdso, vsyscall */
        if (what == MEMORY_CHANGING && mapping.inode != 0 && mapping.flags[1] != 'w')
            continue;
        struct look look = {memory, rule, sum, &mapping, 0, -1};
        scan_mapping(&look, needles);
    }
    free(text);
    return true;
}
