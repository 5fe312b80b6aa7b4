/* Files: read whole, replace whole or not at all, kernel locks, directories.
 * Content may be secret: buffers here are wiped before they are freed. */
#ifndef KEYWRIGHT_BASE_FILE_H
#define KEYWRIGHT_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* Read a regular file of at most `maximum` bytes. ret_bytes ends with a NUL that is not counted.
 * NOT_FOUND, PERMISSION, LIMIT, IO. Free with file_bytes_free. */
bool file_read(const char *path, size_t maximum, char **ret_bytes, size_t *ret_length,
               struct error *err) MUST_USE;
void file_bytes_free(char *bytes, size_t length); /* wipes; NULL is fine */

/* The file behind symbolic links, absolute, into `buffer`. A file that is missing resolves when its
 * directory exists. */
bool file_resolve(const char *path, char *buffer, size_t size, struct error *err) MUST_USE;

/* Make the directory and its parents, 0700 each that is made, and synced: a file that is made in it
 * and synced with it survives a power failure. */
bool file_make_directory(const char *path, struct error *err) MUST_USE;

/* Everything that file_replace needs, tried without changing the file: a temporary file of `length`
 * bytes beside it with the same owner and mode is made, written, synced and removed. */
bool file_replace_try(const char *path, size_t length, struct error *err) MUST_USE;

/* How to go on when the file changed between our read and our exchange: given what the file holds
 * now, make the bytes (guarded_new, base/guarded.h) that should stand there. Returns false to give
 * up, with the reason in err. Called at most once a round. */
typedef bool file_merge(void *context, const char *now, size_t now_length, char **ret_bytes,
                        size_t *ret_length, struct error *err);

/* Replace the content of `path` (the file itself, not a link) by `bytes`, given that it was
 * `expected` when it was read. At most five rounds of:
 *
 *  1. exclusive flock on the file, waiting at most 10 s; what an interrupted run left is removed;
 *  2. wait, at most 2 s, until no program has it open for writing; read it; when it is not
 *     `expected`, `merge` makes the new bytes from what it is;
 *  3. temporary file in the same directory with the same owner, group and mode, ACL and extended
 *     attributes where they can be kept; locked too; fsync;
 *  4. under a lease, which keeps others from opening it for writing: when it is still what was read
 *     in 2, renameat2 RENAME_EXCHANGE (where that is missing: a second name for the old file, and
 *     rename), else the next round;
 *  5. the displaced file, once nobody writes to it, is compared with what was read in 2. The same:
 *     it is removed, the directory is synced, done. Otherwise another program finished an edit
 *     before our exchange: it is exchanged back, and the next round merges it.
 *
 * A crash at any point leaves the old or the new content whole under the name, and beside it at
 * most one file `.NAME.keywright-*`, which the next call on that path removes. If that file holds
 * an edit of another program that nobody merged, it becomes `NAME.edited-TIME` and the call ends
 * with CHANGED, which names it.
 *
 * Not guaranteed, since the other program takes no lock: when it reads the file before our exchange
 * and opens it for writing after it, it overwrites our content with its own, made from the old one.
 * The caller finds that by reading the file back. In the moment between 4 and the exchange back in
 * 5 it can read the file without the edit that we are about to put back, and then overwrite that.
 * An edit in place that goes on for longer than 2 s, or on a file system without leases, may be
 * taken for finished. Where RENAME_EXCHANGE is missing, an edit by rename is overwritten when it comes
 * between the second name for the old file and our rename, which follow each other at once.
 *
 * CHANGED when the merge gave up or rounds ran out (the file holds the other program's edit, whole),
 * BUSY, NOT_FOUND, PERMISSION (the directory cannot be written, the owner not be kept), LIMIT (over
 * 4 MiB), IO (no room; a link; several hard links, which would be parted). */
bool file_replace(const char *path, const char *expected, size_t expected_length, const char *bytes,
                  size_t length, file_merge *merge, void *context, struct error *err) MUST_USE;

/* Only what file_replace does first: remove what an interrupted run left beside the file (it may
 * hold secrets). CHANGED when that was another program's edit, which is kept under a name. */
bool file_replace_recover(const char *path, struct error *err) MUST_USE;

/* Write a file of ours that others may read meanwhile: they see the old content or the new, whole. A file that is there
 * is replaced (a link, and not what it points to) and its mode kept; a new one has `mode`. Not synced: for what can be made
 * again. What is no regular file (/dev/null, /dev/stdout, a folder, or a link to one) is left as it is: IO. PERMISSION, IO,
 * LIMIT. */
bool file_write(const char *path, const char *bytes, size_t length, mode_t mode,
                struct error *err) MUST_USE;

/* Make a new file of mode 0600, whole or not at all, synced with its directory. A file that is
 * there already with just this content is success, with other content CHANGED. */
bool file_create_private(const char *path, const char *bytes, size_t length,
                         struct error *err) MUST_USE;
/* Remove and sync the directory; a missing file is success. */
bool file_remove(const char *path, struct error *err) MUST_USE;

/* Take an open file description lock on one byte of a file (made 0600 when missing). BUSY when
 * another process holds it. The lock ends when ret_fd is closed or the process ends. */
bool file_lock_byte(const char *path, off_t byte, int *ret_fd, struct error *err) MUST_USE;

#endif
