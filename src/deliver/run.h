/* Run an operator's command once and wait for it. For command.c (and the test
 * of the time limit) only. */
#ifndef KEYWRIGHT_DELIVER_RUN_H
#define KEYWRIGHT_DELIVER_RUN_H

#include "base/error.h"
#include "base/secret.h"

enum { RUN_INPUT_MAXIMUM = 4096, RUN_OUTPUT_MAXIMUM = 64 * 1024 };

struct run_output {
    char *bytes; /* RUN_OUTPUT_MAXIMUM at most, NUL-terminated; wiped by run_output_release */
    size_t length;
};
void run_output_release(struct run_output *output);

/* The program that `name` means: itself when it has a slash, else the first in PATH that may be
 * executed. NOT_FOUND, PERMISSION. */
bool run_find(const char *name, char *buffer, size_t size, struct error *err) MUST_USE;

/* Start `words` (no shell) in a process group of its own, without AWS secrets in its environment,
 * with `input` (NULL: nothing) on its standard input, and wait for its end. Output beyond the
 * maximum is read and dropped. NOT_FOUND and PERMISSION when it cannot be started, TIMEOUT when it
 * was killed after `limit_ms`, COMMAND for an exit status other than 0, with the last line that it
 * wrote to standard error unless that could hold the secret. Errors name words[0] only. */
bool run_command(char *const words[], const struct secret *input, const struct secret *hidden,
                 int limit_ms, struct run_output *ret_output, struct error *err) MUST_USE;

#endif
