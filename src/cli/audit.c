/* audit: findings about MFA, keys and the account, from the credential report and from lists. */
#include "cli/audit.h"

#include <string.h>
#include <unistd.h>

#include "audit/meant.h"
#include "base/when.h"
#include "cli/connect.h"
#include "cli/mfa.h"
#include "cli/narrow.h"
#include "cli/print.h"
#include "runner/reminder.h"
#include "wire/scope.h"

/* What is waited for. How far it is, is for terminals only, and does not stay there. */
struct saying {
    struct inventory *inventory; /* owned */
    bool on_terminal;
    int shown;      /* columns of what stands there */
    int64_t next;   /* when it is shown again; monotonic milliseconds */
};

static void saying_release(struct saying *saying)
{
    inventory_free(saying->inventory);
}

static void say_clear(struct saying *saying)
{
    if (saying->shown > 0)
        fprintf(stderr, "\r%*s\r", saying->shown, "");
    saying->shown = 0;
}

static void say_progress(struct saying *saying)
{
    enum { PAUSE_MS = 100 };
    int64_t now = when_monotonic_ms();
    struct inventory_progress progress;
    if (!saying->on_terminal || saying->inventory == NULL || now < saying->next)
        return;
    saying->next = now + PAUSE_MS;
    inventory_progress(saying->inventory, &progress);
    say_clear(saying);
    if (!progress.looks || progress.listed < progress.lists)
        saying->shown = fprintf(stderr, "keywright: %zu of %zu lists", progress.listed, progress.lists);
    if (progress.looks)
        saying->shown += fprintf(stderr, "%s%zu of %zu users", saying->shown > 0 ? ", " : "keywright: ",
                                 progress.looked, progress.users);
}

static void say(void *context, const char *what)
{
    struct saying *saying = context;
    say_clear(saying);
    print_line(stderr, "keywright: %s", what);
}

/* Findings of at least this severity count for the exit status. */
struct counting {
    enum audit_severity least;
    size_t all, told, counted;
};

static void count(void *context, const struct audit_finding *finding)
{
    struct counting *counting = context;
    counting->all++;
    counting->told += finding->status != AUDIT_UNKNOWN;
    counting->counted += finding->status != AUDIT_PASS &&
                         audit_severity(finding->check) >= counting->least;
}

static int judged(const struct audit *audit, enum audit_severity least)
{
    struct counting counting = {.least = least};
    audit_each(audit, count, &counting);
    if (counting.told == 0 && audit->lacks_code)
        return report_problem(3, error_remedy(ERROR_MFA_NEEDED), "nothing could be checked without an MFA code");
    if (counting.told == 0)
        return report_problem(1, "have the permissions allowed that are named above",
                              "nothing could be checked");
    return counting.counted > 0 ? 4 : 0;
}

/* The page instead of a file's is what standard output gets. */
static bool page_is_output(const struct options *options)
{
    const char *path = option_string(options, OPTION_HTML);
    return path != NULL && strcmp(path, "-") == 0;
}

struct form {
    enum option option;
    /* One of the two: what is known by now and was not printed yet; or all of it, when it has no use for less. */
    void (*print)(const struct audit *audit, const struct inventory *inventory, struct audit_shown *shown);
    void (*print_whole)(const struct audit *audit);
};

/* The forms for programs; without one it is text. */
static const struct form forms[] = {
    {OPTION_JSON, audit_print_json, NULL},  {OPTION_CSV, audit_print_csv, NULL},
    {OPTION_SARIF, NULL, audit_print_sarif}, {OPTION_ASFF, NULL, audit_print_asff},
    {OPTION_OCSF, audit_print_ocsf, NULL},
};

enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

/* The one that is asked for, NULL for none. */
static const struct form *form_of(const struct options *options)
{
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (option_given(options, forms[i].option))
            return &forms[i];
    return NULL;
}

static bool is_whole(const struct options *options)
{
    const struct form *form = form_of(options);
    return (form != NULL && form->print_whole != NULL) || option_given(options, OPTION_CHANGES) || page_is_output(options);
}

static void print_whole(const struct cli *cli, const struct audit *audit)
{
    const struct form *form = form_of(&cli->options);
    if (form != NULL && form->print_whole != NULL)
        form->print_whole(audit);
}

/* What is known by now, for whoever waits. */
static void print_more(const struct cli *cli, const struct audit *audit, const struct inventory *inventory,
                       struct audit_shown *shown)
{
    const struct form *form = form_of(&cli->options);
    if (form == NULL)
        audit_print_text(audit, inventory, shown);
    else
        form->print(audit, inventory, shown);
    fflush(stdout);
}

static bool good_options(const struct options *options, enum audit_severity *ret_least,
                         struct error *err)
{
    const char *word = option_string(options, OPTION_FAIL_ON);
    bool changes = option_given(options, OPTION_CHANGES);
    int outputs = page_is_output(options);
    for (size_t i = 0; i < FORM_COUNT; i++)
        outputs += option_given(options, forms[i].option);
    if (outputs > 1)
        return error_set(err, ERROR_USAGE,
                         "one of --json, --csv, --sarif, --asff, --ocsf and --html - at a time");
    if (changes && outputs > option_given(options, OPTION_JSON))
        return error_set(err, ERROR_USAGE, "--changes is text or --json");
    if (!changes && option_given(options, OPTION_SINCE))
        return error_set(err, ERROR_USAGE, "--since is for --changes");
    if (changes && option_given(options, OPTION_SINCE) &&
        !follow_since_is_good(option_string(options, OPTION_SINCE), err))
        return false;
    *ret_least = AUDIT_INFORMATIONAL;
    if (word == NULL || audit_severity_from_name(word, ret_least))
        return true;
    return error_set(err, ERROR_USAGE, "--fail-on is informational, low, medium, high or critical, not '%.40s'",
                     word);
}

/* What the findings rest on, said beside them. */
static void tell_live(const struct inventory *inventory)
{
    const struct {
        const char *what;
        const struct error *failure;
    } lines[] = {{"keys are told as the report has them", inventory_live_failure(inventory)},
                 {"MFA is told as the report has it", inventory_devices_failure(inventory)}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i].failure != NULL)
            print_line(stderr, "keywright: %s, which can be four hours old: %s", lines[i].what,
                       lines[i].failure->text);
}

static bool write_page(const struct cli *cli, const struct audit *audit, struct error *err)
{
    const char *path = option_string(&cli->options, OPTION_HTML);
    return path == NULL || audit_write_html(audit, path, err);
}

static bool start_keeper(const struct cli *cli, struct keeper **ret_keeper, struct error *err)
{
    CLEANUP(text_release) struct text scope;
    struct keeper_options options = connect_options(cli);
    text_init(&scope, SCOPE_MAXIMUM);
    scope_add(&scope, SCOPE_NOTIFY, option_string(&cli->options, OPTION_NOTIFY));
    scope_add(&scope, SCOPE_MFA, option_string(&cli->options, OPTION_MFA_COMMAND));
    options.scope = &scope;
    return text_ok(&scope, err) && keeper_start(&options, ret_keeper, err);
}

/* What shells show. */
static void keep_reminder(const struct cli *cli, const struct facts *facts)
{
    struct text path CLEANUP(text_release);
    text_init(&path, TEXT_SIZE * 8);
    if (!option_given(&cli->options, OPTION_DRY_RUN) && connect_journal_path(cli, &path, NULL))
        reminder_put_audit(path.bytes, facts);
}

/* --- from one audit to the next ----------------------------------------------------------------*/

struct following {
    struct journal *journal;
    struct error unopened; /* why there is none */
    struct followed since;   /* of --since */
    struct follow follow;
};

static void following_release(struct following *following)
{
    followed_release(&following->since);
    follow_release(&following->follow);
    journal_free(following->journal);
}

/* A journal that cannot be used stops no audit. Its folder has to be there before the cage is closed. */
static void open_journal(const struct cli *cli, struct following *following)
{
    if (option_given(&cli->options, OPTION_DRY_RUN))
        (void)!connect_journal_if_any(cli, &following->journal, &following->unopened);
    else
        (void)!connect_journal(cli, JOURNAL_WRITE, &following->journal, &following->unopened);
}

/* False for a --since that leads nowhere, and for want of memory. */
static bool follow(const struct cli *cli, const struct inventory *inventory,
                   struct following *following, struct error *err)
{
    const struct facts *facts = inventory_facts(inventory);
    const char *since = option_string(&cli->options, OPTION_SINCE);
    if (since != NULL && following->journal != NULL &&
        !follow_since(following->journal, facts, since, &following->since, err))
        return false;
    return follow_facts(following->journal, &following->unopened, facts, inventory_csv(inventory),
                        !option_given(&cli->options, OPTION_DRY_RUN), &following->follow, err);
}

/* Exit status 1 where what was asked for could not be told; 0 otherwise. */
static int tell_failure(const struct cli *cli, const struct follow *follow)
{
    const struct error *failure = &follow->failure;
    if (failure->code == ERROR_NONE)
        return 0;
    bool stored = follow->row.number != 0;
    report_problem(1, error_remedy(failure->code),
                   stored ? "the last audit could not be compared with: %s"
                          : "this audit was not stored, and the next one will not know of it: %s",
                   failure->text);
    return option_given(&cli->options, OPTION_CHANGES);
}

static int tell_changes(const struct cli *cli, const struct audit *audit,
                        const struct following *following)
{
    struct error err = {0};
    size_t count = 0;
    bool since = option_given(&cli->options, OPTION_SINCE);
    if (!audit_print_changes(audit, &following->follow,
                             since ? &following->since : &following->follow.before,
                             option_given(&cli->options, OPTION_JSON), &count, &err))
        return report_error(&err, NULL);
    return count > 0 ? 4 : 0;
}

/* Rows for programs come without it: they are findings. */
static int tell_findings(const struct cli *cli, const struct audit *audit,
                         const struct follow *follow, enum audit_severity least)
{
    const struct options *options = &cli->options;
    struct error err = {0};
    print_whole(cli, audit);
    bool text = form_of(options) == NULL && !page_is_output(options);
    if (text)
        audit_print_end(audit);
    if (text && !audit_print_news(audit, follow, &err))
        return report_error(&err, NULL);
    return judged(audit, least);
}

/* A mistyped name would pass for "all is well". */
static bool is_known(const struct cli *cli, const struct audit *audit, struct error *err)
{
    const char *user = audit->user;
    bool changes = option_given(&cli->options, OPTION_CHANGES);
    if (!meant_is_known(audit->facts, audit->selection, err))
        return false;
    if (!changes && user != NULL && !meant_user_exists(audit->facts, user))
        return error_set(err, ERROR_NOT_FOUND, "there is no user '%.128s' in this account; check --user", user);
    return true;
}

static bool begin(struct cli *cli, struct keeper *keeper, struct saying *saying, struct audit *audit, struct error *err)
{
    inventory_free(saying->inventory);
    saying->inventory = NULL;
    if (!inventory_new(keeper, say, saying, &saying->inventory, err))
        return false;
    if (option_given(&cli->options, OPTION_VALIDATE_POLICIES))
        inventory_validate(saying->inventory);
    audit->facts = inventory_facts(saying->inventory);
    return inventory_begin(saying->inventory, audit->user, audit->selection, err);
}

/* Where AWS lets nothing be read, perhaps for want of MFA: again in a session. What there is without one is told all
 * the same. */
static bool begin_again(struct cli *cli, struct keeper *keeper, struct saying *saying, struct audit *audit,
                        struct error *err)
{
    struct error failure = {0};
    const struct error *denial = inventory_denied(saying->inventory);
    say_clear(saying);
    if (denial == NULL)
        return true;
    if (mfa_look_again(cli, keeper, denial, &failure))
        return begin(cli, keeper, saying, audit, err);
    audit->lacks_code = failure.code == ERROR_MFA_NEEDED;
    if (audit->lacks_code)
        print_line(stderr, "keywright: note: %s (--mfa-code)", failure.text);
    if (!audit->lacks_code && failure.code != ERROR_DENIED)
        *err = failure;
    return audit->lacks_code || failure.code == ERROR_DENIED;
}

/* Rows are for programs, which take them as they come. A person reads what is worst first: what comes within a second is
 * one list. */
static bool gather_and_print(struct cli *cli, struct keeper *keeper, struct saying *saying, struct audit *audit,
                             struct error *err)
{
    enum { TEXT_MS = 1000 };
    struct audit_shown shown = {.begun = false};
    bool rows = form_of(&cli->options) != NULL;
    bool known = audit->user == NULL && audit->selection == NULL, over = false, whole = is_whole(&cli->options);
    bool may_read = false;
    int64_t pause = rows ? 0 : TEXT_MS, next = when_monotonic_ms() + pause;
    bool good = begin(cli, keeper, saying, audit, err);
    while (good && !over) {
        good = inventory_wait(saying->inventory, whole || rows ? -1 : next, err);
        if (good && !may_read && inventory_may_read(saying->inventory)) {
            good = begin_again(cli, keeper, saying, audit, err);
            may_read = true;
        }
        over = inventory_finished(saying->inventory);
        if (good && !known && inventory_has_users(saying->inventory)) {
            good = is_known(cli, audit, err);
            known = true;
        }
        say_progress(saying);
        if (!good || whole || !known || !may_read || (!over && when_monotonic_ms() < next))
            continue;
        next = when_monotonic_ms() + pause;
        audit->arn = inventory_arn(saying->inventory);
        say_clear(saying);
        print_more(cli, audit, saying->inventory, &shown);
    }
    audit->arn = inventory_arn(saying->inventory);
    say_clear(saying);
    return good;
}

static int tell(struct cli *cli, struct keeper *keeper, struct inventory *inventory,
                const struct audit *audit, struct following *following, enum audit_severity least)
{
    struct error err = {0};
    if (!follow(cli, inventory, following, &err))
        return report_error(&err, NULL);
    int exit_status = option_given(&cli->options, OPTION_CHANGES)
                          ? tell_changes(cli, audit, following)
                          : tell_findings(cli, audit, &following->follow, least);
    tell_live(inventory);
    int failed = tell_failure(cli, &following->follow);
    keep_reminder(cli, audit->facts);
    int untold = audit_notify(cli, keeper, audit, following->journal, &following->follow);
    if (!write_page(cli, audit, &err))
        return report_error(&err, NULL);
    return failed != 0 ? failed : untold != 0 ? untold : exit_status;
}

int command_audit(struct cli *cli)
{
    struct error err = {0};
    struct keeper *keeper CLEANUP(connect_keeper_cleanup) = NULL;
    struct narrowing narrowing CLEANUP(narrow_release) = {0};
    struct following following CLEANUP(following_release) = {0};
    struct saying saying CLEANUP(saying_release) = {.on_terminal = isatty(STDERR_FILENO)};
    enum audit_severity least;
    connect_catch_signals(NULL);
    if (!good_options(&cli->options, &least, &err) ||
        !narrow_init(&cli->options, &narrowing, &err) || !start_keeper(cli, &keeper, &err))
        return report_error(&err, NULL);
    open_journal(cli, &following);
    const char *page = page_is_output(&cli->options) ? NULL : option_string(&cli->options, OPTION_HTML);
    if (!connect_confine(cli, page, &err) || !mfa_begin_look(cli, keeper, &err))
        return report_error(&err, NULL);
    struct audit audit = {.user = option_string(&cli->options, OPTION_USER),
                          .selection = narrow_selection(&narrowing)};
    if (!gather_and_print(cli, keeper, &saying, &audit, &err))
        return report_error(&err, err.code == ERROR_INTERRUPTED
                                      ? "nothing was changed, and this audit is not kept; run it again"
                                      : NULL);
    audit.region = keeper_region(keeper);
    return tell(cli, keeper, saying.inventory, &audit, &following, least);
}
