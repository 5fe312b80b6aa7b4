/* The command line: one file a command, each of which reads its options, calls the runner or the
 * journal, and prints. No rule of rotation lives here.
 *
 * commands.c holds the one table of commands. A command is a function that gets a struct cli and
 * returns the exit status of keywright(1); it prints its own diagnostics through print.h.
 */
#ifndef KEYWRIGHT_CLI_CLI_H
#define KEYWRIGHT_CLI_CLI_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "runner/runner.h"

struct access_selection;
struct cli;
struct starter;

/* What a screen is opened on. */
struct cli_screen {
    const char *journal_path;
    struct keeper_options keeper;
    const struct runner_request *request; /* NULL: home; else the rotation screen of a new one */
    const struct runner_request *defaults; /* for rotations that are begun from home; NULL */
    bool ask_plan;                        /* of the request: quiet and soak are not chosen yet */
    const char *resume;                   /* ID of a rotation to go on with, or NULL */
    const char *resume_command;           /* what to say at the end, without the ID */
    const char *rotate_command;           /* for other keys, without --user and --key */
    const char *user;                     /* whose keys the home shows; NULL: the signer's */
    const struct access_selection *selection; /* whom its audit is about; NULL: everybody, or that user */
    /* `mfa enroll` from the screen: in its cage, with keepers of its starter, the actor being known. Returns
     * the exit status; *ret_signal is what interrupted it, or 0. */
    int (*enroll)(const void *context, struct starter *starter, const char *actor, int *ret_signal);
    const void *enroll_context;
    const char *mfa_code, *mfa_command;   /* answers to the question for a code; NULL */
    bool no_color;
};

/* Opens the full screen and returns when the operator leaves it. The command line does not know the
 * screen: main.c hands this in. */
typedef bool cli_open_screen(const struct cli_screen *screen, int *ret_exit_status,
                             struct error *err);

struct cli {
    struct options options;
    struct settings settings;
    struct error settings_error; /* why they could not be read: `doctor` goes on and says so */
    int environment_fd; /* sealed AWS_* variables for the keeper, -1 for none */
    cli_open_screen *open_screen;
    struct starter *starter; /* of keepers, for a run that needs more than one; NULL */
    const char *actor; /* looked up already, since the cage is closed; NULL */
};

struct command {
    const char *name;
    const char *arguments; /* "[ID]" */
    const char *summary;   /* one line, for the list */
    const char *details;   /* paragraphs of --help, "" for none */
    size_t least, most;    /* how many arguments */
    struct option_set accepts;
    int (*run)(struct cli *cli);
};

/* The command of that name, or NULL. */
const struct command *command_seek(const char *name);
/* All of them, in the order of the help. */
const struct command *commands(size_t *ret_count);

/* Everything: parse, dispatch, print. Returns the exit status. */
int cli_main(int argc, char *const *argv, int environment_fd, cli_open_screen *open_screen);

/* The commands. */
int command_rotate(struct cli *cli);
int command_resume(struct cli *cli);
int command_rollback(struct cli *cli);
int command_abandon(struct cli *cli);
int command_status(struct cli *cli);
int command_history(struct cli *cli);
int command_keys(struct cli *cli);
int command_audit(struct cli *cli);
int command_due(struct cli *cli);
int command_usage(struct cli *cli);
int command_where(struct cli *cli);
int command_policy(struct cli *cli);
int command_journal(struct cli *cli);
int command_practice(struct cli *cli);
int command_doctor(struct cli *cli);
int command_mfa(struct cli *cli);

#endif
