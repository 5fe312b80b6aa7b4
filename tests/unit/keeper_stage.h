/* A stage for the keeper: a practice account with its throw-away home, and the program
 * keywright-keeper at the other end of a door. Everything that the keeper says is kept, so that it
 * can be searched for secrets. */
#ifndef KEYWRIGHT_TESTS_KEEPER_STAGE_H
#define KEYWRIGHT_TESTS_KEEPER_STAGE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "wire/door.h"

/* --- the account -------------------------------------------------------------------------------*/

struct stage {
    char home[64];
    pid_t practice;
    int parent_end; /* closing it ends the account */
    char endpoint[64], user[64], key[32], admin_key[32], mfa_serial[128];
    const struct text *scope; /* of the keepers that are started from now on; NULL for none */
};

/* Start with these more options (NULL at the end of the row). Fails the test when it cannot. */
void stage_open(struct stage *stage, const char *const *options);
/* End it and remove the home. */
void stage_close(struct stage *stage);

/* A file of the home, whole; caller frees. */
char *stage_read(const struct stage *stage, const char *name);
void stage_write(const struct stage *stage, const char *name, const char *content, mode_t mode);
/* The secret of a profile in .aws/credentials. */
void stage_secret(const struct stage *stage, const char *profile, char secret[64]);
/* What the account says at /practice/PAGE; caller frees. */
char *stage_fetch(const struct stage *stage, const char *page);
/* Move the account's clock on. */
void stage_advance(const struct stage *stage, int seconds);
/* How many keys the user has, by the account's own word. */
int stage_key_count(const struct stage *stage);

/* --- the keeper --------------------------------------------------------------------------------*/

struct actor {
    pid_t pid;
    struct door *door;
    uint32_t id;
    struct text said; /* every reply and note as JSON */
    int64_t notes;
    char error[64]; /* of the last reply: name of the error, "" when ok */
    char text[600];
    char aws_code[64];
};

/* Start. `environment`: rows "NAME=VALUE" besides HOME and PATH, NULL at the end. */
void actor_start(struct actor *actor, const struct stage *stage, const char *const *environment);
/* Send `hello` with the members of a JSON object. */
struct json_object *actor_hello(struct actor *actor, const char *json);
/* Start, and a `hello` that must be answered well. */
struct actor actor_begin(const struct stage *stage, const char *hello,
                         const char *const *environment);
/* Close the door; returns the exit status (128 + n for a signal), which must come within 20 s. */
int actor_end(struct actor *actor);
int actor_wait(struct actor *actor);

/* Send a request whose body is this JSON (printf). */
uint32_t actor_send(struct actor *actor, enum message_kind kind, const char *format, ...)
    FORMAT_LIKE(3, 4);
/* The reply to it, which must come within 20 s; others are lost. Free with json_object_put. */
struct json_object *actor_receive(struct actor *actor, uint32_t id);
/* Both. */
struct json_object *actor_ask(struct actor *actor, enum message_kind kind, const char *format, ...)
    FORMAT_LIKE(3, 4);
/* The same, and the reply must be ok. */
struct json_object *actor_ask_ok(struct actor *actor, enum message_kind kind, const char *format,
                                 ...) FORMAT_LIKE(3, 4);
/* The same, and the reply must be this error. */
void actor_ask_error(struct actor *actor, const char *error, enum message_kind kind,
                     const char *format, ...) FORMAT_LIKE(4, 5);

/* Does the JSON of this list contain the words? */
bool list_mentions(struct json_object *list, const char *words);

#endif
