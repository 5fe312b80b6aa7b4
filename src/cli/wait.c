/* Waiting for the keeper, the terminal, a signal or the clock, whichever comes first. */
#include "config.h"

#include "cli/drive.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "cli/connect.h"

bool drive_wait(struct drive *drive, bool terminal, int milliseconds)
{
    struct pollfd fds[2];
    nfds_t count = 0;
    if (drive->keeper != NULL)
        fds[count++] = keeper_pollfd(drive->keeper);
    if (terminal)
        fds[count++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    struct timespec limit = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    if (connect_interrupted())
        return false;
    int ready = ppoll(fds, count, milliseconds < 0 ? NULL : &limit, &drive->wait_mask);
    if (ready <= 0)
        return false;
    if (drive->keeper != NULL && fds[0].revents != 0) {
        /* The runner hears of a keeper that is gone by its own requests; here it is only no longer
         * polled, since its descriptor would wake us for ever. */
        struct error ignored;
        if (!keeper_run(drive->keeper, &ignored))
            drive->keeper = NULL;
    }
    return terminal && fds[count - 1].revents != 0;
}
