/* What tests/fault/faultshim.so is told and what it tells.
 *
 *     FAULTSHIM         "PROGRAM KIND AT ERRNO MODE[:DEPTH] [show]": in the process with this short name, the
 *                       AT-th call of the kind (from 1, counted from the beginning of main) fails
 *                       with this errno. ERRNO is a number. MODE:
 *                         once     that call only
 *                         lasting  that one and all that follow
 *                         each     from that one on, every call fails at first and then works
 *                         half     from that one on, every call does half of what it was asked for
 *                                  (KIND write or read; ERRNO is not used)
 *                         site     counted are only calls from a call site that was not met before:
 *                                  the AT-th of these fails, once
 *                         since    the AT-th of these fails, and every call after it
 *                       A call site is the whole way through the program's own code to the call; with
 *                       ":DEPTH" after the mode, only so many of the innermost of its functions count.
 *                       show: the stack of the call that was struck goes into the report
 *     FAULTSHIM_REPORT  a file of sizeof(struct faultshim_report) bytes that is mapped and filled
 *
 * Kinds: write (write, pwrite, writev and the like on a regular file), read (the same way), sync
 * (fsync, fdatasync), cut (ftruncate, fallocate), name (rename, link, unlink, mkdir and the like),
 * make (an open with O_CREAT), open (whatever gives a descriptor), lock (fcntl and flock locks),
 * map (mmap), alloc (malloc, calloc, realloc and the like; the C library's own functions, such as
 * strdup, come by them). Descriptors 0 to 2 are left alone. Without its variables the shim changes
 * nothing. */
#ifndef KEYWRIGHT_TESTS_FAULT_FAULTSHIM_H
#define KEYWRIGHT_TESTS_FAULT_FAULTSHIM_H

struct faultshim_report {
    long calls;   /* of the kind, made by the program; for site and since, the sites met */
    long struck;  /* that were made to fail, or halved */
    long crashed; /* the signal that ended the program: SIGSEGV, SIGABRT and the like; else 0 */
    long ran;     /* 1: the program began */
    /* "LIBRARY FUNCTION": what the program called, on the way to the call that was struck first and to
     * the crash; the library without its version. "" for what the program's own code did itself, and
     * FUNCTION is "?" where the library does not export it. */
    char struck_in[96], crashed_in[96];
    char stack[8192]; /* for show */
};

#endif
