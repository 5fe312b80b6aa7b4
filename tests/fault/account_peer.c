/* A strict peer as the account of trials: a script that is given its ports, made elsewhere. */
#include "account_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"

enum { PORTS_TRIED = 5 };

/* Two free ports, held at once so that they differ, and given back. */
static void choose_ports(struct account_of_trials *account)
{
    int fds[2];
    unsigned short *ports[2] = {&account->port, &account->control_port};
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t length = sizeof address;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fds[i] < 0 || bind(fds[i], (struct sockaddr *)&address, sizeof address) != 0 ||
            getsockname(fds[i], (struct sockaddr *)&address, &length) != 0)
            account_die("finding a port");
        *ports[i] = ntohs(address.sin_port);
    }
    close(fds[0]);
    close(fds[1]);
}

static void become_peer(const struct account_of_trials *account, const char *script)
{
    char port[16], control[16], log[512];
    const char *python = getenv("PEER_PYTHON");
    if (python == NULL || python[0] == '\0')
        python = "python3";
    snprintf(port, sizeof port, "%u", account->port);
    snprintf(control, sizeof control, "%u", account->control_port);
    snprintf(log, sizeof log, "%s/log", account->home);
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, 0);
    dup2(nowhere, 1);
    dup2(nowhere, 2);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    execlp(python, python, script, "--port", port, "--admin-port", control, "--log", log,
           (char *)NULL);
    _exit(127);
}

static bool listens(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return good;
}

static void write_file(const char *home, const char *name, const char *content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/.aws/%s", home, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, content, strlen(content)) == (ssize_t)strlen(content) &&
                close(fd) == 0;
    if (!good)
        account_die(path);
}

/* alice with one key, and the files of her home as people have them. */
static void furnish(const struct account_of_trials *account)
{
    char path[512], file[1024];
    char *answer = account_ask(account, "POST", "/seed",
                               "{\"users\":[{\"name\":\"alice\",\"keys\":1,\"age_days\":[120],"
                               "\"policy\":\"self\"}]}");
    struct json_object *seeded = json_tokener_parse(strstr(answer, "\r\n\r\n") + 4);
    struct json_object *user = NULL, *keys = NULL;
    if (!json_object_object_get_ex(seeded, "alice", &user) ||
        !json_object_object_get_ex(user, "keys", &keys))
        account_die("its seed");
    struct json_object *key = json_object_array_get_idx(keys, 0);
    snprintf(path, sizeof path, "%s/.aws", account->home);
    if (mkdir(path, 0700) != 0)
        account_die(path);
    snprintf(file, sizeof file,
             "# do not sort\n[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
             "; the night job\n[backup]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
             account_member(key, "id"), account_member(key, "secret"), account_member(key, "id"),
             account_member(key, "secret"));
    write_file(account->home, "credentials", file);
    snprintf(file, sizeof file,
             "[default]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:%u\n"
             "[profile backup]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:%u\n",
             account->port, account->port);
    write_file(account->home, "config", file);
    json_object_put(seeded);
    free(answer);
}

/* False when it ended: somebody else took one of its ports. */
static bool begin(struct account_of_trials *account, const char *script)
{
    int64_t limit = when_monotonic_ms() + ACCOUNT_PATIENCE_MS;
    choose_ports(account);
    account->server = fork();
    if (account->server < 0)
        account_die("fork");
    if (account->server == 0)
        become_peer(account, script);
    while (!listens(account->control_port) || !listens(account->port)) {
        if (waitpid(account->server, NULL, WNOHANG) == account->server)
            return false;
        if (when_monotonic_ms() > limit)
            account_die("it does not start");
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    return true;
}

void account_peer_start(struct account_of_trials *account, const char *script)
{
    for (int tried = 1; !begin(account, script); tried++)
        if (tried == PORTS_TRIED)
            account_die("it ends at once");
    furnish(account);
}

void account_peer_keys(const struct account_of_trials *account, char *to, size_t size)
{
    char *answer = account_ask(account, "GET", "/state", "");
    struct json_object *state = json_tokener_parse(strstr(answer, "\r\n\r\n") + 4);
    struct json_object *user = NULL, *keys = NULL;
    if (!json_object_object_get_ex(state, "alice", &user) ||
        !json_object_object_get_ex(user, "keys", &keys))
        account_die("its state");
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < json_object_array_length(keys) && used < size; i++) {
        struct json_object *key = json_object_array_get_idx(keys, i);
        used += (size_t)snprintf(to + used, size - used, "%s%s %s", used > 0 ? ", " : "",
                                 account_member(key, "id"), account_member(key, "status"));
    }
    json_object_put(state);
    free(answer);
}
