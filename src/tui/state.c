#include "tui/state.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"

bool app_counts(const struct app *app)
{
    return app->screen == SCREEN_ROTATION && app->rotation.present && !app->help &&
           app->rotation.status == RUNNER_WAITING && app->rotation.effect.long_wait;
}

unsigned app_when(const struct app *app)
{
    const struct rotation_pane *pane = &app->rotation;
    if (!pane->present)
        return 0;
    enum rotation_state state = pane->state.state;
    bool opened = pane->id[0] != '\0';
    unsigned when = 0;
    if (pane->status == RUNNER_ASKING)
        when |= WHEN_ASKED;
    if (pane->status == RUNNER_BLOCKED)
        when |= WHEN_BLOCKED;
    if (pane->status == RUNNER_FAILED)
        when |= WHEN_FAILED;
    if (opened && !rotation_closed(&pane->state)) {
        when |= WHEN_OPEN;
        bool leads_on = state != ROTATION_DELETING && state != ROTATION_ROLLING_BACK;
        if (leads_on && pane->status != RUNNER_FAILED)
            when |= WHEN_UNDOABLE;
    }
    return when;
}

static size_t page(const struct app *app, int taken)
{
    int rows = app->rows - taken;
    return rows < 1 ? 1 : rows > PAGE_MAX ? PAGE_MAX : (size_t)rows;
}

size_t app_history_rows(const struct app *app)
{
    return page(app, 8);
}

size_t app_events_rows(const struct app *app)
{
    return page(app, app->rows < 20 ? 9 : 12);
}

size_t app_findings_rows(const struct app *app)
{
    int rows = app->rows - (app->rows < 20 ? 8 : 10);
    return rows < 1 ? 1 : (size_t)rows;
}

size_t app_told(const struct app *app, size_t at)
{
    return app->moving ? app->rest_at : at;
}

const struct finding_row *app_finding_at(const struct app *app, size_t at)
{
    const struct findings *findings = &app->findings;
    return at < findings->shown_count ? &findings->rows[findings->shown[at]] : NULL;
}

const struct finding_row *app_marked_finding(const struct app *app)
{
    return app_finding_at(app, app->findings.at);
}

const char *finding_status_words(enum audit_status status)
{
    static const char *const words[] = {
        [AUDIT_PASS] = "Passed", [AUDIT_FAIL] = "Failed", [AUDIT_UNKNOWN] = "Could not be checked"};
    return words[status];
}

const char *app_finding_text(const struct app *app, size_t offset)
{
    return app->findings.pool.bytes + offset;
}

const struct finding_row *app_queued_finding(const struct app *app, size_t *ret_count)
{
    const struct findings *findings = &app->findings;
    const struct finding_row *first = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < findings->count; i++) {
        if (!findings->rows[i].queued)
            continue;
        if (first == NULL)
            first = &findings->rows[i];
        ++*ret_count;
    }
    return first;
}

const struct rotation_row *app_rotation_at(const struct app *app, size_t at)
{
    return at < app->home.open_count ? &app->home.open[at] : NULL;
}

const struct key_row *app_key_at(const struct app *app, size_t at)
{
    const struct home *home = &app->home;
    if (at < home->open_count || at - home->open_count >= home->key_count)
        return NULL;
    return &home->keys[at - home->open_count];
}

const struct rotation_row *app_marked_rotation(const struct app *app)
{
    return app_rotation_at(app, app->home.at);
}

const struct key_row *app_marked_key(const struct app *app)
{
    return app_key_at(app, app->home.at);
}

const struct key_state *app_key_state(const struct app *app, const char *key)
{
    const struct rotation *state = &app->rotation.state;
    const struct key_state *known[] = {&state->old_key, &state->new_key, &state->other,
                                       &state->second};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (key[0] != '\0' && strcmp(known[i]->id, key) == 0)
            return known[i];
    return NULL;
}

void app_rotate_command(const struct app *app, const char *user, const char *key, struct text *text)
{
    text_append(text, app->rotate_command);
    if (user[0] != '\0')
        text_appendf(text, " --user %s", user);
    if (key[0] != '\0')
        text_appendf(text, " --key %s", key);
}

bool app_is_self(const struct app *app, const char *user)
{
    const struct home *home = &app->home;
    const char *slash = strrchr(home->arn, '/');
    return user[0] != '\0' && slash != NULL && strstr(home->arn, ":user/") != NULL &&
           strcmp(slash + 1, user) == 0 && strcmp(home->account, app->findings.account) == 0;
}

void app_audience_words(const struct app *app, struct text *text)
{
    const struct audience *audience = &app->findings.audience;
    const struct {
        const char *word, *value;
    } parts[] = {{"user", audience->user},
                 {"group", audience->group},
                 {"path", audience->path},
                 {"tag", audience->tag}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].value[0] != '\0')
            text_appendf(text, "%s%s %s", text->length > 0 ? ", " : "", parts[i].word, parts[i].value);
}

struct wish *wishes_add(struct wishes *wishes, enum wish_kind kind)
{
    size_t place = wishes->count < WISHES_MAX ? wishes->count++ : WISHES_MAX - 1;
    struct wish *wish = &wishes->items[place];
    *wish = (struct wish){.kind = kind};
    return wish;
}

void app_notice(struct app *app, bool bad, const char *text)
{
    text_copy(app->notice.text, sizeof app->notice.text, text);
    app->notice.bad = bad;
}

/* --- events in words --------------------------------------------------------------------------- */

static void fact(struct text *text, const char *name, const char *value)
{
    if (value[0] != '\0')
        text_appendf(text, "%s%s %s", text->length > 0 ? ", " : "", name, value);
}

static void fact_number(struct text *text, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    fact(text, name, digits);
}

static void fact_time(struct text *text, const char *name, int64_t value)
{
    char when[WHEN_TEXT_SIZE];
    fact(text, name, when_format(value, when));
}

static void fact_keys(struct text *text, const char *name, const struct key_list *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        text_appendf(text, "%s%s %s %s", text->length > 0 ? ", " : "", i == 0 ? name : "and",
                     keys->keys[i].id, key_status_name(keys->keys[i].status));
}

static void fact_plan(struct text *text, const char *name, const struct plan *plan)
{
    char quiet[DURATION_TEXT_SIZE], soak[DURATION_TEXT_SIZE];
    if (plan != NULL)
        text_appendf(text, "%s%s: rotate %s of %s in %s, quiet %s, soak %s",
                     text->length > 0 ? ", " : "", name, plan->old_key, plan->user, plan->account,
                     duration_format(plan->quiet, quiet), duration_format(plan->soak, soak));
}

#define SAY_STRING(name, member) fact(text, name, event->member);
#define SAY_TIME(name, member) fact_time(text, name, event->member);
#define SAY_NUMBER(name, member) fact_number(text, name, event->member);
#define SAY_STATUS(name, member) fact(text, name, key_status_name(event->member));
#define SAY_VERDICT(name, member) fact(text, name, verdict_name(event->member));
#define SAY_KEYS(name, member) fact_keys(text, name, &event->member);
#define SAY_PLAN(name, member) fact_plan(text, name, event->plan);

static void append_facts(struct text *text, const struct event *event)
{
    uint32_t fields = event_fields(event->kind);
#define X(code, name, member, type)                                                                \
    if ((fields & F(code)) != 0) {                                                                 \
        SAY_##type(name, member)                                                                   \
    }
    EVENT_FIELD_TABLE(X)
#undef X
}

void event_line_set(struct event_line *line, const struct event *event, const char *hash)
{
    *line = (struct event_line){.seq = event->seq, .at = event->at};
    const char *about = event->key[0] != '\0' ? event->key : event->found;
    bool verdict = (event_fields(event->kind) & F(VERDICT)) != 0 && event->kind != EVENT_DEVICES_SEEN;
    snprintf(line->sentence, sizeof line->sentence, "%s%s%s%s%s", event_sentence(event->kind),
             about[0] != '\0' ? ": " : "", about, verdict ? ": " : "",
             verdict ? verdict_name(event->verdict) : "");
    struct text text CLEANUP(text_release);
    text_init(&text, sizeof line->facts - 1);
    append_facts(&text, event);
    text_copy(line->facts, sizeof line->facts, text.bytes);
    text_copy(line->hash, sizeof line->hash, hash != NULL ? hash : "");
}
