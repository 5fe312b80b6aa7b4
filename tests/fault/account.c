#include "account_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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

_Noreturn void account_die(const char *what)
{
    printf("Bail out! the simulated account: %s: %s\n", what, strerror(errno));
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

static void start_practice(struct account_of_trials *account, const char *home)
{
    int ready[2], parent[2];
    char line[2048] = "";
    if (pipe(ready) != 0 || pipe(parent) != 0)
        account_die("making its folder and pipes");
    fcntl(parent[1], F_SETFD, FD_CLOEXEC);
    account->server = fork();
    if (account->server < 0)
        account_die("fork");
    if (account->server == 0) {
        close(ready[0]);
        become_server(home, ready[1], parent[0]);
    }
    close(ready[1]);
    close(parent[0]);
    account->parent_end = parent[1];
    struct pollfd readable = {.fd = ready[0], .events = POLLIN};
    if (poll(&readable, 1, ACCOUNT_PATIENCE_MS) != 1 || read(ready[0], line, sizeof line - 1) <= 0)
        account_die("it does not start");
    close(ready[0]);
    const char *port = strstr(line, "127.0.0.1:");
    if (port == NULL)
        account_die("it names no port");
    account->port = account->control_port = (unsigned short)atoi(port + strlen("127.0.0.1:"));
}

void account_start(struct account_of_trials *account, const char *home, const char *peer)
{
    *account = (struct account_of_trials){.is_peer = peer != NULL, .parent_end = -1};
    text_copy(account->home, sizeof account->home, home);
    if (mkdir(home, 0700) != 0)
        account_die("making its folder");
    if (peer != NULL)
        account_peer_start(account, peer);
    else
        start_practice(account, home);
}

void account_stop(struct account_of_trials *account)
{
    char command[512];
    if (account->parent_end >= 0)
        close(account->parent_end);
    else
        kill(account->server, SIGTERM);
    waitpid(account->server, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", account->home);
    if (system(command) != 0)
        account_die("removing its folder");
}

/* --- asking it ---------------------------------------------------------------------------------*/

char *account_exchange(unsigned short port, const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval limit = {.tv_sec = ACCOUNT_PATIENCE_MS / 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, request, strlen(request)) != (ssize_t)strlen(request))
        account_die("asking it");
    struct text answer;
    text_init(&answer, 8 << 20);
    char bytes[4096];
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        text_append_bytes(&answer, bytes, (size_t)length);
    close(fd);
    char *all = text_steal(&answer);
    if (all == NULL || strncmp(all, "HTTP/1.1 ", 9) != 0)
        account_die("its answer");
    return all;
}

char *account_ask(const struct account_of_trials *account, const char *method, const char *path,
                  const char *body)
{
    char request[2048];
    snprintf(request, sizeof request,
             "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
             method, path, account->control_port, strlen(body), body);
    char *answer = account_exchange(account->control_port, request);
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0 && strncmp(answer, "HTTP/1.0 200", 12) != 0)
        account_die(path);
    return answer;
}

/* The language of faults has no character that a form would take for another one. */
void account_fault(const struct account_of_trials *account, const char *fault)
{
    char body[512];
    snprintf(body, sizeof body, account->is_peer ? "%s" : "spec=%s", fault);
    free(account_ask(account, "POST", account->is_peer ? "/faults" : "/practice/fault", body));
}

void account_no_faults(const struct account_of_trials *account)
{
    free(account->is_peer ? account_ask(account, "DELETE", "/faults", "")
                          : account_ask(account, "POST", "/practice/fault", "spec="));
}

void account_advance(struct account_of_trials *account, int seconds)
{
    char body[64];
    snprintf(body, sizeof body, account->is_peer ? "{\"seconds\":%d}" : "seconds=%d", seconds);
    free(account_ask(account, "POST", account->is_peer ? "/advance" : "/practice/advance", body));
    account->ahead += seconds;
}

const char *account_member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) || value == NULL)
        return "";
    return json_object_get_string(value);
}

void account_keys(const struct account_of_trials *account, char *to, size_t size)
{
    if (account->is_peer) {
        account_peer_keys(account, to, size);
        return;
    }
    char *answer = account_ask(account, "GET", "/practice/state", "");
    struct json_object *state = json_tokener_parse(strstr(answer, "\r\n\r\n") + 4);
    struct json_object *keys = NULL;
    if (!json_object_object_get_ex(state, "keys", &keys))
        account_die("its state");
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        if (strcmp(account_member(key, "user"), "alice") == 0 && used < size)
            used += (size_t)snprintf(to + used, size - used, "%s%s %s", used > 0 ? ", " : "",
                                     account_member(key, "key"), account_member(key, "status"));
    }
    json_object_put(state);
    free(answer);
}

/* The peer logs an act's parameters as they were, in an object of their own. */
static void read_deed(const struct account_of_trials *account, struct json_object *row,
                      struct deed *ret_deed)
{
    struct json_object *params = row;
    if (account->is_peer && !json_object_object_get_ex(row, "params", &params))
        account_die("its log has no params");
    text_copy(ret_deed->action, sizeof ret_deed->action, account_member(row, "action"));
    text_copy(ret_deed->key, sizeof ret_deed->key,
              account_member(params, account->is_peer ? "AccessKeyId" : "key"));
    text_copy(ret_deed->status, sizeof ret_deed->status,
              account_member(params, account->is_peer ? "Status" : "to_status"));
    struct json_object *at = NULL;
    ret_deed->at = json_object_object_get_ex(row, "t", &at) ? json_object_get_double(at) : 0;
}

static void insert_deed(struct deed acts[ACTS_MAX], size_t count, const struct deed *deed)
{
    size_t place = count;
    for (; place > 0 && acts[place - 1].at > deed->at; place--)
        acts[place] = acts[place - 1];
    acts[place] = *deed;
}

static bool is_struck(const struct account_of_trials *account, struct json_object *row)
{
    struct json_object *faults = NULL;
    if (account->is_peer)
        return json_object_object_get_ex(row, "faults", &faults) &&
               json_object_array_length(faults) > 0;
    return account_member(row, "fault")[0] != '\0';
}

size_t account_acts(struct account_of_trials *account, struct deed acts[ACTS_MAX], size_t count)
{
    char path[512];
    size_t room = 0;
    char *line = NULL;
    account->struck = account->requests = 0;
    snprintf(path, sizeof path, "%s/log", account->home);
    FILE *log = fopen(path, "r");
    if (log == NULL || fseek(log, account->log_seen, SEEK_SET) != 0)
        account_die("its log");
    while (getline(&line, &room, log) > 0) {
        struct json_object *row = json_tokener_parse(line);
        const char *action = account_member(row, "action");
        bool acts_on = strcmp(action, "CreateAccessKey") == 0 ||
                       strcmp(action, "UpdateAccessKey") == 0 ||
                       strcmp(action, "DeleteAccessKey") == 0;
        account->requests++;
        account->struck += is_struck(account, row);
        if (acts_on && strcmp(account_member(row, "executed"), "true") == 0) {
            if (count == ACTS_MAX)
                account_die("more acts than there can be");
            struct deed deed;
            read_deed(account, row, &deed);
            insert_deed(acts, count++, &deed);
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
    struct sign_scope scope = {.time = when_now() + account->ahead, .region = "us-east-1", .service = "sts"};
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
        account_die(err.text);
    snprintf(request, sizeof request,
             "POST / HTTP/1.1\r\nHost: %s\r\nX-Amz-Date: %s\r\nContent-Type: %s\r\n"
             "Authorization: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
             host, date, headers[2].value, authorization.bytes, strlen(body), body);
    text_release(&authorization);
    sign_cache_free(cache);
    char *answer = account_exchange(account->port, request);
    bool taken = strncmp(answer, "HTTP/1.1 200", 12) == 0;
    free(answer);
    return taken;
}
