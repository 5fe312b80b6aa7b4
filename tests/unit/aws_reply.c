/* aws/: reading replies, what a refusal means, when to try again. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "aws/form.h"
#include "aws/reply.h"
#include "aws/retry.h"
#include "base/scrub.h"
#include "aws/verdict.h"
#include "base/file.h"

#define CREATED(inner)                                                                             \
    "<CreateAccessKeyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"                \
    "<CreateAccessKeyResult><AccessKey>" inner "</AccessKey></CreateAccessKeyResult>"              \
    "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></CreateAccessKeyResponse>"
#define NAME   "<UserName>alice</UserName>"
#define ID     "<AccessKeyId>AKIANEWKEY0000000001</AccessKeyId>"
#define STATUS "<Status>Active</Status>"
#define PAIR   "<SecretAccessKey>sEcret/Word+0123456789</SecretAccessKey>"
#define MADE   "<CreateDate>2026-01-15T12:34:56Z</CreateDate>"
#define WHOLE  CREATED(NAME ID STATUS PAIR MADE)

/* Read a document in pieces of `step` bytes. NULL when it is refused. */
static struct reply_reader *read_in_steps(enum aws_action action, const char *xml, size_t length,
                                          size_t step, struct error *err)
{
    struct reply_reader *reader = NULL;
    assert_true(reply_reader_new(action, &reader, err));
    for (size_t at = 0; at < length; at += step)
        reply_reader_feed(reader, xml + at, length - at < step ? length - at : step);
    if (reply_reader_end(reader, err))
        return reader;
    reply_reader_free(reader);
    return NULL;
}

static struct reply_reader *read_whole(enum aws_action action, const char *xml)
{
    struct error err;
    struct reply_reader *reader = read_in_steps(action, xml, strlen(xml), 4096, &err);
    if (reader == NULL)
        print_message("# %s\n", err.text);
    assert_non_null(reader);
    return reader;
}

static void refuse(enum aws_action action, const char *xml, const char *word)
{
    struct error err = {.code = ERROR_NONE};
    for (size_t step = 1; step < 5000; step += 777) {
        struct reply_reader *reader = read_in_steps(action, xml, strlen(xml), step, &err);
        if (reader != NULL)
            print_message("# accepted: %s\n", xml);
        assert_null(reader);
        assert_int_equal(err.code, ERROR_REPLY);
        if (strstr(err.text, word) == NULL)
            print_message("# no '%s' in: %s\n", word, err.text);
        assert_non_null(strstr(err.text, word));
        assert_null(strstr(err.text, "sEcret"));
    }
}

static void check_created(struct reply_reader *reader)
{
    struct aws_reply *reply = reply_reader_reply(reader);
    assert_string_equal(reply_reader_code(reader), "");
    assert_string_equal(reply->key.id, "AKIANEWKEY0000000001");
    assert_string_equal(reply->key.status, "Active");
    assert_int_equal(reply->key.created, 1768480496);
    assert_string_equal(reply->user, "alice");
    assert_non_null(reply->credentials);
    assert_string_equal(reply->credentials->key_id, "AKIANEWKEY0000000001");
    assert_string_equal(secret_bytes(reply->credentials->secret), "sEcret/Word+0123456789");
    assert_null(reply->credentials->token);
    reply_reader_free(reader);
}

static void a_new_key_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct error err;
    for (size_t step = 1; step <= strlen(WHOLE); step++) {
        struct reply_reader *reader =
            read_in_steps(AWS_CREATE_ACCESS_KEY, WHOLE, strlen(WHOLE), step, &err);
        assert_non_null(reader);
        assert_string_equal(reply_reader_reply(reader)->request_id, "r-1");
        check_created(reader);
    }
}

static void odd_but_legal_xml(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\xef\xbb\xbf" WHOLE,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- hello -->\n" WHOLE "\n<!-- bye -->\n",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" WHOLE,
        CREATED("<!-- a -->" NAME ID STATUS MADE
                "<SecretAccessKey><![CDATA[sEcret/]]>Word<!-- b "
                "-->&#43;012345<![CDATA[6789]]></SecretAccessKey>"),
        CREATED(NAME ID STATUS MADE
                "<SecretAccessKey>sEcret&#x2f;Word+0123456789</SecretAccessKey>"),
        CREATED(NAME ID STATUS PAIR MADE "<Unknown a='b'><UserName>bob</UserName>text</Unknown>"),
        "<n:CreateAccessKeyResponse "
        "xmlns:n='x'><n:CreateAccessKeyResult><n:AccessKey><n:UserName>alice"
        "</n:UserName><n:AccessKeyId>AKIANEWKEY0000000001</n:AccessKeyId><n:Status>Active</"
        "n:Status>"
        "<n:SecretAccessKey>sEcret/Word+0123456789</n:SecretAccessKey>"
        "<n:CreateDate>2026-01-15T12:34:56.000001Z</n:CreateDate></n:AccessKey>"
        "</n:CreateAccessKeyResult></n:CreateAccessKeyResponse>",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_created(read_whole(AWS_CREATE_ACCESS_KEY, cases[i]));
}

static void what_is_no_reply(void **state)
{
    (void)state;
    enum aws_action create = AWS_CREATE_ACCESS_KEY;
    refuse(create, "", "no element");
    refuse(create, "{\"CreateAccessKeyResponse\": {}}", "not well-formed");
    refuse(create, "<html><body>captive portal</body></html>", "not a CreateAccessKeyResponse");
    refuse(create, "<DeleteAccessKeyResponse/>", "not a CreateAccessKeyResponse");
    refuse(create, CREATED(NAME ID STATUS PAIR MADE) "<x/>", "junk");
    refuse(create, CREATED(NAME ID STATUS PAIR "</AccessKey>"), "mismatched");
    refuse(create, CREATED("<UserName>alice" ID STATUS PAIR), "holds elements");
    refuse(create, CREATED(NAME ID STATUS "<SecretAccessKey>\xe9\xff</SecretAccessKey>"),
           "not well-formed");
    refuse(create, "<!DOCTYPE x [<!ENTITY e \"v\">]>" WHOLE, "document type");
    refuse(create, "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><CreateAccessKeyResponse/>",
           "document type");
    refuse(create, CREATED("&e;" NAME ID STATUS PAIR), "undefined entity");
    struct error err;
    static const char nul[] = "<CreateAccessKeyResponse>\0</CreateAccessKeyResponse>";
    assert_null(read_in_steps(create, nul, sizeof nul - 1, 4096, &err));
    assert_int_equal(err.code, ERROR_REPLY);
    /* Every proper beginning of a reply is none. */
    for (size_t length = 0; length < strlen(WHOLE); length++)
        assert_null(read_in_steps(create, WHOLE, length, 4096, &err));
}

#define DETAILS(inner)                                                                             \
    "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>" inner         \
    "</GetAccountAuthorizationDetailsResult><ResponseMetadata><RequestId>r-2</RequestId>"          \
    "</ResponseMetadata></GetAccountAuthorizationDetailsResponse>"

static const char *text_at(struct json_object *tree, const char *list, size_t i, const char *name)
{
    struct json_object *value = json_object_object_get(tree, list);
    return json_object_get_string(
        json_object_object_get(json_object_array_get_idx(value, i), name));
}

static void rich_replies_are_trees(void **state)
{
    (void)state;
    static const char xml[] =
        DETAILS("\n <UserDetailList>\n <member><UserPolicyList/><GroupList><member>a&amp;b</member>"
                "<member>c</member></GroupList><UserName>alice</UserName></member>\n"
                "<member><UserName> b<!-- x -->ob </UserName></member></UserDetailList>"
                "<IsTruncated>true</IsTruncated><Marker>m=</Marker>");
    enum aws_action details = AWS_GET_ACCOUNT_AUTHORIZATION_DETAILS;
    struct error err;
    for (size_t step = 1; step < sizeof xml; step += 13) {
        struct reply_reader *reader = read_in_steps(details, xml, sizeof xml - 1, step, &err);
        assert_non_null(reader);
        struct aws_reply *reply = reply_reader_reply(reader);
        assert_true(reply->truncated);
        assert_string_equal(reply->marker, "m=");
        assert_string_equal(reply->request_id, "r-2");
        assert_string_equal(text_at(reply->tree, "UserDetailList", 0, "UserName"), "alice");
        assert_string_equal(text_at(reply->tree, "UserDetailList", 0, "UserPolicyList"), "");
        assert_string_equal(text_at(reply->tree, "UserDetailList", 1, "UserName"), " bob ");
        assert_string_equal(text_at(reply->tree, "UserDetailList", 0, "GroupList"),
                            "[ \"a&b\", \"c\" ]");
        reply_reader_free(reader);
    }
    refuse(details, "<ListUsersResponse/>", "not a GetAccountAuthorizationDetailsResponse");
    refuse(details, "<GetAccountAuthorizationDetailsResponse/>", "Result is missing");
    refuse(details, DETAILS("<IsTruncated>true</IsTruncated>"), "no Marker");
    refuse(details, DETAILS("<A>1</A><B/><A>2</A>"), "A comes twice");
    refuse(details, DETAILS("<L><member/><other/></L>"), "a list and is not");
    refuse(details, DETAILS("<L><other/><member/></L>"), "a list and is not");
    refuse(details, DETAILS("<L><member>"), "mismatched");
    /* Very many elements, and a very long one. */
    size_t room = 12 * 1000 * 1000;
    char *long_one = malloc(room);
    assert_non_null(long_one);
    strcpy(long_one, "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>");
    size_t length = strlen(long_one);
    memset(long_one + length, 'a', 2 * 1000 * 1000);
    assert_null(read_in_steps(details, long_one, length + 2 * 1000 * 1000, 1 << 20, &err));
    for (size_t at = length; at + 9 < room; at += 9)
        memcpy(long_one + at, "<member/>", 9);
    assert_null(read_in_steps(details, long_one, room - 16, 1 << 20, &err));
    assert_int_equal(err.code, ERROR_REPLY);
    assert_non_null(strstr(err.text, "more elements"));
    free(long_one);
    /* A refusal is read as any other. */
    struct reply_reader *reader = read_whole(
        details, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
    assert_string_equal(reply_reader_code(reader), "AccessDenied");
    assert_null(reply_reader_reply(reader)->tree);
    reply_reader_free(reader);
}

static void deep_documents_end_early(void **state)
{
    (void)state;
    struct error err;
    char *deep = malloc(300100);
    assert_non_null(deep);
    size_t length = (size_t)sprintf(deep, "<CreateAccessKeyResponse>");
    for (int i = 0; i < 100000; i++)
        length += (size_t)sprintf(deep + length, "<a>");
    assert_null(read_in_steps(AWS_CREATE_ACCESS_KEY, deep, length, 16384, &err));
    assert_non_null(strstr(err.text, "nested"));
    free(deep);
}

static void fields_are_held_to_their_form(void **state)
{
    (void)state;
    enum aws_action create = AWS_CREATE_ACCESS_KEY;
    refuse(create, CREATED(NAME STATUS PAIR MADE), "AccessKeyId is missing");
    refuse(create, CREATED(NAME ID STATUS MADE), "SecretAccessKey is missing");
    refuse(create, CREATED(NAME ID PAIR MADE), "Status is missing");
    refuse(create, CREATED(NAME ID ID STATUS PAIR MADE), "AccessKeyId comes twice");
    refuse(create, CREATED(NAME ID STATUS PAIR PAIR MADE), "SecretAccessKey comes twice");
    refuse(create, CREATED(NAME ID STATUS PAIR MADE "</AccessKey><AccessKey>"),
           "AccessKey comes twice");
    refuse(create, CREATED(NAME ID STATUS "<SecretAccessKey></SecretAccessKey>"), "is empty");
    refuse(create, CREATED(NAME "<AccessKeyId/>" STATUS PAIR), "is empty");
    refuse(create, CREATED(NAME ID STATUS PAIR "<CreateDate>yesterday</CreateDate>"), "not a time");
    refuse(create, CREATED(NAME ID "<Status>Activeeeeeeeeeeeeee</Status>" PAIR), "longer than");
    refuse(create, "<CreateAccessKeyResponse/>", "CreateAccessKeyResult is missing");
    refuse(AWS_LIST_ACCESS_KEYS,
           "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata/>"
           "<IsTruncated>maybe</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>",
           "neither true nor false");
    refuse(AWS_LIST_ACCESS_KEYS,
           "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata/>"
           "<IsTruncated>true</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>",
           "no Marker");
    refuse(AWS_LIST_ACCESS_KEYS,
           "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata><member><Status>Active"
           "</Status></member></AccessKeyMetadata></ListAccessKeysResult></ListAccessKeysResponse>",
           "AccessKeyId is missing");
    refuse(AWS_GET_USER, "<GetUserResponse><GetUserResult/></GetUserResponse>", "0 users");
    refuse(AWS_GET_CALLER_IDENTITY,
           "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1234567890123456</Account>"
           "</GetCallerIdentityResult></GetCallerIdentityResponse>",
           "Account is longer");
}

static void lists_of_any_length(void **state)
{
    (void)state;
    char *xml = malloc(400000);
    assert_non_null(xml);
    size_t length = (size_t)sprintf(xml, "<ListUsersResponse><ListUsersResult><Users>");
    for (int i = 0; i < 1000; i++)
        length += (size_t)sprintf(
            xml + length,
            "<member><UserName>u%d</UserName><Arn>arn:aws:iam::1:user/u%d</Arn>"
            "<CreateDate>2024-05-01T00:00:00Z</CreateDate>%s</member>",
            i, i, i % 2 == 0 ? "<PasswordLastUsed>2025-12-01T08:00:00Z</PasswordLastUsed>" : "");
    sprintf(xml + length, "</Users><IsTruncated>true</IsTruncated><Marker>a+/=&amp;</Marker>"
                          "</ListUsersResult></ListUsersResponse>");
    struct reply_reader *reader = read_whole(AWS_LIST_USERS, xml);
    struct aws_reply *reply = reply_reader_reply(reader);
    assert_int_equal(reply->user_count, 1000);
    assert_string_equal(reply->users[999].name, "u999");
    assert_string_equal(reply->users[500].arn, "arn:aws:iam::1:user/u500");
    assert_true(reply->users[500].password_last_used > 0 &&
                reply->users[501].password_last_used == 0);
    assert_true(reply->truncated);
    assert_string_equal(reply->marker, "a+/=&");
    reply_reader_free(reader);
    free(xml);
}

static void a_token_of_any_length(void **state)
{
    (void)state;
    struct error err;
    char *xml = malloc(50000);
    assert_non_null(xml);
    for (size_t size = 100; size <= 40000; size *= 5) {
        size_t length =
            (size_t)sprintf(xml, "<GetSessionTokenResponse><GetSessionTokenResult><Credentials>"
                                 "<AccessKeyId>ASIA0000000000000001</AccessKeyId>"
                                 "<SecretAccessKey>s</SecretAccessKey><SessionToken>");
        memset(xml + length, 'T', size);
        sprintf(xml + length + size,
                "</SessionToken><Expiration>2026-01-15T13:34:56Z</Expiration>"
                "</Credentials></GetSessionTokenResult></GetSessionTokenResponse>");
        struct reply_reader *reader =
            read_in_steps(AWS_GET_SESSION_TOKEN, xml, strlen(xml), 1000, &err);
        assert_non_null(reader);
        struct aws_reply *reply = reply_reader_reply(reader);
        assert_int_equal(secret_length(reply->credentials->token), size);
        assert_string_equal(reply->credentials->key_id, "ASIA0000000000000001");
        assert_int_equal(reply->credentials->expires, 1768484096);
        reply_reader_free(reader);
    }
    free(xml);
}

static void errors_have_code_and_message(void **state)
{
    (void)state;
    struct reply_reader *reader = read_whole(
        AWS_DELETE_ACCESS_KEY,
        "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>gone &amp; away"
        "</Message></Error><RequestId>r-2</RequestId></ErrorResponse>");
    assert_string_equal(reply_reader_code(reader), "NoSuchEntity");
    assert_string_equal(reply_reader_message(reader), "gone & away");
    assert_string_equal(reply_reader_reply(reader)->request_id, "r-2");
    reply_reader_free(reader);
    refuse(AWS_DELETE_ACCESS_KEY,
           "<ErrorResponse><Error><Message>m</Message></Error></ErrorResponse>", "Code is missing");
}

/* --- refusals --------------------------------------------------------------------------------- */

static enum error_code verdict_of(int http, const char *code, const char *message, int64_t away)
{
    struct credentials none;
    struct error err;
    credentials_init(&none);
    struct refusal refusal = {http, code, message, "r-3", 1768480496, 1768480496 + away};
    verdict_error(AWS_CREATE_ACCESS_KEY, &refusal, &none, &err);
    assert_string_equal(err.op, "iam:CreateAccessKey");
    assert_string_equal(err.request_id, "r-3");
    assert_int_equal(err.http, http);
    assert_string_equal(err.aws_code, code);
    return err.code;
}

static void refusals_have_a_meaning(void **state)
{
    (void)state;
    static const char mfa[] = "MultiFactorAuthentication failed";
    assert_int_equal(verdict_of(403, "AccessDenied", "User: x is not authorized", 0), ERROR_DENIED);
    assert_int_equal(
        verdict_of(403, "AccessDenied",
                   "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 0),
        ERROR_MFA_REFUSED);
    assert_int_equal(verdict_of(403, "AccessDenied",
                                "MultiFactorAuthentication failed, must provide both MFA serial "
                                "number and one time pass code.",
                                0),
                     ERROR_MFA_NEEDED);
    assert_int_equal(verdict_of(403, "AccessDenied", mfa, 0), ERROR_MFA_REFUSED);
    assert_int_equal(verdict_of(403, "InvalidClientTokenId", "", 0), ERROR_KEY_REFUSED);
    assert_int_equal(verdict_of(403, "SignatureDoesNotMatch", "The request signature", 0),
                     ERROR_SIGNATURE);
    assert_int_equal(verdict_of(403, "SignatureDoesNotMatch", "The request signature", 241),
                     ERROR_CLOCK);
    assert_int_equal(verdict_of(403, "SignatureDoesNotMatch", "The request signature", -241),
                     ERROR_CLOCK);
    assert_int_equal(
        verdict_of(403, "SignatureDoesNotMatch", "Signature expired: a is now earlier than b", 0),
        ERROR_CLOCK);
    assert_int_equal(verdict_of(403, "SignatureDoesNotMatch", "Signature not yet current: a", 0),
                     ERROR_CLOCK);
    assert_int_equal(verdict_of(400, "RequestExpired", "", 0), ERROR_CLOCK);
    assert_int_equal(verdict_of(403, "ExpiredToken", "", 1000), ERROR_EXPIRED);
    assert_int_equal(verdict_of(404, "NoSuchEntity", "", 0), ERROR_NOT_FOUND);
    assert_int_equal(verdict_of(400, "Throttling", "Rate exceeded", 0), ERROR_THROTTLED);
    assert_int_equal(verdict_of(409, "LimitExceeded", "Cannot exceed quota", 0), ERROR_AWS);
    assert_int_equal(verdict_of(500, "ServiceFailure", "", 0), ERROR_AWS);
    assert_int_equal(verdict_of(502, "", "", 0), ERROR_AWS);
    assert_int_equal(verdict_of(404, "", "", 0), ERROR_REPLY);
    assert_int_equal(verdict_of(301, "", "", 0), ERROR_REPLY);
    assert_int_equal(verdict_of(429, "", "", 0), ERROR_THROTTLED);
}

static void error_text_is_one_safe_line_without_secrets(void **state)
{
    (void)state;
    struct credentials credentials;
    struct error err;
    credentials_init(&credentials);
    assert_true(secret_new("wJalrXUtnFEMI/K7MDENG", 21, &credentials.secret, &err));
    assert_true(secret_new("IQoJtokenTOKEN//token", 21, &credentials.token, &err));
    struct refusal refusal = {
        403,
        "SignatureDoesNotMatch",
        "no match\x1b[31m; "
        "x-amz-security-token:IQoJtokenTOKEN//token;\nPOST\nwJalrXUtnFEMI/K7MDENG",
        "",
        0,
        0};
    verdict_error(AWS_GET_USER, &refusal, &credentials, &err);
    assert_string_equal(err.text,
                        "AWS: SignatureDoesNotMatch: no match\\x1b[31m; x-amz-security-token:");
    refusal.message = "the secret wJalrXUtnFEMI/K7MDENG";
    verdict_error(AWS_GET_USER, &refusal, &credentials, &err);
    assert_string_equal(err.text, "AWS: SignatureDoesNotMatch: the secret ");
    refusal.code = "Odd-IQoJtokenTOKEN//token";
    refusal.request_id = "wJalrXUtnFEMI/K7MDENG\x1b";
    verdict_error(AWS_GET_USER, &refusal, &credentials, &err);
    assert_string_equal(err.aws_code, "Odd-");
    assert_string_equal(err.request_id, "");
    assert_string_equal(err.text, "AWS: Odd-: the secret ");
    credentials_release(&credentials);
}

/* --- retries ---------------------------------------------------------------------------------- */

static void what_is_repeated(void **state)
{
    (void)state;
    const struct retry_rule read = {true, false, 3}, create = {false, false, 3},
                            coded = {false, true, 3};
    struct retry_quota quota;
    int cost;
#define NEXT(rule, end)                                                                            \
    (quota.tokens = RETRY_TOKENS, retry_next(&quota, rule, end, false, 1, &cost))
    assert_true(NEXT(&read, ATTEMPT_NOT_SENT) && NEXT(&read, ATTEMPT_LOST));
    assert_true(NEXT(&read, ATTEMPT_THROTTLED) && NEXT(&read, ATTEMPT_TRANSIENT));
    assert_false(NEXT(&read, ATTEMPT_FINAL));
    assert_true(NEXT(&create, ATTEMPT_NOT_SENT) && NEXT(&create, ATTEMPT_THROTTLED));
    assert_false(NEXT(&create, ATTEMPT_LOST) || NEXT(&create, ATTEMPT_TRANSIENT));
    assert_true(NEXT(&coded, ATTEMPT_NOT_SENT));
    assert_false(NEXT(&coded, ATTEMPT_THROTTLED) || NEXT(&coded, ATTEMPT_LOST) ||
                 NEXT(&coded, ATTEMPT_TRANSIENT));
    assert_false(retry_next(&quota, &read, ATTEMPT_LOST, false, 3, &cost));
}

static void the_quota_runs_out_and_comes_back(void **state)
{
    (void)state;
    const struct retry_rule read = {true, false, 1000000};
    struct retry_quota quota = {RETRY_TOKENS};
    int cost = 0, retries = 0;
    while (retry_next(&quota, &read, ATTEMPT_TRANSIENT, false, 1, &cost))
        retries++;
    assert_int_equal(retries, 100);
    assert_int_equal(cost, 5);
    retry_succeeded(&quota, cost);
    assert_true(retry_next(&quota, &read, ATTEMPT_TRANSIENT, false, 1, &cost));
    for (int i = 0; i < 9; i++)
        retry_succeeded(&quota, 0);
    assert_false(retry_next(&quota, &read, ATTEMPT_LOST, true, 1, &cost));
    retry_succeeded(&quota, 0);
    assert_true(retry_next(&quota, &read, ATTEMPT_LOST, true, 1, &cost));
    assert_int_equal(cost, 10);
    for (int i = 0; i < 1000; i++)
        retry_succeeded(&quota, 0);
    assert_int_equal(quota.tokens, RETRY_TOKENS);
}

static void pauses_grow_to_twenty_seconds(void **state)
{
    (void)state;
    static const int64_t most[] = {1000, 2000, 4000, 8000, 16000, 20000, 20000};
    for (int attempt = 1; attempt <= 7; attempt++) {
        assert_int_equal(retry_delay_ms(attempt, 0), 0);
        assert_int_equal(retry_delay_ms(attempt, 0.5), most[attempt - 1] / 2);
        assert_true(retry_delay_ms(attempt, 0.999999) < most[attempt - 1]);
    }
    assert_true(retry_delay_ms(1000, 0.999999) < 20000);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void forms_are_encoded(void **state)
{
    (void)state;
    const struct aws_param params[] = {
        {"UserName", "a+b=c,.@-_~ \xc3\xa4%&"}, {"Marker", NULL}, {"MaxItems", ""}};
    char *body = NULL;
    size_t length = 0;
    struct error err;
    assert_true(form_new(aws_action(AWS_LIST_USERS), params, 3, &body, &length, &err));
    assert_string_equal(body, "Action=ListUsers&Version=2010-05-08"
                              "&UserName=a%2Bb%3Dc%2C.%40-_~%20%C3%A4%25%26&MaxItems=");
    assert_int_equal(length, strlen(body));
    scrub_free(body);
}

/* The bodies of $KEYWRIGHT_SHARED/vectors/responses: SERVICE-ACTION[-variant].xml are replies to
 * ACTION, SERVICE-error-*.xml are errors. */
static int try_file(const char *folder, const char *name)
{
    char path[4096], action_name[64];
    const char *word = strchr(name, '-');
    if (word == NULL || strstr(name, ".xml") == NULL)
        return 0;
    size_t length = strcspn(++word, "-.");
    snprintf(action_name, sizeof action_name, "%.*s", (int)length, word);
    bool error = strcmp(action_name, "error") == 0;
    int action = error ? AWS_GET_USER : 0;
    while (!error && action < AWS_ACTION_COUNT &&
           strcmp(aws_action((enum aws_action)action)->name, action_name) != 0)
        action++;
    if (action == AWS_ACTION_COUNT)
        return 0;
    char *bytes = NULL;
    struct error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(file_read(path, 1 << 20, &bytes, &length, &err));
    struct reply_reader *reader = read_in_steps((enum aws_action)action, bytes, length, 100, &err);
    if (reader == NULL)
        print_message("# %s: %s\n", name, err.text);
    assert_non_null(reader);
    assert_true((reply_reader_code(reader)[0] != '\0') == error);
    reply_reader_free(reader);
    file_bytes_free(bytes, length);
    return 1;
}

static void bodies_of_others(void **state)
{
    (void)state;
    char folder[3000];
    const char *shared = getenv("KEYWRIGHT_SHARED"), *top = getenv("srcdir");
    if (shared != NULL)
        snprintf(folder, sizeof folder, "%s/vectors/responses", shared);
    else
        snprintf(folder, sizeof folder, "%s/../shared/vectors/responses", top != NULL ? top : ".");
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return; /* our own cases above hold */
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        count += try_file(folder, entry->d_name);
    closedir(directory);
    assert_true(count > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_key_in_pieces_of_any_size),
        cmocka_unit_test(odd_but_legal_xml),
        cmocka_unit_test(what_is_no_reply),
        cmocka_unit_test(rich_replies_are_trees),
        cmocka_unit_test(deep_documents_end_early),
        cmocka_unit_test(fields_are_held_to_their_form),
        cmocka_unit_test(lists_of_any_length),
        cmocka_unit_test(a_token_of_any_length),
        cmocka_unit_test(errors_have_code_and_message),
        cmocka_unit_test(refusals_have_a_meaning),
        cmocka_unit_test(error_text_is_one_safe_line_without_secrets),
        cmocka_unit_test(what_is_repeated),
        cmocka_unit_test(the_quota_runs_out_and_comes_back),
        cmocka_unit_test(pauses_grow_to_twenty_seconds),
        cmocka_unit_test(forms_are_encoded),
        cmocka_unit_test(bodies_of_others),
    };
    return cmocka_run_group_tests_name("aws_reply", tests, NULL, NULL);
}
