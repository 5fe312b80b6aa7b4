/* Who is allowed what: users, groups and roles with the policies that they have, and the policies that the
 * account made itself, as GetAccountAuthorizationDetails tells of them. Of AWS's own policies only the names
 * are known. Pure. */
#ifndef KEYWRIGHT_AUDIT_ACCESS_H
#define KEYWRIGHT_AUDIT_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "audit/policy.h"
#include "base/error.h"

struct access_words {
    size_t count, room;
    char **list; /* owned, and what is in it */
};

struct access_policy {
    char *name; /* owned */
    char *arn;  /* owned; "" for an inline one */
    int64_t attachments, boundaries; /* how often it is in use as which */
    char *document; /* owned; plain JSON; NULL unless it was kept */
    struct policy_digest digest;
};

struct access_policies {
    size_t count, room;
    struct access_policy *list;
};

enum access_kind { ACCESS_USER, ACCESS_GROUP, ACCESS_ROLE };

struct access_holder {
    enum access_kind kind;
    char *name, *arn, *path;        /* owned */
    char *boundary;                 /* owned; ARN; "" for none */
    struct access_words groups;     /* names */
    struct access_words attached;   /* ARNs */
    struct access_words tags;       /* key, value, key, value, ... */
    struct access_policies inlines;
};

struct access {
    size_t count, room;
    struct access_holder *list;
    struct access_policies managed; /* customer managed */
};

void access_release(struct access *access); /* leaves it empty, as {0} is */

/* The new one is good until another is added. NULL: MEMORY. */
struct access_holder *access_add_holder(struct access *access, enum access_kind kind,
                                        const char *name, const char *arn, const char *path,
                                        struct error *err);
bool access_set_boundary(struct access_holder *holder, const char *arn, struct error *err) MUST_USE;
bool access_add_word(struct access_words *words, const char *word, struct error *err) MUST_USE;
/* The document is read (policy.h) and not kept, except by access_keep_document. `arn`: "" for an inline one. NULL: MEMORY. */
struct access_policy *access_add_policy(struct access_policies *policies, const char *name,
                                        const char *arn, const char *document, struct error *err);
/* For one whose text is needed: the document, as plain JSON where it can be read. MEMORY. */
bool access_keep_document(struct access_policy *policy, const char *document,
                          struct error *err) MUST_USE;
/* All are added: before anything is looked up. What came twice, as when a list changes between its pages, is
 * there once then. */
void access_sort(struct access *access);

/* NULL when there is none. */
const struct access_holder *access_holder(const struct access *access, enum access_kind kind,
                                          const char *name);
const struct access_policy *access_managed(const struct access *access, const char *arn);

/* Which users are meant: those of whom all that is given holds. */
struct access_selection {
    const char *group; /* they are in it; NULL: not asked for, as below */
    const char *path;  /* theirs begins so: "/ops/" */
    const char *tag;   /* "KEY" or "KEY=VALUE": they have it */
};
/* A selection of NULL means everybody; else one who is not known is not meant. */
bool access_selects(const struct access *access, const struct access_selection *selection,
                    const char *user);
/* How many it means. */
size_t access_count_selected(const struct access *access,
                             const struct access_selection *selection);

enum access_answer { ACCESS_NO, ACCESS_YES, ACCESS_UNCLEAR };

/* May this user do everything, or everything in IAM, with which the rest can be had? By its own policies, those
 * of its groups, and what its permissions boundary leaves of that; policies of an organization are not
 * known. `ret_through` says by which policy, or why it is unclear. */
enum access_answer access_is_administrator(const struct access *access,
                                           const struct access_holder *user, char *ret_through,
                                           size_t size);

#endif
