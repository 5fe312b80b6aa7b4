/* What a front that was taken over may send: requests of any kind with any body, to the keeper's
 * dispatch and its handlers. Input: a line of letters, the answers of AWS and of commands
 * (requests_aws.c, requests_launcher.c; with an E in it the environment holds a pair); then a
 * request a line, as "KIND BODY", where ~ stands for the folder of the AWS files. A line "." waits
 * until all is answered. A last line "!" lets the front go without waiting.
 *
 * What has to hold: one reply to each request and nothing that was not asked for; no secret comes
 * through the door; nothing is done before hello; no command runs but those of the scope and of the
 * profile; a write to AWS is asked for, and names its user and its key; and when the front goes,
 * the keeper ends and leaves nothing. */
#include "config.h"

#include <dirent.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "deliver/deliver.h"
#include "keeper/dispatch.h"
#include "keeper/loop.h"
#include "keeper/request.h"
#include "tests/fuzz/requests.h"
#include "wire/scope.h"

enum { LINES_MAX = 64, LINE_SIZE = 4096, FRAME_MAX = 60 * 1024, ROUNDS_MAX = 2000 };

struct talk {
    struct context context;
    struct dispatch dispatch;
    struct door *front;
    bool over; /* the keeper has ended it */
    size_t asked, answered;
    unsigned replies[LINES_MAX + 1];
    size_t kinds[MESSAGE_COUNT];
};

static char answers[LINES_MAX + 1];
static size_t answers_given;

char world_answer(void)
{
    char letter = answers[answers_given];
    if (letter == '\0')
        return 'a';
    answers_given++;
    return letter == 'E' ? world_answer() : letter;
}

/* --- the place ---------------------------------------------------------------------------*/

static const struct {
    const char *name, *content;
} files[] = {
    {"credentials", "[default]\naws_access_key_id = " OLD_KEY "\naws_secret_access_key = " SECRET(
                        "old") "\n[half]\naws_access_key_id = AKIAHALF\n"
                               "[work]\naws_access_key_id = " WORK_KEY
                               "\naws_secret_access_key = " SECRET("work") "\n"},
    {"config",
     "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = default\n"
     "[profile mfa]\nrole_arn = arn:aws:iam::111122223333:role/m\nsource_profile = work\n"
     "mfa_serial = arn:aws:iam::111122223333:mfa/alice\n"
     "[profile process]\ncredential_process = " COMMAND_PROCESS "\n"
     "[profile box]\nrole_arn = arn:aws:iam::111122223333:role/b\n"
     "credential_source = Ec2InstanceMetadata\n"
     "[profile web]\nrole_arn = arn:aws:iam::111122223333:role/w\n"
     "web_identity_token_file = ~/token\n"
     "[profile sso]\nsso_start_url = https://x\nsso_region = us-east-1\n"
     "sso_account_id = 111122223333\nsso_role_name = r\n"},
    {"other", "# a copy\n[one]\naws_access_key_id = " OLD_KEY
              "\naws_secret_access_key = " SECRET("old") "\n"},
    {"token", SECRET("web") "\n"},
};

static void path_of(const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", fuzz_directory(), name);
}

/* A text with the folder in the place of each ~. */
static void append_expanded(struct text *text, const char *from)
{
    for (; *from != '\0'; from++) {
        if (*from == '~')
            text_append(text, fuzz_directory());
        else
            text_append_char(text, *from);
    }
}

static void write_file(const char *path, const char *content)
{
    struct text text CLEANUP(text_release);
    FILE *file = fopen(path, "w");
    text_init(&text, FRAME_MAX);
    append_expanded(&text, content);
    CHECK(file != NULL && fwrite(text.bytes, 1, text.length, file) == text.length);
    CHECK(fclose(file) == 0 && chmod(path, 0600) == 0);
}

/* As it was: the last input may have changed and left files. */
static void restore_files(void)
{
    char path[400];
    DIR *folder = opendir(fuzz_directory());
    CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        path_of(entry->d_name, path, sizeof path);
        if (entry->d_name[0] != '.')
            CHECK(unlink(path) == 0);
    }
    closedir(folder);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(files[i].name, path, sizeof path);
        write_file(path, files[i].content);
    }
}

static void set_environment(void)
{
    char path[400];
    CHECK(clearenv() == 0);
    setenv("PATH", "/usr/bin:/bin", 1);
    setenv("HOME", fuzz_directory(), 1);
    setenv("KEYWRIGHT_SANDBOX", "off", 1); /* this process has to go on */
    path_of("credentials", path, sizeof path);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    path_of("config", path, sizeof path);
    setenv("AWS_CONFIG_FILE", path, 1);
}

static int seal_scope(void)
{
    struct text scope CLEANUP(text_release);
    struct error err;
    int fd = -1;
    text_init(&scope, SCOPE_MAXIMUM);
    scope_add(&scope, SCOPE_TARGET, "command:" COMMAND_TARGET);
    scope_add(&scope, SCOPE_VERIFY, COMMAND_VERIFY);
    scope_add(&scope, SCOPE_TEST, COMMAND_TEST);
    CHECK(scope_seal(&scope, &fd, &err));
    return fd;
}

static void read_environment(bool with_pair, char **ret_bytes, size_t *ret_length)
{
    static const char pair[] =
        "AWS_ACCESS_KEY_ID=" ENV_KEY "\0AWS_SECRET_ACCESS_KEY=" SECRET("env");
    static int fd = -1;
    if (fd < 0)
        CHECK(env_seal_bytes(pair, sizeof pair, &fd, NULL));
    CHECK(env_read(with_pair ? fd : -1, ret_bytes, ret_length, NULL));
}

/* --- the front ---------------------------------------------------------------------------*/

static bool shows_secret(const char *text)
{
    return strstr(text, SECRET_MARK) != NULL || strstr(text, "3456789012345678901") != NULL;
}

static void take_message(struct talk *talk, const struct message *message)
{
    const char *json = json_object_to_json_string(message->body);
    struct error err;
    CHECK(message->body != NULL && !shows_secret(json));
    if (message->kind == MESSAGE_NOTE) {
        CHECK(message->id == 0 && talk->context.notes);
        return;
    }
    CHECK(message->kind == MESSAGE_REPLY && message->id >= 1 && message->id <= LINES_MAX);
    CHECK(++talk->replies[message->id] == 1);
    talk->answered++;
    if (body_bool(message->body, "ok")) {
        CHECK(talk->context.greeted); /* nothing is done for who has not said hello */
    } else {
        body_get_error(message->body, &err);
        fuzz_check_error(&err);
    }
}

static void listen_to_keeper(struct talk *talk)
{
    struct error err;
    for (bool got = true; got;) {
        struct message message CLEANUP(message_release) = {.body = NULL};
        got = false;
        if (!talk->over)
            CHECK(door_flush(talk->context.door, &err));
        CHECK(door_receive(talk->front, &got, &message, &err));
        if (got)
            take_message(talk, &message);
    }
}

/* Only files of the throw-away folder are named here: nothing else keeps the keeper from others
 * when it has no cage. */
static bool stays_here(const char *spec)
{
    const char *path = spec != NULL ? deliver_path(spec) : NULL, *here = fuzz_directory();
    size_t length = strlen(here);
    return path == NULL || (strncmp(path, here, length) == 0 && path[length] == '/' &&
                            path[length + 1] != '.' && strchr(path + length + 1, '/') == NULL);
}

static bool is_harmless(struct json_object *body)
{
    struct json_object *specs = body_array(body, "specs");
    size_t count = specs != NULL ? json_object_array_length(specs) : 0;
    bool good = !shows_secret(json_object_to_json_string(body));
    for (size_t i = 0; i < count; i++)
        good = good && stays_here(json_object_get_string(json_object_array_get_idx(specs, i)));
    return good && stays_here(body_string(body, "spec"));
}

static void write_frame(const char *line, size_t id, struct text *frame)
{
    size_t kind = strcspn(line, " ");
    text_appendf(frame, "{\"kind\": \"%.*s\", \"id\": %zu", (int)kind, line, id);
    if (line[kind] == ' ' && line[kind + 1] != '\0') {
        text_append(frame, ", \"body\": ");
        append_expanded(frame, line + kind + 1);
    }
    text_append_char(frame, '}');
}

/* False for what is not sent. */
static bool send_line(struct talk *talk, const char *line, size_t id)
{
    struct text frame CLEANUP(text_release);
    struct message message CLEANUP(message_release) = {.body = NULL};
    struct error err;
    text_init(&frame, FRAME_MAX);
    write_frame(line, id, &frame);
    if (!text_ok(&frame, &err))
        return false;
    bool is_message = message_decode(frame.bytes, frame.length, &message, &err);
    if (is_message && (message.id != id || !is_harmless(message.body)))
        return false;
    unsigned char head[4] = {0, (unsigned char)(frame.length >> 16),
                             (unsigned char)(frame.length >> 8), (unsigned char)frame.length};
    CHECK(send(door_fd(talk->front), head, 4, MSG_NOSIGNAL) == 4);
    CHECK(send(door_fd(talk->front), frame.bytes, frame.length, MSG_NOSIGNAL) ==
          (ssize_t)frame.length);
    if (is_message) {
        talk->asked++;
        talk->kinds[message.kind]++;
    }
    return true;
}

/* --- the keeper's loop, a turn at a time ---------------------------------------------------*/

static void begin_requests(struct talk *talk)
{
    struct error err = {0};
    if (talk->over)
        return;
    if (dispatch_receive(&talk->dispatch, &talk->context, &err)) {
        dispatch_begin(&talk->dispatch, &talk->context);
        listen_to_keeper(talk);
        return;
    }
    CHECK(err.code == ERROR_REPLY); /* the front is still there: it has talked garbage */
    talk->over = true;
}

static bool is_busy(const struct talk *talk)
{
    return talk->context.request_count > 0 || talk->dispatch.first < talk->dispatch.count;
}

static void wait_for_all(struct talk *talk)
{
    struct error err;
    int rounds = 0;
    for (begin_requests(talk); !talk->over && is_busy(talk); begin_requests(talk)) {
        CHECK(++rounds < ROUNDS_MAX); /* else it hangs */
        world_launcher_serve();
        children_run(talk->context.children);
        if (talk->context.client != NULL)
            (void)!aws_client_run(talk->context.client, NULL, 0, 0, &err);
    }
    CHECK(talk->over ? talk->answered <= talk->asked : talk->answered == talk->asked);
}

static void check_writes(const struct talk *talk)
{
    CHECK(world_writes[AWS_CREATE_ACCESS_KEY] <= talk->kinds[MESSAGE_CREATE_KEY]);
    CHECK(world_writes[AWS_UPDATE_ACCESS_KEY] <= talk->kinds[MESSAGE_SWITCH_KEY]);
    CHECK(world_writes[AWS_DELETE_ACCESS_KEY] <= talk->kinds[MESSAGE_DELETE_KEY]);
}

/* --- an input ------------------------------------------------------------------------------*/

static void meet(struct talk *talk, struct feed *feed, int scope)
{
    static char line[LINE_SIZE];
    int ends[2];
    char *environment = NULL;
    size_t length = 0;
    struct error err = {0};
    feed_line(feed, answers, sizeof answers);
    answers_given = 0;
    world_aws_begin();
    read_environment(strchr(answers, 'E') != NULL, &environment, &length);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    CHECK(context_init(&talk->context, ends[0], scope, environment, length, &err));
    CHECK(door_new(ends[1], &talk->front, &err));
    bool waits = true;
    for (size_t id = 1; id <= LINES_MAX && feed->left > 0 && !talk->over;) {
        feed_line(feed, line, sizeof line);
        waits = strcmp(line, "!") != 0;
        if (strcmp(line, ".") == 0)
            wait_for_all(talk);
        else if (waits && line[0] != '\0' && send_line(talk, line, id))
            id++;
        begin_requests(talk);
    }
    if (waits)
        wait_for_all(talk);
}

/* The front goes; the loop of the program sees to the rest. */
static void part(struct talk *talk)
{
    door_free(talk->front);
    world_launcher_end();
    dispatch_release(&talk->dispatch);
    (void)loop_run(&talk->context);
    CHECK(talk->context.request_count == 0 && talk->context.requests == NULL);
    check_writes(talk);
    context_release(&talk->context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct talk talk;
    static int scope = -1;
    struct feed feed = {data, size};
    if (scope < 0) {
        fuzz_secrets();
        set_environment();
        scope = seal_scope();
    }
    talk = (struct talk){.over = false};
    restore_files();
    meet(&talk, &feed, scope);
    part(&talk);
    return 0;
}
