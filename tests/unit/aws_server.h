/* A small HTTP server on loopback that answers as it is told, in a thread of its own, and remembers
 * what it was asked: for the tests of aws/client. */
#ifndef KEYWRIGHT_TESTS_AWS_SERVER_H
#define KEYWRIGHT_TESTS_AWS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_kind {
    ANSWER_REPLY,      /* status, extra header lines, body; the connection is kept */
    ANSWER_THEN_CLOSE, /* the same, and then the connection is closed without a word */
    ANSWER_CLOSE,      /* nothing: the connection is closed */
    ANSWER_HANG,       /* nothing, for ever */
    ANSWER_RAW,        /* body as the whole answer, then closed */
    ANSWER_BIG_BODY,   /* 40 MiB of blanks */
    ANSWER_BIG_HEADERS /* 100 KiB of small header lines */
};

struct answer {
    enum answer_kind kind;
    int status;
    int64_t date_offset; /* seconds from now in the Date header */
    const char *headers; /* whole lines, or NULL */
    const char *body;
};

enum { SERVER_REQUESTS = 600, SERVER_CONNECTIONS = 128 };

struct seen {
    int connection; /* number of the connection, from 1 */
    char head[2048];
    char body[512];
};

struct server {
    int port;
    int request_count, connection_count;
    struct seen requests[SERVER_REQUESTS];
    char url[64];
};

/* Begin to answer: the n-th request gets the n-th answer, all further ones the last. */
struct server *server_start(const struct answer *answers, size_t count);
/* Requests whose body has this in it. */
int server_count(const struct server *server, const char *word);
void server_stop(struct server *server);

#endif
