/* The door and its messages: whole, in pieces, and garbage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "wire/door.h"

struct pair {
    struct door *door;
    int raw; /* the other end, without a door */
};

static struct pair open_pair(void)
{
    int sockets[2];
    struct pair pair;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
    assert_true(door_new(sockets[0], &pair.door, NULL));
    assert_int_equal(door_fd(pair.door), sockets[0]);
    pair.raw = sockets[1];
    return pair;
}

static void close_pair(struct pair *pair)
{
    door_free(pair->door);
    close(pair->raw);
}

static void send_raw(int fd, uint32_t length, const char *bytes, size_t count)
{
    unsigned char header[4] = {(unsigned char)(length >> 24), (unsigned char)(length >> 16),
                               (unsigned char)(length >> 8), (unsigned char)length};
    assert_int_equal(write(fd, header, 4), 4);
    assert_int_equal(write(fd, bytes, count), (ssize_t)count);
}

static void send_json(int fd, const char *json)
{
    send_raw(fd, (uint32_t)strlen(json), json, strlen(json));
}

static void list_that_is_not_there_is_taken(void **state)
{
    (void)state;
    assert_null(body_put_list(NULL, "list"));
    assert_int_equal(body_count(NULL), 0);
    body_append(NULL, json_object_new_string("a"));
    struct json_object *body = json_object_new_object();
    struct json_object *list = body_put_list(body, "list");
    body_append(list, json_object_new_string("a"));
    body_put_null(body, "none");
    assert_int_equal(body_count(body_array(body, "list")), 1);
    assert_true(body_whole(body));
    assert_string_equal(json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN),
                        "{\"list\":[\"a\"],\"none\":null}");
    body_append(list, NULL);
    assert_false(body_whole(body));
    json_object_put(body);
}

static void message_crosses_with_its_body(void **state)
{
    (void)state;
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    struct door *one, *two;
    assert_true(door_new(sockets[0], &one, NULL));
    assert_true(door_new(sockets[1], &two, NULL));

    struct json_object *body = json_object_new_object();
    body_set_string(body, "key", "AKIAEXAMPLE/\"\n\x01");
    body_set_number(body, "count", INT64_MIN);
    body_set_bool(body, "session", true);
    json_object_object_add(body, "list", json_object_new_array());
    assert_true(door_send(one, MESSAGE_PROBE_KEY, 4294967295u, &body, NULL));
    assert_null(body);
    assert_true(door_send(one, MESSAGE_DOCTOR, 2, NULL, NULL));
    assert_false(door_wants_write(one));

    struct message message = {0};
    bool got = false;
    assert_true(door_receive(two, &got, &message, NULL));
    assert_true(got);
    assert_int_equal(message.kind, MESSAGE_PROBE_KEY);
    assert_true(message.id == 4294967295u);
    assert_string_equal(body_string(message.body, "key"), "AKIAEXAMPLE/\"\n\x01");
    assert_true(body_number(message.body, "count") == INT64_MIN);
    assert_true(body_bool(message.body, "session"));
    assert_non_null(body_array(message.body, "list"));
    message_release(&message);
    assert_null(message.body);

    assert_true(door_receive(two, &got, &message, NULL));
    assert_true(got);
    assert_int_equal(message.kind, MESSAGE_DOCTOR);
    assert_null(message.body);
    assert_true(door_receive(two, &got, &message, NULL));
    assert_false(got);
    door_free(one);
    door_free(two);
    door_free(NULL);
}

static void every_kind_has_a_name_that_reads_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < MESSAGE_COUNT; kind++) {
        char json[128];
        int length = snprintf(json, sizeof json, "{\"kind\":\"%s\",\"id\":7}",
                              message_name((enum message_kind)kind));
        struct message message = {0};
        assert_true(message_decode(json, (size_t)length, &message, NULL));
        assert_int_equal(message.kind, kind);
        assert_int_equal(message.id, 7);
        message_release(&message);
    }
}

static void frame_in_single_bytes_is_one_message(void **state)
{
    (void)state;
    struct pair pair = open_pair();
    const char frame[] = "\0\0\0\x2b{\"kind\":\"reply\",\"id\":3,\"body\":{\"ok\":true} }";
    struct message message = {0};
    bool got = true;
    for (size_t i = 0; i < sizeof frame - 1; i++) {
        assert_true(door_receive(pair.door, &got, &message, NULL));
        assert_false(got);
        assert_int_equal(write(pair.raw, frame + i, 1), 1);
    }
    assert_true(door_receive(pair.door, &got, &message, NULL));
    assert_true(got);
    assert_int_equal(message.kind, MESSAGE_REPLY);
    assert_int_equal(message.id, 3);
    assert_true(body_bool(message.body, "ok"));
    message_release(&message);
    close_pair(&pair);
}

/* A part that could not be made comes as NULL. */
static void message_that_lacks_a_part_is_refused(void **state)
{
    (void)state;
    int sockets[2];
    struct error err = {0};
    struct door *door = NULL;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
    assert_true(door_new(sockets[0], &door, &err));
    struct json_object *body = json_object_new_object();
    struct json_object *list = json_object_new_array();
    body_append(list, json_object_new_string("file:one"));
    body_put(body, "specs", list);
    assert_true(body_whole(body));
    body_append(list, NULL);
    assert_false(body_whole(body));
    assert_false(door_send(door, MESSAGE_PREPARE, 1, &body, &err));
    assert_int_equal(err.code, ERROR_MEMORY);
    assert_null(body);
    assert_false(door_send(door, MESSAGE_PREPARE, 1, &body, &err));
    assert_false(door_wants_write(door));
    char byte;
    assert_int_equal(recv(sockets[1], &byte, 1, MSG_DONTWAIT), -1);
    door_free(door);
    close(sockets[1]);
}

static void garbage_is_refused_for_good(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"kind\":\"no_such\",\"id\":1}",
        "{\"id\":1}",
        "{\"kind\":5,\"id\":1}",
        "{\"kind\":\"reply\"}",
        "{\"kind\":\"reply\",\"id\":-1}",
        "{\"kind\":\"reply\",\"id\":4294967296}",
        "{\"kind\":\"reply\",\"id\":\"1\"}",
        "{\"kind\":\"reply\",\"id\":1.0}",
        "{\"kind\":\"reply\",\"id\":1,\"body\":[]}",
        "{\"kind\":\"reply\",\"id\":1,\"body\":{}",
        "{\"kind\":\"reply\",\"id\":1}x",
        "{\"kind\":\"reply\\u0000x\",\"id\":1}",
        "{\"kind\":\"reply\",\"id\":1,\"body\":{\"a\":[[[[[[[[[[1]]]]]]]]]]}}",
        "[]",
        "7",
        "null",
        "GET / HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct pair pair = open_pair();
        send_json(pair.raw, bad[i]);
        send_json(pair.raw, "{\"kind\":\"reply\",\"id\":1}");
        struct message message = {.id = 99};
        struct error err = {0};
        bool got = false;
        assert_false(door_receive(pair.door, &got, &message, &err));
        assert_int_equal(err.code, ERROR_REPLY);
        assert_int_equal(message.id, 99);
        assert_false(got);
        assert_false(door_receive(pair.door, &got, &message, &err));
        assert_int_equal(err.code, ERROR_REPLY);
        close_pair(&pair);
    }
}

static void frame_length_is_bounded(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1024 * 1024 + 1, 0x80000000u, 0xffffffffu};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct pair pair = open_pair();
        send_raw(pair.raw, lengths[i], "{}", 2);
        struct message message = {0};
        struct error err = {0};
        bool got = false;
        assert_false(door_receive(pair.door, &got, &message, &err));
        assert_int_equal(err.code, ERROR_REPLY);
        close_pair(&pair);
    }
}

static struct json_object *body_of(size_t length)
{
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memset(bytes, 'x', length);
    bytes[length] = '\0';
    struct json_object *body = json_object_new_object();
    body_set_string(body, "text", bytes);
    free(bytes);
    return body;
}

static void too_long_a_message_is_refused_and_nothing_is_queued(void **state)
{
    (void)state;
    struct pair pair = open_pair();
    struct json_object *body = body_of(1024 * 1024);
    struct error err = {0};
    assert_false(door_send(pair.door, MESSAGE_REPLY, 1, &body, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
    assert_null(body);
    assert_false(door_wants_write(pair.door));
    close_pair(&pair);
}

/* More than a socket holds: the rest waits, goes out by flush, and arrives in order. */
static void unread_messages_wait_and_arrive_in_order(void **state)
{
    (void)state;
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    struct door *one, *two;
    assert_true(door_new(sockets[0], &one, NULL));
    assert_true(door_new(sockets[1], &two, NULL));
    enum { COUNT = 20 };
    for (uint32_t i = 0; i < COUNT; i++) {
        struct json_object *body = body_of(900000 + i);
        assert_true(door_send(one, MESSAGE_NOTE, i, &body, NULL));
    }
    assert_true(door_wants_write(one));
    uint32_t next = 0;
    for (int round = 0; round < 100000 && next < COUNT; round++) {
        struct message message = {0};
        bool got = false;
        assert_true(door_flush(one, NULL));
        assert_true(door_receive(two, &got, &message, NULL));
        if (!got)
            continue;
        assert_int_equal(message.id, next);
        assert_int_equal(strlen(body_string(message.body, "text")), 900000 + next);
        message_release(&message);
        next++;
    }
    assert_int_equal(next, COUNT);
    assert_false(door_wants_write(one));
    door_free(one);
    door_free(two);
}

static void endless_queue_is_refused(void **state)
{
    (void)state;
    struct pair pair = open_pair();
    struct error err = {0};
    bool refused = false;
    for (int i = 0; i < 80 && !refused; i++) {
        struct json_object *body = body_of(1000000);
        refused = !door_send(pair.door, MESSAGE_NOTE, 0, &body, &err);
        assert_null(body);
    }
    assert_true(refused);
    assert_int_equal(err.code, ERROR_LIMIT);
    close_pair(&pair);
}

static void closed_door_is_keeper_gone(void **state)
{
    (void)state;
    struct pair pair = open_pair();
    send_json(pair.raw, "{\"kind\":\"reply\",\"id\":1}");
    assert_int_equal(write(pair.raw, "\0\0", 2), 2);
    close(pair.raw);
    struct message message = {0};
    struct error err = {0};
    bool got = false;
    assert_true(door_receive(pair.door, &got, &message, NULL));
    assert_true(got);
    assert_false(door_receive(pair.door, &got, &message, &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    assert_non_null(strstr(err.text, "in the middle"));
    err.code = ERROR_NONE;
    assert_false(door_send(pair.door, MESSAGE_DOCTOR, 1, NULL, &err));
    assert_int_equal(err.code, ERROR_KEEPER_GONE);
    door_free(pair.door);
}

static void missing_or_wrong_members_read_as_defaults(void **state)
{
    (void)state;
    struct json_object *body = json_tokener_parse(
        "{\"s\":5,\"n\":\"5\",\"d\":1.5,\"b\":1,\"a\":{},\"z\":\"a\\u0000b\",\"null\":null}");
    assert_string_equal(body_string(body, "s"), "");
    assert_string_equal(body_string(body, "none"), "");
    assert_string_equal(body_string(body, "z"), "");
    assert_string_equal(body_string(body, "null"), "");
    assert_string_equal(body_string(NULL, "s"), "");
    assert_int_equal(body_number(body, "n"), 0);
    assert_int_equal(body_number(body, "d"), 0);
    assert_int_equal(body_number(body, "b"), 1);
    assert_int_equal(body_number(NULL, "n"), 0);
    assert_false(body_bool(body, "b"));
    assert_null(body_array(body, "a"));
    assert_null(body_array(NULL, "a"));
    json_object_put(body);
}

static void error_crosses(void **state)
{
    (void)state;
    struct error sent = {.code = ERROR_DENIED,
                         .sys = 13,
                         .http = 403,
                         .aws_code = "AccessDenied",
                         .request_id = "c6a",
                         .op = "iam:CreateAccessKey",
                         .text = "no \x1b[31mway"};
    struct json_object *body = json_object_new_object();
    body_set_error(body, &sent, 1768480496);
    assert_false(body_bool(body, "ok"));
    assert_int_equal(body_number(body, "date"), 1768480496);
    struct error err = {0};
    body_get_error(body, &err);
    assert_int_equal(err.code, ERROR_DENIED);
    assert_int_equal(err.http, 403);
    assert_string_equal(err.aws_code, "AccessDenied");
    assert_string_equal(err.request_id, "c6a");
    assert_string_equal(err.op, "iam:CreateAccessKey");
    assert_string_equal(err.text, "no \\x1b[31mway");
    json_object_put(body);

    static const char *const odd[] = {"{}", "{\"error\":\"NONE\"}", "{\"error\":\"SOMETHING\"}"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        body = json_tokener_parse(odd[i]);
        body_get_error(body, &err);
        assert_int_equal(err.code, ERROR_INTERNAL);
        json_object_put(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_that_is_not_there_is_taken),
        cmocka_unit_test(message_crosses_with_its_body),
        cmocka_unit_test(every_kind_has_a_name_that_reads_back),
        cmocka_unit_test(frame_in_single_bytes_is_one_message),
        cmocka_unit_test(message_that_lacks_a_part_is_refused),
        cmocka_unit_test(garbage_is_refused_for_good),
        cmocka_unit_test(frame_length_is_bounded),
        cmocka_unit_test(too_long_a_message_is_refused_and_nothing_is_queued),
        cmocka_unit_test(unread_messages_wait_and_arrive_in_order),
        cmocka_unit_test(endless_queue_is_refused),
        cmocka_unit_test(closed_door_is_keeper_gone),
        cmocka_unit_test(missing_or_wrong_members_read_as_defaults),
        cmocka_unit_test(error_crosses),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
