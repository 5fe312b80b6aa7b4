#include "wire/door.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"

enum {
    HEADER = 4,
    FRAME_MAX = 1024 * 1024,
    CHUNK = 16 * 1024,
    QUEUE_MAX = 64 * 1024 * 1024 /* what the other side has not read yet */
};

/* Bytes that came and are not used, or that wait to go: text[start..length). */
struct queue {
    struct text text;
    size_t start;
};

struct door {
    int socket;
    struct queue in;
    struct queue out;
    bool garbled; /* after garbage nothing that follows can be trusted */
};

static size_t queue_length(const struct queue *queue)
{
    return queue->text.length - queue->start;
}

static const char *queue_bytes(const struct queue *queue)
{
    return queue->text.bytes + queue->start;
}

/* Drop bytes from the front; the rest moves down only when it is the smaller part, so that a long
 * queue costs no more than each byte twice. */
static void queue_drop(struct queue *queue, size_t count)
{
    queue->start += count;
    size_t rest = queue_length(queue);
    if (rest == 0) {
        text_clear(&queue->text);
        queue->start = 0;
    } else if (queue->start > CHUNK && queue->start >= rest) {
        memmove(queue->text.bytes, queue_bytes(queue), rest + 1);
        queue->text.length = rest;
        queue->start = 0;
    }
}

bool door_new(int socket, struct door **ret_door, struct error *err)
{
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return error_set(err, ERROR_MEMORY, "opening the door");
    door->socket = socket;
    text_init(&door->in.text, 2 * (HEADER + FRAME_MAX + CHUNK));
    text_init(&door->out.text, QUEUE_MAX);
    *ret_door = door;
    return true;
}

void door_free(struct door *door)
{
    if (door == NULL)
        return;
    close(door->socket);
    text_release(&door->in.text);
    text_release(&door->out.text);
    free(door);
}

int door_fd(const struct door *door)
{
    return door->socket;
}

void door_hang_up(struct door *door)
{
    shutdown(door->socket, SHUT_RDWR);
}

bool door_wants_write(const struct door *door)
{
    return queue_length(&door->out) > 0;
}

static bool is_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* What a failed send or recv means. */
static bool broken(int error, struct error *err)
{
    if (error == EPIPE || error == ECONNRESET || error == ENOTCONN)
        return error_set(err, ERROR_KEEPER_GONE, "the other side has closed the door");
    return error_set_errno(err, ERROR_IO, error, "the door between front and keeper");
}

static bool queue_message(struct door *door, enum message_kind kind, uint32_t id,
                          struct json_object *body, struct error *err)
{
    struct json_object *object = json_object_new_object();
    body_set_string(object, "kind", message_name(kind));
    body_set_number(object, "id", id);
    if (body != NULL)
        body_put(object, "body", body);
    if (!body_whole(object)) {
        json_object_put(object);
        return error_set(err, ERROR_MEMORY, "writing a message '%s'", message_name(kind));
    }
    CLEANUP(text_release) struct text frame;
    text_init(&frame, HEADER + FRAME_MAX);
    text_append_bytes(&frame, (const char[HEADER]){0}, HEADER);
    json_write(object, &frame);
    json_object_put(object);
    if (!text_ok(&frame, err))
        return error_wrap(err, "writing a message '%s'", message_name(kind));
    size_t length = frame.length - HEADER;
    for (size_t i = 0; i < HEADER; i++)
        frame.bytes[i] = (char)(length >> 8 * (HEADER - 1 - i));
    text_append_bytes(&door->out.text, frame.bytes, frame.length);
    return text_ok(&door->out.text, err) ||
           error_wrap(err, "sending a message '%s'", message_name(kind));
}

bool door_send(struct door *door, enum message_kind kind, uint32_t id, struct json_object **body,
               struct error *err)
{
    struct json_object *taken = body != NULL ? *body : NULL;
    if (body != NULL) {
        *body = NULL;
        if (taken == NULL)
            return error_set(err, ERROR_MEMORY, "writing a message '%s'", message_name(kind));
    }
    return queue_message(door, kind, id, taken, err) && door_flush(door, err);
}

bool door_flush(struct door *door, struct error *err)
{
    while (queue_length(&door->out) > 0) {
        ssize_t sent = send(door->socket, queue_bytes(&door->out), queue_length(&door->out),
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            queue_drop(&door->out, (size_t)sent);
        else if (is_again(errno))
            return true;
        else if (errno != EINTR)
            return broken(errno, err);
    }
    return true;
}

static bool garbage(struct door *door, struct error *err)
{
    door->garbled = true;
    return error_set(err, ERROR_REPLY, "what came through the door is not a message");
}

/* Take the first whole frame out of the queue, if there is one. */
static bool take(struct door *door, bool *ret_got, struct message *ret_message, struct error *err)
{
    if (queue_length(&door->in) < HEADER) {
        *ret_got = false;
        return true;
    }
    const unsigned char *header = (const unsigned char *)queue_bytes(&door->in);
    size_t length = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                    (size_t)header[3];
    if (length == 0 || length > FRAME_MAX)
        return garbage(door, err);
    if (queue_length(&door->in) < HEADER + length) {
        *ret_got = false;
        return true;
    }
    if (!message_decode(queue_bytes(&door->in) + HEADER, length, ret_message, err)) {
        door->garbled = true;
        return false;
    }
    queue_drop(&door->in, HEADER + length);
    *ret_got = true;
    return true;
}

bool door_receive(struct door *door, bool *ret_got, struct message *ret_message, struct error *err)
{
    if (door->garbled)
        return garbage(door, err);
    for (;;) {
        bool got = false;
        if (!take(door, &got, ret_message, err))
            return false;
        if (got) {
            *ret_got = true;
            return true;
        }
        char chunk[CHUNK];
        ssize_t length = recv(door->socket, chunk, sizeof chunk, MSG_DONTWAIT);
        if (length == 0)
            return error_set(err, ERROR_KEEPER_GONE, "the other side has closed the door%s",
                             queue_length(&door->in) > 0 ? " in the middle of a message" : "");
        if (length < 0 && is_again(errno)) {
            *ret_got = false;
            return true;
        }
        if (length < 0 && errno != EINTR)
            return broken(errno, err);
        if (length > 0)
            text_append_bytes(&door->in.text, chunk, (size_t)length);
        if (!text_ok(&door->in.text, err))
            return false;
    }
}
