/* The run: the one rotation that the interface drives at a time. */
#ifndef KEYWRIGHT_TUI_RUN_H
#define KEYWRIGHT_TUI_RUN_H

#include "tui/loop.h"

/* Could one be begun now, the run in hand being let go? Otherwise the app is told. */
bool run_can_start(struct loop *loop);
/* Begin a new rotation, or go on with one. Failures go to the app as a notice. */
void run_start(struct loop *loop, const struct runner_request *request);
void run_resume(struct loop *loop, const char *id);
/* Let the runner do what it can; tell the app what has changed. */
void run_advance(struct loop *loop);
/* Open, and neither waiting to be opened nor closed. */
bool run_open(const struct loop *loop);
/* What a rotation that was asked for on the command line has come to. */
int run_exit_status(const struct loop *loop);

#endif
