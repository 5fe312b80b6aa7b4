/* doctor: what is set up, what is missing, what is unsafe. The front looks at journal and terminal,
 * the keeper at everything that it holds. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/connect.h"
#include "cli/mfa.h"
#include "cli/print.h"
#include "runner/confine.h"
#include "wire/message.h"

struct doctor {
    struct cli *cli;
    struct table *table;
    bool attention;
    struct text remedies;
};

/* status: "ok", "attention", "unknown" (what could not be looked at needs attention too), or
 * "note". */
static void add(struct doctor *doctor, const char *check, const char *status, const char *detail,
                const char *remedy)
{
    bool good = strcmp(status, "ok") == 0 || strcmp(status, "note") == 0;
    doctor->attention = doctor->attention || !good;
    if (option_given(&doctor->cli->options, OPTION_JSON)) {
        struct json_object *object = json_object_new_object();
        json_add_string(object, "check", check);
        json_add_string(object, "status", status);
        json_add_string(object, "detail", detail);
        json_add_text(object, "remedy", good ? NULL : remedy);
        print_json(object);
        return;
    }
    const char *const cells[] = {check, status, detail};
    table_add(doctor->table, cells);
    if (!good && remedy[0] != '\0')
        text_appendf(&doctor->remedies, "%s: %s\n", check, remedy);
}

static void check_mode(struct doctor *doctor, const char *check, const char *path, mode_t allowed)
{
    struct stat about;
    char detail[TEXT_SIZE], remedy[TEXT_SIZE];
    if (stat(path, &about) < 0) {
        snprintf(detail, sizeof detail, "%.300s: %s", path, strerror(errno));
        add(doctor, check, errno == ENOENT ? "note" : "unknown", detail, "look at its directory");
        return;
    }
    unsigned mode = about.st_mode & 07777;
    bool good = (mode & ~(unsigned)allowed) == 0 && about.st_uid == getuid();
    snprintf(detail, sizeof detail, "%.300s has mode %04o%s", path, mode,
             about.st_uid == getuid() ? "" : " and belongs to another user");
    snprintf(remedy, sizeof remedy, "chmod %o '%.300s'", (unsigned)allowed, path);
    add(doctor, check, good ? "ok" : "attention", detail, remedy);
}

static void check_journal(struct doctor *doctor)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct text path CLEANUP(text_release);
    text_init(&path, TEXT_SIZE * 8);
    if (!connect_journal_path(doctor->cli, &path, &err)) {
        add(doctor, "journal", "attention", err.text, error_remedy(err.code));
        return;
    }
    if (access(path.bytes, F_OK) < 0 && errno == ENOENT) {
        char detail[TEXT_SIZE];
        snprintf(detail, sizeof detail, "%.400s is not there yet; the first rotation makes it",
                 path.bytes);
        add(doctor, "journal", "note", detail, "");
        return;
    }
    int64_t events = 0;
    if (!journal_open(path.bytes, JOURNAL_READ, &journal, &err) ||
        !journal_verify(journal, NULL, &events, &err)) {
        add(doctor, "journal", "attention", err.text, error_remedy(err.code));
    } else {
        char detail[TEXT_SIZE];
        snprintf(detail, sizeof detail, "%.400s is whole: %" PRId64 " events", path.bytes, events);
        add(doctor, "journal", "ok", detail, "");
    }
    check_mode(doctor, "journal_mode", path.bytes, 0600);
    char *slash = strrchr(path.bytes, '/');
    if (slash != NULL && slash != path.bytes) {
        *slash = '\0';
        check_mode(doctor, "journal_directory", path.bytes, 0700);
    }
}

/* Each setting, and what beats it. */
static void check_settings(struct doctor *doctor)
{
    const struct settings *settings = &doctor->cli->settings;
    const struct error *why = &doctor->cli->settings_error;
    char detail[TEXT_SIZE + SETTINGS_PATH_SIZE];
    if (why->code != ERROR_NONE) {
        add(doctor, "settings", "attention", why->text, error_remedy(why->code));
        return;
    }
    if (!settings->exists) {
        snprintf(detail, sizeof detail, "%s is not there; nothing is set",
                 settings->path[0] != '\0' ? settings->path : "a settings file");
        add(doctor, "settings", "ok", detail, "");
        return;
    }
    snprintf(detail, sizeof detail, "%s: %zu settings", settings->path, settings->count);
    add(doctor, "settings", "ok", detail, "");
    for (size_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->list[i];
        bool beaten = setting->beaten_by[0] != '\0';
        snprintf(detail, sizeof detail, "%s = %s (line %d)%s%s%s",
                 option_row(setting->option)->name, setting->value, setting->line,
                 beaten ? ", but " : "", beaten ? setting->beaten_by : "",
                 beaten ? " says something of its own and counts" : "");
        add(doctor, "setting", beaten ? "note" : "ok", detail, "");
    }
}

static void check_terminal(struct doctor *doctor)
{
    const char *term = getenv("TERM");
    char detail[TEXT_SIZE];
    setlocale(LC_CTYPE, "");
    snprintf(detail, sizeof detail, "%.60s, %.60s", setlocale(LC_CTYPE, NULL),
             nl_langinfo(CODESET));
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    add(doctor, "locale", utf8 ? "ok" : "note", detail, "");
    snprintf(detail, sizeof detail, "TERM is %.60s%s", term != NULL ? term : "not set",
             isatty(STDOUT_FILENO) ? "" : "; standard output is no terminal");
    add(doctor, "terminal", connect_has_screen(doctor->cli) ? "ok" : "note", detail, "");
}

/* This program goes into its cage as every command does, so that what is said is what holds. */
static void check_sandbox(struct doctor *doctor)
{
    struct error err = {0};
    struct cage_report report;
    struct text path CLEANUP(text_release);
    char cage[TEXT_SIZE], detail[TEXT_SIZE];
    text_init(&path, TEXT_SIZE * 8);
    bool named = connect_journal_path(doctor->cli, &path, NULL);
    if (!front_confine(named ? path.bytes : NULL, NULL, &report, &err)) {
        add(doctor, "sandbox_front", "attention", err.text, error_remedy(err.code));
        return;
    }
    snprintf(detail, sizeof detail, "this program: %s",
             cage_describe(&report, CAGE_OFFLINE, cage, sizeof cage));
    add(doctor, "sandbox_front",
        cage_is_whole(&report) ? "ok"
        : report.switched_off  ? "attention"
                               : "note",
        detail, "unset KEYWRIGHT_SANDBOX");
}

/* The way to the identity: what is at each place, and which is taken. */
static void print_steps(const struct doctor *doctor, struct json_object *steps)
{
    static const char *const headings[] = {"STEP", "PLACE", "RESULT", "DETAIL", NULL};
    bool json = option_given(&doctor->cli->options, OPTION_JSON);
    struct table *table = json ? NULL : table_new(headings);
    for (size_t i = 0; i < body_count(steps); i++) {
        struct json_object *step = json_object_array_get_idx(steps, i);
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        const char *const cells[] = {number, body_string(step, "place"),
                                     body_string(step, "result"), body_string(step, "text")};
        if (json) {
            struct json_object *object = json_object_new_object();
            json_add_number(object, "step", (int64_t)i + 1);
            json_add_string(object, "place", cells[1]);
            json_add_string(object, "result", cells[2]);
            json_add_string(object, "detail", cells[3]);
            print_json(object);
        }
        table_add(table, cells);
    }
    table_print(table, stdout);
    if (!json)
        print_line(stdout, "%s", "");
}

static void print_identity(struct json_object *reply)
{
    struct json_object *object = json_object_new_object();
    json_add_text(object, "arn", body_string(reply, "arn"));
    json_add_text(object, "account", body_string(reply, "account"));
    json_add_text(object, "key", body_string(reply, "key"));
    print_json(object);
}

static void check_account(struct doctor *doctor, const char *account)
{
    const char *expected = option_string(&doctor->cli->options, OPTION_EXPECT_ACCOUNT);
    char detail[TEXT_SIZE];
    if (expected == NULL)
        return;
    bool good = strcmp(account, expected) == 0;
    snprintf(detail, sizeof detail, "account %s is expected, and the credentials are of %s",
             expected, account[0] != '\0' ? account : "nobody knows which");
    add(doctor, "expect_account", good ? "ok" : account[0] != '\0' ? "attention" : "unknown",
        detail, error_remedy(ERROR_ACCOUNT));
}

static bool check_keeper(struct doctor *doctor, struct keeper *keeper, struct error *err)
{
    struct json_object *reply = NULL;
    struct json_object *request = json_object_new_object();
    bool identity = option_given(&doctor->cli->options, OPTION_IDENTITY);
    body_set_bool(request, "identity", identity);
    if (option_given(&doctor->cli->options, OPTION_MFA_CODE))
        body_set_string(request, "code", option_string(&doctor->cli->options, OPTION_MFA_CODE));
    if (!connect_ask(keeper, MESSAGE_DOCTOR, &request, &reply, err))
        return false;
    struct json_object *steps = body_array(reply, "steps");
    if (steps != NULL)
        print_steps(doctor, steps);
    struct json_object *checks = body_array(reply, "checks");
    for (size_t i = 0; i < body_count(checks); i++) {
        struct json_object *check = json_object_array_get_idx(checks, i);
        add(doctor, body_string(check, "name"), body_string(check, "status"),
            body_string(check, "text"), body_string(check, "remedy"));
    }
    check_account(doctor, body_string(reply, "account"));
    if (identity && option_given(&doctor->cli->options, OPTION_JSON))
        print_identity(reply);
    json_object_put(reply);
    return true;
}

int command_doctor(struct cli *cli)
{
    static const char *const headings[] = {"CHECK", "STATUS", "DETAIL", NULL};
    struct error err = {0};
    struct doctor doctor = {.cli = cli};
    const char *code = option_string(&cli->options, OPTION_MFA_CODE);
    if (code != NULL && !mfa_is_code(code))
        return report_problem(2, "give what the device shows", "an MFA code has six digits");
    bool json = option_given(&cli->options, OPTION_JSON);
    text_init(&doctor.remedies, 64 * 1024);
    doctor.table = json ? NULL : table_new(headings);
    connect_catch_signals(NULL);
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    bool good = connect_keeper(cli, &keeper, &err);
    if (option_given(&cli->options, OPTION_IDENTITY)) {
        good = good && connect_confine(cli, NULL, &err);
    } else {
        check_sandbox(&doctor);
        check_settings(&doctor);
        check_journal(&doctor);
        check_terminal(&doctor);
    }
    good = good && check_keeper(&doctor, keeper, &err);
    if (!good && err.code != ERROR_INTERRUPTED)
        add(&doctor, "keeper", "attention", err.text, error_remedy(err.code));
    table_print(doctor.table, stdout);
    for (const char *at = doctor.remedies.bytes; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        print_line(stdout, "do: %.*s", (int)length, at);
        at += length + (at[length] == '\n');
    }
    text_release(&doctor.remedies);
    if (!good && err.code == ERROR_INTERRUPTED)
        return report_error(&err, NULL);
    return doctor.attention ? 4 : 0;
}
