/* A state as text: a line each, fields with tabs between. In a field, controls and % stand as %NN. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/state.h"

static const char first_line[] = "keywright-state\t1";

enum { FIELDS_MAX = 8, FIELD_LONGEST = 4096 };

/* --- writing -----------------------------------------------------------------------------------*/

static void put(struct text *text, const char *value)
{
    text_append_char(text, '\t');
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f || *at == '%')
            text_appendf(text, "%%%02X", *at);
        else
            text_append_char(text, (char)*at);
}

static void put_number(struct text *text, int64_t value)
{
    text_appendf(text, "\t%" PRId64, value);
}

static void put_fact(struct text *text, enum fact fact)
{
    static const char *const words[] = {
        [FACT_UNKNOWN] = "unknown", [FACT_NO] = "no", [FACT_YES] = "yes"};
    put(text, words[fact]);
}

static void write_user(const struct state_user *user, struct text *text)
{
    text_append(text, "user");
    put(text, user->name);
    put(text, user->arn);
    put_number(text, user->created);
    put_fact(text, user->console);
    put_fact(text, user->mfa);
    put_number(text, user->told_at);
    put_number(text, user->keys_at);
    text_append_char(text, '\n');
    for (size_t i = 0; i < user->key_count; i++) {
        text_append(text, "key");
        put(text, user->keys[i].id);
        put_number(text, user->keys[i].created);
        put_fact(text, user->keys[i].active);
        text_append_char(text, '\n');
    }
}

void state_write(const struct state *state, struct text *text)
{
    text_append(text, first_line);
    put_number(text, state->at);
    put_number(text, state->all_users);
    text_append_char(text, '\n');
    for (size_t i = 0; i < state->user_count; i++)
        write_user(&state->users[i], text);
    for (size_t i = 0; i < state->finding_count; i++) {
        const struct state_finding *finding = &state->findings[i];
        if (finding->unknown)
            continue;
        text_append(text, "fail");
        put(text, finding->check);
        put(text, finding->severity);
        put(text, finding->resource);
        put_number(text, finding->at);
        text_append_char(text, '\n');
    }
}

/* --- reading -----------------------------------------------------------------------------------*/

struct reading {
    struct state *state;
    struct state_user *user; /* the last one: whose keys follow */
    size_t line, count;
    char fields[FIELDS_MAX][FIELD_LONGEST + 1];
    struct error *err;
};

static bool bad(struct reading *reading, const char *why)
{
    return error_set(reading->err, ERROR_SYNTAX, "what is stored of an audit, line %zu: %s",
                     reading->line, why);
}

static int digit(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* One field into its place. False for a bad escape, a NUL, or one that is too long. */
static bool read_field(const char *from, size_t length, char *to)
{
    size_t made = 0;
    for (size_t i = 0; i < length; i++) {
        char c = from[i];
        if (c == '%') {
            int high = i + 2 < length ? digit(from[i + 1]) : -1;
            int low = high >= 0 ? digit(from[i + 2]) : -1;
            if (low < 0 || high * 16 + low == 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (made == FIELD_LONGEST)
            return false;
        to[made++] = c;
    }
    to[made] = '\0';
    return true;
}

static bool split(struct reading *reading, const char *line, size_t length)
{
    const char *end = line + length;
    reading->count = 0;
    for (const char *at = line;;) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        size_t size = (size_t)((tab != NULL ? tab : end) - at);
        if (reading->count == FIELDS_MAX)
            return bad(reading, "it has too many fields");
        if (!read_field(at, size, reading->fields[reading->count++]))
            return bad(reading, "a field is not well written");
        if (tab == NULL)
            return true;
        at = tab + 1;
    }
}

static bool read_number(const char *field, int64_t *ret_number)
{
    char *end;
    int64_t number = strtoll(field, &end, 10);
    const char *digits = field + (field[0] == '-'); /* years before 1970 */
    if (*digits < '0' || *digits > '9' || *end != '\0' || number == INT64_MAX)
        return false;
    *ret_number = number;
    return true;
}

static bool read_fact(const char *field, enum fact *ret_fact)
{
    *ret_fact = strcmp(field, "yes") == 0 ? FACT_YES : strcmp(field, "no") == 0 ? FACT_NO : FACT_UNKNOWN;
    return *ret_fact != FACT_UNKNOWN || strcmp(field, "unknown") == 0;
}

static bool take_user(struct reading *reading)
{
    struct state_user facts = {0}, *user;
    if (reading->count != 8 || reading->fields[1][0] == '\0' ||
        !read_number(reading->fields[3], &facts.created) ||
        !read_fact(reading->fields[4], &facts.console) || !read_fact(reading->fields[5], &facts.mfa) ||
        !read_number(reading->fields[6], &facts.told_at) ||
        !read_number(reading->fields[7], &facts.keys_at))
        return bad(reading, "it is no user");
    if (!state_add_user(reading->state, reading->fields[1], reading->fields[2], &user, reading->err))
        return false;
    user->created = facts.created;
    user->console = facts.console;
    user->mfa = facts.mfa;
    user->told_at = facts.told_at;
    user->keys_at = facts.keys_at;
    reading->user = user;
    return true;
}

static bool take_key(struct reading *reading)
{
    int64_t created;
    enum fact active;
    if (reading->count != 4 || reading->user == NULL || reading->user->key_count == FACTS_KEYS_MAX ||
        !read_number(reading->fields[2], &created) || !read_fact(reading->fields[3], &active))
        return bad(reading, "it is no key of a user");
    return state_add_key(reading->user, reading->fields[1], created, active, reading->err);
}

static bool take_finding(struct reading *reading)
{
    int64_t at;
    struct state_finding *finding;
    if (reading->count != 5 || !read_number(reading->fields[4], &at))
        return bad(reading, "it is no finding");
    if (!state_add_finding(reading->state, reading->fields[1], reading->fields[2],
                           reading->fields[3], &finding, reading->err))
        return false;
    finding->at = at;
    return true;
}

static bool take_first(struct reading *reading)
{
    int64_t all = 0;
    bool good = reading->count == 4 && strcmp(reading->fields[0], "keywright-state") == 0 &&
                strcmp(reading->fields[1], "1") == 0 &&
                read_number(reading->fields[2], &reading->state->at) &&
                read_number(reading->fields[3], &all) && all <= 1;
    reading->state->all_users = all == 1;
    return good || bad(reading, "it is of no version that this program knows");
}

static bool take_line(struct reading *reading)
{
    const char *kind = reading->fields[0];
    if (reading->line == 1)
        return take_first(reading);
    if (strcmp(kind, "user") == 0)
        return take_user(reading);
    if (strcmp(kind, "key") == 0)
        return take_key(reading);
    if (strcmp(kind, "fail") == 0)
        return take_finding(reading);
    return bad(reading, "it is of no kind that this program knows");
}

bool state_read(const char *text, struct state *ret_state, struct error *err)
{
    CLEANUP(state_release) struct state state = {0};
    struct error ignored = {0};
    struct reading reading = {.state = &state, .err = err != NULL ? err : &ignored};
    for (const char *at = text; *at != '\0';) {
        const char *end = strchr(at, '\n');
        reading.line++;
        if (end == NULL)
            return bad(&reading, "its end is missing");
        if (!split(&reading, at, (size_t)(end - at)) || !take_line(&reading))
            return false;
        at = end + 1;
    }
    if (reading.line == 0)
        return bad(&reading, "there is nothing");
    state_order(&state);
    *ret_state = state;
    state_init(&state);
    return true;
}
