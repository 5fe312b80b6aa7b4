/* The front's cage, and the scope that it gives its keepers before it is closed. */
#ifndef KEYWRIGHT_RUNNER_CONFINE_H
#define KEYWRIGHT_RUNNER_CONFINE_H

#include "base/cage.h"
#include "base/text.h"
#include "runner/runner.h"

/* Close it: no sockets, no programs; the folder of the journal may be written, and the folder of
 * `output` (a file that is to be made; NULL for none); the terminal, terminfo, and what
 * cage_allow_system lists may be read. `journal` is NULL where there is none. Whatever has to be
 * started or looked up from somebody (keepers, the starter, the login name) must be there already.
 * *ret_report may be NULL. IO. */
bool front_confine(const char *journal, const char *output, struct cage_report *ret_report,
                   struct error *err) MUST_USE;

/* Targets and commands of a request or a plan, for the scope of its keeper. */
void front_scope_request(const struct runner_request *request, struct text *scope);
void front_scope_plan(const struct plan *plan, struct text *scope);
/* One of the targets is to be shown on the terminal. */
bool front_scope_shows(const struct text *scope);
/* Those of every open rotation; one that cannot be loaded, and so not be gone on with, adds
 * nothing. The errors of the journal, MEMORY, LIMIT. */
bool front_scope_open(struct journal *journal, struct text *scope, struct error *err) MUST_USE;

#endif
