#include "aws_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"

struct connection {
    int fd; /* -1: free */
    int number;
    bool hung;
    size_t length;
    char bytes[8192];
};

struct running {
    struct server server; /* first: what the tests see */
    const struct answer *answers;
    size_t count;
    int listener;
    int stop[2];
    pthread_t thread;
    struct connection connections[SERVER_CONNECTIONS];
};

static void close_connection(struct connection *connection)
{
    close(connection->fd);
    connection->fd = -1;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void send_head(int fd, const struct answer *answer, size_t length)
{
    char head[4096], date[64];
    time_t now = time(NULL) + answer->date_offset;
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    int used =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d Said\r\nDate: %s\r\nx-amzn-RequestId: from-header\r\n"
                 "Content-Length: %zu\r\n%s\r\n",
                 answer->status, date, length, answer->headers != NULL ? answer->headers : "");
    send_all(fd, head, (size_t)used);
}

static void send_big_headers(int fd)
{
    char line[128];
    send_all(fd, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < 1024; i++) {
        int length = snprintf(line, sizeof line, "X-Pad-%04d: %080d\r\n", i, i);
        if (!send_all(fd, line, (size_t)length))
            return;
    }
}

static void send_big_body(int fd, const struct answer *answer)
{
    static const size_t size = 40u << 20;
    static char blanks[65536];
    memset(blanks, ' ', sizeof blanks);
    /* Without a length, so that the limit is met while reading. */
    send_all(fd, "HTTP/1.1 200 OK\r\n\r\n", 19);
    (void)answer;
    for (size_t sent = 0; sent < size; sent += sizeof blanks)
        if (!send_all(fd, blanks, sizeof blanks))
            return;
}

static void give(struct connection *connection, const struct answer *answer)
{
    const char *body = answer->body != NULL ? answer->body : "";
    switch (answer->kind) {
    case ANSWER_REPLY:
    case ANSWER_THEN_CLOSE:
        send_head(connection->fd, answer, strlen(body));
        send_all(connection->fd, body, strlen(body));
        if (answer->kind == ANSWER_REPLY)
            return;
        break;
    case ANSWER_HANG:
        connection->hung = true;
        return;
    case ANSWER_RAW:
        send_all(connection->fd, body, strlen(body));
        break;
    case ANSWER_BIG_BODY:
        send_big_body(connection->fd, answer);
        break;
    case ANSWER_BIG_HEADERS:
        send_big_headers(connection->fd);
        break;
    case ANSWER_CLOSE:
        break;
    }
    close_connection(connection);
}

/* Remember and answer a request that is whole. False when more has to come. */
static bool handle(struct running *running, struct connection *connection)
{
    connection->bytes[connection->length] = '\0';
    char *end = strstr(connection->bytes, "\r\n\r\n");
    char *field = end != NULL ? strstr(connection->bytes, "Content-Length: ") : NULL;
    size_t head = end != NULL ? (size_t)(end - connection->bytes) + 4 : 0;
    size_t body = field != NULL ? strtoul(field + 16, NULL, 10) : 0;
    if (end == NULL || connection->length < head + body)
        return false;
    struct server *server = &running->server;
    int number = __atomic_load_n(&server->request_count, __ATOMIC_SEQ_CST);
    if (number < SERVER_REQUESTS) {
        struct seen *seen = &server->requests[number];
        seen->connection = connection->number;
        snprintf(seen->head, sizeof seen->head, "%.*s", (int)head, connection->bytes);
        snprintf(seen->body, sizeof seen->body, "%.*s", (int)body, connection->bytes + head);
        __atomic_store_n(&server->request_count, number + 1, __ATOMIC_SEQ_CST);
    }
    connection->length = 0;
    size_t which = (size_t)number < running->count ? (size_t)number : running->count - 1;
    give(connection, &running->answers[which]);
    return true;
}

static void receive(struct running *running, struct connection *connection)
{
    size_t room = sizeof connection->bytes - 1 - connection->length;
    ssize_t got = recv(connection->fd, connection->bytes + connection->length, room, 0);
    if (got <= 0) {
        close_connection(connection);
        return;
    }
    connection->length += (size_t)got;
    if (!connection->hung)
        handle(running, connection);
}

static void welcome(struct running *running)
{
    int fd = accept(running->listener, NULL, NULL);
    for (int i = 0; fd >= 0 && i < SERVER_CONNECTIONS; i++) {
        struct connection *connection = &running->connections[i];
        if (connection->fd >= 0)
            continue;
        *connection = (struct connection){.fd = fd, .number = ++running->server.connection_count};
        return;
    }
    if (fd >= 0)
        close(fd);
}

static void *serve(void *context)
{
    struct running *running = context;
    struct pollfd fds[SERVER_CONNECTIONS + 2];
    for (;;) {
        fds[0] = (struct pollfd){.fd = running->stop[0], .events = POLLIN};
        fds[1] = (struct pollfd){.fd = running->listener, .events = POLLIN};
        for (int i = 0; i < SERVER_CONNECTIONS; i++)
            fds[i + 2] = (struct pollfd){.fd = running->connections[i].fd, .events = POLLIN};
        if (poll(fds, SERVER_CONNECTIONS + 2, 60000) <= 0 || fds[0].revents != 0)
            return NULL;
        for (int i = 0; i < SERVER_CONNECTIONS; i++)
            if (fds[i + 2].revents != 0)
                receive(running, &running->connections[i]);
        if (fds[1].revents != 0)
            welcome(running);
    }
}

struct server *server_start(const struct answer *answers, size_t count)
{
    struct running *running = calloc(1, sizeof *running);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    if (running == NULL)
        abort();
    running->answers = answers;
    running->count = count;
    for (int i = 0; i < SERVER_CONNECTIONS; i++)
        running->connections[i].fd = -1;
    running->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (running->listener < 0 || pipe(running->stop) != 0 ||
        bind(running->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(running->listener, 64) != 0 ||
        getsockname(running->listener, (struct sockaddr *)&address, &size) != 0 ||
        pthread_create(&running->thread, NULL, serve, running) != 0)
        abort();
    running->server.port = ntohs(address.sin_port);
    snprintf(running->server.url, sizeof running->server.url, "http://127.0.0.1:%d",
             running->server.port);
    return &running->server;
}

int server_count(const struct server *server, const char *word)
{
    int count = 0;
    for (int i = 0; i < server->request_count; i++)
        count += strstr(server->requests[i].body, word) != NULL;
    return count;
}

void server_stop(struct server *server)
{
    struct running *running = (struct running *)server;
    if (write(running->stop[1], "x", 1) != 1)
        abort();
    pthread_join(running->thread, NULL);
    for (int i = 0; i < SERVER_CONNECTIONS; i++)
        if (running->connections[i].fd >= 0)
            close(running->connections[i].fd);
    close(running->listener);
    close(running->stop[0]);
    close(running->stop[1]);
    free(running);
}
