/* Times and durations. A time is an int64_t of whole seconds of UTC since 1970; 0 means "not known".
 * Nothing in the pure rooms reads a clock: time is an argument. when_now is for the edges. */
#ifndef KEYWRIGHT_BASE_WHEN_H
#define KEYWRIGHT_BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"


#define WHEN_TEXT_SIZE 24     /* "2026-01-15T12:34:56Z" and its NUL */
#define DURATION_TEXT_SIZE 24 /* "90d", "1h 5m" and its NUL */

int64_t when_now(void);
/* Milliseconds of a clock that never jumps; its zero means nothing. */
int64_t when_monotonic_ms(void);

/* "2026-01-15T12:34:56Z" (RFC 3339, UTC); "" for 0. Returns buffer. */
const char *when_format(int64_t time, char buffer[WHEN_TEXT_SIZE]);
/* "20260115T123456Z", the x-amz-date form of SigV4. Returns buffer. */
const char *when_format_basic(int64_t time, char buffer[WHEN_TEXT_SIZE]);

/* Reads RFC 3339 with Z, a fraction, or an offset ("+00:00"), and the basic form. Both readers refuse
 * what when_format could not write: a year before 1000 or after 9999, in UTC. */
bool when_parse(const char *string, int64_t *ret_time, struct error *err) MUST_USE;
/* Reads an HTTP date, IMF-fixdate only ("Thu, 15 Jan 2026 12:34:56 GMT", RFC 9110 5.6.7). */
bool when_parse_http(const char *string, int64_t *ret_time, struct error *err) MUST_USE;

/* Reads "0", "90s", "15m", "24h", "90d" (seconds out). A number without unit other than 0 is an
 * error, so is a negative one or one over 100 years. */
bool duration_parse(const char *string, int64_t *ret_seconds, struct error *err) MUST_USE;
/* "0s", "45s", "3m 20s", "23h 59m", "89d 4h": the two largest units. Returns buffer. */
const char *duration_format(int64_t seconds, char buffer[DURATION_TEXT_SIZE]);

#endif
