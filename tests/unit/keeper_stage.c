#include "config.h"

#include "keeper_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
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

#include "base/when.h"
#include "wire/scope.h"

enum { PATIENCE_MS = 120 * 1000 };

static const char *program(const char *name)
{
    static char path[4096];
    const char *directory = getenv("builddir");
    snprintf(path, sizeof path, "%s/%s", directory != NULL ? directory : ".", name);
    return path;
}

/* --- the account -------------------------------------------------------------------------------*/

static void become_practice(const char *home, const char *const *options, int ready, int parent)
{
    char ready_text[16], parent_text[16];
    const char *words[32] = {
        "keywright-practice", "--home",          home, "--ready-fd",     ready_text, "--parent-fd",
        parent_text,          "--new-key-delay", "0",  "--status-delay", "0"};
    size_t count = 11;
    /* Standard input as `make -j` gives it: a pipe that has ended. */
    int ended[2];
    if (pipe(ended) < 0 || dup2(ended[0], STDIN_FILENO) < 0)
        _exit(127);
    close(ended[1]);
    snprintf(ready_text, sizeof ready_text, "%d", ready);
    snprintf(parent_text, sizeof parent_text, "%d", parent);
    for (; *options != NULL && count < 31; options++)
        words[count++] = *options;
    execv(program("keywright-practice"), (char *const *)words);
    _exit(127);
}

static void take(const char *json, const char *name, char *to, size_t size)
{
    struct json_object *object = json_tokener_parse(json);
    text_copy(to, size, body_string(object, name));
    json_object_put(object);
}

void stage_open(struct stage *stage, const char *const *options)
{
    int ready[2], parent[2];
    char line[2048] = "";
    *stage = (struct stage){.home = "/tmp/keywright-stage-XXXXXX"};
    assert_non_null(mkdtemp(stage->home));
    assert_int_equal(pipe2(ready, 0), 0);
    assert_int_equal(pipe2(parent, 0), 0);
    fcntl(parent[1], F_SETFD, FD_CLOEXEC);
    stage->practice = fork();
    assert_true(stage->practice >= 0);
    if (stage->practice == 0) {
        close(ready[0]);
        become_practice(stage->home, options, ready[1], parent[0]);
    }
    close(ready[1]);
    close(parent[0]);
    stage->parent_end = parent[1];
    struct pollfd readable = {.fd = ready[0], .events = POLLIN};
    assert_int_equal(poll(&readable, 1, PATIENCE_MS), 1);
    assert_true(read(ready[0], line, sizeof line - 1) > 0);
    close(ready[0]);
    take(line, "endpoint", stage->endpoint, sizeof stage->endpoint);
    take(line, "user", stage->user, sizeof stage->user);
    take(line, "key", stage->key, sizeof stage->key);
    take(line, "admin_key", stage->admin_key, sizeof stage->admin_key);
    take(line, "mfa_serial", stage->mfa_serial, sizeof stage->mfa_serial);
    assert_true(stage->endpoint[0] != '\0' && stage->key[0] != '\0');
}

void stage_close(struct stage *stage)
{
    char command[256];
    close(stage->parent_end);
    waitpid(stage->practice, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", stage->home);
    assert_int_equal(system(command), 0);
}

char *stage_read(const struct stage *stage, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", stage->home, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *bytes = calloc(1, 65536);
    assert_non_null(bytes);
    size_t length = fread(bytes, 1, 65535, file);
    bytes[length] = '\0';
    fclose(file);
    return bytes;
}

void stage_write(const struct stage *stage, const char *name, const char *content, mode_t mode)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", stage->home, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* One request to the account's own pages; the answer's body, which the caller frees. */
static char *exchange(const struct stage *stage, const char *method, const char *page)
{
    char request[256];
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((uint16_t)atoi(strrchr(stage->endpoint, ':') + 1));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    snprintf(request, sizeof request,
             "%s /practice/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n"
             "Connection: close\r\n\r\n",
             method, page, strrchr(stage->endpoint, '/') + 1);
    assert_int_equal(write(fd, request, strlen(request)), (ssize_t)strlen(request));
    struct text answer;
    text_init(&answer, 1 << 20);
    char bytes[4096];
    for (ssize_t length; (length = read(fd, bytes, sizeof bytes)) > 0;)
        text_append_bytes(&answer, bytes, (size_t)length);
    close(fd);
    assert_non_null(strstr(answer.bytes, " 200 OK\r\n"));
    char *copy = strdup(strstr(answer.bytes, "\r\n\r\n") + 4);
    text_release(&answer);
    return copy;
}

char *stage_fetch(const struct stage *stage, const char *page)
{
    return exchange(stage, "GET", page);
}

void stage_advance(const struct stage *stage, int seconds)
{
    char page[64];
    snprintf(page, sizeof page, "advance?seconds=%d", seconds);
    free(exchange(stage, "POST", page));
}

/* --- the keeper --------------------------------------------------------------------------------*/

static void become_keeper(const struct stage *stage, const char *const *environment, int socket)
{
    char home[128];
    const char *variables[32] = {home, "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
    size_t count = 3;
    snprintf(home, sizeof home, "HOME=%s", stage->home);
    /* A build with sanitizers or for coverage is told how by these. */
    static const char *const kept[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                       "GCOV_PREFIX"};
    static char rows[4][1024];
    for (size_t i = 0; i < 4; i++)
        if (getenv(kept[i]) != NULL) {
            snprintf(rows[i], sizeof rows[i], "%s=%s", kept[i], getenv(kept[i]));
            variables[count++] = rows[i];
        }
    for (; environment != NULL && *environment != NULL && count < 30; environment++)
        variables[count++] = *environment;
    variables[count++] = "AWS_EC2_METADATA_DISABLED=true"; /* unless it was set before */
    int scope = -1;
    if (stage->scope != NULL && !scope_seal(stage->scope, &scope, NULL))
        _exit(126);
    int kept_scope = scope >= 0 ? fcntl(scope, F_DUPFD, 64) : -1;
    dup2(socket, 3);
    for (int fd = 4; fd < 64; fd++)
        close(fd);
    if (kept_scope >= 0) {
        dup2(kept_scope, 5);
        close(kept_scope);
    }
    execve(program("keywright-keeper"), (char *const[]){(char *)"keywright-keeper", NULL},
           (char *const *)variables);
    _exit(127);
}

void actor_start(struct actor *actor, const struct stage *stage, const char *const *environment)
{
    int sockets[2];
    *actor = (struct actor){0};
    text_init(&actor->said, 16 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    fcntl(sockets[0], F_SETFD, FD_CLOEXEC);
    actor->pid = fork();
    assert_true(actor->pid >= 0);
    if (actor->pid == 0)
        become_keeper(stage, environment, sockets[1]);
    close(sockets[1]);
    assert_true(door_new(sockets[0], &actor->door, NULL));
}

int actor_wait(struct actor *actor)
{
    int status = 0;
    for (int64_t end = when_monotonic_ms() + PATIENCE_MS; when_monotonic_ms() < end;) {
        if (waitpid(actor->pid, &status, WNOHANG) == actor->pid)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        poll(NULL, 0, 10);
    }
    kill(actor->pid, SIGKILL);
    waitpid(actor->pid, &status, 0);
    fail_msg("the keeper did not end");
    return -1;
}

int actor_end(struct actor *actor)
{
    door_free(actor->door);
    actor->door = NULL;
    int status = actor_wait(actor);
    text_release(&actor->said);
    return status;
}

static FORMAT_LIKE(3, 0) uint32_t
    send_format(struct actor *actor, enum message_kind kind, const char *format, va_list args)
{
    static char json[128 * 1024];
    vsnprintf(json, sizeof json, format, args);
    struct json_object *body = json_tokener_parse(json);
    assert_non_null(body);
    assert_true(door_send(actor->door, kind, ++actor->id, &body, NULL));
    return actor->id;
}

uint32_t actor_send(struct actor *actor, enum message_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    uint32_t id = send_format(actor, kind, format, args);
    va_end(args);
    return id;
}

static void keep(struct actor *actor, const struct message *message)
{
    text_append(&actor->said,
                json_object_to_json_string_ext(message->body, JSON_C_TO_STRING_PLAIN |
                                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
    text_append(&actor->said, "\n");
    if (message->kind == MESSAGE_NOTE)
        actor->notes++;
}

struct json_object *actor_receive(struct actor *actor, uint32_t id)
{
    for (int64_t end = when_monotonic_ms() + PATIENCE_MS; when_monotonic_ms() < end;) {
        struct message message = {0};
        struct error err = {0};
        bool got = false;
        if (!door_receive(actor->door, &got, &message, &err))
            fail_msg("the keeper: %s", err.text);
        if (!got) {
            struct pollfd readable = {.fd = door_fd(actor->door), .events = POLLIN};
            poll(&readable, 1, 1000);
            continue;
        }
        keep(actor, &message);
        if (message.kind == MESSAGE_REPLY && message.id == id) {
            text_copy(actor->error, sizeof actor->error, body_string(message.body, "error"));
            text_copy(actor->text, sizeof actor->text, body_string(message.body, "text"));
            text_copy(actor->aws_code, sizeof actor->aws_code,
                      body_string(message.body, "aws_code"));
            return message.body;
        }
        message_release(&message);
    }
    fail_msg("no reply");
    return NULL;
}

struct json_object *actor_hello(struct actor *actor, const char *json)
{
    return actor_ask(actor, MESSAGE_HELLO, "%s", json);
}

struct json_object *actor_ask(struct actor *actor, enum message_kind kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    uint32_t id = send_format(actor, kind, format, args);
    va_end(args);
    return actor_receive(actor, id);
}

struct json_object *actor_ask_ok(struct actor *actor, enum message_kind kind, const char *format,
                                 ...)
{
    va_list args;
    va_start(args, format);
    uint32_t id = send_format(actor, kind, format, args);
    va_end(args);
    struct json_object *reply = actor_receive(actor, id);
    if (!body_bool(reply, "ok"))
        fail_msg("'%s' failed: %s: %s", message_name(kind), actor->error, actor->text);
    return reply;
}

void actor_ask_error(struct actor *actor, const char *error, enum message_kind kind,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    uint32_t id = send_format(actor, kind, format, args);
    va_end(args);
    struct json_object *reply = actor_receive(actor, id);
    assert_false(body_bool(reply, "ok"));
    if (strcmp(actor->error, error) != 0)
        fail_msg("'%s' gave %s (%s), not %s", message_name(kind), actor->error, actor->text, error);
    json_object_put(reply);
}

int stage_key_count(const struct stage *stage)
{
    int count = 0;
    char *page = stage_fetch(stage, "state");
    struct json_object *state = json_tokener_parse(page);
    struct json_object *keys = body_array(state, "keys");
    for (size_t i = 0; i < json_object_array_length(keys); i++)
        if (strcmp(body_string(json_object_array_get_idx(keys, i), "user"), stage->user) == 0)
            count++;
    json_object_put(state);
    free(page);
    return count;
}

struct actor actor_begin(const struct stage *stage, const char *hello,
                         const char *const *environment)
{
    struct actor actor;
    actor_start(&actor, stage, environment);
    struct json_object *reply = actor_hello(&actor, hello);
    assert_true(body_bool(reply, "ok"));
    json_object_put(reply);
    return actor;
}

bool list_mentions(struct json_object *list, const char *words)
{
    return list != NULL && strstr(json_object_to_json_string(list), words) != NULL;
}

void stage_secret(const struct stage *stage, const char *profile, char secret[64])
{
    char *file = stage_read(stage, ".aws/credentials");
    char header[64];
    snprintf(header, sizeof header, "[%s]", profile);
    char *at = strstr(strstr(file, header), "aws_secret_access_key = ") + 24;
    at[strcspn(at, "\n")] = '\0';
    snprintf(secret, 64, "%s", at);
    free(file);
}
