/* How a command of the operator ended, in words. */
#ifndef KEYWRIGHT_KEEPER_ENDED_H
#define KEYWRIGHT_KEEPER_ENDED_H

#include "keeper/child.h"

enum { ENDED_LINE_SIZE = 256, ENDED_NAME_SIZE = 128 };

/* The name of its program, fit for a message. Returns shown. */
const char *ended_name(const char *command, char shown[ENDED_NAME_SIZE]);
/* The last line of what it wrote that is not empty, fit for a message. It ends the bytes there. */
void ended_last_line(const struct child_output *output, char shown[ENDED_LINE_SIZE]);
/* Status 0 within its time. Else COMMAND (or child_not_started's), with `line` ("" for none) as the reason; TIMEOUT. */
bool ended_well(const struct child_result *result, const char *command, int64_t limit_ms,
                const char *line, struct error *err) MUST_USE;

#endif
