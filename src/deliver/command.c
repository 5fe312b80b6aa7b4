/* command:CMD. What it takes to run one is here; the keeper runs it. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe.h"
#include "base/words.h"
#include "deliver/kinds.h"

enum { INPUT_MAX = 4096, SHOWN_SIZE = 256 };

static void words_cleanup(char ***words)
{
    words_free(*words);
}

static bool check_command(const char *rest, struct error *err)
{
    char **words = NULL;
    struct error cause = {0};
    if (!words_split(rest, &words, &cause))
        return error_set(err, ERROR_USAGE, "command: %s", cause.text);
    words_free(words);
    return true;
}

/* --- finding it --------------------------------------------------------------------------------*/

static bool executable(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static bool find_program(const char *name, struct error *err)
{
    char shown[SHOWN_SIZE], candidate[PATH_MAX];
    safe_copy(shown, sizeof shown, name);
    bool path_given = strchr(name, '/') != NULL;
    const char *path = path_given ? "" : getenv("PATH");
    if (path == NULL)
        path = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = path; at != NULL;) {
        size_t length = strcspn(at, ":");
        int made = path_given ? snprintf(candidate, sizeof candidate, "%s", name)
                   : length == 0
                       ? snprintf(candidate, sizeof candidate, "./%s", name)
                       : snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, at, name);
        if (made > 0 && (size_t)made < sizeof candidate && executable(candidate))
            return true;
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    if (path_given && access(name, F_OK) == 0)
        return error_set(err, ERROR_PERMISSION, "%s cannot be executed", shown);
    return error_set(err, ERROR_NOT_FOUND, "the command %s is not found%s", shown,
                     path_given ? "" : " in PATH");
}

static bool find_command(const char *command, struct error *err)
{
    CLEANUP(words_cleanup) char **words = NULL;
    return words_split(command, &words, err) && find_program(words[0], err);
}

static bool try_command(const struct deliver_request *request, const char *rest,
                        struct text *ret_place, struct error *err)
{
    struct error cause = {0};
    char shown[512];
    if (!find_command(rest, &cause) ||
        (request->verify[0] != '\0' && !find_command(request->verify, &cause)))
        return deliver_fail(err, &cause);
    text_appendf(ret_place, "standard input of %s", safe_copy(shown, sizeof shown, rest));
    return true;
}

/* --- the input ---------------------------------------------------------------------------------*/

static bool put(struct secret *json, const char *string, struct error *err)
{
    return secret_append(json, string, strlen(string), err);
}

/* A string of JSON (RFC 8259, section 7). */
static bool put_string(struct secret *json, const char *bytes, size_t length, struct error *err)
{
    if (!put(json, "\"", err))
        return false;
    for (size_t i = 0; i < length; i++) {
        char escape[8];
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            snprintf(escape, sizeof escape, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
        bool fits = put(json, escape, err);
        secret_wipe(escape, sizeof escape);
        if (!fits)
            return false;
    }
    return put(json, "\"", err);
}

bool deliver_command_input(const struct credentials *pair, struct secret **ret_input,
                           struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *json = NULL;
    if (!secret_new_empty(INPUT_MAX, &json, err) ||
        !put(json, "{\"Version\":1,\"AccessKeyId\":", err) ||
        !put_string(json, pair->key_id, strlen(pair->key_id), err) ||
        !put(json, ",\"SecretAccessKey\":", err) ||
        !put_string(json, secret_bytes(pair->secret), secret_length(pair->secret), err))
        return false;
    if (pair->token != NULL &&
        (!put(json, ",\"SessionToken\":", err) ||
         !put_string(json, secret_bytes(pair->token), secret_length(pair->token), err)))
        return false;
    if (!put(json, "}\n", err))
        return false;
    *ret_input = json;
    json = NULL;
    return true;
}

/* --- handing over ------------------------------------------------------------------------------*/

static bool hand_over_command(const struct deliver_request *request, const char *rest,
                              const struct credentials *pair, struct text *ret_place,
                              struct error *err)
{
    (void)request, (void)rest, (void)pair, (void)ret_place;
    return error_set(err, ERROR_INTERNAL, "a command is run by the keeper");
}

static bool read_command(const struct deliver_request *request, const char *rest,
                         struct credentials *ret_pair, bool *ret_old_key_there, struct error *err)
{
    (void)request, (void)rest, (void)ret_pair, (void)ret_old_key_there;
    return error_set(err, ERROR_TARGET, "a command cannot be read back");
}

static bool old_pair_of_command(const struct deliver_request *request, const char *rest,
                                struct credentials *ret_pair, struct error *err)
{
    (void)request, (void)rest, (void)ret_pair;
    return error_set(err, ERROR_NOT_FOUND, "a command keeps no back-up");
}

static bool restore_command(const struct deliver_request *request, const char *rest,
                            struct error *err)
{
    (void)request;
    char shown[256];
    return error_set(err, ERROR_TARGET,
                     "%s was given the new key and cannot be asked to take it "
                     "back: the old pair has to be given to it again",
                     safe_copy(shown, sizeof shown, rest));
}

static bool remove_backup_of_command(const struct deliver_request *request, const char *rest,
                                     struct text *ret_place, struct error *err)
{
    (void)request, (void)rest, (void)ret_place, (void)err;
    return true;
}

const struct deliver_kind deliver_command_kind = {
    .name = "command",
    .readable = false,
    .check = check_command,
    .try = try_command,
    .hand_over = hand_over_command,
    .read = read_command,
    .old_pair = old_pair_of_command,
    .restore = restore_command,
    .remove_backup = remove_backup_of_command,
};
