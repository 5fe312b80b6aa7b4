/* The door: bytes as they come out of the socket, and messages as they go in. Input: a byte for the size
 * of the pieces in which they arrive, then the bytes, with their frames. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "wire/door.h"

static struct json_object *copy_of(struct json_object *body)
{
    return body == NULL ? NULL : json_tokener_parse(json_object_to_json_string(body));
}

/* A body says the same after it went through a door. */
static void check_sent(const struct message *message)
{
    int ends[2];
    struct door *here = NULL, *there = NULL;
    struct error err = {0};
    struct message again = {.body = NULL};
    struct json_object *body = copy_of(message->body);
    bool got = false;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    CHECK(door_new(ends[0], &here, &err) && door_new(ends[1], &there, &err));
    CHECK(door_send(here, message->kind, message->id, body != NULL ? &body : NULL, &err));
    CHECK(body == NULL);
    for (int i = 0; i < 1000 && !got; i++) {
        CHECK(door_flush(here, &err));
        CHECK(door_receive(there, &got, &again, &err));
    }
    CHECK(got && again.kind == message->kind && again.id == message->id);
    CHECK((again.body == NULL) == (message->body == NULL));
    if (message->body != NULL)
        CHECK(strcmp(json_object_to_json_string(message->body),
                     json_object_to_json_string(again.body)) == 0);
    message_release(&again);
    door_free(here);
    door_free(there);
}

static void check_body(struct json_object *body)
{
    static const char *const members[] = {"ok", "key", "text", "date", "keys", "count", "error"};
    struct error err = {0};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        CHECK(body_string(body, members[i]) != NULL);
        (void)body_number(body, members[i]);
        (void)body_bool(body, members[i]);
        (void)body_array(body, members[i]);
    }
    body_get_error(body, &err);
    CHECK(err.code > ERROR_NONE && err.code < ERROR_COUNT);
    CHECK(fuzz_is_safe(err.text) && fuzz_is_safe(err.aws_code) && fuzz_is_safe(err.op));
    CHECK(err.http == 0 || (err.http >= 100 && err.http <= 599));
    /* A failure as a body, and back. */
    struct json_object *written = json_object_new_object();
    struct error again = {0};
    body_set_error(written, &err, 12);
    body_get_error(written, &again);
    CHECK(again.code == err.code && strcmp(again.text, err.text) == 0 && again.http == err.http);
    CHECK(!body_bool(written, "ok") && body_number(written, "date") == 12);
    json_object_put(written);
}

/* Write what the socket takes; the rest stays for the next time. */
static void push(int socket, struct feed *feed, size_t piece)
{
    size_t length = feed->left < piece ? feed->left : piece;
    ssize_t sent = length > 0 ? send(socket, feed->at, length, MSG_NOSIGNAL) : 0;
    CHECK(sent >= 0 || errno == EAGAIN);
    if (sent > 0) {
        feed->at += sent;
        feed->left -= (size_t)sent;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    size_t piece = 64 * (size_t)feed_byte(&feed) + 1;
    int ends[2];
    struct door *door = NULL;
    struct error err = {0};
    bool alive = true;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    CHECK(door_new(ends[0], &door, &err));
    while (alive) {
        bool at_end = feed.left == 0;
        if (at_end)
            shutdown(ends[1], SHUT_WR);
        push(ends[1], &feed, piece);
        for (bool got = true; alive && got;) {
            struct message message = {.body = NULL};
            got = false;
            alive = door_receive(door, &got, &message, &err);
            if (alive && got) {
                CHECK(message.kind < MESSAGE_COUNT);
                check_body(message.body);
                check_sent(&message);
            }
            message_release(&message);
        }
        CHECK(alive ? !at_end : true);
    }
    fuzz_check_error(&err);
    CHECK(err.code == ERROR_REPLY || err.code == ERROR_KEEPER_GONE);
    if (err.code == ERROR_REPLY) { /* for ever */
        bool got = false;
        struct message message = {.body = NULL};
        CHECK(!door_receive(door, &got, &message, &err) && !got);
    }
    door_free(door);
    close(ends[1]);
    return 0;
}
