/* The terminal interface, first page: the loop.
 *
 *     terminal --key, size--> app_update --wishes--> runner, journal, keeper
 *     terminal <----cells---- view <---- app <--messages-- rows, survey, events
 *
 * One thread, one poll over the terminal, the keeper's door and signals; nothing waits for anything
 * else. The first frame is on the terminal before the keeper is started. Idle, it does not wake up; a
 * countdown on the screen wakes it once a second.
 *
 *     keymap        keys and commands, the one table
 *     cell          grids of cells
 *     state, app    what the interface knows, and how it changes; pure (update_*: a screen each)
 *     dialog, ask   dialogs: how they take keys, what they ask; pure
 *     view          what it looks like (view_*: a screen each); pure
 *     paint         curses
 *     signals       signals as a descriptor
 *     loop, lists, run, act   carry out what the app wishes for
 *     aside         what is done with the terminal given back
 */
#ifndef KEYWRIGHT_TUI_TUI_H
#define KEYWRIGHT_TUI_TUI_H

#include "audit/access.h"
#include "runner/runner.h"

struct starter;

/* `keywright mfa enroll` on the terminal, which is not the screen's meanwhile, in the cage and with keepers of this
 * starter. Returns the exit status. *ret_signal: the signal that interrupted it, 0 for none. */
typedef int tui_enroll(const void *context, struct starter *starter, const char *actor, int *ret_signal);

struct tui_options {
    const char *journal_path;
    struct keeper_options keeper;
    const struct runner_request *request; /* begin with this rotation; NULL: with the home screen */
    const struct runner_request *defaults; /* for a rotation that is begun from home; NULL for none */
    bool ask_plan;                        /* of `request`: quiet and soak are asked for first */
    const char *resume;                   /* begin by going on with this rotation; NULL */
    const char *user;                     /* whose keys the home screen shows; NULL: the signer's */
    const struct access_selection *selection; /* whom the audit is about; NULL: everybody, or that user */
    tui_enroll *enroll;                   /* NULL: there is no enrolment */
    const void *enroll_context;
    const char *mfa_code, *mfa_command;   /* answer the question for a code, once, or always; NULL */
    bool no_color;
    const char *actor;                    /* login name, for decisions; NULL: looked up */
    const char *resume_command;           /* for the words at the end; NULL: "keywright resume" */
    const char *rotate_command;           /* what begins a rotation; NULL: "keywright rotate" */
};

/* Run until the operator leaves. *ret_exit_status: 0, or 130 when a rotation in progress was
 * interrupted; for a start with `request` or `resume`, what that rotation has come to (0, 1, 3, 5).
 * The locale must be set. Errors: those of journal_open; USAGE when the terminal cannot show it. */
bool tui_run(const struct tui_options *options, int *ret_exit_status, struct error *err) MUST_USE;

#endif
