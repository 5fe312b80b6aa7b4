/* Credentials as JSON: what a credential_process printed, what services of containers and instances and
 * the caches of the aws command hold. Input: a byte for the form, then the JSON. */
#include <json-c/json.h>
#include <string.h>

#include "base/when.h"
#include "profile/profile.h"
#include "tests/fuzz/fuzz.h"

/* The pair printed as such a program would print it. */
static void check_printed(const struct credentials *pair)
{
    char expires[WHEN_TEXT_SIZE];
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "Version", json_object_new_int(1));
    json_object_object_add(object, "AccessKeyId", json_object_new_string(pair->key_id));
    json_object_object_add(object, "SecretAccessKey",
                           json_object_new_string(secret_bytes(pair->secret)));
    if (pair->token != NULL)
        json_object_object_add(object, "SessionToken",
                               json_object_new_string(secret_bytes(pair->token)));
    bool has_form = when_format(pair->expires, expires)[0] != '\0';
    if (has_form)
        json_object_object_add(object, "Expiration",
                               json_object_new_string(expires));
    const char *printed = json_object_to_json_string(object);
    struct credentials again;
    struct error err = {0};
    if (strlen(printed) <= 64 * 1024) {
        CHECK(profile_parse_process(printed, strlen(printed), &again, &err));
        CHECK(strcmp(again.key_id, pair->key_id) == 0);
        CHECK(secret_equal(again.secret, pair->secret));
        CHECK(secret_equal(again.token, pair->token));
        CHECK(again.expires == (has_form ? pair->expires : 0));
        credentials_release(&again);
    }
    json_object_put(object);
}

/* What came is never quoted: all texts are ours, with nothing in them but names of members. */
static void check_text(const char *text)
{
    static const char *const begins[] = {"there are more than",
                                         "it is not one",
                                         "it has no ",
                                         "its Version",
                                         "there is no ",
                                         "the metadata service has",
                                         "a name stands twice in it"};
    static const char *const ends[] = {" is not a string", " has a NUL",      " is empty",
                                       " is not a time",   " is not a number", " is too long"};
    bool known = false;
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        known = known || strncmp(text, begins[i], strlen(begins[i])) == 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        known = known || (length > strlen(ends[i]) &&
                          strcmp(text + length - strlen(ends[i]), ends[i]) == 0);
    CHECK(known && length < 80);
}

static bool parse(unsigned form, const char *bytes, size_t length, struct credentials *ret_pair,
                  struct error *err)
{
    if (form == 0)
        return profile_parse_process(bytes, length, ret_pair, err);
    if (form <= PROFILE_JSON_LOGIN + 1)
        return profile_parse_json((enum profile_json)(form - 1), bytes, length, ret_pair, err);
    credentials_init(ret_pair);
    strcpy(ret_pair->key_id, "none");
    return profile_parse_sso_token(bytes, length, &ret_pair->secret, &ret_pair->expires, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_secrets();
    struct feed feed = {data, size};
    unsigned form = feed_byte(&feed) % (PROFILE_JSON_LOGIN + 3);
    struct credentials pair;
    struct error err = {0};
    if (!parse(form, (const char *)feed.at, feed.left, &pair, &err)) {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_SYNTAX || err.code == ERROR_LIMIT ||
              (err.code == ERROR_NO_CREDENTIALS && form == PROFILE_JSON_METADATA + 1));
        check_text(err.text);
        return 0;
    }
    CHECK(pair.key_id[0] != '\0' && pair.secret != NULL && secret_length(pair.secret) > 0);
    CHECK(strlen(secret_bytes(pair.secret)) == secret_length(pair.secret));
    check_printed(&pair);
    credentials_release(&pair);
    return 0;
}
