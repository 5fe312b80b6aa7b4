/* How a spoiled answer comes over the wire, where an HTTP library would not write it so. */
#include "practice/spoil.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 7, PAD_LINE = 128 };

bool spoil_is_raw(enum spoil_wire how)
{
    switch (how) {
    case SPOIL_WIRE_PLAIN:
    case SPOIL_WIRE_TYPED:
    case SPOIL_WIRE_MOVED:
    case SPOIL_WIRE_TRUNCATED:
    case SPOIL_WIRE_HUGE:
        return false;
    case SPOIL_WIRE_HALF_HEAD:
    case SPOIL_WIRE_TRICKLED:
    case SPOIL_WIRE_CHUNKED:
    case SPOIL_WIRE_BAD_CHUNK:
    case SPOIL_WIRE_NO_LENGTH:
    case SPOIL_WIRE_TWO_LENGTHS:
    case SPOIL_WIRE_GZIPPED:
    case SPOIL_WIRE_INTERIM:
    case SPOIL_WIRE_PADDED:
    case SPOIL_WIRE_NOISE:
        return true;
    }
    return false;
}

static void chunked(struct text *to, const struct text *body, bool good)
{
    for (size_t at = 0; at < body->length; at += CHUNK) {
        size_t left = body->length - at;
        size_t length = left < CHUNK ? left : CHUNK;
        text_appendf(to, "%zx%s\r\n", length, good ? ";note=value" : "");
        text_append_bytes(to, body->bytes + at, length);
        text_append(to, "\r\n");
    }
    text_append(to, good ? "0\r\nX-Trailer: 1\r\n\r\n" : "ZZ\r\n");
}

/* CRC-32 of RFC 1952. */
static uint32_t crc32(const char *bytes, size_t length)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static void little_endian(struct text *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        text_append_char(to, (char)(value >> 8 * i & 0xff));
}

/* A gzip file of one stored block (RFC 1951, 3.2.4); the bodies here are far below 64 KiB. */
static void gzipped(struct text *to, const struct text *body)
{
    uint32_t length = (uint32_t)(body->length & 0xffff);
    text_append_bytes(to, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
    little_endian(to, length, 2);
    little_endian(to, ~length & 0xffff, 2);
    text_append_bytes(to, body->bytes, length);
    little_endian(to, crc32(body->bytes, length), 4);
    little_endian(to, length, 4);
}

static void head(enum spoil_wire how, double value, const struct spoil_answer *answer,
                 struct text *to)
{
    text_appendf(to, "HTTP/1.1 %d Status\r\nDate: %s\r\nContent-Type: %s\r\n", answer->status,
                 answer->date, answer->content_type);
    if (answer->request_id[0] != '\0')
        text_appendf(to, "x-amzn-RequestId: %s\r\n", answer->request_id);
    size_t length = answer->body->length;
    if (how == SPOIL_WIRE_CHUNKED || how == SPOIL_WIRE_BAD_CHUNK)
        text_append(to, "Transfer-Encoding: chunked\r\n");
    else if (how == SPOIL_WIRE_GZIPPED)
        text_appendf(to, "Content-Encoding: gzip\r\nContent-Length: %zu\r\n", length + 23);
    else if (how != SPOIL_WIRE_NO_LENGTH)
        text_appendf(to, "Content-Length: %zu\r\n", length);
    if (how == SPOIL_WIRE_TWO_LENGTHS)
        text_appendf(to, "Content-Length: %zu\r\n", length + 7);
    const size_t padding = how == SPOIL_WIRE_PADDED ? (size_t)(value * 1024) : 0;
    for (size_t pad = 0; pad < padding; pad += PAD_LINE)
        text_appendf(to, "X-Pad-%06zu: %0112d\r\n", pad, 0);
    text_append(to, "Connection: close\r\n\r\n");
}

void spoil_bytes(enum spoil_wire how, double value, const struct spoil_answer *answer,
                 struct text *to, size_t *ret_body)
{
    *ret_body = 0;
    if (how == SPOIL_WIRE_NOISE) {
        text_append(to, "SSH-2.0-OpenSSH_9.2\r\n");
        return;
    }
    if (how == SPOIL_WIRE_HALF_HEAD) {
        text_append(to, "HTTP/1.1 200 OK\r\nContent-Le");
        return;
    }
    if (how == SPOIL_WIRE_INTERIM)
        text_append(to, "HTTP/1.1 100 Continue\r\n\r\n");
    head(how, value, answer, to);
    *ret_body = to->length;
    if (how == SPOIL_WIRE_CHUNKED || how == SPOIL_WIRE_BAD_CHUNK)
        chunked(to, answer->body, how == SPOIL_WIRE_CHUNKED);
    else if (how == SPOIL_WIRE_GZIPPED)
        gzipped(to, answer->body);
    else
        text_append_bytes(to, answer->body->bytes, answer->body->length);
}
