/* What the operations share: parameters, pages, the user that a call is about. */
#include "practice/inside.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool account_check_name(const char *name, const char *value, size_t least, size_t most,
                        const char *signs, struct account_refusal *refusal)
{
    size_t length = strlen(value);
    if (length < least || length > most)
        return account_refuse(
            refusal, 400, "ValidationError", "bad-parameter",
            "1 validation error detected: Value at '%s' failed to satisfy constraint: "
            "Member must have length between %zu and %zu",
            name, least, most);
    for (const char *at = value; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr(signs, *at) == NULL)
            return account_refuse(refusal, 400, "ValidationError", "bad-parameter",
                                  "The specified value for %s is invalid. It must contain only "
                                  "alphanumeric characters and/or the following: %s",
                                  name, signs);
    return true;
}

/* Where a marker points; it is opaque to the client and holds signs that must be form-encoded. */
static bool marker_read(const char *marker, char kind, size_t total, size_t *ret_first)
{
    char marker_kind;
    unsigned first;
    int end = 0;
    if (sscanf(marker, "Kw+%c/%8x==%n", &marker_kind, &first, &end) != 2 || end == 0 ||
        marker[end] != '\0' || marker_kind != kind || first > total)
        return false;
    *ret_first = first;
    return true;
}

bool account_page_cut(const struct account *account, char kind, size_t total, const char *marker,
                      int64_t max_items, size_t *ret_first, size_t *ret_count,
                      struct account_page *ret_page, struct account_refusal *refusal)
{
    size_t first = 0;
    if (max_items < 0 || max_items > 1000)
        return account_refuse(refusal, 400, "ValidationError", "bad-parameter",
                              "1 validation error detected: Value '%" PRId64
                              "' at 'maxItems' failed to "
                              "satisfy constraint: Member must have value between 1 and 1000",
                              max_items);
    if (marker != NULL && !marker_read(marker, kind, total, &first))
        return account_refuse(refusal, 400, "ValidationError", "bad-marker", "Invalid Marker.");
    size_t limit = (size_t)account->settings.page_size;
    if (max_items > 0 && (size_t)max_items < limit)
        limit = (size_t)max_items;
    size_t count = total - first < limit ? total - first : limit;
    *ret_page = (struct account_page){.truncated = first + count < total};
    if (ret_page->truncated)
        snprintf(ret_page->marker, sizeof ret_page->marker, "Kw+%c/%08x==", kind,
                 (unsigned)(first + count));
    *ret_first = first;
    *ret_count = count;
    return true;
}

bool account_target(const struct account *account, const struct account_caller *caller,
                    const char *user_name, bool strict, size_t *ret_user,
                    struct account_refusal *refusal)
{
    if (user_name == NULL) {
        if (caller->kind == ACCOUNT_CALLER_ROLE ||
            (strict && caller->kind == ACCOUNT_CALLER_SESSION))
            return account_refuse(refusal, 400, "ValidationError", "user-name-missing",
                                  "Must specify userName when calling with non-User credentials");
        *ret_user = caller->owner;
        return true;
    }
    if (!account_check_name("userName", user_name, 1, 128, "_+=,.@-", refusal))
        return false;
    size_t user = account_find_user(account, user_name);
    /* Who may not look is told the same of every name, so that names cannot be guessed. */
    if (user == SIZE_MAX && !account_allowed(account, caller, "GetUser", SIZE_MAX, refusal))
        return false;
    if (user == SIZE_MAX)
        return account_refuse(refusal, 404, "NoSuchEntity", "no-such-user",
                              "The user with name %s cannot be found.", user_name);
    *ret_user = user;
    return true;
}
