/* A parsed file as the files of this room see it; for nobody else. */
#ifndef KEYWRIGHT_PROFILE_PARTS_H
#define KEYWRIGHT_PROFILE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/profile.h"

enum { PROFILE_FILE_MAXIMUM = 1 << 20 };

enum section_type { SECTION_PROFILE, SECTION_SSO_SESSION, SECTION_SERVICES, SECTION_IGNORED };

/* `name` is what botocore calls it; `shared`: it is a name for the other SDKs too. `prefixed`:
 * [profile NAME], which for "default" is another section than [default] and wins over it. */
struct section {
    enum section_type type;
    bool shared;
    bool prefixed;
    const char *name;
    const char *raw; /* between the brackets */
    int line;
};

struct property {
    size_t section;
    const char *key;    /* lower case */
    char *value;        /* continuation lines joined by newlines */
    bool named;         /* the key is an identifier; others are ignored by the SDKs */
    bool remarked;      /* a comment follows on its first line */
    int line;           /* of its key, from 1 */
    size_t value_start; /* of the first line's value, offsets into bytes */
    size_t value_end;
};

/* A line of the file; next is where the following one starts. */
struct line {
    size_t start;
    size_t next;
    int property; /* that it belongs to, or -1 */
};

/* What each property is to a key: filled for all places where the key stands, or those of
 * `only_profile`. Several sections of one name are one profile, in which the n-th secret belongs to
 * the n-th key ID; where their numbers differ, all belong to the key if it is the only one there.
 * MARK_HALF is a key ID whose secret is not in this file, is empty, or cannot be told from others.
 * MARK_TOKEN is a session token in a section where no other key stands. */
enum mark { MARK_NONE, MARK_KEY_ID, MARK_HALF, MARK_SECRET, MARK_TOKEN };

struct profile_file {
    enum profile_file_kind kind;
    bool exists;
    bool marked; /* begins with a byte order mark */
    char *path;
    char *bytes;
    size_t length;
    char *pool; /* all strings of sections and properties */
    size_t pool_size;
    size_t pool_used;
    struct line *lines;
    size_t line_count;
    struct section *sections;
    size_t section_count;
    struct property *properties;
    size_t property_count;
    enum mark *scratch; /* one a property: looking for a key must not fail for want of memory */
};

/* The last property of this name in sections of that type and name, as the SDKs see them, or NULL:
 * [default] is looked at only where [profile default] is not there. */
const struct property *profile_file_property(const struct profile_file *file,
                                             enum section_type type, const char *name,
                                             const char *key);
bool profile_file_has_profile(const struct profile_file *file, const char *name);
/* [default] where [profile default] is there too. */
bool profile_file_overridden(const struct profile_file *file, const struct section *section);

/* One mark a property; NULL when out of memory. Free with free. */
enum mark *profile_mark_pairs(const struct profile_file *file, const char *key_id,
                              const char *only_profile);

/* How many bytes of white space that is neither blank nor tab, and white space for botocore only, begin at
 * `at`, or end at `end`; 0 for none. A carriage return is such where it ends no line. */
size_t profile_odd_space(const char *at, const char *end);
size_t profile_odd_space_before(const char *start, const char *end);
/* aws_access_key_id, aws_secret_access_key, aws_session_token, aws_security_token. */
bool profile_is_pair_key(const char *key);
/* What every reader gives back as it was written: one word, no comment. */
bool profile_can_be_value(const char *value, size_t length);

/* A path with ~ and variables replaced as botocore does. LIMIT when it is too long. */
bool profile_expand_path(const char *path, profile_environment *environment, void *context,
                         char *buffer, size_t size, struct error *err) MUST_USE;

enum { SHOWN_SIZE = 256 };
/* A name from a file or the environment as it may stand in a message. Returns buffer. */
const char *profile_show(char buffer[SHOWN_SIZE], const char *name);

#endif
