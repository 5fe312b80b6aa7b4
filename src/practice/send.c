#include "practice/send.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "practice/reply.h"

enum {
    SPACES = 64 * 1024,
    WRITE_MS = 10000, /* how long a client may not read before it is given up */
    PIECES = 8,       /* of a body that trickles */
    HEAD_MAXIMUM = 1024 * 1024
};

/* A body that the library asks for piece by piece, because it is spoiled on the way. */
struct spoiled {
    char *body;
    size_t length;
    size_t blank_at; /* white space stands in here, */
    size_t blanks;   /* so much of it */
    size_t fails_at; /* the connection ends here; SIZE_MAX: never */
};

static ssize_t give_piece(void *context, uint64_t position, char *to, size_t most)
{
    const struct spoiled *spoiled = context;
    size_t at = (size_t)position;
    if (at >= spoiled->fails_at)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t blank_end = spoiled->blank_at + spoiled->blanks;
    size_t end = at < spoiled->blank_at ? spoiled->blank_at
                 : at < blank_end       ? blank_end
                                        : spoiled->length + spoiled->blanks;
    end = end < spoiled->fails_at ? end : spoiled->fails_at;
    size_t count = most < end - at ? most : end - at;
    if (at >= spoiled->blank_at && at < blank_end)
        memset(to, ' ', count);
    else
        memcpy(to, spoiled->body + at - (at >= blank_end ? spoiled->blanks : 0), count);
    return (ssize_t)count;
}

static void free_spoiled(void *context)
{
    struct spoiled *spoiled = context;
    free(spoiled->body);
    free(spoiled);
}

static struct MHD_Response *spoiled_response(const struct fault_plan *plan, struct text *body)
{
    struct spoiled *spoiled = calloc(1, sizeof *spoiled);
    if (spoiled == NULL)
        return NULL;
    bool huge = plan->wire == SPOIL_WIRE_HUGE;
    const char *tag = body->length == 0 ? NULL : strchr(body->bytes, '>');
    spoiled->length = body->length;
    spoiled->fails_at = huge ? SIZE_MAX : body->length / 2;
    spoiled->blank_at = tag == NULL ? body->length : (size_t)(tag + 1 - body->bytes);
    spoiled->blanks = huge ? (size_t)(plan->wire_value * 1024 * 1024) : 0;
    spoiled->body = text_steal(body);
    struct MHD_Response *response =
        spoiled->body == NULL
            ? NULL
            : MHD_create_response_from_callback(spoiled->length + spoiled->blanks, SPACES,
                                                give_piece, spoiled, free_spoiled);
    if (response == NULL)
        free_spoiled(spoiled);
    return response;
}

static void http_date(int64_t time, char to[40])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)time;
    struct tm parts;
    gmtime_r(&seconds, &parts);
    snprintf(to, 40, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday], parts.tm_mday,
             months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/* The library's socket may be a non-blocking one. */
static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
            continue;
        }
        struct pollfd writable = {.fd = fd, .events = POLLOUT};
        if (errno != EINTR && errno != EAGAIN)
            return false;
        if (errno == EAGAIN && poll(&writable, 1, WRITE_MS) <= 0)
            return false;
    }
    return true;
}

static void send_bytes(struct MHD_Connection *connection, const struct spoil_answer *answer,
                       const struct fault_plan *plan, send_pause *pause, void *context)
{
    struct text CLEANUP(text_release) bytes;
    size_t at, body;
    int fd = socket_of(connection);
    text_init(&bytes, REPLY_MAXIMUM + HEAD_MAXIMUM);
    spoil_bytes(plan->wire, plan->wire_value, answer, &bytes, &body);
    size_t piece = (bytes.length - body) / PIECES + 1;
    if (plan->wire != SPOIL_WIRE_TRICKLED)
        body = piece = bytes.length;
    if (!write_all(fd, bytes.bytes, body))
        return;
    for (at = body; at < bytes.length; at += piece) {
        size_t left = bytes.length - at;
        if (!pause(context, (int)(plan->wire_value * 1000 / PIECES)) ||
            !write_all(fd, bytes.bytes + at, left < piece ? left : piece))
            return;
    }
}

enum MHD_Result send_answer(struct MHD_Connection *connection, struct practice_answer *answer,
                            const struct fault_plan *plan, send_pause *pause, void *context)
{
    char date[40];
    http_date(answer->date, date);
    if (spoil_is_raw(plan->wire)) {
        struct spoil_answer whole = {answer->status, answer->content_type, date, answer->request_id,
                                     &answer->body};
        send_bytes(connection, &whole, plan, pause, context);
        return MHD_NO;
    }
    bool pieces = plan->wire == SPOIL_WIRE_TRUNCATED || plan->wire == SPOIL_WIRE_HUGE;
    struct MHD_Response *response =
        pieces ? spoiled_response(plan, &answer->body)
               : MHD_create_response_from_buffer(answer->body.length, answer->body.bytes,
                                                 MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Date", date);
    MHD_add_response_header(response, "Content-Type", answer->content_type);
    if (plan->wire == SPOIL_WIRE_MOVED)
        MHD_add_response_header(response, "Location", "http://127.0.0.1:9/elsewhere");
    if (answer->error_type != NULL && answer->error_type[0] != '\0')
        MHD_add_response_header(response, "x-amzn-ErrorType", answer->error_type);
    if (answer->request_id[0] != '\0')
        MHD_add_response_header(response, "x-amzn-RequestId", answer->request_id);
    enum MHD_Result queued = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* On Linux connect() to nowhere sends the reset at once, elsewhere the lingering of 0 seconds does
 * when the socket is closed. */
void send_reset(struct MHD_Connection *connection)
{
    struct linger none = {1, 0};
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    int fd = socket_of(connection);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    (void)!connect(fd, &nowhere, sizeof nowhere);
}
