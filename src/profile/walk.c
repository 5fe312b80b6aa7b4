/* What every part of the way needs: see walk.h. */
#include "profile/walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *walk_variable(const struct walk *walk, const char *name)
{
    const char *value = walk->environment(walk->context, name);
    return value != NULL && value[strspn(value, " \t\r\n")] != '\0' ? value : NULL;
}

const char *walk_property(const struct walk *walk, const char *profile, const char *key)
{
    const char *value = profile_set_get(walk->set, profile, key);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool walk_add_link(struct walk *walk, enum chain_link_kind kind, const char *profile,
                   struct chain_link **ret_link, struct error *err)
{
    struct chain *chain = walk->chain;
    size_t most = sizeof chain->links / sizeof *chain->links;
    if (chain->count == most)
        return error_set(err, ERROR_LIMIT, "more than %zu profiles lead to one another", most);
    struct chain_link *link = &chain->links[chain->count++];
    memset(link, 0, sizeof *link);
    credentials_init(&link->pair);
    link->kind = kind;
    text_copy(link->profile, sizeof link->profile, profile);
    *ret_link = link;
    return true;
}

bool walk_has_static(const struct walk *walk, const char *profile)
{
    return walk_property(walk, profile, "aws_access_key_id") != NULL ||
           walk_property(walk, profile, "aws_secret_access_key") != NULL;
}

bool walk_copy_property(const struct walk *walk, const char *profile, const char *key, char *to,
                        size_t size, struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *value = walk_property(walk, profile, key);
    return text_copy(to, size, value == NULL ? "" : value) ||
           error_set(err, ERROR_LIMIT, "%s of profile %s is longer than %zu characters", key,
                     profile_show(shown, profile), size - 1);
}

/* --- telling the way ----------------------------------------------------------------------------*/

static void FORMAT_LIKE(4, 0) tell(const struct walk *walk, const char *place, const char *verdict,
                 const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    walk->tell(walk->tell_context, place, verdict, text);
}

void walk_tell(const struct walk *walk, const char *place, const char *verdict, const char *format,
               ...)
{
    va_list args;
    va_start(args, format);
    if (walk->tell != NULL)
        tell(walk, place, verdict, format, args);
    va_end(args);
}

void walk_tell_of(const struct walk *walk, const char *profile, const char *what,
                  const char *verdict, const char *format, ...)
{
    char shown[SHOWN_SIZE], place[SHOWN_SIZE + 64];
    va_list args;
    snprintf(place, sizeof place, "profile %s: %s", profile_show(shown, profile), what);
    va_start(args, format);
    if (walk->tell != NULL)
        tell(walk, place, verdict, format, args);
    va_end(args);
}
