#include "practice/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { FAULTS_MAXIMUM = 64 };

enum fault_kind {
#define X(code, name, executed, end, refusal, body, wire, meaning, value, says) FAULT_##code,
    FAULT_TABLE(X)
#undef X
        FAULT_KIND_COUNT
};

static const struct {
    const char *name;
    bool executed;
    enum fault_end end;
    enum fault_refusal refusal;
    enum spoil_body body;
    enum spoil_wire wire;
    enum fault_value meaning;
    double value;
} table[FAULT_KIND_COUNT] = {
#define X(code, name, executed, end, refusal, body, wire, meaning, value, says)                    \
    [FAULT_##                                                                                      \
        code] = {name,         executed,          FAULT_END_##end,       FAULT_REFUSAL_##refusal,  \
                 SPOIL_##body, SPOIL_WIRE_##wire, FAULT_VALUE_##meaning, value},
    FAULT_TABLE(X)
#undef X
};

static const struct {
    int status;
    const char *code;
    const char *message;
} refusals[FAULT_REFUSAL_COUNT] = {
#define X(code, status, aws, message) [FAULT_REFUSAL_##code] = {status, aws, message},
    FAULT_REFUSAL_TABLE(X)
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

/* How large a VALUE may be: waits are seconds of somebody's time, bodies are megabytes. */
static double most(enum fault_value meaning)
{
    switch (meaning) {
    case FAULT_VALUE_NONE:
        return 0;
    case FAULT_VALUE_WAIT_BEFORE:
    case FAULT_VALUE_WAIT_AFTER:
    case FAULT_VALUE_WIRE:
        return FAULT_WAIT_MAXIMUM_MS / 1000.0;
    case FAULT_VALUE_AHEAD:
    case FAULT_VALUE_BEHIND:
    case FAULT_VALUE_STALE:
        return 864000;
    }
    return 0;
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
                                 fault->value <= most(table[i].meaning));
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

static void take_value(const struct fault *fault, struct fault_plan *plan)
{
    switch (table[fault->kind].meaning) {
    case FAULT_VALUE_NONE:
        return;
    case FAULT_VALUE_WAIT_BEFORE:
        plan->wait_before_ms += (int)(fault->value * 1000);
        return;
    case FAULT_VALUE_WAIT_AFTER:
        plan->wait_after_ms += (int)(fault->value * 1000);
        return;
    case FAULT_VALUE_AHEAD:
        plan->date_shift += (int)fault->value;
        return;
    case FAULT_VALUE_BEHIND:
        plan->date_shift -= (int)fault->value;
        return;
    case FAULT_VALUE_STALE:
        plan->stale = (int)fault->value;
        return;
    case FAULT_VALUE_WIRE:
        plan->wire_value = fault->value;
        return;
    }
}

/* The first fault that decides something decides it; waits and shifts add up. */
static void strike(const struct fault *fault, struct fault_plan *plan)
{
    size_t used = strlen(plan->names);
    enum fault_refusal refusal = table[fault->kind].refusal;
    snprintf(plan->names + used, sizeof plan->names - used, "%s%s", used > 0 ? "," : "",
             table[fault->kind].name);
    plan->executed = plan->executed && table[fault->kind].executed;
    if (plan->end == FAULT_END_ANSWERED)
        plan->end = table[fault->kind].end;
    if (!plan->refused && refusal != FAULT_REFUSAL_NONE) {
        plan->refused = true;
        account_refuse(&plan->refusal, refusals[refusal].status, refusals[refusal].code, "fault",
                       "%s", refusals[refusal].message);
    }
    if (plan->body == SPOIL_AS_IS)
        plan->body = table[fault->kind].body;
    bool decides = plan->wire == SPOIL_WIRE_PLAIN;
    if (decides)
        plan->wire = table[fault->kind].wire;
    if (decides || table[fault->kind].meaning != FAULT_VALUE_WIRE)
        take_value(fault, plan);
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

void fault_throttle(struct fault_plan *plan)
{
    const struct fault fault = {.kind = FAULT_THROTTLE};
    strike(&fault, plan);
}
