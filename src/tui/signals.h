/* Signals that ask the program to leave, as a descriptor for poll. */
#ifndef KEYWRIGHT_TUI_SIGNALS_H
#define KEYWRIGHT_TUI_SIGNALS_H

#include "base/error.h"

/* From now on SIGINT, SIGTERM, SIGHUP, and SIGCONT after a stop, only make the descriptor readable. */
bool signals_start(int *ret_fd, struct error *err) MUST_USE;
/* That descriptor; -1 for none. */
int signals_fd(void);
/* The number of one that has come, 0 for none. */
int signals_next(void);
/* Somebody else may have caught them meanwhile: catch them again. */
void signals_again(void);
void signals_stop(void);

#endif
