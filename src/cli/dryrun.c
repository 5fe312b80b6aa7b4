#include "cli/dryrun.h"

#include <json-c/json.h>
#include <string.h>

#include "base/when.h"
#include "cli/connect.h"
#include "cli/drive.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "wire/message.h"

/* What the looks have shown. */
struct seen {
    bool self;
    char old_key[KEY_ID_SIZE];
    char new_key[KEY_ID_SIZE]; /* or "the new key" */
    char signer[KEY_ID_SIZE];
    char account[ACCOUNT_SIZE], user[USER_SIZE];
    char other[KEY_ID_SIZE]; /* a second key of the user, "" for none */
    bool adopts, retires;    /* that one */
};

static const char *signer_of(const struct seen *seen, enum dryrun_signer signer)
{
    const char *new_key = seen->new_key[0] != '\0' ? seen->new_key : "the new key";
    switch (signer) {
    case DRYRUN_BY_OLD:
        return seen->self ? seen->old_key : seen->signer;
    case DRYRUN_BY_NEW:
        return seen->self ? new_key : seen->signer;
    case DRYRUN_BY_CHECKED:
        return seen->old_key;
    }
    return "";
}

static void print_act(const struct cli *cli, const struct dryrun_act *act, const char *signer)
{
    bool call = act->call[0] != '\0';
    if (option_given(&cli->options, OPTION_JSON)) {
        struct json_object *object = json_object_new_object();
        json_add_string(object, "step", step_name(act->step));
        json_add_text(object, "call", act->call);
        json_add_text(object, "permission", act->permission);
        json_add_bool(object, "writes", act->writes);
        json_add_text(object, "signer", call ? signer : NULL);
        json_add_string(object, "detail", act->what);
        print_json(object);
    } else if (call) {
        print_line(stdout, "  %s %-25s by %-20s permission %-25s %s", act->writes ? "W" : "r",
                   act->call, signer, act->permission[0] != '\0' ? act->permission : "none needed",
                   act->what);
    } else {
        print_line(stdout, "  %s (here) %s", act->writes ? "W" : "r", act->what);
    }
}

/* What comes in the place of CreateAccessKey, or before it, when the user has two keys. Returns true
 * when no key is made. */
static bool print_second_key(const struct cli *cli, const struct seen *seen)
{
    static const struct dryrun_act adoption = {
        STEP_CREATE_NEW, "", "", false, DRYRUN_BY_OLD,
        "the second key adopted as the new one, its pair being read from a target"};
    if (seen->adopts)
        print_act(cli, &adoption, NULL);
    if (seen->retires) {
        size_t count;
        const struct dryrun_act *acts = dryrun_acts(DRYRUN_RETIREMENT, &count);
        for (size_t i = 0; i < count; i++)
            print_act(cli, &acts[i],
                      acts[i].signer == DRYRUN_BY_CHECKED ? seen->other
                                                          : signer_of(seen, acts[i].signer));
    }
    return seen->adopts;
}

/* The acts of `from` and the steps after it. */
static void print_acts(const struct cli *cli, const struct seen *seen, enum dryrun_course course,
                       enum step from)
{
    size_t count;
    const struct dryrun_act *acts = dryrun_acts(course, &count);
    bool json = option_given(&cli->options, OPTION_JSON);
    enum step step = STEP_NONE;
    for (size_t i = 0; i < count; i++) {
        const struct dryrun_act *act = &acts[i];
        if (course != DRYRUN_ROLLBACK && act->step < from)
            continue;
        if (act->step != step && !json)
            print_line(stdout, "-- %s", step_name(act->step));
        step = act->step;
        if (strcmp(act->call, "iam:CreateAccessKey") == 0 && print_second_key(cli, seen))
            continue;
        print_act(cli, act, signer_of(seen, act->signer));
    }
    if (!json)
        print_line(stdout,
                   "W changes something, r only looks. Nothing was changed by this dry run.");
}

static struct json_object *discover_body(const struct runner_request *request)
{
    struct json_object *body = json_object_new_object();
    struct json_object *to = json_object_new_array();
    for (size_t i = 0; i < request->to_count; i++)
        body_append(to, json_object_new_string(request->to[i]));
    body_set_string(body, "key", request->key != NULL ? request->key : "");
    body_set_string(body, "user", request->user != NULL ? request->user : "");
    body_put(body, "to", to);
    return body;
}

/* "target": where the new pair would go. */
static void print_targets(struct cli *cli, struct json_object *found)
{
    struct json_object *targets = body_array(found, "targets");
    size_t count = body_count(targets);
    for (size_t i = 0; i < count; i++) {
        struct json_object *target = json_object_array_get_idx(targets, i);
        if (option_given(&cli->options, OPTION_JSON)) {
            struct json_object *object = json_object_new_object();
            json_add_string(object, "target", body_string(target, "spec"));
            json_add_text(object, "path", body_string(target, "path"));
            json_add_bool(object, "readable", body_bool(target, "readable"));
            print_json(object);
        } else {
            print_line(stdout, "target   %s%s", body_string(target, "spec"),
                       body_bool(target, "readable") ? "" : " (cannot be read back)");
        }
    }
}

/* What would stop the rotation, or should be known before it. Returns true when there is a problem.
 */
static bool print_remarks(struct json_object *found)
{
    static const char *const members[] = {"warnings", "problems"};
    bool problem = false;
    for (size_t m = 0; m < 2; m++) {
        struct json_object *list = body_array(found, members[m]);
        for (size_t i = 0; i < body_count(list); i++) {
            struct json_object *item = json_object_array_get_idx(list, i);
            const char *text = json_object_is_type(item, json_type_object)
                                   ? body_string(item, "text")
                                   : json_object_get_string(item);
            problem = problem || m == 1;
            print_line(stderr, "keywright: %s: %s", m == 1 ? "would stop" : "note", text);
        }
    }
    return problem;
}

static struct json_object *one(const char *name, const char *value)
{
    struct json_object *body = json_object_new_object();
    body_set_string(body, "signer", "");
    body_set_string(body, name, value);
    return body;
}

static void read_keys(const struct cli *cli, struct json_object *listed, struct seen *seen)
{
    struct json_object *keys = body_array(listed, "keys");
    size_t count = body_count(keys);
    for (size_t i = 0; i < count; i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        const char *id = body_string(key, "id");
        char created[WHEN_TEXT_SIZE];
        bool old = strcmp(id, seen->old_key) == 0;
        if (!old)
            text_copy(seen->other, sizeof seen->other, id);
        if (!option_given(&cli->options, OPTION_JSON))
            print_line(stdout, "key      %s %s, created %s%s", id, body_string(key, "status"),
                       when_format(body_number(key, "created"), created),
                       old ? " (to be replaced)" : "");
    }
}

struct open_of_user {
    char id[ID_SIZE];
};

static bool take_id(void *context, int64_t number, const struct rotation_row *row)
{
    struct open_of_user *open = context;
    (void)number;
    text_copy(open->id, sizeof open->id, row->id);
    return false;
}

/* 3 when the user has an open rotation, which is named then; else 0. */
static int open_already(const struct cli *cli, const struct seen *seen)
{
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct error err = {0};
    struct open_of_user open = {.id = ""};
    struct rotation_filter filter = {
        .open_only = true, .account = seen->account, .user = seen->user, .limit = 1};
    if (!connect_journal_if_any(cli, &journal, &err) ||
        (journal != NULL && !journal_rotations(journal, &filter, take_id, &open, &err)))
        return report_error(&err, NULL);
    if (open.id[0] == '\0')
        return 0;
    struct text remedy CLEANUP(text_release);
    text_init(&remedy, TEXT_SIZE * 16);
    outcome_ways_on(cli, open.id, &remedy);
    return report_problem(3, remedy.bytes, "user %s has an open rotation, %s", seen->user, open.id);
}

/* A compromised key, or a session of it, would sign. */
static bool signer_fits(const struct runner_request *request, const struct seen *seen,
                        struct json_object *identity, struct error *err)
{
    struct plan plan = {.self = seen->self, .compromised = request->compromised};
    char why[TEXT_SIZE];
    text_copy(plan.old_key, sizeof plan.old_key, seen->old_key);
    text_copy(plan.user, sizeof plan.user, seen->user);
    return plan_signer_fits(&plan, seen->signer, body_string(identity, "arn"),
                            body_string(identity, "source"), why) ||
           error_set(err, ERROR_SIGNER, "%s", why);
}

/* What `rotate` would end with before anything is made; 0 when it would go on. */
static int would_stop(const struct cli *cli, const struct runner_request *request,
                      struct seen *seen)
{
    const char *adopt = request->adopt_key != NULL ? request->adopt_key : "";
    const char *retire = request->retire_key != NULL ? request->retire_key : "";
    int open = open_already(cli, seen);
    if (open != 0)
        return open;
    seen->adopts = seen->other[0] != '\0' && strcmp(adopt, seen->other) == 0;
    seen->retires = seen->other[0] != '\0' && strcmp(retire, seen->other) == 0;
    if ((adopt[0] != '\0' && !seen->adopts) || (retire[0] != '\0' && !seen->retires))
        return report_problem(1, "see 'keywright keys'", "%s is not a second key of %s",
                              adopt[0] != '\0' ? adopt : retire, seen->user);
    if (seen->other[0] != '\0' && !seen->adopts && !seen->retires)
        return report_two_keys(seen->user, seen->old_key, seen->other);
    return 0;
}

static bool is_expected(const struct runner_request *request, const struct seen *seen,
                        const char *arn, struct error *err)
{
    const char *expected = request->expect_account != NULL ? request->expect_account : "";
    if (expected[0] == '\0' || strcmp(expected, seen->account) == 0)
        return true;
    return error_set(err, ERROR_ACCOUNT, "account %s is expected, and %s is %s of account %s",
                     expected, seen->signer, arn, seen->account);
}

/* An MFA policy may deny it to the pair: then in a session, as the rotation would. */
static bool list_keys(struct cli *cli, struct keeper *keeper, const char *user, struct json_object **ret_keys,
                      struct error *err)
{
    struct error denial = {0};
    struct json_object *body = keeper_look(keeper);
    body_set_string(body, "user", user);
    if (connect_ask(keeper, MESSAGE_LIST_KEYS, &body, ret_keys, &denial))
        return true;
    if (!mfa_look_again(cli, keeper, &denial, err))
        return false;
    body = keeper_look(keeper);
    body_set_string(body, "user", user);
    return connect_ask(keeper, MESSAGE_LIST_KEYS, &body, ret_keys, err);
}

/* The three looks in order. What they show goes to `seen`. */
static bool look(struct cli *cli, struct keeper *keeper, const struct runner_request *request,
                 struct seen *seen, bool *ret_problem, struct error *err)
{
    struct json_object *body = discover_body(request), *found = NULL, *identity = NULL,
                       *keys = NULL;
    if (!connect_ask(keeper, MESSAGE_DISCOVER, &body, &found, err))
        return false;
    text_copy(seen->old_key, sizeof seen->old_key, body_string(found, "key"));
    body = one("key", seen->old_key);
    body_set_bool(body, "alias", request->ask_alias);
    bool good = connect_ask(keeper, MESSAGE_IDENTIFY, &body, &identity, err);
    if (good) {
        const char *user = body_string(identity, "owner");
        const char *slash = strrchr(body_string(identity, "arn"), '/');
        if (user[0] == '\0')
            user = request->user != NULL ? request->user : slash != NULL ? slash + 1 : "";
        text_copy(seen->signer, sizeof seen->signer, body_string(identity, "signer"));
        seen->self = request->as_profile == NULL && strcmp(seen->signer, seen->old_key) == 0;
        text_copy(seen->user, sizeof seen->user, user);
        text_copy(seen->account, sizeof seen->account, body_string(identity, "account"));
        good = is_expected(request, seen, body_string(identity, "arn"), err) &&
               runner_may_sign(body_string(identity, "arn"), err) &&
               signer_fits(request, seen, identity, err);
        if (good) {
            good = list_keys(cli, keeper, user, &keys, err);
        }
        if (good && !option_given(&cli->options, OPTION_JSON)) {
            const char *alias = body_string(identity, "alias");
            print_line(stdout, "account  %s%s%s (%s)", alias, alias[0] != '\0' ? ", " : "",
                       seen->account, body_string(identity, "partition"));
            print_line(stdout, "user     %s", user);
            print_line(stdout, "signs    %s as %s", seen->signer, body_string(identity, "arn"));
        }
    }
    if (good) {
        read_keys(cli, keys, seen);
        print_targets(cli, found);
        *ret_problem = print_remarks(found);
    }
    json_object_put(found);
    json_object_put(identity);
    json_object_put(keys);
    return good;
}

int dryrun_rotate(struct cli *cli, const struct runner_request *request)
{
    struct error err = {0};
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct seen seen = {0};
    bool problem = false;
    connect_catch_signals(NULL);
    if (!connect_keeper(cli, &keeper, &err) || !connect_confine(cli, NULL, &err) ||
        !mfa_open_role(cli, keeper, false, &err) || !look(cli, keeper, request, &seen, &problem, &err))
        return report_error(&err, NULL);
    int stop = would_stop(cli, request, &seen);
    if (stop != 0)
        return stop;
    print_acts(cli, &seen, request->compromised ? DRYRUN_COMPROMISED : DRYRUN_ROTATION,
               STEP_CREATE_NEW);
    return problem ? 1 : 0;
}

int dryrun_open(struct cli *cli, const struct rotation *rotation, const char *id, bool rollback)
{
    struct seen seen = {.self = rotation->plan.self};
    struct effect next;
    text_copy(seen.old_key, sizeof seen.old_key, rotation->plan.old_key);
    text_copy(seen.new_key, sizeof seen.new_key, rotation->new_key.id);
    text_copy(seen.signer, sizeof seen.signer, rotation->plan.signer_key);
    rotation_next(rotation, when_now(), &next);
    if (rollback && rotation_rollback_revives(rotation))
        print_line(stderr, "keywright: note: %s, the compromised key, would be Active again",
                   rotation->plan.old_key);
    if (!option_given(&cli->options, OPTION_JSON)) {
        print_line(stdout, "rotation %s of user %s, account %s: %s", id, rotation->plan.user,
                   rotation->plan.account, rotation_state_name(rotation->state));
        if (!rollback)
            print_line(stdout, "first: %s%s%s; what is done already is looked at, not done again",
                       effect_name(next.kind), next.text[0] != '\0' ? ": " : "", next.text);
    }
    print_acts(cli, &seen,
               rollback || rotation->state == ROTATION_ROLLING_BACK ? DRYRUN_ROLLBACK
               : rotation->plan.compromised                         ? DRYRUN_COMPROMISED
                                                                    : DRYRUN_ROTATION,
               rotation_state_step(rotation->state));
    return 0;
}
