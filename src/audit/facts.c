#include "audit/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "audit/grow.h"
#include "audit/report.h"
#include "base/text.h"
#include "base/when.h"

/* --- owning ------------------------------------------------------------------------------------*/

void facts_init(struct facts *facts)
{
    *facts = (struct facts){.root_mfa = -1, .root_keys = -1};
}

static void user_release(struct fact_user *user)
{
    free(user->name);
    free(user->arn);
    *user = (struct fact_user){0};
}

static void drop_users(struct facts *facts)
{
    for (size_t i = 0; i < facts->user_count; i++)
        user_release(&facts->list[i]);
    facts->user_count = facts->seek = 0;
    user_release(&facts->root);
    facts->has_root = false;
}

void facts_release(struct facts *facts)
{
    drop_users(facts);
    free(facts->list);
    for (size_t i = 0; i < facts->device_count; i++) {
        free(facts->device_list[i].serial);
        free(facts->device_list[i].user_arn);
    }
    free(facts->device_list);
    for (size_t i = 0; i < facts->certificate_count; i++)
        free(facts->certificate_list[i].arn);
    free(facts->certificate_list);
    facts_release_services(facts);
    access_release(&facts->access);
    facts_init(facts);
}

static bool grow_users(struct facts *facts, struct error *err)
{
    void *list =
        audit_grown(facts->list, &facts->user_room, facts->user_count, sizeof *facts->list, err);
    if (list != NULL)
        facts->list = list;
    return list != NULL;
}

static bool name_user(struct fact_user *user, const char *name, const char *arn, struct error *err)
{
    user->name = strdup(name);
    user->arn = strdup(arn);
    if (user->name != NULL && user->arn != NULL)
        return true;
    user_release(user);
    return error_set(err, ERROR_MEMORY, "gathering what an audit needs");
}

/* --- the words of a report ---------------------------------------------------------------------*/

static enum fact read_bool(const char *value)
{
    if (value != NULL && strcasecmp(value, "true") == 0)
        return FACT_YES;
    return value != NULL && strcasecmp(value, "false") == 0 ? FACT_NO : FACT_UNKNOWN;
}

static int64_t read_time(const char *value)
{
    int64_t time = 0;
    return value != NULL && when_parse(value, &time, NULL) ? time : 0;
}

/* "N/A" and "no_information" both say that no use is recorded. */
static struct fact_use read_use(const char *value)
{
    int64_t time = read_time(value);
    if (time != 0)
        return (struct fact_use){FACT_YES, time};
    bool none = value != NULL &&
                (strcasecmp(value, "N/A") == 0 || strcasecmp(value, "no_information") == 0);
    return (struct fact_use){none ? FACT_NO : FACT_UNKNOWN, 0};
}

/* --- a row -------------------------------------------------------------------------------------*/

/* The columns that are looked at, by their place in struct facts_columns. */
enum { CREATED, CONSOLE, PASSWORD_USED, PASSWORD_CHANGED, MFA, KEY_1_ACTIVE, KEY_1_CREATED, KEY_1_USED,
       KEY_2_ACTIVE, KEY_2_CREATED, KEY_2_USED };

static const char *const column_names[FACTS_COLUMNS] = {
    [CREATED] = "user_creation_time",
    [CONSOLE] = "password_enabled",
    [PASSWORD_USED] = "password_last_used",
    [PASSWORD_CHANGED] = "password_last_changed",
    [MFA] = "mfa_active",
    [KEY_1_ACTIVE] = "access_key_1_active",
    [KEY_1_CREATED] = "access_key_1_last_rotated",
    [KEY_1_USED] = "access_key_1_last_used_date",
    [KEY_2_ACTIVE] = "access_key_2_active",
    [KEY_2_CREATED] = "access_key_2_last_rotated",
    [KEY_2_USED] = "access_key_2_last_used_date",
};

static void seek_columns(struct facts_columns *columns, const struct report_row *row)
{
    for (size_t i = 0; i < FACTS_COLUMNS; i++) {
        columns->places[i] = row->count;
        for (size_t j = 0; j < row->count; j++)
            if (strcmp(row->names[j], column_names[i]) == 0)
                columns->places[i] = j;
    }
    columns->names = row->names;
}

/* NULL when the report has no such column. */
static const char *column(const struct facts_columns *columns, const struct report_row *row, int which)
{
    size_t place = columns->places[which];
    return place < row->count ? row->values[place] : NULL;
}

/* A slot without a date and not active holds no key: inactive keys keep their date. `which` is the first of
 * its three columns. */
static void read_key(const struct facts_columns *columns, const struct report_row *row, int which,
                     struct fact_user *user)
{
    struct fact_key *key = &user->keys[user->key_count];
    key->active = read_bool(column(columns, row, which));
    key->created = read_time(column(columns, row, which + 1));
    key->use = read_use(column(columns, row, which + 2));
    if (key->active != FACT_NO || key->created != 0)
        user->key_count++;
}

void facts_read_row(struct facts_columns *columns, const struct report_row *row, struct fact_user *user)
{
    if (columns->names != row->names)
        seek_columns(columns, row);
    user->in_report = true;
    user->created = read_time(column(columns, row, CREATED));
    user->console = read_bool(column(columns, row, CONSOLE));
    user->password = read_use(column(columns, row, PASSWORD_USED));
    user->password_changed = read_time(column(columns, row, PASSWORD_CHANGED));
    user->mfa = read_bool(column(columns, row, MFA));
    read_key(columns, row, KEY_1_ACTIVE, user);
    read_key(columns, row, KEY_2_ACTIVE, user);
}

/* --- a whole report ----------------------------------------------------------------------------*/

static int compare_names(const void *a, const void *b)
{
    const char *const *one = a, *const *two = b;
    return strcmp(*one, *two);
}

/* The caller's. NULL: no memory. */
static const char **sorted_names(const struct facts *facts)
{
    const char **names = calloc(facts->user_count + 1, sizeof *names);
    for (size_t i = 0; names != NULL && i < facts->user_count; i++)
        names[i] = facts->list[i].name;
    if (names != NULL)
        qsort(names, facts->user_count, sizeof *names, compare_names);
    return names;
}

/* IAM has each name once: of two rows about a user one is not true. */
static bool has_each_once(const struct facts *facts, struct error *err)
{
    const char **names = sorted_names(facts);
    bool good = names != NULL || error_set(err, ERROR_MEMORY, "reading a credential report");
    for (size_t i = 1; good && i < facts->user_count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            good = error_set(err, ERROR_SYNTAX, "the credential report has two rows for the user %.128s", names[i]);
    free(names);
    return good;
}

struct reading {
    struct facts *facts;
    struct facts_columns columns;
    struct error *err;
    bool failed;
};

static bool take_row(void *context, const struct report_row *row)
{
    struct reading *reading = context;
    struct facts *facts = reading->facts;
    struct fact_user user = {0};
    const char *name = report_value(row, "user");
    bool root = strcmp(name, "<root_account>") == 0;
    reading->failed =
        (root && facts->has_root
             ? !error_set(reading->err, ERROR_SYNTAX, "the credential report has two root users")
             : false) ||
        (name[0] == '\0'
             ? !error_set(reading->err, ERROR_SYNTAX, "a row of the credential report names no user")
             : false) ||
        (!root && !grow_users(facts, reading->err)) ||
        !name_user(&user, name, report_value(row, "arn"), reading->err);
    if (reading->failed)
        return false;
    facts_read_row(&reading->columns, row, &user);
    if (root) {
        facts->root = user;
        facts->has_root = true;
    } else {
        facts->list[facts->user_count++] = user;
    }
    return true;
}

bool facts_read_report(struct facts *facts, const char *csv, size_t length, int64_t generated,
                       struct error *err)
{
    struct error failure = {0};
    struct reading reading = {.facts = facts, .err = &failure};
    drop_users(facts);
    if (report_parse(csv, length, take_row, &reading, &failure) && !reading.failed &&
        has_each_once(facts, &failure)) {
        fact_source_have(&facts->report, generated);
        return true;
    }
    drop_users(facts);
    fact_source_fail(&facts->report, &failure);
    if (err != NULL)
        *err = failure;
    return false;
}

/* --- the rest ----------------------------------------------------------------------------------*/

/* Reports and lists come in nearly the same order: it is mostly the next one. */
struct fact_user *facts_seek(struct facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->user_count; i++) {
        size_t at = (facts->seek + i) % facts->user_count;
        if (strcmp(facts->list[at].name, name) != 0)
            continue;
        facts->seek = at + 1;
        return &facts->list[at];
    }
    return NULL;
}

bool facts_add_listed(struct facts *facts, const char *name, const char *arn, int64_t created,
                      struct error *err)
{
    struct fact_user *known = facts_seek(facts, name);
    struct fact_user user = {.created = created, .listed = true};
    if (known != NULL) {
        known->listed = true;
        return true;
    }
    if (!grow_users(facts, err) || !name_user(&user, name, arn, err))
        return false;
    facts->list[facts->user_count++] = user;
    return true;
}

static bool same_key(const struct fact_key *a, const struct fact_key *b)
{
    return a->active == b->active && a->created == b->created;
}

/* Does the report tell of just these keys? */
static bool agrees(const struct fact_user *user, const struct fact_key *keys, size_t count)
{
    size_t matched = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < user->key_count; j++)
            if (same_key(&keys[i], &user->keys[j])) {
                matched++;
                break;
            }
    return matched == count && count == user->key_count;
}

void facts_put_live(struct facts *facts, struct fact_user *user, const struct fact_key *keys,
                    size_t count, int64_t at)
{
    struct fact_key live[FACTS_KEYS_MAX] = {{.active = FACT_UNKNOWN}};
    size_t kept = 0;
    for (size_t i = 0; i < count && i < FACTS_KEYS_MAX; i++, kept++) {
        live[i] = keys[i];
        for (size_t j = 0; j < user->key_count && live[i].use.used == FACT_UNKNOWN; j++)
            if (live[i].created != 0 && live[i].created == user->keys[j].created)
                live[i].use = user->keys[j].use;
    }
    user->stale = user->in_report && !agrees(user, keys, count);
    user->more_keys = count > kept;
    user->live_at = at != 0 ? at : facts->now;
    user->key_count = kept;
    memcpy(user->keys, live, kept * sizeof *live);
}

void facts_put_devices(struct facts *facts, struct fact_user *user, size_t count, int64_t at)
{
    enum fact mfa = count > 0 ? FACT_YES : FACT_NO;
    user->mfa_stale = user->in_report && user->mfa != FACT_UNKNOWN && user->mfa != mfa;
    user->mfa_at = at != 0 ? at : facts->now;
    user->mfa = mfa;
}

bool facts_add_device(struct facts *facts, const char *serial, const char *user_arn,
                      struct error *err)
{
    void *list = audit_grown(facts->device_list, &facts->device_room, facts->device_count,
                       sizeof *facts->device_list, err);
    if (list == NULL)
        return false;
    facts->device_list = list;
    struct fact_device device = {strdup(serial), strdup(user_arn), false};
    if (device.serial == NULL || device.user_arn == NULL) {
        free(device.serial);
        free(device.user_arn);
        return error_set(err, ERROR_MEMORY, "gathering what an audit needs");
    }
    facts->device_list[facts->device_count++] = device;
    return true;
}

bool facts_compare_devices(struct facts *facts, struct error *err)
{
    const char **names = sorted_names(facts);
    if (names == NULL)
        return error_set(err, ERROR_MEMORY, "comparing MFA devices with users");
    for (size_t i = 0; i < facts->device_count; i++) {
        struct fact_device *device = &facts->device_list[i];
        const char *named = strrchr(device->serial, '/'), *user = strstr(device->user_arn, ":user/");
        const char *name = named != NULL ? named + 1 : "";
        bool own = user == NULL || strcmp(strrchr(user, '/') + 1, name) == 0;
        device->of_another = !own && bsearch(&name, names, facts->user_count, sizeof *names,
                                             compare_names) != NULL;
    }
    free(names);
    return true;
}

bool facts_add_certificate(struct facts *facts, const char *arn, int64_t expires,
                           struct error *err)
{
    void *list = audit_grown(facts->certificate_list, &facts->certificate_room, facts->certificate_count,
                       sizeof *facts->certificate_list, err);
    if (list == NULL)
        return false;
    facts->certificate_list = list;
    char *copy = strdup(arn);
    if (copy == NULL)
        return error_set(err, ERROR_MEMORY, "gathering what an audit needs");
    facts->certificate_list[facts->certificate_count++] = (struct fact_certificate){copy, expires};
    return true;
}

void fact_source_have(struct fact_source *source, int64_t at)
{
    *source = (struct fact_source){.have = true, .at = at};
}

void fact_source_fail(struct fact_source *source, const struct error *err)
{
    bool named = err->op[0] == '\0' || strstr(err->text, err->op) != NULL;
    *source = (struct fact_source){0};
    if (err->code == ERROR_DENIED) {
        text_copy(source->permission, sizeof source->permission, err->op);
        snprintf(source->why, sizeof source->why, "permission %s is missing", err->op);
    } else {
        snprintf(source->why, sizeof source->why, "%.40s%s%.200s", named ? "" : err->op,
                 named ? "" : ": ", err->text);
    }
}
