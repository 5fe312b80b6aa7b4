/* An audit while its N-th allocation fails, for every N: it ends with an error, or what it tells is what it
 * would have told, but for what could not be known then. What is printed is whole, or it is said that it is
 * not. The keeper's answers are a table here. */
#include "audit_help.h"
#include "failing.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/changes.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/audit.h"
#include "cli/print.h"
#include "runner/inventory.h"

/* --- a keeper that is a table ------------------------------------------------------------------*/

#define FULL_ACCESS                                                                                \
    "{\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"*\\\",\\\"Resource\\\":" \
    "\\\"*\\\"}]}"
#define ARN "arn:aws:iam::111122223333:"
#define DATE "\"date\":1795694400"

static const struct {
    enum message_kind kind;
    const char *text; /* NULL: the report */
} table[] = {
    {MESSAGE_IDENTIFY, "{\"account\":\"111122223333\",\"partition\":\"aws\",\"arn\":\"" ARN
                       "user/auditor\"," DATE "}"},
    {MESSAGE_GENERATE_REPORT, "{\"state\":\"COMPLETE\"," DATE "}"},
    {MESSAGE_READ_REPORT, NULL},
    {MESSAGE_LIST_USERS, "{\"users\":[{\"name\":\"alice\",\"arn\":\"" ARN "user/alice\",\"created\":1787054400},"
                         "{\"name\":\"new\",\"arn\":\"" ARN "user/new\",\"created\":1795600000}]," DATE "}"},
    {MESSAGE_READ_ACCESS,
     "{\"items\":[{\"kind\":\"user\",\"name\":\"alice\",\"arn\":\"" ARN "user/alice\",\"path\":\"/\",\"groups\":[\"ops\"],"
     "\"attached\":[\"" ARN "policy/own\"],\"tags\":[{\"key\":\"team\",\"value\":\"a\"}]},"
     "{\"kind\":\"inline\",\"name\":\"all\",\"document\":\"" FULL_ACCESS "\"},"
     "{\"kind\":\"group\",\"name\":\"ops\",\"arn\":\"" ARN "group/ops\",\"path\":\"/\"},"
     "{\"kind\":\"role\",\"name\":\"job\",\"arn\":\"" ARN "role/job\",\"path\":\"/\",\"boundary\":\"" ARN "policy/own\"},"
     "{\"kind\":\"policy\",\"name\":\"own\",\"arn\":\"" ARN "policy/own\",\"document\":\"" FULL_ACCESS
     "\",\"attachments\":1,\"boundaries\":1}],\"total\":5,\"marker\":\"\"," DATE "}"},
    {MESSAGE_VALIDATE_POLICY, "{\"findings\":[{\"type\":\"WARNING\",\"code\":\"C\",\"details\":\"d\"}]," DATE "}"},
    {MESSAGE_READ_SUMMARY, "{\"numbers\":[{\"name\":\"AccountMFAEnabled\",\"value\":0},"
                           "{\"name\":\"AccountAccessKeysPresent\",\"value\":1}]," DATE "}"},
    {MESSAGE_READ_PASSWORD_POLICY, "{\"set\":true,\"length\":8,\"reuse\":3," DATE "}"},
    {MESSAGE_LIST_DEVICES, "{\"devices\":[{\"serial\":\"" ARN "mfa/alice\",\"user_arn\":\"" ARN "user/new\"},"
                           "{\"serial\":\"" ARN "mfa/spare\",\"user_arn\":\"\"}]," DATE "}"},
    {MESSAGE_LIST_CERTIFICATES,
     "{\"certificates\":[{\"name\":\"c\",\"arn\":\"" ARN "server-certificate/c\",\"expires\":1}]," DATE "}"},
    {MESSAGE_LIST_HOLDERS, "{\"holders\":[]," DATE "}"},
    {MESSAGE_LIST_TRAILS, "{\"trails\":[{\"arn\":\"arn:aws:cloudtrail:us-east-1:111122223333:trail/t\",\"multi_region\":"
                          "true,\"logging\":\"no\"}],\"region\":\"us-east-1\"," DATE "}"},
    {MESSAGE_LIST_ANALYZERS, "{\"analyzers\":[{\"name\":\"u\",\"arn\":\"arn:aws:access-analyzer:us-east-1:111122223333:"
                             "analyzer/u\",\"type\":\"ACCOUNT_UNUSED_ACCESS\",\"status\":\"ACTIVE\",\"unused_days\":90}],"
                             "\"region\":\"us-east-1\"," DATE "}"},
    {MESSAGE_LIST_UNUSED, "{\"findings\":[{\"type\":\"UnusedIAMRole\",\"resource\":\"" ARN
                          "role/job\",\"owner\":\"111122223333\"}],\"token\":\"\"," DATE "}"},
    {MESSAGE_LIST_KEYS, "{\"keys\":[{\"id\":\"AKIAALICEALICEALICE1\",\"status\":\"Active\",\"created\":1787054400}],"
                        DATE "}"},
    {MESSAGE_LIST_MFA, "{\"devices\":[]," DATE "}"},
    {MESSAGE_READ_LAST_USED, "{\"user\":\"alice\",\"used_at\":0," DATE "}"},
};
enum { KINDS = sizeof table / sizeof *table, OWED_MOST = 16 };

static struct json_object *answers[KINDS];
static struct {
    enum message_kind kind;
    keeper_reply *reply;
    void *context;
} owed[OWED_MOST];
static size_t owed_count;

bool __wrap_keeper_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                       keeper_reply *reply, void *context, struct error *err);
const struct error *__wrap_keeper_failure(const struct keeper *keeper);
struct json_object *__wrap_keeper_look(const struct keeper *keeper);

/* As door_send: what lacks a part is not sent. */
bool __wrap_keeper_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                       keeper_reply *reply, void *context, struct error *err)
{
    (void)keeper;
    bool whole = body_whole(*body);
    json_object_put(*body);
    *body = NULL;
    if (!whole)
        return error_set(err, ERROR_MEMORY, "sending");
    assert_true(owed_count < OWED_MOST);
    owed[owed_count].kind = kind;
    owed[owed_count].reply = reply;
    owed[owed_count++].context = context;
    return true;
}

const struct error *__wrap_keeper_failure(const struct keeper *keeper)
{
    (void)keeper;
    return NULL;
}

struct json_object *__wrap_keeper_look(const struct keeper *keeper)
{
    (void)keeper;
    return json_object_new_object();
}

static void answer_one(void)
{
    enum message_kind kind = owed[0].kind;
    keeper_reply *reply = owed[0].reply;
    void *context = owed[0].context;
    /* Not by memmove, which valgrind takes for memcpy where the two are one function of the C library. */
    owed_count--;
    for (size_t i = 0; i < owed_count; i++)
        owed[i] = owed[i + 1];
    for (size_t i = 0; i < KINDS; i++)
        if (table[i].kind == kind) {
            reply(context, answers[i], NULL, NOW);
            return;
        }
    fail_msg("%s was asked", message_name(kind));
}

static void encode(const char *from, char *to)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(from);
    for (size_t i = 0; i < length; i += 3, to += 4) {
        unsigned bits = (unsigned)(unsigned char)from[i] << 16;
        bits |= i + 1 < length ? (unsigned)(unsigned char)from[i + 1] << 8 : 0;
        bits |= i + 2 < length ? (unsigned char)from[i + 2] : 0;
        for (int at = 0; at < 4; at++)
            to[at] = letters[bits >> (18 - 6 * at) & 63];
        if (i + 2 >= length)
            to[3] = '=';
        if (i + 1 >= length)
            to[2] = '=';
    }
    *to = '\0';
}

static int prepare(void **state)
{
    (void)state;
    static const char csv[] = HEADER ROOT("true", T_1D, "false", ONE("true", T_100D, T_1D))
        USER("alice", "true", T_60D, "false", ONE("true", T_100D, "N/A"))
            USER("bob", "false", "N/A", "false", NO_KEYS);
    char part[4096], text[8192];
    struct error err = {0};
    encode(csv, part);
    snprintf(text, sizeof text, "{\"part\":\"%s\",\"total\":%zu,\"generated\":%lld," DATE "}", part,
             strlen(part), (long long)NOW - 60);
    for (size_t i = 0; i < KINDS; i++) {
        const char *json = table[i].text != NULL ? table[i].text : text;
        if (!json_read(json, strlen(json), 8, &answers[i], &err))
            fail_msg("%s: %s", message_name(table[i].kind), err.text);
    }
    return 0;
}

static int put_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        json_object_put(answers[i]);
    return 0;
}

/* --- what is gathered and judged ---------------------------------------------------------------*/

enum { FINDINGS_MOST = 200 };

struct finding {
    const struct audit_check *check;
    enum audit_status status;
    char resource[128];
};
struct findings {
    size_t count;
    struct finding list[FINDINGS_MOST];
};

static void keep_finding(void *context, const struct audit_finding *finding)
{
    struct findings *findings = context;
    assert_true(findings->count < FINDINGS_MOST);
    struct finding *kept = &findings->list[findings->count++];
    kept->check = finding->check;
    kept->status = finding->status;
    assert_true(text_copy(kept->resource, sizeof kept->resource, finding->resource));
}

/* NULL: it could not be done, and *err says why. The caller frees it. */
static struct inventory *gather(struct error *err)
{
    struct inventory *inventory = NULL;
    owed_count = 0;
    if (!inventory_new(NULL, NULL, NULL, &inventory, err))
        return NULL;
    inventory_validate(inventory);
    bool good = inventory_begin(inventory, NULL, NULL, err);
    while (good && !inventory_finished(inventory) && owed_count > 0)
        answer_one();
    if (good && inventory_failure(inventory) == NULL) {
        assert_true(inventory_finished(inventory));
        return inventory;
    }
    if (good)
        *err = *inventory_failure(inventory);
    inventory_free(inventory);
    while (owed_count > 0)
        answer_one();
    return NULL;
}

static const struct finding *seek(const struct findings *findings, const struct finding *like, bool unknown)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        if (finding->check == like->check && (unknown ? finding->status == AUDIT_UNKNOWN
                                                      : strcmp(finding->resource, like->resource) == 0))
            return finding;
    }
    return NULL;
}

/* Everything in one is in the other too, and told in the same way or as not known. */
static void hold_against(const struct findings *these, const struct findings *those, bool live, int nth)
{
    for (size_t i = 0; i < these->count; i++) {
        const struct finding *one = &these->list[i], *other = seek(those, one, false);
        if (one->status == AUDIT_UNKNOWN)
            continue;
        if (other == NULL)
            other = seek(those, one, true);
        bool same = other != NULL && (other->status == one->status || other->status == AUDIT_UNKNOWN ||
                                      (!live && audit_live_of(one->check) != AUDIT_LIVE_NOT));
        if (!same)
            fail_msg("allocation %d: %s of %s is %s, and elsewhere %s", nth, one->check->id, one->resource,
                     audit_status_name(one->status),
                     other != NULL ? audit_status_name(other->status) : "left out");
    }
}

/* Where users could not be looked at, which is said, the report's word counts. */
static void compare(const struct findings *whole, const struct findings *found, bool live, int nth)
{
    hold_against(whole, found, live, nth);
    hold_against(found, whole, live, nth);
}

static void an_audit_without_memory_passes_nothing(void **state)
{
    (void)state;
    static struct findings whole, found;
    int told = 0, unknown = 0, nth = 1;
    whole.count = 0;
    for (bool more = true; more; nth++) {
        struct error err = {0};
        failing_begin(FAILING_MEMORY, nth == 1 ? 1 << 30 : nth - 1, 0, false);
        struct inventory *inventory = gather(&err);
        found.count = 0;
        if (inventory != NULL)
            audit_judge(inventory_facts(inventory), keep_finding, nth == 1 ? &whole : &found);
        more = failing_end() != NULL || nth == 1;
        told += inventory == NULL;
        if (inventory == NULL) {
            assert_int_equal(err.code, ERROR_MEMORY);
            continue;
        }
        if (nth > 1)
            compare(&whole, &found,
                    inventory_live_failure(inventory) == NULL && inventory_devices_failure(inventory) == NULL, nth - 1);
        for (size_t i = 0; i < found.count; i++)
            unknown += found.list[i].status == AUDIT_UNKNOWN;
        inventory_free(inventory);
    }
    print_message("# an audit: %d allocations, of which %d ended it\n", nth - 3, told);
    assert_true(whole.count > 40);
    assert_true(nth > 100 && told > 20 && unknown > 0);
}

/* --- what changed ------------------------------------------------------------------------------*/

static void write_change(void *context, const struct change *change)
{
    text_appendf(context, "%s %s %s %s\n", change_name(change->kind), change->resource,
                 change->key != NULL ? change->key : "", change->was != NULL ? change->was : "");
}

/* From the state of an audit, as it is stored, to what changed since. */
static bool follow(const struct facts *facts, const struct state *before, struct text *text,
                   struct error *err)
{
    struct state now CLEANUP(state_release);
    struct state again CLEANUP(state_release);
    struct text stored CLEANUP(text_release);
    state_init(&now);
    state_init(&again);
    text_init(&stored, 65536);
    if (!state_of_facts(facts, &now, err) || !state_carry(&now, before, err))
        return false;
    state_write(&now, &stored);
    return text_ok(&stored, err) && state_read(stored.bytes, &again, err) &&
           changes_tell(before, &again, write_change, text, NULL, err) && text_ok(text, err);
}

static void changes_without_memory_are_said(void **state)
{
    (void)state;
    struct error err = {0};
    struct state before CLEANUP(state_release);
    struct text expected CLEANUP(text_release);
    struct inventory *inventory CLEANUP(inventory_cleanup) = gather(&err);
    assert_non_null(inventory);
    const struct facts *facts = inventory_facts(inventory);
    state_init(&before);
    text_init(&expected, 65536);
    struct state_user *carol = NULL;
    assert_true(state_add_user(&before, "carol", ARN "user/carol", &carol, &err));
    before.at = NOW - 86400;
    before.all_users = true;
    state_order(&before);
    assert_true(follow(facts, &before, &expected, &err));
    assert_non_null(strstr(expected.bytes, "user_new"));
    int nth = 1;
    for (bool more = true; more; nth++) {
        struct text text CLEANUP(text_release);
        text_init(&text, 65536);
        err = (struct error){0};
        failing_begin(FAILING_MEMORY, nth, 0, false);
        bool good = follow(facts, &before, &text, &err);
        more = failing_end() != NULL;
        assert_true(good || more);
        assert_int_equal(err.code, good ? ERROR_NONE : ERROR_MEMORY);
        if (good)
            assert_string_equal(text.bytes, expected.bytes);
    }
    print_message("# what changed: %d allocations\n", nth - 2);
    assert_true(nth > 50);
}

/* --- what is printed ---------------------------------------------------------------------------*/

static int said_fd, out_fd;

static bool print_html(const struct audit *audit)
{
    struct error err = {0};
    return audit_write_html(audit, "-", &err) || report_error(&err, NULL) == 0;
}

static const struct inventory *gathered; /* what the audit is of */

static bool print_form(const struct audit *audit, int form)
{
    static void (*const rows[])(const struct audit *, const struct inventory *, struct audit_shown *) = {
        audit_print_text, audit_print_json, audit_print_csv, audit_print_ocsf};
    struct audit_shown shown = {.begun = false};
    if (form == 6)
        return print_html(audit);
    if (form == 4)
        audit_print_sarif(audit);
    else if (form == 5)
        audit_print_asff(audit);
    else
        rows[form](audit, gathered, &shown);
    if (form == 0)
        audit_print_end(audit);
    return true;
}

static off_t length_of(int fd)
{
    return lseek(fd, 0, SEEK_END);
}

/* Printed to a file in place of standard output; what standard error got is counted. */
static char *printed(const struct audit *audit, int form, int nth, bool *ret_more, off_t *ret_said)
{
    assert_int_equal(ftruncate(out_fd, 0), 0);
    off_t said = length_of(said_fd);
    rewind(stdout);
    failing_begin(FAILING_MEMORY, nth, 0, false);
    (void)print_form(audit, form);
    *ret_more = failing_end() != NULL;
    fflush(stdout);
    fflush(stderr);
    *ret_said = length_of(said_fd) - said;
    off_t length = length_of(out_fd);
    char *bytes = calloc(1, (size_t)length + 1);
    assert_non_null(bytes);
    assert_int_equal(pread(out_fd, bytes, (size_t)length, 0), length);
    return bytes;
}

static void what_is_printed_is_whole_or_it_is_said(void **state)
{
    (void)state;
    static const char *const names[] = {"text", "json", "csv", "ocsf", "sarif", "asff", "html"};
    struct error err = {0};
    int all = 0, failed_form = -1, failed_nth = 0;
    const int step = getenv("KEYWRIGHT_VALGRIND") != NULL ? 5 : 1; /* which is twenty times as slow */
    struct inventory *inventory CLEANUP(inventory_cleanup) = gather(&err);
    assert_non_null(inventory);
    gathered = inventory;
    struct audit audit = {.facts = inventory_facts(inventory), .arn = ARN "user/auditor", .user = "new",
                          .region = "us-east-1"};
    int kept_out = dup(STDOUT_FILENO), kept_said = dup(STDERR_FILENO);
    FILE *out = tmpfile(), *said_file = tmpfile();
    assert_true(out != NULL && said_file != NULL);
    fflush(stdout);
    out_fd = fileno(out);
    said_fd = fileno(said_file);
    dup2(out_fd, STDOUT_FILENO);
    dup2(said_fd, STDERR_FILENO);
    for (int form = 0; form < 7 && failed_form < 0; form++) {
        bool more;
        off_t said;
        char *whole = printed(&audit, form, 1 << 30, &more, &said);
        more = true;
        for (int nth = 1; more && failed_form < 0; nth += step, all++) {
            char *found = printed(&audit, form, nth, &more, &said);
            if (strcmp(found, whole) != 0 && said == 0) {
                failed_form = form;
                failed_nth = nth;
            }
            free(found);
        }
        free(whole);
    }
    dup2(kept_out, STDOUT_FILENO);
    dup2(kept_said, STDERR_FILENO);
    close(kept_out);
    close(kept_said);
    fclose(out);
    fclose(said_file);
    if (failed_form >= 0)
        fail_msg("%s: allocation %d: a part is left out, and nothing is said", names[failed_form], failed_nth);
    print_message("# what is printed: %d allocations\n", all - 7);
    if (step > 1)
        puts("# left out under valgrind: four of five allocations of what is printed (make check refuses each)");
    assert_true(all > 1000);
    assert_int_equal(print_status(4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_audit_without_memory_passes_nothing),
        cmocka_unit_test(changes_without_memory_are_said),
        cmocka_unit_test(what_is_printed_is_whole_or_it_is_said),
    };
    return cmocka_run_group_tests_name("audit_faults", tests, prepare, put_away);
}
