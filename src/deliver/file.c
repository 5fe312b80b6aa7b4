/* file:PATH and file:PROFILE@PATH */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/safe.h"
#include "deliver/backup.h"
#include "deliver/kinds.h"

enum { FILE_MAXIMUM = 1 << 20, SHOWN_SIZE = 512 };

/* A target that was read. */
struct opened {
    char profile[128]; /* "": all */
    char path[PATH_MAX];
    char backup[PATH_MAX];
    char *bytes;
    size_t length;
    enum profile_file_kind kind;
    struct profile_file *file;
};

static void opened_release(struct opened *opened)
{
    file_bytes_free(opened->bytes, opened->length);
    profile_file_free(opened->file);
    opened->bytes = NULL;
    opened->file = NULL;
}

static const char *only(const struct opened *opened)
{
    return opened->profile[0] == '\0' ? NULL : opened->profile;
}

static bool split_spec(const char *rest, char profile[128], const char **ret_path,
                       struct error *err)
{
    char shown[SHOWN_SIZE];
    const char *at = rest[0] == '/' ? NULL : strstr(rest, "@/");
    size_t length = at == NULL ? 0 : (size_t)(at - rest);
    if ((at == NULL && rest[0] != '/') || length >= 128 || (at != NULL && length == 0))
        return error_set(err, ERROR_USAGE,
                         "file:%s is neither file:PATH nor file:PROFILE@PATH with "
                         "an absolute PATH",
                         safe_copy(shown, sizeof shown, rest));
    memcpy(profile, rest, length);
    profile[length] = '\0';
    *ret_path = at == NULL ? rest : at + 1;
    return true;
}

static bool check_spec(const char *rest, struct error *err)
{
    char profile[128];
    const char *path;
    return split_spec(rest, profile, &path, err);
}

/* --- reading -----------------------------------------------------------------------------------*/

static size_t count_places(const struct profile_file *file, const char *key_id, const char *profile)
{
    if (key_id == NULL || key_id[0] == '\0')
        return 0;
    return profile == NULL ? profile_file_find_key(file, key_id, NULL, 0)
                           : profile_file_count_key(file, key_id, profile);
}

static size_t count_both(const struct profile_file *file, const struct deliver_request *request,
                         const char *profile)
{
    return count_places(file, request->old_key, profile) +
           count_places(file, request->new_key, profile);
}

/* A path does not say which of the two grammars for section names holds; the keys do. */
static bool parse(const struct deliver_request *request, struct opened *opened, struct error *err)
{
    struct profile_file *files[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    for (int kind = 0; kind < 2; kind++) {
        if (!profile_file_parse((enum profile_file_kind)kind, opened->path, opened->bytes,
                                opened->length, &files[kind], err)) {
            profile_file_free(files[0]);
            return false;
        }
        counts[kind] = count_both(files[kind], request, only(opened));
    }
    const char *name = strrchr(opened->path, '/') + 1;
    bool config = counts[PROFILE_CONFIG_FILE] == counts[PROFILE_CREDENTIALS_FILE]
                      ? strcmp(name, "config") == 0
                      : counts[PROFILE_CONFIG_FILE] > counts[PROFILE_CREDENTIALS_FILE];
    opened->kind = config ? PROFILE_CONFIG_FILE : PROFILE_CREDENTIALS_FILE;
    opened->file = files[opened->kind];
    profile_file_free(files[config ? PROFILE_CREDENTIALS_FILE : PROFILE_CONFIG_FILE]);
    return true;
}

static bool locate(const struct deliver_request *request, const char *rest, struct opened *opened,
                   struct error *err)
{
    const char *path = NULL;
    return split_spec(rest, opened->profile, &path, err) &&
           file_resolve(path, opened->path, sizeof opened->path, err) &&
           backup_path(opened->path, request->rotation, opened->backup, sizeof opened->backup, err);
}

static bool open_target(const struct deliver_request *request, const char *rest,
                        struct opened *opened, struct error *err)
{
    return locate(request, rest, opened, err) &&
           file_read(opened->path, FILE_MAXIMUM, &opened->bytes, &opened->length, err) &&
           parse(request, opened, err);
}

/* --- changing ----------------------------------------------------------------------------------*/

struct change {
    const struct opened *opened;
    const char *from; /* key ID that is replaced */
    const struct credentials *to;
};

static bool merge(void *context, const char *now, size_t length, char **ret_bytes,
                  size_t *ret_length, struct error *err)
{
    const struct change *change = context;
    struct profile_file *file = NULL;
    if (!profile_file_parse(change->opened->kind, change->opened->path, now, length, &file, err))
        return false;
    bool made = profile_file_replace_pair(file, change->from, change->to, only(change->opened),
                                          ret_bytes, ret_length, err);
    profile_file_free(file);
    return made;
}

static bool replace(const struct opened *opened, const char *from, const struct credentials *to,
                    struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    struct change change = {.opened = opened, .from = from, .to = to};
    if (!profile_file_replace_pair(opened->file, from, to, only(opened), &bytes, &length, err))
        return false;
    bool replaced = file_replace(opened->path, opened->bytes, opened->length, bytes, length, merge,
                                 &change, err);
    profile_bytes_free(bytes, length);
    return replaced;
}

/* --- try ---------------------------------------------------------------------------------------*/

static void free_places(struct profile_place **places)
{
    free(*places);
}

/* One key has one secret: where two are written, one is wrong, and we cannot know which. Names the
 * profiles on the way. */
static bool agree(const struct opened *opened, const char *key_id, struct text *ret_place,
                  struct error *err)
{
    size_t count = profile_file_find_key(opened->file, key_id, NULL, 0);
    CLEANUP(free_places) struct profile_place *places = calloc(count + 1, sizeof *places);
    CLEANUP(credentials_release) struct credentials first;
    credentials_init(&first);
    if (places == NULL)
        return error_set(err, ERROR_MEMORY, "no room to look through %s", opened->path);
    count = profile_file_find_key(opened->file, key_id, places, count);
    const char *separator = ": profile ";
    char shown[SHOWN_SIZE], path[SHOWN_SIZE];
    safe_copy(path, sizeof path, opened->path);
    text_append(ret_place, path);
    for (size_t i = 0; i < count; i++) {
        if (only(opened) != NULL && strcmp(places[i].profile, opened->profile) != 0)
            continue;
        safe_copy(shown, sizeof shown, places[i].profile);
        CLEANUP(credentials_release) struct credentials pair;
        credentials_init(&pair);
        if (!profile_file_read_pair_in(opened->file, key_id, places[i].profile, &pair, err))
            return false;
        if (first.secret != NULL && !secret_equal(first.secret, pair.secret))
            return error_set(err, ERROR_TARGET,
                             "%s line %d: profile %s holds %s with another "
                             "secret than a profile before it; one of them is wrong",
                             path, places[i].line, shown, key_id);
        text_appendf(ret_place, "%s%s", separator, shown);
        separator = ", ";
        if (first.secret == NULL) {
            first = pair;
            credentials_init(&pair);
        }
    }
    return true;
}

/* As long as a real one will be, or longer. */
static bool make_dummy(struct credentials *ret_pair, struct error *err)
{
    credentials_init(ret_pair);
    memset(ret_pair->key_id, 'A', sizeof ret_pair->key_id - 1);
    ret_pair->key_id[sizeof ret_pair->key_id - 1] = '\0';
    return secret_new("0123456789012345678901234567890123456789", 40, &ret_pair->secret, err);
}

static bool backup_is_free(const struct opened *opened, const char *old_key, struct error *err)
{
    CLEANUP(credentials_release) struct credentials there;
    credentials_init(&there);
    struct error cause = {0};
    if (backup_read(opened->backup, old_key, &there, &cause) || cause.code == ERROR_NOT_FOUND)
        return true;
    if (err != NULL)
        *err = cause;
    return false;
}

static bool try_file(const struct deliver_request *request, const char *rest,
                     struct text *ret_place, struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    CLEANUP(credentials_release) struct credentials dummy;
    CLEANUP(text_release) struct text place;
    text_init(&place, ret_place->maximum);
    credentials_init(&dummy);
    struct error cause = {0};
    char *bytes = NULL;
    size_t length = 0;
    bool fit = open_target(request, rest, &opened, &cause) && make_dummy(&dummy, &cause) &&
               profile_file_replace_pair(opened.file, request->old_key, &dummy, only(&opened),
                                         &bytes, &length, &cause) &&
               agree(&opened, request->old_key, &place, &cause) &&
               backup_is_free(&opened, request->old_key, &cause) &&
               file_replace_try(opened.path, length, &cause);
    profile_bytes_free(bytes, length);
    if (!fit)
        return deliver_fail(err, &cause);
    text_append(ret_place, place.bytes);
    return true;
}

/* --- hand over, read, restore ------------------------------------------------------------------*/

static bool already_there(const struct opened *opened, const struct credentials *pair,
                          struct error *err)
{
    CLEANUP(credentials_release) struct credentials there;
    credentials_init(&there);
    if (profile_file_read_pair_in(opened->file, pair->key_id, only(opened), &there, NULL) &&
        secret_equal(there.secret, pair->secret))
        return file_replace_recover(opened->path, err);
    return replace(opened, pair->key_id, pair, err);
}

static bool hand_over_file(const struct deliver_request *request, const char *rest,
                           const struct credentials *pair, struct text *ret_place,
                           struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    if (!open_target(request, rest, &opened, err))
        return false;
    size_t old = count_places(opened.file, request->old_key, only(&opened));
    size_t new = count_places(opened.file, pair->key_id, only(&opened));
    if (old == 0 && new == 0)
        return error_set(err, ERROR_TARGET, "%s no longer holds %s: somebody else has changed it",
                         opened.path, request->old_key);
    if (old == 0 && !already_there(&opened, pair, err))
        return false;
    if (old > 0 &&
        (!backup_make(opened.backup, opened.file, request->old_key, only(&opened), err) ||
         !replace(&opened, request->old_key, pair, err)))
        return false;
    CLEANUP(credentials_release) struct credentials kept;
    credentials_init(&kept);
    if (backup_read(opened.backup, request->old_key, &kept, NULL))
        text_append(ret_place, opened.backup);
    return true;
}

static bool read_file(const struct deliver_request *request, const char *rest,
                      struct credentials *ret_pair, bool *ret_old_key_there, struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    struct error cause = {0};
    if (!open_target(request, rest, &opened, &cause))
        return deliver_fail(err, &cause);
    size_t old = count_places(opened.file, request->old_key, only(&opened));
    size_t new = count_places(opened.file, request->new_key, only(&opened));
    const char *key_id = new > 0 ? request->new_key : request->old_key;
    if (new + old > 0 &&
        !profile_file_read_pair_in(opened.file, key_id, only(&opened), &pair, &cause))
        return deliver_fail(err, &cause);
    *ret_pair = pair;
    credentials_init(&pair);
    *ret_old_key_there = old > 0;
    return true;
}

static bool old_pair_of_file(const struct deliver_request *request, const char *rest,
                             struct credentials *ret_pair, struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    struct error cause = {0};
    if (!locate(request, rest, &opened, err))
        return false;
    if (backup_read(opened.backup, request->old_key, ret_pair, &cause))
        return true;
    return open_target(request, rest, &opened, err) &&
           profile_file_read_pair_in(opened.file, request->old_key, only(&opened), ret_pair, err);
}

static bool restore_file(const struct deliver_request *request, const char *rest, struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    CLEANUP(credentials_release) struct credentials old;
    credentials_init(&old);
    if (!open_target(request, rest, &opened, err))
        return false;
    if (count_places(opened.file, request->new_key, only(&opened)) == 0)
        return file_replace_recover(opened.path, err);
    return backup_read(opened.backup, request->old_key, &old, err) &&
           replace(&opened, request->new_key, &old, err);
}

static bool remove_backup_of_file(const struct deliver_request *request, const char *rest,
                                  struct text *ret_place, struct error *err)
{
    CLEANUP(opened_release) struct opened opened = {0};
    CLEANUP(credentials_release) struct credentials kept;
    credentials_init(&kept);
    struct error cause = {0};
    if (!locate(request, rest, &opened, err))
        return false;
    bool edited = false; /* another program's edit came to light; that is no reason to keep ours */
    struct error edit = {0};
    if (!file_replace_recover(opened.path, &edit)) {
        edited = edit.code == ERROR_CHANGED;
        if (!edited && edit.code != ERROR_NOT_FOUND) {
            if (err != NULL)
                *err = edit;
            return false;
        }
    }
    bool there = backup_read(opened.backup, request->old_key, &kept, &cause);
    if (!there && cause.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = cause; /* it is not ours to remove */
        return false;
    }
    if (there && !file_remove(opened.backup, err))
        return false;
    if (there)
        text_append(ret_place, opened.backup);
    if (edited)
        text_appendf(ret_place, "%s%s", there ? "; " : "", edit.text);
    return true;
}

const struct deliver_kind deliver_file_kind = {
    .name = "file",
    .readable = true,
    .check = check_spec,
    .try = try_file,
    .hand_over = hand_over_file,
    .read = read_file,
    .old_pair = old_pair_of_file,
    .restore = restore_file,
    .remove_backup = remove_backup_of_file,
};
