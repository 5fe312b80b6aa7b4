#include "runner/inventory.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/base64.h"
#include "audit/judge.h"
#include "base/text.h"
#include "base/when.h"
#include "runner/granted.h"
#include "runner/question.h"

enum {
    REPORT_WAIT = 300, /* seconds that AWS may take to make a report */
    REPORT_MOST = 32 * 1024 * 1024,
    AT_ONCE = 8 /* users whose keys are being looked at */
};

static const char support_policy[] = "iam::aws:policy/AWSSupportAccess";
static const char cloudshell_policy[] = "iam::aws:policy/AWSCloudShellFullAccess";

struct inventory {
    struct keeper *keeper;
    void (*say)(void *, const char *);
    void *say_context;
    struct facts facts;
    char arn[704];
    struct json_object *reply; /* of the question that is waited for */
    struct error failure;
    size_t live_next, live_in_flight;
    const char *live_user;
    const struct access_selection *live_selection;
    bool live_failed;
    struct error live_failure;
};

/* The keys of one user, while they are asked for. */
struct looking {
    struct inventory *inventory;
    size_t user, count, kept, next;
    int64_t at;
    struct fact_key keys[FACTS_KEYS_MAX];
};

bool inventory_new(struct keeper *keeper, void (*say)(void *, const char *), void *context,
                   struct inventory **ret_inventory, struct error *err)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);
    if (inventory == NULL)
        return error_set(err, ERROR_MEMORY, "beginning an audit");
    inventory->keeper = keeper;
    inventory->say = say;
    inventory->say_context = context;
    facts_init(&inventory->facts);
    *ret_inventory = inventory;
    return true;
}

void inventory_free(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    json_object_put(inventory->reply);
    facts_release(&inventory->facts);
    free(inventory);
}

void inventory_cleanup(struct inventory **inventory)
{
    inventory_free(*inventory);
}

const struct facts *inventory_facts(const struct inventory *inventory)
{
    return &inventory->facts;
}

const char *inventory_arn(const struct inventory *inventory)
{
    return inventory->arn;
}

const struct error *inventory_live_failure(const struct inventory *inventory)
{
    return inventory->live_failed ? &inventory->live_failure : NULL;
}

static void say(const struct inventory *inventory, const char *what)
{
    if (inventory->say != NULL)
        inventory->say(inventory->say_context, what);
}

/* --- one question at a time --------------------------------------------------------------------*/

static void answered(void *context, struct json_object *body, const struct error *err,
                     int64_t date)
{
    struct inventory *inventory = context;
    (void)date;
    json_object_put(inventory->reply);
    inventory->reply = body != NULL ? json_object_get(body) : NULL;
    if (body == NULL)
        inventory->failure = *err;
}

/* The reply is then in inventory->reply. On failure err says why; *ret_over when it is the keeper or the
 * operator, so that there is no use in asking on. */
static bool ask(struct inventory *inventory, enum message_kind kind, struct json_object *body,
                bool *ret_over, struct error *err)
{
    json_object_put(inventory->reply);
    inventory->reply = NULL;
    inventory->failure = (struct error){0};
    *ret_over = true;
    if (!keeper_ask(inventory->keeper, kind, &body, answered, inventory, err) ||
        !keeper_drain(inventory->keeper, err))
        return false;
    *ret_over = keeper_failure(inventory->keeper) != NULL;
    if (inventory->reply == NULL)
        *err = inventory->failure;
    return inventory->reply != NULL;
}

static int64_t date_of(const struct inventory *inventory)
{
    int64_t date = body_number(inventory->reply, "date");
    return date != 0 ? date : inventory->facts.now;
}

/* Ask for what may be refused: then the source says so. False when there is no use in asking on. */
static bool try(struct inventory *inventory, enum message_kind kind, struct json_object *body,
                struct fact_source *source, struct error *err)
{
    struct error failure = {0};
    bool over;
    if (ask(inventory, kind, body, &over, &failure)) {
        fact_source_have(source, date_of(inventory));
        return true;
    }
    fact_source_fail(source, &failure);
    if (over && err != NULL)
        *err = failure;
    return !over;
}

/* --- the account -------------------------------------------------------------------------------*/

static bool identify(struct inventory *inventory, struct error *err)
{
    struct facts *facts = &inventory->facts;
    bool over;
    facts->now = when_now();
    if (!ask(inventory, MESSAGE_IDENTIFY, json_object_new_object(), &over, err))
        return false;
    facts->now = date_of(inventory);
    text_copy(facts->account, sizeof facts->account, body_string(inventory->reply, "account"));
    text_copy(facts->partition, sizeof facts->partition,
              body_string(inventory->reply, "partition"));
    text_copy(inventory->arn, sizeof inventory->arn, body_string(inventory->reply, "arn"));
    return true;
}

static bool read_summary(struct inventory *inventory, struct error *err)
{
    struct facts *facts = &inventory->facts;
    if (!try(inventory, MESSAGE_READ_SUMMARY, json_object_new_object(), &facts->summary, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "numbers");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *number = json_object_array_get_idx(list, i);
        const char *name = body_string(number, "name");
        if (strcmp(name, "AccountMFAEnabled") == 0)
            facts->root_mfa = body_number(number, "value");
        else if (strcmp(name, "AccountAccessKeysPresent") == 0)
            facts->root_keys = body_number(number, "value");
    }
    return true;
}

static bool read_password_policy(struct inventory *inventory, struct error *err)
{
    struct facts *facts = &inventory->facts;
    if (!try(inventory, MESSAGE_READ_PASSWORD_POLICY, json_object_new_object(), &facts->password_policy, err))
        return false;
    facts->policy_set = body_bool(inventory->reply, "set");
    facts->password_length = body_number(inventory->reply, "length");
    facts->password_reuse = body_number(inventory->reply, "reuse");
    return true;
}

static bool list_devices(struct inventory *inventory, struct error *err)
{
    if (!try(inventory, MESSAGE_LIST_DEVICES, json_object_new_object(), &inventory->facts.devices, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "devices");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *device = json_object_array_get_idx(list, i);
        if (!facts_add_device(&inventory->facts, body_string(device, "serial"),
                              body_string(device, "user_arn"), err))
            return false;
    }
    return true;
}

static bool list_certificates(struct inventory *inventory, struct error *err)
{
    if (!try(inventory, MESSAGE_LIST_CERTIFICATES, json_object_new_object(), &inventory->facts.certificates, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "certificates");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *certificate = json_object_array_get_idx(list, i);
        if (!facts_add_certificate(&inventory->facts, body_string(certificate, "arn"),
                                   body_number(certificate, "expires"), err))
            return false;
    }
    return true;
}

/* Those that tell who outside may reach in, and do so now. */
static bool count_analyzers(struct inventory *inventory, struct error *err)
{
    struct facts *facts = &inventory->facts;
    if (!try(inventory, MESSAGE_LIST_ANALYZERS, json_object_new_object(), &facts->analyzers, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "analyzers");
    size_t count = body_count(list);
    text_copy(facts->analyzers_region, sizeof facts->analyzers_region,
              body_string(inventory->reply, "region"));
    for (size_t i = 0; i < count; i++) {
        struct json_object *analyzer = json_object_array_get_idx(list, i);
        const char *type = body_string(analyzer, "type");
        bool external = strcmp(type, "ACCOUNT") == 0 || strcmp(type, "ORGANIZATION") == 0;
        if (external && strcmp(body_string(analyzer, "status"), "ACTIVE") == 0)
            facts->active_analyzers++;
    }
    return true;
}

static bool count_holders(struct inventory *inventory, const char *policy,
                          struct fact_source *source, size_t *ret_count, struct error *err)
{
    char arn[128];
    const char *partition = inventory->facts.partition;
    struct json_object *body = json_object_new_object();
    snprintf(arn, sizeof arn, "arn:%s:%s", *partition != '\0' ? partition : "aws", policy);
    body_set_string(body, "policy", arn);
    if (!try(inventory, MESSAGE_LIST_HOLDERS, body, source, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "holders");
    *ret_count = body_count(list);
    return true;
}

static bool list_users(struct inventory *inventory, struct error *err)
{
    if (!try(inventory, MESSAGE_LIST_USERS, json_object_new_object(), &inventory->facts.users, err))
        return false;
    struct json_object *list = body_array(inventory->reply, "users");
    size_t count = body_count(list);
    for (size_t i = 0; i < count; i++) {
        struct json_object *user = json_object_array_get_idx(list, i);
        if (!facts_add_listed(&inventory->facts, body_string(user, "name"),
                              body_string(user, "arn"), body_number(user, "created"), err))
            return false;
    }
    return true;
}

/* --- what policies allow -----------------------------------------------------------------------*/

/* Whom that tells of is not narrowed: a group's policies are its members'. */
static bool read_access(struct inventory *inventory, struct error *err)
{
    struct facts *facts = &inventory->facts;
    struct error failure = {0};
    int64_t date = 0;
    say(inventory, "reading what policies allow");
    access_release(&facts->access);
    if (granted_read(inventory->keeper, &facts->access, &date, &failure)) {
        fact_source_have(&facts->authorizations, date != 0 ? date : facts->now);
        return true;
    }
    fact_source_fail(&facts->authorizations, &failure);
    bool over = keeper_failure(inventory->keeper) != NULL || failure.code == ERROR_INTERRUPTED;
    if (over)
        *err = failure;
    return !over;
}

/* --- the report --------------------------------------------------------------------------------*/

/* Ask for a report until it is there. A denial is kept in `ret_denial`: a report of somebody else's asking
 * may be there all the same. */
static bool make_report(struct inventory *inventory, struct error *ret_denial, bool *ret_over,
                        struct error *err)
{
    int64_t until = when_monotonic_ms() + REPORT_WAIT * INT64_C(1000);
    *ret_over = false;
    for (bool told = false;; told = true) {
        struct error failure = {0};
        bool made = ask(inventory, MESSAGE_GENERATE_REPORT, json_object_new_object(), ret_over,
                        &failure);
        bool busy = !made && (failure.code == ERROR_THROTTLED ||
                              strcmp(failure.aws_code, "LimitExceeded") == 0);
        if (made && strcmp(body_string(inventory->reply, "state"), "COMPLETE") == 0)
            return true;
        if (!made && failure.code == ERROR_DENIED) {
            *ret_denial = failure;
            return true;
        }
        if (!made && !busy) {
            *err = failure;
            return false;
        }
        if (when_monotonic_ms() > until)
            return error_set(err, ERROR_TIMEOUT, "AWS did not make the report within %d s",
                             REPORT_WAIT);
        if (!told)
            say(inventory, "AWS makes a credential report; it is asked every second");
        if (!question_pause(1000, err)) {
            *ret_over = true;
            return false;
        }
    }
}

/* All parts of the report, decoded. A part that is empty or too much would never end. */
static bool fetch_report(struct inventory *inventory, struct text *csv, int64_t *ret_generated,
                         bool *ret_over, struct error *err)
{
    struct text base64 CLEANUP(text_release);
    int64_t total = 0;
    text_init(&base64, REPORT_MOST);
    do {
        struct json_object *body = json_object_new_object();
        body_set_number(body, "offset", (int64_t)base64.length);
        if (!ask(inventory, MESSAGE_READ_REPORT, body, ret_over, err))
            return false;
        const char *part = body_string(inventory->reply, "part");
        total = body_number(inventory->reply, "total");
        *ret_generated = body_number(inventory->reply, "generated");
        text_append(&base64, part);
        if (!text_ok(&base64, err) || *part == '\0')
            return *part != '\0' ? false
                                 : error_set(err, ERROR_REPLY, "the report came without content");
    } while ((int64_t)base64.length < total);
    return base64_decode(base64.bytes, base64.length, csv, err);
}

static bool comes_later(const struct error *err)
{
    return strcmp(err->aws_code, "ReportInProgress") == 0 ||
           strcmp(err->aws_code, "ReportNotPresent") == 0 ||
           strcmp(err->aws_code, "ReportExpired") == 0;
}

/* Between a COMPLETE and the reading a report can expire: then it is made once more. */
static bool get_report(struct inventory *inventory, struct text *csv, int64_t *ret_generated,
                       bool *ret_over, struct error *err)
{
    enum { TRIES = 3 };
    struct error denial = {0};
    for (int i = 0; i < TRIES; i++) {
        struct error failure = {0};
        if (!make_report(inventory, &denial, ret_over, err))
            return false;
        if (fetch_report(inventory, csv, ret_generated, ret_over, &failure))
            return true;
        bool again = !*ret_over && comes_later(&failure);
        *err = again && denial.code != ERROR_NONE ? denial : failure;
        if (!again || denial.code != ERROR_NONE)
            return false;
    }
    return false;
}

static bool read_report(struct inventory *inventory, struct error *err)
{
    struct text csv CLEANUP(text_release);
    struct error failure = {0};
    int64_t generated = 0;
    bool over = false;
    text_init(&csv, REPORT_MOST);
    if (get_report(inventory, &csv, &generated, &over, &failure)) {
        /* What is wrong with it is then in the facts. */
        (void)!facts_read_report(&inventory->facts, csv.bytes, csv.length, generated, &failure);
        return true;
    }
    fact_source_fail(&inventory->facts.report, &failure);
    if (over)
        *err = failure;
    return !over;
}

/* --- keys, live --------------------------------------------------------------------------------*/

static void look_on(struct inventory *inventory);
static void ask_uses(struct looking *looking);

static void live_failed(struct inventory *inventory, const struct error *err)
{
    if (!inventory->live_failed)
        inventory->live_failure = *err;
    inventory->live_failed = true;
}

static void looked(struct looking *looking, bool good)
{
    struct inventory *inventory = looking->inventory;
    struct facts *facts = &inventory->facts;
    if (good && looking->user < facts->user_count)
        facts_put_live(facts, &facts->list[looking->user], looking->keys, looking->count,
                       looking->at);
    free(looking);
    inventory->live_in_flight--;
    look_on(inventory);
}

/* Not to be told when a key was used leaves that open, and the rest as it is. */
static void use_read(void *context, struct json_object *body, const struct error *err,
                     int64_t date)
{
    struct looking *looking = context;
    (void)date;
    struct fact_key *key = &looking->keys[looking->next++];
    if (body != NULL) {
        int64_t at = body_number(body, "used_at");
        key->use = (struct fact_use){at != 0 ? FACT_YES : FACT_NO, at};
    } else {
        live_failed(looking->inventory, err);
    }
    ask_uses(looking);
}

static void ask_uses(struct looking *looking)
{
    struct error err = {0};
    if (looking->next == looking->kept) {
        looked(looking, true);
        return;
    }
    struct json_object *body = json_object_new_object();
    body_set_string(body, "key", looking->keys[looking->next].id);
    if (keeper_ask(looking->inventory->keeper, MESSAGE_READ_LAST_USED, &body, use_read, looking,
                   &err))
        return;
    live_failed(looking->inventory, &err);
    looked(looking, true);
}

static void keys_listed(void *context, struct json_object *body, const struct error *err,
                        int64_t date)
{
    struct looking *looking = context;
    struct json_object *keys = body != NULL ? body_array(body, "keys") : NULL;
    if (keys == NULL) {
        if (err != NULL && err->code != ERROR_NOT_FOUND)
            live_failed(looking->inventory, err);
        looked(looking, false);
        return;
    }
    looking->at = date;
    looking->count = body_count(keys);
    for (size_t i = 0; i < looking->count && i < FACTS_KEYS_MAX; i++) {
        struct json_object *from = json_object_array_get_idx(keys, i);
        struct fact_key *key = &looking->keys[looking->kept++];
        const char *status = body_string(from, "status");
        text_copy(key->id, sizeof key->id, body_string(from, "id"));
        key->created = body_number(from, "created");
        key->active = strcmp(status, "Active") == 0     ? FACT_YES
                      : strcmp(status, "Inactive") == 0 ? FACT_NO
                                                        : FACT_UNKNOWN;
    }
    ask_uses(looking);
}

static bool look(struct inventory *inventory, size_t user, struct error *err)
{
    struct looking *looking = calloc(1, sizeof *looking);
    if (looking == NULL)
        return error_set(err, ERROR_MEMORY, "looking at keys");
    looking->inventory = inventory;
    looking->user = user;
    struct json_object *body = json_object_new_object();
    body_set_string(body, "user", inventory->facts.list[user].name);
    inventory->live_in_flight++;
    if (keeper_ask(inventory->keeper, MESSAGE_LIST_KEYS, &body, keys_listed, looking, err))
        return true;
    inventory->live_in_flight--;
    free(looking);
    return false;
}

/* A permission that is missing is missing for everybody: nobody else is asked about then. */
static void look_on(struct inventory *inventory)
{
    const struct facts *facts = &inventory->facts;
    while (inventory->live_in_flight < AT_ONCE && inventory->live_next < facts->user_count &&
           !inventory->live_failed) {
        const struct fact_user *user = &facts->list[inventory->live_next++];
        struct error err = {0};
        bool meant = (inventory->live_user == NULL ||
                      strcmp(user->name, inventory->live_user) == 0) &&
                     access_selects(&facts->access, inventory->live_selection, user->name);
        if (meant && audit_wants_live_keys(facts, user) &&
            !look(inventory, inventory->live_next - 1, &err))
            live_failed(inventory, &err);
    }
}

static bool read_live(struct inventory *inventory, struct error *err)
{
    say(inventory, "looking at the keys of those for whom the report may be out of date");
    look_on(inventory);
    return keeper_drain(inventory->keeper, err);
}

bool inventory_gather(struct inventory *inventory, const char *user,
                      const struct access_selection *selection, struct error *err)
{
    struct facts *facts = &inventory->facts;
    inventory->live_user = user;
    inventory->live_selection = selection;
    say(inventory, "reading the account");
    return identify(inventory, err) && read_report(inventory, err) &&
           list_users(inventory, err) && read_summary(inventory, err) &&
           read_password_policy(inventory, err) && list_devices(inventory, err) &&
           list_certificates(inventory, err) &&
           count_holders(inventory, support_policy, &facts->support, &facts->support_holders,
                         err) &&
           count_holders(inventory, cloudshell_policy, &facts->cloudshell,
                         &facts->cloudshell_holders, err) &&
           count_analyzers(inventory, err) && read_access(inventory, err) &&
           read_live(inventory, err);
}
