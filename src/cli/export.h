/* Events as NDJSON: history ID --json and journal export. */
#ifndef KEYWRIGHT_CLI_EXPORT_H
#define KEYWRIGHT_CLI_EXPORT_H

#include "journal/journal.h"

/* A visitor for journal_events: prints seq, at, rotation, kind, step, actor, detail and hash. The
 * context is not used. */
bool export_event(void *context, const char *id, const struct event *event, const char *detail,
                  const char *hash);

#endif
