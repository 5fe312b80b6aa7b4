#include "keeper/qr.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qrencode.h>

#include "base/cage.h"
#include "base/guarded.h"

enum { PATIENCE_MS = 10000, FDS = 64 };

/* --- the process -------------------------------------------------------------------------------*/

static bool send_all(int socket, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Up to the end of what is sent, or to `size` bytes. */
static size_t receive_all(int socket, void *bytes, size_t size, int patience_ms)
{
    size_t length = 0;
    while (length < size) {
        struct pollfd ready = {.fd = socket, .events = POLLIN};
        int count = poll(&ready, 1, patience_ms);
        if (count < 0 && errno == EINTR)
            continue;
        ssize_t got = count > 0 ? recv(socket, (char *)bytes + length, size - length, 0) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    return length;
}

/* The text comes whole; what goes back is a byte for the width and one for each module. */
static void make_one(int socket)
{
    char text[QR_TEXT_MOST + 1] = "";
    size_t length = receive_all(socket, text, QR_TEXT_MOST, -1);
    if (length == 0)
        return;
    text[length] = '\0';
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    if (code == NULL || code->width > QR_WIDTH_MOST)
        return;
    unsigned char width = (unsigned char)code->width;
    size_t count = (size_t)width * width;
    for (size_t i = 0; i < count; i++)
        code->data[i] &= 1;
    (void)!(send_all(socket, &width, 1) && send_all(socket, code->data, count));
}

bool qr_maker_start(struct qr_maker *maker, struct error *err)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_set_errno(err, ERROR_IO, errno, "preparing to draw");
    pid_t pid = fork();
    if (pid == 0) {
        for (int fd = 0; fd < FDS; fd++)
            if (fd != sockets[1])
                close(fd);
        struct cage cage;
        struct cage_report report;
        cage_init(&cage, CAGE_OFFLINE);
        cage_close(&cage, &report);
        make_one(sockets[1]);
        _exit(0);
    }
    int sys = errno;
    close(sockets[1]);
    if (pid < 0) {
        close(sockets[0]);
        return error_set_errno(err, ERROR_IO, sys, "preparing to draw");
    }
    *maker = (struct qr_maker){.socket = sockets[0], .pid = pid};
    return true;
}

void qr_maker_end(struct qr_maker *maker)
{
    if (maker->socket < 0)
        return;
    close(maker->socket);
    maker->socket = -1;
    kill(maker->pid, SIGKILL); /* it is of no use to anybody any more */
    while (waitpid(maker->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

bool qr_make(struct qr_maker *maker, const char *text, size_t length, unsigned char **ret_modules,
             size_t *ret_width, struct error *err)
{
    unsigned char width = 0;
    if (maker->socket < 0)
        return error_set(err, ERROR_INTERNAL, "there is nothing to draw with");
    if (length == 0 || length > QR_TEXT_MOST)
        return error_set(err, ERROR_LIMIT, "a QR code of more than %d bytes", QR_TEXT_MOST);
    bool sent = send_all(maker->socket, text, length);
    shutdown(maker->socket, SHUT_WR);
    bool got = sent && receive_all(maker->socket, &width, 1, PATIENCE_MS) == 1 && width > 0 &&
               width <= QR_WIDTH_MOST;
    size_t count = (size_t)width * width;
    unsigned char *modules = got ? guarded_new(count) : NULL;
    got = modules != NULL &&
          receive_all(maker->socket, modules, count, PATIENCE_MS) == count;
    qr_maker_end(maker);
    if (!got) {
        guarded_free(modules);
        return error_set(err, ERROR_LIMIT, "no QR code could be made");
    }
    *ret_modules = modules;
    *ret_width = width;
    return true;
}

/* --- drawing -----------------------------------------------------------------------------------*/

size_t qr_rows(size_t width)
{
    return (width + 2 * (size_t)QR_MARGIN + 1) / 2;
}

size_t qr_columns(size_t width)
{
    return width + 2 * (size_t)QR_MARGIN;
}

/* Outside is light, as the margin is. */
static bool is_dark(const unsigned char *modules, size_t width, size_t x, size_t y)
{
    return x >= QR_MARGIN && y >= QR_MARGIN && x < width + QR_MARGIN && y < width + QR_MARGIN &&
           modules[(y - QR_MARGIN) * width + x - QR_MARGIN] != 0;
}

bool qr_draw(const unsigned char *modules, size_t width, size_t more, struct secret **ret_drawn,
             struct error *err)
{
    static const char begin[] = "\033[97;40m", end[] = "\033[0m\n";
    /* By the upper module's being light, then the lower one's. */
    static const char *const blocks[2][2] = {{" ", "\u2584"}, {"\u2580", "\u2588"}};
    CLEANUP(secret_cleanup) struct secret *drawn = NULL;
    size_t columns = qr_columns(width), rows = qr_rows(width);
    bool good = secret_new_empty(rows * (3 * columns + sizeof begin + sizeof end) + more, &drawn, err);
    for (size_t row = 0; good && row < rows; row++) {
        good = secret_append(drawn, begin, sizeof begin - 1, err);
        for (size_t x = 0; good && x < columns; x++) {
            /* Below the last line of an odd number there is nothing to be light. */
            bool below = 2 * row + 1 < columns;
            const char *block = blocks[!is_dark(modules, width, x, 2 * row)]
                                      [below && !is_dark(modules, width, x, 2 * row + 1)];
            good = secret_append(drawn, block, strlen(block), err);
        }
        good = good && secret_append(drawn, end, sizeof end - 1, err);
    }
    if (!good)
        return false;
    *ret_drawn = drawn;
    drawn = NULL;
    return true;
}
