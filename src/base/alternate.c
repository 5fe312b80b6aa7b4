#include "config.h"

#include "base/alternate.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { WAIT_MS = 2000, ROWS_MAX = 1000, ROWS_USUAL = 24 };

_Static_assert(sizeof(struct termios) <= sizeof(struct alternate_modes), "modes fit");

bool alternate_modes_read(int fd, struct alternate_modes *ret_modes)
{
    struct termios modes;
    if (tcgetattr(fd, &modes) != 0)
        return false;
    memcpy(ret_modes->kept, &modes, sizeof modes);
    return true;
}

static bool set_modes(int fd, const struct alternate_modes *kept)
{
    struct termios modes;
    memcpy(&modes, kept->kept, sizeof modes);
    return tcsetattr(fd, TCSANOW, &modes) == 0;
}

bool alternate_write(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        struct pollfd line = {.fd = fd, .events = POLLOUT};
        int ready = poll(&line, 1, WAIT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0 || (line.revents & POLLOUT) == 0)
            return false;
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return true;
}

static bool put(int fd, const char *string)
{
    return alternate_write(fd, string, strlen(string));
}

void alternate_drop_keys(int fd)
{
    (void)tcflush(fd, TCIFLUSH);
}

bool alternate_enter(int fd, struct alternate_modes *ret_before)
{
    struct termios modes;
    if (!alternate_modes_read(fd, ret_before))
        return false;
    memcpy(&modes, ret_before->kept, sizeof modes);
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | ISIG | IEXTEN);
    modes.c_iflag &= ~(tcflag_t)(IXON | IXOFF | INLCR | IGNCR);
    modes.c_iflag |= ICRNL;
    modes.c_oflag |= OPOST | ONLCR;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSANOW, &modes) != 0)
        return false;
    alternate_drop_keys(fd);
    if (put(fd, "\033[?1049h\033[?25l\033[0m\033[H\033[2J"))
        return true;
    (void)set_modes(fd, ret_before);
    return false;
}

bool alternate_size(int fd, int *ret_columns, int *ret_rows)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return false;
    *ret_columns = size.ws_col;
    *ret_rows = size.ws_row;
    return true;
}

static int rows_of(int fd)
{
    int columns, rows = ROWS_USUAL;
    (void)alternate_size(fd, &columns, &rows);
    return rows < ROWS_MAX ? rows : ROWS_MAX;
}

bool alternate_wipe(int fd)
{
    char row[32];
    int rows = rows_of(fd);
    for (int i = 1; i <= rows; i++) {
        snprintf(row, sizeof row, "\033[%d;1H\033[2K", i);
        if (!put(fd, row))
            return false;
    }
    return put(fd, "\033[H\033[2J\033[3J");
}

void alternate_leave(int fd, const struct alternate_modes *before)
{
    if (alternate_wipe(fd))
        (void)put(fd, "\033[0m\033[?25h\033[?1049l");
    alternate_drop_keys(fd);
    if (before != NULL)
        (void)set_modes(fd, before);
}
