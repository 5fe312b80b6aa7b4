/* What account.c and account_peer.c share. */
#ifndef KEYWRIGHT_TESTS_FAULT_ACCOUNT_PARTS_H
#define KEYWRIGHT_TESTS_FAULT_ACCOUNT_PARTS_H

#include <json-c/json.h>

#include "account.h"

/* For its start and for an answer of it, on a machine that has much else to do. */
enum { ACCOUNT_PATIENCE_MS = 300 * 1000 };

_Noreturn void account_die(const char *what);

/* Send a whole request; the whole answer, which the caller frees. */
char *account_exchange(unsigned short port, const char *request);
/* Ask its control page, which has to answer with 200; the whole answer, which the caller frees. */
char *account_ask(const struct account_of_trials *account, const char *method, const char *path,
                  const char *body);
/* The text of a member, "" for none. */
const char *account_member(struct json_object *object, const char *name);

/* The peer's side of account_start and account_keys. */
void account_peer_start(struct account_of_trials *account, const char *script);
void account_peer_keys(const struct account_of_trials *account, char *to, size_t size);

#endif
