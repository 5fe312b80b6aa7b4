/* Loaded before the C library into the programs under test (LD_PRELOAD): makes calls to the
 * operating system and the allocator fail. See faultshim.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "faultshim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The wrappers have no prototypes of ours, and the names with 64 are also macros of the headers. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum kind { NONE, WRITE, READ, SYNC, CUT, NAME, MAKE, OPEN, LOCK, MAP, ALLOC };
static const char *const kind_names[] = {"",     "write", "read", "sync", "cut", "name",
                                         "make", "open",  "lock", "map",  "alloc"};
enum mode { ONCE, LASTING, EACH, HALF, SITE, SINCE };
static const char *const mode_names[] = {"once", "lasting", "each", "half", "site", "since"};

static enum kind wanted; /* NONE until main begins */
static enum mode mode;
static long at;
static int error_wanted;
static bool shows;
static int depth = INT_MAX; /* of a call site */
static struct faultshim_report unreported;
static struct faultshim_report *report = &unreported;

/* --- call sites --------------------------------------------------------------------------------*/

/* A site is the way to a call: the hash of the innermost return addresses on the stack that are the
 * program's own, and of the caller's, which may be a library. */
enum { SITES_MAX = 16384, FRAMES_MAX = 64 };
static uint64_t sites[SITES_MAX]; /* met so far, open addressing; 0 is free */
static uintptr_t ours_from, ours_to, shim_from, shim_to;

static uint64_t this_site(void)
{
    void *frames[FRAMES_MAX];
    uint64_t hash = 14695981039346656037U;
    int count = backtrace(frames, FRAMES_MAX);
    bool direct = true;
    for (int i = 0, ours_met = 0; i < count && ours_met < depth; i++) {
        uintptr_t frame = (uintptr_t)frames[i];
        if (frame >= shim_from && frame < shim_to)
            continue;
        bool ours = frame >= ours_from && frame < ours_to;
        if (direct || ours)
            hash = (hash ^ frame) * 1099511628211U;
        ours_met += ours;
        direct = false;
    }
    return hash == 0 ? 1 : hash;
}

/* Whether this site has not been met before. */
static bool new_site(void)
{
    uint64_t site = this_site();
    for (size_t i = 0; i < SITES_MAX; i++) {
        uint64_t *place = &sites[(site + i) % SITES_MAX];
        if (*place == site)
            return false;
        if (*place == 0) {
            *place = site;
            return true;
        }
    }
    abort(); /* more than the table holds: nothing is left out silently */
}

static int find_ranges(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    uintptr_t from = UINTPTR_MAX, to = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        from = begin < from ? begin : from;
        to = begin + info->dlpi_phdr[i].p_memsz > to ? begin + info->dlpi_phdr[i].p_memsz : to;
    }
    if (ours_to == 0) /* the program comes first */
        ours_from = from, ours_to = to;
    if ((uintptr_t)find_ranges >= from && (uintptr_t)find_ranges < to)
        shim_from = from, shim_to = to;
    return 0;
}

/* --- deciding ----------------------------------------------------------------------------------*/

/* "LIBRARY FUNCTION", or "LIBRARY+OFFSET" for `exact`. */
static void describe(const void *frame, bool exact, char *to, size_t size)
{
    Dl_info info;
    *to = '\0';
    if (dladdr((const char *)frame - 1, &info) == 0 || info.dli_fname == NULL)
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    const char *file = slash != NULL ? slash + 1 : info.dli_fname;
    const char *version = strstr(file, ".so");
    int length = (int)(version != NULL ? (size_t)(version - file) : strlen(file));
    const char *function = info.dli_sname != NULL ? info.dli_sname : "?";
    if (exact)
        snprintf(to, size, "%.*s+0x%tx %s", length, file, (const char *)frame - (char *)info.dli_fbase,
                 function);
    else
        snprintf(to, size, "%.*s %s", length, file, function);
}

static bool within(const void *frame, uintptr_t from, uintptr_t to)
{
    return (uintptr_t)frame >= from && (uintptr_t)frame < to;
}

/* What the program called on the way to here; `stack`, when not NULL, gets all frames. */
static void find_entry(char *to, size_t size, char *stack, size_t stack_size)
{
    void *frames[FRAMES_MAX] = {NULL}, *entry = NULL;
    char line[160];
    bool found = false;
    int count = backtrace(frames, FRAMES_MAX);
    for (int i = 0; i < count; i++) {
        if (within(frames[i], shim_from, shim_to))
            continue;
        found = found || within(frames[i], ours_from, ours_to);
        if (!found)
            entry = frames[i];
        if (stack == NULL)
            continue;
        describe(frames[i], true, line, sizeof line);
        size_t used = strlen(stack);
        snprintf(stack + used, stack_size - used, "%s\n", line);
    }
    *to = '\0';
    if (entry != NULL)
        describe(entry, false, to, size);
}

/* Whether this call is one that fails; if so, errno is set. */
static bool struck(enum kind kind)
{
    static bool since; /* the site was met */
    if (kind != wanted || kind == NONE || mode == HALF)
        return false;
    if ((mode == SITE || mode == SINCE) && !since && !new_site())
        return false;
    long number = __atomic_add_fetch(&report->calls, 1, __ATOMIC_RELAXED);
    bool fails = mode == ONCE || mode == SITE ? number == at
                 : mode == EACH               ? number >= at && (number - at) % 2 == 0
                                              : number >= at;
    if (fails) {
        since = mode == SINCE;
        if (__atomic_fetch_add(&report->struck, 1, __ATOMIC_RELAXED) == 0 && kind == ALLOC)
            find_entry(report->struck_in, sizeof report->struck_in, shows ? report->stack : NULL,
                       sizeof report->stack);
        errno = error_wanted;
    }
    return fails;
}

/* How much of `length` bytes is to be done. */
static size_t share(enum kind kind, size_t length)
{
    if (kind != wanted || mode != HALF || length < 2 ||
        __atomic_add_fetch(&report->calls, 1, __ATOMIC_RELAXED) < at)
        return length;
    __atomic_add_fetch(&report->struck, 1, __ATOMIC_RELAXED);
    return length / 2;
}

static bool is_file(int fd)
{
    struct stat status;
    int saved = errno;
    bool file = fd > 2 && wanted != NONE && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    errno = saved;
    return file;
}

/* --- beginning ---------------------------------------------------------------------------------*/

static void note_crash(int number)
{
    wanted = NONE;
    report->crashed = number;
    signal(number, SIG_DFL);
    find_entry(report->crashed_in, sizeof report->crashed_in, NULL, 0);
    raise(number);
}

static void prepare(void)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS};
    const char *plan = getenv("FAULTSHIM");
    const char *file = getenv("FAULTSHIM_REPORT");
    char program[64], kind[16], how[16], show[16] = "";
    if (plan == NULL || sscanf(plan, "%63s %15s %ld %d %15s %15s", program, kind, &at,
                               &error_wanted, how, show) < 5)
        return;
    /* a short name has 15 characters where the kernel kept it, more where the C library did */
    if (strcmp(program, program_invocation_short_name) != 0)
        return;
    int fd = file == NULL ? -1 : open(file, O_RDWR | O_CLOEXEC);
    void *mapped =
        fd < 0 ? MAP_FAILED
               : mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED)
        report = mapped;
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++)
        signal(crashes[i], note_crash);
    report->ran = 1;
    shows = strcmp(show, "show") == 0;
    char *colon = strchr(how, ':');
    if (colon != NULL) {
        depth = atoi(colon + 1);
        *colon = '\0';
    }
    void *frame;
    backtrace(&frame, 1); /* the first time it loads the unwinder */
    dl_iterate_phdr(find_ranges, NULL);
    for (int i = ONCE; i <= SINCE; i++)
        if (strcmp(how, mode_names[i]) == 0)
            mode = (enum mode)i;
    for (int i = NONE; i <= ALLOC; i++)
        if (strcmp(kind, kind_names[i]) == 0)
            wanted = (enum kind)i;
}

#define REAL(name, type)                                                                           \
    static type *real;                                                                             \
    if (real == NULL)                                                                              \
    real = (type *)dlsym(RTLD_NEXT, #name)

typedef int main_function(int, char **, char **);
static main_function *real_main;

static int main_begins(int argc, char **argv, char **environment)
{
    prepare();
    return real_main(argc, argv, environment);
}

/* What happens before main is the loader's and the libraries' affair. */
int __libc_start_main(main_function *begin, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    typedef int type(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *);
    REAL(__libc_start_main, type);
    real_main = begin;
    return real(main_begins, argc, argv, init, fini, rtld_fini, stack_end);
}

/* --- calls that fail whole ---------------------------------------------------------------------*/

#define WRAPPED(result_type, name, kind, failed, parameters, arguments)                            \
    result_type name parameters                                                                    \
    {                                                                                              \
        typedef result_type type parameters;                                                       \
        REAL(name, type);                                                                          \
        if (struck(kind))                                                                          \
            return failed;                                                                         \
        return real arguments;                                                                     \
    }

WRAPPED(int, fsync, SYNC, -1, (int fd), (fd))
WRAPPED(int, fdatasync, SYNC, -1, (int fd), (fd))
WRAPPED(int, ftruncate, CUT, -1, (int fd, off_t length), (fd, length))
WRAPPED(int, ftruncate64, CUT, -1, (int fd, off64_t length), (fd, length))
WRAPPED(int, fallocate, CUT, -1, (int fd, int how, off_t from, off_t length),
        (fd, how, from, length))
WRAPPED(int, fallocate64, CUT, -1, (int fd, int how, off64_t from, off64_t length),
        (fd, how, from, length))
WRAPPED(int, rename, NAME, -1, (const char *from, const char *to), (from, to))
WRAPPED(int, renameat, NAME, -1, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAPPED(int, renameat2, NAME, -1,
        (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
WRAPPED(int, link, NAME, -1, (const char *from, const char *to), (from, to))
WRAPPED(int, linkat, NAME, -1, (int a, const char *from, int b, const char *to, int flags),
        (a, from, b, to, flags))
WRAPPED(int, unlink, NAME, -1, (const char *path), (path))
WRAPPED(int, unlinkat, NAME, -1, (int directory, const char *path, int flags),
        (directory, path, flags))
WRAPPED(int, mkdir, NAME, -1, (const char *path, mode_t bits), (path, bits))
WRAPPED(int, mkdirat, NAME, -1, (int directory, const char *path, mode_t bits),
        (directory, path, bits))
WRAPPED(int, flock, LOCK, -1, (int fd, int operation), (fd, operation))
WRAPPED(int, socket, OPEN, -1, (int domain, int kind, int protocol), (domain, kind, protocol))
WRAPPED(int, socketpair, OPEN, -1, (int domain, int kind, int protocol, int fds[2]),
        (domain, kind, protocol, fds))
WRAPPED(int, pipe, OPEN, -1, (int fds[2]), (fds))
WRAPPED(int, pipe2, OPEN, -1, (int fds[2], int flags), (fds, flags))
WRAPPED(int, dup, OPEN, -1, (int fd), (fd))
WRAPPED(int, eventfd, OPEN, -1, (unsigned value, int flags), (value, flags))
WRAPPED(int, epoll_create1, OPEN, -1, (int flags), (flags))
WRAPPED(int, memfd_create, OPEN, -1, (const char *name, unsigned flags), (name, flags))
WRAPPED(FILE *, fopen, OPEN, NULL, (const char *path, const char *how), (path, how))
WRAPPED(FILE *, fopen64, OPEN, NULL, (const char *path, const char *how), (path, how))
WRAPPED(DIR *, opendir, OPEN, NULL, (const char *path), (path))
WRAPPED(void *, mmap, MAP, MAP_FAILED,
        (void *where, size_t length, int protection, int flags, int fd, off_t from),
        (where, length, protection, flags, fd, from))
WRAPPED(void *, mmap64, MAP, MAP_FAILED,
        (void *where, size_t length, int protection, int flags, int fd, off64_t from),
        (where, length, protection, flags, fd, from))

/* --- reading and writing -----------------------------------------------------------------------*/

#define TRANSFER(name, kind, bytes_type, more, more_arguments)                                     \
    ssize_t name(int fd, bytes_type bytes, size_t length more)                                     \
    {                                                                                              \
        typedef ssize_t type(int, bytes_type, size_t more);                                        \
        REAL(name, type);                                                                          \
        if (!is_file(fd))                                                                          \
            return real(fd, bytes, length more_arguments);                                         \
        if (struck(kind))                                                                          \
            return -1;                                                                             \
        return real(fd, bytes, share(kind, length) more_arguments);                                \
    }
#define COMMA ,

TRANSFER(write, WRITE, const void *, , )
TRANSFER(pwrite, WRITE, const void *, COMMA off_t from, COMMA from)
TRANSFER(pwrite64, WRITE, const void *, COMMA off64_t from, COMMA from)
TRANSFER(read, READ, void *, , )
TRANSFER(pread, READ, void *, COMMA off_t from, COMMA from)
TRANSFER(pread64, READ, void *, COMMA off64_t from, COMMA from)

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    typedef ssize_t type(int, const struct iovec *, int);
    REAL(writev, type);
    if (is_file(fd) && struck(WRITE))
        return -1;
    return real(fd, parts, count);
}

/* --- opening -----------------------------------------------------------------------------------*/

#define OPENING(name, first, first_argument)                                                       \
    int name(first const char *path, int flags, ...)                                               \
    {                                                                                              \
        typedef int type(first const char *, int, ...);                                            \
        REAL(name, type);                                                                          \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;                   \
        mode_t bits = makes ? (mode_t)va_arg(args, int) : 0;                                       \
        va_end(args);                                                                              \
        if (struck(OPEN) || (makes && struck(MAKE)))                                               \
            return -1;                                                                             \
        return real(first_argument path, flags, bits);                                             \
    }

OPENING(open, , )
OPENING(open64, , )
OPENING(openat, int directory COMMA, directory COMMA)
OPENING(openat64, int directory COMMA, directory COMMA)

WRAPPED(int, __open_2, OPEN, -1, (const char *path, int flags), (path, flags))
WRAPPED(int, __open64_2, OPEN, -1, (const char *path, int flags), (path, flags))
WRAPPED(int, __openat_2, OPEN, -1, (int directory, const char *path, int flags),
        (directory, path, flags))
WRAPPED(int, __openat64_2, OPEN, -1, (int directory, const char *path, int flags),
        (directory, path, flags))

#define CONTROL(name)                                                                              \
    int name(int fd, int command, ...)                                                             \
    {                                                                                              \
        typedef int type(int, int, ...);                                                           \
        REAL(name, type);                                                                          \
        va_list args;                                                                              \
        va_start(args, command);                                                                   \
        void *argument = va_arg(args, void *);                                                     \
        va_end(args);                                                                              \
        bool locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||        \
                     command == F_OFD_SETLKW;                                                      \
        bool copies = command == F_DUPFD || command == F_DUPFD_CLOEXEC;                            \
        if ((locks && struck(LOCK)) || (copies && struck(OPEN)))                                   \
            return -1;                                                                             \
        return real(fd, command, argument);                                                        \
    }

CONTROL(fcntl)
CONTROL(fcntl64)

/* Calls that a C library has no wrapper for are made by number. */
long syscall(long number, ...)
{
    typedef long type(long, ...);
    REAL(syscall, type);
    va_list args;
    va_start(args, number);
    long a = va_arg(args, long), b = va_arg(args, long), c = va_arg(args, long);
    long d = va_arg(args, long), e = va_arg(args, long), f = va_arg(args, long);
    va_end(args);
#ifdef SYS_renameat2
    if (number == SYS_renameat2 && struck(NAME))
        return -1;
#endif
    return real(number, a, b, c, d, e, f);
}

/* --- memory ------------------------------------------------------------------------------------*/

/* dlsym may ask for memory before it has found who gives it. */
static _Alignas(max_align_t) char early[16 * 1024];
static size_t early_used;

static bool is_early(const void *memory)
{
    return (uintptr_t)memory >= (uintptr_t)early && (uintptr_t)memory < (uintptr_t)early + sizeof early;
}

static void *early_take(size_t size)
{
    size_t from = (early_used + 15) & ~(size_t)15;
    if (from + size > sizeof early)
        abort();
    early_used = from + size;
    return early + from;
}

#define MEMORY(name, parameters, arguments, size)                                                  \
    void *name parameters                                                                          \
    {                                                                                              \
        typedef void *type parameters;                                                             \
        static type *real;                                                                         \
        static bool seeking;                                                                       \
        if (real == NULL && seeking)                                                               \
            return early_take(size);                                                               \
        if (real == NULL) {                                                                        \
            seeking = true;                                                                        \
            real = (type *)dlsym(RTLD_NEXT, #name);                                                \
            seeking = false;                                                                       \
        }                                                                                          \
        if (struck(ALLOC))                                                                         \
            return NULL;                                                                           \
        return real arguments;                                                                     \
    }

MEMORY(malloc, (size_t size), (size), size)
MEMORY(calloc, (size_t count, size_t size), (count, size), count *size)
MEMORY(memalign, (size_t boundary, size_t size), (boundary, size), size)
MEMORY(aligned_alloc, (size_t boundary, size_t size), (boundary, size), size)

void *realloc(void *memory, size_t size)
{
    typedef void *type(void *, size_t);
    REAL(realloc, type);
    if (struck(ALLOC))
        return NULL;
    if (!is_early(memory))
        return real(memory, size);
    void *copy = malloc(size);
    if (copy != NULL)
        memcpy(copy, memory, size < (size_t)(early + sizeof early - (char *)memory)
                                 ? size
                                 : (size_t)(early + sizeof early - (char *)memory));
    return copy;
}

int posix_memalign(void **ret_memory, size_t boundary, size_t size)
{
    typedef int type(void **, size_t, size_t);
    REAL(posix_memalign, type);
    return struck(ALLOC) ? ENOMEM : real(ret_memory, boundary, size);
}

void free(void *memory)
{
    typedef void type(void *);
    REAL(free, type);
    if (!is_early(memory))
        real(memory);
}
