/* What file.c and replace.c share; for nobody else. */
#ifndef KEYWRIGHT_BASE_FILE_PARTS_H
#define KEYWRIGHT_BASE_FILE_PARTS_H

#include <limits.h>
#include <sys/stat.h>

#include "base/file.h"

/* A name in an open directory: what is done to it cannot be led elsewhere by a renamed parent. */
struct file_place {
    const char *path; /* borrowed, for messages */
    int directory;    /* -1 when closed */
    char name[NAME_MAX + 1];
};

bool file_place_open(const char *path, struct file_place *ret_place, struct error *err) MUST_USE;
void file_place_close(struct file_place *place); /* for CLEANUP() too */

/* Close *fd unless it is -1, and make it -1. For CLEANUP(). */
void file_close(int *fd);

/* The code for an errno of the file system, with "WHAT PATH: reason". Always returns false. */
bool file_fail(struct error *err, int sys, const char *what, const char *path);

/* Write all bytes; fsync. False with errno set. */
bool file_write_synced(int fd, const char *bytes, size_t length) MUST_USE;

/* The content of an open file from its start; as file_read. */
bool file_read_open(int fd, const char *path, size_t maximum, char **ret_bytes, size_t *ret_length,
                    struct error *err) MUST_USE;

/* renameat2(2), which not every C library has; -1 with ENOSYS where the kernel has it not. */
int file_rename_flags(int directory, const char *from, const char *to, unsigned flags);
enum { FILE_RENAME_NOREPLACE = 1, FILE_RENAME_EXCHANGE = 2 }; /* linux/fs.h */

/* --- a file that is going to be replaced (target.c) ----------------------------------------------
 *
 * Names beside NAME, all recognised by their beginning and looked after by recover():
 *
 *     .NAME.keywright-part                 being written: always stale when the lock is ours
 *     .NAME.keywright-INODE.SIZE.S.NS      complete and about to be exchanged: INODE is its own, the
 *                                          rest are size and mtime of the file that it displaces
 *
 * After an exchange the file under the second name has another inode than the one in its name: it
 * is the displaced one. A crash at any point leaves what tells these cases apart. */

struct file_target {
    struct file_place place;
    int fd;             /* read-only, locked; the file that stands under the name */
    struct stat status; /* of fd */
};

/* Locked (BUSY after 10 s), nothing stale beside it, nobody writing to it, and with one name only.
 * Release with file_target_release, for CLEANUP() too. */
bool file_target_prepare(const char *path, struct file_target *ret_target,
                         struct error *err) MUST_USE;
void file_target_release(struct file_target *target);

/* Give an edit that was displaced to `name` a name that is seen. Always returns false: CHANGED with
 * that name in its text, or why that failed. */
bool file_keep_edit(const struct file_target *target, const char *name, struct error *err);

/* Wait, at most 2 s, until nobody has the file open for writing: `aws configure set` truncates and
 * rewrites it in place, and half a file must not be taken for its content. A read lease is granted
 * only then, and until file_lease_drop whoever opens the file for writing waits. False, and no lease,
 * where leases are not to be had (another owner's file, some network file systems) or a writer does
 * not end. */
bool file_lease_take(int fd);
/* Nobody has come to write since file_lease_take. */
bool file_lease_undisturbed(int fd);
void file_lease_drop(int fd);
/* Take it and drop it: for the waiting alone. */
void file_await_writers(int fd);

#endif
