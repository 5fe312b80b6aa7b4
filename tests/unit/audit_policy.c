/* What a policy document allows: each form in which it can be written, and what is no policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/policy.h"

#define STATEMENT(rest) "{\"Version\":\"2012-10-17\",\"Statement\":" rest "}"
#define ALLOW(action, resource)                                                                    \
    "{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":" resource "}"
#define CONDITION ",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}"

static struct policy_digest read_text(const char *document)
{
    struct policy_digest digest;
    policy_read(document, strlen(document), &digest);
    return digest;
}

struct expected {
    const char *document;
    enum policy_grant everything, all_of_iam;
    const char *services;
    bool denies_iam;
};

static void expect(const struct expected *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct policy_digest digest = read_text(rows[i].document);
        if (!digest.understood || digest.everything != rows[i].everything ||
            digest.all_of_iam != rows[i].all_of_iam || digest.denies_iam != rows[i].denies_iam ||
            strcmp(digest.services, rows[i].services) != 0)
            fail_msg("%s: understood %d (%s), everything %d, IAM %d, denies %d, services '%s'",
                     rows[i].document, digest.understood, digest.why, digest.everything,
                     digest.all_of_iam, digest.denies_iam, digest.services);
    }
}
#define EXPECT(rows) expect(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_everything(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {STATEMENT(ALLOW("\"*\"", "\"*\"")), POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {STATEMENT("[" ALLOW("\"*\"", "\"*\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {STATEMENT("[" ALLOW("[\"s3:Get*\",\"*\"]", "[\"arn:aws:s3:::b\",\"*\"]") "]"), POLICY_ALWAYS,
         POLICY_ALWAYS, "", false},
        {STATEMENT("[" ALLOW("\"*:*\"", "\"*\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {STATEMENT("[" ALLOW("\"**\"", "\"**\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {STATEMENT("[" ALLOW("\"*:?*\"", "\"arn:aws:*\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "",
         false},
        {STATEMENT("[" ALLOW("\"*\"", "\"arn:*:*:*:*:*\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "",
         false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"" CONDITION "]"),
         POLICY_UNDER_CONDITION, POLICY_UNDER_CONDITION, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{}}]"),
         POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"" CONDITION ","
                   ALLOW("\"*\"", "\"*\"") "]"),
         POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        /* and what only looks like it */
        {STATEMENT("[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]"), POLICY_NO, POLICY_NO,
         "", true},
        {STATEMENT("[" ALLOW("\"*\"", "\"arn:aws:s3:::b/*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("\"*:Get*\"", "\"*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("\"*:??*\"", "\"*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("\"s3:*Object\"", "\"*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("[]", "\"*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[]"), POLICY_NO, POLICY_NO, "", false},
    };
    EXPECT(rows);
}

static void test_iam(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {STATEMENT("[" ALLOW("\"iam:*\"", "\"*\"") "]"), POLICY_NO, POLICY_ALWAYS, "iam:*", false},
        {STATEMENT("[" ALLOW("\"IAM:*\"", "\"*\"") "]"), POLICY_NO, POLICY_ALWAYS, "IAM:*", false},
        {STATEMENT("[" ALLOW("\"i*:*\"", "\"*\"") "]"), POLICY_NO, POLICY_ALWAYS, "i*:*", false},
        {STATEMENT("[" ALLOW("\"?am:?*\"", "\"*\"") "]"), POLICY_NO, POLICY_ALWAYS, "?am:?*", false},
        {STATEMENT("[" ALLOW("\"iam*:*\"", "\"*\"") "]"), POLICY_NO, POLICY_ALWAYS, "iam*:*", false},
        {STATEMENT("[" ALLOW("\"s*:*\"", "\"*\"") "]"), POLICY_NO, POLICY_NO, "s*:*", false},
        {STATEMENT("[" ALLOW("\"iam:Get*\"", "\"*\"") "]"), POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("\"iam:*\"", "\"arn:aws:iam::1:user/me\"") "]"), POLICY_NO, POLICY_NO,
         "iam:*", false},
        /* all but something */
        {STATEMENT("[{\"Effect\":\"Allow\",\"NotAction\":\"billing:*\",\"Resource\":\"*\"}]"), POLICY_NO,
         POLICY_ALWAYS, "all but billing:*", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"NotAction\":[\"iam:*\",\"account:*\"],\"Resource\":\"*\"}]"),
         POLICY_NO, POLICY_NO, "all but iam:*, all but account:*", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"NotAction\":\"*:CreateUser\",\"Resource\":\"*\"}]"),
         POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"NotAction\":[],\"Resource\":\"*\"}]"), POLICY_NO,
         POLICY_ALWAYS, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b\"}]"),
         POLICY_NO, POLICY_ALWAYS, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"arn:aws:iam::*:user/a\"}]"),
         POLICY_NO, POLICY_NO, "", false},
        {STATEMENT("[{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"*\"}]"), POLICY_NO,
         POLICY_NO, "", false},
        {STATEMENT("[{\"Effect\":\"Deny\",\"Action\":\"iam:*\",\"Resource\":\"*\"}]"), POLICY_NO,
         POLICY_NO, "", true},
        {STATEMENT("[{\"Effect\":\"Deny\",\"NotAction\":\"iam:Get*\",\"Resource\":\"*\"}]"), POLICY_NO,
         POLICY_NO, "", false},
        {STATEMENT("[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"" CONDITION "]"), POLICY_NO,
         POLICY_NO, "", false},
    };
    EXPECT(rows);
}

static void test_services(void **state)
{
    (void)state;
    char document[4096] = STATEMENT("[" ALLOW("[\"s3:*\",\"ec2:Describe*\",\"sqs:**\"]",
                                              "\"arn:aws:s3:::b\"") "]");
    assert_string_equal(read_text(document).services, "s3:*, sqs:**");
    /* Very many of them are cut. */
    strcpy(document, "{\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\",\"Action\":[\"a:b\"");
    for (int i = 0; i < 60; i++)
        sprintf(document + strlen(document), ",\"service-%02d:*\"", i);
    strcat(document, "]}}");
    struct policy_digest digest = read_text(document);
    size_t length = strlen(digest.services);
    assert_true(digest.understood && length < sizeof digest.services);
    assert_string_equal(digest.services + length - 5, ", ...");
}

static void test_encoded(void **state)
{
    (void)state;
    static const struct expected rows[] = {
        {"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C"
         "%22Action%22%3A%22%2A%22%2C%22Resource%22%3a%22%2a%22%7D%5D%7D",
         POLICY_ALWAYS, POLICY_ALWAYS, "", false},
        {"%7B%0A%20%20%22Statement%22%3A%20%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3:*%22%2C"
         "%22Resource%22%3A%22arn:aws:s3:::a+b%22%7D%0A%7D%0A",
         POLICY_NO, POLICY_NO, "s3:*", false},
        {" \n" STATEMENT("[" ALLOW("\"s3:Get*\"", "\"arn:aws:s3:::100%25\"") "]") "\n", POLICY_NO,
         POLICY_NO, "", false},
        {STATEMENT("[" ALLOW("\"\\u002a\"", "\"*\"") "]"), POLICY_ALWAYS, POLICY_ALWAYS, "", false},
    };
    EXPECT(rows);
}

static void test_not_understood(void **state)
{
    (void)state;
    static const struct {
        const char *document, *why;
    } rows[] = {
        {"", "JSON"},
        {"%7B%22Statement%22%3A%5B%5D%7", "%"},
        {"%zz", "%"},
        {"%00", "JSON"},
        {"null", "JSON"},
        {"[]", "JSON"},
        {"{}", "Statement"},
        {"{\"Statement\":[", "JSON"},
        {STATEMENT("[" ALLOW("\"s3:Get*\"", "\"*\"") "]") "{}", "JSON"},
        {"{\"Statement\":[],\"Statement\":[]}", "twice"},
        {"{\"Statement\":[],\"statement\":[]}", "element"},
        {STATEMENT("\"all\""), "no JSON object"},
        {STATEMENT("[[]]"), "no JSON object"},
        {STATEMENT("[null]"), "no JSON object"},
        {STATEMENT("{}"), "Effect"},
        {STATEMENT("{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}"), "Effect"},
        {STATEMENT("{\"Effect\":1,\"Action\":\"*\",\"Resource\":\"*\"}"), "Effect"},
        {STATEMENT("{\"Effect\":\"Deny\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"),
         "twice"},
        {STATEMENT("{\"Effect\":\"Allow\",\"Resource\":\"*\"}"), "actions"},
        {STATEMENT("{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"NotAction\":\"a:b\",\"Resource\":\"*\"}"),
         "actions"},
        {STATEMENT("[" ALLOW("{\"a\":1}", "\"*\"") "]"), "actions"},
        {STATEMENT("[" ALLOW("[1]", "\"*\"") "]"), "actions"},
        {STATEMENT("[" ALLOW("[[\"*\"]]", "\"*\"") "]"), "actions"},
        {STATEMENT("[" ALLOW("\"\"", "\"*\"") "]"), "actions"},
        {STATEMENT("[" ALLOW("\"s3*\"", "\"*\"") "]"), "actions"},
        {STATEMENT("[" ALLOW("\"*\\u0000\"", "\"*\"") "]"), "actions"},
        {STATEMENT("{\"Effect\":\"Allow\",\"Action\":\"a:b\"}"), "resources"},
        {STATEMENT("[" ALLOW("\"a:b\"", "null") "]"), "resources"},
        {STATEMENT("{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\",\"Condition\":[]}"),
         "Condition"},
        {STATEMENT("{\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\",\"Principal\":\"*\"}"),
         "element"},
        /* Nothing is concluded from what came before. */
        {STATEMENT("[" ALLOW("\"*\"", "\"*\"") ",7]"), "no JSON object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_digest digest = read_text(rows[i].document);
        if (digest.understood || strstr(digest.why, rows[i].why) == NULL)
            fail_msg("%s: understood %d, '%s'", rows[i].document, digest.understood, digest.why);
        assert_int_equal(digest.everything, POLICY_NO);
    }
}

/* Sizes and shapes that somebody chose to hurt. */
static void test_hostile(void **state)
{
    (void)state;
    enum { ROOM = 700 * 1024 };
    char *document = malloc(ROOM);
    struct policy_digest digest;
    assert_non_null(document);
    memset(document, '[', ROOM);
    policy_read(document, 100000, &digest);
    assert_false(digest.understood);
    policy_read(document, ROOM, &digest);
    assert_false(digest.understood);
    assert_non_null(strstr(digest.why, "larger"));
    policy_read("{\"Statement\":[]}\0", 17, &digest);
    assert_false(digest.understood);
    /* A pattern that a simple matcher tries for ever. */
    strcpy(document, "{\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"a:b\",\"NotResource\":\"");
    for (int i = 0; i < 900; i++)
        strcat(document, "*?");
    strcat(document, "\"}}");
    policy_read(document, strlen(document), &digest);
    assert_true(digest.understood);
    strcpy(document, "{\"Statement\":{\"Effect\":\"Allow\",\"NotAction\":\"a:b\",\"NotResource\":\"");
    for (int i = 0; i < 1100; i++)
        strcat(document, "*?");
    strcat(document, "\"}}");
    policy_read(document, strlen(document), &digest);
    assert_false(digest.understood);
    free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),     cmocka_unit_test(test_iam),
        cmocka_unit_test(test_services),       cmocka_unit_test(test_encoded),
        cmocka_unit_test(test_not_understood), cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
