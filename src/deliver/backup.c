#include "deliver/backup.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/guarded.h"
#include "base/safe.h"

bool backup_path(const char *path, const char *rotation, char *buffer, size_t size,
                 struct error *err)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_";
    if (rotation[0] == '\0' || rotation[strspn(rotation, allowed)] != '\0')
        return error_set(err, ERROR_INTERNAL, "a rotation ID that cannot be a part of a file name");
    char made[PATH_MAX];
    int length = snprintf(made, sizeof made, "%s.keywright-%s", path, rotation);
    const char *name = strrchr(made, '/');
    /* file_create_private needs a few characters more for its temporary name */
    if (length < 0 || (size_t)length >= sizeof made || (size_t)length >= size ||
        strlen(name == NULL ? made : name + 1) + 8 > NAME_MAX)
        return error_set(err, ERROR_LIMIT, "the name of the back-up beside %s is too long", path);
    strcpy(buffer, made);
    return true;
}

struct snippet {
    char *bytes;
    size_t length;
    size_t size;
};

static void snippet_release(struct snippet *snippet)
{
    profile_bytes_free(snippet->bytes, snippet->length);
}

/* Fits always: backup_make has counted. */
static void put(struct snippet *snippet, const char *string)
{
    size_t length = strnlen(string, snippet->size - snippet->length - 1);
    memcpy(snippet->bytes + snippet->length, string, length);
    snippet->length += length;
    snippet->bytes[snippet->length] = '\0';
}

static bool put_profile(struct snippet *snippet, const struct profile_file *file,
                        const char *profile, const char *key_id, struct error *err)
{
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    if (!profile_file_read_pair_in(file, key_id, profile, &pair, err))
        return false;
    put(snippet, "[");
    put(snippet, profile);
    put(snippet, "]\naws_access_key_id = ");
    put(snippet, pair.key_id);
    put(snippet, "\naws_secret_access_key = ");
    put(snippet, secret_bytes(pair.secret));
    put(snippet, "\n");
    return true;
}

static bool seen_before(const struct profile_place *places, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(places[i].profile, places[index].profile) == 0)
            return true;
    return false;
}

static bool fill(struct snippet *snippet, const struct profile_file *file,
                 const struct profile_place *places, size_t count, const char *key_id,
                 const char *only_profile, struct error *err)
{
    char shown[512];
    size_t held = 0;
    put(snippet,
        "# Kept by keywright until the rotation is closed: the pair that was replaced in\n# ");
    put(snippet, safe_copy(shown, sizeof shown, profile_file_path(file)));
    put(snippet, "\n");
    for (size_t i = 0; i < count; i++) {
        if (seen_before(places, i) ||
            (only_profile != NULL && strcmp(places[i].profile, only_profile) != 0))
            continue;
        if (!put_profile(snippet, file, places[i].profile, key_id, err))
            return false;
        held++;
    }
    if (held == 0) /* a back-up without a pair would stand in the way of the next one */
        return error_set(err, ERROR_NOT_FOUND, "the old pair is not found in %s any more", shown);
    return true;
}

static void free_places(struct profile_place **places)
{
    free(*places);
}

bool backup_make(const char *backup, const struct profile_file *file, const char *key_id,
                 const char *only_profile, struct error *err)
{
    CLEANUP(credentials_release) struct credentials there;
    credentials_init(&there);
    struct error cause = {0};
    if (backup_read(backup, key_id, &there, &cause))
        return true;
    if (cause.code != ERROR_NOT_FOUND) {
        if (err != NULL)
            *err = cause;
        return false;
    }
    size_t count = profile_file_find_key(file, key_id, NULL, 0);
    CLEANUP(free_places) struct profile_place *places = calloc(count + 1, sizeof *places);
    /* a name, a key ID, a secret (no longer than the file is allowed to be) and some words each */
    CLEANUP(snippet_release) struct snippet snippet = {.size = 1024 + count * 512};
    if (places == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a back-up");
    count = profile_file_find_key(file, key_id, places, count);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(credentials_release) struct credentials pair;
        credentials_init(&pair);
        if (profile_file_read_pair_in(file, key_id, places[i].profile, &pair, NULL))
            snippet.size += secret_length(pair.secret);
    }
    snippet.bytes = guarded_new(snippet.size);
    if (snippet.bytes == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a back-up");
    return fill(&snippet, file, places, count, key_id, only_profile, err) &&
           file_create_private(backup, snippet.bytes, snippet.length, err) &&
           backup_read(backup, key_id, &there, err);
}

static void free_file(struct profile_file **file)
{
    profile_file_free(*file);
}

bool backup_read(const char *backup, const char *key_id, struct credentials *ret_pair,
                 struct error *err)
{
    CLEANUP(free_file) struct profile_file *file = NULL;
    struct error cause = {0};
    if (!profile_file_read(PROFILE_CREDENTIALS_FILE, backup, &file, err))
        return false;
    if (!profile_file_exists(file))
        return error_set(err, ERROR_NOT_FOUND, "there is no back-up %s", backup);
    if (!profile_file_read_pair(file, key_id, ret_pair, &cause))
        return error_set(err, ERROR_CHANGED, "the back-up %s does not hold the old pair: %s",
                         backup, cause.text);
    return true;
}
