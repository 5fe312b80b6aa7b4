/* The replies of AWS, XML or JSON, one parser an action. Input: a byte for the action, a byte for the size of the
 * pieces in which the body arrives, then the body. */
#include <stdlib.h>
#include <string.h>

#include "aws/reply.h"
#include "aws/verdict.h"
#include "tests/fuzz/fuzz.h"

static const char secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#define CHECK_ENDED(array) CHECK(memchr(array, '\0', sizeof(array)) != NULL)

static void check_reply(enum aws_action action, const struct aws_reply *reply)
{
    CHECK_ENDED(reply->account);
    CHECK_ENDED(reply->arn);
    CHECK_ENDED(reply->user_id);
    CHECK_ENDED(reply->user);
    CHECK_ENDED(reply->used_service);
    CHECK_ENDED(reply->used_region);
    CHECK_ENDED(reply->key.id);
    CHECK(reply->key_count == 0 || action == AWS_LIST_ACCESS_KEYS);
    for (size_t i = 0; i < reply->key_count; i++) {
        CHECK_ENDED(reply->keys[i].id);
        CHECK_ENDED(reply->keys[i].status);
        CHECK(reply->keys[i].id[0] != '\0');
    }
    for (size_t i = 0; i < reply->user_count; i++)
        CHECK(reply->users[i].name[0] != '\0');
    for (size_t i = 0; i < reply->mfa_count; i++)
        CHECK(reply->mfa[i].serial[0] != '\0');
    CHECK(reply->event_count == 0 || action == AWS_LOOKUP_EVENTS);
    for (size_t i = 0; i < reply->event_count; i++) {
        const struct aws_event *event = &reply->events[i];
        CHECK_ENDED(event->name);
        CHECK_ENDED(event->source);
        CHECK_ENDED(event->region);
        CHECK_ENDED(event->source_ip);
        CHECK_ENDED(event->user_agent);
        CHECK_ENDED(event->error_code);
        CHECK(event->detailed || event->user_agent[0] == '\0');
    }
    for (size_t i = 0; i < reply->analyzer_count; i++)
        CHECK(reply->analyzers[i].type[0] != '\0' && reply->analyzers[i].status[0] != '\0');
    for (size_t i = 0; i < reply->found_count; i++)
        CHECK(reply->found[i].owner[0] != '\0' && action == AWS_LIST_FINDINGS_V2);
    for (size_t i = 0; i < reply->flaw_count; i++)
        CHECK(reply->flaws[i].type[0] != '\0' && reply->flaws[i].code[0] != '\0');
    for (size_t i = 0; i < reply->trail_count; i++)
        CHECK(reply->trails[i].arn[0] != '\0' && action == AWS_DESCRIBE_TRAILS);
    CHECK((reply->tree != NULL) == (action == AWS_GET_ACCOUNT_AUTHORIZATION_DETAILS ||
                                    action == AWS_GET_EVENT_SELECTORS));
    CHECK(reply->marker != NULL && (!reply->truncated || reply->marker[0] != '\0'));
    if (action == AWS_CREATE_ACCESS_KEY)
        CHECK(reply->credentials != NULL && reply->credentials->key_id[0] != '\0' &&
              secret_length(reply->credentials->secret) > 0);
}

/* A refusal becomes one safe line, in which the secret that signed does not stand. */
static void check_refusal(enum aws_action action, const struct reply_reader *reader)
{
    struct error err = {0};
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    CHECK(secret_new(secret, strlen(secret), &pair.secret, &err));
    const struct refusal refusal = {.http = 403,
                                    .code = reply_reader_code(reader),
                                    .message = reply_reader_message(reader),
                                    .request_id = reply_reader_message(reader),
                                    .date = 1768480496,
                                    .signed_at = 1768480496};
    verdict_error(action, &refusal, &pair, &err);
    fuzz_check_error(&err);
    CHECK(strstr(err.text, secret) == NULL && strstr(err.aws_code, secret) == NULL);
    CHECK(strstr(err.request_id, secret) == NULL);
    CHECK(strncmp(err.text, "AWS: ", 5) == 0);
    CHECK(!(verdict_throttled(&refusal) && verdict_transient(&refusal)));
}

static struct reply_reader *read_in_pieces(enum aws_action action, const uint8_t *body, size_t size,
                                           size_t piece, bool *ret_good, struct error *err)
{
    struct reply_reader *reader = NULL;
    CHECK(reply_reader_new(action, &reader, err));
    for (size_t at = 0; at < size; at += piece)
        reply_reader_feed(reader, (const char *)body + at, size - at < piece ? size - at : piece);
    *ret_good = reply_reader_end(reader, err);
    return reader;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_secrets();
    struct feed feed = {data, size};
    enum aws_action action = (enum aws_action)(feed_byte(&feed) % AWS_ACTION_COUNT);
    size_t piece = feed_byte(&feed) + 1;
    struct error err = {0}, other_err = {0};
    bool good, other_good;
    struct reply_reader *reader =
        read_in_pieces(action, feed.at, feed.left, feed.left + 1, &good, &err);
    struct reply_reader *other =
        read_in_pieces(action, feed.at, feed.left, piece, &other_good, &other_err);
    /* How it arrives changes nothing. */
    CHECK(good == other_good);
    if (good) {
        const struct aws_reply *one = reply_reader_reply(reader), *two = reply_reader_reply(other);
        CHECK(strcmp(reply_reader_code(reader), reply_reader_code(other)) == 0);
        CHECK(strcmp(reply_reader_message(reader), reply_reader_message(other)) == 0);
        CHECK(one->key_count == two->key_count && strcmp(one->arn, two->arn) == 0);
        if (reply_reader_code(reader)[0] == '\0')
            check_reply(action, one);
        else
            check_refusal(action, reader);
    } else {
        fuzz_check_error(&err);
        CHECK(err.code == ERROR_REPLY || err.code == ERROR_MEMORY || err.code == ERROR_LIMIT);
        CHECK(err.code == other_err.code);
    }
    reply_reader_free(reader);
    reply_reader_free(other);
    return 0;
}
