/* Before the first event: which key, whose, where it is used, who signs. Nothing is journalled until
 * all of it is known and fits together. */
#include "runner/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/when.h"

static bool copy(char *to, size_t size, const char *from, const char *option, struct error *err)
{
    if (from == NULL || text_copy(to, size, from))
        return true;
    return error_set(err, ERROR_USAGE, "%s is longer than %zu characters", option, size - 1);
}

/* A code is asked for once: a session that was taken to look signs the rotation too, as long as it lasts. */
static void take_session(struct opening *opening, const struct runner_session *session)
{
    if (session == NULL || session->date == 0)
        return;
    opening->session.kind = EVENT_SESSION_TAKEN;
    opening->session.date = session->date;
    opening->session.count = session->expires;
    opening->by_pair = session->serial[0] != '\0';
    text_copy(opening->plan.mfa_serial, sizeof opening->plan.mfa_serial, session->serial);
}

static bool copy_request(struct opening *opening, const struct runner_request *request,
                         struct error *err)
{
    struct plan *plan = &opening->plan;
#define COPY(member, from, option)                                                                 \
    if (!copy(plan->member, sizeof plan->member, request->from, option, err))                      \
    return false
    COPY(profile, profile, "--profile");
    COPY(as_profile, as_profile, "--as");
    COPY(old_key, key, "--key");
    COPY(region, region, "--region");
    COPY(endpoint_url, endpoint_url, "--endpoint-url");
    COPY(verify, verify, "--verify");
    COPY(adopt_key, adopt_key, "--new-key");
    COPY(retire_key, retire_key, "--retire");
    COPY(reason, reason, "--reason");
    COPY(ticket, ticket, "--ticket");
#undef COPY
    if (!copy(opening->user, sizeof opening->user, request->user, "--user", err) ||
        !copy(opening->expect_account, sizeof opening->expect_account, request->expect_account,
              "--expect-account", err))
        return false;
    for (size_t i = 0; i < request->test_count; i++)
        if (!copy(plan->tests[i], sizeof plan->tests[i], request->tests[i], "--test", err))
            return false;
    for (size_t i = 0; i < request->to_count; i++)
        if (!copy(opening->to[i], sizeof opening->to[i], request->to[i], "--to", err))
            return false;
    plan->test_count = request->test_count;
    opening->to_count = request->to_count;
    plan->settle = request->settle;
    plan->quiet = request->quiet;
    plan->soak = request->soak;
    plan->consistency = request->consistency;
    plan->timeout = request->timeout;
    plan->compromised = request->compromised;
    opening->ask_alias = request->ask_alias;
    take_session(opening, request->session);
    return true;
}

static void opening_failed(struct runner *runner, enum error_code code, const char *text)
{
    struct error err;
    error_set(&err, code, "%s", text);
    runner_fail(runner, &err);
}

/* --- the last step: everything is known -------------------------------------------------------- */

/* IAM, CreateUser, UserName. AWS's own word is held to it too: a rotation of a user whom nobody can name
 * could only be abandoned. */
static bool is_user_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    size_t length = strlen(name);
    return length >= 1 && length <= 128 && strspn(name, allowed) == length;
}

bool runner_may_sign(const char *arn, struct error *err)
{
    size_t length = strlen(arn);
    return length < 5 || strcmp(arn + length - 5, ":root") != 0 ||
           error_set(err, ERROR_IDENTITY, "%s is the root user; its keys are not rotated but deleted, in the console", arn);
}

static bool fits_together(const struct opening *opening, struct error *err)
{
    const struct plan *plan = &opening->plan;
    const char *wanted_user = opening->user;
    char why[TEXT_SIZE];
    if (!runner_may_sign(plan->signer_arn, err))
        return false;
    if (plan->user[0] == '\0')
        return error_set(err, ERROR_IDENTITY,
                         "it cannot be seen which user %s belongs to; name it with --user",
                         plan->old_key);
    if (!is_user_name(plan->user))
        return error_set(err, strcmp(wanted_user, plan->user) == 0 ? ERROR_USAGE : ERROR_REPLY,
                         "%s is not the name of an IAM user", plan->user);
    if (wanted_user[0] != '\0' && strcmp(wanted_user, plan->user) != 0)
        return error_set(err, ERROR_IDENTITY, "%s belongs to %s, not to %s", plan->old_key, plan->user,
                         wanted_user);
    if (!plan_signer_fits(plan, plan->signer_key, plan->signer_arn, opening->source, why))
        return error_set(err, ERROR_SIGNER, "%s", why);
    if (plan->target_count == 0)
        return error_set(err, ERROR_USAGE,
                         "no file holds %s, so the new key would go nowhere; say where with --to: "
                         "command:CMD, or show on a terminal",
                         plan->old_key);
    if (strcmp(plan->adopt_key, plan->old_key) == 0 || strcmp(plan->retire_key, plan->old_key) == 0)
        return error_set(err, ERROR_USAGE, "%s is the key that is to be replaced", plan->old_key);
    if (plan->adopt_key[0] != '\0' && strcmp(plan->adopt_key, plan->retire_key) == 0)
        return error_set(err, ERROR_USAGE, "%s cannot be both adopted and retired", plan->adopt_key);
    return true;
}

/* Who we are and where AWS is, as the keeper has settled it: a resume goes by this alone. */
static void take_settings(struct plan *plan, struct json_object *hello)
{
#define TAKE(member) text_copy(plan->member, sizeof plan->member, body_string(hello, #member))
    TAKE(profile_source);
    TAKE(region);
    TAKE(endpoint_iam);
    TAKE(endpoint_sts);
    TAKE(endpoint_sso);
    TAKE(endpoint_cloudtrail);
    TAKE(endpoint_access_analyzer);
#undef TAKE
    plan->use_fips = body_bool(hello, "use_fips");
    plan->use_dualstack = body_bool(hello, "use_dualstack");
}

/* A session that a role was assumed with before there was a rotation is told like any other. */
static bool journal_session(struct runner *runner, struct opening *opening, struct error *err)
{
    struct event *event = &opening->session;
    if (event->date == 0)
        return true;
    text_copy(event->key, sizeof event->key, opening->plan.signer_key);
    return runner_record(runner, event, NULL, err);
}

static void journal_opened(struct runner *runner)
{
    struct opening *opening = runner->opening;
    take_settings(&opening->plan, keeper_hello(runner->keeper));
    struct event event = {.kind = EVENT_OPENED,
                          .at = when_now(),
                          .date = opening->date,
                          .plan = &opening->plan};
    struct error err;
    text_copy(event.actor, sizeof event.actor, runner->actor);
    if (!fits_together(opening, &err) ||
        !journal_begin(runner->journal, &event, runner->id, &err) ||
        !rotation_apply(&runner->rotation, &event, &err)) {
        runner_fail(runner, &err);
        return;
    }
    runner->phase = PHASE_RUNNING;
    runner->poked = true;
    if (runner->told != NULL)
        runner->told(runner->told_context, &runner->rotation, &event);
    bool good = journal_session(runner, opening, &err) && runner_prepare(runner, &err);
    free(opening);
    runner->opening = NULL;
    memset(&runner->effect, 0, sizeof runner->effect);
    if (!good)
        runner_fail(runner, &err);
}

static bool take_row(void *context, int64_t number, const struct rotation_row *row)
{
    (void)number;
    *(struct rotation_row *)context = *row;
    return false;
}

bool runner_in_the_way(const struct runner *runner, struct rotation_row *ret_row)
{
    struct rotation_row row = {0};
    struct error ignored;
    if (!runner->failed || runner->error.code != ERROR_ROTATION_OPEN || runner->opening == NULL)
        return false;
    const struct plan *plan = &runner->opening->plan;
    const struct rotation_filter filter = {
        .open_only = true, .account = plan->account, .user = plan->user, .limit = 1};
    if (!journal_rotations(runner->journal, &filter, take_row, &row, &ignored) || row.id[0] == '\0')
        return false;
    *ret_row = row;
    return true;
}

/* --- questions one after the other -------------------------------------------------------------- */

static void discover(struct runner *runner);
static void identify(struct runner *runner);
static void list_keys(struct runner *runner);

static void user_of_arn(const char *arn, char *ret_user, size_t size)
{
    const char *slash = strrchr(arn, '/');
    if (strstr(arn, ":user/") != NULL && slash != NULL)
        text_copy(ret_user, size, slash + 1);
}

static void listed(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct runner *runner = context;
    runner->waiting_for_reply = false;
    if (err != NULL && err->code == ERROR_DENIED) {
        runner->opening->after_code = list_keys;
        opening_denied(runner, err);
        return;
    }
    if (err != NULL) {
        runner_fail(runner, err);
        return;
    }
    struct json_object *keys = body_array(body, "keys");
    size_t count = body_count(keys);
    if (count != 1) {
        struct error several;
        error_set(&several, ERROR_USAGE, "%s has %zu keys; say which one with --key",
                  runner->opening->plan.user, count);
        runner_fail(runner, &several);
        return;
    }
    const char *id = body_string(json_object_array_get_idx(keys, 0), "id");
    text_copy(runner->opening->plan.old_key, KEY_ID_SIZE, id);
    discover(runner);
}

static void list_keys(struct runner *runner)
{
    struct plan *plan = &runner->opening->plan;
    const char *user = runner->opening->user[0] != '\0' ? runner->opening->user : plan->user;
    struct error err;
    if (user[0] == '\0') {
        opening_failed(runner, ERROR_USAGE, "no profile holds a key; say which one with --key or --user");
        return;
    }
    text_copy(plan->user, sizeof plan->user, user);
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_bool(body, "session", runner->opening->by_pair);
    body_set_string(body, "user", user);
    if (!runner_ask(runner, MESSAGE_LIST_KEYS, body, listed, &err))
        runner_fail(runner, &err);
}

/* Before another question is asked of an account that nobody meant. */
static bool is_expected_account(const struct opening *opening, struct error *err)
{
    const struct plan *plan = &opening->plan;
    if (opening->expect_account[0] == '\0' || strcmp(opening->expect_account, plan->account) == 0)
        return true;
    return error_set(err, ERROR_ACCOUNT, "account %s is expected, and %s is %s of account %s",
                     opening->expect_account, plan->signer_key, plan->signer_arn, plan->account);
}

static void identified(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    struct runner *runner = context;
    runner->waiting_for_reply = false;
    if (err != NULL && err->code == ERROR_MFA_NEEDED) {
        runner->opening->after_code = identify;
        opening_ask_code(runner, err);
        return;
    }
    if (err != NULL) {
        runner_fail(runner, err);
        return;
    }
    struct opening *opening = runner->opening;
    struct plan *plan = &opening->plan;
    opening->date = date;
    text_copy(plan->account, sizeof plan->account, body_string(body, "account"));
    text_copy(plan->partition, sizeof plan->partition, body_string(body, "partition"));
    text_copy(plan->signer_arn, sizeof plan->signer_arn, body_string(body, "arn"));
    text_copy(plan->signer_key, sizeof plan->signer_key, body_string(body, "signer"));
    text_copy(opening->source, sizeof opening->source, body_string(body, "source"));
    text_copy(runner->account_alias, sizeof runner->account_alias, body_string(body, "alias"));
    struct error unexpected;
    if (!is_expected_account(opening, &unexpected)) {
        runner_fail(runner, &unexpected);
        return;
    }
    /* However the identity was named: a key never signs its own end as an administrator. */
    plan->self = plan->old_key[0] != '\0' && strcmp(plan->signer_key, plan->old_key) == 0;
    if (plan->self)
        text_copy(plan->user_arn, sizeof plan->user_arn, plan->signer_arn);
    /* A role's own mfa_serial is for AssumeRole; a pair's is for a session of it. */
    if (body_bool(body, "long_term") && !opening->by_pair)
        text_copy(plan->mfa_serial, sizeof plan->mfa_serial, body_string(body, "mfa_serial"));
    text_copy(plan->user, sizeof plan->user, body_string(body, "owner"));
    if (plan->user[0] == '\0' && (plan->self || plan->old_key[0] == '\0'))
        user_of_arn(plan->signer_arn, plan->user, sizeof plan->user);
    if (plan->user[0] == '\0' && plan->old_key[0] != '\0')
        text_copy(plan->user, sizeof plan->user, opening->user);
    if (plan->old_key[0] == '\0')
        list_keys(runner);
    else
        journal_opened(runner);
}

static void identify(struct runner *runner)
{
    struct error err;
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_string(body, "key", runner->opening->plan.old_key);
    body_set_bool(body, "alias", runner->opening->ask_alias);
    if (!runner_ask(runner, MESSAGE_IDENTIFY, body, identified, &err))
        runner_fail(runner, &err);
}

static bool take_targets(struct plan *plan, struct json_object *body, struct error *err)
{
    struct json_object *targets = body_array(body, "targets");
    size_t count = body_count(targets);
    if (count > TARGETS_MAX)
        return error_set(err, ERROR_USAGE, "%zu targets are more than %d", count, TARGETS_MAX);
    plan->target_count = count;
    for (size_t i = 0; i < count; i++) {
        struct json_object *from = json_object_array_get_idx(targets, i);
        struct target *target = &plan->targets[i];
        if (!text_copy(target->spec, sizeof target->spec, body_string(from, "spec")) ||
            !text_copy(target->path, sizeof target->path, body_string(from, "path")))
            return error_set(err, ERROR_USAGE, "the name of target %zu is too long", i + 1);
        target->readable = body_bool(from, "readable");
    }
    return true;
}

/* The first of the things that make the pair or a target unfit. */
static bool no_problem(struct json_object *body, struct error *err)
{
    struct json_object *problems = body_array(body, "problems");
    if (problems == NULL || json_object_array_length(problems) == 0)
        return true;
    struct json_object *first = json_object_array_get_idx(problems, 0);
    if (!json_object_is_type(first, json_type_object))
        return error_set(err, ERROR_TARGET, "%s", json_object_get_string(first));
    return error_set(err, error_from_name(body_string(first, "error")), "%s",
                     body_string(first, "text"));
}

static void adopted_seen(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct runner *runner = context;
    struct error unfit;
    const char *key = runner->opening->plan.adopt_key;
    runner->waiting_for_reply = false;
    if (err != NULL) {
        runner_fail(runner, err);
    } else if (!body_bool(body, "pair_held")) {
        error_set(&unfit, ERROR_TARGET,
                  "the pair of %s is nowhere here, so that it could not be handed over; --retire %s "
                  "removes that key first",
                  key, key);
        runner_fail(runner, &unfit);
    } else {
        identify(runner);
    }
}

/* A key that is to be adopted is handed over like a new one, so its secret has to be here. */
static void look_for_adopted(struct runner *runner)
{
    struct error err;
    struct json_object *body = json_object_new_object();
    body_set_string(body, "key", runner->opening->plan.adopt_key);
    if (!runner_ask(runner, MESSAGE_DISCOVER, body, adopted_seen, &err))
        runner_fail(runner, &err);
}

static void discovered(void *context, struct json_object *body, const struct error *err, int64_t date)
{
    (void)date;
    struct runner *runner = context;
    struct error unfit;
    runner->waiting_for_reply = false;
    if (err != NULL) {
        runner_fail(runner, err);
        return;
    }
    struct plan *plan = &runner->opening->plan;
    text_copy(plan->old_key, sizeof plan->old_key, body_string(body, "key"));
    if (plan->profile[0] == '\0')
        text_copy(plan->profile, sizeof plan->profile, body_string(body, "profile"));
    plan->pair_held = body_bool(body, "pair_held");
    if (!no_problem(body, &unfit) || !take_targets(plan, body, &unfit)) {
        runner_fail(runner, &unfit);
        return;
    }
    if (plan->adopt_key[0] != '\0')
        look_for_adopted(runner);
    else
        identify(runner);
}

static void discover(struct runner *runner)
{
    struct opening *opening = runner->opening;
    struct error err;
    struct json_object *body = json_object_new_object();
    struct json_object *to = json_object_new_array();
    for (size_t i = 0; i < opening->to_count; i++)
        body_append(to, json_object_new_string(opening->to[i]));
    body_set_string(body, "key", opening->plan.old_key);
    body_set_string(body, "user", opening->user);
    body_put(body, "to", to);
    if (!runner_ask(runner, MESSAGE_DISCOVER, body, discovered, &err))
        runner_fail(runner, &err);
}

bool opening_begin(struct runner *runner, const struct runner_request *request, struct error *err)
{
    runner->opening = calloc(1, sizeof *runner->opening);
    if (runner->opening == NULL)
        return error_set(err, ERROR_MEMORY, "opening a rotation");
    if (!copy_request(runner->opening, request, err))
        return false;
    /* Another user's key is never the one that the administrator's own profile holds. */
    if (request->user != NULL && request->user[0] != '\0' &&
        (request->key == NULL || request->key[0] == '\0'))
        identify(runner);
    else
        discover(runner);
    if (runner->failed)
        *err = runner->error;
    return !runner->failed;
}
