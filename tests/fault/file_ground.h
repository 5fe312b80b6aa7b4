/* The ground of the tests of file_replace: a folder with the file "credentials" in it, and a link.
 */
#ifndef KEYWRIGHT_TESTS_FAULT_FILE_GROUND_H
#define KEYWRIGHT_TESTS_FAULT_FILE_GROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* Of the files that are put there; owner and group by root only. */
enum { GROUND_MODE = 0640, GROUND_OWNER = 1234, GROUND_GROUP = 4321 };

extern char ground_folder[64];
extern char ground_path[128];  /* the file */
extern char ground_link[128];  /* a symbolic link to it, as a target may be */
extern char ground_other[128]; /* where the other program writes before it renames */

/* What file_replace leaves beside the file: its own, and the edit of somebody else. */
#define HIDDEN ".credentials.keywright-"
#define KEPT   "credentials.edited-"

int ground_set_up(void **state);
int ground_tear_down(void **state);

/* Make a file, with GROUND_MODE and GROUND_GROUP. */
void ground_put_as(const char *name, const char *content, size_t length, uid_t owner);
void ground_put(const char *name, const char *content);
/* No file, and nothing that was left beside it. */
void ground_clean(void);

/* The content of a small file, by the calls themselves since this is done ten thousand times. */
enum { GROUND_SMALL = 32 };
void ground_read(const char *name, char content[GROUND_SMALL]);
bool ground_holds(const char *name, const char *content);
/* Names in the folder that begin so; removed on request. */
int ground_entries(const char *beginning, bool remove);

/* A file_merge: "N:old" becomes "N:new". */
bool ground_merge(void *context, const char *now, size_t length, char **ret_bytes,
                  size_t *ret_length, struct error *err);
/* file_replace of the file, from "1:old" to "1:new", with that merge. */
bool ground_replace(struct error *err);

#endif
