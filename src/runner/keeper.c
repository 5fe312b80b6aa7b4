#include "config.h"

#include "runner/keeper.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/starter.h"
#include "wire/door.h"
#include "wire/scope.h"

enum { PLACES_MAX = 0xfff0 /* requests at one time: a place is 16 bits of an id */ };

/* A request that waits for its reply. An id is the place in the table and how often the place has
 * been used, so that a late second reply meets nobody. */
struct request {
    keeper_reply *reply; /* NULL: the place is free */
    void *context;
    uint16_t used;
};

struct keeper {
    pid_t pid;
    struct door *door; /* NULL once it is gone */
    struct request *requests;
    size_t places;
    size_t pending;
    size_t seek; /* where to look for a free place */
    struct error failure;
    struct json_object *hello;
    bool look_in_session;
    void (*note)(void *context, struct json_object *body);
    void *note_context;
};

/* --- starting ----------------------------------------------------------------------------------*/

static void hello_answered(void *context, struct json_object *body, const struct error *err,
                           int64_t date)
{
    (void)date;
    struct keeper *keeper = context;
    if (err != NULL) {
        if (keeper->failure.code == ERROR_NONE)
            keeper->failure = *err;
        return;
    }
    keeper->hello = json_object_get(body);
    const char *version = body_string(body, "version");
    if (version[0] != '\0' && strcmp(version, PACKAGE_VERSION) != 0)
        error_set(&keeper->failure, ERROR_INTERNAL,
                  "the keeper is version %.20s and this program %s: install both from one build",
                  version, PACKAGE_VERSION);
}

static void put_endpoints(struct json_object *body, const struct keeper_options *options)
{
#define PUT(member) body_set_string(body, #member, options->member != NULL ? options->member : "")
    PUT(endpoint_iam);
    PUT(endpoint_sts);
    PUT(endpoint_sso);
    PUT(endpoint_cloudtrail);
    PUT(endpoint_access_analyzer);
#undef PUT
    body_set_bool(body, "use_fips", options->use_fips);
    body_set_bool(body, "use_dualstack", options->use_dualstack);
}

static bool say_hello(struct keeper *keeper, const struct keeper_options *options,
                      struct error *err)
{
    struct json_object *body = json_object_new_object();
    if (body == NULL)
        return error_set(err, ERROR_MEMORY, "starting the keeper");
    body_set_string(body, "version", PACKAGE_VERSION);
    if (options->profile != NULL)
        body_set_string(body, "profile", options->profile);
    if (options->as_profile != NULL)
        body_set_string(body, "as_profile", options->as_profile);
    if (options->region != NULL)
        body_set_string(body, "region", options->region);
    if (options->endpoint_url != NULL)
        body_set_string(body, "endpoint_url", options->endpoint_url);
    if (options->endpoint_iam != NULL)
        put_endpoints(body, options);
    body_set_number(body, "timeout", options->timeout);
    body_set_bool(body, "notes", options->notes);
    return keeper_ask(keeper, MESSAGE_HELLO, &body, hello_answered, keeper, err);
}

/* By ourselves, or by the starter when we may not any more. */
static bool start_program(const struct keeper_options *options, int *ret_socket, pid_t *ret_pid,
                          struct error *err)
{
    int scope = -1;
    if (options->starter != NULL) {
        *ret_pid = 0; /* the starter collects it */
        return starter_start(options->starter, ret_socket, err);
    }
    if (options->scope != NULL && !scope_seal(options->scope, &scope, err))
        return false;
    int terminal = options->terminal ? start_terminal() : -1;
    bool good = start_keeper(options->environment_fd, scope, terminal, ret_socket, ret_pid, err);
    if (scope >= 0)
        close(scope);
    if (terminal >= 0)
        close(terminal);
    return good;
}

bool keeper_start(const struct keeper_options *options, struct keeper **ret_keeper,
                  struct error *err)
{
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return error_set(err, ERROR_MEMORY, "starting the keeper");
    int socket = -1;
    if (!start_program(options, &socket, &keeper->pid, err)) {
        free(keeper);
        return false;
    }
    if (!door_new(socket, &keeper->door, err)) {
        close(socket);
        free(keeper);
        return false;
    }
    if (!say_hello(keeper, options, err)) {
        keeper_free(keeper);
        return false;
    }
    *ret_keeper = keeper;
    return true;
}

/* --- requests and replies ----------------------------------------------------------------------*/

static bool grow(struct keeper *keeper, struct error *err)
{
    size_t places = keeper->places == 0 ? 16 : keeper->places * 2;
    if (keeper->places >= PLACES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d requests at one time", PLACES_MAX);
    if (places > PLACES_MAX)
        places = PLACES_MAX;
    struct request *requests = realloc(keeper->requests, places * sizeof *requests);
    if (requests == NULL)
        return error_set(err, ERROR_MEMORY, "asking the keeper");
    memset(requests + keeper->places, 0, (places - keeper->places) * sizeof *requests);
    keeper->seek = keeper->places;
    keeper->requests = requests;
    keeper->places = places;
    return true;
}

static bool free_place(struct keeper *keeper, size_t *ret_place, struct error *err)
{
    if (keeper->pending == keeper->places && !grow(keeper, err))
        return false;
    while (keeper->requests[keeper->seek % keeper->places].reply != NULL)
        keeper->seek++;
    *ret_place = keeper->seek % keeper->places;
    keeper->seek = *ret_place + 1;
    return true;
}

bool keeper_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                keeper_reply *reply, void *context, struct error *err)
{
    struct json_object *taken = body != NULL ? *body : NULL;
    if (body != NULL)
        *body = NULL;
    size_t place = 0;
    bool good = keeper->failure.code == ERROR_NONE;
    if (!good && err != NULL)
        *err = keeper->failure;
    if (!good || !free_place(keeper, &place, err)) {
        json_object_put(taken);
        return false;
    }
    struct request *request = &keeper->requests[place];
    *request = (struct request){reply, context, (uint16_t)(request->used + 1)};
    keeper->pending++;
    uint32_t id = (uint32_t)request->used << 16 | (uint32_t)place;
    if (door_send(keeper->door, kind, id, body != NULL ? &taken : NULL, err))
        return true;
    request->reply = NULL;
    keeper->pending--;
    return false;
}

/* Give the place back before calling: the callback may ask again, and move the table. */
static void settle(struct keeper *keeper, size_t place, struct json_object *body,
                   const struct error *err, int64_t date)
{
    struct request request = keeper->requests[place];
    keeper->requests[place].reply = NULL;
    keeper->pending--;
    request.reply(request.context, body, err, date);
}

static bool answered(struct keeper *keeper, const struct message *message, struct error *err)
{
    size_t place = message->id & 0xffff;
    if (place >= keeper->places || keeper->requests[place].reply == NULL ||
        keeper->requests[place].used != message->id >> 16)
        return error_set(err, ERROR_REPLY, "a reply to nothing that was asked");
    int64_t date = body_number(message->body, "date");
    if (body_bool(message->body, "ok")) {
        settle(keeper, place, message->body, NULL, date);
        return true;
    }
    struct error failure = {0};
    body_get_error(message->body, &failure);
    settle(keeper, place, NULL, &failure, date);
    return true;
}

static bool handle(struct keeper *keeper, const struct message *message, struct error *err)
{
    if (message->kind == MESSAGE_REPLY)
        return answered(keeper, message, err);
    if (message->kind != MESSAGE_NOTE)
        return error_set(err, ERROR_REPLY, "the keeper asks '%s'", message_name(message->kind));
    if (keeper->note != NULL)
        keeper->note(keeper->note_context, message->body);
    return true;
}

/* --- its end -----------------------------------------------------------------------------------*/

/* The child is collected when it has ended; one that still finishes its effect is left to it. */
static void reap(struct keeper *keeper, struct error *gone)
{
    int status = 0;
    if (keeper->pid <= 0 || waitpid(keeper->pid, &status, WNOHANG) != keeper->pid)
        return;
    keeper->pid = 0;
    size_t used = strlen(gone->text);
    if (WIFSIGNALED(status))
        snprintf(gone->text + used, sizeof gone->text - used, " (killed by signal %d)",
                 WTERMSIG(status));
    else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        snprintf(gone->text + used, sizeof gone->text - used, " (exit status %d)",
                 WEXITSTATUS(status));
}

/* Close the door and tell everybody who still waits. */
static void end(struct keeper *keeper, struct error *gone)
{
    door_free(keeper->door);
    keeper->door = NULL;
    reap(keeper, gone);
    if (keeper->failure.code == ERROR_NONE)
        keeper->failure = *gone;
    for (size_t place = 0; place < keeper->places; place++)
        if (keeper->requests[place].reply != NULL)
            settle(keeper, place, NULL, gone, 0);
}

void keeper_free(struct keeper *keeper)
{
    if (keeper == NULL)
        return;
    struct error gone = {0};
    error_set(&gone, ERROR_KEEPER_GONE, "the keeper was let go");
    end(keeper, &gone);
    json_object_put(keeper->hello);
    free(keeper->requests);
    free(keeper);
}

static bool exchange(struct keeper *keeper, struct error *err)
{
    /* A door that was closed may still hold replies: so a failure to write waits for the end of
     * what can be read. */
    struct error unsent = {0};
    bool flushed = door_flush(keeper->door, &unsent);
    for (;;) {
        struct message message = {0};
        bool got = false;
        if (!door_receive(keeper->door, &got, &message, err))
            return false;
        if (!got)
            break;
        bool good = handle(keeper, &message, err);
        message_release(&message);
        if (!good)
            return false;
    }
    if (!flushed)
        *err = unsent;
    return flushed;
}

bool keeper_run(struct keeper *keeper, struct error *err)
{
    struct error why = {0};
    if (keeper->door != NULL && exchange(keeper, &why))
        return true;
    if (keeper->door != NULL) {
        struct error gone = {0};
        if (why.code == ERROR_KEEPER_GONE)
            error_set(&gone, ERROR_KEEPER_GONE, "the keeper has ended");
        else
            error_set(&gone, ERROR_KEEPER_GONE, "the keeper was let go: %.400s", why.text);
        end(keeper, &gone);
    }
    return error_set(err, ERROR_KEEPER_GONE, "%s", keeper->failure.text);
}

/* --- what callers look at ----------------------------------------------------------------------*/

struct pollfd keeper_pollfd(const struct keeper *keeper)
{
    if (keeper->door == NULL)
        return (struct pollfd){.fd = -1};
    return (struct pollfd){
        .fd = door_fd(keeper->door),
        .events = (short)(POLLIN | (door_wants_write(keeper->door) ? POLLOUT : 0)),
    };
}

size_t keeper_pending(const struct keeper *keeper)
{
    return keeper->pending;
}

bool keeper_drain(struct keeper *keeper, struct error *err)
{
    while (keeper->pending > 0) {
        struct pollfd ready = keeper_pollfd(keeper);
        int count = ppoll(&ready, 1, NULL, NULL);
        if (count < 0 && errno == EINTR)
            return error_set(err, ERROR_INTERRUPTED, "interrupted");
        if (count < 0)
            return error_set_errno(err, ERROR_IO, errno, "waiting for the keeper");
        if (!keeper_run(keeper, err))
            return false;
    }
    return true;
}

struct json_object *keeper_look(const struct keeper *keeper)
{
    struct json_object *body = json_object_new_object();
    if (keeper->look_in_session)
        body_set_bool(body, "session", true);
    return body;
}

void keeper_look_in_session(struct keeper *keeper)
{
    keeper->look_in_session = true;
}

bool keeper_looks_in_session(const struct keeper *keeper)
{
    return keeper->look_in_session;
}

void keeper_on_note(struct keeper *keeper, void (*note)(void *context, struct json_object *body),
                    void *context)
{
    keeper->note = note;
    keeper->note_context = context;
}

const struct error *keeper_failure(const struct keeper *keeper)
{
    return keeper->failure.code == ERROR_NONE ? NULL : &keeper->failure;
}

const char *keeper_region(const struct keeper *keeper)
{
    return body_string(keeper->hello, "region");
}

const char *keeper_explanation(const struct keeper *keeper)
{
    return body_string(keeper->hello, "explanation");
}

void keeper_warnings(const struct keeper *keeper, struct text *ret_lines)
{
    struct json_object *list =
        keeper->hello != NULL ? body_array(keeper->hello, "warnings") : NULL;
    size_t count = body_count(list);
    text_clear(ret_lines);
    for (size_t i = 0; i < count; i++) {
        const char *line = json_object_get_string(json_object_array_get_idx(list, i));
        text_appendf(ret_lines, "%s\n", line != NULL ? line : "");
    }
}

struct json_object *keeper_hello(const struct keeper *keeper)
{
    return keeper->hello;
}
