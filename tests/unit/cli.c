/* Options, commands and the dry run's list, through their headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <json-c/json.h>

#include "aws/action.h"
#include "aws/endpoint.h"
#include "cli/cli.h"
#include "cli/dryrun.h"
#include "cli/open.h"
#include "cli/permissions.h"
#include "cli/policy_documents.h"
#include "runner/allow.h"

/* Parse the words after "keywright". */
static bool parse(struct options *options, struct error *err, const char *a, const char *b,
                  const char *c, const char *d)
{
    char *argv[] = {(char *)"keywright", (char *)a, (char *)b, (char *)c, (char *)d, NULL};
    int argc = 1;
    while (argv[argc] != NULL)
        argc++;
    return options_parse(argc, argv, options, err);
}

static void refused(const char *a, const char *b, const char *c, const char *says)
{
    struct options options;
    struct error err = {0};
    assert_false(parse(&options, &err, a, b, c, NULL));
    assert_int_equal(err.code, ERROR_USAGE);
    if (strstr(err.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, says);
}

static void values_come_in_both_forms(void **state)
{
    struct options options;
    struct error err;
    (void)state;
    assert_true(parse(&options, &err, "rotate", "--key", "AKIAX", "--soak=15m"));
    assert_string_equal(options.command, "rotate");
    assert_string_equal(option_string(&options, OPTION_KEY), "AKIAX");
    assert_int_equal(option_number(&options, OPTION_SOAK, 0), 900);
    assert_true(parse(&options, &err, "--reason=--yes", "--settle=0", "-v", "status"));
    assert_string_equal(option_string(&options, OPTION_REASON), "--yes");
    assert_true(option_given(&options, OPTION_SETTLE));
    assert_int_equal(option_number(&options, OPTION_SETTLE, 5), 0);
    assert_true(option_given(&options, OPTION_VERBOSE));
    assert_false(option_given(&options, OPTION_YES));
    assert_int_equal(option_number(&options, OPTION_SOAK, 77), 77);
}

static void the_last_value_counts(void **state)
{
    struct options options;
    struct error err;
    (void)state;
    assert_true(parse(&options, &err, "--settle=0", "--profile=a", "--profile=b", "--settle=2s"));
    assert_string_equal(option_string(&options, OPTION_PROFILE), "b");
    assert_int_equal(option_number(&options, OPTION_SETTLE, 5), 2);
}

static void lists_keep_their_order(void **state)
{
    struct options options;
    struct error err;
    (void)state;
    assert_true(parse(&options, &err, "--to=file", "--to", "file:x", "--to=command:y"));
    assert_int_equal(options.counts[OPTION_TO], 3);
    assert_string_equal(options.lists[OPTION_TO][1], "file:x");
    assert_string_equal(options.lists[OPTION_TO][2], "command:y");
}

static void two_dashes_end_options(void **state)
{
    struct options options;
    struct error err;
    (void)state;
    assert_true(parse(&options, &err, "history", "--", "--json", NULL));
    assert_false(option_given(&options, OPTION_JSON));
    assert_int_equal(options.argument_count, 1);
    assert_string_equal(options.arguments[0], "--json");
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    refused("--profil", "x", NULL, "did you mean --profile?");
    refused("--zzzzzzzz", NULL, NULL, "unknown option --zzzzzzzz");
    refused("-x", NULL, NULL, "unknown option -x");
    refused("--json=yes", NULL, NULL, "takes no value");
    refused("--profile", NULL, NULL, "needs a value");
    refused("--profile", "--yes", NULL, "needs a value");
    refused("--profile=", NULL, NULL, "not empty");
    refused("--soak=15", NULL, NULL, "--soak: '15' is not a duration");
    refused("--soak=-1h", NULL, NULL, "not a duration");
    refused("--soak=101d9", NULL, NULL, "not a duration");
    refused("--port=70000", NULL, NULL, "not a number");
    refused("--port=-1", NULL, NULL, "not a number");
    refused("--port=1x", NULL, NULL, "not a number");
    refused("--drill=leak", NULL, NULL, "not in this version");
}

static void long_values_are_refused(void **state)
{
    char word[700] = "--reason=";
    (void)state;
    memset(word + 9, 'a', 600);
    refused(word, NULL, NULL, "longer than");
}

static void outputs_stay_on_failure(void **state)
{
    struct options options = {.argument_count = 3};
    struct error err;
    (void)state;
    assert_false(parse(&options, &err, "--nonsense", NULL, NULL, NULL));
    assert_int_equal(options.argument_count, 3);
}

static void a_command_takes_only_its_options(void **state)
{
    struct options options;
    struct error err;
    (void)state;
    assert_true(parse(&options, &err, "status", "--settle=1s", NULL, NULL));
    assert_false(options_accept(&options, "status", &command_seek("status")->accepts, &err));
    assert_non_null(strstr(err.text, "'status' does not take --settle"));
    assert_true(options_accept(&options, "rotate", &command_seek("rotate")->accepts, &err));
}

/* However many there are. */
static void options_are_told_apart(void **state)
{
    static const struct option_set refused = {{WITH(YES), WITH(VERSION)}};
    struct error err = {0};
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        char word[64];
        struct options options;
        const struct option_row *row = option_row((enum option)i);
        snprintf(word, sizeof word, "--%s%s", row->name, row->kind == OPTION_FLAG ? "" : "=0");
        assert_true(parse(&options, &err, word, NULL, NULL, NULL));
        for (int k = 0; k < OPTION_COUNT; k++)
            assert_true(option_given(&options, (enum option)k) == (k == i));
        struct option_set others = {{0}};
        assert_int_equal(options_accept(&options, "x", &others, &err), i == OPTION_HELP || i == OPTION_VERSION);
        others.has[i] = true;
        assert_true(options_accept(&options, "x", &others, &err));
        assert_int_equal(options_refuse(&options, "x", &refused, &err), i != OPTION_YES && i != OPTION_VERSION);
    }
}

/* What is not shown as it is could hide something from whoever is asked. */
static void commands_that_are_asked_about(void **state)
{
    static const struct {
        const char *command;
        bool good;
    } cases[] = {{"put-key --env 'a b'", true}, {"p\xc3\xbct", true},      {"", false},
                 {"put 'x", false},             {"put\tx", false},          {"put\033[2Jx", false},
                 {"put \xe2\x80\xaex", false}, {"put \xff", false},        {"put\nx", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        if (allow_can_ask(cases[i].command, &err) != cases[i].good)
            fail_msg("case %zu: %s", i, err.text);
        assert_int_equal(err.code, cases[i].good ? ERROR_NONE : ERROR_USAGE);
    }
}

static void every_command_is_complete(void **state)
{
    size_t count;
    const struct command *list = commands(&count);
    (void)state;
    assert_int_equal(count, 16);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(command_seek(list[i].name), &list[i]);
        assert_true(strlen(list[i].summary) > 10 && strlen(list[i].summary) < 80);
        assert_non_null(list[i].run);
        assert_true(list[i].least <= list[i].most);
        assert_true((list[i].most > 0) == (list[i].arguments[0] != '\0'));
        /* These mean the same everywhere. */
        assert_true(list[i].accepts.has[OPTION_JSON]);
        assert_true(list[i].accepts.has[OPTION_JOURNAL]);
    }
    assert_null(command_seek("audits"));
}

static void key_ids(void **state)
{
    (void)state;
    char longest[KEY_ID_SIZE + 1];
    memset(longest, 'A', sizeof longest);
    longest[KEY_ID_SIZE] = '\0';
    assert_true(is_key_id("AKIAIOSFODNN7EXAMPLE"));
    assert_true(is_key_id("ASIAIOSFODNN7_aa"));
    assert_true(is_key_id(longest + 1));
    assert_false(is_key_id(longest));
    assert_false(is_key_id("AKIAIOSFODNN7EX"));
    assert_false(is_key_id("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
    assert_false(is_key_id("AKIAIOSFODNN7EXAMPL\n"));
}

static void distances(void **state)
{
    (void)state;
    assert_int_equal(names_distance("status", "status"), 0);
    assert_int_equal(names_distance("statsu", "status"), 2);
    assert_int_equal(names_distance("", "abc"), 3);
    assert_int_equal(names_distance("rotat", "rotate"), 1);
    assert_int_equal(names_distance("a123456789012345678901234567890123", "a"), 99);
}

static void plans(void **state)
{
    int64_t quiet = -1, soak = -1;
    struct error err;
    (void)state;
    assert_true(plan_word("careful", &quiet, &soak, &err));
    assert_int_equal(quiet, 86400);
    assert_int_equal(soak, 86400);
    assert_true(plan_word("today", &quiet, &soak, &err));
    assert_int_equal(quiet, 3600);
    assert_int_equal(soak, 14400);
    assert_true(plan_word("now", &quiet, &soak, &err));
    assert_int_equal(quiet + soak, 0);
    assert_false(plan_word("never", &quiet, &soak, &err));
    assert_int_equal(err.code, ERROR_USAGE);
}

static void overrides(void **state)
{
    enum gate_id gate = GATE_COUNT;
    const char *reason = NULL;
    struct error err;
    (void)state;
    assert_true(override_parse("soak_over=the CEO said = so", &gate, &reason, &err));
    assert_int_equal(gate, GATE_SOAK_OVER);
    assert_string_equal(reason, "the CEO said = so");
    static const char *const never[] = {"identity=x", "not_last_key=x", "still_inactive=x",
                                        "soak_over",  "soak_over=",     "nonsense=x",
                                        "=x",         "soak_overr=x"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        assert_false(override_parse(never[i], &gate, &reason, &err));
        assert_int_equal(err.code, ERROR_USAGE);
    }
    assert_int_equal(gate, GATE_SOAK_OVER);
}

/* The front's list of acts and the keeper's table of actions say the same of each call. */
static void the_dry_run_knows_every_permission(void **state)
{
    (void)state;
    for (int course = 0; course < DRYRUN_COURSES; course++) {
        size_t count;
        const struct dryrun_act *acts = dryrun_acts((enum dryrun_course)course, &count);
        bool creates = false, deletes = false;
        for (size_t i = 0; i < count; i++) {
            const char *colon = strchr(acts[i].call, ':');
            if (colon == NULL) {
                assert_string_equal(acts[i].call, "");
                assert_string_equal(acts[i].permission, "");
                continue;
            }
            int found = AWS_ACTION_COUNT;
            for (int action = 0; action < AWS_ACTION_COUNT; action++)
                if (strcmp(aws_action((enum aws_action)action)->name, colon + 1) == 0)
                    found = action;
            assert_int_not_equal(found, AWS_ACTION_COUNT);
            const struct aws_action_row *row = aws_action((enum aws_action)found);
            assert_string_equal(acts[i].permission, row->permission);
            assert_int_equal(acts[i].writes, row->writes);
            const char *service = aws_service_name(row->service);
            assert_int_equal(strlen(service), colon - acts[i].call);
            assert_memory_equal(acts[i].call, service, strlen(service));
            creates = creates || found == AWS_CREATE_ACCESS_KEY;
            deletes = deletes || found == AWS_DELETE_ACCESS_KEY;
        }
        assert_int_equal(creates, course == DRYRUN_ROTATION || course == DRYRUN_COMPROMISED);
        assert_true(deletes);
    }
}

static const struct aws_action_row *action_of(const char *permission)
{
    for (int action = 0; action < AWS_ACTION_COUNT; action++)
        if (strcmp(aws_action((enum aws_action)action)->permission, permission) == 0)
            return aws_action((enum aws_action)action);
    return NULL;
}

static bool holds(enum permission_holder holder, const char *permission)
{
    struct permission list[PERMISSIONS_MAX];
    size_t count = permissions_of(holder, list);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, permission) == 0)
            return true;
    return false;
}

/* What the keeper can call and no command asks it for, whose resource only the operator knows, or what
 * is done without where it is refused. */
static bool is_in_no_policy(const char *permission)
{
    static const char *const names[] = {"iam:GetUser", "sts:AssumeRole", "iam:ListAccountAliases"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(permission, names[i]) == 0)
            return true;
    return false;
}

/* Each holder has each permission once; nothing in a policy is unknown to the keeper; nothing that
 * the keeper can call is forgotten. */
static void the_policies_hold_what_is_called(void **state)
{
    static const enum permission_holder holders[] = {HOLDER_SELF, HOLDER_ADMIN, HOLDER_AUDIT,
                                                    HOLDER_MFA};
    struct permission list[PERMISSIONS_MAX];
    (void)state;
    for (size_t h = 0; h < sizeof holders / sizeof holders[0]; h++) {
        size_t count = permissions_of(holders[h], list);
        assert_in_range(count, 1, PERMISSIONS_MAX - 1);
        for (size_t i = 0; i < count; i++) {
            const struct aws_action_row *row = action_of(list[i].name);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(list[i].name, list[j].name);
            if (row == NULL)
                fail_msg("%s is in no table of actions", list[i].name);
            if (row != NULL && row->writes)
                assert_int_not_equal(holders[h], HOLDER_AUDIT);
        }
    }
    for (int action = 0; action < AWS_ACTION_COUNT; action++) {
        const char *permission = aws_action((enum aws_action)action)->permission;
        if (permission[0] == '\0' || is_in_no_policy(permission))
            continue;
        if (!holds(HOLDER_ADMIN, permission) && !holds(HOLDER_AUDIT, permission) &&
            !holds(HOLDER_MFA, permission))
            fail_msg("%s is in no policy", permission);
    }
    assert_true(holds(HOLDER_SELF, "iam:CreateAccessKey"));
    assert_true(holds(HOLDER_ADMIN, "iam:ListUsers"));
    assert_false(holds(HOLDER_SELF, "iam:ListUsers"));
    assert_false(holds(HOLDER_AUDIT, "iam:CreateAccessKey"));
    assert_true(holds(HOLDER_MFA, "iam:EnableMFADevice"));
    assert_false(holds(HOLDER_MFA, "iam:CreateAccessKey"));
    assert_false(holds(HOLDER_SELF, "iam:EnableMFADevice"));
    /* It shows all events of the account, whoever's. */
    assert_true(holds(HOLDER_ADMIN, "cloudtrail:LookupEvents"));
    assert_false(holds(HOLDER_SELF, "cloudtrail:LookupEvents"));
}

/* The front's short rule of partitions and the keeper's table say the same. */
static void partitions_are_those_of_the_endpoints(void **state)
{
    static const char *const regions[] = {
        "",           "us-east-1",        "eu-central-1",   "ap-southeast-7",   "cn-north-1",
        "cn-northwest-1", "us-gov-west-1", "us-gov-east-1", "eusc-de-east-1",   "us-iso-east-1",
        "us-iso-west-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "aws-cn-global",
        "aws-us-gov-global", "aws-iso-global", "aws-iso-b-global", "aws-global", "nowhere"};
    (void)state;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        assert_string_equal(policy_partition(regions[i]), aws_partition(regions[i]));
    assert_string_equal(policy_partition("aws-iso-b"), "aws-iso-b");
    assert_string_equal(policy_partition("aws-iso"), "aws-iso");
    assert_string_equal(policy_partition("aws"), "aws");
}

static void every_document_is_made(void **state)
{
    size_t count;
    const struct policy_document *documents = policy_documents(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        struct json_object *json = NULL, *statements = NULL;
        assert_true(policy_document_make(&documents[i], "aws-cn", NULL, &json, &err));
        assert_null(strstr(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN),
                           "arn:aws:"));
        bool iam = strcmp(documents[i].kind, "cloudformation") != 0;
        assert_int_equal(iam, json_object_object_get_ex(json, "Statement", &statements));
        if (iam)
            assert_true(json_object_array_length(statements) > 0);
        json_object_put(json);
        assert_ptr_equal(policy_document_seek(documents[i].name), &documents[i]);
    }
    assert_null(policy_document_seek("list"));
}

static void conflict(const struct plan *plan, const char *option, bool expected)
{
    struct options options;
    struct error err = {0};
    assert_true(parse(&options, &err, "resume", option, NULL, NULL));
    if (open_conflicts(&options, plan, "20260101-abcd", &err) != expected)
        fail_msg("%s: %s", option, err.text);
    if (!expected)
        assert_int_equal(err.code, ERROR_USAGE);
}

static void a_resume_holds_to_the_plan(void **state)
{
    struct plan *plan = calloc(1, sizeof *plan);
    (void)state;
    assert_non_null(plan);
    strcpy(plan->profile, "work");
    strcpy(plan->old_key, "AKIAOLD");
    strcpy(plan->targets[0].spec, "file:default@/home/u/.aws/credentials");
    strcpy(plan->targets[1].spec, "file:/home/u/.aws/config");
    plan->target_count = 2;
    plan->soak = 3600;
    plan->settle = 5;
    conflict(plan, "--profile=work", true);
    conflict(plan, "--profile=home", false);
    conflict(plan, "--endpoint-url=http://127.0.0.1:1", false);
    strcpy(plan->endpoint_url, "http://127.0.0.1:1"); /* as a journal that tells no more */
    conflict(plan, "--endpoint-url=http://127.0.0.1:1/", true);
    conflict(plan, "--endpoint-url=http://127.0.0.1:10", false);
    strcpy(plan->endpoint_iam, "http://127.0.0.1:2/a/");
    strcpy(plan->endpoint_sts, "http://127.0.0.1:2/a");
    strcpy(plan->endpoint_sso, "aws");
    conflict(plan, "--endpoint-url=http://127.0.0.1:1", false);
    conflict(plan, "--endpoint-url=http://127.0.0.1:2/a", true);
    conflict(plan, "--endpoint-url=http://127.0.0.1:2/", false);
    strcpy(plan->endpoint_sts, "aws");
    conflict(plan, "--endpoint-url=http://127.0.0.1:2/a", false);
    strcpy(plan->region, "eu-west-1");
    conflict(plan, "--region=eu-west-1", true);
    conflict(plan, "--region=us-east-1", false);
    strcpy(plan->profile_source, "none");
    conflict(plan, "--profile=work", false);
    strcpy(plan->profile_source, "identity");
    conflict(plan, "--profile=work", true);
    conflict(plan, "--key=AKIAOLD", true);
    conflict(plan, "--key=AKIANEW", false);
    conflict(plan, "--soak=60m", true);
    conflict(plan, "--soak=61m", false);
    conflict(plan, "--settle=0", false);
    conflict(plan, "--plan=now", false);
    conflict(plan, "--compromised", false);
    plan->compromised = true;
    conflict(plan, "--compromised", true);
    conflict(plan, "--soak=60m", true); /* what is not said again holds */
    conflict(plan, "--to=file", true);
    conflict(plan, "--to=file:default", true);
    conflict(plan, "--to=file:defaul", false);
    conflict(plan, "--to=command:x", false);
    conflict(plan, "--test=true", false);
    conflict(plan, "--yes", true);
    free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_both_forms),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(two_dashes_end_options),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(long_values_are_refused),
        cmocka_unit_test(outputs_stay_on_failure),
        cmocka_unit_test(a_command_takes_only_its_options),
        cmocka_unit_test(options_are_told_apart),
        cmocka_unit_test(commands_that_are_asked_about),
        cmocka_unit_test(every_command_is_complete),
        cmocka_unit_test(key_ids),
        cmocka_unit_test(distances),
        cmocka_unit_test(plans),
        cmocka_unit_test(overrides),
        cmocka_unit_test(the_dry_run_knows_every_permission),
        cmocka_unit_test(the_policies_hold_what_is_called),
        cmocka_unit_test(partitions_are_those_of_the_endpoints),
        cmocka_unit_test(every_document_is_made),
        cmocka_unit_test(a_resume_holds_to_the_plan),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
