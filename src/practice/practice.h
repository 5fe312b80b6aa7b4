/* The practice service: the account, its clock, its faults and its request log, and what happens to
 * one request from its bytes to its answer. Knows nothing of sockets; server.h does.
 *
 * One exchange goes through practice_begin (which faults strike; wait outside if told to),
 * practice_answer (verify, perform, render, log) and, after a wait, the sending.
 * None of the functions may be called by two threads at once.
 */
#ifndef KEYWRIGHT_PRACTICE_PRACTICE_H
#define KEYWRIGHT_PRACTICE_PRACTICE_H

#include <stdint.h>
#include <stdio.h>

#include "practice/account.h"
#include "practice/actions.h"
#include "practice/fault.h"
#include "practice/request.h"

enum { PRACTICE_REQUEST_ID_SIZE = 37, PRACTICE_SKEW = 15 * 60 };

struct practice_count {
    unsigned long received; /* requests that named the action */
    unsigned long executed; /* and took effect */
    int64_t second;         /* the one that `in_second` counts requests of */
    int64_t in_second;
};

struct practice {
    struct account *account;
    struct fault_list *faults;
    struct sign_cache *cache;
    int64_t offset;      /* the account's clock minus the real one, seconds */
    int64_t date_offset; /* the Date header lies by so many seconds */
    int64_t skew;        /* how far a signature's date may be off */
    FILE *log;           /* NDJSON, or NULL; owned */
    FILE *secrets;       /* of practice_open_secrets, or NULL; owned */
    unsigned long sequence;
    struct practice_count counts[ACTIONS_COUNT];
    size_t in_flight, in_flight_most; /* requests begun and not answered; how many at once there ever were */
    struct account *saved; /* what restore goes back to, or NULL */
    int64_t saved_offset;
};

struct practice_answer {
    int status;
    const char *content_type;
    const char *error_type; /* value of x-amzn-ErrorType; "" or NULL for none */
    char request_id[PRACTICE_REQUEST_ID_SIZE];
    int64_t date;
    struct text body;
};

/* An empty account, no faults, the real time. MEMORY. */
bool practice_init(struct practice *practice, struct error *err) MUST_USE;
void practice_release(struct practice *practice);
/* Open the log for appending, 0600. IO. One line a request, written before its answer is sent:
 * seq, at, connection, nth (request on that connection), service, action, access_key (ID of the
 * signer), principal, user, key and to_status (fields of the request), verified, executed, status (0:
 * none sent), code, fault (kinds that struck, with commas), why (what really happened). No secret. */
bool practice_open_log(struct practice *practice, const char *path, struct error *err) MUST_USE;
/* Open a file for appending, 0600, for tests that look for secrets where none may be: a line
 * "secret-KEYID SECRET" or "token-KEYID TOKEN" for each that is made, written before anybody is told
 * of it; "secret-MFASEED SEED" for that of a virtual MFA device. IO. */
bool practice_open_secrets(struct practice *practice, const char *path,
                           struct error *err) MUST_USE;
/* Write such lines, when there is such a file; an empty token has none. */
void practice_note_secret(struct practice *practice, const char *key_id, const char *secret,
                          const char *token);
/* The account's time: the real one plus what was advanced. */
int64_t practice_now(const struct practice *practice);

/* Read the request's fields and say which faults strike. False: the form is malformed (the request
 * goes on to practice_answer all the same, which answers MalformedInput). */
bool practice_begin(struct practice *practice, struct request *request,
                    struct fault_plan *ret_plan);
/* Do it: verify, perform unless a fault forbids, render into ret_answer, and write the log line.
 * `random` is ACCOUNT_RANDOM_SIZE fresh bytes. ret_answer->body must be initialised. */
void practice_answer(struct practice *practice, const struct request *request, bool readable,
                     const struct fault_plan *plan, const unsigned char *random,
                     struct practice_answer *ret_answer);

/* The control page, for tests and for the curious; answers JSON, holds no secret.
 *   GET  /practice/state                  users, keys, counts, settings, time, requests ever in flight at once
 *   GET  /practice/totp?user=NAME         the code that the user's MFA device shows, or a device by
 *                                         serial=ARN; step=N: N times 30 s from now
 *   POST /practice/advance?seconds=N      move the account's clock forward
 *   POST /practice/fault?spec=SPEC        add a fault; spec= (empty) removes all
 *   POST /practice/config?NAME=VALUE      a setting of ACCOUNT_SETTING_TABLE, max-skew or date-offset
 *   POST /practice/save                   remember users, keys, settings and clock as they are now
 *   POST /practice/restore                go back to what was saved, as often as wanted; faults are
 *                                         removed, and counts begin at 0 again
 * Anyone on this computer may use it. A browser may not: Host must be a loopback name and Origin
 * absent, so that no web page can reach it. */
bool practice_is_control(const struct request *request);
void practice_control(struct practice *practice, struct request *request,
                      struct practice_answer *ret_answer);

#endif
