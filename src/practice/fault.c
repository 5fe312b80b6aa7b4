#include "practice/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FAULTS_MAXIMUM = 64 };

enum fault_kind {
#define X(kind, name, executed, before, after, end, status, spoil, value) FAULT_##kind,
    FAULT_TABLE(X)
#undef X
        FAULT_KIND_COUNT
};

static const struct {
    const char *name;
    bool executed, wait_before, wait_after;
    enum fault_end end;
    int status;
    enum fault_spoil spoil;
    double value;
} table[FAULT_KIND_COUNT] = {
#define X(kind, name, executed, before, after, end, status, spoil, value)                          \
    [FAULT_##kind] = {name, executed, before, after, FAULT_END_##end, status, FAULT_SPOIL_##spoil, \
                      value},
    FAULT_TABLE(X)
#undef X
};

struct fault {
    enum fault_kind kind;
    double value;
    char action[64];
    unsigned long skip, times, seen, struck;
};

struct fault_list {
    struct fault faults[FAULTS_MAXIMUM];
    size_t count;
};

struct fault_list *fault_list_new(void)
{
    return calloc(1, sizeof(struct fault_list));
}

void fault_list_free(struct fault_list *list)
{
    free(list);
}

void fault_list_clear(struct fault_list *list)
{
    list->count = 0;
}

static bool read_count(const char *string, unsigned long *ret_count)
{
    char *end;
    if (string == NULL)
        return true;
    if (string[0] < '0' || string[0] > '9')
        return false;
    *ret_count = strtoul(string, &end, 10);
    return *end == '\0';
}

static bool read_kind(char *word, struct fault *fault)
{
    char *value = strchr(word, '=');
    if (value != NULL)
        *value++ = '\0';
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        char *end = NULL;
        if (strcmp(table[i].name, word) != 0)
            continue;
        fault->kind = (enum fault_kind)i;
        fault->value = value == NULL ? table[i].value : strtod(value, &end);
        return value == NULL || (end != value && *end == '\0' && fault->value >= 0 &&
                                 fault->value <= FAULT_WAIT_MAXIMUM_MS / 1000);
    }
    return false;
}

bool fault_list_add(struct fault_list *list, const char *spec, struct error *err)
{
    struct fault fault = {.times = 1};
    char words[160];
    bool fits = text_copy(words, sizeof words, spec);
    char *rest = words;
    const char *kind = strsep(&rest, ":");
    const char *action = strsep(&rest, ":");
    const char *skip = strsep(&rest, ":");
    const char *times = strsep(&rest, ":");
    if (!fits || rest != NULL || !read_kind((char *)kind, &fault) || action == NULL ||
        action[0] == '\0' || !text_copy(fault.action, sizeof fault.action, action) ||
        !read_count(skip, &fault.skip) || !read_count(times, &fault.times))
        return error_set(err, ERROR_USAGE,
                         "'%.60s' is not a fault: write KIND[=VALUE]:ACTION[:SKIP[:TIMES]]", spec);
    if (list->count == FAULTS_MAXIMUM)
        return error_set(err, ERROR_LIMIT, "more than %d faults", FAULTS_MAXIMUM);
    list->faults[list->count++] = fault;
    return true;
}

static void refusal_of(enum fault_kind kind, struct account_refusal *refusal)
{
    const char *code = "ServiceFailure";
    const char *message = "The request processing has failed because of an unknown error, "
                          "exception or failure.";
    int status = table[kind].status;
    if (kind == FAULT_THROTTLE) {
        code = "Throttling";
        message = "Rate exceeded";
    } else if (kind == FAULT_DENIED) {
        code = "AccessDenied";
        message = "You are not authorized to perform this action.";
    } else if (kind == FAULT_REFUSED) {
        code = "InvalidClientTokenId";
        message = "The security token included in the request is invalid.";
    } else if (kind == FAULT_EXPIRED) {
        code = "RequestExpired";
        message = "Request has expired.";
    } else if (kind == FAULT_LIMIT) {
        code = "LimitExceeded";
        message = "Cannot exceed quota for AccessKeysPerUser: 2";
    } else if (kind == FAULT_UNAVAILABLE) {
        code = "ServiceUnavailable";
        message = "Service is unable to handle request.";
    }
    account_refuse(refusal, status, code, "fault", "%s", message);
}

/* The first fault that decides something decides it; waits add up. */
static void strike(const struct fault *fault, struct fault_plan *plan)
{
    size_t used = strlen(plan->names);
    int wait_ms = (int)(fault->value * 1000);
    snprintf(plan->names + used, sizeof plan->names - used, "%s%s", used > 0 ? "," : "",
             table[fault->kind].name);
    plan->executed = plan->executed && table[fault->kind].executed;
    if (table[fault->kind].wait_before)
        plan->wait_before_ms += wait_ms;
    if (table[fault->kind].wait_after)
        plan->wait_after_ms += wait_ms;
    if (plan->end == FAULT_END_ANSWERED)
        plan->end = table[fault->kind].end;
    if (!plan->refused && table[fault->kind].status != 0) {
        plan->refused = true;
        refusal_of(fault->kind, &plan->refusal);
    }
    if (plan->spoil == FAULT_SPOIL_NOTHING && table[fault->kind].spoil != FAULT_SPOIL_NOTHING) {
        plan->spoil = table[fault->kind].spoil;
        plan->huge_mib = (int)fault->value;
    }
}

struct fault_plan fault_list_strike(struct fault_list *list, const char *action)
{
    struct fault_plan plan = {.executed = true, .end = FAULT_END_ANSWERED};
    for (size_t i = 0; i < list->count; i++) {
        struct fault *fault = &list->faults[i];
        if (strcmp(fault->action, "*") != 0 && strcmp(fault->action, action) != 0)
            continue;
        if (fault->seen++ < fault->skip || (fault->times > 0 && fault->struck >= fault->times))
            continue;
        fault->struck++;
        strike(fault, &plan);
    }
    return plan;
}

/* Cut the bytes from `from` up to `to` out of the body. */
static void cut(struct text *body, size_t from, size_t to)
{
    memmove(body->bytes + from, body->bytes + to, body->length - to + 1);
    body->length -= to - from;
}

static void cut_element(struct text *body, const char *open, const char *close)
{
    const char *from = body->length == 0 ? NULL : strstr(body->bytes, open);
    const char *to = from == NULL ? NULL : strstr(from, close);
    if (to != NULL)
        cut(body, (size_t)(from - body->bytes), (size_t)(to - body->bytes) + strlen(close));
}

/* Put `words` in front of where the element `open` starts. */
static void insert(struct text *body, const char *open, const char *words)
{
    const char *at = body->length == 0 ? NULL : strstr(body->bytes, open);
    if (at == NULL)
        return;
    size_t before = (size_t)(at - body->bytes);
    char *rest = strdup(at);
    if (rest == NULL)
        return;
    cut(body, before, body->length);
    text_append(body, words);
    text_append(body, rest);
    free(rest);
}

void fault_spoil_body(enum fault_spoil spoil, struct text *body)
{
    switch (spoil) {
    case FAULT_SPOIL_NOTHING:
    case FAULT_SPOIL_TRUNCATED:
    case FAULT_SPOIL_HUGE:
        return;
    case FAULT_SPOIL_MALFORMED:
        for (size_t at = body->length; at-- > 0;)
            if (body->bytes[at] == '<') {
                cut(body, at, body->length);
                return;
            }
        return;
    case FAULT_SPOIL_EMPTY:
        text_clear(body);
        return;
    case FAULT_SPOIL_HTML:
        text_clear(body);
        text_append(body, "<html><head><title>502 Bad Gateway</title></head>"
                          "<body><h1>502 Bad Gateway</h1><hr></body></html>");
        return;
    case FAULT_SPOIL_NO_SECRET:
        cut_element(body, "<SecretAccessKey>", "</SecretAccessKey>");
        return;
    case FAULT_SPOIL_DOUBLED:
        insert(body, "<AccessKeyId>", "<AccessKeyId>AKIADOUBLEDDOUBLED22</AccessKeyId>");
        return;
    case FAULT_SPOIL_ENTITY:
        insert(body, "<", "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>");
        return;
    case FAULT_SPOIL_ODD:
        insert(body, "<ResponseMetadata>", "<!-- odd but legal --><?practice odd?>\n ");
        insert(body, "<", "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        return;
    }
}
