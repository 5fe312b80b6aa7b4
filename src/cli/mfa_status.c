/* mfa status: who has which MFA devices, and who has none. What could not be read is never "none". */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "wire/message.h"

enum { AT_ONCE = 8 };

/* X(code, name): what a row tells */
#define STATE_TABLE(X)                                                                             \
    X(ENABLED, "enabled") X(SHARED, "shared") X(NONE, "none") X(UNKNOWN, "unknown")                \
    X(UNASSIGNED, "unassigned")

enum state {
#define X(code, name) STATE_##code,
    STATE_TABLE(X)
#undef X
};

static const char *const state_names[] = {
#define X(code, name) [STATE_##code] = name,
    STATE_TABLE(X)
#undef X
};

struct row {
    char user[USER_SIZE]; /* "" for nobody, and for what is about no user */
    char serial[MFA_SERIAL_SIZE];
    int64_t enabled;
    enum state state;
    char detail[TEXT_SIZE];
};

struct status {
    struct row *rows;
    size_t count, room;
    char (*users)[USER_SIZE];
    size_t user_count;
    struct inquiry *inquiries; /* one a user */
    bool lacks_code;           /* nothing could be read, and an MFA code might have helped */
    bool failed;               /* for good: err says why */
    struct error err;
};

struct inquiry {
    struct status *status;
    const char *user;
};

static void status_release(struct status *status)
{
    free(status->rows);
    free(status->users);
    free(status->inquiries);
}

static void fail(struct status *status, const struct error *err)
{
    if (!status->failed)
        status->err = *err;
    status->failed = true;
}

static void add_row(struct status *status, const char *user, const char *serial, int64_t enabled,
                    enum state state, const char *detail)
{
    if (status->count == status->room) {
        size_t room = status->room == 0 ? 64 : status->room * 2;
        struct row *rows = realloc(status->rows, room * sizeof *rows);
        struct error err = {0};
        if (rows == NULL) {
            error_set(&err, ERROR_MEMORY, "listing MFA devices");
            fail(status, &err);
            return;
        }
        status->rows = rows;
        status->room = room;
    }
    struct row *row = &status->rows[status->count++];
    *row = (struct row){.enabled = enabled, .state = state};
    text_copy(row->user, sizeof row->user, user);
    text_copy(row->serial, sizeof row->serial, serial);
    text_copy(row->detail, sizeof row->detail, detail);
}

/* --- asking ------------------------------------------------------------------------------------*/

static void devices_listed(void *context, struct json_object *body, const struct error *err,
                           int64_t date)
{
    struct inquiry *inquiry = context;
    struct status *status = inquiry->status;
    (void)date;
    if (err != NULL && err->code == ERROR_DENIED) {
        add_row(status, inquiry->user, "", 0, STATE_UNKNOWN, err->text);
        return;
    }
    if (err != NULL) {
        fail(status, err);
        return;
    }
    if (body_bool(body, "unlisted")) {
        add_row(status, inquiry->user, "", 0, STATE_UNKNOWN, body_string(body, "text"));
        return;
    }
    struct json_object *list = body_array(body, "devices");
    size_t count = body_count(list);
    if (count == 0)
        add_row(status, inquiry->user, "", 0, STATE_NONE, "");
    for (size_t i = 0; i < count; i++) {
        struct json_object *device = json_object_array_get_idx(list, i);
        add_row(status, inquiry->user, body_string(device, "serial"),
                body_number(device, "enabled"), STATE_ENABLED, "");
    }
}

static bool ask_devices(struct status *status, struct keeper *keeper, struct error *err)
{
    status->inquiries = calloc(status->user_count + 1, sizeof *status->inquiries);
    if (status->inquiries == NULL)
        return error_set(err, ERROR_MEMORY, "listing MFA devices");
    for (size_t i = 0; i < status->user_count && !status->failed; i++) {
        struct inquiry *inquiry = &status->inquiries[i];
        *inquiry = (struct inquiry){status, status->users[i]};
        struct json_object *body = keeper_look(keeper);
        body_set_string(body, "user", inquiry->user);
        bool last = i % AT_ONCE == AT_ONCE - 1 || i + 1 == status->user_count;
        if (!keeper_ask(keeper, MESSAGE_LIST_MFA, &body, devices_listed, inquiry, err) ||
            (last && !keeper_drain(keeper, err)))
            return false;
    }
    if (status->failed && err != NULL)
        *err = status->err;
    return !status->failed;
}

static bool take_users(struct status *status, struct json_object *list, struct error *err)
{
    size_t count = body_count(list);
    status->users = calloc(count + 1, sizeof *status->users);
    if (status->users == NULL)
        return error_set(err, ERROR_MEMORY, "listing users");
    for (size_t i = 0; i < count; i++)
        text_copy(status->users[i], USER_SIZE,
                  body_string(json_object_array_get_idx(list, i), "name"));
    status->user_count = count;
    return true;
}

/* Devices that no user's list shows: those of root, and those that are nobody's. */
static bool ask_virtual(struct status *status, struct keeper *keeper, struct error *err)
{
    struct json_object *reply = NULL;
    struct error cause = {0};
    if (!mfa_ask(keeper, MESSAGE_LIST_DEVICES, keeper_look(keeper), &reply, &cause)) {
        if (cause.code == ERROR_DENIED) {
            add_row(status, "", "", 0, STATE_UNKNOWN, cause.text);
            return true;
        }
        *err = cause;
        return false;
    }
    struct json_object *list = body_array(reply, "devices");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *device = json_object_array_get_idx(list, i);
        char user[USER_SIZE];
        mfa_user_of(body_string(device, "user_arn"), user, sizeof user);
        if (user[0] == '\0' || user[0] == '<')
            add_row(status, user, body_string(device, "serial"), body_number(device, "enabled"),
                    user[0] == '\0' ? STATE_UNASSIGNED : STATE_ENABLED, "");
    }
    json_object_put(reply);
    return true;
}

static bool ask_all(struct status *status, struct keeper *keeper, struct error *err)
{
    struct json_object *reply = NULL;
    if (!mfa_ask(keeper, MESSAGE_LIST_USERS, keeper_look(keeper), &reply, err))
        return false;
    bool good = take_users(status, body_array(reply, "users"), err);
    json_object_put(reply);
    return good && ask_devices(status, keeper, err) && ask_virtual(status, keeper, err);
}

static bool ask_one(struct status *status, struct keeper *keeper, const char *user,
                    struct error *err)
{
    status->users = calloc(1, sizeof *status->users);
    if (status->users == NULL)
        return error_set(err, ERROR_MEMORY, "listing MFA devices");
    text_copy(status->users[0], USER_SIZE, user);
    status->user_count = 1;
    return ask_devices(status, keeper, err);
}

/* --- judging -----------------------------------------------------------------------------------*/

static int by_serial(const void *a, const void *b)
{
    return strcmp(((const struct row *)a)->serial, ((const struct row *)b)->serial);
}

static int by_user(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    int order = strcmp(left->user, right->user);
    return order != 0 ? order : strcmp(left->serial, right->serial);
}

/* One device that several users share proves nothing about who used it. */
static void mark_shared(struct status *status)
{
    struct row *rows = status->rows;
    if (status->count == 0)
        return;
    qsort(rows, status->count, sizeof *rows, by_serial);
    for (size_t i = 1; i < status->count; i++)
        if (rows[i].serial[0] != '\0' && strcmp(rows[i].serial, rows[i - 1].serial) == 0 &&
            strcmp(rows[i].user, rows[i - 1].user) != 0)
            rows[i].state = rows[i - 1].state = STATE_SHARED;
    qsort(rows, status->count, sizeof *rows, by_user);
}

/* 4 when anything needs attention; 1 when nothing could be checked. */
static int judge(const struct status *status)
{
    size_t unknown = 0, bad = 0;
    for (size_t i = 0; i < status->count; i++) {
        enum state state = status->rows[i].state;
        unknown += state == STATE_UNKNOWN;
        bad += state == STATE_UNKNOWN || state == STATE_NONE || state == STATE_SHARED;
    }
    return unknown > 0 && unknown == status->count ? 1 : bad > 0 ? 4 : 0;
}

/* --- showing -----------------------------------------------------------------------------------*/

static void print_row(const struct row *row)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "user", row->user);
    json_add_text(object, "serial", row->serial);
    json_add_text(object, "type", row->serial[0] != '\0' ? mfa_type(row->serial) : NULL);
    json_add_time(object, "enabled_at", row->enabled);
    json_add_string(object, "state", state_names[row->state]);
    json_add_text(object, "detail", row->detail);
    print_json(object);
}

static const char *note_of(const struct row *row)
{
    switch (row->state) {
    case STATE_ENABLED:
        return "";
    case STATE_SHARED:
        return "shared with another user";
    case STATE_NONE:
        return "";
    case STATE_UNKNOWN:
        return row->detail;
    case STATE_UNASSIGNED:
        return "unassigned";
    }
    return "";
}

static void print_rows(const struct cli *cli, const struct status *status)
{
    static const char *const headings[] = {"USER", "DEVICE", "TYPE", "SINCE", "NOTE", NULL};
    bool json = option_given(&cli->options, OPTION_JSON);
    struct table *table = json ? NULL : table_new(headings);
    for (size_t i = 0; i < status->count; i++) {
        const struct row *row = &status->rows[i];
        char since[WHEN_TEXT_SIZE] = "";
        if (row->enabled != 0)
            since[strcspn(when_format(row->enabled, since), "T")] = '\0'; /* the day */
        const char *const cells[] = {
            row->user[0] != '\0' ? row->user : "-",
            row->state == STATE_UNKNOWN ? "could not be checked"
            : row->serial[0] != '\0'    ? row->serial
                                        : "no MFA device",
            row->serial[0] != '\0' ? mfa_type(row->serial) : "",
            since,
            note_of(row),
        };
        if (json)
            print_row(row);
        else
            table_add(table, cells);
    }
    table_print(table, stdout);
}

static bool ask(struct cli *cli, struct keeper *keeper, struct status *status, struct error *err)
{
    const char *user = option_string(&cli->options, OPTION_USER);
    if (option_given(&cli->options, OPTION_ALL_USERS))
        return ask_all(status, keeper, err);
    if (user != NULL)
        return ask_one(status, keeper, user, err);
    struct mfa_identity identity;
    if (!mfa_identify(keeper, false, &identity, err))
        return false;
    if (identity.user[0] == '\0')
        return error_set(err, ERROR_USAGE, "%s is no IAM user: name one with --user, or --all-users",
                         identity.arn);
    return ask_one(status, keeper, identity.user, err);
}

/* Nobody's devices may be read. */
static bool was_denied(const struct status *status, bool asked, struct error *err)
{
    if (!asked || judge(status) != 1)
        return !asked && err->code == ERROR_DENIED;
    error_set(err, ERROR_DENIED, "%s", status->rows[0].detail);
    return true;
}

/* Once more in a session, when that may help. What there is without one is told all the same. */
static bool ask_twice(struct cli *cli, struct keeper *keeper, struct status *status, struct error *err)
{
    struct error denial = {0}, failure;
    bool asked = ask(cli, keeper, status, &denial);
    if (!was_denied(status, asked, &denial)) {
        *err = denial;
        return asked;
    }
    if (!mfa_look_again(cli, keeper, &denial, &failure)) {
        status->lacks_code = failure.code == ERROR_MFA_NEEDED;
        *err = failure;
        return asked && (status->lacks_code || failure.code == ERROR_DENIED);
    }
    status_release(status);
    *status = (struct status){0};
    return ask(cli, keeper, status, err);
}

int mfa_status(struct cli *cli)
{
    struct error err = {0};
    CLEANUP(status_release) struct status status = {0}; /* the keeper, which calls back, goes first */
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    if (option_given(&cli->options, OPTION_ALL_USERS) && option_given(&cli->options, OPTION_USER))
        return report_problem(2, "see 'keywright mfa --help'",
                              "--user and --all-users exclude each other");
    connect_catch_signals(NULL);
    if (!mfa_connect(cli, false, &keeper, &err) || !mfa_begin_look(cli, keeper, &err) ||
        !ask_twice(cli, keeper, &status, &err))
        return report_error(&err, NULL);
    mark_shared(&status);
    print_rows(cli, &status);
    return status.lacks_code ? report_error(&err, NULL) : judge(&status);
}
