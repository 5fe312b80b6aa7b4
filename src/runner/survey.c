#include "runner/survey.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/when.h"

enum {
    AT_ONCE = 8, /* requests in the keeper's hands at one time */
    OPEN_LIMIT = 1000
};

/* An open rotation and the keys that it is about. */
struct open_rotation {
    char id[ID_SIZE];
    char old_key[KEY_ID_SIZE];
    char new_key[KEY_ID_SIZE];
};

struct view {
    struct survey_row *rows; /* sorted copy, made when it is asked for */
    bool current;
};

struct survey {
    struct keeper *keeper;
    bool left; /* nobody waits for it any more: freed with the last answer */
    bool identified;
    bool all_users;
    bool skips_uses;
    bool (*wants)(void *, const char *); /* NULL: all */
    void *wants_context;
    size_t in_flight;
    bool failed;
    struct error error;
    char account[ACCOUNT_SIZE];
    char arn[ARN_SIZE];
    char signer[KEY_ID_SIZE];
    int64_t skew;

    char (*users)[USER_SIZE];
    size_t user_count, user_next;
    struct survey_row *rows;
    size_t row_count, row_capacity, row_next;
    struct open_rotation *open;
    size_t open_count;
    struct view *view;
};

/* What a request was about. */
struct inquiry {
    struct survey *survey;
    size_t index; /* of the user or of the row */
};

static void destroy(struct survey *survey)
{
    free(survey->users);
    free(survey->rows);
    free(survey->open);
    if (survey->view != NULL)
        free(survey->view->rows);
    free(survey->view);
    free(survey);
}

void survey_free(struct survey *survey)
{
    if (survey == NULL)
        return;
    survey->left = true;
    if (survey->in_flight == 0)
        destroy(survey);
}

static void fail(struct survey *survey, const struct error *err)
{
    if (survey->failed)
        return;
    survey->failed = true;
    survey->error = *err;
}

static void pump(struct survey *survey);

/* An answer has come: false when nobody wants it, and then the survey may be gone. */
static bool arrived(struct inquiry *inquiry, struct survey **ret_survey, size_t *ret_index,
                    const struct error *err)
{
    struct survey *survey = inquiry->survey;
    *ret_survey = survey;
    *ret_index = inquiry->index;
    free(inquiry);
    survey->in_flight--;
    if (survey->left) {
        if (survey->in_flight == 0)
            destroy(survey);
        return false;
    }
    survey->view->current = false;
    if (err != NULL)
        fail(survey, err);
    return true;
}

static bool ask(struct survey *survey, enum message_kind kind, struct json_object *body,
                size_t index, keeper_reply *reply, struct error *err)
{
    struct inquiry *inquiry = malloc(sizeof *inquiry);
    if (inquiry == NULL) {
        json_object_put(body);
        return error_set(err, ERROR_MEMORY, "looking at keys");
    }
    *inquiry = (struct inquiry){survey, index};
    survey->in_flight++;
    if (keeper_ask(survey->keeper, kind, &body, reply, inquiry, err))
        return true;
    survey->in_flight--;
    free(inquiry);
    return false;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

static bool add_user(struct survey *survey, const char *name, struct error *err)
{
    if ((survey->user_count & (survey->user_count - 1)) == 0) {
        size_t capacity = survey->user_count == 0 ? 1 : survey->user_count * 2;
        char(*users)[USER_SIZE] = realloc(survey->users, capacity * sizeof *users);
        if (users == NULL)
            return error_set(err, ERROR_MEMORY, "looking at users");
        survey->users = users;
    }
    text_copy(survey->users[survey->user_count++], USER_SIZE, name);
    return true;
}

static bool add_row(struct survey *survey, const char *user, struct json_object *key,
                    struct error *err)
{
    if (survey->row_count == survey->row_capacity) {
        size_t capacity = survey->row_capacity == 0 ? 16 : survey->row_capacity * 2;
        struct survey_row *rows = realloc(survey->rows, capacity * sizeof *rows);
        if (rows == NULL)
            return error_set(err, ERROR_MEMORY, "looking at keys");
        survey->rows = rows;
        survey->row_capacity = capacity;
    }
    struct survey_row *row = &survey->rows[survey->row_count++];
    *row = (struct survey_row){.status = key_status_from_name(body_string(key, "status")),
                               .created = body_number(key, "created"),
                               .used = USED_UNKNOWN};
    text_copy(row->user, sizeof row->user, user);
    text_copy(row->key, sizeof row->key, body_string(key, "id"));
    row->is_signer = row->key[0] != '\0' && strcmp(row->key, survey->signer) == 0;
    for (size_t i = 0; i < survey->open_count; i++)
        if (strcmp(survey->open[i].old_key, row->key) == 0 ||
            strcmp(survey->open[i].new_key, row->key) == 0)
            text_copy(row->rotation, sizeof row->rotation, survey->open[i].id);
    return true;
}

static int compare(const void *a, const void *b)
{
    const struct survey_row *left = a, *right = b;
    int order = strcmp(left->user, right->user);
    if (order == 0)
        order = (left->created > right->created) - (left->created < right->created);
    return order != 0 ? order : strcmp(left->key, right->key);
}

const struct survey_row *survey_rows(const struct survey *survey, size_t *ret_count)
{
    struct view *view = survey->view;
    *ret_count = survey->row_count;
    if (view->current || survey->row_count == 0)
        return view->rows;
    struct survey_row *rows = realloc(view->rows, survey->row_count * sizeof *rows);
    if (rows == NULL) {
        *ret_count = 0;
        return view->rows;
    }
    memcpy(rows, survey->rows, survey->row_count * sizeof *rows);
    qsort(rows, survey->row_count, sizeof *rows, compare);
    view->rows = rows;
    view->current = true;
    return rows;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void last_used(void *context, struct json_object *body, const struct error *err,
                      int64_t date)
{
    struct survey *survey;
    size_t index;
    (void)date;
    if (!arrived(context, &survey, &index, err))
        return;
    struct survey_row *row = &survey->rows[index];
    if (body != NULL) {
        row->used_at = body_number(body, "used_at");
        row->used = row->used_at != 0 ? USED_AT : USED_NONE_RECORDED;
        text_copy(row->used_service, sizeof row->used_service, body_string(body, "service"));
        text_copy(row->used_region, sizeof row->used_region, body_string(body, "region"));
    }
    pump(survey);
}

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date)
{
    struct survey *survey;
    size_t index;
    struct error failure = {0};
    (void)date;
    if (!arrived(context, &survey, &index, err))
        return;
    struct json_object *keys = body != NULL ? body_array(body, "keys") : NULL;
    size_t count = keys != NULL ? json_object_array_length(keys) : 0;
    for (size_t i = 0; i < count; i++)
        if (!add_row(survey, survey->users[index], json_object_array_get_idx(keys, i), &failure))
            fail(survey, &failure);
    pump(survey);
}

static void users_listed(void *context, struct json_object *body, const struct error *err,
                         int64_t date)
{
    struct survey *survey;
    size_t index;
    struct error failure = {0};
    (void)date;
    if (!arrived(context, &survey, &index, err))
        return;
    struct json_object *users = body != NULL ? body_array(body, "users") : NULL;
    size_t count = users != NULL ? json_object_array_length(users) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = body_string(json_object_array_get_idx(users, i), "name");
        if ((survey->wants == NULL || survey->wants(survey->wants_context, name)) &&
            !add_user(survey, name, &failure))
            fail(survey, &failure);
    }
    pump(survey);
}

/* Whose keys, when no user was named: the user that the credentials are of. */
static bool own_user(struct survey *survey, struct error *err)
{
    const char *slash = strrchr(survey->arn, '/');
    if (strstr(survey->arn, ":user/") == NULL || slash == NULL)
        return error_set(err, ERROR_IDENTITY, "%s is no IAM user; name one with --user",
                         survey->arn);
    return add_user(survey, slash + 1, err);
}

static void identified(void *context, struct json_object *body, const struct error *err,
                       int64_t date)
{
    struct survey *survey;
    size_t index;
    struct error failure = {0};
    (void)date;
    if (!arrived(context, &survey, &index, err) || body == NULL)
        return;
    text_copy(survey->account, sizeof survey->account, body_string(body, "account"));
    text_copy(survey->arn, sizeof survey->arn, body_string(body, "arn"));
    text_copy(survey->signer, sizeof survey->signer, body_string(body, "signer"));
    survey->skew = body_number(body, "skew");
    survey->identified = true;
    bool good = true;
    if (survey->all_users)
        good = ask(survey, MESSAGE_LIST_USERS, keeper_look(survey->keeper), 0, users_listed, &failure);
    else if (survey->user_count == 0)
        good = own_user(survey, &failure);
    if (!good)
        fail(survey, &failure);
    pump(survey);
}

/* Send what can be sent: last uses first, so that rows become whole from the top. */
static void pump(struct survey *survey)
{
    struct error err = {0};
    bool good = survey->identified;
    while (good && survey->in_flight < AT_ONCE) {
        struct json_object *body;
        if (survey->row_next < survey->row_count && !survey->skips_uses) {
            size_t index = survey->row_next++;
            body = keeper_look(survey->keeper);
            body_set_string(body, "key", survey->rows[index].key);
            good = ask(survey, MESSAGE_READ_LAST_USED, body, index, last_used, &err);
        } else if (survey->user_next < survey->user_count) {
            size_t index = survey->user_next++;
            body = keeper_look(survey->keeper);
            body_set_string(body, "user", survey->users[index]);
            good = ask(survey, MESSAGE_LIST_KEYS, body, index, keys_listed, &err);
        } else {
            return;
        }
        if (!good)
            fail(survey, &err);
    }
}

/* --- beginning ----------------------------------------------------------------------------------
 */

static bool note_open(void *context, int64_t number, const struct rotation_row *row)
{
    struct survey *survey = context;
    (void)number;
    if (survey->open_count == OPEN_LIMIT)
        return false;
    struct open_rotation *open = &survey->open[survey->open_count++];
    text_copy(open->id, sizeof open->id, row->id);
    text_copy(open->old_key, sizeof open->old_key, row->old_key);
    text_copy(open->new_key, sizeof open->new_key, row->new_key);
    return true;
}

static bool read_journal(struct survey *survey, struct journal *journal, struct error *err)
{
    struct rotation_filter filter = {.open_only = true, .limit = OPEN_LIMIT};
    if (journal == NULL)
        return true;
    survey->open = calloc(OPEN_LIMIT, sizeof *survey->open);
    if (survey->open == NULL)
        return error_set(err, ERROR_MEMORY, "looking at open rotations");
    return journal_rotations(journal, &filter, note_open, survey, err);
}

bool survey_begin(struct keeper *keeper, struct journal *journal, const char *user, bool all_users,
                  struct survey **ret_survey, struct error *err)
{
    struct survey *survey = calloc(1, sizeof *survey);
    if (survey != NULL)
        survey->view = calloc(1, sizeof *survey->view);
    if (survey == NULL || survey->view == NULL) {
        free(survey);
        return error_set(err, ERROR_MEMORY, "looking at keys");
    }
    survey->keeper = keeper;
    survey->all_users = all_users;
    if (!read_journal(survey, journal, err) ||
        (user != NULL && !all_users && !add_user(survey, user, err)) ||
        !ask(survey, MESSAGE_IDENTIFY, keeper_look(survey->keeper), 0, identified, err)) {
        destroy(survey);
        return false;
    }
    *ret_survey = survey;
    return true;
}

void survey_skip_uses(struct survey *survey)
{
    survey->skips_uses = true;
}

void survey_narrow(struct survey *survey, bool (*wants)(void *context, const char *user),
                   void *context)
{
    survey->wants = wants;
    survey->wants_context = context;
}

bool survey_finished(const struct survey *survey)
{
    return survey->in_flight == 0;
}

const struct error *survey_error(const struct survey *survey)
{
    return survey->failed ? &survey->error : NULL;
}

const char *survey_account(const struct survey *survey)
{
    return survey->account;
}

const char *survey_arn(const struct survey *survey)
{
    return survey->arn;
}

int64_t survey_skew(const struct survey *survey)
{
    return survey->skew;
}

int64_t survey_age_days(const struct survey_row *row, int64_t now)
{
    return row->created == 0 || now <= row->created ? 0 : (now - row->created) / 86400;
}

bool survey_due(const struct survey_row *row, int64_t now, int64_t max_age)
{
    return row->status == KEY_STATUS_ACTIVE && row->created != 0 && now - row->created > max_age;
}
