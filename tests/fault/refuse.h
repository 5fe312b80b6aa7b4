/* Calls that fail when a test says so, and what others do between two calls.
 *
 * A program that is linked with -Wl,--wrap=NAME for each row of the table (refuse_flags in
 * Makefile.am) has its own calls and those of the rooms seen here; those of shared libraries go
 * their own way. Only calls between refuse_begin and refuse_end count. No fsync is passed on: that
 * a disk keeps what was synced is what power.h is for. No memory is locked, and munmap is counted.
 */
#ifndef KEYWRIGHT_TESTS_FAULT_REFUSE_H
#define KEYWRIGHT_TESTS_FAULT_REFUSE_H

#include <stdbool.h>
#include <stddef.h>

#define REFUSE_TABLE(X)                                                                            \
    X(open)                                                                                        \
    X(openat)                                                                                      \
    X(fstat)                                                                                       \
    X(fstatat)                                                                                     \
    X(fchown)                                                                                      \
    X(fchmod)                                                                                      \
    X(flistxattr)                                                                                  \
    X(fgetxattr)                                                                                   \
    X(fsetxattr)                                                                                   \
    X(flock)                                                                                       \
    X(fcntl)                                                                                       \
    X(pread)                                                                                       \
    X(write)                                                                                       \
    X(fsync)                                                                                       \
    X(renameat)                                                                                    \
    X(linkat)                                                                                      \
    X(unlinkat)                                                                                    \
    X(syscall) /* renameat2 */                                                                     \
    X(mmap)                                                                                        \
    X(mprotect)                                                                                    \
    X(malloc)                                                                                      \
    X(calloc)                                                                                      \
    X(realloc)                                                                                     \
    X(strdup)

enum refuse_call {
#define X(name) REFUSE_##name,
    REFUSE_TABLE(X)
#undef X
        REFUSE_COUNT
};

/* Calls of this kind fail with errno `sys`: the number-th from 1, with 0 all of them. With `sys` 0
 * the call is done by half: pread and write of about half the bytes. */
struct refusal {
    enum refuse_call call;
    int number;
    int sys;
};

/* Called before each call that counts; what it calls itself does not. `number` counts all of them.
 */
typedef void refuse_hook(void *context, enum refuse_call call, int number);

/* From here on. The rows are borrowed; hook may be NULL. */
void refuse_begin(const struct refusal *rows, size_t count, refuse_hook *hook, void *context);
/* Until here. The first row, if there is one, was reached. */
bool refuse_end(void);
/* How many calls counted between the two. */
int refuse_calls(void);
/* Mappings made and not given back since the program began. */
int refuse_mapped(void);

const char *refuse_name(enum refuse_call call);

#endif
