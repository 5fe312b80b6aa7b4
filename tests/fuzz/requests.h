/* The world around the keeper in tests/fuzz/requests.c, without a network and without other
 * programs: AWS (requests_aws.c, in the place of aws/client.c and aws/fetch.c) and the launcher
 * (requests_launcher.c, in the place of a process). Both answer by letters that the input gives. */
#ifndef KEYWRIGHT_TESTS_FUZZ_REQUESTS_H
#define KEYWRIGHT_TESTS_FUZZ_REQUESTS_H

#include "aws/action.h"
#include "tests/fuzz/fuzz.h"

/* Every secret of this world holds the mark, so that one search finds them all and pieces of them
 * too. */
#define SECRET_MARK  "qZSECRETqZ"
#define SECRET(name) name SECRET_MARK "0123456789012345678901"
#define OLD_KEY      "AKIAOLDOLDOLDOLD0001"
#define NEW_KEY      "AKIANEWNEWNEWNEW0002"
#define ENV_KEY      "AKIAENVENVENVENV0003"
#define WORK_KEY     "AKIAWORKWORKWORK0004"

#define COMMAND_TARGET  "cat --in vault"
#define COMMAND_VERIFY  "head -c 0"
#define COMMAND_TEST    "exit 0"
#define COMMAND_PROCESS "helper --print"

/* The next answer: 'a' when the input gives no more. */
char world_answer(void);

/* Writes that were begun since the last world_begin. */
extern size_t world_writes[AWS_ACTION_COUNT];
void world_aws_begin(void);

/* The launcher's side: take what it was asked, hold it to the scope, and answer. */
void world_launcher_serve(void);
/* It has ended, and what ran with it. */
void world_launcher_end(void);

#endif
