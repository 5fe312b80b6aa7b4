/* What changed since an earlier audit: text, rows, and the news at the end of an audit. */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/when.h"
#include "cli/audit.h"
#include "cli/print.h"

enum { NEWS_MOST = 12 };

struct changing {
    const struct audit *audit;
    const struct follow *follow;
    const struct followed *since;
    bool json;
    size_t most;  /* of lines (text), or bytes (rows into `text`) */
    size_t count, left_out;
    struct text *text; /* NULL: standard output */
};

/* --- one change --------------------------------------------------------------------------------*/

static struct json_object *row_of(const struct changing *changing, const struct change *change)
{
    struct text detail CLEANUP(text_release);
    struct json_object *object = json_object_new_object();
    const struct facts *facts = changing->audit->facts;
    text_init(&detail, 65536);
    follow_describe(change, &detail);
    json_add_string(object, "change", change_name(change->kind));
    json_add_string(object, "account", facts->account);
    json_add_string(object, "resource", change->resource);
    json_add_text(object, "user", change->user);
    json_add_text(object, "key", change->key);
    json_add_time(object, "key_created_at", change->key_created);
    json_add_text(object, "check", change->check);
    json_add_text(object, "severity", change->severity);
    json_add_text(object, "was", change->was);
    json_add_string(object, "detail", detail.bytes);
    json_add_time(object, "observed_at", change->seen_at);
    json_add_number(object, "since_audit", changing->since->row.number);
    json_add_time(object, "since", changing->since->row.at);
    if (changing->follow->row.number != 0)
        json_add_number(object, "audit", changing->follow->row.number);
    else
        json_add_text(object, "audit", NULL);
    return object;
}

static void add_row(struct changing *changing, const struct change *change)
{
    struct text line CLEANUP(text_release);
    struct error ignored;
    text_init(&line, 262144);
    bool whole = json_append_line(row_of(changing, change), &line, &ignored);
    if (whole && changing->left_out == 0 && changing->text->length + line.length <= changing->most)
        text_append_bytes(changing->text, line.bytes, line.length);
    else
        changing->left_out++;
}

/* One with a new name is known by the old one too. */
static bool is_meant(const struct audit *audit, const struct change *change)
{
    bool narrowed = audit->user != NULL || audit->selection != NULL;
    return !narrowed || audit_is_meant(audit, change->user) || audit_is_meant(audit, change->was);
}

static void take(void *context, const struct change *change)
{
    struct changing *changing = context;
    if (!is_meant(changing->audit, change))
        return;
    changing->count++;
    if (changing->text != NULL) {
        add_row(changing, change);
        return;
    }
    if (changing->json) {
        print_json(row_of(changing, change));
        return;
    }
    if (changing->count > changing->most)
        return;
    struct text text CLEANUP(text_release);
    text_init(&text, 65536);
    follow_describe(change, &text);
    audit_print_wrapped(2, "- ", text.bytes);
}

static bool tell(struct changing *changing, struct error *err)
{
    return !changing->since->have || changes_tell(&changing->since->state, &changing->follow->now, take,
                                                  changing, NULL, err);
}

/* --- all of them -------------------------------------------------------------------------------*/

/* "Since audit 4 of 2026-01-15T12:34:56Z, 23h ago: 3 changes" */
static void print_since(const struct changing *changing)
{
    struct text text CLEANUP(text_release);
    char when[WHEN_TEXT_SIZE], age[DURATION_TEXT_SIZE];
    const struct stored_report *row = &changing->since->row;
    int64_t now = changing->audit->facts->now;
    text_init(&text, 1024);
    if (changing->since->have) {
        text_appendf(&text, "Since audit %" PRId64 " of %s, %s ago: ", row->number,
                     when_format(row->at, when), duration_format(now > row->at ? now - row->at : 0, age));
        if (changing->count == 0)
            text_append(&text, "nothing changed");
        else
            text_appendf(&text, "%zu change%s", changing->count, changing->count == 1 ? "" : "s");
    } else if (changing->follow->failure.code == ERROR_NONE) {
        text_append(&text, "No audit of this account was stored before: changes are told from the next one on");
    } else {
        text_append(&text, "What changed since the last audit cannot be told");
    }
    audit_print_wrapped(0, "", text.bytes);
}

static bool print_text(struct changing *changing, struct error *err)
{
    struct changing counting = *changing;
    counting.most = 0;
    if (!tell(&counting, err))
        return false;
    print_since(&counting);
    return tell(changing, err);
}

bool audit_print_changes(const struct audit *audit, const struct follow *follow,
                         const struct followed *since, bool json, size_t *ret_count,
                         struct error *err)
{
    struct changing changing = {
        .audit = audit, .follow = follow, .since = since, .json = json, .most = SIZE_MAX};
    if (!json) {
        audit_print_account(audit);
        audit_print_report(audit);
    }
    if (json ? !tell(&changing, err) : !print_text(&changing, err))
        return false;
    *ret_count = changing.count;
    return true;
}

bool audit_print_news(const struct audit *audit, const struct follow *follow, struct error *err)
{
    struct changing changing = {
        .audit = audit, .follow = follow, .since = &follow->before, .most = NEWS_MOST};
    putchar('\n');
    if (!print_text(&changing, err))
        return false;
    if (changing.count > NEWS_MOST)
        print_line(stdout, "  and %zu more: keywright audit --changes --since %" PRId64,
                   changing.count - NEWS_MOST, follow->before.row.number);
    return true;
}

bool audit_write_changes(const struct audit *audit, const struct follow *follow,
                         const struct followed *since, size_t most, struct text *text,
                         size_t *ret_count, struct error *err)
{
    struct audit everybody = *audit;
    everybody.user = NULL;
    everybody.selection = NULL;
    struct changing changing = {
        .audit = &everybody, .follow = follow, .since = since, .most = most, .text = text};
    if (!tell(&changing, err))
        return false;
    if (changing.left_out > 0)
        text_appendf(text, "{\"change\":\"more\",\"count\":%zu}\n", changing.left_out);
    *ret_count = changing.count;
    return text_ok(text, err);
}
