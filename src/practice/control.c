/* The control page of the practice service (practice.h). */
#include "practice/practice.h"

#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "practice/json.h"

bool practice_is_control(const struct request *request)
{
    return strncmp(request->path.bytes, "/practice/", 10) == 0;
}

static struct json_object *users(const struct account *account)
{
    char at[WHEN_TEXT_SIZE];
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < account_user_count(account); i++) {
        const struct account_user *user = account_user_at(account, i);
        struct json_object *row = json_object_new_object();
        json_add_text(row, "user", user->name);
        json_add_text(row, "policy", account_policy_name(user->policy));
        json_add_text(row, "created_at", when_format(user->created, at));
        json_object_array_add(list, row);
    }
    return list;
}

static struct json_object *keys(const struct account *account)
{
    char at[WHEN_TEXT_SIZE];
    struct account_key key;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < account_key_count(account); i++) {
        if (!account_key_at(account, i, &key))
            continue;
        struct json_object *row = json_object_new_object();
        json_add_text(row, "user", key.user);
        json_add_text(row, "key", key.id);
        json_add_text(row, "status", key.active ? "Active" : "Inactive");
        json_add_text(row, "created_at", when_format(key.created, at));
        json_object_array_add(list, row);
    }
    return list;
}

static struct json_object *actions(const struct practice *practice)
{
    struct json_object *all = json_object_new_object();
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        struct json_object *row = json_object_new_object();
        json_add_number(row, "received", (int64_t)practice->counts[i].received);
        json_add_number(row, "executed", (int64_t)practice->counts[i].executed);
        json_object_object_add(all, actions_name(i), row);
    }
    return all;
}

static struct json_object *settings(const struct practice *practice)
{
    struct json_object *all = json_object_new_object();
    const struct account_settings *set = account_settings(practice->account);
#define X(name, field, least, most, value) json_add_number(all, name, set->field);
    ACCOUNT_SETTING_TABLE(X)
#undef X
    json_add_number(all, "max-skew", practice->skew);
    json_add_number(all, "date-offset", practice->date_offset);
    return all;
}

static bool state(struct practice *practice, struct json_object *reply)
{
    char now[WHEN_TEXT_SIZE];
    json_add_text(reply, "now", when_format(practice_now(practice), now));
    json_add_text(reply, "account", ACCOUNT_NUMBER);
    json_add_number(reply, "requests", (int64_t)practice->sequence);
    json_add_number(reply, "in_flight_most", (int64_t)practice->in_flight_most);
    json_object_object_add(reply, "users", users(practice->account));
    json_object_object_add(reply, "keys", keys(practice->account));
    json_object_object_add(reply, "actions", actions(practice));
    json_object_object_add(reply, "settings", settings(practice));
    return true;
}

static bool number(const char *string, int64_t least, int64_t most, int64_t *ret_value)
{
    char *end;
    long long value = strtoll(string, &end, 10);
    if (end == string || *end != '\0' || value < least || value > most)
        return false;
    *ret_value = value;
    return true;
}

static bool advance(struct practice *practice, const struct request *request,
                    struct json_object *reply)
{
    const char *seconds = request_field(request, "seconds");
    char now[WHEN_TEXT_SIZE];
    int64_t more;
    if (seconds == NULL || !number(seconds, 0, INT64_C(10) * 366 * 86400, &more))
        return false;
    practice->offset += more;
    json_add_text(reply, "now", when_format(practice_now(practice), now));
    return true;
}

static bool totp(struct practice *practice, const struct request *request,
                 struct json_object *reply)
{
    const char *user = request_field(request, "user");
    const char *serial = request_field(request, "serial");
    const char *later = request_field(request, "step");
    int64_t step = 0, now = practice_now(practice);
    char code[7];
    if (later != NULL && !number(later, -10, 10, &step))
        return false;
    bool found = serial != NULL
                     ? account_device_code(practice->account, serial, now, step, code)
                     : user != NULL && account_totp(practice->account, user, now + 30 * step, code);
    if (!found)
        return false;
    json_add_text(reply, "code", code);
    return true;
}

static bool fault(struct practice *practice, const struct request *request)
{
    struct error err;
    const char *spec = request_field(request, "spec");
    if (spec != NULL && spec[0] == '\0')
        fault_list_clear(practice->faults);
    return spec != NULL && (spec[0] == '\0' || fault_list_add(practice->faults, spec, &err));
}

static bool config(struct practice *practice, const struct request *request)
{
    for (size_t i = 0; i < request->field_count; i++) {
        const struct request_field *field = &request->fields[i];
        int64_t value;
        if (!number(field->value, -366 * 86400, 366 * 86400, &value))
            return false;
        if (strcmp(field->name, "max-skew") == 0 && value > 0)
            practice->skew = value;
        else if (strcmp(field->name, "date-offset") == 0)
            practice->date_offset = value;
        else if (!account_set(practice->account, field->name, value))
            return false;
    }
    return request->field_count > 0;
}

static bool save(struct practice *practice)
{
    struct account *copy = account_copy(practice->account);
    if (copy == NULL)
        return false;
    account_free(practice->saved);
    practice->saved = copy;
    practice->saved_offset = practice->offset;
    return true;
}

static bool restore(struct practice *practice)
{
    struct account *copy = practice->saved == NULL ? NULL : account_copy(practice->saved);
    if (copy == NULL)
        return false;
    account_free(practice->account);
    practice->account = copy;
    practice->offset = practice->saved_offset;
    practice->sequence = 0;
    memset(practice->counts, 0, sizeof practice->counts);
    fault_list_clear(practice->faults);
    return true;
}

static bool is_local(const struct request *request)
{
    const char *host = request_header(request, "host");
    return host != NULL && request_header(request, "origin") == NULL &&
           (strncmp(host, "127.0.0.1:", 10) == 0 || strncmp(host, "localhost:", 10) == 0);
}

static int perform(struct practice *practice, struct request *request, struct json_object *reply)
{
    const char *page = request->path.bytes + strlen("/practice/");
    bool post = strcmp(request->method, "POST") == 0;
    struct error err;
    bool done = false;
    if (!is_local(request))
        return 403;
    if (!request_read_fields(request, &err))
        return 400;
    if (!post && strcmp(request->method, "GET") != 0)
        return 405;
    if (!post && strcmp(page, "state") == 0)
        done = state(practice, reply);
    else if (!post && strcmp(page, "totp") == 0)
        done = totp(practice, request, reply);
    else if (post && strcmp(page, "advance") == 0)
        done = advance(practice, request, reply);
    else if (post && strcmp(page, "fault") == 0)
        done = fault(practice, request);
    else if (post && strcmp(page, "config") == 0)
        done = config(practice, request);
    else if (post && strcmp(page, "save") == 0)
        done = save(practice);
    else if (post && strcmp(page, "restore") == 0)
        done = restore(practice);
    else
        return 404;
    return done ? 200 : 400;
}

void practice_control(struct practice *practice, struct request *request,
                      struct practice_answer *ret_answer)
{
    struct json_object *reply = json_object_new_object();
    ret_answer->status = perform(practice, request, reply);
    ret_answer->content_type = "application/json";
    ret_answer->request_id[0] = '\0';
    ret_answer->date = practice_now(practice);
    json_add_bool(reply, "ok", ret_answer->status == 200);
    json_finish(reply, &ret_answer->body);
}
