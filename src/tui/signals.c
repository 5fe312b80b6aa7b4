#include "config.h"

#include "tui/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A signal handler has no other way to its pipe. */
static int ends[2] = {-1, -1};

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGCONT};
enum { CAUGHT = sizeof caught / sizeof *caught };
static struct sigaction before[CAUGHT];

static void on_signal(int number)
{
    int sys = errno;
    unsigned char byte = (unsigned char)number;
    /* A full pipe holds enough to wake us. */
    ssize_t written = write(ends[1], &byte, 1);
    (void)written;
    errno = sys;
}

bool signals_start(int *ret_fd, struct error *err)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set_errno(err, ERROR_IO, errno, "making a pipe for signals");
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, &before[i]);
    *ret_fd = ends[0];
    return true;
}

void signals_again(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &action, NULL);
}

int signals_fd(void)
{
    return ends[0];
}

int signals_next(void)
{
    unsigned char byte;
    return read(ends[0], &byte, 1) == 1 ? byte : 0;
}

void signals_stop(void)
{
    for (int i = 0; i < CAUGHT; i++)
        sigaction(caught[i], &before[i], NULL);
    close(ends[0]);
    close(ends[1]);
    ends[0] = ends[1] = -1;
}
