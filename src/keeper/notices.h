/* What is said about the AWS files before anything is changed: modes that let others read, and what
 * another reader would choke on. */
#ifndef KEYWRIGHT_KEEPER_NOTICES_H
#define KEYWRIGHT_KEEPER_NOTICES_H

#include "profile/profile.h"

struct json_object;

/* Append sentences (strings) to a JSON array; a loose mode is the first. */
void notices_add_file(const struct profile_file *file, struct json_object *list);
void notices_add_files(const struct profile_set *files, struct json_object *list);

/* True, and the mode, when group or others may read a file with a secret, or write any. */
bool notices_loose_mode(const struct profile_file *file, unsigned *ret_mode);

#endif
