/* What a spoiled answer says. How it comes over the wire: spoil_wire.c. */
#include "practice/spoil.h"

#include <stdlib.h>
#include <string.h>

enum { NOISE_BYTES = 400, NESTED_DEEP = 100000 };

/* Cut the bytes from `from` up to `to` out of the body. */
static void cut(struct text *body, size_t from, size_t to)
{
    memmove(body->bytes + from, body->bytes + to, body->length - to + 1);
    body->length -= to - from;
}

static void insert_at(struct text *body, size_t at, const void *bytes, size_t length)
{
    size_t rest_length = body->length - at;
    char *rest = malloc(rest_length + 1);
    if (rest == NULL)
        return;
    memcpy(rest, body->bytes + at, rest_length);
    cut(body, at, body->length);
    text_append_bytes(body, bytes, length);
    text_append_bytes(body, rest, rest_length);
    free(rest);
}

/* Put `words` in front of where `open` first stands. */
static void insert(struct text *body, const char *open, const char *words)
{
    const char *at = body->length == 0 ? NULL : strstr(body->bytes, open);
    if (at != NULL)
        insert_at(body, (size_t)(at - body->bytes), words, strlen(words));
}

/* The whole body becomes this. */
static void become(struct text *body, const char *words)
{
    text_clear(body);
    text_append(body, words);
}

/* The innermost element <name>value</name> that a reader cares for most. */
struct value {
    size_t open, text, close, end; /* of "<", the value, "</", behind ">" */
};

static bool value_at(const struct text *body, size_t open, struct value *ret_value)
{
    const char *bytes = body->bytes;
    const char *gt = strchr(bytes + open, '>');
    const char *lt = gt == NULL ? NULL : strchr(gt, '<');
    const char *end = lt == NULL ? NULL : strchr(lt, '>');
    if (end == NULL || lt[1] != '/' || lt == gt + 1)
        return false;
    *ret_value = (struct value){.open = open,
                                .text = (size_t)(gt + 1 - bytes),
                                .close = (size_t)(lt - bytes),
                                .end = (size_t)(end + 1 - bytes)};
    return true;
}

static bool find_value(const struct text *body, struct value *ret_value)
{
    const char *key = body->length == 0 ? NULL : strstr(body->bytes, "<AccessKeyId>");
    if (key != NULL && value_at(body, (size_t)(key - body->bytes), ret_value))
        return true;
    for (size_t at = 0; at < body->length; at++)
        if (body->bytes[at] == '<' && body->bytes[at + 1] != '/' && value_at(body, at, ret_value))
            return true;
    return false;
}

static void spoil_value(enum spoil_body how, struct text *body)
{
    struct value value;
    if (!find_value(body, &value))
        return;
    if (how == SPOIL_UNCLOSED) {
        cut(body, value.close, value.end);
    } else if (how == SPOIL_DOUBLED) {
        char *copy = strndup(body->bytes + value.open, value.end - value.open);
        if (copy != NULL)
            insert_at(body, value.open, copy, value.end - value.open);
        free(copy);
    } else if (how == SPOIL_CDATA) {
        insert_at(body, value.close, "]]>", 3);
        insert_at(body, value.text, "<![CDATA[", 9);
    } else if (how == SPOIL_COMMENT) {
        static const char comment[] = "<!-- <AccessKeyId>AKIACOMMENTCOMMENT22</AccessKeyId> -->";
        insert_at(body, value.text, comment, sizeof comment - 1);
    }
}

/* What stands between <name> and </name>, every time, becomes `words`. */
static void replace_values(struct text *body, const char *open, const char *close,
                           const char *words)
{
    for (size_t from = 0; from < body->length;) {
        const char *begin = strstr(body->bytes + from, open);
        const char *end = begin == NULL ? NULL : strstr(begin, close);
        if (end == NULL)
            return;
        size_t at = (size_t)(begin - body->bytes) + strlen(open);
        cut(body, at, (size_t)(end - body->bytes));
        insert_at(body, at, words, strlen(words));
        from = at + strlen(words);
    }
}

static void add_prefix(struct text *body)
{
    for (size_t at = 0; at < body->length; at++) {
        if (body->bytes[at] != '<')
            continue;
        at += body->bytes[at + 1] == '/' ? 2 : 1;
        insert_at(body, at, "n:", 2);
    }
    const char *space = body->length == 0 ? NULL : strstr(body->bytes, "xmlns=");
    if (space != NULL)
        insert_at(body, (size_t)(space - body->bytes) + 5, ":n", 2);
}

static void multiply_entities(struct text *body)
{
    text_clear(body);
    text_append(body, "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">");
    for (int c = 'b'; c <= 'j'; c++) {
        text_appendf(body, "<!ENTITY %c \"", c);
        for (int i = 0; i < 10; i++)
            text_appendf(body, "&%c;", c - 1);
        text_append(body, "\">");
    }
    text_append(body, "]><CreateAccessKeyResponse>&j;</CreateAccessKeyResponse>");
}

/* Noise that is the same each time (the generator of ISO C's example of rand). */
static void make_noise(struct text *body)
{
    unsigned long state = 20261124;
    text_clear(body);
    for (int i = 0; i < NOISE_BYTES; i++) {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        text_append_char(body, (char)(state >> 16));
    }
}

static void nest(struct text *body)
{
    text_clear(body);
    for (int i = 0; i < NESTED_DEEP; i++)
        text_append(body, "<a>");
    for (int i = 0; i < NESTED_DEEP; i++)
        text_append(body, "</a>");
}

static void drop_last_tag(struct text *body)
{
    for (size_t at = body->length; at-- > 0;)
        if (body->bytes[at] == '<') {
            cut(body, at, body->length);
            return;
        }
}

static void drop_secret(struct text *body)
{
    static const char close[] = "</SecretAccessKey>";
    const char *from = body->length == 0 ? NULL : strstr(body->bytes, "<SecretAccessKey>");
    const char *to = from == NULL ? NULL : strstr(from, close);
    if (to != NULL)
        cut(body, (size_t)(from - body->bytes), (size_t)(to - body->bytes) + strlen(close));
}

/* Escape sequences, C1 controls, an override of the direction, formats: raw and as XML allows. */
static void make_hostile(struct text *body)
{
    /* NOLINTNEXTLINE(misc-misleading-bidirectional): that is what it is for */
    static const char words[] = "\xC2\x9B"
                                "31m\xC2\x9B"
                                "2J\xE2\x80\xAE"
                                "evil\xE2\x80\x8B &#x9b;2J"
                                " %n%s%x &#10;keywright: done &#13;";
    replace_values(body, "<Message>", "</Message>", words);
    replace_values(body, "<UserName>", "</UserName>", words);
}

void spoil_body(enum spoil_body how, struct text *body)
{
    static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    static const char mark[] = "\xEF\xBB\xBF";
    switch (how) {
    case SPOIL_AS_IS:
        return;
    case SPOIL_MALFORMED:
        drop_last_tag(body);
        return;
    case SPOIL_CUT:
        cut(body, body->length * 2 / 3, body->length);
        return;
    case SPOIL_EMPTY:
        text_clear(body);
        return;
    case SPOIL_GARBAGE:
        make_noise(body);
        return;
    case SPOIL_HTML:
        become(body, "<html><head><title>502 Bad Gateway</title></head>"
                     "<body><h1>502 Bad Gateway</h1><hr></body></html>");
        return;
    case SPOIL_UNCLOSED:
    case SPOIL_DOUBLED:
    case SPOIL_CDATA:
    case SPOIL_COMMENT:
        spoil_value(how, body);
        return;
    case SPOIL_NUL:
        insert_at(body, body->length / 2, "", 1);
        return;
    case SPOIL_LATIN1:
        insert(body, "</", "\xE9\xFF");
        return;
    case SPOIL_NESTED:
        nest(body);
        return;
    case SPOIL_ENTITY:
        multiply_entities(body);
        return;
    case SPOIL_XXE:
        insert(body, "</", "&e;");
        insert(body, "<", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>");
        return;
    case SPOIL_NO_SECRET:
        drop_secret(body);
        return;
    case SPOIL_HOSTILE:
        make_hostile(body);
        return;
    case SPOIL_BOM:
        insert(body, "<", mark);
        return;
    case SPOIL_DECLARATION:
        insert(body, "<", declaration);
        return;
    case SPOIL_PREFIX:
        add_prefix(body);
        return;
    case SPOIL_ODD:
        insert(body, "<ResponseMetadata>", "<!-- odd but legal --><?practice odd?>\n ");
        insert(body, "<", declaration);
        insert(body, "<", mark);
        return;
    }
}
