#include "practice/practice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/when.h"
#include "practice/analyzers.h"
#include "practice/json.h"
#include "practice/reply.h"
#include "practice/trail.h"
#include "practice/verify.h"

enum { LINE_MAXIMUM = 64 * 1024 };

bool practice_init(struct practice *practice, struct error *err)
{
    *practice = (struct practice){
        .account = account_new(), .faults = fault_list_new(), .skew = PRACTICE_SKEW};
    if (practice->account == NULL || practice->faults == NULL)
        error_set(err, ERROR_MEMORY, "no room for an account");
    else if (sign_cache_new(&practice->cache, err))
        return true;
    practice_release(practice);
    return false;
}

void practice_release(struct practice *practice)
{
    account_free(practice->account);
    account_free(practice->saved);
    fault_list_free(practice->faults);
    sign_cache_free(practice->cache);
    if (practice->log != NULL)
        fclose(practice->log);
    if (practice->secrets != NULL)
        fclose(practice->secrets);
    *practice = (struct practice){.log = NULL};
}

static bool open_appending(FILE **file, const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *opened = fd < 0 ? NULL : fdopen(fd, "a");
    if (opened == NULL) {
        int sys = errno;
        if (fd >= 0)
            close(fd);
        return error_set_errno(err, ERROR_IO, sys, "opening %s", path);
    }
    if (*file != NULL)
        fclose(*file);
    *file = opened;
    return true;
}

bool practice_open_log(struct practice *practice, const char *path, struct error *err)
{
    return open_appending(&practice->log, path, err);
}

bool practice_open_secrets(struct practice *practice, const char *path, struct error *err)
{
    return open_appending(&practice->secrets, path, err);
}

void practice_note_secret(struct practice *practice, const char *key_id, const char *secret,
                          const char *token)
{
    if (practice->secrets == NULL || key_id[0] == '\0')
        return;
    fprintf(practice->secrets, "secret-%s %s\n", key_id, secret);
    if (token[0] != '\0')
        fprintf(practice->secrets, "token-%s %s\n", key_id, token);
    fflush(practice->secrets);
}

/* The text of an element of an answer of ours; "" when it has none. */
static const char *element(const char *body, const char *name, char *buffer, size_t size)
{
    char tag[64];
    snprintf(tag, sizeof tag, "<%s>", name);
    const char *at = strstr(body, tag);
    size_t length = at == NULL ? 0 : strcspn(at += strlen(tag), "<");
    if (length >= size)
        length = 0;
    memcpy(buffer, at == NULL ? "" : at, length);
    buffer[length] = '\0';
    return buffer;
}

static void note_seed(struct practice *practice, const char *body)
{
    char coded[2 * ACCOUNT_BASE32_SIZE];
    unsigned char seed[2 * ACCOUNT_BASE32_SIZE] = {0};
    element(body, "Base32StringSeed", coded, sizeof coded);
    if (EVP_DecodeBlock(seed, (const unsigned char *)coded, (int)strlen(coded)) >=
        ACCOUNT_BASE32_SIZE - 1)
        practice_note_secret(practice, "MFASEED", (const char *)seed, "");
}

static void note_secrets(struct practice *practice, const char *body)
{
    if (practice->secrets != NULL && strstr(body, "<Base32StringSeed>") != NULL)
        note_seed(practice, body);
    char key_id[ACCOUNT_KEY_ID_SIZE], secret[ACCOUNT_SECRET_SIZE], token[ACCOUNT_TOKEN_SIZE];
    if (practice->secrets == NULL || strstr(body, "<SecretAccessKey>") == NULL)
        return;
    practice_note_secret(practice, element(body, "AccessKeyId", key_id, sizeof key_id),
                         element(body, "SecretAccessKey", secret, sizeof secret),
                         element(body, "SessionToken", token, sizeof token));
}

int64_t practice_now(const struct practice *practice)
{
    return when_now() + practice->offset;
}

/* AWS throttles by action. */
static bool is_throttled(struct practice *practice, const char *action)
{
    int64_t now = when_now(), rate = account_settings(practice->account)->rate;
    int number = actions_find(action);
    if (number < 0 || rate == 0)
        return false;
    struct practice_count *count = &practice->counts[number];
    count->in_second = count->second == now ? count->in_second + 1 : 1;
    count->second = now;
    return count->in_second > rate;
}

bool practice_begin(struct practice *practice, struct request *request, struct fault_plan *ret_plan)
{
    struct error err;
    bool readable = request_is_json(request) ? request_read_json(request, &err)
                                             : request_read_fields(request, &err);
    if (readable)
        analyzers_name_action(request);
    const char *action = readable ? request_field(request, "Action") : NULL;
    *ret_plan = fault_list_strike(practice->faults, action == NULL ? "" : action);
    ret_plan->wait_before_ms += (int)account_settings(practice->account)->latency;
    if (action != NULL && is_throttled(practice, action))
        fault_throttle(ret_plan);
    if (++practice->in_flight > practice->in_flight_most)
        practice->in_flight_most = practice->in_flight;
    return readable;
}

/* What is known of one exchange when its line is written. */
struct record {
    struct verify_claim claim;
    struct account_caller caller;
    bool verified;
    bool executed;
    int status;
    const char *code;
    const char *why;
};

static void write_line(struct practice *practice, const struct request *request,
                       const struct fault_plan *plan, const struct record *known)
{
    practice->sequence++;
    if (practice->log == NULL)
        return;
    char at[WHEN_TEXT_SIZE];
    struct text CLEANUP(text_release) text;
    text_init(&text, LINE_MAXIMUM);
    struct json_object *line = json_object_new_object();
    json_add_number(line, "seq", (int64_t)practice->sequence);
    json_add_text(line, "at", when_format(practice_now(practice), at));
    json_add_number(line, "connection", (int64_t)request->connection);
    json_add_number(line, "nth", (int64_t)request->nth);
    json_add_text(line, "service", known->claim.service);
    json_add_text(line, "action", request_field(request, "Action"));
    json_add_text(line, "access_key", known->claim.key_id);
    json_add_text(line, "principal", known->verified ? known->caller.arn : NULL);
    json_add_text(line, "user", request_field(request, "UserName"));
    json_add_text(line, "key", request_field(request, "AccessKeyId"));
    json_add_text(line, "to_status", request_field(request, "Status"));
    json_add_bool(line, "verified", known->verified);
    json_add_bool(line, "executed", known->executed);
    json_add_number(line, "status", known->status);
    json_add_text(line, "code", known->code);
    json_add_text(line, "fault", plan->names);
    json_add_text(line, "why", known->why);
    json_finish(line, &text);
    fputs(text.bytes, practice->log);
    fflush(practice->log);
}

/* A UUID (RFC 9562, version 4) from the end of the random bytes. */
static void make_request_id(const unsigned char *random, char to[PRACTICE_REQUEST_ID_SIZE])
{
    const unsigned char *r = random + ACCOUNT_RANDOM_SIZE - 16;
    snprintf(to, PRACTICE_REQUEST_ID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1],
             r[2], r[3], r[4], r[5], r[6] & 15, r[7], r[8] & 15, r[9], r[10], r[11], r[12], r[13],
             r[14], r[15]);
}

static bool perform(struct practice *practice, const struct request *request, bool readable,
                    const struct fault_plan *plan, const unsigned char *random,
                    struct record *known, struct practice_answer *answer,
                    struct account_refusal *refusal)
{
    int64_t now = practice_now(practice);
    int number = -1;
    if (!readable)
        return account_refuse(refusal, 400, "MalformedInput", "malformed-form",
                              "The request could not be read.");
    if (!verify_claim(request, &known->claim, refusal) ||
        !verify_request(practice->cache, practice->account, request, &known->claim, now,
                        practice->skew, &known->caller, refusal))
        return false;
    known->verified = true;
    account_use_key(practice->account, known->claim.key_id, known->claim.service,
                    known->claim.region, now);
    if (!plan->executed) {
        if (plan->refused)
            *refusal = plan->refusal;
        else
            account_refuse(refusal, 0, "", "fault", "not executed");
        return false;
    }
    struct account_call call = {&known->caller, now, random};
    struct account_settings *set = account_settings(practice->account);
    int64_t list_delay = set->list_delay;
    if (plan->stale > 0)
        set->list_delay = plan->stale;
    bool done = actions_perform(practice->account, &call, known->claim.service,
                                known->claim.region, request, answer->request_id, &number,
                                &answer->body, refusal);
    set->list_delay = list_delay;
    if (number >= 0)
        practice->counts[number].executed += done;
    return done;
}

/* What was verified and got through to the service is in the event history, refused or not. */
static void note_event(struct practice *practice, const struct request *request,
                   const struct record *known, const struct account_refusal *refusal)
{
    struct account_event event = {.at = practice_now(practice)};
    const char *action = request_field(request, "Action");
    const char *agent = request_header(request, "user-agent");
    if (!known->verified || action == NULL)
        return;
    text_copy(event.key_id, sizeof event.key_id, known->claim.key_id);
    text_copy(event.user, sizeof event.user, known->caller.name);
    text_copy(event.arn, sizeof event.arn, known->caller.arn);
    text_copy(event.service, sizeof event.service, known->claim.service);
    text_copy(event.region, sizeof event.region, known->claim.region);
    text_copy(event.action, sizeof event.action, action);
    text_copy(event.user_agent, sizeof event.user_agent, agent != NULL ? agent : "");
    text_copy(event.error, sizeof event.error, known->executed ? "" : refusal->code);
    account_record(practice->account, &event);
}

void practice_answer(struct practice *practice, const struct request *request, bool readable,
                     const struct fault_plan *plan, const unsigned char *random,
                     struct practice_answer *ret_answer)
{
    struct record known = {.status = 200};
    struct account_refusal refusal = {.why = "", .code = ""};
    const char *action = readable ? request_field(request, "Action") : NULL;
    int number = action == NULL ? -1 : actions_find(action);
    if (number >= 0)
        practice->counts[number].received++;
    practice->in_flight -= practice->in_flight > 0;
    make_request_id(random, ret_answer->request_id);
    known.executed =
        perform(practice, request, readable, plan, random, &known, ret_answer, &refusal);
    if (plan->executed)
        note_event(practice, request, &known, &refusal);
    if (known.executed)
        note_secrets(practice, ret_answer->body.bytes);
    bool refused = !known.executed;
    if (plan->refused) {
        refusal = plan->refusal;
        refused = true;
    }
    const char *service = known.claim.service[0] == '\0' ? "iam" : known.claim.service;
    if (refused && strcmp(service, "sts") == 0 && strcmp(refusal.code, "ServiceFailure") == 0)
        refusal.code = "InternalFailure";
    bool rest = analyzers_is_rest(request), json = rest || request_is_json(request);
    if (refused && json) {
        int http = refusal.http;
        text_clear(&ret_answer->body);
        trail_error(&ret_answer->body, &refusal);
        known.status = rest ? http : refusal.http;
    } else if (refused) {
        known.status = refusal.http;
        text_clear(&ret_answer->body);
        reply_error(&ret_answer->body, service, &refusal, ret_answer->request_id);
    }
    ret_answer->error_type = rest && refused ? refusal.code : "";
    known.code = refused ? refusal.code : "";
    known.why = refused ? refusal.why : "";
    ret_answer->status = known.status;
    ret_answer->content_type = plan->wire == SPOIL_WIRE_TYPED ? "text/html"
                               : rest                         ? "application/json"
                              : json                         ? TRAIL_CONTENT
                                                              : "text/xml";
    ret_answer->date = practice_now(practice) + practice->date_offset + plan->date_shift;
    spoil_body(plan->body, &ret_answer->body);
    if (plan->end != FAULT_END_ANSWERED)
        known.status = 0;
    write_line(practice, request, plan, &known);
}
