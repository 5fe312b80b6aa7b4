/* Cages: what a program gives up for good once it has what it needs, so that whoever takes it over
 * by way of hostile input gains little.
 *
 * Two mechanisms of Linux, each of which holds without the other: Landlock (landlock(7), kernel
 * 5.13; TCP ports since 6.7) decides which files may be opened and which ports connected to;
 * seccomp (seccomp(2)) refuses system calls. Both last until the process ends and are inherited by
 * what it starts, also through exec: what is to run free is started before.
 *
 * A kernel that lacks a part leaves that part out. That is no error; the report says it, and
 * `keywright doctor` shows it. On other systems nothing is closed, and the report says that.
 *
 *     cage_init, cage_allow_*, cage_close; cage_release in every case
 */
#ifndef KEYWRIGHT_BASE_CAGE_H
#define KEYWRIGHT_BASE_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum cage_kind {
    /* Makes no socket of any kind and connects to nothing. */
    CAGE_OFFLINE,
    /* Makes sockets for TCP, UDP and netlink (which getaddrinfo asks for addresses), connects by
     * TCP to the ports that are allowed, and accepts no connection. Not covered: where UDP goes. */
    CAGE_CLIENT,
};

struct cage_report {
    bool closed;       /* cage_close was called */
    bool switched_off; /* KEYWRIGHT_SANDBOX=off */
    int abi;           /* of Landlock; 0: not to be had */
    int files_failed;  /* errno why files are open; 0: they are closed */
    int ports_failed;  /* errno why ports are open; 0: closed (always 0 for CAGE_OFFLINE) */
    int calls_failed;  /* errno why system calls are open; 0: closed */
};

struct cage {
    enum cage_kind kind;
    int ruleset;           /* -1: no Landlock */
    uint64_t files, ports; /* what it handles */
    struct cage_report report;
};

/* Begin. With KEYWRIGHT_SANDBOX=off in the environment nothing will be closed. */
void cage_init(struct cage *cage, enum cage_kind kind);
void cage_release(struct cage *cage); /* for CLEANUP() too */

/* A folder with all that is in it, or a file, symbolic links followed. A path that is not there or
 * not to be reached allows nothing, which is no error. Execution is allowed nowhere. IO. */
bool cage_allow_read(struct cage *cage, const char *path, struct error *err) MUST_USE;
/* Reading too; making, replacing and removing of regular files in a folder. */
bool cage_allow_write(struct cage *cage, const char *path, struct error *err) MUST_USE;
/* cage_allow_write for the folder that a file is in and, when the file is a symbolic link, for the
 * one that it leads to. */
bool cage_allow_folder_of(struct cage *cage, const char *file, struct error *err) MUST_USE;
bool cage_allow_connect(struct cage *cage, uint16_t port, struct error *err) MUST_USE;
/* What every program reads at run time: libraries and their settings, locales, time zones, users; a
 * CAGE_CLIENT certificates and the names of hosts, too. No home directory, and of /proc and /sys
 * only what tells about the machine. */
bool cage_allow_system(struct cage *cage, struct error *err) MUST_USE;

/* Close it, for this thread and all that it begins from now on: there must be no other thread yet.
 */
void cage_close(struct cage *cage, struct cage_report *ret_report);

/* All parts that this kind has hold. */
bool cage_is_whole(const struct cage_report *report);
/* One sentence for `doctor`: what holds, and what does not and why. Returns buffer. */
const char *cage_describe(const struct cage_report *report, enum cage_kind kind, char *buffer,
                          size_t size);

#endif
