/* An audit as rows: NDJSON and CSV, one finding each. */
#include <json-c/json.h>
#include <string.h>

#include "base/safe.h"
#include "base/when.h"
#include "cli/audit.h"
#include "cli/print.h"

static void print_object(void *context, const struct audit_finding *finding)
{
    if (!audit_is_about(context, finding))
        return;
    struct json_object *object = json_object_new_object();
    json_add_string(object, "check", finding->check->id);
    json_add_string(object, "status", audit_status_name(finding->status));
    json_add_string(object, "severity", finding->check->severity);
    json_add_string(object, "resource", finding->resource);
    json_add_string(object, "title", finding->check->title);
    json_add_string(object, "detail", finding->detail);
    json_add_string(object, "remedy", finding->check->remedy);
    body_put(object, "controls", audit_controls(finding->check));
    json_add_time(object, "observed_at", finding->observed_at);
    json_add_text(object, "permission", finding->permission);
    print_json(object);
}

void audit_print_json(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown)
{
    struct audit context = *audit;
    if (inventory == NULL)
        audit_each(audit, print_object, &context);
    else
        (void)reveal_next(&shown->reveal, inventory, print_object, &context);
}

/* RFC 4180: in quotes, quotes doubled. A spreadsheet takes what begins like a formula for one, also in quotes, and users may
 * be called so (=A1, @x): it gets an apostrophe before it. A tab or CR at the beginning is an escape already. */
static void print_field(const char *value, const char *end)
{
    struct text text CLEANUP(text_release);
    text_init(&text, 8192);
    text_append_safe(&text, value);
    (void)!print_has_all(&text);
    putchar('"');
    if (text.bytes[0] != '\0' && strchr("=+-@", text.bytes[0]) != NULL)
        putchar('\'');
    for (const char *at = text.bytes; *at != '\0'; at++) {
        if (*at == '"')
            putchar('"');
        putchar(*at);
    }
    printf("\"%s", end);
}

static void print_row(void *context, const struct audit_finding *finding)
{
    char when[WHEN_TEXT_SIZE];
    if (!audit_is_about(context, finding))
        return;
    struct text controls CLEANUP(text_release);
    text_init(&controls, 1024);
    audit_controls_text(finding->check, &controls);
    (void)!print_has_all(&controls);
    print_field(finding->check->id, ",");
    print_field(audit_status_name(finding->status), ",");
    print_field(finding->check->severity, ",");
    print_field(finding->resource, ",");
    print_field(finding->check->title, ",");
    print_field(finding->detail, ",");
    print_field(finding->check->remedy, ",");
    print_field(controls.bytes, ",");
    print_field(when_format(finding->observed_at, when), ",");
    print_field(finding->permission, "\r\n");
}

void audit_print_csv(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown)
{
    struct audit context = *audit;
    if (inventory == NULL || !shown->begun)
        fputs("check,status,severity,resource,title,detail,remedy,controls,observed_at,permission\r\n",
              stdout);
    if (inventory == NULL) {
        audit_each(audit, print_row, &context);
        return;
    }
    shown->begun = true;
    (void)reveal_next(&shown->reveal, inventory, print_row, &context);
}
