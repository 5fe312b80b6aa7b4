/* The way from a profile to where its credentials come from: chain.c goes it, places.c picks the end,
 * source.c knows the ends, and walk.c has what all three need. For nobody else. */
#ifndef KEYWRIGHT_PROFILE_WALK_H
#define KEYWRIGHT_PROFILE_WALK_H

#include "profile/parts.h"

struct walk {
    const struct profile_set *set;
    profile_environment *environment;
    void *context;
    bool named_by_option; /* then the environment's own credentials do not count */
    struct chain *chain;
    struct text story; /* the explanation so far */
    profile_tell *tell; /* of every place that is looked at; NULL */
    void *tell_context;
};

/* What was found at one place. */
void walk_tell(const struct walk *walk, const char *place, const char *verdict,
               const char *format, ...) FORMAT_LIKE(4, 5);
/* The same of a profile: "profile NAME: WHAT" is the place. */
void walk_tell_of(const struct walk *walk, const char *profile, const char *what,
                  const char *verdict, const char *format, ...) FORMAT_LIKE(5, 6);

/* A variable that is set to more than blanks, or NULL. */
const char *walk_variable(const struct walk *walk, const char *name);
/* A property that is not empty, or NULL. */
const char *walk_property(const struct walk *walk, const char *profile, const char *key);
bool walk_has_static(const struct walk *walk, const char *profile);
bool walk_add_link(struct walk *walk, enum chain_link_kind kind, const char *profile,
                   struct chain_link **ret_link, struct error *err) MUST_USE;
/* A property into a field of a link; an absent one is "". LIMIT when it does not fit. */
bool walk_copy_property(const struct walk *walk, const char *profile, const char *key, char *to,
                        size_t size, struct error *err) MUST_USE;

/* --- ends: each adds the last link, or says why it cannot ---------------------------------------*/

bool end_with_environment(struct walk *walk, struct error *err) MUST_USE;
bool end_with_static(struct walk *walk, const char *profile, struct error *err) MUST_USE;
/* The profile's own web identity. */
bool end_with_web_identity(struct walk *walk, const char *profile, struct error *err) MUST_USE;
/* That of the environment: each value by a variable, else by the profile. */
bool end_with_surrounding_web_identity(struct walk *walk, const char *profile,
                                       struct error *err) MUST_USE;
bool end_with_sso(struct walk *walk, const char *profile, struct error *err) MUST_USE;
bool end_with_login(struct walk *walk, const char *profile, struct error *err) MUST_USE;
bool end_with_process(struct walk *walk, const char *profile, struct error *err) MUST_USE;
bool end_with_container(struct walk *walk, const char *profile, struct error *err) MUST_USE;
bool end_with_metadata(struct walk *walk, const char *profile, struct error *err) MUST_USE;

/* --- places.c ------------------------------------------------------------------------------------*/

/* credential_source. */
bool end_with_named_source(struct walk *walk, const char *profile, const char *source,
                           struct error *err) MUST_USE;
/* Whatever a profile without role_arn has, in botocore's order; `first` is the profile that was
 * asked for, after which the surroundings (environment, container, instance) come too. */
bool end_here(struct walk *walk, const char *profile, bool first, struct error *err) MUST_USE;

#endif
