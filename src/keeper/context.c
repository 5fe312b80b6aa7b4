#include "keeper/context.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/when.h"
#include "keeper/enrol.h"
#include "keeper/screen.h"
#include "wire/scope.h"

bool context_init(struct context *context, int socket, int scope_fd, char *environment,
                  size_t length, struct error *err)
{
    *context = (struct context){.environment = environment,
                                .environment_length = length,
                                .qr = {.socket = -1}};
    text_init(&context->scope, SCOPE_MAXIMUM);
    if (!door_new(socket, &context->door, err)) {
        close(socket);
        return false;
    }
    return scope_read(scope_fd, &context->scope, err) && children_new(&context->children, err);
}

void context_release(struct context *context)
{
    context->ending = true;
    screen_free(context->screen);
    context->screen = NULL;
    enrol_release(context);
    children_free(context->children);
    context->children = NULL;
    context_forget_client(context);
    pairs_release(&context->pairs);
    pairs_release(&context->sessions);
    prepared_release(&context->prepared);
    free(context->report.base64);
    json_object_put(context->access.items);
    text_release(&context->scope);
    profile_set_free(context->files);
    context->files = NULL;
    env_free(context->environment, context->environment_length);
    context->environment = NULL;
    door_free(context->door);
    context->door = NULL;
}

void prepared_release(struct prepared *prepared)
{
    for (size_t i = 0; i < prepared->count; i++)
        free(prepared->specs[i]);
    *prepared = (struct prepared){0};
}

const char *context_environment(void *context, const char *name)
{
    const struct context *self = context;
    const char *value = NULL;
    if (self->environment != NULL)
        value = env_find(self->environment, self->environment_length, name);
    return value != NULL ? value : getenv(name);
}

/* --- files -------------------------------------------------------------------------------------*/

static const char *file_path(const struct context *context, enum profile_file_kind kind)
{
    return profile_file_path(profile_set_file(context->files, kind));
}

static void stamp_file(const char *path, struct stat *ret_stamp)
{
    if (stat(path, ret_stamp) < 0)
        memset(ret_stamp, 0, sizeof *ret_stamp);
}

static bool same_stamp(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Stamps are taken before the content: a change in between is read again, not missed. */
static bool unchanged(struct context *context)
{
    if (context->files == NULL)
        return false;
    bool same = true;
    for (int kind = PROFILE_CREDENTIALS_FILE; kind <= PROFILE_CONFIG_FILE; kind++) {
        struct stat stamp;
        stamp_file(file_path(context, (enum profile_file_kind)kind), &stamp);
        same = same && same_stamp(&stamp, &context->file_stamps[kind]);
        context->file_stamps[kind] = stamp;
    }
    return same;
}

bool context_files(struct context *context, const struct profile_set **ret_files, struct error *err)
{
    if (!unchanged(context)) {
        struct profile_set *fresh = NULL;
        struct error why = {0};
        bool good = profile_set_read(context_environment, context, &fresh, &why);
        profile_set_free(context->files);
        context->files = fresh;
        context->files_error = why;
        if (!good) {
            if (err != NULL)
                *err = why;
            return false;
        }
    }
    *ret_files = context->files;
    return true;
}

bool context_chain(struct context *context, const char *profile, struct chain *ret_chain,
                   struct error *err)
{
    const struct profile_set *files = NULL;
    return context_files(context, &files, err) &&
           profile_chain(files, context_environment, context, profile, ret_chain, err);
}

/* --- client ------------------------------------------------------------------------------------*/

/* Each attempt is told to the front if it asked for it; one that finds no room is left out. */
static void note(void *context, const struct aws_trace *trace)
{
    struct context *self = context;
    struct json_object *body = json_object_new_object();
    if (body == NULL || self->ending) {
        json_object_put(body);
        return;
    }
    body_set_string(body, "service", trace->service);
    body_set_string(body, "action", trace->action);
    body_set_string(body, "key", trace->key_id);
    body_set_string(body, "host", trace->host);
    body_set_number(body, "attempt", trace->attempt);
    body_set_number(body, "http", trace->http);
    body_set_string(body, "aws_code", trace->aws_code != NULL ? trace->aws_code : "");
    body_set_number(body, "connection", trace->connection);
    body_set_number(body, "milliseconds", trace->milliseconds);
    bool sent = door_send(self->door, MESSAGE_NOTE, 0, &body, NULL);
    (void)sent;
}

bool context_client(struct context *context, struct aws_client **ret_client, struct error *err)
{
    if (context->client == NULL) {
        struct aws_settings settings;
        settings_for_client(&context->settings, &settings);
        if (!aws_client_new(&settings, &context->client, err))
            return false;
        if (context->notes)
            aws_client_trace(context->client, note, context);
    }
    *ret_client = context->client;
    return true;
}

void context_forget_client(struct context *context)
{
    struct aws_client *client = context->client;
    context->client = NULL; /* what ends now must not begin anew with it */
    aws_client_free(client);
}

/* --- AWS's clock -------------------------------------------------------------------------------*/

void context_saw_date(struct context *context, int64_t date)
{
    if (date <= 0)
        return;
    context->server_date = date;
    context->server_seen = when_monotonic_ms();
}

int64_t context_server_now(const struct context *context)
{
    if (context->server_date == 0)
        return 0;
    return context->server_date + (when_monotonic_ms() - context->server_seen) / 1000;
}

int64_t context_now(const struct context *context)
{
    int64_t now = context_server_now(context);
    return now != 0 ? now : when_now();
}
