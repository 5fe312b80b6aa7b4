#include "aws/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/fields.h"
#include "aws/json_paths.h"
#include "aws/trail.h"
#include "aws/tree.h"
#include "aws/xml.h"
#include "base/text.h"
#include "base/when.h"

enum { CONTENT_MOST = 32 * 1024 * 1024 };
enum { ITEMS_MOST = 100000, VALUE_SIZE = 4096, SECRET_ROOM = 128, SECRET_MOST = 32 * 1024 };

struct reply_reader {
    enum aws_action action;
    struct xml *xml;         /* one of the two, by the service's protocol */
    struct json_paths *json;
    struct document document;
    const struct field_table *table; /* NULL until the root was seen */
    struct tree *tree;               /* of a table that asks for it */
    size_t root_length;              /* of "Root/" in every path */
    unsigned seen;                   /* a bit a field of the table */
    const struct field *leaf;        /* whose text is being read; NULL for none */
    size_t value_length;
    char value[VALUE_SIZE];
};

/* --- fields ----------------------------------------------------------------------------------- */

static unsigned bit_of(const struct reply_reader *reader, const struct field *field)
{
    return 1u << (field - reader->table->fields);
}

static const struct field *field_at(const struct reply_reader *reader, size_t i)
{
    const struct field *field = &reader->table->fields[i];
    return i < FIELDS_MOST && field->path != NULL ? field : NULL;
}

static const struct field *find_field(const struct reply_reader *reader, const char *path)
{
    const struct field *field;
    for (size_t i = 0; (field = field_at(reader, i)) != NULL; i++)
        if (strcmp(field->path, path) == 0)
            return field;
    return NULL;
}

static char *array_of(const struct reply_reader *reader)
{
    char *array;
    memcpy(&array, (const char *)&reader->document + reader->table->items, sizeof array);
    return array;
}

static size_t count_of(const struct reply_reader *reader)
{
    size_t count;
    memcpy(&count, (const char *)&reader->document + reader->table->item_count, sizeof count);
    return count;
}

static void *place_of(struct reply_reader *reader, const struct field *field)
{
    if (!field->of_item)
        return (char *)&reader->document + field->offset;
    return array_of(reader) + (count_of(reader) - 1) * reader->table->item_size + field->offset;
}

/* Room for one more item, all zero; the capacity is the next power of two. */
static bool add_item(struct reply_reader *reader, struct error *err)
{
    size_t count = count_of(reader), size = reader->table->item_size;
    char *array = array_of(reader);
    if (count == ITEMS_MOST)
        return error_set(err, ERROR_REPLY, "a list of more than %d", ITEMS_MOST);
    if ((count & (count - 1)) == 0) {
        array = realloc(array, (count == 0 ? 1 : 2 * count) * size);
        if (array == NULL)
            return error_set(err, ERROR_MEMORY, "no room for a list");
        memcpy((char *)&reader->document + reader->table->items, &array, sizeof array);
    }
    memset(array + count * size, 0, size);
    count++;
    memcpy((char *)&reader->document + reader->table->item_count, &count, sizeof count);
    const struct field *field;
    for (size_t i = 0; (field = field_at(reader, i)) != NULL; i++)
        if (field->of_item)
            reader->seen &= ~bit_of(reader, field);
    return true;
}

static bool check_required(const struct reply_reader *reader, bool of_item, struct error *err)
{
    const struct field *field;
    for (size_t i = 0; (field = field_at(reader, i)) != NULL; i++)
        if (field->required && field->of_item == of_item && !(reader->seen & bit_of(reader, field)))
            return error_set(err, ERROR_REPLY, "%s is missing", field->path);
    return true;
}

static struct secret **secret_of(struct reply_reader *reader)
{
    return reader->leaf->kind == FIELD_SECRET ? &reader->document.credentials.secret
                                              : &reader->document.credentials.token;
}

/* A token has no greatest length that AWS promises: a fuller secret moves to one of twice the room.
 */
static bool add_secret(struct secret **secret, const char *bytes, size_t length, struct error *err)
{
    CLEANUP(secret_cleanup) struct secret *larger = NULL;
    size_t needed = secret_length(*secret) + length;
    if (secret_append(*secret, bytes, length, NULL))
        return true;
    if (needed > SECRET_MOST)
        return error_set(err, ERROR_REPLY, "a secret of more than %d bytes", SECRET_MOST);
    if (!secret_new_empty(2 * needed, &larger, err) ||
        !secret_append(larger, secret_bytes(*secret), secret_length(*secret), err) ||
        !secret_append(larger, bytes, length, err))
        return false;
    struct secret *smaller = *secret;
    *secret = larger;
    larger = smaller;
    return true;
}

static bool number_read(const char *value, int64_t *ret_number)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 18 || value[digits] != '\0')
        return false;
    *ret_number = strtoll(value, NULL, 10);
    return true;
}

/* JSON's times are seconds, up to the year 9999. */
static bool time_read(const struct reply_reader *reader, const char *value, int64_t *ret_time)
{
    if (when_parse(value, ret_time, NULL))
        return true;
    return reader->json != NULL && number_read(value, ret_time) &&
           *ret_time < INT64_C(253402300800);
}

static bool store_value(struct reply_reader *reader, const struct field *field, struct error *err)
{
    const char *value = reader->value;
    void *place = place_of(reader, field);
    switch (field->kind) {
    case FIELD_GROUP:
    case FIELD_ITEM:
        return true;
    case FIELD_SECRET:
    case FIELD_TOKEN:
        if (secret_length(*secret_of(reader)) == 0)
            return error_set(err, ERROR_REPLY, "%s is empty", field->path);
        return true;
    case FIELD_TEXT:
        if (field->required && *value == '\0')
            return error_set(err, ERROR_REPLY, "%s is empty", field->path);
        if (!text_copy(place, field->size, value))
            return error_set(err, ERROR_REPLY, "%s is longer than %zu bytes", field->path,
                             field->size - 1);
        return true;
    case FIELD_CUT:
        text_copy(place, field->size, value);
        return true;
    case FIELD_TIME:
        if (!time_read(reader, value, place))
            return error_set(err, ERROR_REPLY, "%s is not a time", field->path);
        return true;
    case FIELD_BOOL:
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
            return error_set(err, ERROR_REPLY, "%s is neither true nor false", field->path);
        *(bool *)place = *value == 't';
        return true;
    case FIELD_NUMBER:
        if (!number_read(value, place))
            return error_set(err, ERROR_REPLY, "%s is no whole number", field->path);
        return true;
    case FIELD_LONG:
        return text_ok(&reader->document.content, err);
    case FIELD_RECORD:
        return text_ok(&reader->document.content, err) &&
               trail_read(reader->document.content.bytes, reader->document.content.length, place,
                          err);
    }
    return error_set(err, ERROR_INTERNAL, "a field of no kind");
}

/* --- events ----------------------------------------------------------------------------------- */

enum { ROOT_SIZE = 64 };

static void root_of(const struct reply_reader *reader, char root[ROOT_SIZE])
{
    snprintf(root, ROOT_SIZE, "%sResponse", aws_action(reader->action)->name);
}

static bool open_root(struct reply_reader *reader, const char *name, struct error *err)
{
    char expected[ROOT_SIZE];
    root_of(reader, expected);
    if (strcmp(name, "ErrorResponse") == 0)
        reader->table = fields_of_error();
    else if (strcmp(name, expected) == 0)
        reader->table = fields_of_action(reader->action);
    else
        return error_set(err, ERROR_REPLY, "the document is not a %s", expected);
    reader->root_length = strlen(name) + 1;
    return !reader->table->tree ||
           (tree_new(&reader->tree, err) && tree_open(reader->tree, name, err));
}

static bool begin_field(struct reply_reader *reader, const struct field *field, struct error *err)
{
    unsigned bit = bit_of(reader, field);
    if (field->kind == FIELD_ITEM)
        return add_item(reader, err);
    if (reader->seen & bit)
        return error_set(err, ERROR_REPLY, "%s comes twice", field->path);
    reader->seen |= bit;
    if (field->kind == FIELD_GROUP)
        return true;
    reader->leaf = field;
    reader->value_length = 0;
    if (field->kind == FIELD_RECORD)
        text_clear(&reader->document.content);
    if (field->kind == FIELD_SECRET || field->kind == FIELD_TOKEN)
        return secret_new_empty(SECRET_ROOM, secret_of(reader), err);
    return true;
}

static bool on_open(void *context, const char *path, struct error *err)
{
    struct reply_reader *reader = context;
    if (reader->table == NULL)
        return open_root(reader, path, err);
    if (reader->tree != NULL)
        return tree_open(reader->tree, strrchr(path, '/') + 1, err);
    if (reader->leaf != NULL)
        return error_set(err, ERROR_REPLY, "%s holds elements", reader->leaf->path);
    const struct field *field = find_field(reader, path + reader->root_length);
    return field == NULL || begin_field(reader, field, err);
}

static bool on_text(void *context, const char *bytes, size_t length, struct error *err)
{
    struct reply_reader *reader = context;
    const struct field *field = reader->leaf;
    if (reader->tree != NULL)
        return tree_text(reader->tree, bytes, length, err);
    if (field == NULL)
        return true;
    if (field->kind == FIELD_SECRET || field->kind == FIELD_TOKEN)
        return add_secret(secret_of(reader), bytes, length, err);
    if (field->kind == FIELD_LONG || field->kind == FIELD_RECORD) {
        text_append_bytes(&reader->document.content, bytes, length);
        return true;
    }
    size_t room = sizeof reader->value - 1 - reader->value_length;
    if (length > room && field->kind != FIELD_CUT)
        return error_set(err, ERROR_REPLY, "%s is too long", field->path);
    length = length < room ? length : room;
    memcpy(reader->value + reader->value_length, bytes, length);
    reader->value_length += length;
    return true;
}

static bool on_close(void *context, const char *path, struct error *err)
{
    struct reply_reader *reader = context;
    if (reader->tree != NULL)
        return tree_close(reader->tree, err);
    if (strlen(path) < reader->root_length)
        return check_required(reader, false, err);
    const struct field *field = reader->leaf;
    if (field == NULL) {
        field = find_field(reader, path + reader->root_length);
        return field == NULL || field->kind != FIELD_ITEM || check_required(reader, true, err);
    }
    reader->value[reader->value_length] = '\0';
    bool stored = store_value(reader, field, err);
    reader->leaf = NULL;
    return stored;
}

/* --- the reader ------------------------------------------------------------------------------- */

static bool new_parser(struct reply_reader *reader, const struct xml_events *events,
                       struct error *err)
{
    char root[ROOT_SIZE];
    switch (aws_service_protocol(aws_action(reader->action)->service)) {
    case AWS_QUERY:
        return xml_new(events, reader, &reader->xml, err);
    case AWS_JSON_1_1:
    case AWS_REST_JSON:
        root_of(reader, root);
        return json_paths_new(root, events, reader, &reader->json, err);
    }
    return error_set(err, ERROR_INTERNAL, "a service of no protocol");
}

bool reply_reader_new(enum aws_action action, struct reply_reader **ret_reader, struct error *err)
{
    static const struct xml_events events = {on_open, on_text, on_close};
    struct reply_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return error_set(err, ERROR_MEMORY, "no room to read a reply");
    reader->action = action;
    credentials_init(&reader->document.credentials);
    text_init(&reader->document.content, CONTENT_MOST);
    if (!new_parser(reader, &events, err)) {
        free(reader);
        return false;
    }
    *ret_reader = reader;
    return true;
}

void reply_reader_free(struct reply_reader *reader)
{
    if (reader == NULL)
        return;
    xml_free(reader->xml);
    json_paths_free(reader->json);
    tree_free(reader->tree);
    credentials_release(&reader->document.credentials);
    free(reader->document.reply.keys);
    free(reader->document.reply.users);
    free(reader->document.reply.mfa);
    free(reader->document.reply.numbers);
    free(reader->document.reply.named);
    free(reader->document.reply.events);
    free(reader->document.reply.analyzers);
    free(reader->document.reply.found);
    free(reader->document.reply.flaws);
    free(reader->document.reply.trails);
    text_release(&reader->document.content);
    secret_wipe(reader, sizeof *reader);
    free(reader);
}

void reply_reader_feed(struct reply_reader *reader, const char *bytes, size_t length)
{
    /* The parsers keep a failure until the end. */
    if (reader->json != NULL)
        json_paths_feed(reader->json, bytes, length);
    else
        (void)!xml_feed(reader->xml, bytes, length, NULL);
}

void reply_reader_error_type(struct reply_reader *reader, const char *type)
{
    if (reader->json != NULL)
        json_paths_error_type(reader->json, type);
}

static bool take_tree(struct reply_reader *reader, struct error *err)
{
    struct document *document = &reader->document;
    struct tree_page page;
    if (reader->json != NULL) {
        document->reply.tree = tree_whole(reader->tree);
        return document->reply.tree != NULL || error_set(err, ERROR_REPLY, "the reply is no object");
    }
    if (!tree_page(reader->tree, aws_action(reader->action)->name, &page, err))
        return false;
    if (!text_copy(document->marker, sizeof document->marker, page.marker))
        return error_set(err, ERROR_REPLY, "the Marker is longer than %d bytes", MARKER_SIZE - 1);
    text_copy(document->reply.request_id, sizeof document->reply.request_id, page.request_id);
    document->reply.truncated = page.truncated;
    document->reply.tree = page.result;
    return true;
}

/* What goes together beyond single fields. */
static bool complete(struct reply_reader *reader, struct error *err)
{
    struct document *document = &reader->document;
    struct aws_reply *reply = &document->reply;
    if (document->code[0] != '\0')
        return true;
    if (reader->tree != NULL && !take_tree(reader, err))
        return false;
    if (reply->truncated && document->marker[0] == '\0')
        return error_set(err, ERROR_REPLY, "the list is truncated and has no Marker");
    if (reader->action == AWS_GET_USER && reply->user_count != 1)
        return error_set(err, ERROR_REPLY, "%zu users where one was asked for", reply->user_count);
    if (document->credentials.secret != NULL) {
        if (reply->key.id[0] != '\0')
            text_copy(document->credentials.key_id, sizeof document->credentials.key_id,
                      reply->key.id);
        reply->credentials = &document->credentials;
    }
    reply->marker = document->marker;
    if (reader->json != NULL)
        reply->truncated = document->marker[0] != '\0';
    reply->content = document->content.bytes;
    reply->content_length = document->content.length;
    return true;
}

bool reply_reader_end(struct reply_reader *reader, struct error *err)
{
    bool read = reader->json != NULL ? json_paths_end(reader->json, err)
                                     : xml_end(reader->xml, err);
    return read && complete(reader, err);
}

const char *reply_reader_code(const struct reply_reader *reader)
{
    return reader->document.code;
}

const char *reply_reader_message(const struct reply_reader *reader)
{
    return reader->document.message;
}

struct aws_reply *reply_reader_reply(struct reply_reader *reader)
{
    return &reader->document.reply;
}
