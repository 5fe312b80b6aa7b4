#include "rotation/names.h"

#include <string.h>

static const char *const key_status_names[] = {
#define X(code, name) [KEY_STATUS_##code] = name,
    KEY_STATUS_TABLE(X)
#undef X
};

static const char *const verdict_names[] = {
#define X(code, name) [VERDICT_##code] = name,
    VERDICT_TABLE(X)
#undef X
};

static const char *const step_names[] = {
#define X(code, name) [STEP_##code] = name,
    STEP_TABLE(X)
#undef X
};

static const struct {
    const char *name;
    enum step step;
} states[] = {
#define X(code, name, step) [ROTATION_##code] = {name, STEP_##step},
    ROTATION_STATE_TABLE(X)
#undef X
};

static const struct {
    const char *name;
    const char *says;
    bool overridable;
} gates[] = {
#define X(code, name, overridable, says) [GATE_##code] = {name, says, overridable},
    GATE_TABLE(X)
#undef X
};

/* Index of `name` in a table of names, or `missing`. */
static int seek(const char *const *names, int count, const char *name, int missing)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return missing;
}

const char *key_status_name(enum key_status status)
{
    return key_status_names[status];
}

enum key_status key_status_from_name(const char *name)
{
    return (enum key_status)seek(key_status_names, KEY_STATUS_COUNT, name, KEY_STATUS_UNKNOWN);
}

const char *verdict_name(enum verdict verdict)
{
    return verdict_names[verdict];
}

enum verdict verdict_from_name(const char *name)
{
    return (enum verdict)seek(verdict_names, VERDICT_COUNT, name, VERDICT_UNKNOWN);
}

const char *step_name(enum step step)
{
    return step_names[step];
}

const char *rotation_state_name(enum rotation_state state)
{
    return states[state].name;
}

enum step rotation_state_step(enum rotation_state state)
{
    return states[state].step;
}

bool rotation_state_from_name(const char *name, enum rotation_state *ret_state)
{
    for (int i = 0; i < ROTATION_STATE_COUNT; i++)
        if (strcmp(states[i].name, name) == 0) {
            *ret_state = (enum rotation_state)i;
            return true;
        }
    return false;
}

const char *gate_name(enum gate_id gate)
{
    return gates[gate].name;
}

const char *gate_says(enum gate_id gate)
{
    return gates[gate].says;
}

bool gate_overridable(enum gate_id gate)
{
    return gates[gate].overridable;
}

bool gate_from_name(const char *name, enum gate_id *ret_gate)
{
    for (int i = 0; i < GATE_COUNT; i++)
        if (strcmp(gates[i].name, name) == 0) {
            *ret_gate = (enum gate_id)i;
            return true;
        }
    return false;
}
