/* show: a person reads the pair from the terminal, once. What stands there is made here; the keeper
 * shows it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/safe.h"
#include "deliver/kinds.h"

enum { PAGE_MAX = 4096 };

static bool check_show(const char *rest, struct error *err)
{
    if (rest[0] == '\0')
        return true;
    return error_set(err, ERROR_USAGE, "the target show takes nothing after it");
}

/* Whether there is a terminal, the keeper knows. */
static bool try_show(const struct deliver_request *request, const char *rest,
                     struct text *ret_place, struct error *err)
{
    (void)request, (void)rest, (void)err;
    text_append(ret_place, "this terminal, once");
    return true;
}

static const char *owner_of(const struct deliver_request *request, char shown[160])
{
    bool known = request->user != NULL && request->user[0] != '\0';
    return safe_copy(shown, 160, known ? request->user : "its user");
}

bool deliver_show_ready(const struct deliver_request *request, int minutes, struct text *ret_page,
                        struct error *err)
{
    char user[160], key[64];
    text_appendf(ret_page,
                 "keywright: a secret is about to be shown\n\n"
                 "  Access key  %s\n"
                 "  User        %s\n\n"
                 "Its secret will stand on this screen once, for %d minutes at most.\n"
                 "See that nobody looks on and that nothing records this terminal.\n\n"
                 "Enter: show it now.   q: show nothing.\n",
                 safe_copy(key, sizeof key, request->new_key), owner_of(request, user), minutes);
    return text_ok(ret_page, err);
}

static bool put(struct secret *page, const char *string, struct error *err)
{
    return secret_append(page, string, strlen(string), err);
}

bool deliver_show_page(const struct deliver_request *request, const struct credentials *pair,
                       struct secret **ret_page, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *page = NULL;
    char user[160], key[64];
    owner_of(request, user);
    if (!secret_new_empty(PAGE_MAX, &page, err) ||
        !put(page, "keywright: the new access key of ", err) || !put(page, user, err) ||
        !put(page, "\n\n  Access key ID      ", err) ||
        !put(page, safe_copy(key, sizeof key, pair->key_id), err) ||
        !put(page, "\n  Secret access key  ", err) ||
        !secret_append(page, secret_bytes(pair->secret), secret_length(pair->secret), err) ||
        !put(page,
             "\n\nStore it where it is used: it is shown this once, and is wiped from here.\n\n"
             "Enter: I have it.\n",
             err))
        return false;
    *ret_page = page;
    page = NULL;
    return true;
}

static bool hand_over_show(const struct deliver_request *request, const char *rest,
                           const struct credentials *pair, struct text *ret_place,
                           struct error *err)
{
    (void)request, (void)rest, (void)pair, (void)ret_place;
    return error_set(err, ERROR_INTERNAL, "the pair is shown by the keeper");
}

static bool read_show(const struct deliver_request *request, const char *rest,
                      struct credentials *ret_pair, bool *ret_old_key_there, struct error *err)
{
    (void)request, (void)rest, (void)ret_pair, (void)ret_old_key_there;
    return error_set(err, ERROR_TARGET, "what was shown cannot be read back");
}

static bool old_pair_of_show(const struct deliver_request *request, const char *rest,
                             struct credentials *ret_pair, struct error *err)
{
    (void)request, (void)rest, (void)ret_pair;
    return error_set(err, ERROR_NOT_FOUND, "what was shown keeps no back-up");
}

/* The person still has the old pair. */
static bool restore_show(const struct deliver_request *request, const char *rest, struct error *err)
{
    (void)request, (void)rest, (void)err;
    return true;
}

static bool remove_backup_of_show(const struct deliver_request *request, const char *rest,
                                  struct text *ret_place, struct error *err)
{
    (void)request, (void)rest, (void)ret_place, (void)err;
    return true;
}

const struct deliver_kind deliver_show_kind = {
    .name = "show",
    .bare = true,
    .readable = false,
    .check = check_show,
    .try = try_show,
    .hand_over = hand_over_show,
    .read = read_show,
    .old_pair = old_pair_of_show,
    .restore = restore_show,
    .remove_backup = remove_backup_of_show,
};
