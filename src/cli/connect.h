/* What most commands begin with: the journal, the keeper, the terminal, signals. */
#ifndef KEYWRIGHT_CLI_CONNECT_H
#define KEYWRIGHT_CLI_CONNECT_H

#include <signal.h>

#include "base/text.h"
#include "cli/cli.h"

struct json_object;

/* The keeper's options as they stand on the command line. Strings are borrowed. */
struct keeper_options connect_options(const struct cli *cli);
/* Start the keeper with them, for what needs no targets and runs no commands of the operator
 * but --mfa-command. With -v its requests are told on standard error. Caller frees. */
bool connect_keeper(const struct cli *cli, struct keeper **ret_keeper, struct error *err) MUST_USE;
/* The same, with the `terminal` at its disposal, and by a starter (NULL for none). */
bool connect_keeper_for(const struct cli *cli, bool terminal, struct starter *starter,
                        struct keeper **ret_keeper, struct error *err) MUST_USE;
void connect_keeper_cleanup(struct keeper **keeper); /* for CLEANUP() */

/* Ask one thing and wait for the answer: runner/question.h. */
bool connect_ask(struct keeper *keeper, enum message_kind kind, struct json_object **body,
                 struct json_object **ret_reply, struct error *err) MUST_USE;

/* Go into the front's cage (runner/confine.h), now that all that it needs is there: keepers above all.
 * `output`: a file that is going to be made, NULL for none. */
bool connect_confine(const struct cli *cli, const char *output, struct error *err) MUST_USE;

bool connect_journal_path(const struct cli *cli, struct text *ret_path, struct error *err) MUST_USE;
/* The folder of the journal, where it is missing; for what is kept beside it. Before the cage. That it cannot be made
 * is no failure: what wants to write there finds it. */
void connect_make_folder(const struct cli *cli);
bool connect_journal(const struct cli *cli, enum journal_mode mode, struct journal **ret_journal,
                     struct error *err) MUST_USE;
/* For reading what may not be there yet: *ret_journal is NULL when there is no journal. That its end is
 * damaged is said on standard error, and what there is can be read. */
bool connect_journal_if_any(const struct cli *cli, struct journal **ret_journal,
                            struct error *err) MUST_USE;

/* The operator can be asked: standard input and one of the outputs are a terminal. */
bool connect_has_terminal(void);
/* A full screen can be opened, and nothing asks for plain text (--plain, --json, ACCESSIBLE,
 * TERM=dumb). */
bool connect_has_screen(const struct cli *cli);
/* The same, and it has an alternate screen, so that it can wipe what it has shown. */
bool connect_can_wipe(void);
/* A secret can be shown to the operator and wiped again: a terminal that has an alternate screen, and
 * nothing that says that nobody is there or that a program reads (--yes, --json). USAGE. */
bool connect_can_show(const struct options *options, struct error *err) MUST_USE;
bool connect_no_color(const struct cli *cli);
/* The operator's login name. It may have to be asked for over a socket: so before the cage. */
const char *connect_actor(char *buffer, size_t size);

/* From now on SIGINT, SIGTERM and SIGHUP are noted, and interrupt a wait, instead of ending the
 * program; they are blocked outside of waits when `ret_wait_mask` (for ppoll) is not NULL. */
void connect_catch_signals(sigset_t *ret_wait_mask);
bool connect_interrupted(void);
/* The number of the one that was noted, 0 for none; and begin anew. */
int connect_signal(void);
void connect_forget_signals(void);

#endif
