/* command:CMD */
#include "config.h" /* first: it asks for memmem */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/safe.h"
#include "deliver/kinds.h"
#include "deliver/run.h"

enum { LIMIT_MS = 60 * 1000 };

static void words_cleanup(char ***words)
{
    profile_words_free(*words);
}

static bool check_command(const char *rest, struct error *err)
{
    char **words = NULL;
    struct error cause = {0};
    if (!profile_split_words(rest, &words, &cause))
        return error_set(err, ERROR_USAGE, "command: %s", cause.text);
    profile_words_free(words);
    return true;
}

static bool find_program(const char *command, struct error *err)
{
    CLEANUP(words_cleanup) char **words = NULL;
    char program[PATH_MAX];
    return profile_split_words(command, &words, err) &&
           run_find(words[0], program, sizeof program, err);
}

static bool try_command(const struct deliver_request *request, const char *rest,
                        struct text *ret_place, struct error *err)
{
    struct error cause = {0};
    char shown[512];
    if (!find_program(rest, &cause) ||
        (request->verify[0] != '\0' && !find_program(request->verify, &cause)))
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

static bool make_input(const struct credentials *pair, struct secret **ret_input, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *json = NULL;
    if (!secret_new_empty(RUN_INPUT_MAXIMUM, &json, err) ||
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

static bool verify(const char *command, const struct credentials *pair, struct error *err)
{
    CLEANUP(words_cleanup) char **words = NULL;
    CLEANUP(run_output_release) struct run_output output = {0};
    char shown[256];
    if (!profile_split_words(command, &words, err) ||
        !run_command(words, NULL, pair->secret, LIMIT_MS, &output, err))
        return error_wrap(err, "verifying");
    if (memmem(output.bytes, output.length, pair->key_id, strlen(pair->key_id)) == NULL)
        return error_set(err, ERROR_COMMAND, "verifying: %s did not print %s",
                         safe_copy(shown, sizeof shown, words[0]), pair->key_id);
    return true;
}

static bool hand_over_command(const struct deliver_request *request, const char *rest,
                              const struct credentials *pair, struct text *ret_place,
                              struct error *err)
{
    (void)ret_place;
    CLEANUP(words_cleanup) char **words = NULL;
    CLEANUP(secret_cleanup) struct secret *input = NULL;
    CLEANUP(run_output_release) struct run_output output = {0};
    return profile_split_words(rest, &words, err) && make_input(pair, &input, err) &&
           run_command(words, input, pair->secret, LIMIT_MS, &output, err) &&
           (request->verify[0] == '\0' || verify(request->verify, pair, err));
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
