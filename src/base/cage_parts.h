/* What cage.c and cage_calls.c share; for nobody else. */
#ifndef KEYWRIGHT_BASE_CAGE_PARTS_H
#define KEYWRIGHT_BASE_CAGE_PARTS_H

#include "base/cage.h"

/* Refuse the system calls of this kind from now on (EPERM; a call for another architecture ends the
 * process). Returns 0, or an errno: ENOSYS where there is no seccomp or the architecture is not
 * known here. Wants no_new_privs to be set. */
int cage_refuse_calls(enum cage_kind kind) MUST_USE;

#endif
