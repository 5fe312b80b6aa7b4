/* The one loop of the keeper. */
#ifndef KEYWRIGHT_KEEPER_LOOP_H
#define KEYWRIGHT_KEEPER_LOOP_H

#include "keeper/context.h"

/* Catch the signals that matter: SIGTERM ends the loop, SIGCHLD wakes it, those of a terminal do
 * nothing (and are not ignored by what we run). Call once, before loop_run. */
bool loop_watch_signals(struct error *err) MUST_USE;

/* Serve until the door closes and what was begun has ended, or SIGTERM. Returns the exit status: 0;
 * 1 when the front talked garbage or the loop itself failed; 143 for SIGTERM. */
int loop_run(struct context *context);

#endif
