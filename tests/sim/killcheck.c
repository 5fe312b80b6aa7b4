#define _GNU_SOURCE
#include "tests/sim/kill.h"

#include <dirent.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/when.h"
#include "journal/journal.h"
#include "sign/sign.h"

enum { KEY_ID = 20, SECRET = 40, REQUEST_MAXIMUM = 8 * 1024 };

void trial_free_text(char **text)
{
    free(*text);
}

void trial_wrong(struct trial *trial, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = sizeof trial->wrong - trial->length;
    int length = vsnprintf(trial->wrong + trial->length, room, format, args);
    va_end(args);
    trial->length += length < 0 ? 0 : (size_t)length < room ? (size_t)length : room - 1;
    if (trial->length + 1 < sizeof trial->wrong) {
        trial->wrong[trial->length++] = '\n';
        trial->wrong[trial->length] = '\0';
    }
}

/* --- what must hold at the end -----------------------------------------------------------------*/

struct pair {
    char id[KEY_ID + 1];
    char secret[SECRET + 1];
};

/* The first pair of a credentials file. */
static bool first_pair(const char *file, struct pair *ret_pair)
{
    const char *id = strstr(file, "aws_access_key_id = ");
    const char *secret = id == NULL ? NULL : strstr(id, "aws_secret_access_key = ");
    return secret != NULL && sscanf(id, "aws_access_key_id = %20s", ret_pair->id) == 1 &&
           sscanf(secret, "aws_secret_access_key = %40s", ret_pair->secret) == 1;
}

static void replace(char *text, const char *old, const char *new)
{
    size_t length = strlen(old);
    for (char *found = strstr(text, old); found != NULL; found = strstr(found + length, old))
        memcpy(found, new, length);
}

/* The user's keys must be one, Active, the one in the file. */
static void check_keys(const struct world *world, struct trial *trial, const char *in_file)
{
    char *text CLEANUP(trial_free_text) = world_control(world, "GET", "state");
    struct json_object *state = text == NULL ? NULL : json_tokener_parse(text);
    struct json_object *keys = NULL;
    size_t count = 0;
    if (!json_object_object_get_ex(state, "keys", &keys))
        trial_wrong(trial, "the practice account does not answer");
    for (size_t i = 0; keys != NULL && i < json_object_array_length(keys); i++) {
        struct json_object *row = json_object_array_get_idx(keys, i);
        const char *user = json_object_get_string(json_object_object_get(row, "user"));
        const char *key = json_object_get_string(json_object_object_get(row, "key"));
        const char *status = json_object_get_string(json_object_object_get(row, "status"));
        if (user == NULL || key == NULL || status == NULL || strcmp(user, "alice") != 0)
            continue;
        count++;
        if (strcmp(key, in_file) != 0 || strcmp(status, "Active") != 0)
            trial_wrong(trial, "the user has the key %s, %s, and the file holds %s", key, status,
                        in_file);
    }
    if (keys != NULL && count != 1)
        trial_wrong(trial, "the user has %zu keys", count);
    json_object_put(state);
}

/* Sign a GetCallerIdentity with the pair and say its HTTP head. */
static bool write_request(const struct world *world, const struct pair *pair,
                          struct text *ret_request, struct error *err)
{
    static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";
    static struct sign_cache *cache; /* one is kept for all trials of this lane */
    bool locked;
    if (cache == NULL && (!secret_arena_init(&locked, err) || !sign_cache_new(&cache, err)))
        return false;
    char host[32], date[WHEN_TEXT_SIZE];
    int64_t now = when_now();
    snprintf(host, sizeof host, "127.0.0.1:%d", world->port);
    const struct sign_header headers[] = {{"Content-Type", "application/x-www-form-urlencoded"},
                                          {"X-Amz-Date", when_format_basic(now, date)},
                                          {"Host", host}};
    struct sign_request request = {.method = "POST",
                                   .path = "/",
                                   .query = "",
                                   .headers = headers,
                                   .header_count = 3,
                                   .body = body,
                                   .body_length = strlen(body)};
    struct sign_scope scope = {now, "us-east-1", "sts"};
    struct credentials CLEANUP(credentials_release) credentials;
    struct text CLEANUP(text_release) authorization;
    text_init(&authorization, REQUEST_MAXIMUM);
    credentials_init(&credentials);
    text_copy(credentials.key_id, sizeof credentials.key_id, pair->id);
    if (!secret_new(pair->secret, strlen(pair->secret), &credentials.secret, err) ||
        !sign_request(cache, &credentials, &scope, &request, &authorization, err))
        return false;
    text_append(ret_request, "POST / HTTP/1.1\r\nConnection: close\r\n");
    for (size_t i = 0; i < 3; i++)
        text_appendf(ret_request, "%s: %s\r\n", headers[i].name, headers[i].value);
    text_appendf(ret_request, "Authorization: %s\r\nContent-Length: %zu\r\n\r\n%s",
                 authorization.bytes, strlen(body), body);
    return text_ok(ret_request, err);
}

/* The pair in the file must be taken by the account, its secret too. */
static void check_works(const struct world *world, struct trial *trial, const struct pair *pair)
{
    struct error err = {0};
    struct text CLEANUP(text_release) request;
    text_init(&request, REQUEST_MAXIMUM);
    if (!write_request(world, pair, &request, &err)) {
        trial_wrong(trial, "the pair in the file cannot be tried: %s", err.text);
        return;
    }
    char *answer CLEANUP(trial_free_text) = world_exchange(world, request.bytes);
    if (answer == NULL || strstr(answer, ":user/alice</Arn>") == NULL)
        trial_wrong(trial, "the pair in the file does not work: %.300s",
                    answer == NULL ? "no answer" : answer);
}

/* Nothing but the two files, and they are as before but for the pair, in every place that held it.
 */
static void check_files(const struct world *world, struct trial *trial, char *before,
                        const char *config_before)
{
    struct pair old, new;
    struct stat status;
    char path[WORLD_PATH + 32];
    char *after CLEANUP(trial_free_text) = world_read(world, KILL_CREDENTIALS);
    char *config_after CLEANUP(trial_free_text) = world_read(world, KILL_CONFIG);
    if (after == NULL || !first_pair(before, &old) || !first_pair(after, &new)) {
        trial_wrong(trial, "the credentials file cannot be read");
        return;
    }
    if (trial->point->phase == KILL_ROLLBACK && strcmp(before, after) != 0)
        trial_wrong(trial, "the file is not as it was before the rotation; it holds %s", new.id);
    if (strlen(new.id) == KEY_ID && strlen(new.secret) == SECRET) {
        replace(before, old.id, new.id);
        replace(before, old.secret, new.secret);
    }
    if (strcmp(before, after) != 0)
        trial_wrong(trial, "the credentials file is changed elsewhere too");
    if (config_after == NULL || strcmp(config_before, config_after) != 0)
        trial_wrong(trial, "the config file is changed");
    snprintf(path, sizeof path, "%s/%s", world->home, KILL_CREDENTIALS);
    if (lstat(path, &status) < 0 || (status.st_mode & 07777) != 0600)
        trial_wrong(trial, "the credentials file has mode %o", (unsigned)status.st_mode & 07777);
    check_keys(world, trial, new.id);
    check_works(world, trial, &new);
}

static void check_left(const struct world *world, struct trial *trial)
{
    char path[WORLD_PATH + 8];
    snprintf(path, sizeof path, "%s/.aws", world->home);
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            strcmp(entry->d_name, "credentials") != 0 && strcmp(entry->d_name, "config") != 0)
            trial_wrong(trial, "left behind: .aws/%s", entry->d_name);
    if (directory != NULL)
        closedir(directory);
}

static bool is_open(void *context, int64_t number, const struct rotation_row *row)
{
    struct trial *trial = context;
    (void)number;
    trial_wrong(trial, "rotation %s is open: %s", row->id, rotation_state_name(row->state));
    return true;
}

/* The chain is whole and nothing is open. A journal that was being made when the front ended may
 * hold nothing yet. */
static void check_journal(const struct world *world, struct trial *trial)
{
    char path[WORLD_PATH + 64];
    struct error err = {0};
    struct stat status;
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct rotation_filter all_open = {.open_only = true};
    int64_t events;
    snprintf(path, sizeof path, "%s/.local/state/keywright/journal.db", world->home);
    if (stat(path, &status) < 0)
        return;
    if (!journal_open(path, JOURNAL_READ, &journal, &err)) {
        if (err.code != ERROR_NOT_FOUND)
            trial_wrong(trial, "the journal cannot be opened: %s", err.text);
        return;
    }
    if (!journal_verify(journal, NULL, &events, &err) ||
        !journal_rotations(journal, &all_open, is_open, trial, &err))
        trial_wrong(trial, "the journal: %s", err.text);
}

void trial_check(const struct world *world, struct trial *trial, char *before,
                 const char *config_before)
{
    check_files(world, trial, before, config_before);
    check_left(world, trial);
    check_journal(world, trial);
}
