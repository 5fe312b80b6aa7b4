/* The keeper: the program that holds the secrets and performs. It reads the AWS files, signs,
 * talks, delivers, and wipes; it has no journal and decides nothing, and no terminal but one that is
 * handed over to show a secret on (screen.h).
 *
 * One loop (loop.c) waits for the door, the network and commands. A message of the door becomes a
 * struct request (request.c), which is handed to the handler of its kind (dispatch.c has the table;
 * the handlers are one file a family). A handler finds its signer (signer.c) or a pair (lookup.c),
 * begins calls whose `done` goes on with it, and ends the request with exactly one reply. No
 * handler waits, but for work on local files.
 *
 * `hello` is the last thing that happens in freedom: when the settings are known, the launcher is
 * started, if there are commands to be run, and the cage is closed (confine.c).
 *
 * This file is what all of that shares: one struct context for each run of the program.
 */
#ifndef KEYWRIGHT_KEEPER_CONTEXT_H
#define KEYWRIGHT_KEEPER_CONTEXT_H

#include <sys/stat.h>

#include "aws/client.h"
#include "base/cage.h"
#include "keeper/child.h"
#include "keeper/pairs.h"
#include "keeper/qr.h"
#include "keeper/settings.h"
#include "profile/profile.h"
#include "wire/door.h"

struct enrol;
struct request;
struct screen;
struct signer;

enum { PREPARED_MAX = 16 };

/* The rotation on whose behalf pairs are looked up and targets are written. */
struct prepared {
    char rotation[32]; /* "" for none */
    char old_key[CREDENTIALS_KEY_ID_SIZE];
    char new_key[CREDENTIALS_KEY_ID_SIZE];
    size_t count;
    char *specs[PREPARED_MAX];
};

/* A credential report in base64, which is longer than a message may be. */
struct report_text {
    char *base64; /* NULL for none */
    size_t length;
    int64_t generated;
};

/* A page of what policies allow, as items of a reply, which is longer than a message may be. */
struct access_page {
    struct json_object *items; /* NULL for none */
    char marker[2048];         /* of the next page; "" for the last */
};

struct context {
    struct door *door;
    char *environment; /* what the front sealed, wiped at the end */
    size_t environment_length;
    bool memory_locked;

    bool notes;   /* the front wants to be told of every attempt */
    struct text scope;        /* what the front wrote before it heard from anybody: wire/scope.h */
    struct cage_report cage;  /* closed at the end of hello */
    bool greeted; /* hello came: the settings are good */
    struct error hello_error; /* why it was refused: what is asked after it fails for the same reason */
    struct settings settings;

    struct profile_set *files; /* NULL when they cannot be read: files_error says why */
    struct error files_error;
    struct stat file_stamps[2]; /* of what was read */

    struct aws_client *client; /* NULL until a call is needed */
    struct children *children;
    struct screen *screen; /* NULL: no terminal was handed over */
    struct signer *signer; /* of signer.c */
    struct pairs pairs;    /* made by this run, by key ID */
    struct pairs sessions; /* taken by this run, by the name that signer.c gives */
    struct prepared prepared;
    struct access_page access; /* the last that AWS gave, for a front that reads on */
    struct report_text report; /* the last that AWS gave, for a front that reads on */
    struct enrol *enrol; /* of enrol.c: an MFA device that is being enrolled; NULL for none */
    struct qr_maker qr;  /* there with the screen */

    struct request *requests; /* in hand */
    size_t request_count;
    bool ending; /* the front is gone or we are told to end: nothing more is begun */

    int64_t server_date; /* AWS's clock when it was last told; 0 */
    int64_t server_seen; /* our monotonic clock then, milliseconds */
};

/* Takes over the socket and the bytes of env_read (also on failure). `scope_fd` is read; -1 for no
 * scope. */
bool context_init(struct context *context, int socket, int scope_fd, char *environment,
                  size_t length, struct error *err) MUST_USE;
/* Wipe everything. Requests in hand must be gone, or are told INTERRUPTED to nobody. */
void context_release(struct context *context);

/* A variable: what the front sealed, else the keeper's own. NULL when it is not set. `context` is a
 * struct context: a profile_environment. */
const char *context_environment(void *context, const char *name);

/* The AWS files as they are now: read again when they have changed. Borrowed until the next call.
 */
bool context_files(struct context *context, const struct profile_set **ret_files,
                   struct error *err) MUST_USE;
/* The chain of a profile (NULL: by environment). Release with chain_release. */
bool context_chain(struct context *context, const char *profile, struct chain *ret_chain,
                   struct error *err) MUST_USE;

/* The client, made when it is first needed. */
bool context_client(struct context *context, struct aws_client **ret_client,
                    struct error *err) MUST_USE;
void context_forget_client(struct context *context); /* the settings have changed */

/* Note AWS's clock; and tell it as well as it is known: 0 when it never was. */
void context_saw_date(struct context *context, int64_t date);
int64_t context_server_now(const struct context *context);
/* The same, or our own clock: to judge whether a session has expired. */
int64_t context_now(const struct context *context);

void prepared_release(struct prepared *prepared); /* for CLEANUP() too */

#endif
