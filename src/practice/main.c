/* keywright-practice: a simulated AWS account on loopback. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/harden.h"
#include "base/secret.h"
#include "practice/furnish.h"
#include "practice/json.h"
#include "practice/server.h"

/* A signal handler has no other way in than a global; it holds the writing end of a pipe. */
static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    (void)number;
    int saved = errno;
    (void)!write(signal_pipe[1], "", 1);
    errno = saved;
}

static bool watch_signals(struct error *err)
{
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set_errno(err, ERROR_IO, errno, "making a pipe");
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return true;
}

/* Only a pipe or socket says anything about a parent: standard input is /dev/null in a script's
 * background, and a terminal must not be read from there. */
static bool tells_of_parent(int fd)
{
    struct stat kind;
    return fstat(fd, &kind) == 0 && (S_ISFIFO(kind.st_mode) || S_ISSOCK(kind.st_mode));
}

/* Has the other end been closed? What is written there is read and thrown away. */
static bool has_ended(const struct pollfd *fd)
{
    char rest[512];
    if (fd->revents == 0)
        return false;
    if ((fd->revents & POLLIN) == 0)
        return true;
    ssize_t count = read(fd->fd, rest, sizeof rest);
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static void wait_for_end(const struct options *options)
{
    /* Who names a descriptor means that one: `make -j` gives its children a pipe that has ended. */
    int parent = options->parent_fd >= 0            ? options->parent_fd
                 : tells_of_parent(STDIN_FILENO) ? STDIN_FILENO
                                                    : -1;
    struct pollfd fds[] = {
        {.fd = signal_pipe[0], .events = POLLIN},
        {.fd = parent, .events = POLLIN},
    };
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        if (fds[0].revents != 0 || has_ended(&fds[1]))
            return;
    }
}

static bool say_ready(const struct options *options, const struct home *home, struct error *err)
{
    if (options->ready_fd < 0)
        return true;
    struct text CLEANUP(text_release) text;
    text_init(&text, 64 * 1024);
    struct json_object *line = json_object_new_object();
    json_add_text(line, "endpoint", home->endpoint);
    json_add_text(line, "home", options->home);
    json_add_text(line, "user", home->user);
    json_add_text(line, "key", home->key.key_id);
    json_add_text(line, "second_key", home->second.key_id[0] == '\0' ? NULL : home->second.key_id);
    json_add_text(line, "admin_key", home->admin.key_id);
    json_add_text(line, "mfa_serial", home->mfa_serial[0] == '\0' ? NULL : home->mfa_serial);
    json_add_text(line, "role_arn", home->role_arn);
    json_add_text(line, "account", ACCOUNT_NUMBER);
    json_finish(line, &text);
    ssize_t written = write(options->ready_fd, text.bytes, text.length);
    int sys = errno;
    close(options->ready_fd);
    if (written == (ssize_t)text.length)
        return true;
    return error_set_errno(err, ERROR_IO, sys, "telling on descriptor %d", options->ready_fd);
}

static bool print_exports(const struct home *home, bool mfa, struct error *err)
{
    printf("# A simulated AWS account. These credentials open nothing else.\n"
           "export AWS_ENDPOINT_URL=%s\n"
           "export AWS_DEFAULT_REGION=us-east-1\n"
           "export AWS_REGION=us-east-1\n"
           "export AWS_ACCESS_KEY_ID=%s\n"
           "export AWS_SECRET_ACCESS_KEY=%s\n"
           "unset AWS_SESSION_TOKEN AWS_PROFILE\n"
           "# administrator: AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s\n",
           home->endpoint, home->key.key_id, home->key.secret, home->admin.key_id,
           home->admin.secret);
    if (mfa)
        printf("# MFA device %s; its code: curl -s '%s/practice/totp?user=%s'\n", home->mfa_serial,
               home->endpoint, home->user);
    printf("# state: curl -s %s/practice/state   end: Ctrl-C\n", home->endpoint);
    if (fflush(stdout) == 0)
        return true;
    return error_set_errno(err, ERROR_IO, errno, "writing to standard output");
}

static bool serve(const struct options *options, struct practice *practice, struct error *err)
{
    struct home home;
    struct server *server = NULL;
    char endpoint[64];
    if (options->parent_fd >= 0 && fcntl(options->parent_fd, F_GETFD) < 0)
        return error_set(err, ERROR_USAGE, "--parent-fd names a descriptor that is not open");
    if (!furnish(practice, options, &home, err) ||
        (options->log != NULL && !practice_open_log(practice, options->log, err)) ||
        (options->secrets != NULL && !practice_open_secrets(practice, options->secrets, err)) ||
        !watch_signals(err) || !server_start(practice, options->port, &server, err))
        return false;
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", (unsigned)server_port(server));
    home.endpoint = endpoint;
    practice_note_secret(practice, home.key.key_id, home.key.secret, "");
    practice_note_secret(practice, home.second.key_id, home.second.secret, "");
    practice_note_secret(practice, home.admin.key_id, home.admin.secret, "");
    bool ready = (options->home == NULL || home_write(&home, options->home, err)) &&
                 (!options->serve || print_exports(&home, options->mfa, err)) &&
                 say_ready(options, &home, err);
    if (ready)
        wait_for_end(options);
    server_stop(server);
    return ready;
}

static int complain(const struct error *err)
{
    fprintf(stderr, "keywright-practice: %s: %s\n", error_sentence(err->code), err->text);
    if (err->code == ERROR_USAGE)
        fprintf(stderr, "See 'keywright-practice --help'.\n");
    return error_exit_status(err->code);
}

int main(int argc, char **argv)
{
    struct error err;
    struct options options;
    struct practice practice;
    bool locked;
    harden_descriptors();
    if (!secret_arena_init(&locked, &err) || !options_read(argc, argv, &options, &err))
        return complain(&err);
    if (options.help || options.version) {
        fputs(options.help ? options_help() : "keywright-practice " PACKAGE_VERSION "\n", stdout);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    if (!practice_init(&practice, &err))
        return complain(&err);
    bool good = serve(&options, &practice, &err);
    practice_release(&practice);
    return good ? 0 : complain(&err);
}
