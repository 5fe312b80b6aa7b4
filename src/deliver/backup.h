/* The back-up of an old pair beside its file: an INI snippet with one section a profile, in the
 * form of a credentials file, so that a person can put it back by hand. For file.c only. */
#ifndef KEYWRIGHT_DELIVER_BACKUP_H
#define KEYWRIGHT_DELIVER_BACKUP_H

#include "base/error.h"
#include "profile/profile.h"

/* "PATH.keywright-ROTATION" into buffer; LIMIT when that is too long for a file name, INTERNAL for
 * an ID that is not letters, digits, "-" and "_". */
bool backup_path(const char *path, const char *rotation, char *buffer, size_t size,
                 struct error *err) MUST_USE;

/* Make it from the places of key_id in `file` (in `only_profile`, NULL: all). One that is there and
 * holds the key is kept; another file of that name is CHANGED. */
bool backup_make(const char *backup, const struct profile_file *file, const char *key_id,
                 const char *only_profile, struct error *err) MUST_USE;

/* The pair in it. NOT_FOUND when there is no back-up, CHANGED when it does not hold the key. */
bool backup_read(const char *backup, const char *key_id, struct credentials *ret_pair,
                 struct error *err) MUST_USE;

#endif
