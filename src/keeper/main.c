/* keywright-keeper: started by keywright, which talks with it over descriptor 3. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/harden.h"
#include "keeper/launcher.h"
#include "keeper/loop.h"
#include "keeper/screen.h"

enum {
    DOOR_FD = 3,
    ENVIRONMENT_FD = 4,
    SCOPE_FD = 5,
    TERMINAL_FD = 6,
    LIMIT_SMALL = 16 << 20,
    LIMIT_LARGE = 256 << 20
};

/* Beyond the arena, whatever libraries copy a secret into. Only where it cannot make a later
 * allocation fail: where the limit is so small that success means that it does not hold for us, or
 * so large that we do not come near it. */
static bool lock_all_memory(void)
{
#ifdef MCL_ONFAULT
    struct rlimit limit = {0, 0};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
        (limit.rlim_cur > LIMIT_SMALL && limit.rlim_cur < LIMIT_LARGE))
        return false;
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
#else
    return false;
#endif
}

static bool is_socket(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

static bool read_environment(char **ret_bytes, size_t *ret_length, struct error *err)
{
    struct stat status;
    bool sealed = fstat(ENVIRONMENT_FD, &status) == 0 && S_ISREG(status.st_mode);
    int fd = sealed ? ENVIRONMENT_FD : -1;
    if (fd < 0 && !env_seal_secrets(&fd, err)) /* started by hand: our own is hidden likewise */
        return false;
    bool good = env_read(fd, ret_bytes, ret_length, err);
    if (fd >= 0)
        close(fd);
    return good;
}

/* A memory file of the front's making cannot be written any more. */
static int scope_fd(void)
{
#ifdef F_GET_SEALS
    int seals = fcntl(SCOPE_FD, F_GET_SEALS);
    return seals >= 0 && (seals & F_SEAL_WRITE) != 0 ? SCOPE_FD : -1;
#else
    struct stat status;
    return fstat(SCOPE_FD, &status) == 0 && S_ISREG(status.st_mode) ? SCOPE_FD : -1;
#endif
}

/* Handed over when something may have to be shown. */
static bool take_terminal(int fd, const struct qr_maker *qr, struct context *context,
                          struct error *err)
{
    context->qr = *qr;
    if (fd < 0)
        return true;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return screen_new(fd, &context->screen, err);
}

static int fail(const struct error *err)
{
    fprintf(stderr, "keywright-keeper: %s\n", err->text);
    return 1;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct context context;
    bool locked = false;
    char *environment = NULL;
    size_t length = 0;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("keywright-keeper " PACKAGE_VERSION);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("keywright-keeper is the part of keywright that holds secrets and talks to AWS.\n"
             "It is started by keywright, not by hand; see keywright(1).");
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--launcher") == 0)
        return launcher_main();
    if (!is_socket(DOOR_FD)) {
        fputs("keywright-keeper is started by keywright, not by hand\n", stderr);
        return 2;
    }
    if (!secret_arena_init(&locked, &err))
        return fail(&err);
    bool all_locked = lock_all_memory();
    if (getsid(0) != getpid() && setsid() < 0 && errno != EPERM)
        return 1;
    fcntl(DOOR_FD, F_SETFD, FD_CLOEXEC);
    /* Descriptors 4 to 6 are looked at before anything of ours can have those numbers. */
    int scope = scope_fd();
    int terminal = isatty(TERMINAL_FD) ? TERMINAL_FD : -1;
    /* What draws secrets is started while there is none in this process. */
    struct qr_maker qr = {.socket = -1};
    if ((terminal >= 0 && !qr_maker_start(&qr, &err)) ||
        !read_environment(&environment, &length, &err))
        return fail(&err);
    if (!loop_watch_signals(&err)) {
        env_free(environment, length);
        return fail(&err);
    }
    if (!context_init(&context, DOOR_FD, scope, environment, length, &err) ||
        !take_terminal(terminal, &qr, &context, &err)) {
        context_release(&context);
        return fail(&err);
    }
    if (scope >= 0)
        close(scope);
    context.memory_locked = locked || all_locked;
    int status = loop_run(&context);
    context_release(&context);
    harden_wipe_traces();
    return status;
}
