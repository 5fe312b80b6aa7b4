/* Driving one rotation from the command line: the loop around runner_advance that rotate, resume
 * and rollback share, with its three manners of speaking to the operator: unattended (--yes), line
 * by line (--plain), and NDJSON. */
#ifndef KEYWRIGHT_CLI_DRIVE_H
#define KEYWRIGHT_CLI_DRIVE_H

#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"
#include "runner/lend.h"

struct drive {
    struct cli *cli;
    struct journal *journal;
    struct keeper *keeper; /* NULL once it has ended */
    struct runner *runner;
    bool unattended;
    bool fresh;        /* opened in this run, so that nothing is lost by closing it unchanged */
    bool undoing;      /* its rollback was decided in an earlier run: that it ends so is success */
    const char *rollback; /* why it is to be rolled back first of all; NULL once that is said */
    FILE *out;         /* progress: standard error beside --json, else standard output */
    sigset_t wait_mask;
    struct lend lend;  /* of the terminal, to the keeper */

    /* What is used up. */
    uint32_t overrides_used; /* a bit for each place in --override */
    bool code_used;
    bool two_keys_answered;

    /* What was said last, so that nothing is said twice. */
    bool warned;
    bool hinted; /* a compromised key is off: what else is to be done */
    uint32_t said[EVENT_COUNT][TARGETS_MAX];
    enum step step;
    char wait[TEXT_SIZE];
    int64_t wait_said_at;
};

/* Run until the rotation is closed, waits for long, asks what nobody answers, is blocked, fails or
 * is interrupted. Prints all of it, the result too, and returns the exit status. */
int drive_run(struct drive *drive);

/* Wait until something happens: a message of the keeper, a line on the terminal when `terminal`, a
 * signal, or `milliseconds` (-1: no limit). True when the terminal has something to read. */
bool drive_wait(struct drive *drive, bool terminal, int milliseconds);

/* --- progress.c: what happens, as lines ------------------------------------------------------- */

/* Callbacks of runner and keeper; context is the drive. */
void progress_event(void *context, const struct rotation *after, const struct event *event);
void progress_note(void *context, struct json_object *body);
/* One line when the reason changes, then at most one in 30 seconds. */
void progress_wait(struct drive *drive, const struct effect *effect, int64_t now);
/* One event as "key switched: AKIA... is Inactive (signed by AKIA...)". */
void progress_describe(const struct rotation *rotation, const struct event *event,
                       struct text *text);

/* --- ask.c: questions ------------------------------------------------------------------------ */

enum answer_result {
    ANSWER_GIVEN,       /* go on */
    ANSWER_STOP,        /* leave the rotation open, exit 3 */
    ANSWER_BLOCKED,     /* only a choice of the operator helps: exit 5 */
    ANSWER_INTERRUPTED, /* exit 130 */
    ANSWER_FAILED       /* err says why */
};

/* EFFECT_ASK: by the rules of --yes, or by a prompt. */
enum answer_result ask_question(struct drive *drive, const struct effect *effect,
                                struct error *err);
/* A question of a command's own: "y" or "yes" is yes, everything else no. Serves a keeper meanwhile
 * if there is one. */
bool ask_yes(struct drive *drive, const char *question);
/* A rollback that makes a compromised key Active again is said in words, and asked for but with --yes. True
 * when it may go on. */
bool ask_revival(struct drive *drive, const struct rotation *rotation);
/* A line of the terminal; false at its end and when interrupted. Serves a keeper meanwhile. */
bool ask_text(struct drive *drive, const char *prompt, char *line, size_t size);
/* EFFECT_BLOCKED, and a long wait for a gate: --override, or a prompt when `prompt`. */
enum answer_result ask_blocked(struct drive *drive, const struct effect *effect, bool prompt,
                               struct error *err);

/* --- outcome.c: how it ended ----------------------------------------------------------------- */

/* The exit status for a failure, before a rotation is opened or of one that is open. */
int outcome_status(const struct error *err, bool opened);
/* The command that goes on with a rotation, fit to be pasted into a shell. "" for no ID. */
void outcome_command(const struct cli *cli, const char *verb, const char *id, struct text *text);
/* What there is to do about an open rotation: the commands that resume it and roll it back. */
void outcome_ways_on(const struct cli *cli, const char *id, struct text *text);
/* The command that rotates a key as this one would, without --user and --key. */
void outcome_rotate_command(const struct cli *cli, struct text *text);
/* Print the result (one JSON object with --json) and return the exit status. */
int outcome_closed(struct drive *drive);
int outcome_open(struct drive *drive, int exit_status, const char *what);
int outcome_blocked(struct drive *drive, const struct effect *effect);
int outcome_failed(struct drive *drive, const struct error *err);

#endif
