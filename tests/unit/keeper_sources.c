/* The keeper gets its credentials from what stands beside it: a web identity, IAM Identity Center,
 * 'aws login', a container's or an instance's service. One small server on loopback plays all of
 * them and then STS, which is to see the credentials that were handed out. */
#include "config.h"

#include "aws_server.h"
#include "keeper_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/when.h"

static struct stage stage; /* only its folder is used */

static int open_stage(void **state)
{
    (void)state;
    stage_open(&stage, (const char *const[]){NULL});
    stage_write(&stage, ".aws/credentials", "", 0600);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

#define IDENTITY                                                                                   \
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:"          \
    "assumed-role/r/s</Arn><UserId>AROA:s</UserId><Account>123456789012</Account>"                 \
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define SAME "\"AccessKeyId\":\"ASIAFOUND\",\"SecretAccessKey\":\"found\",\"Token\":\"tok\","      \
             "\"Expiration\":\"2099-01-01T00:00:00Z\""
#define WEB                                                                                        \
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"            \
    "<AccessKeyId>ASIAFOUND</AccessKeyId><SecretAccessKey>found</SecretAccessKey>"                 \
    "<SessionToken>tok</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"  \
    "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
#define ROLE                                                                                       \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials>"                                          \
    "<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role</SecretAccessKey>"                   \
    "<SessionToken>tok</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"  \
    "</AssumeRoleResult></AssumeRoleResponse>"
#define OK(text) {ANSWER_REPLY, 200, 0, NULL, text}
#define HTTP(number) {ANSWER_REPLY, number, 0, NULL, "no"}
#define CONTAINER "AWS_CONTAINER_CREDENTIALS_FULL_URI=%s/creds"
#define METADATA "AWS_EC2_METADATA_SERVICE_ENDPOINT=%s", "AWS_EC2_METADATA_DISABLED=false"
#define BASE "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base\n"
#define SSO_CACHE ".aws/sso/cache/11f6ad8ec52a2984abaafd7c3b516503785c2072.json"
#define SSO                                                                                        \
    "[default]\nsso_session = x\nsso_account_id = 1234\nsso_role_name = a b\n"                     \
    "[sso-session x]\nsso_region = us-east-2\nsso_start_url = https://x.example\n"
#define SSO_TOKEN "{\"accessToken\":\"bearer\",\"expiresAt\":\"%s\"}"
#define ROLE_CREDENTIALS                                                                           \
    "{\"roleCredentials\":{\"accessKeyId\":\"ASIAFOUND\",\"secretAccessKey\":\"found\","           \
    "\"sessionToken\":\"tok\",\"expiration\":4070908800000}}"
#define LOGIN_CACHE ".aws/login/cache/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881.json"
#define LOGIN(expires)                                                                             \
    "{\"accessToken\":{\"accessKeyId\":\"ASIAFOUND\",\"secretAccessKey\":\"found\","               \
    "\"sessionToken\":\"tok\",\"expiresAt\":\"" expires "\"}}"
#define FUTURE "2099-01-01T00:00:00Z"
#define PAST "2020-01-01T00:00:00Z"

/* In environment and file content %s is the server's URL. */
struct source_case {
    const char *name;
    const char *environment[4];
    const char *config;
    const char *path, *content; /* a file in HOME */
    struct answer answers[6];
    const char *requests[6]; /* what the n-th request must have in its head or body */
    const char *signer;      /* key ID that signs at the end; NULL: an error */
    const char *error, *text;
};

/* clang-format off */
static const struct source_case cases[] = {
    {"container", {CONTAINER}, "", NULL, NULL, {OK("{" SAME "}"), OK(IDENTITY)},
     {"GET /creds ", "Credential=ASIAFOUND/"}, "ASIAFOUND", NULL, NULL},
    {"container with a token", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=Basic abc"}, "", NULL,
     NULL, {OK("{" SAME "}"), OK(IDENTITY)}, {"Authorization: Basic abc\r\n"}, "ASIAFOUND", NULL,
     NULL},
    {"container with a token in a file",
     {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~token"}, "", "token", "Bearer xyz\n",
     {OK("{" SAME "}"), OK(IDENTITY)}, {"Authorization: Bearer xyz\r\n"}, "ASIAFOUND", NULL, NULL},
    {"a token of two lines", {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~token"}, "",
     "token", "a\r\nX: y", {OK("{" SAME "}")}, {NULL}, NULL, "SYNTAX", "one token"},
    {"a token of the environment of two lines", {CONTAINER,
      "AWS_CONTAINER_AUTHORIZATION_TOKEN=a\r\nX: y"}, "", NULL, NULL, {OK("{" SAME "}")}, {NULL}, NULL,
     "SYNTAX", "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line end"},
    {"the token of a file before that of the environment",
     {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=~token", "AWS_CONTAINER_AUTHORIZATION_TOKEN=env"}, "",
     "token", "from-file", {OK("{" SAME "}"), OK(IDENTITY)}, {"Authorization: from-file\r\n"}, "ASIAFOUND", NULL,
     NULL},
    {"container that is slow to start", {CONTAINER}, "", NULL, NULL,
     {HTTP(500), {ANSWER_CLOSE, 0, 0, NULL, NULL}, OK("{" SAME "}"), OK(IDENTITY)},
     {"GET /creds ", "GET /creds ", "GET /creds ", "ASIAFOUND"}, "ASIAFOUND", NULL, NULL},
    {"container that does not answer at once", {CONTAINER}, "", NULL, NULL,
     {{ANSWER_HANG, 0, 0, NULL, NULL}, OK("{" SAME "}"), OK(IDENTITY)},
     {"GET /creds ", "GET /creds ", "ASIAFOUND"}, "ASIAFOUND", NULL, NULL},
    {"a session of the environment that has ended", {"AWS_ACCESS_KEY_ID=ASIAENDED",
      "AWS_SECRET_ACCESS_KEY=s", "AWS_CREDENTIAL_EXPIRATION=" PAST}, "", NULL, NULL, {HTTP(500)},
     {NULL}, NULL, "EXPIRED", "AWS_CREDENTIAL_EXPIRATION"},
    {"a session of the environment that has not", {"AWS_ACCESS_KEY_ID=ASIAFOUND",
      "AWS_SECRET_ACCESS_KEY=s", "AWS_CREDENTIAL_EXPIRATION=" FUTURE}, "", NULL, NULL,
     {OK(IDENTITY)}, {"Credential=ASIAFOUND/"}, "ASIAFOUND", NULL, NULL},
    {"container without end", {CONTAINER}, "", NULL, NULL, {HTTP(503)},
     {"GET /creds ", "GET /creds ", "GET /creds "}, NULL, "NO_CREDENTIALS", "HTTP 503"},
    {"container that refuses", {CONTAINER}, "", NULL, NULL, {HTTP(403)}, {"GET /creds "}, NULL,
     "NO_CREDENTIALS", "HTTP 403"},
    {"container that answers something else", {CONTAINER}, "", NULL, NULL, {OK("<html>")},
     {"GET /creds "}, NULL, "SYNTAX", "the container's credentials"},
    {"a body without end", {CONTAINER}, "", NULL, NULL, {{ANSWER_BIG_BODY, 200, 0, NULL, NULL}},
     {"GET /creds "}, NULL, "LIMIT", "64 KiB"},
    {"a redirect is not followed", {CONTAINER}, "", NULL, NULL,
     {{ANSWER_REPLY, 302, 0, "Location: /else\r\n", ""}}, {"GET /creds "}, NULL, "NO_CREDENTIALS",
     "HTTP 302"},

    {"instance", {METADATA}, "", NULL, NULL,
     {OK("meta-token"), OK("my-role\n"), OK("{\"Code\":\"Success\"," SAME "}"), OK(IDENTITY)},
     {"PUT /latest/api/token ", "x-aws-ec2-metadata-token: meta-token\r\n",
      "GET /latest/meta-data/iam/security-credentials/my-role ", "ASIAFOUND"}, "ASIAFOUND", NULL,
     NULL},
    {"instance of old", {METADATA}, "", NULL, NULL,
     {HTTP(405), OK("my-role"), OK("{\"Code\":\"Success\"," SAME "}"), OK(IDENTITY)},
     {"PUT ", "GET /latest/meta-data/iam/security-credentials/ "}, "ASIAFOUND", NULL, NULL},
    {"instance of old, forbidden", {METADATA, "AWS_EC2_METADATA_V1_DISABLED=true"}, "", NULL, NULL,
     {HTTP(404)}, {"PUT "}, NULL, "NO_CREDENTIALS", "metadata"},
    {"instance without a role", {METADATA}, "", NULL, NULL, {OK("meta-token"), HTTP(404)},
     {"PUT ", "GET "}, NULL, "NO_CREDENTIALS",
     "neither the environment nor profile default holds credentials: the instance's metadata service: "
     "the instance has no role"},
    {"a named instance without a role", {METADATA},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = Ec2InstanceMetadata\n",
     NULL, NULL, {OK("meta-token"), HTTP(404)}, {"PUT ", "GET "}, NULL, "NO_CREDENTIALS",
     "profile default, credential_source = Ec2InstanceMetadata: the instance's metadata service: "
     "the instance has no role"},
    {"instance whose role has gone", {METADATA}, "", NULL, NULL,
     {OK("t"), OK("my-role"), OK("{\"Code\":\"AssumeRoleUnauthorizedAccess\"}")}, {"PUT ", "GET ", "GET "}, NULL,
     "NO_CREDENTIALS", "no credentials for the role"},
    {"a role's name that leads elsewhere", {METADATA}, "", NULL, NULL, {OK("t"), OK("../../x")},
     {"PUT ", "GET "}, NULL, "NO_CREDENTIALS", "metadata"},
    {"no instance", {"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1",
      "AWS_EC2_METADATA_DISABLED=false"}, "", NULL, NULL, {HTTP(500)}, {NULL}, NULL,
     "NO_CREDENTIALS", "profile default holds credentials"},
    {"an instance that does not answer", {METADATA}, "", NULL, NULL,
     {{ANSWER_HANG, 0, 0, NULL, NULL}}, {"PUT ", "GET "}, NULL, "NO_CREDENTIALS", "metadata"},
    {"instance as the source of a role", {METADATA},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\n"
     "credential_source = Ec2InstanceMetadata\n", NULL, NULL,
     {OK("t"), OK("my-role"), OK("{" SAME "}"), OK(ROLE), OK(IDENTITY)},
     {"PUT ", "GET ", "GET ", "Action=AssumeRole&", "Credential=ASIAROLE/"}, "ASIAROLE", NULL, NULL},

    {"a role that an instance assumes for too long", {METADATA},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nduration_seconds = 7200\n"
     "credential_source = Ec2InstanceMetadata\n", NULL, NULL,
     {OK("t"), OK("my-role"), OK("{" SAME "}"), OK(ROLE), OK(IDENTITY)},
     {"PUT ", "GET ", "GET ", "&DurationSeconds=3600", "Credential=ASIAROLE/"}, "ASIAROLE", NULL, NULL},
    {"a role with all that its profile says", {NULL},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
     "role_session_name = ops@night\nexternal_id = cust/42:x\nduration_seconds = 7200\n" BASE,
     NULL, NULL, {OK(ROLE), OK(IDENTITY)},
     {"&RoleSessionName=ops%40night&ExternalId=cust%2F42%3Ax&DurationSeconds=7200",
      "Credential=ASIAROLE/"}, "ASIAROLE", NULL, NULL},
    {"a role of a role lasts an hour", {NULL},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = mid\n"
     "external_id = outer\nduration_seconds = 7200\n"
     "[profile mid]\nrole_arn = arn:aws:iam::210987654321:role/m\nsource_profile = base\n"
     "role_session_name = mid\nduration_seconds = 5400\n" BASE,
     NULL, NULL, {OK(ROLE), OK(ROLE), OK(IDENTITY)},
     {"role%2Fm&RoleSessionName=mid&DurationSeconds=5400", "&ExternalId=outer&DurationSeconds=3600",
      "Credential=ASIAROLE/"}, "ASIAROLE", NULL, NULL},
    {"a role of a role that asks for less", {NULL},
     "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = mid\n"
     "duration_seconds = 900\n"
     "[profile mid]\nrole_arn = arn:aws:iam::210987654321:role/m\nsource_profile = base\n" BASE,
     NULL, NULL, {OK(ROLE), OK(ROLE), OK(IDENTITY)},
     {"role%2Fm&RoleSessionName=keywright-", "&DurationSeconds=900", "Credential=ASIAROLE/"},
     "ASIAROLE", NULL, NULL},

    {"web identity", {"AWS_WEB_IDENTITY_TOKEN_FILE=~jwt", "AWS_ROLE_ARN=arn:aws:iam::1:role/w",
      "AWS_ROLE_SESSION_NAME=me"}, "", "jwt", "ey.J.x\n", {OK(WEB), OK(IDENTITY)},
     {"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fw"
      "&RoleSessionName=me&WebIdentityToken=ey.J.x", "Credential=ASIAFOUND/"}, "ASIAFOUND", NULL,
     NULL},
    {"web identity that is refused", {"AWS_WEB_IDENTITY_TOKEN_FILE=~jwt",
      "AWS_ROLE_ARN=arn:aws:iam::1:role/w"}, "", "jwt", "secret-jwt",
     {{ANSWER_REPLY, 400, 0, NULL, "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>"
       "secret-jwt is bad</Message></Error></ErrorResponse>"}}, {"AssumeRoleWithWebIdentity"}, NULL,
     "AWS", "InvalidIdentityToken"},
    {"web identity without its file", {"AWS_WEB_IDENTITY_TOKEN_FILE=~missing",
      "AWS_ROLE_ARN=arn:aws:iam::1:role/w"}, "", NULL, NULL, {HTTP(500)}, {NULL}, NULL, "NOT_FOUND",
     "web identity"},

    {"sign-on", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, SSO_CACHE,
     "{\"accessToken\":\"bearer\",\"expiresAt\":\"" FUTURE "\"}",
     {OK(ROLE_CREDENTIALS), OK(IDENTITY)},
     {"GET /federation/credentials?role_name=a%20b&account_id=1234 ", "Credential=ASIAFOUND/"},
     "ASIAFOUND", NULL, NULL},
    {"the bearer token is shown to the portal", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, SSO_CACHE,
     "{\"accessToken\":\"bearer\",\"expiresAt\":\"2099-01-01T00:00:00UTC\"}",
     {OK(ROLE_CREDENTIALS), OK(IDENTITY)}, {"x-amz-sso_bearer_token: bearer\r\n"}, "ASIAFOUND", NULL,
     NULL},
    {"sign-on that has ended", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, SSO_CACHE,
     "{\"accessToken\":\"bearer\",\"expiresAt\":\"" PAST "\"}", {HTTP(500)}, {NULL}, NULL,
     "NO_CREDENTIALS", "aws sso login --profile default"},
    {"nobody has signed on", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, NULL, NULL, {HTTP(500)}, {NULL}, NULL,
     "NO_CREDENTIALS", "aws sso login --profile default"},
    {"sign-on that was revoked", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, SSO_CACHE,
     "{\"accessToken\":\"bearer\",\"expiresAt\":\"" FUTURE "\"}", {HTTP(401)}, {"GET "}, NULL,
     "NO_CREDENTIALS", "aws sso login"},
    {"no such role for me", {"AWS_ENDPOINT_URL_SSO=%s"}, SSO, SSO_CACHE,
     "{\"accessToken\":\"bearer\",\"expiresAt\":\"" FUTURE "\"}", {HTTP(403)}, {"GET "}, NULL,
     "DENIED", "role a b in account 1234"},

    {"login", {NULL}, "[default]\nlogin_session = x\n", LOGIN_CACHE, LOGIN(FUTURE), {OK(IDENTITY)},
     {"Credential=ASIAFOUND/"}, "ASIAFOUND", NULL, NULL},
    {"login that has ended", {NULL}, "[default]\nlogin_session = x\n", LOGIN_CACHE, LOGIN(PAST),
     {HTTP(500)}, {NULL}, NULL, "NO_CREDENTIALS", "aws login --profile default"},
};
/* clang-format on */

/* %s becomes the server's URL and a ~ the folder. */
static char *fill(const char *pattern, const char *url)
{
    struct text text;
    text_init(&text, 1024);
    for (; *pattern != '\0'; pattern++) {
        if (strncmp(pattern, "%s", 2) == 0) {
            text_append(&text, url);
            pattern++;
        } else if (*pattern == '~') {
            text_append(&text, stage.home);
            text_append(&text, "/");
        } else {
            text_append_char(&text, *pattern);
        }
    }
    char *copy = strdup(text.bytes);
    assert_non_null(copy);
    text_release(&text);
    return copy;
}

static void prepare_files(const struct source_case *it)
{
    static const char *const folders[] = {".aws/sso", ".aws/sso/cache", ".aws/login",
                                          ".aws/login/cache"};
    char path[512];
    stage_write(&stage, ".aws/config", it->config, 0600);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", stage.home, folders[i]);
        mkdir(path, 0700);
    }
    if (it->path != NULL)
        stage_write(&stage, it->path, it->content, 0600);
}

static void remove_files(const struct source_case *it)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", stage.home, it->path != NULL ? it->path : "nothing");
    remove(path);
}

static void check_requests(const struct source_case *it, const struct server *server)
{
    for (int i = 0; i < 6 && it->requests[i] != NULL; i++) {
        if (i >= server->request_count)
            fail_msg("%s: only %d requests", it->name, server->request_count);
        const struct seen *seen = &server->requests[i];
        if (strstr(seen->head, it->requests[i]) == NULL &&
            strstr(seen->body, it->requests[i]) == NULL)
            fail_msg("%s: request %d lacks '%s': %s%s", it->name, i + 1, it->requests[i],
                     seen->head, seen->body);
    }
    int wanted = 0;
    while (wanted < 6 && it->requests[wanted] != NULL)
        wanted++;
    if (it->signer == NULL && server->request_count != wanted)
        fail_msg("%s: %d requests", it->name, server->request_count);
}

static void check(const struct source_case *it)
{
    size_t answers = 0;
    while (answers < 6 && (it->answers[answers].status != 0 || it->answers[answers].kind != 0))
        answers++;
    struct server *server = server_start(it->answers, answers);
    char *environment[8] = {fill("AWS_ENDPOINT_URL_STS=%s", server->url)};
    size_t count = 1;
    for (size_t i = 0; i < 4 && it->environment[i] != NULL; i++)
        environment[count++] = fill(it->environment[i], server->url);
    prepare_files(it);
    struct actor actor = actor_begin(&stage, "{}", (const char *const *)environment);
    if (it->signer != NULL) {
        struct json_object *reply = actor_ask_ok(&actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        assert_string_equal(body_string(reply, "signer"), it->signer);
        json_object_put(reply);
    } else {
        actor_ask_error(&actor, it->error, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        if (strstr(actor.text, it->text) == NULL)
            fail_msg("%s: %s", it->name, actor.text);
    }
    check_requests(it, server);
    /* Nothing that was handed out or shown is told. */
    assert_null(strstr(actor.said.bytes, "secret-jwt"));
    assert_null(strstr(actor.said.bytes, "bearer"));
    assert_int_equal(actor_end(&actor), 0);
    remove_files(it);
    for (size_t i = 0; i < count; i++)
        free(environment[i]);
    server_stop(server);
}

static void every_source_gives_its_credentials_or_says_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

/* --- places that never answer ------------------------------------------------------------------------ */

/* Asks once more and once more, each time for as long as the place has, and no longer. */
static void a_place_that_never_answers_is_given_up(void **state)
{
    (void)state;
    static const struct {
        const char *place, *config, *error, *text;
        int requests, least_ms, most_ms;
    } rows[] = {
        {"AWS_ENDPOINT_URL_SSO=%s", SSO, "NETWORK", "IAM Identity Center", 3, 2900, 12000},
        {CONTAINER, "", "NETWORK", "the container's credentials", 3, 5900, 15000},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT=%s", "", "NO_CREDENTIALS", "the instance's metadata service", 2, 1900, 8000},
    };
    const struct answer answers[] = {{ANSWER_HANG, 0, 0, NULL, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server *server = server_start(answers, 1);
        char *environment[] = {fill(rows[i].place, server->url), fill("AWS_EC2_METADATA_DISABLED=%s", "false"), NULL};
        const struct source_case files = {.config = rows[i].config, .path = SSO_CACHE,
                                          .content = "{\"accessToken\":\"bearer\",\"expiresAt\":\"" FUTURE "\"}"};
        prepare_files(&files);
        struct actor actor = actor_begin(&stage, "{\"timeout\":1}", (const char *const *)environment);
        int64_t began = when_monotonic_ms();
        actor_ask_error(&actor, rows[i].error, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
        assert_in_range(when_monotonic_ms() - began, rows[i].least_ms, rows[i].most_ms);
        if (strstr(actor.text, rows[i].text) == NULL)
            fail_msg("row %zu: %s", i, actor.text);
        assert_int_equal(server->request_count, rows[i].requests);
        assert_int_equal(actor_end(&actor), 0);
        remove_files(&files);
        free(environment[0]);
        free(environment[1]);
        server_stop(server);
    }
}

/* --- devices of roles --------------------------------------------------------------------------------- */

#define SERIAL "arn:aws:iam::123456789012:mfa/me"
#define SPARE "arn:aws:iam::123456789012:mfa/spare"
#define ROLE_OF(source) "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = " source \
                        "\nmfa_serial = " SERIAL "\n"
#define REFUSAL(code, message) {ANSWER_REPLY, 403, 0, NULL, "<ErrorResponse><Error><Code>" code "</Code>" \
                                "<Message>" message "</Message></Error></ErrorResponse>"}
#define NO_CODE REFUSAL("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify " \
                        "your MFA serial number is valid and associated with this user.")
#define DEVICE(serial) "<member><UserName>me</UserName><SerialNumber>" serial "</SerialNumber>"            \
                       "<EnableDate>2024-01-01T00:00:00Z</EnableDate></member>"
#define DEVICES(members, rest) OK("<ListMFADevicesResponse><ListMFADevicesResult><MFADevices>" members     \
                                  "</MFADevices>" rest "</ListMFADevicesResult></ListMFADevicesResponse>")
#define LAST "<IsTruncated>false</IsTruncated>"

/* AWS says the same of a device that is not the user's and of one that was tried too often. */
static void a_refused_device_of_a_role_is_told_from_one_that_rests(void **state)
{
    (void)state;
    static const struct {
        const char *name, *config;
        struct answer answers[4];
        const char *requests[4];
        const char *error, *text;
    } rows[] = {
        {"it rests", ROLE_OF("base") BASE, {NO_CODE, DEVICES(DEVICE(SERIAL), LAST)},
         {"Action=AssumeRole&", "Action=ListMFADevices&"}, "MFA_RESTS", SERIAL " for now"},
        {"it rests, and is on the second page", ROLE_OF("base") BASE,
         {NO_CODE, DEVICES(DEVICE(SPARE), "<IsTruncated>true</IsTruncated><Marker>m+/=</Marker>"),
          DEVICES(DEVICE(SERIAL), LAST)},
         {"Action=AssumeRole&", "Action=ListMFADevices&", "&Marker=m%2B%2F%3D"}, "MFA_RESTS", "tried too often"},
        {"another is the user's", ROLE_OF("base") BASE, {NO_CODE, DEVICES(DEVICE(SPARE), LAST)},
         {"SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fme", "Credential=AKIABASE/"}, "MFA_SERIAL",
         SERIAL " is no MFA device of the user, who has " SPARE},
        {"the user has none", ROLE_OF("base") BASE, {NO_CODE, DEVICES("", LAST)},
         {"Action=AssumeRole&", "Action=ListMFADevices&"}, "MFA_SERIAL", "who has none"},
        {"the list is not allowed", ROLE_OF("base") BASE, {NO_CODE, REFUSAL("AccessDenied", "not you")},
         {"Action=AssumeRole&", "Action=ListMFADevices&"}, "MFA_DEVICE", "it is not known whether"},
        {"a wrong code is nobody's device", ROLE_OF("base") BASE,
         {REFUSAL("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")},
         {"Action=AssumeRole&"}, "MFA_REFUSED", "one time pass code"},
        {"a role asks", ROLE_OF("mid") "[profile mid]\nrole_arn = arn:aws:iam::123456789012:role/m\n"
         "source_profile = base\n" BASE, {OK(ROLE), NO_CODE}, {"role%2Fm", "TokenCode=123456"}, "MFA_DEVICE",
         "that of a role has no MFA device"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = 0;
        while (count < 4 && rows[i].requests[count] != NULL)
            count++;
        struct server *server = server_start(rows[i].answers, count);
        char *environment[] = {fill("AWS_ENDPOINT_URL=%s", server->url), NULL};
        stage_write(&stage, ".aws/config", rows[i].config, 0600);
        struct actor actor = actor_begin(&stage, "{}", (const char *const *)environment);
        actor_ask_error(&actor, rows[i].error, MESSAGE_TAKE_SESSION, "{\"signer\":\"\",\"code\":\"123456\"}");
        if (strstr(actor.text, rows[i].text) == NULL)
            fail_msg("%s: %s", rows[i].name, actor.text);
        struct source_case asked = {.name = rows[i].name};
        memcpy(asked.requests, rows[i].requests, sizeof rows[i].requests);
        check_requests(&asked, server);
        /* And the code is not sent a second time. */
        actor_ask_error(&actor, "MFA_USED", MESSAGE_TAKE_SESSION, "{\"signer\":\"\",\"code\":\"123456\"}");
        assert_int_equal(server->request_count, (int)count);
        assert_int_equal(actor_end(&actor), 0);
        free(environment[0]);
        server_stop(server);
    }
    stage_write(&stage, ".aws/config", "", 0600);
}

/* --- sessions that end while they are used ------------------------------------------------------ */

static void session(char *text, size_t size, const char *key, int64_t seconds)
{
    char until[WHEN_TEXT_SIZE];
    snprintf(text, size,
             "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"found\",\"Token\":\"tok\","
             "\"Expiration\":\"%s\"}",
             key, when_format(when_now() + seconds, until));
}

static void check_signer(struct actor *actor, const char *wanted)
{
    struct json_object *reply = actor_ask_ok(actor, MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_string_equal(body_string(reply, "signer"), wanted);
    json_object_put(reply);
}

/* Renewed five minutes before its end; one that cannot be renewed goes on while it is good. */
static void a_session_is_renewed_before_it_ends(void **state)
{
    (void)state;
    char first[256], second[256], third[256], environment[128];
    session(first, sizeof first, "ASIAFIRST", 200);
    session(second, sizeof second, "ASIASECOND", 250);
    session(third, sizeof third, "ASIATHIRD", 3600);
    const struct answer answers[] = {
        OK(first), OK(IDENTITY), OK(second),   OK(IDENTITY), HTTP(403),
        OK(IDENTITY), OK(third), OK(IDENTITY), OK(IDENTITY), OK(IDENTITY),
    };
    struct server *server = server_start(answers, 10);
    char sts[128];
    snprintf(sts, sizeof sts, "AWS_ENDPOINT_URL_STS=%s", server->url);
    snprintf(environment, sizeof environment, CONTAINER, server->url);
    stage_write(&stage, ".aws/config", "", 0600);
    struct actor actor = actor_begin(&stage, "{}", (const char *const[]){sts, environment, NULL});
    check_signer(&actor, "ASIAFIRST");
    check_signer(&actor, "ASIASECOND"); /* anew, since the first had little time left */
    check_signer(&actor, "ASIASECOND"); /* could not be renewed */
    check_signer(&actor, "ASIATHIRD");
    check_signer(&actor, "ASIATHIRD"); /* kept */
    assert_int_equal(server->request_count, 9);
    assert_int_equal(actor_end(&actor), 0);
    server_stop(server);
}

static void a_session_that_has_ended_is_not_used(void **state)
{
    (void)state;
    char first[256], environment[128], sts[128];
    session(first, sizeof first, "ASIAFIRST", 10);
    const struct answer answers[] = {OK(first), OK(IDENTITY), HTTP(403)};
    struct server *server = server_start(answers, 3);
    snprintf(sts, sizeof sts, "AWS_ENDPOINT_URL_STS=%s", server->url);
    snprintf(environment, sizeof environment, CONTAINER, server->url);
    struct actor actor = actor_begin(&stage, "{}", (const char *const[]){sts, environment, NULL});
    check_signer(&actor, "ASIAFIRST");
    actor_ask_error(&actor, "NO_CREDENTIALS", MESSAGE_IDENTIFY, "{\"signer\":\"\"}");
    assert_int_equal(actor_end(&actor), 0);
    server_stop(server);
}

/* --- the way, told -------------------------------------------------------------------------------- */

static void doctor_tells_what_a_place_has_answered(void **state)
{
    (void)state;
    const struct answer answers[] = {OK("{" SAME "}"), OK(ROLE), OK(IDENTITY)};
    struct server *server = server_start(answers, 3);
    char environment[128], sts[128];
    snprintf(sts, sizeof sts, "AWS_ENDPOINT_URL_STS=%s", server->url);
    snprintf(environment, sizeof environment, CONTAINER, server->url);
    stage_write(&stage, ".aws/config", "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\n"
                                       "credential_source = EcsContainer\n", 0600);
    struct actor actor = actor_begin(&stage, "{}", (const char *const[]){sts, environment, NULL});
    struct json_object *reply = actor_ask_ok(&actor, MESSAGE_DOCTOR, "{\"identity\":true}");
    struct json_object *steps = body_array(reply, "steps");
    assert_true(list_mentions(steps, "credential_source EcsContainer"));
    assert_true(list_mentions(steps, "gives ASIAFOUND, good until 2099"));
    assert_true(list_mentions(steps, "gives ASIAROLE, good until 2099"));
    assert_true(list_mentions(steps, "GetCallerIdentity"));
    assert_string_equal(body_string(reply, "account"), "123456789012");
    assert_string_equal(body_string(reply, "key"), "ASIAROLE");
    json_object_put(reply);
    assert_null(strstr(actor.said.bytes, "\"tok\""));
    assert_int_equal(actor_end(&actor), 0);
    server_stop(server);
    stage_write(&stage, ".aws/config", "", 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_gives_its_credentials_or_says_why_not),
        cmocka_unit_test(a_place_that_never_answers_is_given_up),
        cmocka_unit_test(a_refused_device_of_a_role_is_told_from_one_that_rests),
        cmocka_unit_test(a_session_is_renewed_before_it_ends),
        cmocka_unit_test(a_session_that_has_ended_is_not_used),
        cmocka_unit_test(doctor_tells_what_a_place_has_answered),
    };
    return cmocka_run_group_tests_name("keeper: sources", tests, open_stage, close_stage);
}
