#include "sign/canonical.h"

#include <stdlib.h>
#include <string.h>

enum { HEADERS_MOST = 32, SEGMENTS_MOST = 128, PARAMS_MOST = 128, QUERY_MOST = 64 * 1024 };

/* Where the canonical request goes: a text (for tests and explanations) or a hash (for signing).
 * The small buffer spares a call for every few bytes, and is wiped because a session token passes
 * it. */
struct sink {
    struct text *text;
    struct hash *hash;
    size_t used;
    char *bytes; /* KEY_BUFFER_SIZE */
};

static void sink_flush(struct sink *sink)
{
    if (sink->text != NULL)
        text_append_bytes(sink->text, sink->bytes, sink->used);
    else
        hash_add(sink->hash, sink->bytes, sink->used);
    secret_wipe(sink->bytes, sink->used);
    sink->used = 0;
}

static inline void put(struct sink *sink, const char *bytes, size_t length)
{
    while (length > (size_t)KEY_BUFFER_SIZE - sink->used) {
        size_t part = (size_t)KEY_BUFFER_SIZE - sink->used;
        memcpy(sink->bytes + sink->used, bytes, part);
        sink->used += part;
        bytes += part;
        length -= part;
        sink_flush(sink);
    }
    memcpy(sink->bytes + sink->used, bytes, length);
    sink->used += length;
}

static inline void put_char(struct sink *sink, char c)
{
    if (sink->used == (size_t)KEY_BUFFER_SIZE)
        sink_flush(sink);
    sink->bytes[sink->used++] = c;
}

/* ASCII only, whatever the locale says. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

/* RFC 3986, 2.1: "%E1", upper-case digits. */
static void escape(unsigned char c, char ret_piece[3])
{
    static const char digits[] = "0123456789ABCDEF";
    ret_piece[0] = '%';
    ret_piece[1] = digits[c >> 4];
    ret_piece[2] = digits[c & 15];
}

/* --- path ------------------------------------------------------------------------------------- */

static void put_segment(struct sink *sink, const char *bytes, size_t length)
{
    char piece[3];
    for (size_t i = 0; i < length; i++) {
        if (unreserved((unsigned char)bytes[i])) {
            put_char(sink, bytes[i]);
            continue;
        }
        escape((unsigned char)bytes[i], piece);
        put(sink, piece, sizeof piece);
    }
}

struct segment {
    const char *bytes;
    size_t length;
};

/* Empty segments and dots go, as RFC 3986, 5.2.4 removes them; a slash at the end stays. */
static bool put_path(struct sink *sink, const char *path, struct error *err)
{
    struct segment kept[SEGMENTS_MOST];
    size_t count = 0;
    const char *at = path;
    while (*at != '\0') {
        size_t length = strcspn(at, "/");
        bool up = length == 2 && memcmp(at, "..", 2) == 0;
        if (up && count > 0)
            count--;
        if (!up && length > 0 && !(length == 1 && *at == '.')) {
            if (count == SEGMENTS_MOST)
                return error_set(err, ERROR_LIMIT, "a path of more than %d parts", SEGMENTS_MOST);
            kept[count++] = (struct segment){at, length};
        }
        at += length;
        at += *at == '/';
    }
    for (size_t i = 0; i < count; i++) {
        put_char(sink, '/');
        put_segment(sink, kept[i].bytes, kept[i].length);
    }
    if (count == 0 || at[-1] == '/')
        put_char(sink, '/');
    return true;
}

/* --- query ------------------------------------------------------------------------------------ */

struct param {
    const char *key, *value; /* encoded */
};

static int by_key_then_value(const void *a, const void *b)
{
    const struct param *one = a, *other = b;
    int order = strcmp(one->key, other->key);
    return order != 0 ? order : strcmp(one->value, other->value);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                : -1;
}

/* Append one key or value such that it is encoded once, whether it came encoded or not. */
static void encode(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '%' && i + 2 < length && hex_digit(bytes[i + 1]) >= 0 &&
            hex_digit(bytes[i + 2]) >= 0) {
            c = (unsigned char)(hex_digit(bytes[i + 1]) * 16 + hex_digit(bytes[i + 2]));
            i += 2;
        }
        char piece[3];
        escape(c, piece);
        if (unreserved(c))
            text_append_char(text, (char)c);
        else
            text_append_bytes(text, piece, sizeof piece);
    }
    text_append_char(text, '\0');
}

static bool put_query(struct sink *sink, const char *query, struct error *err)
{
    CLEANUP(text_release) struct text encoded;
    size_t starts[2 * PARAMS_MOST];
    struct param params[PARAMS_MOST];
    size_t count = 0;
    text_init(&encoded, QUERY_MOST);
    for (const char *at = query; *at != '\0'; at += *at == '&') {
        size_t length = strcspn(at, "&");
        size_t key = strcspn(at, "=&");
        if (length > 0 && count == PARAMS_MOST)
            return error_set(err, ERROR_LIMIT, "a query of more than %d parts", PARAMS_MOST);
        if (length > 0) {
            starts[2 * count] = encoded.length;
            encode(&encoded, at, key);
            starts[2 * count + 1] = encoded.length;
            encode(&encoded, at + key + 1, key < length ? length - key - 1 : 0);
            count++;
        }
        at += length;
    }
    if (!text_ok(&encoded, err))
        return false;
    for (size_t i = 0; i < count; i++)
        params[i] =
            (struct param){encoded.bytes + starts[2 * i], encoded.bytes + starts[2 * i + 1]};
    qsort(params, count, sizeof params[0], by_key_then_value);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(sink, '&');
        put(sink, params[i].key, strlen(params[i].key));
        put_char(sink, '=');
        put(sink, params[i].value, strlen(params[i].value));
    }
    return true;
}

/* --- headers ---------------------------------------------------------------------------------- */

static int compare_names(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return (unsigned char)lower(*a) - (unsigned char)lower(*b);
}

/* By name; headers of one name stay in the order in which they are sent. */
static void sort_headers(const struct sign_header *headers, size_t count,
                         const struct sign_header **ret_sorted)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        while (at > 0 && compare_names(ret_sorted[at - 1]->name, headers[i].name) > 0) {
            ret_sorted[at] = ret_sorted[at - 1];
            at--;
        }
        ret_sorted[at] = &headers[i];
    }
}

/* Blanks at both ends go, a run of them within becomes one space. */
static void put_value(struct sink *sink, const char *value)
{
    static const char blanks[] = " \t\n\v\f\r";
    bool first = true;
    while (*value != '\0') {
        size_t length = strcspn(value, blanks);
        if (length > 0 && !first)
            put_char(sink, ' ');
        put(sink, value, length);
        first = first && length == 0;
        value += length;
        value += strspn(value, blanks);
    }
}

/* Write the canonical headers, and their names one by one to ret_names. */
static bool put_headers(struct sink *sink, const struct sign_header *const *sorted, size_t count,
                        char ret_names[KEY_NAMES_SIZE], struct error *err)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && compare_names(sorted[i]->name, sorted[i - 1]->name) == 0) {
            put_char(sink, ',');
            put_value(sink, sorted[i]->value);
            continue;
        }
        if (i > 0) {
            put_char(sink, '\n');
            ret_names[used++] = ';';
        }
        size_t begin = used;
        for (const char *at = sorted[i]->name; *at != '\0'; at++) {
            if (used + 2 >= KEY_NAMES_SIZE)
                return error_set(err, ERROR_LIMIT, "the names of the headers to sign are too long");
            ret_names[used++] = lower(*at);
        }
        put(sink, ret_names + begin, used - begin);
        put_char(sink, ':');
        put_value(sink, sorted[i]->value);
    }
    if (count > 0)
        put_char(sink, '\n');
    ret_names[used] = '\0';
    return true;
}

static bool put_request(struct sink *sink, const struct sign_request *request,
                        char ret_names[KEY_NAMES_SIZE], struct error *err)
{
    const struct sign_header *sorted[HEADERS_MOST];
    unsigned char digest[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    if (request->header_count > HEADERS_MOST)
        return error_set(err, ERROR_LIMIT, "more than %d headers to sign", HEADERS_MOST);
    put(sink, request->method, strlen(request->method));
    put_char(sink, '\n');
    /* All requests to IAM and STS have this path. */
    if (strcmp(request->path, "/") == 0)
        put_char(sink, '/');
    else if (!put_path(sink, request->path, err))
        return false;
    put_char(sink, '\n');
    if (request->query[0] != '\0' && !put_query(sink, request->query, err))
        return false;
    put_char(sink, '\n');
    sort_headers(request->headers, request->header_count, sorted);
    if (!put_headers(sink, sorted, request->header_count, ret_names, err))
        return false;
    put_char(sink, '\n');
    put(sink, ret_names, strlen(ret_names));
    put_char(sink, '\n');
    hash_bytes(request->body, request->body_length, digest);
    hash_hex(digest, hex);
    put(sink, hex, HASH_HEX_SIZE - 1);
    return true;
}

bool canonical_hash(const struct sign_request *request, struct sign_work *work,
                    unsigned char ret_digest[HASH_SIZE], struct error *err)
{
    struct hash hash;
    struct sink sink = {.hash = &hash, .bytes = work->buffer};
    hash_begin(&hash);
    bool done = put_request(&sink, request, work->names, err);
    sink_flush(&sink);
    hash_end(&hash, ret_digest);
    return done;
}

bool sign_canonical_request(const struct sign_request *request, struct text *ret_text,
                            struct text *ret_signed_headers, struct error *err)
{
    char names[KEY_NAMES_SIZE], buffer[KEY_BUFFER_SIZE];
    struct sink sink = {.text = ret_text, .bytes = buffer};
    bool done = put_request(&sink, request, names, err);
    sink_flush(&sink);
    if (!done)
        return false;
    text_append(ret_signed_headers, names);
    return text_ok(ret_text, err) && text_ok(ret_signed_headers, err);
}
