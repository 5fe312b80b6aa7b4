/* rotate, and the beginning that it shares with the screen: the request made of the options. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/begin.h"
#include "cli/connect.h"
#include "cli/dryrun.h"
#include "cli/mfa.h"
#include "cli/narrow.h"
#include "cli/print.h"
#include "runner/confine.h"
#include "wire/scope.h"

bool begin_request(const struct options *options, struct runner_request *ret_request,
                   struct error *err)
{
    struct runner_request request = {
        .profile = option_string(options, OPTION_PROFILE),
        .as_profile = option_string(options, OPTION_AS),
        .expect_account = option_string(options, OPTION_EXPECT_ACCOUNT),
        .user = option_string(options, OPTION_USER),
        .key = option_string(options, OPTION_KEY),
        .region = option_string(options, OPTION_REGION),
        .endpoint_url = option_string(options, OPTION_ENDPOINT_URL),
        .verify = option_string(options, OPTION_VERIFY),
        .mfa_command = option_string(options, OPTION_MFA_COMMAND),
        .adopt_key = option_string(options, OPTION_NEW_KEY),
        .retire_key = option_string(options, OPTION_RETIRE),
        .reason = option_string(options, OPTION_REASON),
        .ticket = option_string(options, OPTION_TICKET),
        .settle = option_number(options, OPTION_SETTLE, 5),
        .consistency = option_number(options, OPTION_CONSISTENCY, 60),
        .timeout = option_number(options, OPTION_TIMEOUT, 0),
        .ask_alias = !option_given(options, OPTION_YES),
        .compromised = option_given(options, OPTION_COMPROMISED),
    };
    const char *word = option_string(options, OPTION_PLAN);
    if (!plan_word(word != NULL ? word : "careful", &request.quiet, &request.soak, err))
        return false;
    request.quiet = option_number(options, OPTION_QUIET, request.quiet);
    request.soak = option_number(options, OPTION_SOAK, request.soak);
    if (request.adopt_key != NULL && request.retire_key != NULL)
        return error_set(err, ERROR_USAGE, "--new-key and --retire exclude each other");
    if (options->counts[OPTION_TO] > TARGETS_MAX || options->counts[OPTION_TEST] > TESTS_MAX)
        return error_set(err, ERROR_USAGE, "at most %d --to and %d --test can be given",
                         TARGETS_MAX, TESTS_MAX);
    for (size_t i = 0; i < options->counts[OPTION_TO]; i++)
        request.to[request.to_count++] = options->lists[OPTION_TO][i];
    for (size_t i = 0; i < options->counts[OPTION_TEST]; i++)
        request.tests[request.test_count++] = options->lists[OPTION_TEST][i];
    *ret_request = request;
    return true;
}

/* Before AWS is asked, and without repeating it: it may be a secret that was pasted. */
static bool are_key_ids(const struct options *options, struct error *err)
{
    static const enum option with_keys[] = {OPTION_KEY, OPTION_NEW_KEY, OPTION_RETIRE};
    for (size_t i = 0; i < sizeof with_keys / sizeof *with_keys; i++) {
        const char *value = option_string(options, with_keys[i]);
        if (value != NULL && !is_key_id(value))
            return error_set(err, ERROR_USAGE,
                             "--%s is the ID of an access key, such as AKIA and 16 more letters; "
                             "never a secret",
                             option_row(with_keys[i])->name);
    }
    return true;
}

bool begin_check(const struct options *options, struct error *err)
{
    if (!are_key_ids(options, err))
        return false;
    for (size_t i = 0; i < options->counts[OPTION_OVERRIDE]; i++) {
        enum gate_id gate;
        const char *reason;
        if (!override_parse(options->lists[OPTION_OVERRIDE][i], &gate, &reason, err))
            return false;
    }
    const char *code = option_string(options, OPTION_MFA_CODE);
    if (code != NULL && (strlen(code) != 6 || strspn(code, "0123456789") != 6))
        return error_set(err, ERROR_USAGE, "--mfa-code is six digits");
    if (code != NULL && option_given(options, OPTION_MFA_COMMAND))
        return error_set(err, ERROR_USAGE, "--mfa-code and --mfa-command exclude each other");
    const char *account = option_string(options, OPTION_EXPECT_ACCOUNT);
    if (account != NULL && !is_account_id(account))
        return error_set(err, ERROR_USAGE, "--expect-account is an ID of twelve digits");
    for (size_t i = 0; i < options->counts[OPTION_TO]; i++)
        if (strcmp(options->lists[OPTION_TO][i], "show") == 0 &&
            !option_given(options, OPTION_DRY_RUN) && !connect_can_show(options, err))
            return false;
    if (option_given(options, OPTION_YES) || option_given(options, OPTION_DRY_RUN) ||
        connect_has_terminal())
        return true;
    return error_set(err, ERROR_USAGE,
                     "there is no terminal to ask at, and --yes is not given; nothing was done");
}

bool begin_wants_screen(const struct cli *cli)
{
    return !option_given(&cli->options, OPTION_YES) && connect_has_screen(cli);
}

static int open_screen(const struct cli *cli, const struct runner_request *request,
                       const struct runner_request *defaults, const char *resume,
                       const struct keeper_options *keeper)
{
    struct error err;
    struct text path CLEANUP(text_release);
    struct narrowing narrowing CLEANUP(narrow_release) = {0};
    text_init(&path, TEXT_SIZE * 8);
    if (!narrow_init(&cli->options, &narrowing, &err) || !connect_journal_path(cli, &path, &err))
        return report_error(&err, NULL);
    const struct options *options = &cli->options;
    struct text command CLEANUP(text_release);
    text_init(&command, TEXT_SIZE * 8);
    outcome_command(cli, "resume", "", &command);
    struct text rotate CLEANUP(text_release);
    text_init(&rotate, TEXT_SIZE * 8);
    outcome_rotate_command(cli, &rotate);
    struct cli_screen screen = {.journal_path = path.bytes,
                                .keeper = *keeper,
                                .request = request,
                                .defaults = defaults,
                                .ask_plan = !option_given(options, OPTION_PLAN) &&
                                            !option_given(options, OPTION_QUIET) &&
                                            !option_given(options, OPTION_SOAK),
                                .resume = resume,
                                .resume_command = command.bytes,
                                .rotate_command = rotate.bytes,
                                .user = option_string(options, OPTION_USER),
                                .selection = narrow_selection(&narrowing),
                                .enroll = mfa_enroll_aside,
                                .enroll_context = cli,
                                .mfa_code = option_string(options, OPTION_MFA_CODE),
                                .mfa_command = option_string(options, OPTION_MFA_COMMAND),
                                .no_color = connect_no_color(cli)};
    int exit_status = 0;
    if (!cli->open_screen(&screen, &exit_status, &err))
        return report_error(&err, NULL);
    return exit_status;
}

int begin_screen(const struct cli *cli, const struct runner_request *request, const char *resume,
                 const struct keeper_options *keeper)
{
    return open_screen(cli, request, NULL, resume, keeper);
}

int begin_home(const struct cli *cli, const struct runner_request *defaults,
               const struct keeper_options *keeper)
{
    return open_screen(cli, NULL, defaults, NULL, keeper);
}

bool begin_drive(struct cli *cli, struct journal *journal, struct begun *begun, struct error *err)
{
    begun->drive = calloc(1, sizeof *begun->drive);
    if (begun->drive == NULL)
        return error_set(err, ERROR_MEMORY, "beginning");
    *begun->drive = (struct drive){
        .cli = cli,
        .journal = journal,
        .keeper = begun->keeper,
        .runner = begun->runner,
        .unattended = option_given(&cli->options, OPTION_YES),
        .out = option_given(&cli->options, OPTION_JSON) ? stderr : stdout,
        .step = STEP_NONE,
    };
    connect_catch_signals(&begun->drive->wait_mask);
    /* That nobody reads on, as in 'rotate --yes | head', is no reason to end between two acts. */
    signal(SIGPIPE, SIG_IGN);
    return true;
}

/* The keeper first: it still tells the runner of what will get no answer. */
void begin_release(struct begun *begun)
{
    if (begun->runner != NULL)
        runner_on_event(begun->runner, NULL, NULL);
    keeper_free(begun->keeper);
    runner_free(begun->runner);
    free(begun->drive);
}

static bool start_keeper_for(const struct cli *cli, const struct runner_request *request,
                             struct keeper **ret_keeper, struct error *err)
{
    CLEANUP(text_release) struct text scope;
    text_init(&scope, SCOPE_MAXIMUM);
    front_scope_request(request, &scope);
    struct keeper_options options = connect_options(cli);
    options.scope = &scope;
    options.terminal = front_scope_shows(&scope) && connect_can_show(&cli->options, NULL);
    return keeper_start(&options, ret_keeper, err);
}

static int run(struct cli *cli, const struct runner_request *request)
{
    struct error err = {0};
    struct journal *journal CLEANUP(journal_cleanup) = NULL;
    struct begun begun CLEANUP(begin_release) = {0};
    char actor[WORD_SIZE];
    connect_actor(actor, sizeof actor);
    /* The keeper first: it loads while the journal opens. */
    if (!start_keeper_for(cli, request, &begun.keeper, &err) ||
        !connect_journal(cli, JOURNAL_WRITE, &journal, &err) || !connect_confine(cli, NULL, &err) ||
        !runner_open(journal, begun.keeper, request, actor, &begun.runner, &err) ||
        !begin_drive(cli, journal, &begun, &err))
        return report_error(&err, NULL);
    begun.drive->fresh = true;
    return drive_run(begun.drive);
}

int command_rotate(struct cli *cli)
{
    struct error err;
    struct runner_request request;
    if (!begin_request(&cli->options, &request, &err) || !begin_check(&cli->options, &err))
        return report_error(&err, "see 'keywright rotate --help'");
    if (option_given(&cli->options, OPTION_DRY_RUN))
        return dryrun_rotate(cli, &request);
    if (begin_wants_screen(cli)) {
        struct keeper_options keeper = connect_options(cli);
        return begin_screen(cli, &request, NULL, &keeper);
    }
    return run(cli, &request);
}
