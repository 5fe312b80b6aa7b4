#include "practice/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>
#include <openssl/rand.h>

#include "practice/reply.h"
#include "practice/send.h"

enum {
    CONNECTION_MEMORY = 160 * 1024,
    CONNECTIONS_MAXIMUM = 1024,
    IDLE_SECONDS = 120,
    THREAD_STACK = 512 * 1024
};

struct server {
    struct MHD_Daemon *daemon;
    struct practice *practice;
    pthread_mutex_t lock; /* over the practice service and what is below */
    pthread_cond_t stop;
    bool stopping;
    unsigned long connections;
    uint16_t port;
};

struct connection {
    unsigned long number;
    unsigned long requests;
};

struct exchange {
    struct request request;
    bool begun;
    char *target;
};

static void *take_target(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange != NULL)
        exchange->target = strdup(uri);
    return exchange;
}

static size_t leave_escapes(void *context, struct MHD_Connection *connection, char *string)
{
    (void)context;
    (void)connection;
    return strlen(string);
}

static void note_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                            enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        free(*socket_context);
        *socket_context = NULL;
        return;
    }
    struct connection *made = calloc(1, sizeof *made);
    if (made != NULL) {
        pthread_mutex_lock(&server->lock);
        made->number = ++server->connections;
        pthread_mutex_unlock(&server->lock);
    }
    *socket_context = made;
}

static void forget(void *context, struct MHD_Connection *connection, void **exchange_context,
                   enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *exchange_context;
    (void)context;
    (void)connection;
    (void)code;
    if (exchange == NULL)
        return;
    if (exchange->begun)
        request_release(&exchange->request);
    free(exchange->target);
    free(exchange);
    *exchange_context = NULL;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    request_add_header(context, name, value == NULL ? "" : value);
    return MHD_YES;
}

static void begin(struct exchange *exchange, struct MHD_Connection *connection, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *socket = info == NULL ? NULL : info->socket_context;
    request_init(&exchange->request, method, exchange->target == NULL ? "/" : exchange->target);
    exchange->begun = true;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &exchange->request);
    if (socket != NULL) {
        exchange->request.connection = socket->number;
        exchange->request.nth = ++socket->requests;
    }
}

/* Wait, but no longer than until the server stops. The lock is held, and given up meanwhile. */
static void wait_ms(struct server *server, int milliseconds)
{
    struct timespec until;
    if (milliseconds <= 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (milliseconds > FAULT_WAIT_MAXIMUM_MS)
        milliseconds = FAULT_WAIT_MAXIMUM_MS;
    long nanoseconds = until.tv_nsec + (long)(milliseconds % 1000) * 1000000;
    until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    int result = 0;
    while (!server->stopping && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&server->stop, &server->lock, &until);
}

static bool pause_ms(void *context, int milliseconds)
{
    struct server *server = context;
    pthread_mutex_lock(&server->lock);
    wait_ms(server, milliseconds);
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->lock);
    return !stopping;
}

static enum MHD_Result answer_exchange(struct server *server, struct exchange *exchange,
                                       struct MHD_Connection *connection)
{
    struct fault_plan plan = {.executed = true, .end = FAULT_END_ANSWERED};
    struct practice_answer answer = {.status = 500, .content_type = "text/xml"};
    unsigned char random[ACCOUNT_RANDOM_SIZE];
    if (RAND_bytes(random, sizeof random) != 1)
        return MHD_NO;
    text_init(&answer.body, REPLY_MAXIMUM);
    pthread_mutex_lock(&server->lock);
    if (practice_is_control(&exchange->request)) {
        practice_control(server->practice, &exchange->request, &answer);
    } else {
        bool readable = practice_begin(server->practice, &exchange->request, &plan);
        wait_ms(server, plan.wait_before_ms);
        practice_answer(server->practice, &exchange->request, readable, &plan, random, &answer);
        wait_ms(server, plan.wait_after_ms);
    }
    pthread_mutex_unlock(&server->lock);
    enum MHD_Result result = MHD_NO;
    if (plan.end == FAULT_END_RESET)
        send_reset(connection);
    else if (plan.end == FAULT_END_ANSWERED)
        result = send_answer(connection, &answer, &plan, pause_ms, server);
    text_release(&answer.body);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **exchange_context)
{
    struct exchange *exchange = *exchange_context;
    (void)url;
    (void)version;
    if (exchange == NULL)
        return MHD_NO;
    if (!exchange->begun) {
        begin(exchange, connection, method);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        text_append_bytes(&exchange->request.body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    return answer_exchange(context, exchange, connection);
}

static struct MHD_Daemon *start_daemon(struct server *server, uint16_t port)
{
    struct sockaddr_in here = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
    return MHD_start_daemon(
        flags, port, NULL, NULL, handle, server, MHD_OPTION_SOCK_ADDR, &here,
        MHD_OPTION_URI_LOG_CALLBACK, take_target, NULL,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        note_connection, server, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAXIMUM, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
}

bool server_start(struct practice *practice, uint16_t port, struct server **ret_server,
                  struct error *err)
{
    struct server *server = calloc(1, sizeof *server);
    pthread_condattr_t monotonic;
    if (server == NULL)
        return error_set(err, ERROR_MEMORY, "no room for a server");
    server->practice = practice;
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    server->daemon = start_daemon(server, port);
    if (server->daemon == NULL) {
        int sys = errno;
        server_stop(server);
        return error_set_errno(err, ERROR_IO, sys, "listening on 127.0.0.1:%u", (unsigned)port);
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info == NULL ? port : info->port;
    *ret_server = server;
    return true;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_stop(struct server *server)
{
    if (server == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->stop);
    pthread_mutex_unlock(&server->lock);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    pthread_cond_destroy(&server->stop);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
