/* The scanner of tests/secrets: are pieces of known secrets where they may not be?
 *
 *     scan memory SECRETS [--arena] PID...     in the memory of running processes
 *     scan files SECRETS PATH...               in files, and in folders with all that is in them
 *     scan watch SECRETS [OPTION...] -- COMMAND...
 *                                              in the programs of a command while it runs (watch.h)
 *         --front NAME, --keeper NAME          default keywright and keywright-keeper
 *         --excuse NAME                        watch_options.excused
 *         --report FILE                        default: standard error
 *     scan hold SECRETS FORM heap|locked|stack be a control process: hold the secrets in that form,
 *                                              undumpable as the product, until standard input ends
 *     scan dump                                be a control process that is dumped
 *
 * SECRETS is a file (never an argument, which anybody can read) of lines "NAME SECRET". The secrets
 * are never printed. Exit status: 0 nothing found, 1 found (a line each), 2 it could not look. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/secrets/memory.h"
#include "tests/secrets/needles.h"
#include "tests/secrets/watch.h"

enum { PIECE = 1 << 20, HELD = 64 * 1024 };

static int usage(void)
{
    fputs("usage: scan memory|files|watch|hold SECRETS ..., see tests/secrets/scan.c\n", stderr);
    return 2;
}

/* --- memory ------------------------------------------------------------------------------------*/

static int scan_memory(const struct needles *needles, char **words)
{
    struct memory_rule rule = {.who = "process", .when = "now", .report = stdout};
    struct memory_sum sum = {0};
    if (*words != NULL && strcmp(*words, "--arena") == 0) {
        rule.arena = true;
        words++;
    }
    for (; *words != NULL; words++) {
        struct memory memory;
        if (!memory_open((pid_t)atoi(*words), &memory)) {
            fprintf(stderr, "scan: the memory of %s cannot be opened: %s\n", *words,
                    strerror(errno));
            return 2;
        }
        bool looked = memory_scan(&memory, needles, MEMORY_ALL, &rule, &sum);
        memory_close(&memory);
        if (!looked || sum.bytes == 0) {
            fprintf(stderr, "scan: the memory of %s cannot be read\n", *words);
            return 2;
        }
    }
    printf("# %zu KiB looked at, %zu found, %zu where they may be\n", sum.bytes >> 10, sum.leaks,
           sum.allowed);
    return sum.leaks > 0;
}

/* --- files -------------------------------------------------------------------------------------*/

static const struct needles *wanted;
static size_t files_seen, files_found;
static bool files_unread;

static void found_in_file(void *context, const struct hit *hit)
{
    files_found++;
    printf("%s +%zu: %s as %s, %zu bytes, from its byte %zu\n", (const char *)context, hit->at,
           hit->name, hit->form, hit->length, hit->of);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    static unsigned char piece[PIECE];
    (void)walk;
    if (type == FTW_DNR || type == FTW_NS)
        files_unread = true;
    needles_search(wanted, (const unsigned char *)path, strlen(path), found_in_file,
                   (void *)(uintptr_t) "a file's name");
    if (type != FTW_F || !S_ISREG(status->st_mode))
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        files_unread = true;
        return 0;
    }
    size_t kept = 0;
    files_seen++;
    for (ssize_t got; (got = read(fd, piece + kept, sizeof piece - kept)) > 0;) {
        size_t length = kept + (size_t)got;
        needles_search(wanted, piece, length, found_in_file, (void *)(uintptr_t)path);
        kept = length < NEEDLES_OVERLAP ? length : NEEDLES_OVERLAP;
        memmove(piece, piece + length - kept, kept);
    }
    close(fd);
    return 0;
}

static int scan_files(const struct needles *needles, char **words)
{
    wanted = needles;
    for (; *words != NULL; words++)
        if (nftw(*words, visit, 16, FTW_PHYS) != 0)
            files_unread = true;
    printf("# %zu files looked at, %zu found\n", files_seen, files_found);
    return files_found > 0 ? 1 : files_unread ? 2 : 0;
}

/* --- control processes -------------------------------------------------------------------------*/

static int wait_for_end(void)
{
    char byte;
    struct pollfd input = {.fd = 0, .events = POLLIN};
    puts("ready");
    fflush(stdout);
    do
        poll(&input, 1, -1);
    while (read(0, &byte, 1) > 0);
    return 0;
}

/* What making the needles left below. */
static __attribute__((noinline)) void wipe_stack(void)
{
    unsigned char below[HELD];
    explicit_bzero(below, sizeof below);
}

static int hold(struct needles *needles, char **words)
{
    unsigned char stack[HELD];
    unsigned char *held = stack;
    if (words[0] == NULL || words[1] == NULL)
        return usage();
    if (strcmp(words[1], "heap") == 0)
        held = malloc(HELD);
    else if (strcmp(words[1], "locked") == 0)
        held = mmap(NULL, HELD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (held == NULL || held == MAP_FAILED)
        return 2;
    if (strcmp(words[1], "locked") == 0 &&
        (mlock(held, HELD) != 0 || madvise(held, HELD, MADV_DONTDUMP) != 0))
        return 2;
    size_t length = 0;
    for (size_t i = 0, got = 1; got > 0; i++, length += got)
        got = needles_form(needles, i, words[0], held + length, HELD - length);
    if (length == 0)
        return usage();
    needles_forget(needles);
    wipe_stack();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    int status = wait_for_end();
    explicit_bzero(held, HELD); /* also: the compiler must keep it until here */
    return status;
}

/* --- watch -------------------------------------------------------------------------------------*/

static int scan_watch(struct needles *needles, char **words)
{
    struct watch_options options = {
        .front = "keywright", .keeper = "keywright-keeper", .report = stderr};
    for (; *words != NULL && strcmp(*words, "--") != 0; words += 2) {
        if (words[1] == NULL)
            return usage();
        if (strcmp(*words, "--front") == 0)
            options.front = words[1];
        else if (strcmp(*words, "--keeper") == 0)
            options.keeper = words[1];
        else if (strcmp(*words, "--excuse") == 0)
            options.excused = words[1];
        else if (strcmp(*words, "--report") != 0)
            return usage();
        else if ((options.report = fopen(words[1], "we")) == NULL)
            return 2;
    }
    if (*words == NULL || words[1] == NULL)
        return usage();
    int found = watch(needles, &options, words + 1);
    if (fclose(options.report) != 0)
        return 2;
    return found;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "dump") == 0)
        return wait_for_end();
    if (argc < 4)
        return usage();
    struct needles *needles = needles_read(argv[2]);
    if (needles == NULL)
        return 2;
    if (strcmp(argv[1], "memory") == 0)
        return scan_memory(needles, argv + 3);
    if (strcmp(argv[1], "files") == 0)
        return scan_files(needles, argv + 3);
    if (strcmp(argv[1], "watch") == 0)
        return scan_watch(needles, argv + 3);
    if (strcmp(argv[1], "hold") == 0)
        return hold(needles, argv + 3);
    return usage();
}
