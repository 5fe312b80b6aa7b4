#include "account.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/when.h"
#include "sign/sign.h"

enum { PATIENCE_MS = 60000 };

static void die(const char *what)
{
    printf("Bail out! the practice account: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(99);
}

/* --- the server --------------------------------------------------------------------------------*/

static void become_server(const char *home, int ready, int parent)
{
    char program[4096], log[512], ready_text[16], parent_text[16];
    const char *directory = getenv("builddir");
    snprintf(program, sizeof program, "%s/keywright-practice", directory ? directory : ".");
    snprintf(log, sizeof log, "%s/log", home);
    snprintf(ready_text, sizeof ready_text, "%d", ready);
    snprintf(parent_text, sizeof parent_text, "%d", parent);
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    execl(program, "keywright-practice", "--home", home, "--log", log, "--new-key-delay", "0",
          "--status-delay", "0", "--ready-fd", ready_text, "--parent-fd", parent_text,
          (char *)NULL);
    _exit(127);
}

void account_start(struct account_of_trials *account, const char *home)
{
    int ready[2], parent[2];
    char line[2048] = "";
    *account = (struct account_of_trials){0};
    text_copy(account->home, sizeof account->home, home);
    if (mkdir(home, 0700) != 0 || pipe(ready) != 0 || pipe(parent) != 0)
        die("making its folder and pipes");
    fcntl(parent[1], F_SETFD, FD_CLOEXEC);
    account->server = fork();
    if (account->server < 0)
        die("fork");
    if (account->server == 0) {
        close(ready[0]);
        become_server(home, ready[1], parent[0]);
    }
    close(ready[1]);
    close(parent[0]);
    account->parent_end = parent[1];
    struct pollfd readable = {.fd = ready[0], .events = POLLIN};
    if (poll(&readable, 1, PATIENCE_MS) != 1 || read(ready[0], line, sizeof line - 1) <= 0)
        die("it does not start");
    close(ready[0]);
    const char *port = strstr(line, "127.0.0.1:");
    if (port == NULL)
        die("it names no port");
    account->port = (unsigned short)atoi(port + strlen("127.0.0.1:"));
}

void account_stop(struct account_of_trials *account)
{
    char command[512];
    close(account->parent_end);
    waitpid(account->server, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", account->home);
    if (system(command) != 0)
        die("removing its folder");
}

/* --- asking it ---------------------------------------------------------------------------------*/

/* Send a whole request; the whole answer, which the caller frees. */
static char *exchange(const struct account_of_trials *account, const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(account->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = PATIENCE_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request))
        die("asking it");
    struct text answer;
    text_init(&answer, 8 << 20);
    char bytes[4096];
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        text_append_bytes(&answer, bytes, (size_t)length);
    close(fd);
    char *all = text_steal(&answer);
    if (all == NULL || strncmp(all, "HTTP/1.1 ", 9) != 0)
        die("its answer");
    return all;
}

static const char *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) || value == NULL)
        return "";
    return json_object_get_string(value);
}

void account_keys(const struct account_of_trials *account, char *to, size_t size)
{
    char request[256];
    snprintf(request, sizeof request,
             "GET /practice/state HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n",
             account->port);
    char *answer = exchange(account, request);
    struct json_object *state = json_tokener_parse(strstr(answer, "\r\n\r\n") + 4);
    struct json_object *keys = NULL;
    if (!json_object_object_get_ex(state, "keys", &keys))
        die("its state");
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        if (strcmp(member(key, "user"), "alice") == 0 && used < size)
            used += (size_t)snprintf(to + used, size - used, "%s%s %s", used > 0 ? ", " : "",
                                     member(key, "key"), member(key, "status"));
    }
    json_object_put(state);
    free(answer);
}

size_t account_acts(struct account_of_trials *account, struct deed acts[ACTS_MAX], size_t count)
{
    char path[512];
    size_t room = 0;
    char *line = NULL;
    snprintf(path, sizeof path, "%s/log", account->home);
    FILE *log = fopen(path, "r");
    if (log == NULL || fseek(log, account->log_seen, SEEK_SET) != 0)
        die("its log");
    while (getline(&line, &room, log) > 0) {
        struct json_object *row = json_tokener_parse(line);
        const char *action = member(row, "action");
        bool acts_on = strcmp(action, "CreateAccessKey") == 0 ||
                       strcmp(action, "UpdateAccessKey") == 0 ||
                       strcmp(action, "DeleteAccessKey") == 0;
        if (acts_on && strcmp(member(row, "executed"), "true") == 0) {
            if (count == ACTS_MAX)
                die("more acts than there can be");
            text_copy(acts[count].action, sizeof acts[count].action, action);
            text_copy(acts[count].key, sizeof acts[count].key, member(row, "key"));
            text_copy(acts[count].status, sizeof acts[count].status, member(row, "to_status"));
            count++;
        }
        json_object_put(row);
    }
    account->log_seen = ftell(log);
    free(line);
    fclose(log);
    return count;
}

bool account_takes(const struct account_of_trials *account, const char *key_id, const char *secret)
{
    static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";
    char host[32], date[WHEN_TEXT_SIZE], request[2048];
    struct error err = {0};
    struct sign_cache *cache = NULL;
    struct text authorization;
    CLEANUP(credentials_release) struct credentials pair;
    credentials_init(&pair);
    text_copy(pair.key_id, sizeof pair.key_id, key_id);
    text_init(&authorization, 4096);
    snprintf(host, sizeof host, "127.0.0.1:%u", account->port);
    struct sign_scope scope = {.time = when_now(), .region = "us-east-1", .service = "sts"};
    struct sign_header headers[] = {
        {"host", host},
        {"x-amz-date", when_format_basic(scope.time, date)},
        {"content-type", "application/x-www-form-urlencoded"},
    };
    struct sign_request signed_request = {.method = "POST",
                                          .path = "/",
                                          .query = "",
                                          .headers = headers,
                                          .header_count = 3,
                                          .body = body,
                                          .body_length = strlen(body)};
    if (!secret_new(secret, strlen(secret), &pair.secret, &err) || !sign_cache_new(&cache, &err) ||
        !sign_request(cache, &pair, &scope, &signed_request, &authorization, &err))
        die(err.text);
    snprintf(request, sizeof request,
             "POST / HTTP/1.1\r\nHost: %s\r\nX-Amz-Date: %s\r\nContent-Type: %s\r\n"
             "Authorization: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             host, date, headers[2].value, authorization.bytes, strlen(body), body);
    text_release(&authorization);
    sign_cache_free(cache);
    char *answer = exchange(account, request);
    bool taken = strncmp(answer, "HTTP/1.1 200", 12) == 0;
    free(answer);
    return taken;
}
