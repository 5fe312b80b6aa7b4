/* An MFA session as a profile of the credentials file, for other programs. */
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "keeper/handlers.h"
#include "keeper/signer.h"

enum { FILE_MAXIMUM = 1 << 20 };

struct kept {
    const char *path;
    const char *profile;
    const struct credentials *session;
};

static bool put_into(const struct kept *kept, const char *bytes, size_t length, char **ret_bytes,
                     size_t *ret_length, struct error *err)
{
    struct profile_file *file = NULL;
    if (!profile_file_parse(PROFILE_CREDENTIALS_FILE, kept->path, bytes, length, &file, err))
        return false;
    bool made =
        profile_file_put_session(file, kept->profile, kept->session, ret_bytes, ret_length, err);
    profile_file_free(file);
    return made;
}

static bool merge(void *context, const char *now, size_t length, char **ret_bytes,
                  size_t *ret_length, struct error *err)
{
    return put_into(context, now, length, ret_bytes, ret_length, err);
}

static bool make_file(const struct kept *kept, struct error *err)
{
    char *bytes = NULL;
    size_t length = 0;
    bool good = put_into(kept, "", 0, &bytes, &length, err) &&
                file_create_private(kept->path, bytes, length, err);
    profile_bytes_free(bytes, length);
    return good;
}

static bool change_file(const struct kept *kept, struct error *err)
{
    char *was = NULL, *bytes = NULL;
    size_t was_length = 0, length = 0;
    struct error cause = {0};
    if (!file_read(kept->path, FILE_MAXIMUM, &was, &was_length, &cause)) {
        if (cause.code == ERROR_NOT_FOUND)
            return make_file(kept, err);
        if (err != NULL)
            *err = cause;
        return false;
    }
    bool good = put_into(kept, was, was_length, &bytes, &length, err) &&
                file_replace(kept->path, was, was_length, bytes, length, merge, (void *)kept, err);
    file_bytes_free(was, was_length);
    profile_bytes_free(bytes, length);
    return good;
}

/* Neither file may have the profile for something else. */
static bool may_keep(struct context *context, const char *profile, struct error *err)
{
    const struct profile_set *files = NULL;
    return context_files(context, &files, err) &&
           profile_file_may_keep(profile_set_file(files, PROFILE_CREDENTIALS_FILE), profile, err) &&
           profile_file_may_keep(profile_set_file(files, PROFILE_CONFIG_FILE), profile, err);
}

static bool keep(struct request *request, char path[PATH_MAX], struct error *err)
{
    struct context *context = request->context;
    const char *profile = body_string(request->body, "profile");
    char named[PATH_MAX];
    if (!may_keep(context, profile, err) ||
        !profile_set_path(PROFILE_CREDENTIALS_FILE, context_environment, context, named, err) ||
        !file_resolve(named, path, PATH_MAX, err))
        return false;
    if (body_bool(request->body, "try"))
        return true;
    struct kept kept = {path, profile, &request->signer};
    return change_file(&kept, err);
}

static void keep_it(struct request *request)
{
    char path[PATH_MAX];
    struct error err = {0};
    if (!keep(request, path, &err)) {
        request_fail(request, &err, 0);
        return;
    }
    body_set_string(request->reply, "path", path);
    request_reply(request);
}

void handle_keep_session(struct request *request)
{
    if (body_bool(request->body, "try"))
        keep_it(request);
    else if (body_bool(request->body, "session"))
        signer_resolve(request, keep_it);
    else {
        struct error err = {0};
        error_set(&err, ERROR_USAGE, "only a session is written into a profile");
        request_fail(request, &err, 0);
    }
}
